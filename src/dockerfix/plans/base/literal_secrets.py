"""Passwords, keys and tokens that stand in ARG and ENV as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.syntax import Arg, Dockerfile, Env, Word

__all__ = ["LiteralSecret", "literal_secrets"]

_LAST = frozenset("PASSWORD PASSWD PASSPHRASE SECRET TOKEN APIKEY PASS".split())
_PAIRS = frozenset("API_KEY SECRET_KEY PRIVATE_KEY ACCESS_KEY AUTH_KEY ENCRYPTION_KEY SIGNING_KEY KEY_BASE".split())
_ALWAYS = frozenset("PASSWORD PASSWD PASSPHRASE SECRET".split())
# What these tools put into the pages that everybody gets, keys among it. Sources: their documentation.
_PUBLIC = ("VITE_", "NEXT_PUBLIC_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "PUBLIC_", "GATSBY_", "VUE_APP_")
# Values that stand for one that comes later, or for none.
_STANDS_FOR = re.compile(
    r"|(?:true|false|yes|no|on|off|none|null|nil|\d{1,4})|.*(?:change|replace|your|placeholder|dummy|example|fake|todo|xxx|"
    r"\*\*\*|<|insert|fixme|not[-_ ]?set|unset|build[-_]?time|not[-_]a|temp|test|/run/secrets).*",
    re.IGNORECASE,
)


@frozen(eq=False)
class LiteralSecret:
    """`name` is the variable, `instruction` what sets it; `is_public` that its tool puts it into the pages."""

    instruction: Arg | Env
    word: Word
    name: str
    is_public: bool


def literal_secrets(dockerfile: Dockerfile) -> Iterator[LiteralSecret]:
    """Each ARG and ENV with a literal value whose name says that it is a secret."""
    for instruction in dockerfile.find((Arg, Env)):
        assert isinstance(instruction, Arg | Env)
        for name, value in _pairs(instruction):
            text = value.value.strip("\"'") if value is not None else ""
            public = name.startswith(_PUBLIC)
            if value is not None and _is_secret(name, is_public=public) and _is_literal(text):
                yield LiteralSecret(instruction, value, name, public)


def _pairs(instruction: Arg | Env) -> Iterator[tuple[str, Word | None]]:
    for name, value in instruction.pairs:
        yield (name if isinstance(name, str) else name.value), value


def _is_secret(name: str, *, is_public: bool) -> bool:
    words = name.upper().split("_")
    if is_public:
        return words[-1] in _ALWAYS
    return words[-1] in _LAST or "_".join(words[-2:]) in _PAIRS


def _is_literal(text: str) -> bool:
    return "$" not in text and _STANDS_FOR.fullmatch(text) is None
