"""Runs rules over one Dockerfile, honours the comments that silence them, and sorts what they found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.syntax import Dockerfile, From, Instruction, Trivia
from dockerfix.text import Span

__all__ = ["check_dockerfile"]

_OURS = re.compile(r"#\s*dockerfix:\s*(ignore-file|ignore)(?:\s*=\s*([\w,\- ]*?))?(?:\s{1,}.*|)$", re.IGNORECASE)
_HADOLINT = re.compile(r"#\s*hadolint\s+(global\s+)?ignore\s*=\s*([\w,]+)", re.IGNORECASE)
_OTHER_TOOL = re.compile(r"(?:hadolint|BuildKit check) (\w+)")


def check_dockerfile(dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Every finding that no comment silences, in file order.

    A comment `# dockerfix: ignore=DF501 reason` holds for the instruction below it, above a FROM for its
    stage; `# dockerfix: ignore-file` at the top for the file, with `=DF501` for one rule. `# hadolint ignore=`
    and `# check=skip=` silence the rules that name the same check among their sources.
    """
    silences = _silences(dockerfile)
    found: list[Finding] = []
    for rule in rules:
        names = _names(rule)
        found += (f for f in rule.check(dockerfile, context) if not any(s.covers(f, names) for s in silences))
    return tuple(sorted(found, key=lambda finding: (finding.span, finding.code)))


@dataclass(frozen=True, slots=True)
class _Silence:
    span: Span
    names: frozenset[str]  # lower case; empty silences every rule

    def covers(self, finding: Finding, names: frozenset[str]) -> bool:
        inside = self.span.start <= finding.span.start < max(self.span.end, self.span.start + 1)
        return inside and (not self.names or bool(self.names & names))


def _names(rule: Rule) -> frozenset[str]:
    """What people may call a rule by: its code, its name, and the same check in other tools."""
    others = (match for source in rule.sources for match in _OTHER_TOOL.findall(source))
    return frozenset(name.lower() for name in (rule.code, rule.name, *others))


def _silences(dockerfile: Dockerfile) -> list[_Silence]:
    whole = Span(0, len(dockerfile.source) + 1)
    found = [_Silence(whole, names) for names in _check_directive(dockerfile)]
    if b"dockerfix:" not in dockerfile.source and b"hadolint" not in dockerfile.source:
        return found
    pending: list[frozenset[str]] = []
    begun = False
    for item in dockerfile.items:
        if isinstance(item, Trivia) and item.kind == "comment":
            names, is_global = _comment(item.text)
            if names is not None and is_global and not begun:
                found.append(_Silence(whole, names))
            elif names is not None and not is_global:
                pending.append(names)
        elif isinstance(item, Instruction):
            found += (_Silence(_reach(dockerfile, item), names) for names in pending)
            pending, begun = [], True
    return found


def _reach(dockerfile: Dockerfile, instruction: Instruction) -> Span:
    if not isinstance(instruction, From):
        return instruction.extent
    stage = dockerfile.stage_of(instruction)
    assert stage is not None  # a FROM starts a stage
    return Span(instruction.extent.start, stage.instructions[-1].extent.end)


def _comment(text: str) -> tuple[frozenset[str] | None, bool]:
    """The names a comment silences (empty for all), or None; and whether it speaks for the whole file."""
    ours = _OURS.search(text)
    if ours:
        names = frozenset(name.strip().lower() for name in (ours[2] or "").split(",") if name.strip())
        return names, ours[1].lower() == "ignore-file"
    theirs = _HADOLINT.search(text)
    if theirs:
        return frozenset(theirs[2].lower().split(",")), bool(theirs[1])
    return None, False


def _check_directive(dockerfile: Dockerfile) -> list[frozenset[str]]:
    """`# check=skip=A,B;error=true`. Source: Docker reference, parser directive `check`."""
    found: list[frozenset[str]] = []
    for directive in dockerfile.directives:
        if directive.name != "check":
            continue
        for part in directive.value.split(";"):
            key, _, value = part.partition("=")
            if key.strip().lower() == "skip":
                names = frozenset(name.strip().lower() for name in value.split(","))
                found.append(frozenset() if "all" in names else names)
    return found
