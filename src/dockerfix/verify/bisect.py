"""Finds the repair that broke an image: by halves, each one built and started."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["first_breaking"]


def first_breaking(codes: Sequence[str], is_broken: Callable[[Sequence[str]], bool]) -> str:
    """The rule whose repairs, made on top of those before it, break the image.

    Args:
        codes: the rules, whose repairs break it together; those of none do not.
        is_broken: whether the repairs of these rules alone do. Asked for starts of `codes`, about log2 times.
    """
    works, breaks = 0, len(codes)  # the first `works` are fine, the first `breaks` are not
    while breaks - works > 1:
        middle = (works + breaks) // 2
        if is_broken(codes[:middle]):
            breaks = middle
        else:
            works = middle
    return codes[breaks - 1]
