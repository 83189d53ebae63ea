"""The page of a results file."""

from __future__ import annotations

from typing import Any

__all__ = ["page"]


def page(records: list[dict[str, Any]]) -> str:
    """docs/proof.md's tables."""
    return f"{len(records)}\n"
