"""Heredocs: which ones a logical line opens, and the script that a RUN with heredocs hands to the shell.

Source: BuildKit `frontend/dockerfile/parser/parser.go` and `dockerfile2llb/convert.go`, dispatchRun.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.syntax.arguments import ArgumentError
from dockerfix.text import MappedText, Span, decode, encode

__all__ = ["Heredoc", "HeredocMark", "heredoc_marks", "is_heredoc_mark", "run_script"]

_SHELLS = {b"sh", b"bash", b"dash", b"ash", b"ksh", b"zsh"}


@frozen
class HeredocMark:
    """What stands in the line: `0<<-"EOF"`. `expand` is False for a quoted name, `chomp` True behind `<<-`."""

    name: str
    file_descriptor: int
    expand: bool
    chomp: bool


@frozen
class Heredoc:
    """A heredoc: `content` as BuildKit keeps it, leading tabs of `<<-` not yet taken off.

    `body` covers whole lines; `terminator` just the name that ends them.
    """

    name: str
    file_descriptor: int
    expand: bool
    chomp: bool
    content: str
    body: Span
    terminator: Span


def heredoc_marks(line: bytes) -> list[HeredocMark]:
    """The heredocs that a logical line opens, in order.

    BuildKit reads the line with a backslash as escape even where the file says otherwise; so does this.

    Raises:
        ArgumentError: a quote in the mark stays open.
    """
    if b"<<" not in line:
        return []
    from e2b_dockerfile_utils import ShellLex

    try:
        words = ShellLex("\\", raw_quotes=True, raw_escapes=True).process_words(decode(line))
    except ValueError:
        return []
    return [mark for word in words if (mark := _mark(word)) is not None]


def _mark(word: str) -> HeredocMark | None:
    from e2b_dockerfile_utils import parse_heredoc

    try:
        found = parse_heredoc(word)
    except ValueError as error:
        raise ArgumentError(str(error)) from None
    if found is None or not found.name:  # `<<''` is no heredoc to BuildKit
        return None
    return HeredocMark(found.name, found.file_descriptor, found.expand, found.chomp)


def is_heredoc_mark(word: str) -> bool:
    """Whether a word of COPY or ADD, or the whole of a RUN, is the mark of a heredoc."""
    if "<<" not in word:
        return False
    try:
        return _mark(word) is not None
    except ArgumentError:
        return False


def run_script(arguments: MappedText, heredocs: tuple[Heredoc, ...]) -> MappedText | None:
    """The script of a RUN in shell form, as BuildKit puts it together.

    A lone `<<EOF` is the script itself; otherwise each heredoc follows the command line and the shell reads it.
    None for a lone heredoc whose `#!` line names another interpreter than a shell.
    """
    if not heredocs:
        return arguments
    if is_heredoc_mark(arguments.text):
        script = _heredoc_script(heredocs[0])
        return script if _is_shell(script.raw) else None
    parts = [arguments]
    for heredoc in heredocs:
        newline = MappedText(b"\n", ((0, heredoc.body.start - 1, 1),))
        body = MappedText(encode(heredoc.content), ((0, heredoc.body.start, len(heredoc.body)),))
        name = encode(heredoc.name)
        end = MappedText(name, ((0, heredoc.terminator.start, len(name)),))
        parts += (newline, body, end)
    return MappedText.concatenated(parts)


def _heredoc_script(heredoc: Heredoc) -> MappedText:
    content, place = encode(heredoc.content), heredoc.body.start
    whole = MappedText(content, ((0, place, len(content)),))
    return MappedText.concatenated(tuple(_without_tabs(whole))) if heredoc.chomp else whole


def _without_tabs(content: MappedText) -> Iterator[MappedText]:
    at = 0
    for line in content.raw.split(b"\n"):
        end = min(at + len(line) + 1, len(content))
        yield content.slice(at + len(line) - len(line.lstrip(b"\t")), end)
        at = end


def _is_shell(script: bytes) -> bool:
    """Whether a shell runs the text: it has no `#!` line, or one that names a shell."""
    if not script.startswith(b"#!"):
        return True
    words = script[2:].partition(b"\n")[0].split()
    programs = [word.rpartition(b"/")[2] for word in words if not word.startswith(b"-")]
    if programs[:1] == [b"env"]:
        programs = programs[1:]
    return bool(programs) and programs[0] in _SHELLS
