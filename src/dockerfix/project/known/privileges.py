"""What the system gives to root and not to every user, from `data/privileges.toml`."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from dockerfix.tables import table

__all__ = [
    "device_in",
    "is_official_image",
    "is_quiet_program",
    "library_need",
    "needs_root",
    "privileged_call",
    "speaks_of_package",
    "unprivileged_option",
]


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = table(Path(__file__).parents[1] / "data" / "privileges.toml")
    return data


def library_need(language: str, name: str) -> str | None:
    """What a module of Python, or a package of npm, is made for that takes root or a group: a clause for people.

    Args:
        language: `python` or `node`.
    """
    kind = _data()[language].get(name)
    return _data()["kinds"][kind] if kind is not None else None


@cache
def _packages() -> re.Pattern[str]:
    return re.compile("|".join(rf"""["'`]{re.escape(name)}["'`/]""" for name in _data()["node"]))


def speaks_of_package(text: str) -> bool:
    """Whether the text of a JavaScript module names one of these packages."""
    return _packages().search(text) is not None


def unprivileged_option(module: str) -> tuple[str, object] | None:
    """The keyword and its value that make all calls of such a module of Python do without."""
    found = _data()["unprivileged"].get(module)
    return (found["keyword"], found["value"]) if found is not None else None


def privileged_call(name: str) -> str | None:
    """What a call of a standard library does that the kernel allows to root alone, for people."""
    found: str | None = _data()["calls"].get(name)
    return found


def device_in(text: str) -> str | None:
    """The device that a text names (`/dev/ttyUSB0`, `/dev/video0:/dev/video0`), unless everybody may open it."""
    path = text.partition(":")[0]
    if not path.startswith("/dev/") or len(path) < 6 or any(char.isspace() for char in path):
        return None
    is_open = any(fnmatchcase(path, known) or path.startswith(f"{known}/") for known in _data()["devices"]["open"])
    return None if is_open else path


def named_by(text: str) -> str | None:
    """Why a path that a text names may be denied: a device, a file or folder of root's own; a clause for people."""
    if text.endswith("/") or "{" in text or "<" in text:
        return None  # a prefix to look for, or a route of a web application
    device = device_in(text)
    if device is not None:
        return f"names {device}, a device that belongs to root or to a group of the host"
    if "\n" in text or text == "/root":
        return None
    if text.startswith("/root/"):
        return f"names {text}, which lies in root's home"
    if any(f"{text}/".startswith(f"{own}/") for own in _data()["paths"]["root"]):
        return f"names {text}, which only root may read"
    return None


@cache
def _programs(kind: str) -> frozenset[str]:
    return frozenset(_data()["programs"][kind].split())


def needs_root(program: str) -> bool:
    """Whether a program that code runs does nothing for another user than root."""
    return program in _programs("root")


def is_quiet_program(program: str) -> bool:
    """Whether a program that code runs writes nothing but to its output."""
    return program in _programs("quiet")


@cache
def _official() -> frozenset[str]:
    return frozenset(_data()["images"]["official"].split())


def is_official_image(name: str) -> bool:
    """Whether Docker Hub has an image of this name, without a namespace, so that a project's own is not meant."""
    return name in _official()
