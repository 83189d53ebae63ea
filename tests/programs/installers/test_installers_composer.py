"""What `composer install` reads, and when it needs the source."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

MANIFEST: dict[str, object] = {"require": {"php": "^8.2", "monolog/monolog": "^3"}}
LOCK: dict[str, object] = {"packages": [{"name": "monolog/monolog", "type": "library"}]}


def _files(manifest: Mapping[str, object] = MANIFEST, lock: Mapping[str, object] = LOCK) -> dict[str, str]:
    return {"composer.json": json.dumps(manifest), "composer.lock": json.dumps(lock), "src/App.php": "<?php"}


def _installs(run: str, files: Files) -> list[Install]:
    text = f"FROM php:8.3-cli\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    model = modelled(text, files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str = "composer install", files: Files | None = None) -> Install:
    (install,) = _installs(run, files if files is not None else _files())
    return install


@pytest.mark.parametrize(
    "run",
    [
        "composer install --no-dev --no-interaction",
        "php composer.phar install",
        "php -d memory_limit=-1 /usr/bin/composer install",
        "composer --working-dir=/app install",
    ],
)
def test_manifest_and_lock_are_read(run: str) -> None:
    install = _install(run)
    reads = {"/app/composer.json": "composer.json", "/app/composer.lock": "composer.lock"}
    assert (install.problem, dict(install.reads), install.fills) == (None, reads, ("/app/vendor",))


def test_composer_of_the_project_itself_is_read() -> None:
    assert "/app/composer.phar" in _install("php composer.phar install", {**_files(), "composer.phar": ""}).reads


@pytest.mark.parametrize("name", ["auth.json", "symfony.lock"])
def test_other_files_that_it_looks_for_are_read(name: str) -> None:
    assert f"/app/{name}" in _install(files={**_files(), name: "{}"}).reads


def test_project_that_requires_only_php_installs_nothing() -> None:
    assert not _installs("composer install", _files({"require": {"php": "^8.2", "ext-pdo": "*"}}))


def _split_options(run: str, manifest: Mapping[str, object]) -> tuple[str, ...]:
    install = _install(run, _files({**MANIFEST, **manifest}))
    assert install.problem is not None
    assert install.split is not None
    return install.split.options


def test_scripts_of_the_project_come_after_the_source() -> None:
    scripts = {"scripts": {"post-autoload-dump": ["@php artisan package:discover"]}}
    assert _split_options("composer install", scripts) == ("--no-scripts", "--no-autoloader")


def test_scripts_that_only_people_run_are_no_hindrance() -> None:
    assert _install(files=_files({**MANIFEST, "scripts": {"test": "phpunit"}})).problem is None


@pytest.mark.parametrize("run", ["composer install -o", "composer install --classmap-authoritative"])
def test_class_map_comes_after_the_source(run: str) -> None:
    assert _split_options(run, {}) == ("--no-scripts", "--no-autoloader")


@pytest.mark.parametrize(
    "manifest", [{"autoload": {"classmap": ["database/"]}}, {"config": {"optimize-autoloader": True}}]
)
def test_class_map_of_the_manifest_comes_after_the_source(manifest: Mapping[str, object]) -> None:
    assert _split_options("composer install --no-scripts", manifest) == ("--no-autoloader",)


def test_what_is_left_out_already_needs_no_source() -> None:
    files = _files({**MANIFEST, "scripts": {"post-install-cmd": "x"}, "autoload": {"classmap": ["database/"]}})
    assert _install("composer install --no-scripts --no-autoloader", files).problem is None


def test_autoloader_of_folders_needs_no_source() -> None:
    files = _files({**MANIFEST, "autoload": {"psr-4": {"App\\": "src/"}, "files": ["src/functions.php"]}})
    assert _install(files=files).problem is None


def _left_alone(manifest: Mapping[str, object] = MANIFEST, lock: Mapping[str, object] = LOCK) -> str:
    install = _install(files=_files(manifest, lock))
    assert install.split is None
    assert install.problem is not None
    return install.problem


@pytest.mark.parametrize("kind", ["path", "artifact"])
def test_repository_in_the_project_is_left_alone(kind: str) -> None:
    assert "packages/*" in _left_alone({**MANIFEST, "repositories": [{"type": kind, "url": "packages/*"}]})


def test_packages_among_the_source_are_left_alone() -> None:
    assert "installer-paths" in _left_alone({**MANIFEST, "extra": {"installer-paths": {"web/modules": []}}})


def test_scripts_that_run_for_each_package_are_left_alone() -> None:
    assert "each package" in _left_alone({**MANIFEST, "scripts": {"post-package-install": ["x"]}})


def test_plugin_that_may_change_the_source_is_left_alone() -> None:
    lock = {"packages": [{"name": "drupal/core-composer-scaffold", "type": "composer-plugin"}]}
    assert "drupal/core-composer-scaffold" in _left_alone(lock=lock)


def test_plugin_that_writes_below_vendor_is_no_hindrance() -> None:
    lock = {"packages": [], "packages-dev": [{"name": "pestphp/pest-plugin", "type": "composer-plugin"}]}
    assert _install(files=_files(lock=lock)).problem is None


def test_plugins_are_told_from_the_manifest_where_there_is_no_lock() -> None:
    files = _files({**MANIFEST, "config": {"allow-plugins": {"wikimedia/composer-merge-plugin": True}}})
    del files["composer.lock"]
    problem = _install(files=files).problem
    assert problem is not None
    assert "merge-plugin" in problem


def test_update_writes_the_lock_file() -> None:
    assert _install("composer update").makes == ("/app/composer.lock",)


def test_tool_for_all_reads_nothing_of_the_project() -> None:
    assert not _install("composer global require laravel/installer").reads


def test_folders_that_the_manifest_names_are_filled() -> None:
    files = _files({**MANIFEST, "config": {"vendor-dir": "lib/vendor", "bin-dir": "bin"}})
    assert _install(files=files).fills == ("/app/lib/vendor", "/app/bin")
