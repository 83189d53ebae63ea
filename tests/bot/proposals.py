"""What the bot's tests share: a token, and proposals that need no Dockerfile rules."""

from __future__ import annotations

from hashlib import sha256

from dockerfix.bot.forge import FileChange, NewCommit, blob_id
from dockerfix.bot.marker import TRAILER, result_digest
from dockerfix.bot.proposal import Proposal

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"  # a person's, by how it begins


def proposal(text: str = "repaired\n", *, title: str = "fix(docker): repair", body: str = "why") -> Proposal:
    """One that gives `Dockerfile` a text."""
    digest = result_digest([("Dockerfile", blob_id(text.encode()))])
    commit = NewCommit(f"{title}\n\n{TRAILER}: {digest}\n", (FileChange("Dockerfile", text.encode()),))
    return Proposal(title, body, (commit,), sha256(text.encode()).hexdigest()[:16], digest)
