"""Sizes and times as people read them."""

from __future__ import annotations

__all__ = ["bytes_text", "seconds_text"]


def bytes_text(count: float) -> str:
    """`428 B`, `16.4 MB`: decimal, as Docker prints sizes."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or abs(size) >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"


def seconds_text(seconds: float) -> str:
    """`2.4 s`, `3 min 20 s`."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
