"""`--add-ignore`: a comment above each instruction that something was found in, in place of repairs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from dockerfix.report.model import FileReport, Status
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import Edit, apply_edits

__all__ = ["ignore_comment", "with_ignores"]


def with_ignores(report: FileReport) -> FileReport:
    """The same Dockerfile with a comment for all that was found, as what is to be written; other files stay."""
    dockerfile = parse(report.before)
    codes: dict[int, set[str]] = defaultdict(set)
    for entry in report.entries:
        if entry.status is not Status.DECLINED:
            codes[_above(dockerfile, entry.position.line)].add(entry.code)
    edits = [Edit.insert(offset, _comment(dockerfile, offset, found)) for offset, found in codes.items()]
    return replace(report, after=apply_edits(report.before, edits), files=())


def ignore_comment(dockerfile: Dockerfile, line: int, code: str) -> Edit:
    """The comment that silences one rule for the instruction of a line (1-based)."""
    offset = _above(dockerfile, line)
    return Edit.insert(offset, _comment(dockerfile, offset, {code}))


def _above(dockerfile: Dockerfile, line: int) -> int:
    """Where the instruction of a line starts; a comment inside of one would not read well."""
    for instruction in dockerfile.instructions:
        if instruction.start_line <= line <= instruction.end_line:
            return dockerfile.index.line_start(instruction.keyword_span.start)
    return dockerfile.index.starts[line - 1]


def _comment(dockerfile: Dockerfile, offset: int, codes: set[str]) -> bytes:
    rest = dockerfile.source[offset:].split(b"\n", 1)[0]
    indent = rest[: len(rest) - len(rest.lstrip(b" \t"))]
    newline = b"\r\n" if rest.endswith(b"\r") else b"\n"
    return indent + f"# dockerfix: ignore={','.join(sorted(codes))}".encode() + newline
