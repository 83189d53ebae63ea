"""Facts about one image put together from the entries of the data file, from the distribution up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dockerfix.errors import ConfigError
from dockerfix.frozen import frozen
from dockerfix.project.bases.data import Entry, entry, entry_keys, fits, fitting_key
from dockerfix.project.bases.tags import TagParts, suite_of, tag_parts, version_fits

__all__ = ["Facts", "Image", "facts_of", "inherited", "number_count"]

Facts = dict[str, Any]

_UNKNOWN = "?"
_ABSENT = "-"
_ADDED = frozenset({"tools", "user_commands"})
_NO_FACTS = frozenset({"name", "word", "without", "suite", "version", "names", "like", "on", "when"})


@frozen
class Image:
    """The image that facts are asked for; `assumed` is the suite behind its tag: None not looked up, "" unknown."""

    name: str
    parts: TagParts
    assumed: str | None = None

    @property
    def suite(self) -> str:
        return self.parts.suite or self.assumed or ""


def inherited(row: Entry) -> Entry:
    """The entry with what it takes over from the one it is like."""
    return {**inherited(_like(row)), **row} if "like" in row else row


def _like(row: Entry) -> Entry:
    """The entry that an entry is like; a user may name it by any image that it covers."""
    key = row["like"] if row["like"] in entry_keys() else fitting_key(row["like"])
    if key is None:
        raise ConfigError(f'no base image is known as "{row["like"]}", which another is said to be like')
    return entry(key)


def facts_of(row: Entry, image: Image) -> Facts:
    """Facts of an entry for an image, on top of what it is built on."""
    image = replace(image, assumed=_assumed_suite(inherited(row), image))
    facts = _foundation(row, image)
    for layer in (row, *(rule for rule in row.get("when", ()) if _holds(rule, image))):
        _merge(facts, layer)
        if "python" in layer:
            said = {"tag": image.parts.version, "number": image.parts.numbers.get("python", "")}
            facts["python_version"] = _line(said.get(layer["python"], layer["python"]))
    return facts


def _assumed_suite(row: Entry, image: Image) -> str | None:
    """The suite behind a tag that names none: by its version, by its words, or by being the newest."""
    parts = image.parts
    if image.assumed is not None:
        return image.assumed
    if row.get("version_is_suite"):
        suite = _suite_by_version(row, parts)
        if suite or number_count(parts.version) > 1:
            return suite
    elif parts.distribution not in ("", _distribution(row.get("today", ""))):
        return ""  # `today` speaks of the family's own distribution, not of its images on Alpine or Windows
    by = row.get("today_by", {})
    line = row.get("line", row.get("pin", 1))
    if not row.get("version_is_suite") and number_count(parts.version) > line:
        return ""  # one exact release: its image stopped moving with the suite that was current then
    keys = [key for key in by if version_fits(parts.version, key) or key in parts.words]
    if keys:
        return str(by[max(keys, key=len)])
    if parts.version and by and number_count(parts.version) >= line:
        return ""
    today = row.get("today")
    return None if today is None else str(today)


def _foundation(row: Entry, image: Image) -> Facts:
    """Facts of the image that this one is built on."""
    if "like" in row:
        return facts_of(_like(row), image)
    if "on" not in row:
        suite = image.parts.suite or _suite_by_version(row, image.parts)
        return {"suite": suite or None, "suite_today": suite or ("today" in row and image.assumed) or None}
    word, target = _target(row["on"], image.parts)
    key, _, words = target.partition(":")
    parts = replace(
        image.parts,
        version=image.parts.numbers.get(word, ""),
        words=tuple(words.split("-")) if words else tuple(w for w in image.parts.words if w != word),
    )
    below = facts_of(entry(key), Image(image.name, parts, image.assumed)) if key else {}
    below.pop("family", None)
    return below


def _suite_by_version(row: Entry, parts: TagParts) -> str:
    """The suite that the tag names by its number, as `debian:12` does."""
    return suite_of(row["distribution"], parts.version) if row.get("version_is_suite") and parts.version else ""


def _target(on: str | Mapping[str, str], parts: TagParts) -> tuple[str, str]:
    """The word of the tag that decides, and the entry it names."""
    if isinstance(on, str):
        return "", on
    for word, target in on.items():
        if word in parts.words or word == parts.distribution:
            return word, target
    return "", on.get("default", "")


def _holds(rule: Entry, image: Image) -> bool:
    """Whether all conditions of a `when` rule hold."""
    words, parts = set(image.parts.words), image.parts
    codename = {image.parts.suite} if image.parts.suite else set()
    return (
        ("name" not in rule or any(fits(pattern, image.name) for pattern in rule["name"]))
        and ("word" not in rule or not (words | codename).isdisjoint(rule["word"]))
        and (words | codename).isdisjoint(rule.get("without", ()))
        and ("suite" not in rule or image.suite in rule["suite"])
        and ("version" not in rule or any(parts.has_version(version) for version in rule["version"]))
    )


def _merge(facts: Facts, layer: Entry) -> None:
    """Put the facts of a layer over those below it."""
    for name, value in layer.items():
        if value == _UNKNOWN:
            facts[name] = None
        elif value == _ABSENT:
            facts[name] = {}
        elif name == "suite_is":
            facts["suite"] = facts["suite_today"] = value
        elif name == "env":
            below = facts.get("env", {})
            facts["env"] = below | {key: _expanded(text, below) for key, text in value.items()}
        elif name == "users":
            facts["users"] = facts.get("users", {}) | value
        elif name in _ADDED:
            facts[name] = {*(facts.get(name) or ()), *value}
        elif name not in _NO_FACTS:
            facts[name] = value


def _expanded(text: str, env: Mapping[str, str | None]) -> str | None:
    """A value with `$PATH` replaced by the one below; None where it is unknown."""
    if "$PATH" not in text:
        return None if text == _UNKNOWN else text
    path = env.get("PATH")
    return None if path is None else text.replace("$PATH", path)


def number_count(version: str) -> int:
    """How many numbers a version has; what follows them (`rc1`, `_9`) does not count."""
    found = re.match(r"v?\d+(?:\.\d+)*", version)
    return found[0].count(".") + 1 if found else 0


def _line(version: str) -> str | None:
    """ "3.12" of "3.12.1"; None where the version has no second number."""
    found = re.match(r"\d+\.\d+", version)
    return found[0] if found else None


def _distribution(suite: str) -> str:
    return tag_parts(suite).distribution if suite else ""
