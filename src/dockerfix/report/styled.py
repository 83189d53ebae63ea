"""Text with roles (a path, a code, a reason), written plainly or in a terminal's colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

if TYPE_CHECKING:
    import io

    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = [
    "Block",
    "Line",
    "Part",
    "Role",
    "Row",
    "Rows",
    "coloured",
    "coloured_diff",
    "coloured_page",
    "diff_role",
    "plain",
]

Role = Literal[
    "", "path", "code", "name", "why", "safe", "unsafe", "suggestion", "none", "title", "command", "error", "good",
    "added", "removed", "hunk", "file",
]  # fmt: skip

# The sixteen colours of the terminal's own theme: readable on any background.
_STYLES: dict[Role, str] = {
    "": "none",
    "path": "bold",
    "code": "bold red",
    "name": "cyan",
    "why": "dim",
    "safe": "green",
    "unsafe": "yellow",
    "suggestion": "magenta",
    "none": "dim",
    "title": "bold",
    "command": "bold cyan",
    "error": "bold red",
    "good": "bold green",
    "added": "green",
    "removed": "red",
    "hunk": "cyan",
    "file": "bold",
}
_DIFF_MARGIN = "    "
_LEFT_SHARE = 0.4  # a left column wider than this part of the terminal stands on a line of its own
# A Dockerfile may hold escape sequences; a terminal must not act on them.
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_BLANKS_AT_END = regex(r" +(?=\n)")


class Part(NamedTuple):
    """A piece of a line; with a link, a terminal leads there."""

    text: str
    role: Role = ""
    link: str = ""


@frozen
class Line:
    """One line, indented by some spaces."""

    parts: tuple[Part, ...] = ()
    indent: int = 0


@frozen
class Row:
    """One line in two columns, and a diff below it; a terminal wraps the right column below itself.

    Attributes:
        stacked: the right column for a terminal, as lines; without any, `right` stands there too.
    """

    left: tuple[Part, ...]
    right: tuple[Part, ...]
    diff: str = ""
    stacked: tuple[tuple[Part, ...], ...] = ()


@frozen
class Rows:
    """Rows whose right columns start at the same place on a terminal, and right behind `joint` elsewhere."""

    rows: tuple[Row, ...]
    indent: int = 0
    joint: str = "  "


Block = Line | Rows


def plain(blocks: Iterable[Block]) -> str:
    """Without colours; a row is one line however long."""
    return "".join(line + "\n" for block in blocks for line in _plain_lines(block))


def coloured(blocks: Iterable[Block], width: int) -> str:
    """For a terminal of this many columns."""
    console, out = _console(width)
    for block in blocks:
        for piece in _rendered(block, width):
            console.print(piece)
    return _BLANKS_AT_END.sub("", out.getvalue())


def coloured_diff(diff: str) -> str:
    """A unified diff for a terminal; its lines are never wrapped."""
    from rich.text import Text

    console, out = _console(width=1_000)
    for line in diff.removesuffix("\n").split("\n") if diff else ():
        console.print(Text(_visible(line), _STYLES[diff_role(line)]), soft_wrap=True)
    return out.getvalue()


def coloured_page(markdown: str, width: int) -> str:
    """A Markdown page for a terminal of this many columns."""
    from rich.markdown import Markdown

    console, out = _console(width)
    console.print(Markdown(_visible(markdown), code_theme="ansi_dark"))
    return out.getvalue()


def diff_role(line: str) -> Role:
    """What a line of a unified diff is."""
    if line.startswith(("--- ", "+++ ")):
        return "file"
    if line.startswith("@@"):
        return "hunk"
    if line.startswith("+"):
        return "added"
    return "removed" if line.startswith("-") else ""


def _visible(text: str) -> str:
    return _CONTROL.sub("", text)


def _text(parts: Sequence[Part]) -> str:
    return _visible("".join(part.text for part in parts))


def _width(rows: Rows) -> int:
    return max((len(_text(row.left)) for row in rows.rows), default=0)


def _plain_lines(block: Block) -> Iterable[str]:
    margin = " " * block.indent
    if isinstance(block, Line):
        yield (margin + _text(block.parts)).rstrip()
        return
    for row in block.rows:
        yield f"{margin}{_text(row.left)}{block.joint}{_text(row.right)}".rstrip()
        yield from (_visible(f"{margin}{_DIFF_MARGIN}{line}") for line in row.diff.splitlines())


def _console(width: int) -> tuple[Console, io.StringIO]:
    import io

    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    return console, out


def _rendered(block: Block, width: int) -> Iterable[RenderableType]:
    from rich.padding import Padding

    if isinstance(block, Line):
        yield _indented(_rich_text(block.parts), block.indent)
        return
    left = _width(block)
    for row in block.rows:
        if left > width * _LEFT_SHARE:
            yield _indented(_rich_text(row.left), block.indent)
            for parts in row.stacked or (row.right,):
                yield _indented(_rich_text(parts), block.indent + 4)
        else:
            yield Padding(_columns(row, left), (0, 0, 0, block.indent), expand=False)
        for line in row.diff.splitlines():
            yield _indented(_rich_text((Part(line, diff_role(line)),)), block.indent + len(_DIFF_MARGIN))


def _columns(row: Row, left: int) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, width=left)
    grid.add_column(overflow="fold")
    first, *below = row.stacked or (row.right,)
    grid.add_row(_rich_text(row.left), _rich_text(first))
    for parts in below:
        grid.add_row("", _rich_text(parts))
    return grid


def _indented(text: Text, indent: int) -> RenderableType:
    from rich.padding import Padding

    return Padding(text, (0, 0, 0, indent), expand=False) if indent else text


def _rich_text(parts: Sequence[Part]) -> Text:
    from rich.text import Text

    return Text.assemble(*((_visible(part.text), _style(part)) for part in parts))


def _style(part: Part) -> str:
    return f"{_STYLES[part.role]} link {part.link}" if part.link else _STYLES[part.role]
