"""What Yarn 1 and the later ones, and pnpm, read."""

from __future__ import annotations

import json

import pytest
from installing import found, problem, read, split, the_install

YARN = {"package.json": "{}", "yarn.lock": "", "src/index.js": ""}
BERRY = {
    **YARN,
    "package.json": '{"packageManager": "yarn@4.1.0"}',
    ".yarnrc.yml": "nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.1.0.cjs\n",
    ".yarn/releases/yarn-4.1.0.cjs": "",
}
PNPM = {"package.json": "{}", "pnpm-lock.yaml": "", "src/index.js": ""}


@pytest.mark.parametrize("run", ["yarn", "yarn install --frozen-lockfile", "yarn --production", "yarn --cwd . install"])
def test_manifest_and_lock_file_are_read(run: str) -> None:
    assert read(run, YARN) == ["package.json", "yarn.lock"]


def test_settings_of_yarn_1_are_read() -> None:
    assert read("yarn", {**YARN, ".yarnrc": "", ".npmrc": ""}) == [".npmrc", ".yarnrc", "package.json", "yarn.lock"]


def test_mirror_in_the_project_is_read_whole() -> None:
    files = {**YARN, ".yarnrc": 'yarn-offline-mirror "./mirror"\n', "mirror/left-pad-1.3.0.tgz": ""}
    assert "mirror/left-pad-1.3.0.tgz" in read("yarn install --offline", files)


def test_yarn_that_lies_in_the_project_is_read() -> None:
    files = {**YARN, ".yarnrc": 'yarn-path ".yarn/releases/yarn-1.22.19.cjs"\n', ".yarn/releases/yarn-1.22.19.cjs": ""}
    assert ".yarn/releases/yarn-1.22.19.cjs" in read("yarn", files)


def test_later_yarn_reads_what_lies_below_its_folder() -> None:
    files = {**BERRY, ".yarn/plugins/p.cjs": "", ".yarn/patches/x.patch": ""}
    install = the_install("yarn install --immutable", files)
    assert (install.problem, install.folders) == (None, (".yarn",))
    assert {".yarnrc.yml", ".yarn/plugins/p.cjs", ".yarn/patches/x.patch"} <= set(install.reads.values())


def test_patch_outside_the_folder_of_yarn_is_read() -> None:
    manifest = {"packageManager": "yarn@4.1.0", "resolutions": {"x": "patch:x@npm%3A1#./patches/x.patch"}}
    files = {**BERRY, "package.json": json.dumps(manifest), "patches/x.patch": ""}
    assert "patches/x.patch" in read("yarn install", files)


def test_plug_and_play_fills_other_files() -> None:
    files = {**BERRY, ".yarnrc.yml": ""}
    assert "/app/.pnp.cjs" in the_install("yarn install", files).fills
    assert "/app/.pnp.cjs" not in the_install("yarn install", BERRY).fills


def test_members_are_read_by_their_manifests() -> None:
    files = {**BERRY, "package.json": '{"workspaces": {"packages": ["apps/*"]}}', "apps/web/package.json": "{}"}
    assert "apps/web/package.json" in read("yarn install", files)


def test_focus_is_an_install() -> None:
    assert the_install("yarn workspaces focus --production", BERRY).tool == "yarn"


def test_package_for_all_reads_nothing() -> None:
    assert the_install("yarn global add serve", YARN).by_name


def test_added_package_changes_manifest_and_lock_file() -> None:
    assert the_install("yarn add express", YARN).makes == ("/app/package.json", "/app/yarn.lock")


@pytest.mark.parametrize("run", ["yarn build", "yarn run build", "yarn --version", "yarn cache clean"])
def test_what_is_no_install(run: str) -> None:
    assert not found(run, YARN)


@pytest.mark.parametrize("run", ["pnpm install --frozen-lockfile", "pnpm i --prod", "pnpm --dir . install"])
def test_pnpm_reads_manifest_and_lock_file(run: str) -> None:
    assert read(run, PNPM) == ["package.json", "pnpm-lock.yaml"]


def test_pnpm_reads_its_settings_and_hooks() -> None:
    files = {**PNPM, ".npmrc": "", ".pnpmfile.cjs": "", "pnpm-workspace.yaml": "packages: []\n"}
    expected = [".npmrc", ".pnpmfile.cjs", "package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]
    assert read("pnpm install", files) == expected


def test_members_that_the_workspace_file_names_are_read() -> None:
    files = {**PNPM, "pnpm-workspace.yaml": "packages:\n  - 'apps/*'\n", "apps/web/package.json": "{}"}
    assert "apps/web/package.json" in read("pnpm install", files)


@pytest.mark.parametrize(
    "extra",
    [
        {"package.json": '{"pnpm": {"patchedDependencies": {"x@1": "patches/x.patch"}}}'},
        {"pnpm-workspace.yaml": "patchedDependencies:\n  x@1: patches/x.patch\n"},
    ],
)
def test_patches_are_read(extra: dict[str, str]) -> None:
    assert "patches/x.patch" in read("pnpm install", {**PNPM, **extra, "patches/x.patch": ""})


def test_catalog_that_is_not_there_is_told() -> None:
    files = {**PNPM, "package.json": '{"dependencies": {"react": "catalog:"}}'}
    assert "catalog that is not there" in problem("pnpm install", files)
    assert read("pnpm install", {**files, "pnpm-workspace.yaml": "catalog:\n  react: ^19\n"})


def test_fetch_reads_the_lock_file_alone() -> None:
    assert read("pnpm fetch --prod", PNPM) == ["pnpm-lock.yaml"]


def test_settings_below_a_fetch_are_no_reason_for_a_second_one() -> None:
    assert the_install("pnpm fetch", {**PNPM, ".npmrc": ""}).manifests == ("pnpm-lock.yaml",)


def test_install_that_needs_the_source_is_parted_by_a_fetch() -> None:
    files = {**PNPM, "package.json": '{"scripts": {"prepare": "tsc"}}'}
    parted = split("pnpm install --frozen-lockfile --prod", files)
    assert (parted.instead, set(parted.reads.values())) == ("pnpm fetch --prod", {"pnpm-lock.yaml"})


def test_install_without_a_lock_file_cannot_be_parted() -> None:
    files = {"package.json": '{"scripts": {"prepare": "tsc"}}', "src/index.js": ""}
    assert the_install("pnpm install", files).split is None
