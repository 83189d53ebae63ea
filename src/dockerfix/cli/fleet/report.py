"""The report of a run: two files, and a few lines for whoever waits."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dockerfix import __version__
from dockerfix.bot.fleet import End, Run
from dockerfix.cli.fleet.progress import summary
from dockerfix.errors import FileError

if TYPE_CHECKING:
    from dockerfix.bot.fleet.store import Store

__all__ = ["tell"]


def tell(store: Store, run: Run, page: Path) -> int:
    """Write the report of a run as HTML, and as JSON beside it; returns the exit code: 1 where something failed.

    Raises:
        FileError: a file cannot be written.
    """
    from dockerfix.bot.fleet.page import html_page, json_report

    data = page.with_suffix(".json")
    _write(page, html_page(run, lambda: store.results(run.id), version=__version__))
    _write(data, json_report(run, lambda: store.results(run.id), version=__version__))
    counts = store.counts(run.id)
    left = counts.get(End.WAITING, 0)
    sys.stdout.write(f"{sum(counts.values())} repositories: {summary(counts)}\n{page} and {data}\n")
    if run.finished is None:
        sys.stdout.write(f"{left} are not done yet; the same command goes on\n")
    sys.stdout.flush()
    return 1 if counts.get(End.FAILED) else 0


def _write(path: Path, pieces: Iterable[str]) -> None:
    """Replace a file as a whole: whoever looks at the page while it is written sees the old one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.writelines(pieces)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror})") from error
