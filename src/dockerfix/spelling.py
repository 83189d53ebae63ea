"""What a misspelt word was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest_name"]


def nearest_name(name: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` for a name that is close to a known one, else nothing."""
    from difflib import get_close_matches

    spellings = {word.lower(): word for word in known}
    found = get_close_matches(name.lower().replace("_", "-"), spellings, n=1, cutoff=0.6)
    return f" (did you mean {spellings[found[0]]}?)" if found else ""
