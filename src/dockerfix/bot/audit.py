"""A forge that tells of each request that writes, once it is done or has failed: what a log needs to be asked later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, cast

from dockerfix.bot.forge import BranchName, Forge
from dockerfix.bot.forge_errors import ForgeError

__all__ = ["WRITES", "Audit", "audited"]

WRITES = frozenset("commit delete_branch fork create update close comment add_labels request_reviewers assign".split())

_KEPT = 1000  # lines


class Audit:
    """What has been written so far, or the last of it, oldest first, in plain words.

    Args:
        tell: gets each line.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.done: deque[str] = deque(maxlen=_KEPT)

    def note(self, line: str, failure: ForgeError | None) -> None:
        """One request that writes has come to its end."""
        if failure is None:
            self.done.append(line)
        self._tell(f"sent: {line}" if failure is None else f"not sent, or not known: {line} ({failure})")


def audited(forge: Forge, audit: Audit) -> Forge:
    """The same forge, of which every write is noted."""
    return cast(Forge, _Audited(forge, audit))


class _Audited:
    def __init__(self, forge: Forge, audit: Audit) -> None:
        self._forge, self._audit = forge, audit

    def __getattr__(self, name: str) -> Any:
        if name == "tidy":
            return self._tidied
        found = getattr(self._forge, name)
        return self._noted(name, found) if name in WRITES else found

    def _tidied(self, branch: BranchName, base: BranchName) -> tuple[BranchName, ...]:
        taken = self._forge.tidy(branch, base)
        for one in taken:
            self._audit.note(f"{one.repository}: branch {one.branch} deleted, which a run that was ended left", None)
        return taken

    def _noted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*values: Any, **named: Any) -> Any:
            try:
                answer = call(*values, **named)
            except ForgeError as error:
                self._audit.note(_line(name, values, named, None), error)
                raise
            self._audit.note(_line(name, values, named, answer), None)
            return answer

        return noted


def _line(name: str, values: tuple[Any, ...], named: dict[str, Any], answer: Any) -> str:
    first = values[0]
    if isinstance(first, BranchName):
        was = named.get("expected") or "new"
        end = f" is at {answer or '?'}, was {was}" if name == "commit" else f" deleted, was {was}"
        return f"{first.repository}: branch {first.branch}{end}"
    if name == "fork":
        return f"{first}: forked{f' to {answer.path}' if answer else ''}"
    if name == "create":
        return f"{first}: pull request{f' #{answer.number}' if answer else ''} from {values[1].head.branch} opened"
    what = _WORDS.get(name) or f"changed ({', '.join(key for key, value in named.items() if value is not None)})"
    return f"{first}: pull request #{values[1]} {what}"


_WORDS = {
    "close": "closed",
    "comment": "commented on",
    "add_labels": "labelled",
    "request_reviewers": "sent to reviewers",
    "assign": "assigned",
}
