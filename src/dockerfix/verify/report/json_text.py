"""A proof as JSON: every value that was measured, under the name that it has in Python."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from dockerfix.verify.proof import Proof

__all__ = ["PROOF_VERSION", "json_text"]

PROOF_VERSION = 1  # grows when something is renamed, removed or means something else


def json_text(proofs: Sequence[Proof], version: str) -> str:
    """All proofs of a run, one JSON object, indented; `version` is that of dockerfix."""
    content = {
        "version": PROOF_VERSION,
        "tool": {"name": "dockerfix", "version": version},
        "proofs": [_proof(proof) for proof in proofs],
    }
    return json.dumps(content, indent=2) + "\n"  # ASCII: paths and logs of strangers may hold signs that terminals obey


def _proof(proof: Proof) -> dict[str, Any]:
    plain = dataclasses.asdict(
        proof, dict_factory=lambda pairs: {name: value for name, value in pairs if name != "aspects"}
    )
    return plain | {"harms": proof.harms}
