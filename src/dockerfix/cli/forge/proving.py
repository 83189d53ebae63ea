"""`pr --verified` and `fleet --verified`: what a build and a start have proven, and the table that says so."""

from __future__ import annotations

import os
from dataclasses import replace

from dockerfix.cli.files.targets import Target
from dockerfix.cli.forge.foreign import looked_at
from dockerfix.cli.options import Options
from dockerfix.errors import DockerfixError
from dockerfix.frozen import frozen
from dockerfix.report.model import Failure, FileReport, Report
from dockerfix.verify import EngineError, Plan, Session, markdown, session

__all__ = ["PROOF_SECONDS", "Proven", "proven_apart", "proven_in"]

PROOF_SECONDS = 3600.0  # for a whole repository: builds of strangers take what they take
_BUILD_SECONDS = 900.0


@frozen
class Proven:
    """A report that holds what was proven alone, and the measurements as Markdown; "" where nothing was built."""

    report: Report
    evidence: str = ""


def proven_in(folder: str, options: Options) -> Proven:
    """The repairs of a checkout, as far as builds prove them; nothing is written.

    Both images of a Dockerfile are built at the same time, one Dockerfile after the other, one run at a time on a
    machine; containers have no network. Where no engine answers, nothing is proven, and the report says so.
    """
    asked = replace(options, on_trial=True)
    pairs, failures = looked_at(folder, asked)
    if not any(isinstance(result, FileReport) and result.changed for _, result in pairs):
        return Proven(_report([result for _, result in pairs], failures))
    try:
        return _proven(pairs, failures)
    except EngineError as error:
        pairs, failures = looked_at(folder, options)
        note = Failure("", f"nothing was built to prove the repairs: {error}")
        return Proven(_report([result for _, result in pairs], (*failures, note)))


def proven_apart(folder: str, options: Options) -> Proven:
    """As `proven_in`, in a process of its own, with limits and without a token; this one goes on.

    Raises:
        IsolationError: the process took too long, or died.
    """
    from dockerfix.bot.fleet.isolated import isolated
    from dockerfix.cli.forge.connection import secrets_put_away

    with secrets_put_away():
        return isolated(proven_in, folder, options, seconds=PROOF_SECONDS)


def _proven(pairs: list[tuple[Target, FileReport | Failure]], failures: tuple[Failure, ...]) -> Proven:
    from dockerfix.cli.verify.command import ENGINE_VARIABLE
    from dockerfix.cli.verify.proven import network_of_builds

    plan = Plan(network=network_of_builds(), bisect=True, build_seconds=_BUILD_SECONDS, is_cut_off=True)
    tables: list[str] = []
    with session(os.environ.get(ENGINE_VARIABLE) or None) as opened:
        results = [_of(target, result, opened, plan, tables) for target, result in pairs]
    return Proven(_report(results, failures), "\n".join(tables))


def _of(
    target: Target, result: FileReport | Failure, opened: Session, plan: Plan, tables: list[str]
) -> FileReport | Failure:
    from dockerfix.cli.verify.proven import held_to
    from dockerfix.cli.verify.proving import subject_of

    if not isinstance(result, FileReport) or not result.changed:
        return result
    try:
        verified = opened.verify(subject_of(target), plan)
    except DockerfixError as error:
        return Failure(target.place.label, f"not proven, and so not changed: {error}")
    if verified.outcome is not None:
        tables.append(markdown(verified.proof))
    return held_to(result, verified)


def _report(results: list[FileReport | Failure], failures: tuple[Failure, ...]) -> Report:
    return Report(
        tuple(result for result in results if isinstance(result, FileReport)),
        (*failures, *(result for result in results if isinstance(result, Failure))),
    )
