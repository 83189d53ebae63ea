"""Which files are compose files, by their name."""

from __future__ import annotations

import re

from dockerfix.regexes import regex

__all__ = ["is_compose_name"]

_NAME = regex(r"(?:.*[-_.])?compose(?:[-_.].*)?\.ya?ml\Z", re.IGNORECASE)


def is_compose_name(name: str) -> bool:
    """Whether a file of this name is taken for a compose file: `compose.yaml`, `docker-compose.prod.yml` …"""
    return "compose" in name.lower() and _NAME.match(name) is not None
