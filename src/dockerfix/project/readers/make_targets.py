"""What `make TARGET` runs: the recipes of a target and of those that it needs."""

from __future__ import annotations

import re

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.regexes import regex
from dockerfix.shell import Command, parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["make_commands", "make_text"]

_NAMES = ("GNUmakefile", "makefile", "Makefile")  # make takes the first
_RULE = regex(r"(?P<targets>[^\t#:=\s][^#:=]*?)\s*::?(?!=)\s*(?P<needs>[^;#\n]*)(?:;\s*(?P<recipe>.*))?")
_VARIABLE = regex(r"\$[({](\w+)[)}]")
_ASSIGNMENT = regex(r"^(?:export\s+)?(\w+)\s*[:?]?=\s*(.*)$", re.M)


@memoised_on("code")
def _makefile(context: BuildContext) -> str | None:
    name = next((name for name in _NAMES if context.is_file(name)), None)
    text = context.text(name) if name is not None else None
    return None if text is None else text.replace("\r\n", "\n").replace("\\\n", " ")


def make_text(context: BuildContext, targets: tuple[str, ...]) -> str | None:
    """The recipe lines that some targets run, the first one of the file where none is named, `$(NAME)` filled in.

    None where that is not known: no Makefile at the root of the context, another one included, a target that is
    not there, a pattern, `$(MAKE)`, a function of make.
    """
    text = _makefile(context.without_dockerfile)
    if text is None or re.search(r"^-?s?include\b", text, re.M):
        return None
    rules = _rules(text)
    waiting = list(targets) or [next((name for name in rules if not name.startswith(".")), "")]
    lines: list[str] = []
    seen: set[str] = set()
    while waiting:
        target = waiting.pop(0)
        if target in seen:
            continue
        seen.add(target)
        if target not in rules:
            if context.exists(target):
                continue
            return None
        needs, recipe = rules[target]
        waiting += needs
        lines += recipe
    values = dict(_ASSIGNMENT.findall(text))
    filled = "\n".join(_VARIABLE.sub(lambda match: values.get(match[1], match[0]), line) for line in lines)
    filled = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), filled)
    return None if re.search(r"(?<!\$)\$[({]", filled) else filled.replace("$$", "$")


def make_commands(context: BuildContext, targets: tuple[str, ...]) -> tuple[Command, ...] | None:
    """The commands of these recipes; None where they are not known."""
    text = make_text(context, targets)
    if text is None:
        return None
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    return script.commands if script.readable else None


def _rules(text: str) -> dict[str, tuple[list[str], list[str]]]:
    rules: dict[str, tuple[list[str], list[str]]] = {}
    current: list[str] = []
    for line in text.split("\n"):
        if line.startswith("\t"):
            for name in current:
                rules[name][1].append(line.strip().lstrip("@-+ "))
            continue
        match = _RULE.match(line)
        if match is None:
            current = [] if line.strip() and not line.startswith("#") else current
            continue
        current = match["targets"].split()
        for name in current:
            needs, recipe = rules.setdefault(name, ([], []))
            needs += match["needs"].replace("|", " ").split()
            recipe += [match["recipe"]] if match["recipe"] else []
    return rules
