"""Which lines of two texts are the same: Myers' greedy comparison, kept linear for long files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.text import Edit, Span

__all__ = ["Change", "changed_lines", "line_edits", "split_lines"]

_REACH = 100  # differences looked at together; beyond, the best way so far is taken: time is at most reach × length


@frozen
class Change:
    """Lines `start` to `end` of the old text give way to lines `new_start` to `new_end` of the new one (0-based)."""

    start: int
    end: int
    new_start: int
    new_end: int


def split_lines(text: bytes) -> list[bytes]:
    """The lines with their endings. Only `\\n` ends a line, as for git and patch: a lone `\\r` does not."""
    lines = text.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def changed_lines(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[Change, ...]:
    """What turns the old lines into the new ones, in order; between two changes at least one line is the same."""
    start, shortest = 0, min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shortest - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    pairs = _pairs(old[start : len(old) - tail], new[start : len(new) - tail])
    same = ((start + x, start + y) for x, y in pairs)
    return tuple(_settled(list(_gaps(same, (start, start), (len(old) - tail, len(new) - tail))), old, new))


def line_edits(old: bytes, new: bytes) -> tuple[Edit, ...]:
    """The same as edits of whole lines of the old text."""
    before, after = split_lines(old), split_lines(new)
    offsets = [0]
    for line in before:
        offsets.append(offsets[-1] + len(line))
    return tuple(
        Edit(Span(offsets[change.start], offsets[change.end]), b"".join(after[change.new_start : change.new_end]))
        for change in changed_lines(before, after)
    )


def _gaps(same: Iterator[tuple[int, int]], begin: tuple[int, int], end: tuple[int, int]) -> Iterator[Change]:
    x, y = begin
    for old, new in (*same, end):
        if (old, new) != (x, y):
            yield Change(x, old, y, new)
        x, y = old + 1, new + 1


def _pairs(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int]]:
    """Places of the lines that both texts keep, in order."""
    found: list[tuple[int, int]] = []
    x = y = 0
    while x < len(old) and y < len(new):
        steps = _walk(old, new, x, y)
        found += steps[0]
        x, y = steps[1]
    return found


def _walk(
    old: Sequence[bytes], new: Sequence[bytes], x0: int, y0: int
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """The lines kept on the shortest way from one place to the end, or to the farthest place within reach."""
    furthest: dict[int, int] = {1: x0}
    trail: list[dict[int, int]] = []
    for depth in range(_REACH + 1):
        trail.append(furthest.copy())
        for k in range(-depth, depth + 1, 2):
            x = _step(furthest, k, depth)
            y = y0 + x - x0 - k
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(old) and y >= len(new):
                return _retrace(trail, (x, y), (x0, y0)), (x, y)
    ends = [(furthest[k], y0 + furthest[k] - x0 - k) for k in range(-depth, depth + 1, 2)]
    place = max(((x, y) for x, y in ends if x <= len(old) and y <= len(new)), key=sum)
    return _retrace(trail, place, (x0, y0)), place


def _step(furthest: dict[int, int], k: int, depth: int) -> int:
    """Where diagonal `k` starts with one more difference: one line of the new text, or of the old one, is passed."""
    return furthest[k + 1] if _passes_new_line(furthest, k, depth) else furthest[k - 1] + 1


def _passes_new_line(furthest: dict[int, int], k: int, depth: int) -> bool:
    return k == -depth or (k != depth and furthest[k - 1] < furthest[k + 1])


def _retrace(trail: list[dict[int, int]], end: tuple[int, int], begin: tuple[int, int]) -> list[tuple[int, int]]:
    """The lines kept on the way that led to `end`, in order."""
    found: list[tuple[int, int]] = []
    (x, y), (x0, y0) = end, begin
    for depth in range(len(trail) - 1, -1, -1):
        furthest, k = trail[depth], (x - x0) - (y - y0)
        start = _step(furthest, k, depth) if depth else x0
        while x > start:
            x, y = x - 1, y - 1
            found.append((x, y))
        if depth:
            k += 1 if _passes_new_line(furthest, k, depth) else -1
            x = furthest[k]
            y = y0 + x - x0 - k
    return found[::-1]


def _settled(changes: Sequence[Change], old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Change]:
    """Lines that only come or only go may be shown one further up or down; they stay with their empty line."""
    done = -1
    for number, change in enumerate(changes):
        following = changes[number + 1].start if number + 1 < len(changes) else len(old) + 1
        room = change.start - done - 1, following - change.end - 1
        if change.start == change.end:
            shift = _shift(new, change.new_start, change.new_end, room)
        elif change.new_start == change.new_end:
            shift = _shift(old, change.start, change.end, room)
        else:
            shift = 0
        done = change.end + shift
        yield Change(change.start + shift, done, change.new_start + shift, change.new_end + shift)


def _shift(lines: Sequence[bytes], start: int, end: int, room: tuple[int, int]) -> int:
    """How far to move a block so that it ends with an empty line or starts behind one; 0 where nothing is better.

    Args:
        room: how many lines it may go up and down, so that it does not meet another change.
    """
    best, chosen = _neatness(lines, start, end), 0
    for sign, most in zip((-1, 1), room, strict=True):
        shift = 0
        while abs(shift) < most and _slides(lines, start + shift, end + shift, sign):
            shift += sign
            if _neatness(lines, start + shift, end + shift) > best:
                best, chosen = _neatness(lines, start + shift, end + shift), shift
    return chosen


def _slides(lines: Sequence[bytes], start: int, end: int, sign: int) -> bool:
    if sign < 0:
        return start > 0 and lines[start - 1] == lines[end - 1]
    return end < len(lines) and lines[start] == lines[end]


def _neatness(lines: Sequence[bytes], start: int, end: int) -> int:
    ends_empty = not lines[end - 1].strip()
    opens = start == 0 or not lines[start - 1].strip()
    return 2 * ends_empty + opens
