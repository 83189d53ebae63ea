"""Two other parsers read what a repair changed: both must see the instructions that our tree holds there."""

from __future__ import annotations

import io

from dockerfix.errors import GateError
from dockerfix.frozen import frozen
from dockerfix.syntax import Dockerfile, Instruction
from dockerfix.text import Edit

__all__ = ["ChangedPart", "changed_part", "second_readers_agree"]


@frozen
class ChangedPart:
    """The instructions around some edits, with the untouched one behind them, as a file of their own.

    An instruction starts afresh, whatever stands above it, so that nothing is lost by leaving the rest out.
    `first_line` is the number that the first line of `source` has in the whole file; it may be 0 or less where lines
    were put above.
    """

    source: bytes
    first_line: int
    instructions: tuple[Instruction, ...]
    escape: str


def changed_part(before: Dockerfile, after: Dockerfile, edits: tuple[Edit, ...]) -> ChangedPart:
    """What of `after` has to be read again.

    Args:
        edits: what turned `before` into `after`.
    """
    touched = min(edit.span.start for edit in edits)
    untouched = len(after.source) - len(before.source) + max(edit.span.end for edit in edits)
    above = [i for i in after.instructions if i.extent.end <= touched and after.source[: i.extent.end].endswith(b"\n")]
    start = above[-1].extent.end if above else 0
    behind = next((i.extent.end for i in after.instructions if i.extent.start >= untouched), len(after.source))
    instructions = tuple(i for i in after.instructions if start <= i.extent.start and i.extent.end <= behind)
    # A comment that is no directive, so that none below is taken for one; the escape character has to be told.
    head = b"" if start == 0 else b"#\n" if after.escape == "\\" else b"# escape=`\n#\n"
    line = after.index.line(start) - head.count(b"\n")
    return ChangedPart(head + after.source[start:behind], line, instructions, after.escape)


def second_readers_agree(part: ChangedPart) -> None:
    """Nothing, when both read the part as we do.

    Raises:
        GateError: one refuses it, or sees other instructions.
    """
    _port_agrees(part)
    _dockerfile_parse_agrees(part)


def _port_agrees(part: ChangedPart) -> None:
    """The port of BuildKit's parser reads the same instructions on the same lines."""
    from e2b_dockerfile_utils import DockerfileSyntaxError, parse_dockerfile_ast

    try:
        theirs = parse_dockerfile_ast(part.source.decode("utf-8", "replace")).instructions
    except DockerfileSyntaxError as error:
        raise GateError(f"BuildKit's parser refuses the result: {error}") from None
    except RecursionError:
        raise GateError("an array in it is nested too deeply for the port of BuildKit's parser") from None
    shift = part.first_line - 1
    ours = [(i.keyword.upper(), i.start_line - shift, i.end_line - shift) for i in part.instructions]
    if [(i.name, i.start_line, i.end_line) for i in theirs] != ours:
        raise GateError("BuildKit's parser splits the result differently")


def _dockerfile_parse_agrees(part: ChangedPart) -> None:
    """dockerfile-parse reads the same keywords; it is asked only about text within its grammar."""
    if not _within_its_grammar(part):
        return
    from dockerfile_parse import DockerfileParser

    theirs = DockerfileParser(fileobj=io.BytesIO(part.source)).structure
    keywords = [entry["instruction"] for entry in theirs if entry["instruction"] != "COMMENT"]
    if keywords != [i.keyword.upper() for i in part.instructions]:
        raise GateError("dockerfile-parse reads the result differently")


def _within_its_grammar(part: ChangedPart) -> bool:
    """It knows no heredocs, no escape directive, and ends an instruction at an empty line or odd white space."""
    if part.escape != "\\" or part.source.startswith(b"\xef\xbb\xbf"):
        return False
    try:
        part.source.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(line.kind in ("code", "comment") for i in part.instructions for line in i.lines)
