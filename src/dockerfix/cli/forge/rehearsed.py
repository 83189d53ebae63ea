"""A commit that is not made, as people read one."""

from __future__ import annotations

from dockerfix.bot.forge import NewCommit

__all__ = ["shown_commit"]


def shown_commit(commit: NewCommit) -> str:
    """The files as they would be sent, each between lines that name it."""
    parts = []
    for change in commit.changes:
        if change.content is None:
            parts.append(f"delete {change.path}\n")
            continue
        text = change.content.decode("utf-8", "replace")
        parts.append(f"{change.path} ({change.mode.value}):\n{text}{'' if text.endswith(chr(10)) else chr(10)}")
    return "\n".join(parts)
