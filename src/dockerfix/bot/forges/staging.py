"""Branches that commits are made on for a moment, under a name that nobody else can have chosen.

A name holds a random half and a half that follows from it, the branch and the token. Only who has the token makes such
a name or knows one again, so no branch of a person is ever taken for one, and two runs never share one.
"""

from __future__ import annotations

import re
import secrets

from dockerfix.bot.forge import BranchName
from dockerfix.bot.secret import Secret

__all__ = ["is_staging", "staging_of"]

_NAME = re.compile(r"([0-9a-f]{16})([0-9a-f]{16})")


def staging_of(branch: BranchName, token: Secret) -> BranchName:
    """A new name beside a branch."""
    chance = secrets.token_hex(8)
    return BranchName(branch.repository, f"{branch.branch}-{chance}{_proof(branch, chance, token)}")


def is_staging(name: str, branch: BranchName, token: Secret) -> bool:
    """Whether a run with this token gave a branch beside `branch` its name."""
    found = _NAME.fullmatch(name.removeprefix(f"{branch.branch}-"))
    return found is not None and secrets.compare_digest(found[2], _proof(branch, found[1], token))


def _proof(branch: BranchName, chance: str, token: Secret) -> str:
    return token.proof(f"dockerfix staging\n{branch.repository.lower()}\n{branch.branch}\n{chance}")[:16]
