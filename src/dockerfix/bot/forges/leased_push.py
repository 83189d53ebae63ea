"""A branch moved to commits that the forge has already, from where it is expected or not at all.

The interfaces of GitLab and Forgejo make commits, which they sign, but cannot say where a branch must stand before it
moves. git can: the commits are made on a branch beside it, and one `push --force-with-lease` moves the real one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dockerfix.bot.checkout import CheckoutError, Credentials, Limits
from dockerfix.bot.checkout.git import Git
from dockerfix.bot.forge import BranchName
from dockerfix.bot.forge_errors import TransientError
from dockerfix.bot.secret import Secret

__all__ = ["beside", "leased_push", "tidy"]

_LIMITS = Limits(seconds=120.0)


def beside(branch: BranchName) -> BranchName:
    """The branch that commits are made on; it is there for a moment."""
    return BranchName(branch.repository, f"{branch.branch}-next")


def leased_push(url: str, token: Secret, branch: BranchName, commit: str, *, expected: str | None, count: int) -> bool:
    """Move a branch; whether it was where it is expected.

    Args:
        url: of the repository, without credentials.
        commit: where the branch beside it stands.
        expected: where the branch stands now; None where there is none yet.
        count: how many commits are new, to fetch no more.
    Raises:
        NotFoundError, ForbiddenError, TransientError: the commits could not be fetched.
    """
    ref = f"refs/heads/{branch.branch}"
    with tempfile.TemporaryDirectory() as folder, Git(Path(folder), url, Credentials(token), _LIMITS) as git:
        try:
            git.run("init", "--quiet", "--bare", "--template=", ".")
            git.run("fetch", "--quiet", "--no-tags", f"--depth={count}", "--no-write-fetch-head", "--end-of-options",
                    url, f"+refs/heads/{beside(branch).branch}:refs/heads/next")  # fmt: skip
        except CheckoutError as error:
            raise TransientError(str(error)) from None
        try:
            git.run("push", "--quiet", f"--force-with-lease={ref}:{expected or ''}", url, f"{commit}:{ref}")
        except CheckoutError:
            return False
    return True


def tidy(delete: Callable[[BranchName], None], branch: BranchName) -> None:
    """Delete the branch beside one, twice if need be; what stays then is taken away by the next commit.

    Args:
        delete: deletes a branch, and does nothing where it is gone.
    """
    try:
        delete(beside(branch))
    except TransientError:
        with suppress(TransientError):
            delete(beside(branch))
