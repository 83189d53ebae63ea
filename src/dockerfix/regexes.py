"""Regular expressions that are compiled when first asked: most runs ask a third of those that they import."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

__all__ = ["regex"]

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`; what is wrong with the text is told at the first use."""
    return cast("re.Pattern[AnyStr]", _Later(text, flags))


class _Later:
    """Becomes the pattern's own methods at the first use, so that later uses cost nothing more."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._made_of = (text, flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        text, flags = self._made_of
        compiled: re.Pattern[Any] = re.compile(text, flags)
        vars(self).update({method: getattr(compiled, method) for method in _METHODS}, pattern=text)
        return getattr(compiled, name)
