"""What a registry wants to see before it answers: the header WWW-Authenticate."""

from __future__ import annotations

import re

from dockerfix.frozen import frozen

__all__ = ["Challenge", "challenge_in"]

_PARAMETER = re.compile(r'\s*,?\s*([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@frozen
class Challenge:
    """`scheme` in lower case; for "bearer", where tokens are had, for which service and for what."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def challenge_in(header: str) -> Challenge | None:
    """Read the header; None where it is none.

    Source: RFC 9110, "WWW-Authenticate"; the token specification of distribution, spec/auth/token.
    """
    scheme, _, rest = header.strip().partition(" ")
    if not scheme:
        return None
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(rest):
        quoted, plain = match[2], match[3]
        found.setdefault(match[1].lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
    return Challenge(scheme.lower(), found.get("realm", ""), found.get("service", ""), found.get("scope", ""))
