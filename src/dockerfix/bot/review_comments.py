"""What review mode says at the lines of somebody's pull request."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256

from dockerfix.bot.fences import fenced
from dockerfix.bot.forge import NewReviewComment, ReviewForge, TouchedFile
from dockerfix.frozen import frozen
from dockerfix.report.lines import split_lines
from dockerfix.report.markdown import code, plain
from dockerfix.report.model import Entry, FileReport, Status
from dockerfix.report.replacement import LineReplacement, Replacement, line_replacement, replacement
from dockerfix.report.unified import hunks
from dockerfix.text import LineIndex, apply_edits

__all__ = ["WantedComment", "is_settled", "key_of", "settled_body", "wanted_comments"]

_MARKER = re.compile(r"<!-- dockerfix-review (\{[^<>]*\}) -->")
_SAID = (Status.REPAIRED, Status.OFFERED, Status.REPORTED)
_LONGEST_DIFF = 20_000  # characters


@frozen
class WantedComment:
    """A comment that should stand at the pull request.

    Attributes:
        key: tells one mistake from another, wherever in the file its lines stand.
    """

    key: str
    comment: NewReviewComment


def wanted_comments(
    reports: Iterable[FileReport], touched: Iterable[TouchedFile], forge: ReviewForge
) -> tuple[WantedComment, ...]:
    """A comment for each mistake that the diff shows.

    A repair whose lines the diff shows all becomes a suggestion; of any other the change is shown.

    Args:
        reports: of the commit that the pull request stands at, named by their paths in the repository.
    """
    shown = {file.path: file.lines for file in touched if not file.is_deleted and file.lines}
    return tuple(
        wanted for file in reports for wanted in _of_file(file, shown.get(file.place.path, frozenset()), forge)
    )


def key_of(body: str) -> str | None:
    """The key of a comment that review mode wrote; None for any other."""
    return _values(body).get("key")


def is_settled(body: str) -> bool:
    """Whether the comment says that nothing is left to do."""
    return bool(_values(body).get("settled"))


def settled_body(body: str, because: str) -> str:
    """The text of a comment whose mistake is gone: its first line, struck out, and why.

    Args:
        because: one sentence of ours.
    """
    first = body.split("\n", 1)[0].strip()
    return _marked(f"~~{first}~~\n\n{because}", key_of(body) or "", settled=True)


def _of_file(file: FileReport, lines: Collection[int], forge: ReviewForge) -> Iterator[WantedComment]:
    """In the order of the lines that the comments stand at."""
    seen: Counter[str] = Counter()
    found: list[WantedComment] = []
    for entry in file.having(*_SAID) if lines else ():
        mark = _mark(file, entry)
        seen[mark] += 1
        key = sha256(f"{mark}\0{seen[mark]}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        wanted = _comment(file, entry, lines, forge, key)
        found += [WantedComment(key, wanted)] if wanted else []
    yield from sorted(found, key=lambda wanted: (wanted.comment.start_line, wanted.comment.line))


def _mark(file: FileReport, entry: Entry) -> str:
    """The rule and the text that is wrong."""
    index = LineIndex(file.before)
    last = index.line(max(entry.span.start, entry.span.end - 1)) if entry.span else entry.position.line
    text = b"".join(split_lines(file.before)[entry.position.line - 1 : last])
    return f"{entry.code}\0{entry.message}\0{text.decode('utf-8', 'surrogateescape').strip()}"


def _comment(
    file: FileReport, entry: Entry, lines: Collection[int], forge: ReviewForge, key: str
) -> NewReviewComment | None:
    repair = replacement(file, entry)
    change = line_replacement(file.before, repair.edits) if repair else None
    text = _applicable(file, change) if change else None
    if change is not None and text is not None and all(n in lines for n in range(change.first, change.last + 1)):
        block = forge.suggestion(text, above=change.last - change.first, below=0)
        body = _body(entry, repair, block)
        return NewReviewComment(file.place.path, change.first, change.last, _marked(body, key))
    line = entry.position.line
    if line not in lines:
        return None
    return NewReviewComment(file.place.path, line, line, _marked(_body(entry, repair, _diff(file, repair)), key))


def _applicable(file: FileReport, change: LineReplacement) -> str | None:
    """The new lines, where a forge can be trusted to put them there byte for byte: UTF-8, and no CRLF."""
    old = b"".join(split_lines(file.before)[change.first - 1 : change.last])
    new = change.lines
    if b"\r" in old or (new is not None and b"\r" in new):
        return None
    try:
        return (new or b"").decode("utf-8")
    except UnicodeDecodeError:
        return None


def _body(entry: Entry, repair: Replacement | None, block: str) -> str:
    title = repair.title if repair else entry.title
    told = ": ".join(plain(text) for text in (title, entry.because) if text)
    word = f" ({entry.applicability.value})" if entry.applicability else ""
    parts = [
        f"**{entry.code}** {code(entry.name)}: {plain(entry.message)}",
        f"{told}{word}" if told else "",
        block,
        _other_files(repair) if repair else "",
        f"<sub>`# dockerfix: ignore={entry.code}` above the instruction silences this.</sub>",
    ]
    return "\n\n".join(part for part in parts if part)


def _other_files(repair: Replacement) -> str:
    """What no comment at this file can hold."""
    names = ", ".join(code(change.path) for change in repair.files)
    if not names:
        return ""
    if repair.edits:
        return f"The repair changes {names} too: `dockerfix --write` makes all of it."
    return f"The repair is made in {names}: `dockerfix --write` does it."


def _diff(file: FileReport, repair: Replacement | None) -> str:
    if repair is None or not repair.edits:
        return ""
    text = hunks(file.before, apply_edits(file.before, repair.edits), context=1).decode("utf-8", "replace")
    return fenced(text.rstrip("\n"), "diff") if len(text) <= _LONGEST_DIFF else ""


def _marked(body: str, key: str, *, settled: bool = False) -> str:
    values: dict[str, object] = {"key": key, **({"settled": True} if settled else {})}
    return f"{body}\n\n<!-- dockerfix-review {json.dumps(values)} -->"


def _values(body: str) -> dict[str, str]:
    """What the last marker of a body says."""
    found = _MARKER.findall(body)
    try:
        values = json.loads(found[-1]) if found else {}
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
