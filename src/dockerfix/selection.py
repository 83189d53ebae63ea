"""Which rules run, with which options: names that people wrote become rule objects."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dockerfix.config import Settings, complaint
from dockerfix.errors import DockerfixError, UsageError
from dockerfix.project.context.git_patterns import GitPatterns
from dockerfix.rule import BY_FLAG, Rule, RuleOptions
from dockerfix.spelling import nearest_name

__all__ = ["check_names", "contradiction", "is_matched", "rules_for", "selected", "without_ignored"]

RuleType = type[Rule]


def selected(available: Sequence[RuleType], settings: Settings) -> tuple[RuleType, ...]:
    """The rules that `select` takes and `ignore` leaves.

    Raises:
        ConfigError: the configuration file names a rule that does not exist.
    """
    _check_config_names(available, settings)
    return tuple(rule for rule in available if _is_selected(rule, settings) and not _is_named(rule, settings.ignore))


def _is_selected(rule: RuleType, settings: Settings) -> bool:
    return settings.select is None or _is_named(rule, (*settings.select, *settings.extend_select))


def rules_for(available: Sequence[RuleType], settings: Settings) -> tuple[Rule, ...]:
    """The selected rules, each with its options.

    Raises:
        ConfigError: the configuration file names an unknown rule or option, or gives an option a wrong value.
    """
    chosen = selected(available, settings)
    _check_tables(available, settings)
    return tuple(rule(_options(rule, settings)) for rule in chosen)


def without_ignored(rules: Sequence[Rule], settings: Settings, path: Path) -> tuple[Rule, ...]:
    """The rules that `per-file-ignores` leaves for one Dockerfile."""
    ignored = [
        name for pattern, names in settings.per_file_ignores if _matches(pattern, settings, path) for name in names
    ]
    return tuple(rule for rule in rules if not _is_named(rule, ignored)) if ignored else tuple(rules)


def check_names(available: Sequence[RuleType], names: Iterable[str], where: str) -> None:
    """Nothing, when every name stands for at least one rule.

    Args:
        where: the option that the names came from, for the message.
    Raises:
        UsageError: one does not.
    """
    for name in names:
        problem = _problem(available, name)
        if problem:
            raise UsageError(f"{where}: {problem}")


def contradiction(available: Sequence[RuleType], select: Sequence[str], ignore: Sequence[str]) -> str | None:
    """Which word of `select` keeps no rule because `ignore` takes them all; None when each keeps one."""
    for name in select:
        chosen = [rule for rule in available if _is_named(rule, (name,))]
        taken = [word for word in ignore if any(_is_named(rule, (word,)) for rule in chosen)]
        if chosen and all(_is_named(rule, ignore) for rule in chosen):
            return f"{name} is both selected and ignored (by {', '.join(taken)})"
    return None


def _is_named(rule: Rule | RuleType, names: Iterable[str]) -> bool:
    return any(_fits(rule, name.lower()) for name in names)


def _fits(rule: Rule | RuleType, name: str) -> bool:
    """Whether a lower-case word is the rule's name, its code, or the start of its code."""
    return name in ("all", rule.name) or (name[:2] == rule.code[:2].lower() and rule.code.lower().startswith(name))


def _problem(available: Sequence[RuleType], name: str) -> str | None:
    if any(_is_named(rule, (name,)) for rule in available):
        return None
    known = [rule.name for rule in available] + [rule.code for rule in available]
    return f"there is no rule {name}{nearest_name(name, known)}; `dockerfix rule` lists them"


def _check_config_names(available: Sequence[RuleType], settings: Settings) -> None:
    if settings.file is None:
        return
    places: list[tuple[tuple[str, ...], Iterable[str]]] = [
        (("select",), settings.select or ()),
        (("extend-select",), settings.extend_select),
        (("ignore",), settings.ignore),
        *((("per-file-ignores", pattern), names) for pattern, names in settings.per_file_ignores),
    ]
    for keys, names in places:
        for name in names:
            problem = _problem(available, name)
            if problem:
                raise complaint(settings.file, keys, f"{keys[0]}: {problem}")
    clash = contradiction(available, settings.select or (), settings.ignore)
    if clash:
        raise complaint(settings.file, ("select",), clash)


def _check_tables(available: Sequence[RuleType], settings: Settings) -> None:
    names = [rule.name for rule in available]
    for name in settings.rules:
        if name not in names:
            raise _error(settings, ("rules", name), f"there is no rule {name}{nearest_name(name, names)}")


def _error(settings: Settings, keys: tuple[str, ...], message: str) -> DockerfixError:
    return UsageError(message) if settings.file is None else complaint(settings.file, keys, message)


def _options(rule: RuleType, settings: Settings) -> RuleOptions:
    table = settings.rules.get(rule.name, {})
    in_file = [field.name for field in fields(rule.options_type) if BY_FLAG not in field.metadata]
    known = {name.replace("_", "-"): name for name in in_file}
    types_of = get_type_hints(rule.options_type) if table else {}
    values: dict[str, Any] = {}
    for key, value in table.items():
        keys = ("rules", rule.name, key)
        if key not in known:
            raise _error(settings, keys, f"{rule.name} has no option {key}{nearest_name(key, known)}")
        values[known[key]] = _converted(value, types_of[known[key]], settings, keys)
    if settings.python is not None and "python" in known:
        values.setdefault("python", settings.python)
    if settings.cache is not None and "cache" in known:
        values.setdefault("cache", settings.cache)
    if settings.online and any(field.name == "online" for field in fields(rule.options_type)):
        values["online"] = "python" if "python" in values else "newest"
    if settings.pin_digests and any(field.name == "pin_digests" for field in fields(rule.options_type)):
        values["pin_digests"] = "yes"
    return rule.options_type(**values)


def _converted(value: object, wanted: Any, settings: Settings, keys: tuple[str, ...]) -> object:
    """A TOML value as the option's type: text, number, flag, list of texts, table of texts."""
    if get_origin(wanted) in (types.UnionType, Union):
        wanted = next(kind for kind in get_args(wanted) if kind is not type(None))
    kind = get_origin(wanted) or wanted
    if kind is Literal:
        if value in get_args(wanted):
            return value
        raise _error(settings, keys, f"{'.'.join(keys)} must be one of {', '.join(map(repr, get_args(wanted)))}")
    if kind in (tuple, frozenset) and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return kind(value)
    if kind is Mapping and isinstance(value, dict):
        return value
    if kind in (str, bool, int) and type(value) is kind:
        return value
    raise _error(settings, keys, f"{'.'.join(keys)} must be {_KINDS.get(kind, kind.__name__)}")


_KINDS = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    tuple: "a list of texts",
    frozenset: "a list of texts",
    Mapping: "a table",
}


def _matches(pattern: str, settings: Settings, path: Path) -> bool:
    return is_matched((pattern,), settings.folder, path)


def is_matched(patterns: Sequence[str], folder: Path | None, path: Path) -> bool:
    """Whether patterns as in .gitignore, relative to a folder, match a path below it."""
    if not patterns or folder is None:
        return False
    try:
        relative = Path(path).absolute().relative_to(folder.absolute())
    except ValueError:
        return False
    found = GitPatterns(patterns)
    above = [*reversed(relative.parents[:-1]), relative]
    verdicts = (found.verdict(_with_slash(one.parent), one.name, is_folder=one is not relative) for one in above)
    return any(verdicts)


def _with_slash(folder: Path) -> str:
    return "" if folder == Path() else f"{folder.as_posix()}/"
