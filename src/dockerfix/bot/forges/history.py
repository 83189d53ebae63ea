"""The order of commits, for forges that give a list in an order of their own."""

from __future__ import annotations

from collections.abc import Iterable

from dockerfix.bot.forge import Commit

__all__ = ["branching_point", "oldest_first"]


def oldest_first(commits: Iterable[Commit], head: str) -> tuple[Commit, ...]:
    """The commits that lead to `head`, each behind its parents; those that do not lead there are left out."""
    known = {commit.id: commit for commit in commits}
    ordered: dict[str, Commit] = {}
    waiting = [(head, False)]
    while waiting:
        id, is_done = waiting.pop()
        if id not in known or id in ordered:
            continue
        if is_done:
            ordered[id] = known[id]
        else:
            waiting.append((id, True))
            waiting += ((parent, False) for parent in known[id].parents)
    return tuple(ordered.values())


def branching_point(ordered: tuple[Commit, ...], head: str) -> str:
    """Where a branch left its base: the first parent of its oldest commit; `head` itself where it adds nothing."""
    return ordered[0].parents[0] if ordered and ordered[0].parents else head
