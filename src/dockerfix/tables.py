"""Our own data files, which are TOML for people and JSON for machines.

tomllib is pure Python: the larger files take 20 to 60 ms to parse, more than all of the work on most Dockerfiles.
`tools/data_tables.py` writes a twin of each in JSON, which names the text that it was made from; where that has changed
since, the TOML is read.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

__all__ = ["compiled_path", "mark_of", "table"]

_DAY = b'{"$day":'  # JSON has no dates


def table(path: Path) -> dict[str, Any]:
    """The content of a data file; read anew at each call."""
    text = path.read_bytes()
    try:
        read = compiled_path(path).read_bytes()
        twin: dict[str, Any] = json.loads(read, object_hook=_dated if _DAY in read else None)
        if twin["of"] == mark_of(text):
            found: dict[str, Any] = twin["table"]
            return found
    except (OSError, ValueError, KeyError, TypeError):
        pass
    import tomllib

    return tomllib.loads(text.decode("utf-8"))


def _dated(row: dict[str, Any]) -> Any:
    from datetime import date

    return date.fromisoformat(row["$day"]) if "$day" in row else row


def compiled_path(path: Path) -> Path:
    """Where the twin of a data file lies."""
    return path.parent / "compiled" / f"{path.stem}.json"


def mark_of(text: bytes) -> str:
    """What tells a text from others."""
    return f"{len(text)}-{zlib.crc32(text):08x}"
