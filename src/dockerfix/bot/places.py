"""What a person refuses with a pull request: a rule at the lines that are wrong, whatever its repair says by now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from dockerfix.frozen import frozen
from dockerfix.report.model import Entry, FileReport
from dockerfix.text import encode

__all__ = ["Mistake", "mistakes_of", "named"]

_MOST = 400  # places that a body remembers one by one; beyond, a rule is remembered for the whole file


@frozen
class Mistake:
    """A rule at a place, by two names: of the lines, and of the file."""

    line: str
    file: str

    def is_among(self, refused: Iterable[str]) -> bool:
        """Whether one of these names means it."""
        names = set(refused)
        return self.line in names or self.file in names


def mistakes_of(reports: Mapping[str, FileReport], repaired: Sequence[tuple[str, Entry]]) -> tuple[Mistake, ...]:
    """The mistakes that are repaired: all of a rule at one place are one, the same lines twice are two."""
    seen: Counter[tuple[str, str, bytes]] = Counter()
    found = []
    for code, path, line in sorted({(entry.code, path, entry.position.line) for path, entry in repaired}):
        lines = _lines(reports[path].before, line)
        seen[code, path, lines] += 1
        number = b"%d" % seen[code, path, lines]
        found.append(Mistake(_name(code, path, lines, number), _name(code, path)))
    return tuple(found)


def named(mistakes: Sequence[Mistake]) -> tuple[str, ...]:
    """What a body remembers of them."""
    lines = sorted({mistake.line for mistake in mistakes})
    return tuple(lines if len(lines) <= _MOST else sorted({mistake.file for mistake in mistakes})[:_MOST])


def _lines(source: bytes, first: int) -> bytes:
    """A line with those that continue it, without blanks around."""
    lines = source.splitlines()[first - 1 :]
    taken = []
    for line in lines:
        taken.append(line.strip())
        if not taken[-1].endswith((b"\\", b"`")):
            break
    return b"\n".join(taken)


def _name(*parts: str | bytes) -> str:
    told = b"\0".join(part if isinstance(part, bytes) else encode(part) for part in parts)
    return sha256(told).hexdigest()[:10]
