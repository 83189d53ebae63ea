"""Texts in manifests, lock files and settings that may name a path, read from the file and from no list of options.

What is known is the other way round: `data/manifest_keys.toml` says which keys name no path that an install reads.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.formats.json import read_json
from dockerfix.regexes import regex
from dockerfix.tables import table

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["NamedPath", "is_written_as_path", "named_paths", "options", "paths_in"]

Keys = tuple[str, ...]
_MARKS = ("file:", "link:", "portal:", "exec:", "directory:", "path:")
_ARCHIVES = (".tgz", ".tar.gz", ".tar", ".whl", ".zip", ".tar.bz2", ".tar.xz")
_PATHS = ("./", "../", "/", "~/")
# A local path in a lock file: what stands behind the mark, as far as no sign ends it.
_LOCKED = regex(
    r"(?:file|exec|portal|directory|path): ?([^\s\"'#:,()}]+)"
    r"|\b(?:registry|path|directory|url|source) = \"(?!https?:)([^\"]+)\""
)
_SETTING = regex(r'\s*"?([^\s"=]+?)"?\s*(?:=|:?\s)\s*(.*?)\s*\Z')
_ROOTS = regex(r"(?:file:/*)?(?:\$\{PROJECT_ROOT\}|\{project-dir\}|\$\{workspaceFolder\}|\$\{PWD\}|%\(here\)s)/+")
_XML = regex(r"(?:value|path|url|href)\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_BREAKS = regex(r"[\s,;=]+")
_MODULES = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
# Settings that name a program made of one file. Source: Yarn, Configuration; `yarn policies set-version`.
_PROGRAMS = frozenset({"yarnpath", "yarn-path", "path", "file"})
_FORMS = {".toml": "toml", ".json": "json", ".yaml": "yaml", ".yml": "yaml", ".ini": "ini", ".conf": "ini"}


@frozen
class NamedPath:
    """A text that may be a path, as `text` says it, and the `key` it stands below (`tool.uv.find-links`).

    `is_whole` tells that nothing else stands in the value: only then may it be the bare name of a folder. `runs` tells
    that it is code of the project that runs.
    """

    key: str
    text: str
    is_whole: bool = True

    @property
    def runs(self) -> bool:
        """Whether it is a module of Node that runs, and no program that stands alone."""
        return self.text.endswith(_MODULES) and self.key.rpartition(".")[2].lower().strip("-") not in _PROGRAMS


@frozen
class _Record:
    """One entry of the data file; keys are tuples."""

    names: tuple[str, ...]
    form: str
    tools: tuple[str, ...] = ()
    only: tuple[Keys, ...] | None = None
    unread: tuple[Keys, ...] = ()
    marked: tuple[Keys, ...] = ()

    def fits(self, name: str, tool: str) -> bool:
        """Whether this is the record of a file as a tool reads it."""
        return (not self.tools or tool in self.tools) and any(fnmatchcase(name, pattern) for pattern in self.names)

    def says(self, keys: Keys, text: str) -> bool:
        """Whether a text below these keys may be a path that is read."""
        if self.only is not None and not _below(keys, self.only):
            return False
        if _below(keys, self.unread):
            return False
        return is_written_as_path(text) or not _below(keys, self.marked)


@memoised
def named_paths(context: BuildContext, path: str, tool: str) -> tuple[NamedPath, ...]:
    """What a file of the context names for an install by a tool; nothing for a file whose form is not known.

    Args:
        tool: the package manager, as `Install.tool` has it.
    """
    name = path.rpartition("/")[2]
    record = next((one for one in _records() if one.fits(name, tool)), None)
    if record is None:
        recorded = any(one.fits(name, reader) for one in _records() for reader in (*one.tools, ""))
        form = next((form for ending, form in _FORMS.items() if name.endswith(ending)), "")
        if recorded or not form:
            return ()
        record = _Record((name,), form)
    if record.only == ():
        return ()
    texts = _texts(record.form, context.text(path) or "")
    said = ((keys, text) for keys, text in texts if record.says(keys, text))
    return tuple(dict.fromkeys(named for keys, text in said for named in _named(".".join(keys), text)))


def is_written_as_path(text: str) -> bool:
    """Whether a text can only be meant as a path: `./x`, `file:x`, `x.tgz`."""
    if "://" in text and "file:" not in text:
        return False
    return text.startswith(_PATHS) or text.endswith(_ARCHIVES) or any(mark in text for mark in _MARKS)


def paths_in(text: str) -> Iterator[str]:
    """The paths that a text may be, once marks, URLs and variables for the project's folder are taken off.

    An absolute path may be one below the project's folder.
    """
    text = _ROOTS.sub("./", text.strip().strip("\"'"))
    if not text or ("://" in text and "file:" not in text):
        return
    for mark in _MARKS:
        found = text.rfind(mark)
        if found >= 0:
            text = text[found + len(mark) :]
            text = re.sub(r"\A//(?:localhost)?(?=/)", "", text)
            break
    text = text.partition("#")[0].partition("::")[0].partition(";")[0].strip()
    if text and "\n" not in text and "$" not in text:
        yield text.removesuffix("?") or text


def _named(key: str, text: str) -> Iterator[NamedPath]:
    """A value as a whole, and each of its words."""
    yield from (NamedPath(key, path) for path in paths_in(text))
    words = [word for word in _BREAKS.split(text) if word]
    for word in words if len(words) > 1 else ():
        yield from (NamedPath(key, path, is_whole=False) for path in paths_in(word))


def _below(keys: Keys, patterns: Sequence[Keys]) -> bool:
    return any(_matches(keys, pattern) for pattern in patterns)


def _matches(keys: Keys, pattern: Keys) -> bool:
    if pattern[0] == "**":
        size = len(pattern) - 1
        return any(_matches(keys[at:], pattern[1:]) for at in range(len(keys) - size + 1))
    return len(keys) >= len(pattern) and all(fnmatchcase(key, one) for key, one in zip(keys, pattern, strict=False))


def _texts(form: str, text: str) -> Iterator[tuple[Keys, str]]:
    """Every text of a file with the keys it stands below."""
    if form == "toml":
        yield from _walk((), _toml(text))
    elif form == "json":
        yield from _walk((), _json(text))
    elif form == "yaml":
        yield from _walk((), _yaml(text))
    elif form == "ini":
        yield from _settings(text)
    elif form == "lock":
        yield from ((("file",), f"file:{found[1] or found[2]}") for found in _LOCKED.finditer(text))
    elif form == "xml":
        yield from ((("value",), found) for found in _XML.findall(text))
    elif form == "words":
        yield from (((), word) for word in _BREAKS.split(text))


def _walk(keys: Keys, value: object) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, str):
        yield keys, value
    elif isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _walk((*keys, str(key)), inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _walk(keys, inside)


def _settings(text: str) -> Iterator[tuple[Keys, str]]:
    """Lines of `key = value` or `key value`; a line that is set in goes on with the value above."""
    key = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", ";", "[")):
            continue
        found = _SETTING.match(line)
        if line[0].isspace() and key:
            yield (key,), line.strip()
        elif found is not None:
            key = found[1].rpartition(":")[2] or found[1]
            yield (key,), found[2].strip("\"'")


def _json(text: str) -> object:
    """Plain JSON, such as long lock files, is read faster than that of people."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return read_json(text)


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _yaml(text: str) -> object:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return None


@cache
def _data() -> dict[str, Any]:
    return table(Path(__file__).parents[1] / "data" / "manifest_keys.toml")


@cache
def _records() -> tuple[_Record, ...]:
    return tuple(map(_record, _data()["file"]))


def _record(entry: dict[str, Any]) -> _Record:
    keys = {
        name: tuple(tuple(text.split(".")) for text in entry.get(name, ())) for name in ("only", "unread", "marked")
    }
    return _Record(
        tuple(entry["names"]),
        entry["form"],
        tuple(entry.get("tools", ())),
        keys["only"] if "only" in entry else None,
        keys["unread"],
        keys["marked"],
    )


@cache
def options() -> Mapping[str, frozenset[str]]:
    """Options of package managers by what their value is not: `no_path` that is read, or `written` by them."""
    return {kind: frozenset(text.split()) for kind, text in _data()["options"].items()}
