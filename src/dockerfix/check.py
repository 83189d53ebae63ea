"""Runs rules over one Dockerfile, honours the comments that silence them, and sorts what they found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from dockerfix.frozen import frozen
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.syntax import Dockerfile, From, Instruction, Trivia
from dockerfix.text import Span, decode

__all__ = ["check_dockerfile"]

_LIST = r"[\w-]+(?:\s*,\s*[\w-]+)*"
_OURS = re.compile(rf"#\s*dockerfix:\s*(ignore-file|ignore)(?![\w-])(?:\s*=\s*({_LIST})?)?", re.IGNORECASE)
_HADOLINT = re.compile(rf"#\s*hadolint\s+(global\s+)?ignore\s*=\s*({_LIST})", re.IGNORECASE)
_ANY = re.compile(rb"dockerfix:|hadolint", re.IGNORECASE)
_OTHER_TOOL = re.compile(r"(hadolint|BuildKit check) (\w+)")
_ANY_BUILDKIT_CHECK = "buildkit check"


def check_dockerfile(dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Every finding that no comment silences, in file order.

    A comment `# dockerfix: ignore=DF501,DF301 reason` holds for the next instruction, or for the one that it stands
    inside; at a FROM, for its stage; without `=` for every rule. `# dockerfix: ignore-file` above the first
    instruction holds for the file, with `=DF501` for one rule. `# hadolint ignore=`, `# hadolint global ignore=` and
    `# check=skip=` silence the rules that name the same check among their sources; `skip=all` those that name any
    check of BuildKit.
    """
    silences = _silences(dockerfile)
    found = [finding for rule in rules for finding in rule.check(dockerfile, context)]
    if silences:
        names = {rule.code: _names(type(rule)) for rule in rules}
        found = [f for f in found if not any(silence.covers(f, names[f.code]) for silence in silences)]
    return tuple(sorted(found, key=lambda finding: (finding.span, finding.code)))


@frozen
class _Silence:
    span: Span
    names: frozenset[str]  # lower case; empty silences every rule

    def covers(self, finding: Finding, names: frozenset[str]) -> bool:
        return self.span.start <= finding.span.start < self.span.end and (not self.names or bool(self.names & names))


@cache
def _names(rule: type[Rule]) -> frozenset[str]:
    """What people may call a rule by: its code, its name, and the same check in other tools."""
    others = [match for source in rule.sources for match in _OTHER_TOOL.findall(source)]
    marks = [_ANY_BUILDKIT_CHECK] if any(tool != "hadolint" for tool, _ in others) else []
    return frozenset(name.lower() for name in (rule.code, rule.name, *(name for _, name in others), *marks))


def _silences(dockerfile: Dockerfile) -> list[_Silence]:
    whole = Span(0, len(dockerfile.source) + 1)
    found = [_Silence(whole, names) for names in _check_directive(dockerfile)]
    if not _ANY.search(dockerfile.source):
        return found
    pending: list[frozenset[str]] = []
    begun = False
    for item in dockerfile.items:
        if isinstance(item, Trivia) and item.kind == "comment":
            comment = _comment(item.text)
            if comment is None:
                continue
            if not comment.for_file:
                pending.append(comment.names)
            elif comment.anywhere or not begun:
                found.append(_Silence(whole, comment.names))
        elif isinstance(item, Instruction):
            found += (_Silence(_reach(dockerfile, item), names) for names in (*pending, *_inside(dockerfile, item)))
            pending, begun = [], True
    return found


def _reach(dockerfile: Dockerfile, instruction: Instruction) -> Span:
    """What a comment at an instruction speaks of: the instruction, or the stage that it starts."""
    stage = dockerfile.stage_of(instruction)
    if stage is None or not isinstance(instruction, From):
        return instruction.extent
    return Span(instruction.extent.start, stage.instructions[-1].extent.end)


def _inside(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[frozenset[str]]:
    """What comment lines between the lines of an instruction silence, those in the script of a heredoc included."""
    for line in instruction.lines:
        text = decode(dockerfile.source[line.span.start : line.span.end]).strip()
        if line.kind in ("comment", "heredoc") and text.startswith("#"):
            comment = _comment(text)
            if comment is not None and not comment.for_file:
                yield comment.names


@frozen
class _Comment:
    """The names that a comment silences, none for all; and whether it speaks for the file, at the top or anywhere."""

    names: frozenset[str]
    for_file: bool
    anywhere: bool = False


def _comment(text: str) -> _Comment | None:
    ours = _OURS.search(text)
    if ours:
        return _Comment(_listed(ours[2] or ""), ours[1].lower() == "ignore-file")
    theirs = _HADOLINT.search(text)
    if theirs:
        return _Comment(_listed(theirs[2]), bool(theirs[1]), anywhere=True)
    return None


def _listed(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


def _check_directive(dockerfile: Dockerfile) -> list[frozenset[str]]:
    """`# check=skip=A,B;error=true`. Source: Docker reference, parser directive `check`."""
    found: list[frozenset[str]] = []
    for directive in dockerfile.directives:
        if directive.name != "check":
            continue
        for part in directive.value.split(";"):
            key, _, value = part.partition("=")
            names = _listed(value)
            if key.strip().lower() == "skip" and names:
                found.append(frozenset({_ANY_BUILDKIT_CHECK}) if "all" in names else names)
    return found
