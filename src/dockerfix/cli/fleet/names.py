"""The repositories that a fleet is given by name: on the command line, or a line each in a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from dockerfix.errors import FileError, UsageError
from dockerfix.regular import content_of

__all__ = ["read_names", "repository_paths"]

_LARGEST = 16 * 1024 * 1024  # bytes, a hundred thousand names
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+")


def read_names(file: Path) -> list[str]:
    """The lines of a file (`-`: of standard input), without comments behind # and empty ones.

    Raises:
        FileError: it cannot be read.
    """
    try:
        is_input = str(file) == "-"
        text = sys.stdin.read(_LARGEST) if is_input else content_of(file, _LARGEST).decode("utf-8-sig")
    except FileError as error:
        raise FileError(f"{file}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or 'no UTF-8 text'})") from error
    lines = (re.sub(r"(?:^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def repository_paths(names: Iterable[str], host: str) -> list[str]:
    """Paths on a forge, each once.

    Args:
        names: `owner/name`, or addresses such as `https://HOST/owner/name.git` and `git@HOST:owner/name.git`.
        host: the forge's, which addresses must have.
    Raises:
        UsageError: one is neither, or lies on another forge.
    """
    return list(dict.fromkeys(_path(name, host) for name in names))


def _path(name: str, host: str) -> str:
    path, place = name, host
    if "://" in name:
        parts = urlsplit(name)
        path, place = parts.path, parts.netloc.rpartition("@")[2]
    elif found := re.fullmatch(r"[\w.-]+@([^:/]+):(.+)", name):
        place, path = found[1], found[2]
    path = path.strip("/").removesuffix(".git")
    if place.lower() != host.lower():
        raise UsageError(f"{name}: is on another forge than {host}; a run covers one")
    if not _PATH.fullmatch(path) or any(part in (".", "..") for part in path.split("/")):
        raise UsageError(f'{name}: not the name of a repository, such as "owner/name"')
    return path
