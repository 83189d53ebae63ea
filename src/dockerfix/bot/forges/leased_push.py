"""A branch moved to commits that the forge has already, from where it is expected or not at all.

The interfaces of GitLab and Forgejo make commits, which they sign, but cannot say where a branch must stand before it
moves. git can: the commits are made on a branch beside it, and one `push --force-with-lease` moves the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from dockerfix.bot.checkout import CheckoutError, Credentials, Limits
from dockerfix.bot.checkout.git import Git
from dockerfix.bot.forge import BranchName
from dockerfix.bot.forge_errors import ForbiddenError, ForgeError, TransientError
from dockerfix.bot.scratch import held, scratch

__all__ = ["leased_push", "take_away"]

_LIMITS = Limits(seconds=120.0)


def leased_push(
    url: str,
    credentials: Credentials,
    branch: BranchName,
    staging: BranchName,
    commit: str,
    *,
    expected: str | None,
    count: int,
) -> bool:
    """Move a branch; whether it was where it is expected.

    Args:
        url: of the repository, without credentials.
        staging: the branch that the commits were made on.
        commit: where that stands.
        expected: where the branch stands now; None where there is none yet.
        count: how many commits are new, to fetch no more.
    Raises:
        NotFoundError, ForbiddenError, TransientError: the commits could not be fetched, or lie on another server.
    """
    if not credentials.are_for(url):
        raise ForbiddenError(f"{url} is not on {credentials.host}, which alone the token is for")
    ref = f"refs/heads/{branch.branch}"
    with scratch() as place, held(place) as folder, Git(folder, url, credentials, _LIMITS) as git:
        try:
            git.run("init", "--quiet", "--bare", "--template=", ".")
            git.run("fetch", "--quiet", "--no-tags", f"--depth={count}", "--no-write-fetch-head", "--end-of-options",
                    url, f"+refs/heads/{staging.branch}:refs/heads/next")  # fmt: skip
        except CheckoutError as error:
            raise TransientError(str(error)) from None
        try:
            git.run("push", "--quiet", f"--force-with-lease={ref}:{expected or ''}", url, f"{commit}:{ref}")
        except CheckoutError:
            return False
    return True


def take_away(delete: Callable[[BranchName], None], staging: BranchName) -> None:
    """Delete the branch that commits were made on, twice if need be; what stays then is taken away by the next run.

    Args:
        delete: deletes a branch, and does nothing where it is gone.
    """
    try:
        delete(staging)
    except ForgeError:
        with suppress(ForgeError):
            delete(staging)
