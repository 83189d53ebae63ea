"""Whether libcst may be shown a source: its parser is native code that ends the process where its stack ends."""

from __future__ import annotations

from dockerfix.regexes import regex

__all__ = ["is_nested_deeply"]

_LARGEST = 512 * 1024  # bytes
_DEEPEST = 100  # brackets in brackets; CPython's own parser refuses 200
_BRACKET = regex(rb"[(\[{]|[)\]}]")
_CHAIN = regex(rb"(?:(?:\bnot\b|\blambda\b[^:\n]{0,200}:|[-+~*])[\s\\]*){60}")
_OPENING = frozenset(b"([{")


def is_nested_deeply(source: str | bytes) -> bool:
    """Whether brackets or prefixes stand in each other as no person writes them; brackets in texts count, too.

    Source: libcst 1.8 dies of a segmentation fault at some thousand brackets.
    """
    raw = source.encode("utf-8", "surrogateescape") if isinstance(source, str) else source
    if len(raw) > _LARGEST or _CHAIN.search(raw) is not None:
        return True
    depth = 0
    for match in _BRACKET.finditer(raw):
        depth = depth + 1 if match[0][0] in _OPENING else max(0, depth - 1)
        if depth > _DEEPEST:
            return True
    return False
