"""A token that does not show itself."""

from __future__ import annotations

import hmac

__all__ = ["Secret"]


class Secret:
    """Text that appears in no message: only `reveal()` gives it away, and only to what sends it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def proof(self, text: str) -> str:
        """64 hexadecimal digits that only who has this secret can work out for a text, and that do not give it away."""
        return hmac.new(self._text.encode(), text.encode(), "sha256").hexdigest()

    def kept_out_of(self, text: str) -> str:
        """`text` with this secret replaced by ***."""
        return text.replace(self._text, "***") if self._text else text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is not written anywhere")
