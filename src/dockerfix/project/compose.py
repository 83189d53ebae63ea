"""Compose files around a Dockerfile: which services are built from it, what they mount and how they start it."""

from __future__ import annotations

import os
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dockerfix.memo import memoised

if TYPE_CHECKING:
    from dockerfix.project.context import BuildContext

__all__ = ["ComposeService", "Mount", "compose_services"]

_NAME = re.compile(r"(?:.*[-_.])?compose(?:[-_.].*)?\.ya?ml\Z", re.IGNORECASE)
_DEFAULT = re.compile(r"\$\{\w+:?-([^}$]*)\}")
_LEVELS = 4  # folders above the context in which a compose file may name it


@dataclass(frozen=True, slots=True)
class Mount:
    """Something that a service lays over a folder of its image.

    `source` is a volume's name, or the path of a bind mount relative to the context where it lies there ("" is the
    context itself), else as written; None for an anonymous volume. `target` is absolute.
    """

    kind: Literal["bind", "volume", "anonymous", "tmpfs"]
    source: str | None
    target: str
    read_only: bool
    in_context: bool = False


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of a compose file.

    `is_built` tells that it is built from this Dockerfile; None where the file only names an image, which may be
    this one's. `entrypoint` and `command` are argument lists, None where the file sets none or they cannot be split.
    `file` is for people: the path relative to the context.
    """

    name: str
    file: str
    is_built: bool | None
    entrypoint: tuple[str, ...] | None
    command: tuple[str, ...] | None
    user: str | None
    privileged: bool
    mounts: tuple[Mount, ...]
    environment: frozenset[str]


@memoised
def compose_services(context: BuildContext) -> tuple[ComposeService, ...]:
    """The services that are built from the context's Dockerfile, or may be.

    Compose files are looked for in the context and in the folders above it, up to the root of the repository.
    One that cannot be parsed says nothing.
    """
    return tuple(service for place in _folders(context) for service in _services(place, context))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder with compose files: its files, and the way from it to the build context (`.`, `backend`)."""

    files: BuildContext
    way: str


def _folders(context: BuildContext) -> Iterator[_Folder]:
    yield _Folder(context, ".")
    if context.root is None:
        return
    root = Path(os.path.abspath(context.root))
    for above in list(root.parents)[:_LEVELS] if not (root / ".git").exists() else []:
        if not any((parent / ".git").exists() for parent in (above, *list(above.parents)[:_LEVELS])):
            return
        yield _Folder(context.at(above), root.relative_to(above).as_posix())
        if (above / ".git").exists():
            return


def _services(folder: _Folder, context: BuildContext) -> Iterator[ComposeService]:
    for name, services in _compose_files(folder.files.without_dockerfile):
        path = name if folder.way == "." else posixpath.join(*[".."] * (folder.way.count("/") + 1), name)
        for key, value in services.items():
            if isinstance(value, dict):
                built = _is_built(value, folder, context)
                if built is not False:
                    yield _service(str(key), path, value, built, folder)


@memoised
def _compose_files(folder: BuildContext) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The services of each compose file directly in a folder."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name in sorted(folder.entries("") or {}):
        text = folder.text(name) if _NAME.match(name) else None
        content = _loaded(text) if text is not None and "services" in text else None
        services = content.get("services") if isinstance(content, dict) else None
        if isinstance(services, dict):
            found.append((name, services))
    return tuple(found)


def _loaded(text: str) -> object:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _is_built(service: dict[str, Any], folder: _Folder, context: BuildContext) -> bool | None:
    build = service.get("build")
    if build is None:
        return None
    place = build.get("context", ".") if isinstance(build, dict) else build
    if not isinstance(place, str) or posixpath.normpath(_filled(place)) != folder.way:
        return False
    named = build.get("dockerfile") if isinstance(build, dict) else None
    if not isinstance(named, str):
        return context.dockerfile is None or context.dockerfile.lower() == "dockerfile"
    return context.dockerfile is None or posixpath.normpath(_filled(named)) == context.dockerfile


def _filled(text: str) -> str:
    """A text with `${NAME:-default}` replaced by the default."""
    return _DEFAULT.sub(r"\1", text)


def _service(name: str, file: str, value: dict[str, Any], built: bool | None, folder: _Folder) -> ComposeService:
    user = value.get("user")
    listed = value.get("volumes")
    mounts = (_mount(item, folder) for item in (listed if isinstance(listed, list) else []))
    return ComposeService(
        name,
        file,
        built,
        _argv(value.get("entrypoint")),
        _argv(value.get("command")),
        str(user) if isinstance(user, str | int) else None,
        value.get("privileged") is True,
        tuple(mount for mount in mounts if mount is not None),
        frozenset(_variables(value.get("environment"))),
    )


def _argv(value: object) -> tuple[str, ...] | None:
    """An argument list as Compose makes it: a string is split as a shell would, and no shell is started."""
    if isinstance(value, list):
        return tuple(str(item) for item in value) or None
    if not isinstance(value, str):
        return None
    try:
        return tuple(shlex.split(_filled(value))) or None
    except ValueError:
        return None


def _variables(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(key) for key in value)
    elif isinstance(value, list):
        yield from (str(item).partition("=")[0] for item in value)


def _mount(item: object, folder: _Folder) -> Mount | None:
    """A mount in short (`./data:/app/data:ro`) or long form; None where its target is not known."""
    if isinstance(item, str):
        parts = _filled(item).split(":")
        if len(parts) == 1:
            return _made(None, parts[0], "volume", False, folder)
        options = parts[2].split(",") if len(parts) > 2 else []
        return _made(parts[0], parts[1], "", "ro" in options, folder)
    if not isinstance(item, dict):
        return None
    source, target, kind = item.get("source"), item.get("target"), item.get("type", "volume")
    if not isinstance(target, str) or not isinstance(kind, str):
        return None
    return _made(
        _filled(source) if isinstance(source, str) else None, target, kind, item.get("read_only") is True, folder
    )


def _made(source: str | None, target: str, kind: str, read_only: bool, folder: _Folder) -> Mount | None:
    if not target.startswith("/"):
        return None
    target = posixpath.normpath(target)
    if kind == "tmpfs":
        return Mount("tmpfs", None, target, read_only)
    if source is None:
        return Mount("anonymous", None, target, read_only)
    if not source.startswith((".", "/", "~", "$")) and kind != "bind":
        return Mount("volume", source, target, read_only)
    if source.startswith(("/", "~", "$")):
        return Mount("bind", source, target, read_only)
    place = posixpath.normpath(source)
    inside = folder.way == "." or place == folder.way or place.startswith(folder.way + "/")
    if not inside or place.startswith(".."):
        return Mount("bind", source, target, read_only)
    relative = posixpath.relpath(place, folder.way)
    return Mount("bind", "" if relative == "." else relative, target, read_only, in_context=True)
