"""What npm and Bun read, and what all package managers of Node have in common: scripts, workspaces, local packages."""

from __future__ import annotations

import json

import pytest
from installing import found, problem, read, the_install

APP = {"package.json": "{}", "package-lock.json": "{}", "src/index.js": ""}
BUN = {"package.json": "{}", "bun.lock": "", "index.ts": ""}


def _with(**manifest: object) -> dict[str, str]:
    return {**APP, "package.json": json.dumps(manifest)}


def _scripts(**scripts: str) -> dict[str, str]:
    return _with(scripts=scripts)


@pytest.mark.parametrize("run", ["npm ci", "npm install --omit=dev", "npm i", "npm --prefix . ci", "sudo npm ci"])
def test_manifest_and_lock_file_are_read(run: str) -> None:
    assert read(run, APP) == ["package-lock.json", "package.json"]


def test_settings_are_read_too() -> None:
    files = {**APP, ".npmrc": "", "npm-shrinkwrap.json": "{}"}
    assert read("npm ci", files) == [".npmrc", "npm-shrinkwrap.json", "package-lock.json", "package.json"]


def test_folder_of_the_project_may_be_named() -> None:
    files = {f"web/{path}": text for path, text in APP.items()}
    expected = ["web/package-lock.json", "web/package.json"]
    assert read("npm --prefix web ci", files) == expected
    assert read("cd web && npm ci", files) == expected


def test_packages_are_put_beside_the_manifest() -> None:
    assert the_install("npm ci", APP).fills == ("/app/node_modules",)


def test_package_by_name_is_added_to_the_manifest() -> None:
    install = the_install("npm install express", APP)
    assert (install.makes, install.problem) == (("/app/package.json", "/app/package-lock.json"), None)
    assert the_install("npm install --no-save express", APP).makes == ()


def test_package_for_all_reads_nothing() -> None:
    install = the_install("npm install -g typescript", APP)
    assert (install.by_name, install.reads) == (True, {})


@pytest.mark.parametrize(
    "script",
    ["husky install", "husky", "is-ci || husky", "npx only-allow npm", "npx simple-git-hooks", "echo done", "exit 0"],
)
def test_script_that_leaves_the_source_alone(script: str) -> None:
    assert the_install("npm ci", _scripts(prepare=script)).problem is None


@pytest.mark.parametrize("name", ["preinstall", "install", "postinstall", "prepublish", "prepare"])
def test_script_that_may_read_the_source(name: str) -> None:
    assert "runs `node setup.js`" in problem("npm ci", _scripts(**{name: "node setup.js"}))


def test_script_of_a_script_is_followed() -> None:
    assert "may need the source" in problem("npm ci", _scripts(postinstall="npm run build", build="tsc"))
    assert the_install("npm ci", _scripts(postinstall="npm run hooks", hooks="husky")).problem is None


def test_scripts_that_other_commands_run_do_not_count() -> None:
    assert the_install("npm ci", _scripts(build="vite build", test="jest", prepack="tsc")).problem is None


def test_scripts_can_be_left_out() -> None:
    assert the_install("npm ci --ignore-scripts", _scripts(postinstall="node setup.js")).problem is None


def test_generator_that_the_build_repeats_leaves_a_doubt() -> None:
    install = the_install("npm ci", _scripts(postinstall="nuxt prepare"))
    assert install.problem is None
    assert "nuxt prepare" in install.doubt


def test_folder_of_patches_is_read_whole() -> None:
    files = {**_scripts(postinstall="patch-package"), "patches/left-pad+1.3.0.patch": ""}
    install = the_install("npm ci", files)
    assert (install.folders, install.problem) == (("patches",), None)
    assert "patches/left-pad+1.3.0.patch" in install.reads.values()


def test_schema_of_prisma_is_read() -> None:
    files = {**_scripts(postinstall="prisma generate"), "prisma/schema.prisma": ""}
    install = the_install("npm ci", files)
    assert (install.folders, install.problem) == (("prisma",), None)


def test_prisma_generates_its_client_unasked() -> None:
    files = {**_with(dependencies={"@prisma/client": "^5"}), "prisma/schema.prisma": ""}
    assert the_install("npm ci", files).folders == ("prisma",)


@pytest.mark.parametrize("name", ["prisma.config.ts", ".config/prisma.ts"])
def test_settings_of_prisma_are_code_of_the_project(name: str) -> None:
    files = {**_scripts(postinstall="prisma generate"), "prisma/schema.prisma": "", name: ""}
    assert "settings are code" in problem("npm ci", files)


def test_missing_schema_is_told() -> None:
    assert "no schema is found" in problem("npm ci", _scripts(postinstall="prisma generate"))


@pytest.mark.parametrize("version", ["file:lib", "link:../lib", "./lib"])
def test_package_of_the_project_needs_the_source(version: str) -> None:
    assert f"installs {version} from the project" in problem("npm ci", _with(dependencies={"lib": version}))


@pytest.mark.parametrize(
    "manifest",
    [
        {"overrides": {"a": {"b": "file:./b"}}},
        {"resolutions": {"a/b": "portal:./b"}},
        {"pnpm": {"overrides": {"b": "link:./b"}}},
    ],
)
def test_package_of_the_project_may_stand_in_for_another(manifest: dict[str, object]) -> None:
    assert "./b from the project" in problem("npm ci", _with(**manifest))


def test_packed_package_of_the_project_is_read() -> None:
    files = {**_with(dependencies={"lib": "file:vendor/lib-1.0.0.tgz"}), "vendor/lib-1.0.0.tgz": ""}
    assert "vendor/lib-1.0.0.tgz" in read("npm ci", files)


def test_native_addon_is_compiled_from_the_source() -> None:
    assert "binding.gyp" in problem("npm ci", {**APP, "binding.gyp": "{}"})


def test_every_member_of_a_workspace_is_read_by_its_manifest() -> None:
    files = {**_with(workspaces=["packages/*"]), "packages/a/package.json": "{}", "packages/a/index.js": ""}
    install = the_install("npm ci", files)
    assert install.problem is None
    assert sorted(install.reads.values()) == ["package-lock.json", "package.json", "packages/a/package.json"]
    assert install.fills == ("/app/node_modules", "/app/packages/a/node_modules")


def test_workspace_is_left_alone_where_a_member_is_not_there() -> None:
    files = {**_with(workspaces=["packages/*"]), "packages/a/package.json": "{}"}
    above = "COPY package.json package-lock.json ./\n"
    assert "packages/a/package.json is not among" in problem("npm ci", files, above=above)


@pytest.mark.parametrize(
    ("member", "words"),
    [({"bin": {"a": "cli.js"}}, "programs (bin)"), ({"scripts": {"prepare": "tsc"}}, "runs `tsc`")],
)
def test_member_that_needs_its_source(member: object, words: str) -> None:
    files = {**_with(workspaces=["packages/*"]), "packages/a/package.json": json.dumps(member)}
    assert words in problem("npm ci", files)


@pytest.mark.parametrize("patterns", [["packages/**"], ["packages/*", "!packages/x"]])
def test_patterns_that_are_not_followed(patterns: list[str]) -> None:
    assert "patterns" in problem("npm ci", _with(workspaces=patterns))


def test_large_workspace_is_left_alone() -> None:
    members = {f"packages/{number}/package.json": "{}" for number in range(9)}
    assert "9 members" in problem("npm ci", {**_with(workspaces=["packages/*"]), **members})


def test_member_alone_belongs_to_the_workspace_above() -> None:
    files = {**_with(workspaces=["web"]), "web/package.json": "{}"}
    assert "belongs to the workspace" in problem("cd web && npm ci", files)


def test_manifest_without_its_workspace_is_told() -> None:
    assert "workspace that is not there" in problem("npm ci", _with(dependencies={"lib": "workspace:*"}))


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("npm ci -w web", "one workspace alone"),
        ("cd /x && npm ci", "not among"),
        ("npm install ./lib", "lies in the project"),
    ],
)
def test_what_is_not_certain(run: str, words: str) -> None:
    assert words in problem(run, APP)


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("npm ci", "package-lock.json"),
        ("bun install --frozen-lockfile", "bun.lock"),
        ("pnpm install --frozen-lockfile", "pnpm-lock.yaml"),
    ],
)
def test_lock_file_that_is_demanded_and_not_there_is_told(run: str, name: str) -> None:
    assert f"{name} is not among" in problem(run, {"package.json": "{}", "index.js": ""})


@pytest.mark.parametrize("run", ["npm run build", "npm --version", "npm test", "bun run build", "bun test"])
def test_what_is_no_install(run: str) -> None:
    assert not found(run, APP)


@pytest.mark.parametrize("run", ["bun install --frozen-lockfile", "bun i --production"])
def test_bun_reads_manifest_lock_file_and_settings(run: str) -> None:
    assert read(run, {**BUN, "bunfig.toml": ""}) == ["bun.lock", "bunfig.toml", "package.json"]


def test_bun_reads_the_older_lock_file_too() -> None:
    assert read("bun install", {"package.json": "{}", "bun.lockb": "", "index.ts": ""}) == ["bun.lockb", "package.json"]
