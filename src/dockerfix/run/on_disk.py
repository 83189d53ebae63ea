"""What is repaired of one Dockerfile on disk: the same for whoever shows, writes, proves or proposes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dockerfix.check import Silenced, check_dockerfile, silenced_findings
from dockerfix.errors import FileError
from dockerfix.fix import Outcome, repair
from dockerfix.frozen import frozen
from dockerfix.project.context.discovery import bystander
from dockerfix.rule import BuildContext, Finding, Rule
from dockerfix.run.contexts import Location, surroundings
from dockerfix.run.own_ignore_file import with_own_ignore_file
from dockerfix.run.several import in_all, only_reported
from dockerfix.syntax import Add, Copy, Dockerfile, Run, check, parse

__all__ = ["OnDisk", "on_disk"]

_MOST_STAGES = 1000
_MOST_INSTRUCTIONS = 20_000
_MOST_LAYERS = 4_000  # no image has more than 127 layers (moby, layer/max depth); this is 30 such images


@frozen
class OnDisk:
    """A Dockerfile with what decides its repairs.

    Attributes:
        contexts: its build contexts, each with its name for people; a repair has to hold in all of them.
        rules: as they answer here, asked in the first context.
        root: the folder of the first context; None when nothing is known of it.
        notes: what a user should know about the contexts.
        unsafe: whether repairs that may change behaviour are made, too.
    """

    dockerfile: Dockerfile
    contexts: tuple[tuple[str, BuildContext], ...]
    rules: tuple[Rule, ...]
    root: Path | None
    notes: tuple[str, ...]
    unsafe: bool

    @property
    def context(self) -> BuildContext:
        """The first one."""
        return self.contexts[0][1]

    def repaired(self, left_out: frozenset[str] = frozenset(), *, settle: bool = True) -> Outcome:
        """The outcome without the rules of these codes; nothing is written.

        Raises:
            GateError: the repairs do not settle.
        """
        rules = [rule for rule in self.rules if rule.code not in left_out]
        return repair(self.dockerfile, self.context, rules, unsafe=self.unsafe, settle=settle)

    def findings(self) -> tuple[Finding, ...]:
        """What there is to say of the file as it is."""
        return check_dockerfile(self.dockerfile, self.context, self.rules)

    def silenced(self) -> Silenced:
        """What comments keep quiet in the file as it is."""
        return silenced_findings(self.dockerfile, self.context, self.rules)


def on_disk(
    source: bytes,
    where: Location,
    rules: tuple[Rule, ...],
    at: Callable[[Path | None], BuildContext],
    *,
    unsafe: bool,
    from_file: bool = True,
    verbose: bool = False,
) -> OnDisk:
    """Read a Dockerfile and choose its build contexts; nothing is repaired yet.

    Args:
        source: its text.
        at: makes the build context of a folder; of None, the one of which nothing is known.
        from_file: the text is the file's, so that what lies beside it counts.
        verbose: also note which context was taken, and why.
    Raises:
        ParseError: the text is no Dockerfile.
        FileError: it has more instructions or stages than anybody writes.
    """
    dockerfile = parse(source)
    check(dockerfile)
    _check_size(dockerfile)
    around = surroundings(dockerfile, where, at, verbose=verbose)
    contexts = around.contexts
    if from_file:
        contexts, rules = with_own_ignore_file(where.path, contexts, rules)
    if len(contexts) > 1:
        rules = in_all(rules, contexts)
    reason = bystander(where.within, source) if where.within is not None else None
    if reason is not None:
        rules = only_reported(rules, f"{reason}; name the file to repair it")
    return OnDisk(dockerfile, contexts, rules, around.root, around.notes, unsafe)


def _check_size(dockerfile: Dockerfile) -> None:
    instructions = dockerfile.instructions
    for count, most, what in (
        (len(dockerfile.stages), _MOST_STAGES, "stages"),
        (len(instructions), _MOST_INSTRUCTIONS, "instructions"),
        (sum(isinstance(one, Run) for one in instructions), _MOST_LAYERS, "RUN instructions"),
        (sum(isinstance(one, Copy | Add) for one in instructions), _MOST_LAYERS, "COPY and ADD instructions"),
    ):
        if count > most:
            raise FileError(f"it has {count:,} {what}, and no file with more than {most:,} is looked at")
