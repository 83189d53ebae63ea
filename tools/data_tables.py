"""Writes the JSON twins of dockerfix's data files (`dockerfix.tables`).

    python tools/data_tables.py [--check]

With `--check` nothing is written; exit code 1 when a twin is missing or out of date.
"""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import date
from pathlib import Path

from dockerfix.tables import compiled_path, mark_of

SOURCE = Path(__file__).parents[1] / "src" / "dockerfix"


def _day(day: date) -> dict[str, str]:
    return {"$day": day.isoformat()}


def main() -> int:
    """Writes or checks all; returns the exit code."""
    old = []
    for path in sorted([*SOURCE.glob("project/data/*.toml"), *SOURCE.glob("shell/*.toml")]):
        text = path.read_bytes()
        read = tomllib.loads(text.decode())
        table = json.dumps(
            read, ensure_ascii=False, separators=(",", ":"), default=lambda day: {"$day": day.isoformat()}
        )
        wanted = f'{{"of":"{mark_of(text)}","table":{table}}}\n'
        twin = compiled_path(path)
        if not twin.exists() or twin.read_text("utf-8") != wanted:
            old.append(twin.relative_to(SOURCE).as_posix())
            if "--check" not in sys.argv:
                twin.parent.mkdir(exist_ok=True)
                twin.write_text(wanted, "utf-8")
    print("\n".join(old))
    return 1 if old and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
