"""`--write --verified`: only those repairs stay that builds have proven."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from dockerfix.cli.activity import Activity
from dockerfix.cli.files.targets import Target
from dockerfix.cli.terminal import Terminal
from dockerfix.cli.verify.command import ENGINE_VARIABLE, NETWORK_VARIABLE
from dockerfix.cli.verify.proving import subject_of
from dockerfix.errors import DockerfixError, UsageError
from dockerfix.report.model import Entry, Failure, FileReport, Status
from dockerfix.verify import Plan, Session, Verified, session
from dockerfix.verify.engine import NETWORKS, Network
from dockerfix.verify.report.story import headline

__all__ = ["held_to", "network_of_builds", "proven"]

Pair = tuple[Target, FileReport | Failure]


def proven(pairs: Sequence[Pair], terminal: Terminal) -> list[Pair]:
    """The same results, where a repair that no build has proven is held back with the reason.

    The engine and the network of builds are those of the variables that `dockerfix verify` reads, too.

    Raises:
        EngineError: no engine answers; then nothing may be written.
    """
    plan = Plan(network=network_of_builds(), bisect=True)
    with Activity(terminal) as activity, session(os.environ.get(ENGINE_VARIABLE), tell=activity.tell) as opened:
        return [(target, _proven(target, result, opened, plan, activity)) for target, result in pairs]


def network_of_builds() -> Network:
    """What the variable says that `dockerfix verify` reads, too.

    Raises:
        UsageError: it says something else.
    """
    wanted = os.environ.get(NETWORK_VARIABLE) or "default"
    for network in NETWORKS:
        if network == wanted:
            return network
    raise UsageError(f"{NETWORK_VARIABLE}={wanted}: one of {', '.join(NETWORKS)} is needed")


def _proven(
    target: Target, result: FileReport | Failure, opened: Session, plan: Plan, activity: Activity
) -> FileReport | Failure:
    if not isinstance(result, FileReport) or not result.changed:
        return result
    activity.about(target.place.label)
    try:
        verified = opened.verify(subject_of(target), plan, activity.tell, activity.say)
    except DockerfixError as error:
        return Failure(target.place.label, f"not proven, and so not changed: {error}")
    return held_to(result, verified)


def held_to(report: FileReport, verified: Verified) -> FileReport:
    """The report with what was proven alone."""
    outcome, proof = verified.outcome, verified.proof
    note = f"proven with {proof.engine}: {headline(proof)}; logs in {proof.logs}"
    reasons = {item.code: f"it broke the image: {item.reason}" for item in proof.dropped}
    if outcome is None:
        why = f"not proven: {headline(proof)}"
        entries = tuple(_held_back(entry, reasons.get(entry.code, why)) for entry in report.entries)
        nothing = replace(report, after=report.before, files=(), image_changes=())
        return replace(nothing, entries=entries, notes=(*report.notes, note))
    wanted = {change.path for change in report.files}  # others in the same context write the rest
    return replace(
        report,
        after=outcome.after.source,
        files=tuple(change for change in outcome.files if change.path in wanted),
        entries=tuple(_held_back(entry, reasons.get(entry.code)) for entry in report.entries),
        image_changes=outcome.image_changes,
        notes=(*report.notes, note),
    )


def _held_back(entry: Entry, reason: str | None) -> Entry:
    """An entry that was repaired, held back where there is a reason."""
    if entry.status is not Status.REPAIRED or reason is None:
        return entry
    return replace(entry, status=Status.HELD_BACK, because=reason, edits=None)
