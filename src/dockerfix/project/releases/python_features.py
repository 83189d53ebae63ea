"""The oldest Python that the project's own code runs on: names, modules and syntax that came with a release.

Sources: `data/python_added.json` for names and modules; for syntax PEP 634 (match, 3.10), PEP 654 (except*, 3.11),
PEP 695 (type parameters and `type`, 3.12), PEP 696 (their defaults, 3.13), PEP 750 (t-strings) and PEP 758 (except
without brackets, both 3.14).
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.python.sources import python_sources
from dockerfix.project.releases.python_packages import minor_key
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext
    from dockerfix.project.python.facts import ModuleFacts

__all__ = ["DATA", "Feature", "newest_feature"]

DATA = Path(__file__).parents[1] / "data" / "python_added.json"

# What such syntax looks like, so that few files have to be cut into tokens.
_LOOKS_NEW = regex(
    r"^\s*(?:class|(?:async\s+)?def)\s+\w+\s*\[|^\s*type\s+\w+|\b(?:[tT][rR]?|[rR][tT])[\"']"
    r"|^\s*except\b[^:(\n]*,|^\s*except\s*\*|^\s*match\s+\S",
    re.MULTILINE,
)
_GUARDED = regex(r"sys\.version_info|hasattr\(")


@frozen
class Feature:
    """Something that the code uses: `minor` is the release it came with, `words` how people call it."""

    minor: str
    words: str
    where: tuple[str, int]


@memoised_on("code")
def newest_feature(context: BuildContext) -> Feature | None:
    """The feature of the project's code that asks for the newest Python; None where nothing asks for one."""
    sources = python_sources(context)
    found: Feature | None = None
    for path in sources.paths:
        for feature in _features(context, path):
            if found is None or minor_key(feature.minor) > minor_key(found.minor):
                found = feature
    return found


def _features(context: BuildContext, path: str) -> Iterator[Feature]:
    text = context.text(path) or ""
    if _LOOKS_NEW.search(text):
        for minor, words, line in _syntax(text):
            yield Feature(minor, words, (path, line))
    if _candidates().search(text):
        module = python_sources(context).module(path)
        if module is not None and module.problem is None:
            yield from _library(module, text)
        else:
            yield from _imported_lines(path, text)


def _library(module: ModuleFacts, text: str) -> Iterator[Feature]:
    """Names of the standard library; what stands in `try` or under a test of the version is not needed."""
    guarded = _GUARDED.search(text) is not None
    for one in module.imports:
        if one.level or not one.required:
            continue
        parts = one.module.split(".")
        for end in range(1, len(parts) + 1):
            minor = _added().get((".".join(parts[:end]), ""))
            if minor:
                yield Feature(minor, ".".join(parts[:end]), (module.path, one.line))
        for name in one.names:
            minor = _added().get((one.module, name)) or _added().get((f"{one.module}.{name}", ""))
            if minor:
                yield Feature(minor, f"{one.module}.{name}", (module.path, one.line))
        if not guarded and not one.names:
            yield from _attributes(module, one.module, text)


def _attributes(module: ModuleFacts, name: str, text: str) -> Iterator[Feature]:
    for number, line in enumerate(text.splitlines(), 1):
        for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\.(\w+)", line.partition("#")[0]):
            minor = _added().get((name, match[1]))
            if minor:
                yield Feature(minor, f"{name}.{match[1]}", (module.path, number))


def _imported_lines(path: str, text: str) -> Iterator[Feature]:
    """The imports of a module that this Python cannot parse, at the margin, where nothing guards them."""
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r"from\s+([\w.]+)\s+import\s+([\w, ]+)|import\s+([\w.]+)", line)
        names = [name.strip().split(" ")[0] for name in (found[2] or "").split(",")] if found else []
        for name in names:
            key = (found[1], name) if found and found[1] else (found[3] if found else "", "")
            minor = _added().get(key) or _added().get((key[0], ""))
            if minor:
                yield Feature(minor, ".".join(filter(None, key)), (path, number))


def _syntax(text: str) -> Iterator[tuple[str, str, int]]:
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        starts = at == 0 or tokens[at - 1].type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL)
        behind = tokens[at + 1 : at + 3]
        if (
            token.type == tokenize.NAME
            and token.string in ("class", "def")
            and len(behind) > 1
            and behind[1].string == "["
        ):
            yield _type_parameters(tokens, at + 2, token.start[0])
        elif token.type == tokenize.NAME and starts and token.string == "type" and _is_alias(behind):
            yield "3.12", "a type statement", token.start[0]
        elif token.string.lower() in ("t", "tr", "rt") and behind and behind[0].type == tokenize.STRING:
            if behind[0].start == token.end:
                yield "3.14", "a t-string", token.start[0]
        elif token.type == _TSTRING:
            yield "3.14", "a t-string", token.start[0]
        elif starts and token.string == "except":
            yield from _except(tokens, at)
        elif starts and token.string == "match" and _is_match(tokens, at):
            yield "3.10", "a match statement", token.start[0]


_TSTRING = getattr(tokenize, "TSTRING_START", -1)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    found: list[tokenize.TokenInfo] = []
    with suppress(tokenize.TokenError, SyntaxError, ValueError):  # what was read until then counts
        found.extend(token for token in _read(text) if token.type != tokenize.COMMENT)
    return found


def _read(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def _type_parameters(tokens: list[tokenize.TokenInfo], at: int, line: int) -> tuple[str, str, int]:
    depth = 0
    for token in tokens[at:]:
        depth += (token.string in "([{") - (token.string in ")]}") if len(token.string) == 1 else 0
        if depth == 0:
            break
        if depth == 1 and token.string == "=":
            return "3.13", "a default of a type parameter", line
    return "3.12", "type parameters", line


def _is_alias(behind: list[tokenize.TokenInfo]) -> bool:
    return len(behind) > 1 and behind[0].type == tokenize.NAME and behind[1].string in ("=", "[")


def _except(tokens: list[tokenize.TokenInfo], at: int) -> Iterator[tuple[str, str, int]]:
    line, depth = tokens[at].start[0], 0
    if at + 1 < len(tokens) and tokens[at + 1].string == "*":
        yield "3.11", "except*", line
    for token in tokens[at + 1 :]:
        depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        if depth == 0 and token.string == ",":
            yield "3.14", "except without brackets", line
        if token.type == tokenize.NEWLINE or (depth == 0 and token.string == ":"):
            return


def _is_match(tokens: list[tokenize.TokenInfo], at: int) -> bool:
    """Whether the line ends in a colon and the next one starts with `case`."""
    end = next((n for n in range(at + 1, len(tokens)) if tokens[n].type == tokenize.NEWLINE), None)
    if end is None or tokens[end - 1].string != ":":
        return False
    after = [token for token in tokens[end + 1 : end + 5] if token.type not in (tokenize.NL, tokenize.INDENT)]
    return bool(after) and after[0].string == "case"


@cache
def _added() -> dict[tuple[str, str], str]:
    """By module and name ("" for the module itself) the release that brought it."""
    table: dict[str, dict[str, str]] = json.loads(DATA.read_text("utf-8"))["added"]
    found = {
        (module, name): minor for minor, by in table.items() for module, names in by.items() for name in names.split()
    }
    return {(name, "") if not module else (module, name): minor for (module, name), minor in found.items()}


@cache
def _candidates() -> re.Pattern[str]:
    """Names that tell that a module may use something new: a cheap look before it is parsed."""
    names = {name or module.split(".")[0] for module, name in _added()}
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, names)))})\b")
