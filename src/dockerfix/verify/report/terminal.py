"""A proof for a terminal: a table with bars, the layers, the verdicts."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockerfix.verify.metrics import Row
from dockerfix.verify.proof import Proof
from dockerfix.verify.report.printable import printable
from dockerfix.verify.report.story import (
    changed_kinds,
    changed_layers,
    headline,
    layer_words,
    mending_words,
    method,
    prediction_words,
    rebuild_words,
    verdict_words,
    what_failed,
)
from dockerfix.verify.words import bytes_text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

__all__ = ["text"]

_BAR = 8  # columns
_SIGNS = {"better": "better", "worse": "WORSE", "same": "", "noted": ""}
_COLOURS = {"better": "green", "worse": "bold red", "same": "", "noted": "", "helps": "green", "harms": "bold red"}


def text(proofs: Sequence[Proof], *, width: int, coloured: bool) -> str:
    """All proofs of a run; with escape sequences where colours are wanted."""
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=coloured, no_color=not coloured, highlight=False, legacy_windows=False
    )
    for number, proof in enumerate(proofs):
        if number:
            console.print()
        for part in _parts(printable(proof)):
            console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap is True)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n"))


def _parts(proof: Proof) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text.assemble((proof.label, "bold"), f": {headline(proof)}")
    yield Text(f"{proof.engine} on {proof.machine}, {proof.date}", "dim")
    if proof.rows:
        yield _comparison(proof.rows)
    if changed_layers(proof):
        yield _layers(proof)
    kinds = [f"{kind.kind} {bytes_text(kind.before)} → {bytes_text(kind.after)}" for kind in changed_kinds(proof)]
    if kinds:
        yield Text("Files that grew or shrank: " + ", ".join(kinds) + "\n")
    yield from (Text(line, "dim") for line in rebuild_words(proof))
    if proof.verdicts:
        yield Text()
        yield _verdicts(proof)
    for title, lines, log in what_failed(proof):
        yield Text(f"\n{title}", "bold red")
        yield Text("\n".join(f"  {line}" for line in lines))
        if log:
            yield Text(f"  the whole log: {log}", "dim", no_wrap=True)  # to be copied in one piece
    yield from (Text(line) for line in mending_words(proof))
    yield Text()
    for line in prediction_words(proof):
        yield Text(line, "bold red" if line.startswith("Wrong") else "dim")
    if proof.rows:
        yield Text(method(proof), "dim")
    yield Text(f"Logs of all builds: {proof.logs}", "dim")


def _comparison(rows: Sequence[Row]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "before", "after", ""):
        table.add_column(name, overflow="fold")
    for row in rows:
        most = max(row.numbers) if row.numbers else 0.0
        cells = [
            Text.assemble((_bar(value, most), "blue"), words)
            for words, value in zip((row.before, row.after), row.numbers or (None, None), strict=True)
        ]
        table.add_row(Text(row.what), *cells, Text(_SIGNS[row.effect], _COLOURS[row.effect]))
    return table


def _bar(value: float | None, most: float) -> str:
    """A bar as long as its share of the larger side; empty for what has no number."""
    if value is None or most <= 0:
        return ""
    eighths = round(value / most * _BAR * 8)
    part = " ▏▎▍▌▋▊▉"[eighths % 8].strip() if eighths % 8 else ""
    return ("█" * (eighths // 8) + part).ljust(_BAR) + " "


def _verdicts(proof: Proof) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for verdict in proof.verdicts:
        word = Text(verdict.word, _COLOURS.get(verdict.word, ""))
        table.add_row(word, Text(f"{verdict.code} {verdict.name}", "bold"), Text(verdict_words(verdict)))
    return table


def _layers(proof: Proof) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("layer", overflow="ellipsis", no_wrap=True, max_width=50)
    table.add_column("before", justify="right", no_wrap=True)
    table.add_column("after", justify="right", no_wrap=True)
    table.add_column("what is in it", overflow="fold")
    for change in changed_layers(proof):
        was = bytes_text(change.before.size) if change.before else "–"
        now = bytes_text(change.after.size) if change.after else "–"
        table.add_row(Text(change.made_by), was, now, Text(layer_words(change)))
    return table
