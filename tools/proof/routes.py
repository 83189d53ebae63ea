"""The routes that a project's source names, for servers that describe themselves nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["routes_in", "secrets_in"]

_MOST = 60
_SIZE = 200_000  # bytes
_FLASK = re.compile(r"\.route\(\s*[rf]?['\"](/[^'\"\s]*)['\"](?P<rest>[^)]*)\)")
_METHOD = re.compile(
    r"\b(?:app|router|api|server|bp|\w+_?[rR]outer|\w+_bp|blueprint)\.(get|post|put|patch|delete)\(\s*[rf]?['\"`](/[^'\"`\s]*)['\"`]"
)
_DJANGO = re.compile(r"\b(?:re_)?path\(\s*r?['\"]\^?([\w/<>:-]*)\$?['\"]")
_PREFIX = re.compile(
    r"\.use\(\s*['\"`](/[\w/-]+)['\"`]|url_prefix\s*=\s*['\"](/[\w/-]+)['\"]|prefix\s*=\s*['\"](/[\w/-]+)['\"]"
)
_REGISTER = re.compile(r"\brouter\.register\(\s*r?['\"]([\w/-]+)['\"]")
_INCLUDED = re.compile(r"\bpath\(\s*['\"]([\w/-]+)/['\"]\s*,\s*include\(")
_SECRETS = re.compile(
    r"(?:environ(?:\.get)?[\[(]|getenv\(|config\(|env\()\s*['\"](\w*(?:KEY|SECRET|TOKEN)\w*)['\"]"
    r"|process\.env\.(\w*(?:KEY|SECRET|TOKEN)\w*)"
)
_ORDER = ("POST", "GET", "PUT", "PATCH", "DELETE")


def routes_in(folder: Path) -> tuple[str, ...]:
    """`METHOD:PATH` texts in a fixed order, those that delete last."""
    routes: set[tuple[int, str]] = set()
    prefixes: set[str] = {""}
    for text in _sources(folder):
        prefixes |= {next(group for group in match.groups() if group) for match in _PREFIX.finditer(text)}
        prefixes |= {f"/{match[1]}" for match in _INCLUDED.finditer(text)}
        routes |= {(_ORDER.index(method), path) for method, path in _named(text)}
    found = [(order, f"{prefix}{path}") for order, path in routes for prefix in sorted(prefixes)[:4]]
    return tuple(f"{_ORDER[order]}:{path}" for order, path in sorted(set(found))[:_MOST])


def _named(text: str) -> Iterator[tuple[str, str]]:
    for match in _FLASK.finditer(text):
        methods = [method for method in _ORDER if re.search(rf"['\"]{method}['\"]", match["rest"], re.IGNORECASE)]
        for method in methods or ["GET"]:
            yield method, match[1]
    for match in _METHOD.finditer(text):
        yield match[1].upper(), match[2]
    for match in _REGISTER.finditer(text):
        yield from ((method, f"/{match[1]}/") for method in ("GET", "POST"))
    if "urlpatterns" in text:
        for match in _DJANGO.finditer(text):
            yield "GET", "/" + match[1].lstrip("/")


def secrets_in(folder: Path) -> tuple[tuple[str, str], ...]:
    """Variables for keys and tokens that the source reads, with a value of no meaning: nobody starts it without."""
    found = {match[1] or match[2] for text in _sources(folder) for match in _SECRETS.finditer(text)}
    return tuple((name, "proof-of-dockerfix-0123456789abcdef") for name in sorted(found))


def _sources(folder: Path) -> Iterator[str]:
    skipped = {"node_modules", ".git", "tests", "test", "venv", ".venv", "dist", "migrations"}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in skipped)
        for name in sorted(names):
            path = Path(place, name)
            if name.endswith((".py", ".js", ".ts", ".mjs")) and path.is_file() and path.stat().st_size < _SIZE:
                yield path.read_text("utf-8", "replace")
