"""A rule explained: its docstring, options, sources and examples, as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from dockerfix.regexes import regex
from dockerfix.report.unified import hunks, unified_diff
from dockerfix.rule import BY_FLAG, Applicability, Example, Rule
from dockerfix.text import encode

__all__ = ["rule_page", "rule_parts"]

_PART = regex(r"^(Why|Fix|Safety): ", re.MULTILINE)


def rule_parts(rule: type[Rule]) -> dict[str, str]:
    """The parts of a rule's docstring, each on one line: "" for the sentence on top, then Why, Fix, Safety."""
    found = _PART.split(inspect.cleandoc(rule.__doc__ or ""))
    pairs = [("", found[0]), *zip(found[1::2], found[2::2], strict=True)]
    return {name: " ".join(text.split()) for name, text in pairs}


def rule_page(rule: type[Rule]) -> str:
    """Everything about one rule, as Markdown."""
    return "\n".join(_lines(rule)) + "\n"


def _lines(rule: type[Rule]) -> Iterator[str]:
    parts = rule_parts(rule)
    yield from (f"# {rule.code} {rule.name}", "", parts.pop(""), "")
    for name, text in parts.items():
        yield from (f"**{name}.** {text}", "")
    if rule.worth is not None:
        yield from (f"**Worth.** {str(rule.worth)[0].upper()}{str(rule.worth)[1:]}.", "")
    yield from _options(rule)
    yield from ("## Examples", "")
    for title, examples in _grouped(rule.examples):
        if examples:
            yield from (f"### {title}", "")
        for example in examples:
            yield from _example(example)
    yield from ("## Sources", "", *(f"- {source}" for source in rule.sources), "")
    yield f"Silence it with `# dockerfix: ignore={rule.code} reason` above the instruction."


def _options(rule: type[Rule]) -> Iterator[str]:
    options = [option for option in fields(rule.options_type) if BY_FLAG not in option.metadata]
    if not options:
        return
    yield from ("## Options", "", "```toml", f"[tool.dockerfix.rules.{rule.name}]")
    defaults: Any = rule.options_type()
    for option in options:
        name, value = option.name.replace("_", "-"), getattr(defaults, option.name)
        yield f"# {name} = …  (not set)" if value is None else f"{name} = {_toml(value)}"
    yield from ("```", "")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | frozenset):
        return "[" + ", ".join(_toml(item) for item in sorted(value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _grouped(examples: tuple[Example, ...]) -> Iterator[tuple[str, list[Example]]]:
    fixed = [example for example in examples if _shows_change(example)]
    for applicability, title in (
        (Applicability.SAFE, "Repaired"),
        (Applicability.UNSAFE, "Repaired with `--unsafe-fixes`"),
        (Applicability.SUGGESTION, "Suggested"),
    ):
        yield title, [example for example in fixed if example.expected is applicability]
    rest = [example for example in examples if not _shows_change(example)]
    yield "Reported without a repair", [example for example in rest if example.after is not None]
    yield "Left alone", [example for example in rest if example.after is None]


def _shows_change(example: Example) -> bool:
    return example.expected is not None and (example.after is not None or bool(example.after_files))


def _example(example: Example) -> Iterator[str]:
    yield from (f"{example.title}:", "")
    if not _shows_change(example):
        yield from ("```dockerfile", *_shown(example.before), "```", "")
        return
    yield "```diff"
    after = example.before if example.after is None else example.after
    yield from _shown(_body(hunks(encode(example.before), encode(after), context=100)))
    for path, text in example.after_files.items():
        before = (example.files or {}).get(path)
        diff = unified_diff(path, None if before is None else encode(before), encode(text))
        yield from _shown(diff.decode("utf-8", "replace"))
    yield from ("```", "")


def _body(hunk: bytes) -> str:
    """A hunk without its line of numbers."""
    return hunk.decode("utf-8", "replace").partition("\n")[2]


def _shown(text: str) -> list[str]:
    return [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")] if text else []
