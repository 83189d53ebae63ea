"""One thing that is not the same in two images."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.image.aspects import Aspect

__all__ = ["Difference"]


@frozen
class Difference:
    """One aspect that is not the same before and after, in words."""

    aspect: Aspect
    text: str
