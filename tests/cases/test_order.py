"""The order of steps: an install finds all that it reads, and the copy below it takes nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cases
import pytest
from cases import Repaired


def repaired(name: str, tmp_path: Path, changes: Mapping[str, str | None] | None = None) -> Repaired:
    """A case, with the rules about its steps alone."""
    user = ["DF5"] if name.startswith("copy-exclude") else []
    return cases.repaired(name, tmp_path, changes, select=["DF2", "DF3", *user])


def _copied(found: Repaired) -> list[str]:
    """The copies above the last RUN that stands above `COPY . .`."""
    lines = found.text.splitlines()
    return [line for line in lines[: lines.index("COPY . .")] if line.startswith("COPY ")]


@pytest.mark.parametrize(
    ("name", "copies"),
    [
        ("bun-bunfig-cafile", ["COPY package.json bun.lock bunfig.toml ./", "COPY certs/ca.pem ./certs/"]),
        (
            "npm-bare-tarball-path",
            ["COPY package.json package-lock.json ./", "COPY third_party/js/foo-1.0.0.tgz ./third_party/js/"],
        ),
        ("npm-install-yarn-lock", ["COPY package.json yarn.lock ./"]),
        ("npm-userconfig", ["COPY package.json package-lock.json ci.npmrc ./"]),
        ("npmrc-cafile", ["COPY package.json package-lock.json .npmrc ./", "COPY certs/ca.pem ./certs/"]),
        ("pdm-lockfile-option", ["COPY pyproject.toml pdm.prod.lock ./"]),
        ("pip-pylock-missed", ["COPY pylock.toml ."]),
        ("pip-requirements-from-script", ["COPY script.py ."]),
        (
            "pnpm-catalog-file",
            ["COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./", "COPY vendor/foo-1.0.0.tgz ./vendor/"],
        ),
        ("pnpm-fetch-pnpmfile", ["COPY pnpm-lock.yaml pnpm-workspace.yaml ./", "COPY hooks/pnpmfile.cjs ./hooks/"]),
        (
            "pnpm-pnpmfile-setting",
            ["COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./", "COPY hooks/pnpmfile.cjs ./hooks/"],
        ),
        (
            "pnpmfile-requires-project-file",
            ["COPY package.json pnpm-lock.yaml .pnpmfile.cjs ./", "COPY tools/versions.cjs ./tools/"],
        ),
        ("uv-config-file", ["COPY pyproject.toml uv.lock ./", "COPY deploy/uv.toml ./deploy/"]),
        ("uv-find-links", ["COPY pyproject.toml uv.lock ./", "COPY wheels/ ./wheels/"]),
        ("uv-pip-find-links", ["COPY pyproject.toml requirements.txt ./", "COPY wheels/ ./wheels/"]),
        ("uv-pip-plural-options", ["COPY bc.txt requirements.txt ./"]),
        ("uv-sync-script", ["COPY script.py ."]),
        ("yarnrc-https-ca", ["COPY package.json yarn.lock .yarnrc.yml ./", "COPY certs/ca.pem ./certs/"]),
        ("yarnrc-inject-env", ["COPY package.json yarn.lock .yarnrc.yml .env ./"]),
    ],
)
def test_what_an_install_reads_is_copied_above_it(name: str, copies: list[str], tmp_path: Path) -> None:
    assert _copied(repaired(name, tmp_path)) == copies


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pnpm-overrides-in-workspace-yaml", "pnpm-workspace.yaml names ./packages/is-number"),
        ("poetry-requires-plugins-path", "pyproject.toml names plugins/p"),
        ("uv-dynamic-version-no-lock", "uv builds the project to learn its version (there is no uv.lock)"),
        ("uv-member-path-source", "packages/a/pyproject.toml names ../../vendor/lib"),
        ("yarn-exec-protocol", "package.json installs exec:./gen.js from the project"),
        ("bind-mount-of-the-whole-context", "its RUN mounts the source"),
        ("copy-split-undoes-sed", "sed changes package.json, and the copy below it would bring it as it was"),
    ],
)
def test_an_install_that_needs_more_stays_below_the_source(name: str, words: str, tmp_path: Path) -> None:
    found = repaired(name, tmp_path)
    assert not {"DF201", "DF202"} & found.applied
    assert (found.offered("DF201"), found.offered("DF202")) == (None, None)
    assert words in found.because("DF201") + found.because("DF202")


# what changes a copied file


@pytest.mark.parametrize(
    "step",
    [
        "RUN sed -i s/localhost/0.0.0.0/ package.json && npm ci",
        "RUN npm pkg set scripts.start='node server.js' && npm ci",
        "RUN npm version 1.2.3 --no-git-tag-version\nRUN npm ci",
        "RUN echo 'fund=false' >> package.json\nRUN npm ci",
        "RUN cat extra.json | tee -a package.json\nRUN npm ci",
        "RUN cp /tmp/package.json package.json\nRUN npm ci",
        "RUN curl -o package.json https://example.com/package.json\nRUN npm ci",
        "RUN perl -pi -e s/a/b/ package.json\nRUN npm ci",
        "RUN npm version 2.0.0\nRUN npm ci",
    ],
)
def test_a_manifest_that_a_step_changes_keeps_the_copy_above_it(step: str, tmp_path: Path) -> None:
    text = f'FROM node:22-slim\nWORKDIR /app\nCOPY . .\n{step}\nUSER node\nCMD ["node", "server.js"]\n'
    assert "DF201" not in repaired("copy-split-undoes-sed", tmp_path, {"Dockerfile": text, "extra.json": "{}"}).applied


@pytest.mark.parametrize("step", ["cat package.json", "sed -n 1p package.json", "test -f package.json", "ls -l"])
def test_a_step_that_only_reads_the_manifest_holds_nothing_up(step: str, tmp_path: Path) -> None:
    text = f'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN {step}\nRUN npm ci\nCMD ["node", "server.js"]\n'
    assert "DF201" in repaired("copy-split-undoes-sed", tmp_path, {"Dockerfile": text}).applied


def test_settings_that_no_copy_brings_hold_nothing_up(tmp_path: Path) -> None:
    text = (
        "FROM ruby:3.4-slim\nWORKDIR /app\nCOPY . .\nRUN bundle config set without test\nRUN bundle install\n"
        'CMD ["ruby", "main.rb"]\n'
    )
    files = {"Gemfile": "source 'https://rubygems.org'\ngem 'rack'\n", "Gemfile.lock": "", "main.rb": ""}
    assert "DF201" in repaired("copy-split-undoes-sed", tmp_path, {"Dockerfile": text, **files}).applied


def test_what_a_step_makes_where_git_ignores_it_is_kept_out_of_the_copy(tmp_path: Path) -> None:
    text = (
        "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN curl -o data/model.bin https://example.com/model.bin\n"
        'RUN npm ci\nUSER node\nCMD ["node", "server.js"]\n'
    )
    found = repaired("copy-split-undoes-sed", tmp_path, {"Dockerfile": text, ".gitignore": "/data/\n"})
    assert "DF201" in found.applied
    assert "data/model.bin" in (found.ignore_file or "")


# hooks that run code


def test_hooks_of_pdm_run_once_the_source_is_there(tmp_path: Path) -> None:
    text = repaired("pdm-post-install-hook", tmp_path).text
    assert "RUN pdm install --no-self --skip=:all --prod --frozen-lockfile\nCOPY . .\n" in text
    assert "COPY . .\nRUN pdm install --prod --frozen-lockfile\n" in text


@pytest.mark.parametrize("hook", ["pre_install", "pre_lock"])
def test_a_hook_in_front_of_the_install_holds_the_split(hook: str, tmp_path: Path) -> None:
    manifest = (Path(__file__).parents[1] / "fixtures/cases/pdm-post-install-hook/pyproject.toml").read_text()
    found = repaired("pdm-post-install-hook", tmp_path, {"pyproject.toml": manifest.replace("post_install", hook)})
    assert "DF202" not in found.applied
    assert f"PDM runs {hook}" in found.because("DF201")


@pytest.mark.parametrize(
    "code",
    [
        'const fs = require("fs"); module.exports = JSON.parse(fs.readFileSync("tools/versions.json"))',
        "module.exports = require(process.env.HOOKS)",
        'require("child_process").execSync("node build.js")',
    ],
)
def test_a_pnpmfile_that_may_read_anything_holds_the_repair(code: str, tmp_path: Path) -> None:
    found = repaired("pnpmfile-requires-project-file", tmp_path, {".pnpmfile.cjs": code})
    assert "DF201" not in found.applied
    assert ".pnpmfile.cjs is code that runs" in found.because("DF201")


# releases of the tools


def test_folders_of_a_group_that_is_not_installed_are_left_out_by_poetry(tmp_path: Path) -> None:
    text = repaired("poetry-dev-path-missed", tmp_path).text
    assert "RUN poetry install --no-root --no-directory --only main\nCOPY . .\nRUN poetry install --only main\n" in text


def test_a_poetry_without_the_option_gets_no_split(tmp_path: Path) -> None:
    text = (
        'FROM python:3.10-slim\nWORKDIR /app\nRUN pip install "poetry==1.4.2"\nCOPY . .\n'
        'RUN poetry install --only main\nCMD ["python", "main.py"]\n'
    )
    assert "DF202" not in repaired("poetry-dev-path-missed", tmp_path, {"Dockerfile": text}).applied


ONLY_DEPS = 'FROM python:3.13-slim\nWORKDIR /app\n{above}COPY . .\nRUN pip install .\nCMD ["python", "main.py"]\n'


@pytest.mark.parametrize(
    "above", ["RUN pip install -U pip\n", "RUN pip install pip==26.3\n", "RUN pip install 'pip>=26.2'\n"]
)
def test_a_pip_that_is_new_enough_installs_dependencies_alone(above: str, tmp_path: Path) -> None:
    found = repaired("pip-only-deps-missed", tmp_path, {"Dockerfile": ONLY_DEPS.format(above=above)})
    assert "COPY pyproject.toml .\nRUN pip install --no-cache-dir --only-deps .\n" in found.text
    assert "COPY . .\nRUN pip install --no-cache-dir .\n" in found.text


def test_a_pip_that_may_be_too_old_is_left_to_a_person(tmp_path: Path) -> None:
    found = repaired("pip-only-deps-missed", tmp_path)
    assert found.offered("DF202") == "suggestion"
    assert "pip has --only-deps since 26.2" in found.because("DF202")


def test_a_pip_that_is_too_old_gets_another_suggestion(tmp_path: Path) -> None:
    text = ONLY_DEPS.format(above="RUN pip install pip==25.3\n")
    found = repaired("pip-only-deps-missed", tmp_path, {"Dockerfile": text})
    assert "--only-deps" not in found.because("DF202")


@pytest.mark.parametrize(
    ("package", "copied"),
    [
        ('archive = {path = "wheels/x-1-py3-none-any.whl"}', True),
        ('[[packages.wheels]]\npath = "wheels/x-1-py3-none-any.whl"', True),
        ('directory = {path = "lib"}', False),
    ],
)
def test_paths_of_a_pylock(package: str, copied: bool, tmp_path: Path) -> None:
    lock = f'lock-version = "1.0"\ncreated-by = "hand"\n[[packages]]\nname = "x"\n{package}\n'
    files = {"pylock.toml": lock, "wheels/x-1-py3-none-any.whl": "", "lib/pyproject.toml": ""}
    found = repaired("pip-pylock-missed", tmp_path, files)
    assert ("COPY wheels/x-1-py3-none-any.whl ./wheels/" in found.text) is copied
    assert ("DF201" in found.applied) is copied


# copies that choose among files


@pytest.mark.parametrize("copy", ["COPY --exclude=*.md . .", "COPY --parents main.py requirements.txt ./"])
def test_a_copy_that_chooses_files_is_read(copy: str, tmp_path: Path) -> None:
    text = (
        f"# syntax=docker/dockerfile:1\nFROM python:3.12-slim\nWORKDIR /app\n{copy}\n"
        'RUN pip install --no-cache-dir -r requirements.txt\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'
    )
    found = repaired("copy-exclude-and-parents-not-read", tmp_path, {"Dockerfile": text, "README.md": ""})
    assert {"DF201", "DF501"} <= found.applied
    assert "requirements.txt ./" in found.text or "COPY requirements.txt ." in found.text


# mounts


def test_files_that_are_mounted_one_by_one_let_the_source_go_below(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
        "RUN --mount=type=bind,source=requirements.txt,target=/tmp/r.txt pip install --no-cache-dir -r /tmp/r.txt\n"
        'USER 1000\nCMD ["python", "main.py"]\n'
    )
    found = repaired("bind-mount-of-the-whole-context", tmp_path, {"Dockerfile": text})
    assert "DF201" in found.applied
    assert found.text.index("RUN --mount") < found.text.index("COPY . .")
