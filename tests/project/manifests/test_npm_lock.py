"""Whether npm ci takes a lock file: our answer, and npm's own where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.npm_lock import LockCheck, lock_check

Packages = Mapping[str, Mapping[str, Any]]


class Pair(NamedTuple):
    """A package.json and the tree of its lock file; without `locked` the root says the same there."""

    name: str
    root: Mapping[str, Any]
    tree: Packages
    locked: Mapping[str, Any] | None = None
    version: int = 3


def _one(version: str, **more: Any) -> dict[str, Any]:
    return {"version": version, **more}


_MAC = "a lock file made beside the node_modules of a Mac"
_A = {"dependencies": {"a": "^1.2.0"}}
_LINKED: Packages = {
    "node_modules/one": {"resolved": "packages/one", "link": True},
    "packages/one": {"version": "1.0.0", "dependencies": {"a": "^1.0.0"}},
    "node_modules/a": _one("1.5.0"),
}
FITS = (
    Pair("a range", _A, {"node_modules/a": _one("1.9.0")}),
    Pair("format 2", _A, {"node_modules/a": _one("1.9.0")}, version=2),
    Pair("nothing is asked for", {}, {}),
    Pair("what nothing asks for is in the way of nobody", {}, {"node_modules/z": _one("1.0.0")}),
    Pair(
        "two versions of one package",
        {"dependencies": {"a": "1", "b": "2"}},
        {
            "node_modules/a": _one("1.0.0", dependencies={"b": "1.x"}),
            "node_modules/a/node_modules/b": _one("1.7.0"),
            "node_modules/b": _one("2.0.0"),
        },
    ),
    Pair("only for developers", {"devDependencies": {"a": ">=1 <3"}}, {"node_modules/a": _one("2.9.9", dev=True)}),
    Pair(
        "a peer beside it",
        {"dependencies": {"a": "1", "p": "18"}},
        {"node_modules/a": _one("1.0.0", peerDependencies={"p": "^17 || ^18"}), "node_modules/p": _one("18.2.0")},
    ),
    Pair(
        "an optional peer that is not there",
        {"dependencies": {"a": "1"}},
        {"node_modules/a": _one("1.0.0", peerDependencies={"p": "*"}, peerDependenciesMeta={"p": {"optional": True}})},
    ),
    Pair(
        "programs for every system",
        {"dependencies": {"a": "1"}},
        {
            "node_modules/a": _one("1.0.0", optionalDependencies={"a-linux": "1.0.0", "a-darwin": "1.0.0"}),
            "node_modules/a-linux": _one("1.0.0", os=["linux"], optional=True),
            "node_modules/a-darwin": _one("1.0.0", os=["darwin"], optional=True),
        },
    ),
    Pair(
        "another name",
        {"dependencies": {"old": "npm:a@^1.0.0"}},
        {"node_modules/old": _one("1.4.0", name="a")},
    ),
    Pair(
        "a tag", {"dependencies": {"a": "latest"}}, {"node_modules/a": _one("3.0.0", resolved="https://r.test/a.tgz")}
    ),
    Pair(
        "an override",
        {"dependencies": {"a": "1"}, "overrides": {"b": "2.1.0"}},
        {"node_modules/a": _one("1.0.0", dependencies={"b": "^1.0.0"}), "node_modules/b": _one("2.1.0")},
        {"dependencies": {"a": "1"}},
    ),
    Pair(
        "bundled by a package",
        {"dependencies": {"a": "1"}},
        {
            "node_modules/a": _one("1.0.0", dependencies={"b": "1"}, bundleDependencies=["b"]),
            "node_modules/a/node_modules/b": _one("1.1.0", inBundle=True),
        },
    ),
    Pair(
        "a prerelease that is asked for", {"dependencies": {"a": "^2.0.0-rc.1"}}, {"node_modules/a": _one("2.0.0-rc.3")}
    ),
)
FAULTS = (
    Pair(
        "asked for anew",
        {"dependencies": {"a": "1", "b": "1"}},
        {"node_modules/a": _one("1.0.0")},
        {"dependencies": {"a": "1"}},
    ),
    Pair("another version is asked for", {"dependencies": {"a": "^2.0.0"}}, {"node_modules/a": _one("1.9.0")}, _A),
    Pair("the version is too old", _A, {"node_modules/a": _one("1.1.9")}),
    Pair("a prerelease nobody asked for", _A, {"node_modules/a": _one("1.3.0-beta.1")}),
    Pair("missing at the root", _A, {}),
    Pair(
        "missing below: equal at the root",
        {"dependencies": {"a": "1"}},
        {"node_modules/a": _one("1.0.0", dependencies={"b": "^1.0.0"})},
    ),
    Pair(
        "it stands where the package does not look",
        {"dependencies": {"a": "1", "c": "1"}},
        {
            "node_modules/a": _one("1.0.0", dependencies={"b": "^1.0.0"}),
            "node_modules/c": _one("1.0.0", dependencies={"b": "^1.0.0"}),
            "node_modules/c/node_modules/b": _one("1.0.0"),
        },
    ),
    Pair(
        "the nearest one counts, and does not fit",
        {"dependencies": {"a": "1", "b": "1"}},
        {
            "node_modules/a": _one("1.0.0", dependencies={"b": "1"}),
            "node_modules/a/node_modules/b": _one("2.0.0"),
            "node_modules/b": _one("1.0.0"),
        },
    ),
    Pair(
        "a peer is missing",
        {"dependencies": {"a": "1"}},
        {"node_modules/a": _one("1.0.0", peerDependencies={"p": "1"})},
    ),
    Pair(
        "a peer does not fit",
        {"dependencies": {"a": "1", "p": "19"}},
        {"node_modules/a": _one("1.0.0", peerDependencies={"p": "^18.0.0"}), "node_modules/p": _one("19.0.0")},
    ),
    Pair(
        _MAC,
        {"dependencies": {"a": "1"}},
        {
            "node_modules/a": _one("1.0.0", optionalDependencies={"a-linux": "1.0.0", "a-darwin": "1.0.0"}),
            "node_modules/a-darwin": _one("1.0.0", os=["darwin"], optional=True),
        },
    ),
    Pair(
        "an override that the lock file does not follow",
        {"dependencies": {"a": "1"}, "overrides": {"b": "2.1.0"}},
        {"node_modules/a": _one("1.0.0", dependencies={"b": "^2.0.0"}), "node_modules/b": _one("2.0.0")},
        {"dependencies": {"a": "1"}},
    ),
    Pair(
        "another name in another version",
        {"dependencies": {"old": "npm:a@^2.0.0"}},
        {"node_modules/old": _one("1.4.0", name="a")},
    ),
)


def _files(pair: Pair) -> dict[str, str]:
    root = {"name": "shop", "version": "1.0.0"}
    locked = pair.root if pair.locked is None else pair.locked
    tree = {"": {**root, **{key: value for key, value in locked.items() if key != "overrides"}}, **pair.tree}
    lock = {**root, "lockfileVersion": pair.version, "requires": True, "packages": tree}
    return {"package.json": json.dumps({**root, **pair.root}), "package-lock.json": json.dumps(lock)}


def _check(pair: Pair, *members: str, **more: str) -> LockCheck:
    context = BuildContext.of_files({**_files(pair), **more})
    return lock_check(context, "package.json", "package-lock.json", members)


@pytest.mark.parametrize("pair", FITS, ids=lambda pair: pair.name)
def test_a_lock_file_that_fits(pair: Pair) -> None:
    assert _check(pair) == LockCheck()


@pytest.mark.parametrize("pair", FAULTS, ids=lambda pair: pair.name)
def test_a_lock_file_that_npm_ci_refuses(pair: Pair) -> None:
    assert _check(pair).fault


@pytest.mark.parametrize("pair", [*FITS, *FAULTS], ids=lambda pair: pair.name)
def test_npm_says_the_same(pair: Pair, tmp_path: Path) -> None:
    """npm 10.9, 11.19 and 12.2 were asked; without its registry it cannot fetch what a lock file lacks, and fails."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing")
    version = subprocess.run([npm, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    if pair.name == _MAC and int(version.partition(".")[0]) < 11:
        pytest.skip("npm 10 goes without an optional package that the lock file lacks, and says nothing")
    for name, text in _files(pair).items():
        (tmp_path / name).write_text(text)
    command = [npm, "ci", "--dry-run", "--offline", "--no-audit", "--no-fund", "--cache", str(tmp_path / "cache")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode == 0) == (pair in FITS), done.stderr


def test_a_member_of_the_workspace_is_held_against_its_own_manifest() -> None:
    pair = Pair("", {"workspaces": ["packages/*"]}, _LINKED)
    member = {"name": "one", "version": "1.0.0", "dependencies": {"a": "^1.0.0"}}
    path = "packages/one/package.json"
    assert _check(pair, path, **{path: json.dumps(member)}) == LockCheck()
    assert _check(pair, path, **{path: json.dumps(member | {"dependencies": {"a": "^2.0.0"}})}).fault


def test_what_cannot_be_told_is_a_doubt() -> None:
    git = Pair("", {"dependencies": {"a": "github:a/a"}}, {"node_modules/a": _one("1.0.0", resolved="git+ssh://x")})
    nested = Pair("", {**_A, "overrides": {"a": {"b": "1"}}}, {"node_modules/a": _one("1.9.0")}, _A)
    old = Pair("", _A, {"node_modules/a": _one("1.9.0")}, version=1)
    stranger = Pair("", _A, {"node_modules/a": _one("1.9.0"), "node_modules/a-mac": _one("1.9.0", os=["darwin"])})
    for pair in (git, nested, old, stranger):
        assert _check(pair).doubt
        assert not _check(pair).fault


def test_peers_do_not_count_where_they_are_turned_off() -> None:
    pair = Pair("", {"dependencies": {"a": "1"}}, {"node_modules/a": _one("1.0.0", peerDependencies={"p": "1"})})
    context = BuildContext.of_files(_files(pair))
    assert lock_check(context, "package.json", "package-lock.json", has_peers=False) == LockCheck()
