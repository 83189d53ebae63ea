"""What a browser sent: checked word by word before it is a folder on disk for as long as it is looked at."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen
from dockerfix.project.context.build_context import normal_path
from dockerfix.project.context.disk import READ_LIMIT

__all__ = ["BODY_LIMIT", "Sent", "SentError", "read_sent", "written"]

BODY_LIMIT = 12 * 1024 * 1024  # bytes of a request
_FILES = 5_000
_LARGEST = 1 << 40  # bytes that a file may say to have


class SentError(DockerfixError):
    """The browser sent something else than our page does."""


@frozen
class Sent:
    """A text, or a folder's files.

    Attributes:
        text: of a Dockerfile that stands alone; None for a folder.
        files: content by path (posix, relative), or the size of a file whose content stayed where it is.
        unsafe: also make repairs that may change behaviour.
    """

    text: bytes | None
    files: dict[str, bytes | int]
    unsafe: bool


def read_sent(body: bytes) -> Sent:
    """The request of the page's script.

    Raises:
        SentError: it is another one.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise SentError("that was no JSON") from None
    if not isinstance(found, dict):
        raise SentError("an object is needed")
    text, files = found.get("text"), found.get("files")
    if isinstance(text, str):
        return Sent(text.encode("utf-8", "surrogatepass"), {}, found.get("unsafe") is True)
    if not isinstance(files, list) or not files:
        raise SentError("there is no text, and no file")
    if len(files) > _FILES:
        raise SentError(f"the folder has more than {_FILES:,} files; drop the part that the image is built from")
    return Sent(None, dict(map(_file, files)), found.get("unsafe") is True)


def _file(entry: Any) -> tuple[str, bytes | int]:
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise SentError("a file has no path")
    path = normal_path(entry["path"])
    if not path or path != entry["path"] or "\\" in path:
        raise SentError(f"not a path inside of the folder: {entry['path'][:200]!r}")
    content, size = entry.get("content"), entry.get("size")
    if isinstance(content, str):
        try:
            return path, b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise SentError("a file's content is not in base64") from None
    if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < _LARGEST:
        return path, size
    raise SentError("a file has neither content nor size")


def written(sent: Sent, folder: Path) -> None:
    """Lay the files out in an empty folder. One that only has a size is as large, and too large to be read.

    Raises:
        SentError: two paths contradict each other, or this system cannot name a file so.
    """
    (folder / ".git").mkdir()  # nothing above the folder belongs to what was sent
    for path, content in sent.files.items():
        if path.split("/")[0].lower() == ".git":
            continue
        place = folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    file.truncate(max(content, READ_LIMIT + 1))
        except (OSError, ValueError):
            raise SentError(f"a file of this name cannot stand in the folder: {path[:200]!r}") from None
