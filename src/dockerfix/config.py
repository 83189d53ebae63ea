"""Settings: a configuration file or a command line become one frozen value, read at the door.

A configuration file is `dockerfix.toml`, or `[tool.dockerfix]` in `pyproject.toml`; the nearest one above a
Dockerfile holds for it, up to the root of its repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from dockerfix import looks
from dockerfix.errors import ConfigError, FileError
from dockerfix.frozen import frozen
from dockerfix.project.context.told import Missing
from dockerfix.regexes import regex
from dockerfix.regular import content_of
from dockerfix.spelling import nearest_name

__all__ = [
    "Settings",
    "complaint",
    "find_config",
    "is_python_version",
    "read_config",
    "settings_for",
    "shown_path",
]

_PLAIN_FILE = "dockerfix.toml"
_PROJECT_FILE = "pyproject.toml"
_SHARED_TABLE = b"tool.dockerfix"
_REPOSITORY_MARKS = (".git", ".hg", ".jj")
_SIZE_LIMIT = 1024 * 1024  # bytes
_LONGEST_LINE = 1000  # characters; a longer line holds no key that a person would look for
_PAGE = regex(r"https?://[^\s()<>]*\{(?:code|name)\}[^\s()<>]*")
_PYTHON = regex(r"3\.\d{1,2}")
_KEYS = (
    "base-images",
    "cache",
    "context",
    "exclude",
    "extend-select",
    "ignore",
    "per-file-ignores",
    "python",
    "rule-page",
    "rules",
    "select",
    "strict",
    "unsafe-fixes",
)


@frozen
class Settings:
    """What a person asked for, defaults filled in.

    Attributes:
        select: codes, prefixes of codes or names of the rules to run; None for all.
        extend_select: the same, of rules to run beside those that `select` takes.
        ignore: the same, of rules not to run.
        unsafe_fixes: apply repairs that may change behaviour too.
        strict: what stays (suggestions, mistakes without a repair) fails the run too.
        online: ask the index of Python packages, through uv, and the registries of base images; no configuration file
            can set it, as the requests go out from the user's machine.
        pin_digests: put digests behind the tags of base images; they come from the registries, so it needs `online`.
        python: "3.13", for an image whose Python version nothing in the project decides; None for the rules' default.
        cache: "mount" for cache mounts, "none" for no caches in the image; None for the default, which is "none".
        context: the build context; None where it is read from the repository.
        exclude: patterns as in .gitignore, relative to `folder`, of files that a search leaves out.
        per_file_ignores: such a pattern, with the rules not to run on the files that it matches.
        rules: options of single rules by rule name, unchecked: only the rules know them.
        rule_page: the address of a rule's page, with `{code}` or `{name}` in it; "" for none.
        base_images: facts about base images by image name, in the shape of the data file's.
        on_trial: repairs are built and started before they count; no configuration file can say so.
        missing: what an earlier try of the repairs lacked; as `on_trial`.
        folder: where the configuration file lies; None without one.
        file: the configuration file; None without one.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    strict: bool = False
    online: bool = False
    pin_digests: bool = False
    python: str | None = None
    cache: str | None = None
    context: Path | None = None
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    rule_page: str = ""
    base_images: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    on_trial: bool = False
    missing: Missing = Missing()
    folder: Path | None = None
    file: Path | None = None


def settings_for(folder: Path) -> Settings:
    """The settings of the nearest configuration file at or above a folder, or the defaults.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or holds something unknown.
    """
    found = find_config(folder)
    return Settings() if found is None else read_config(found)


def find_config(folder: Path, known: dict[Path, Path | None] | None = None) -> Path | None:
    """The nearest configuration file at or above a folder, not looking above the root of its repository.

    `dockerfix.toml` is preferred to a `pyproject.toml` beside it; one without `[tool.dockerfix]` is passed over.

    Args:
        known: answers of earlier calls, which this one uses and adds to.
    """
    answers = {} if known is None else known
    start = Path(os.path.abspath(folder))
    passed: list[Path] = []
    found: Path | None = None
    for place in (start, *start.parents):
        if place in answers:
            found = answers[place]
            break
        passed.append(place)
        found = _config_in(place)
        if found is not None or any(looks.exists(f"{place}/{mark}") for mark in _REPOSITORY_MARKS):
            break
    answers.update(dict.fromkeys(passed, found))
    return found


def _config_in(folder: Path) -> Path | None:
    if looks.is_file(f"{folder}/{_PLAIN_FILE}"):
        return folder / _PLAIN_FILE
    return folder / _PROJECT_FILE if _mentions_us(f"{folder}/{_PROJECT_FILE}") else None


def read_config(path: Path) -> Settings:
    """The settings that one file holds.

    Raises:
        ConfigError: it cannot be read, is no TOML, or holds something unknown; the message starts with file and line.
    """
    import tomllib

    try:
        text = content_of(path, _SIZE_LIMIT).decode("utf-8-sig")
        content = tomllib.loads(text)
    except FileError as error:
        raise ConfigError(f"{shown_path(path)}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown_path(path)}: not UTF-8 text") from error
    except RecursionError as error:
        raise ConfigError(f"{shown_path(path)}: its values are nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise ConfigError(_syntax_message(path, str(error))) from error
    table: object = content
    for key in _prefix(path):
        table = table.get(key, {}) if isinstance(table, dict) else {}
    return _Reader(path, text, _prefix(path)).settings(table)


def is_python_version(text: str) -> bool:
    """Whether a text names a minor version of Python 3, like `3.13`."""
    return _PYTHON.fullmatch(text) is not None


def complaint(path: Path, keys: tuple[str, ...], message: str) -> ConfigError:
    """What is wrong with a value of a configuration file that was read before.

    Args:
        keys: where it stands below `[tool.dockerfix]`, as `("rules", "latest-tag", "python")`.
    """
    try:
        text = content_of(path, _SIZE_LIMIT).decode("utf-8-sig", "replace")
    except FileError:
        text = ""
    return _Reader(path, text, _prefix(path)).error(keys, message)


def _prefix(path: Path) -> tuple[str, ...]:
    return ("tool", "dockerfix") if path.name == _PROJECT_FILE else ()


def _mentions_us(path: str) -> bool:
    try:
        return _SHARED_TABLE in content_of(path, _SIZE_LIMIT)
    except FileError:
        return False


def shown_path(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _syntax_message(path: Path, message: str) -> str:
    place = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", message)
    line = f":{place[1]}" if place and place[1] else ""
    what = message.replace(place[0], "") if place else message
    return f"{shown_path(path)}{line}: not valid TOML: {what[:1].lower()}{what[1:]}"


@frozen
class _Reader:
    path: Path
    text: str
    prefix: tuple[str, ...]

    def settings(self, table: object) -> Settings:
        values = self._table(table, ())
        for key in values:
            if key not in _KEYS:
                raise self.error((key,), f"unknown setting {key}{nearest_name(key, _KEYS)}")
        return Settings(
            select=self._names(values, "select") if "select" in values else None,
            extend_select=self._names(values, "extend-select"),
            ignore=self._names(values, "ignore"),
            unsafe_fixes=self._flag(values, "unsafe-fixes"),
            strict=self._flag(values, "strict"),
            python=self._python(values),
            cache=self._cache(values),
            context=self._context(values),
            exclude=self._names(values, "exclude"),
            per_file_ignores=self._per_file_ignores(values),
            rules=self._tables(values, "rules"),
            rule_page=self._page(values),
            base_images=self._tables(values, "base-images"),
            folder=self.path.parent,
            file=self.path,
        )

    def error(self, keys: tuple[str, ...], message: str) -> ConfigError:
        line = _line_of(self.text, self.prefix + keys)
        return ConfigError(f"{shown_path(self.path)}{f':{line}' if line else ''}: {message}")

    def _table(self, value: object, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(keys, f"{'.'.join(keys) or 'tool.dockerfix'} must be a table")
        return value

    def _names(self, values: Mapping[str, object], key: str) -> tuple[str, ...]:
        return self._strings(values.get(key, []), (key,))

    def _strings(self, value: object, keys: tuple[str, ...]) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.error(keys, f'{".".join(keys)} must be a list of texts, like ["DF501"]')
        return tuple(item.strip() for item in value)

    def _flag(self, values: Mapping[str, object], key: str) -> bool:
        value = values.get(key, False)
        if not isinstance(value, bool):
            raise self.error((key,), f"{key} must be true or false")
        return value

    def _python(self, values: Mapping[str, object]) -> str | None:
        value = values.get("python")
        if value is not None and not (isinstance(value, str) and is_python_version(value)):
            raise self.error(("python",), 'python must be a version in quotes, like "3.13"')
        return value

    def _cache(self, values: Mapping[str, object]) -> str | None:
        value = values.get("cache")
        if value not in (None, "none", "mount"):
            raise self.error(("cache",), 'cache must be "none" or "mount"')
        return value if isinstance(value, str) else None

    def _page(self, values: Mapping[str, object]) -> str:
        value = values.get("rule-page", "")
        if not isinstance(value, str) or (value and not _PAGE.fullmatch(value)):
            raise self.error(("rule-page",), "rule-page must be an address with {code} or {name} in it")
        return value

    def _context(self, values: Mapping[str, object]) -> Path | None:
        value = values.get("context")
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.error(("context",), "context must be the path of a folder")
        folder = self.path.parent / value
        if not looks.is_folder(os.fspath(folder)):
            raise self.error(("context",), f"context {value}: no such folder beside this file")
        return folder

    def _per_file_ignores(self, values: Mapping[str, object]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        table = self._table(values.get("per-file-ignores", {}), ("per-file-ignores",))
        return tuple((pattern, self._strings(names, ("per-file-ignores", pattern))) for pattern, names in table.items())

    def _tables(self, values: Mapping[str, object], key: str) -> dict[str, Mapping[str, object]]:
        table = self._table(values.get(key, {}), (key,))
        return {name: self._table(value, (key, name)) for name, value in table.items()}


_HEADER = regex(r"\s*\[\[?(?P<keys>[^\]]+)\]\]?\s*(?:#.*)?")
_ASSIGNMENT = regex(r"""\s*(?P<keys>(?:[\w.\s-]|"[^"]*"|'[^']*')+?)\s*=""")
_PART = regex(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[\w-]+))\s*(?:\.|$)""")


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The 1-based line on which a key or table stands; None where the file's way to write it is not seen through."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _LONGEST_LINE:
            continue
        header = _HEADER.fullmatch(line)
        if header is not None:
            table = found = _parts(header["keys"])
        else:
            assignment = _ASSIGNMENT.match(line)
            if assignment is None:
                continue
            found = table + _parts(assignment["keys"])
        if keys and found[: len(keys)] == keys:
            return number
    return None


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part["double"] or part["single"] or part["bare"] or "" for part in _PART.finditer(dotted))
