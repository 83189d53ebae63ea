"""Runs rules over one Dockerfile, honours the comments that silence them, and sorts what they found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from dockerfix.frozen import frozen
from dockerfix.project.context.facts import distinct, facts_in
from dockerfix.regexes import regex
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.silences import ANY_BUILDKIT_CHECK, Silence, silences_of
from dockerfix.syntax import Dockerfile

__all__ = ["Silenced", "check_dockerfile", "names_of", "rule_names", "silenced_findings"]

_OTHER_TOOL = regex(r"(hadolint|BuildKit check) (\w+)")


def check_dockerfile(dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule]) -> tuple[Finding, ...]:
    """Every finding that no comment silences, in file order.

    A comment `# dockerfix: ignore=DF501,DF301 reason` holds for the next instruction, or for the one that it stands
    inside; at a FROM, for its stage; without `=` for every rule. `# dockerfix: ignore-file` above the first
    instruction holds for the file, with `=DF501` for one rule. `# hadolint ignore=`, `# hadolint global ignore=` and
    `# check=skip=` silence the rules that name the same check among their sources; `skip=all` those that name any
    check of BuildKit.
    """
    found, _ = _parted(dockerfile, context, rules)
    return found


@frozen
class Silenced:
    """What comments keep quiet, each finding with its comment's line (0 for a directive); and those without effect."""

    findings: tuple[tuple[Finding, int], ...]
    unused: tuple[Silence, ...]


def silenced_findings(dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule]) -> Silenced:
    """What `check_dockerfile` leaves out, in file order, and the comments that were not needed for it.

    A comment that names a rule which was not asked counts as needed.
    """
    _, silenced = _parted(dockerfile, context, rules)
    asked = frozenset(name for rule in rules for name in names_of(rule))
    unused = [s for s in silences_of(dockerfile) if s.is_ours and (not s.names or s.names & asked)]
    lines = {silence.line for _, silence in silenced}
    return Silenced(
        tuple((finding, silence.line) for finding, silence in silenced),
        tuple(one for one in unused if one.line not in lines),
    )


def _parted(
    dockerfile: Dockerfile, context: BuildContext, rules: Sequence[Rule]
) -> tuple[tuple[Finding, ...], tuple[tuple[Finding, Silence], ...]]:
    """The findings that are told, and those that a comment silences, with the first that does."""
    silences = silences_of(dockerfile)
    found = sorted(
        (_with_places(finding, context) for rule in rules for finding in rule.check(dockerfile, context)),
        key=lambda f: (f.span, f.code),
    )
    if not silences:
        return tuple(found), ()
    names = {rule.code: names_of(rule) for rule in rules}
    told: list[Finding] = []
    silenced: list[tuple[Finding, Silence]] = []
    for finding in found:
        silence = next((s for s in silences if _covers(s, finding, names[finding.code])), None)
        if silence is None:
            told.append(finding)
        else:
            silenced.append((finding, silence))
    return tuple(told), tuple(silenced)


def _with_places(finding: Finding, context: BuildContext) -> Finding:
    """A finding whose facts are all that its reason counts on: what its rule gives, and the places in its words."""
    if finding.declined:
        return finding
    return replace(finding, facts=distinct((*finding.facts, *facts_in(finding.because, context))))


def _covers(silence: Silence, finding: Finding, names: frozenset[str]) -> bool:
    return silence.reaches(finding.span.start) and (not silence.names or bool(silence.names & names))


def rule_names(rules: Sequence[type[Rule]]) -> tuple[str, ...]:
    """All that rules may be called by, codes and names as they are written."""
    own = [name for rule in rules for name in (rule.code, rule.name)]
    return (*own, *sorted({name for rule in rules for name in names_of(rule)} - {name.lower() for name in own}))


def names_of(rule: Rule | type[Rule]) -> frozenset[str]:
    """What people may call a rule by: its code, its name, and the same check in other tools."""
    return _names(rule.code, rule.name, rule.sources)


@cache
def _names(code: str, name: str, sources: tuple[str, ...]) -> frozenset[str]:
    others = [match for source in sources for match in _OTHER_TOOL.findall(source)]
    marks = [ANY_BUILDKIT_CHECK] if any(tool != "hadolint" for tool, _ in others) else []
    return frozenset(name.lower() for name in (code, name, *(name for _, name in others), *marks))
