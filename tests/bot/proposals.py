"""What the bot's tests share: a token, and proposals that need no Dockerfile rules."""

from __future__ import annotations

from hashlib import sha256

from dockerfix.bot.forge import FileChange, NewCommit, blob_id
from dockerfix.bot.marker import result_digest
from dockerfix.bot.places import Mistake
from dockerfix.bot.proposal import Proposal

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"  # a person's, by how it begins


def proposal(
    text: str = "repaired\n",
    *,
    before: str = "broken\n",
    title: str = "fix(docker): repair",
    body: str = "why",
    mistakes: tuple[str, ...] = (),
) -> Proposal:
    """One that gives `Dockerfile` a text.

    Args:
        mistakes: a name for each that is repaired.
    """
    result = result_digest([("Dockerfile", blob_id(text.encode()))])
    start = result_digest([("Dockerfile", blob_id(before.encode()))])[:16]
    commit = NewCommit(title, (FileChange("Dockerfile", text.encode()),))
    fingerprint = sha256(text.encode()).hexdigest()[:16]
    places = tuple(Mistake(name, f"all {name}") for name in mistakes)
    return Proposal(title, body, (commit,), fingerprint, result, start, places)
