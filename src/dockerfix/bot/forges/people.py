"""Whether a commit's author is an account."""

from __future__ import annotations

from collections.abc import Iterable

from dockerfix.bot.forge import Author

__all__ = ["is_account", "is_forges_own"]

_FORGES = {"github", "github enterprise", "gitlab", "forgejo", "gitea"}


def is_account(author: Author, login: str, names: Iterable[object]) -> bool:
    """By the account that the forge knows for the author, else by name and address as the account has them.

    Args:
        names: its full name and its addresses, as far as the forge tells; anything else counts for nothing.
    """
    if author.login is not None:
        return author.login.lower() == login.lower()
    known = {name.lower() for name in (login, *names) if isinstance(name, str) and name}
    return author.name.lower() in known or author.email.lower() in known


def is_forges_own(committer: Author) -> bool:
    """Whether it is the forge that stands as committer, as it does where it signs what its interface makes.

    Source: GitHub Docs, "About commit signature verification" (web-flow); GitLab Docs, "Sign commits made in the GitLab
    UI" (committer_name, committer_email).
    """
    if committer.login == "web-flow":
        return True
    return committer.name.lower() in _FORGES and committer.email.lower().startswith("noreply@")
