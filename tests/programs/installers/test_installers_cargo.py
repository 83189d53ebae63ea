"""Builds of Cargo, which only cargo-chef parts."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

MANIFEST = '[package]\nname = "app"\nversion = "0.1.0"\n\n[dependencies]\nserde = "1"\n'
APP = {"Cargo.toml": MANIFEST, "Cargo.lock": "", "src/main.rs": ""}


def _installs(run: str, files: Files = APP, above: str = "") -> list[Install]:
    text = f"FROM rust:1 AS planner\nFROM rust:1\nWORKDIR /app\n{above}COPY . .\nRUN {run}\n"
    model = modelled(text, files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


@pytest.mark.parametrize(
    "run", ["cargo build --release", "cargo install --path .", "cargo +nightly b", "cargo fetch --locked"]
)
def test_build_needs_the_source_and_names_what_parts_it(run: str) -> None:
    (install,) = _installs(run)
    assert install.problem is not None
    assert "cargo-chef" in install.problem
    assert (install.split, install.is_project) == (None, True)


def test_manifest_of_another_folder() -> None:
    (install,) = _installs("cargo build --manifest-path api/Cargo.toml", {"api/Cargo.toml": MANIFEST})
    assert set(install.reads.values()) == {"api/Cargo.toml"}


def test_members_of_a_workspace_have_dependencies_of_their_own() -> None:
    assert _installs("cargo build", {"Cargo.toml": '[workspace]\nmembers = ["api"]\n', "api/Cargo.toml": MANIFEST})


@pytest.mark.parametrize(
    "manifest",
    [
        '[package]\nname = "app"\n',
        '[package]\nname = "app"\n\n[dependencies]\ncore = { path = "core" }\n',
        "[dependencies]\nserde = { workspace = true }\n",
    ],
)
def test_project_that_asks_for_no_package_downloads_nothing(manifest: str) -> None:
    assert not _installs("cargo build", {**APP, "Cargo.toml": manifest})


def test_vendored_packages_are_part_of_the_source() -> None:
    config = '[source.crates-io]\nreplace-with = "vendored-sources"\n'
    assert not _installs("cargo build", {**APP, ".cargo/config.toml": config})


@pytest.mark.parametrize("target", ["/app/target", "/usr/local/cargo/registry", "target"])
def test_cache_mount_keeps_dependencies(target: str) -> None:
    assert not _installs(f"--mount=type=cache,target={target} cargo build")


def test_dependencies_that_cargo_chef_cooked_are_there() -> None:
    above = "COPY --from=planner /app/recipe.json recipe.json\nRUN cargo chef cook --recipe-path recipe.json\n"
    assert not _installs("cargo build", above=above)


def test_tool_from_the_registry_reads_nothing_of_the_project() -> None:
    assert [install.by_name for install in _installs("cargo install sqlx-cli")] == [True]
