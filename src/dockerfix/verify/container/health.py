"""The health check that the image or a compose file already has: the first thing that a container is asked."""

from __future__ import annotations

from collections.abc import Sequence

from dockerfix.verify.engine import ImageConfig

__all__ = ["health_words"]


def health_words(told: Sequence[str], config: ImageConfig | None) -> tuple[str, ...]:
    """The command of a check, as words to run inside; empty where there is none.

    Args:
        told: a compose file's check, which takes the place of the image's, as Docker writes them: `("CMD", …)`,
            `("CMD-SHELL", text)`, `("NONE",)`.
    """
    kind, *words = tuple(told) or (config.health if config is not None else ()) or ("NONE",)
    if kind == "CMD-SHELL" and words:
        return ("/bin/sh", "-c", words[0])
    return tuple(words) if kind == "CMD" else ()
