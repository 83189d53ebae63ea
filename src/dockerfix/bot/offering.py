"""From the repairs of a checkout to the proposal of a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockerfix.bot.body import Facts, body_of
from dockerfix.bot.keeping import Place
from dockerfix.bot.local import CommittedFiles
from dockerfix.bot.places import mistakes_of, named
from dockerfix.bot.proposal import Change, Proposal, Repairs, Stage, commits_of, conventional_title, fingerprint
from dockerfix.errors import FileError
from dockerfix.frozen import frozen
from dockerfix.report.markdown import quiet
from dockerfix.report.model import Entry

__all__ = ["Wording", "proposal_of", "stage_of"]

_MARKER = 400  # characters that the bot's own comment may take of a body, beside the names of places
_PLACE = 11
_OWN = 0.75  # of a body is the bot's at most: the rest is left to people


@frozen
class Wording:
    """How a pull request says what it says.

    Attributes:
        kind: of the change, as conventional commits begin with.
        rule_page: the address of a rule's page with `{code}` and `{name}` in it; "" where there is none.
        evidence: Markdown that `dockerfix verify` made; "" where it did not run.
        configuration: the options that were given, as a person would type them.
    """

    version: str
    kind: str = "fix(docker)"
    rule_page: str = ""
    evidence: str = ""
    configuration: str = ""


def proposal_of(
    repairs: Repairs,
    files: CommittedFiles,
    place: Place,
    wording: Wording,
    *,
    limit: int,
    stages: Sequence[Stage] = (),
) -> Proposal | None:
    """The pull request for the repairs of one commit; None where nothing is left to repair.

    Args:
        files: of that commit.
        limit: characters that the forge takes of a body.
        stages: one for each commit that is wanted; none for a single one.
    Raises:
        FileError: a file is not what the commit has, or there are no repairs, but Dockerfiles that could not be read:
            nobody knows then that nothing is left to repair.
    """
    if not repairs.changes:
        if repairs.failures:
            raise FileError(repairs.failures[0])
        return None
    title = conventional_title(wording.kind, repairs.repaired())
    row = commits_of(stages or [stage_of(title, repairs.repaired(), repairs.changes)], files)
    mistakes = mistakes_of(repairs.reports, repairs.repaired())
    facts = Facts(
        repairs,
        base=place.base,
        commit=place.parent,
        version=wording.version,
        configuration=wording.configuration,
        rule_page=wording.rule_page,
        evidence=wording.evidence,
    )
    room = int(limit * _OWN) - _MARKER - _PLACE * len(named(mistakes))
    return Proposal(
        title, body_of(facts, room), row.commits, fingerprint(repairs.changes), row.result, row.start, mistakes
    )


def stage_of(title: str, repaired: Sequence[tuple[str, Entry]], changes: Mapping[str, Change]) -> Stage:
    """A commit that tells of some repairs and ends at some changes."""
    lines = [_line(path, entry) for path, entry in repaired]
    return Stage("\n".join([title, "", *lines]), changes)


def _line(path: str, entry: Entry) -> str:
    return f"- {entry.code} {entry.name}: {quiet(entry.title)} ({quiet(path)})"
