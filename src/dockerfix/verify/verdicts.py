"""From the rows of a comparison to a verdict for each repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockerfix.fix import Applied
from dockerfix.image import Aspect
from dockerfix.verify.metrics import Row
from dockerfix.verify.proof import Verdict, Word

__all__ = ["is_broken", "verdicts"]

_OUTSIDE = frozenset({Aspect.BUILD_CONTEXT, Aspect.PYTHON_SOURCE})
# What a trial measures, too, and so can be searched for by halves.
_VITAL = {"build", "runs", "http", "smoke", "health", "ports", "denied", "user", "capabilities", "stop"}


def verdicts(
    applied: Sequence[Applied], rows: Sequence[Row], may_change: Mapping[str, frozenset[Aspect]]
) -> tuple[Verdict, ...]:
    """One verdict for each rule that repaired something, in the order in which they come first.

    A row that changed is laid at the door of the rules that declared an aspect it hangs on, and whose repairs changed
    the kind of file that it takes. The write gate has made sure that no repair changes anything else. A change for the
    worse weighs more than any for the better.
    """
    titles: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for item in applied:
        names[item.finding.code] = item.finding.name
        title = item.finding.fix.title if item.finding.fix is not None else item.finding.message
        titles.setdefault(item.finding.code, []).append(title)
    changed = {code: _changed(code, applied, may_change[code]) for code in names}
    suspects = {row.key: [code for code in names if row.aspects & changed[code]] for row in rows}
    return tuple(
        _verdict(code, name, tuple(dict.fromkeys(titles[code])), rows, suspects) for code, name in names.items()
    )


def _changed(code: str, applied: Sequence[Applied], declared: frozenset[Aspect]) -> frozenset[Aspect]:
    """What the repairs of a rule can have changed: of a Dockerfile all but the context, of other files only that."""
    fixes = [item.finding.fix for item in applied if item.finding.code == code and item.finding.fix is not None]
    outside = declared & _OUTSIDE if any(fix.files for fix in fixes) else frozenset()
    return outside | (declared - _OUTSIDE if any(fix.edits for fix in fixes) else frozenset())


def _verdict(
    code: str, name: str, titles: tuple[str, ...], rows: Sequence[Row], suspects: Mapping[str, list[str]]
) -> Verdict:
    own = [row for row in rows if code in suspects[row.key]]
    worse = [row for row in own if row.effect == "worse"]
    better = [row for row in own if row.effect == "better"]
    word: Word = "harms" if worse else "helps" if better else "neutral"
    shown = worse or better
    shared = dict.fromkeys(other for row in shown for other in suspects[row.key] if other != code)
    return Verdict(
        code, name, titles, word, tuple(f"{row.what}: {row.before} → {row.after}" for row in shown), tuple(shared)
    )


def is_broken(rows: Sequence[Row]) -> str | None:
    """What the repairs broke, in words; None when all that has to work still does."""
    for row in rows:
        if row.effect == "worse" and row.key in _VITAL:
            return f"{row.what}: {row.before} → {row.after}"
    return None
