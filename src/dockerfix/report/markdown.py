"""Text of a repository inside Markdown: shown as it is, and able to do nothing there.

Forges look for `@name`, `#1`, `!1`, addresses and commands in what Markdown has become, so a backslash does not stop
them; an invisible sign between the two halves does. What stands in a code span is left alone by all of them.
"""

from __future__ import annotations

import re

__all__ = ["code", "plain", "quiet"]

_SEPARATOR = "\u200b"  # zero width space
_LONGEST = 300  # characters of one piece of text
# Controls and line ends; signs that turn the direction of text or hide it.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+|[\ud800-\udfff]"
)
_MEANING = re.compile(r"[\\`*_\[\]<>~&$]")
# People and teams, labels, issues and pull requests in the ways of all forges, addresses, emoji.
_TRIGGERS = re.compile(r"@|[~%](?=\w)|[#!&$^](?=\w)|:(?=//)|\bwww(?=\.)|\b[Gg][Hh](?=-\d)|:(?=[\w+-]+:)")
# What makes a forge leave out its checks where it stands in a commit; titles and bodies become one by a squash. GitHub
# Docs, "Skipping workflow runs"; GitLab Docs, "Skip a pipeline"; Forgejo and Azure ("***NO_CI***") do the like.
_SKIPS = re.compile(
    r"\[(?=[ _-]*(?:skip|no|ci|actions|azp|azurepipelines)\b)|\*(?=\*\*NO_CI)|\bskip(?=-checks)", re.IGNORECASE
)


def plain(text: str) -> str:
    """A text as inline Markdown that shows the same words and nothing else."""
    return _apart(_MEANING.sub(lambda found: f"\\{found[0]}", _short(text)))


def quiet(text: str) -> str:
    """A text for titles and commit messages, which are not Markdown, but where people can be called all the same."""
    return _apart(_short(text))


def code(text: str) -> str:
    """A text as a code span."""
    inner = _short(text) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", inner)), default=0) + 1)
    space = " " if len(fence) > 1 or inner.startswith(" ") else ""
    return f"{fence}{space}{inner}{space}{fence}"


def _short(text: str) -> str:
    shown = _SKIPS.sub(lambda found: f"{found[0]}{_SEPARATOR}", _UNSEEN.sub(" ", text).strip())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _apart(text: str) -> str:
    """The text with an invisible sign wherever a forge would begin to read a name, a number or an address."""
    return _TRIGGERS.sub(lambda found: f"{found[0]}{_SEPARATOR}", text)
