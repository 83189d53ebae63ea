"""Cargo, which builds dependencies and project in one go.

No manifest alone will do: Cargo 1.95 refuses one whose targets are not there ("no targets specified in the manifest"),
for `cargo fetch` too. What parts them is cargo-chef, a program of its own, on which a person decides.
Source: The Cargo Book, "cargo build", "cargo fetch", "Source replacement"; README of cargo-chef.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.installers.kept import keeps
from dockerfix.project.manifests.pyproject import table, toml

__all__ = ["recognise"]

_VALUED = frozenset(
    "--manifest-path -p --package --bin --target --target-dir --profile -F --features --example --test -j --jobs "
    "--path --root --color --config -Z -C --exclude --message-format".split()
)
_BUILDS = frozenset("build b install run r test t check c clippy rustc fetch doc bench".split())
_KINDS = ("dependencies", "dev-dependencies", "build-dependencies")
_REASON = (
    "cargo builds dependencies and project in one go, and takes no manifest without its sources; cargo-chef parts "
    "them (cargo chef prepare, then cargo chef cook above the source)"
)


def recognise(call: Call) -> Install | None:
    """The build that a call of cargo is; None where it downloads nothing, or what it makes is kept."""
    words = call.program.words[1:]
    if words and (words[0].value or "").startswith("+"):
        words = words[1:]
    given = arguments(words, _VALUED)
    if given.verb not in _BUILDS or (given.verb == "install" and not given.has("--path")) or given.has("--offline"):
        return None
    named = next(iter(given.values("--manifest-path")), None) or next(iter(given.values("--path")), None) or "."
    place = call.place(named)
    if place is None:
        return None
    folder = posixpath.dirname(place) if place.endswith(".toml") else place
    reading = Reading(call, folder)
    origin = reading.take("Cargo.toml")
    if origin is None or not _downloads(call, origin, folder) or _is_kept(call, folder):
        return None
    reading.take("Cargo.lock")
    return Install("cargo", call.program, reading.reads, problem=_REASON, is_project=True)


def _is_kept(call: Call, folder: str) -> bool:
    """Whether dependencies are cooked already, vendored, or kept in a cache mount."""
    cooked = call.is_there(posixpath.join(folder, "recipe.json"))
    target = call.setting("CARGO_TARGET_DIR") or posixpath.join(folder, "target")
    home = call.setting("CARGO_HOME") or "/usr/local/cargo"
    return cooked or _is_vendored(call, folder) or keeps(call, target, f"{home}/registry", "~/.cargo/registry")


def _is_vendored(call: Call, folder: str) -> bool:
    origins = (call.origin(posixpath.join(folder, ".cargo", name)) for name in ("config.toml", "config"))
    found = [table(toml(call.context, origin) or {}, "source", "crates-io") for origin in origins if origin is not None]
    return any("replace-with" in one for one in found)


def _downloads(call: Call, origin: str, folder: str) -> bool:
    """Whether the manifest, or that of a member of its workspace, asks for a package that is not in the project."""
    members = [path for place, path in call.below(folder) if place.endswith("/Cargo.toml")]
    manifest = toml(call.context, origin) or {}
    origins = [origin, *members] if "workspace" in manifest else [origin]
    return any(not _is_local(one) for path in origins for one in _dependencies(toml(call.context, path) or {}))


def _dependencies(manifest: dict[str, object]) -> Iterator[object]:
    tables = [manifest, table(manifest, "workspace"), *map(table, table(manifest, "target").values())]
    for kind in _KINDS:
        for one in tables:
            yield from table(one, kind).values()


def _is_local(said: object) -> bool:
    return isinstance(said, dict) and ("path" in said or said.get("workspace") is True)
