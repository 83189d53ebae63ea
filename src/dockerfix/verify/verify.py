"""Builds an image before and after its repairs, measures both, and says what that proves."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path

from dockerfix.fix import Outcome
from dockerfix.frozen import frozen
from dockerfix.project.builds.compose_given import ComposeGiven
from dockerfix.project.context.repository import repository_root
from dockerfix.project.context.told import Missing, Seen
from dockerfix.verify.bisect import first_breaking
from dockerfix.verify.engine import Engine
from dockerfix.verify.evidence import missing_of
from dockerfix.verify.measure import Bench, Touched
from dockerfix.verify.measured import Measured
from dockerfix.verify.meeting import Meeting
from dockerfix.verify.metrics import Row, rows
from dockerfix.verify.observing import observe_image
from dockerfix.verify.plan import Plan, Tell
from dockerfix.verify.predicted import Foretold, Prediction, foretell, predictions
from dockerfix.verify.proof import Dropped, Mending, Proof, Verdict
from dockerfix.verify.side import Side, copied_context
from dockerfix.verify.subject import Subject
from dockerfix.verify.touched import dependency_file, source_file
from dockerfix.verify.verdicts import is_broken, verdicts
from dockerfix.verify.workspace import Workspace

_TRIES = 3  # of a repair that is given what it lacked

__all__ = ["Verified", "machine_words", "observed_image", "verify"]


@frozen
class Verified:
    """A proof, and the outcome that it proves: what `--write --verified` writes. None where nothing is proven."""

    proof: Proof
    outcome: Outcome | None


def verify(
    subject: Subject, engine: Engine, space: Workspace, plan: Plan, begin: Callable[[Outcome], Tell] = lambda _: _nobody
) -> Verified:
    """Measure one Dockerfile before and after its repairs.

    Args:
        space: where copies, logs and the record are; the caller closes it.
        begin: hears what is to be proven, and gives who hears what is being done.
    Raises:
        EngineError: the engine refused something that is not a build.
        FileError: the context cannot be copied.
    """
    outcome = subject.repair(frozenset())
    bench = Bench(engine, space, plan.with_given(subject.given), begin(outcome))
    original = _side(subject, bench, outcome, repaired=False)
    touched = _touched(original)
    foretold = foretell(original.model, touched.paths)
    if plan.full or not outcome.changed:
        before = bench.measure(original, "before", touched, Meeting(waits=False))
        after: tuple[Foretold, Measured] | None = None
    else:
        repaired = _side(subject, bench, outcome)
        said = foretell(repaired.model, touched.paths)
        before, measured = _both(bench, original, repaired, touched)
        after = (said, measured)
    start = _proof(subject, bench, before, predictions("before", foretold, before))
    return _Verification(subject, bench, touched, start).of(outcome, after)


def observed_image(subject: Subject, engine: Engine, space: Workspace, plan: Plan, tell: Tell) -> Seen:
    """What a run of the image shows, as its Dockerfile is."""
    bench = Bench(engine, space, plan.with_given(subject.given), tell)
    side = _side(subject, bench, subject.repair(frozenset()), repaired=False)
    return observe_image(bench, side)[0]


def _nobody(_: str) -> None:
    """Hears what is being done where nobody looks."""


def _both(bench: Bench, original: Side, repaired: Side, touched: Touched) -> tuple[Measured, Measured]:
    """Both sides at the same time; the repaired one is started when it is known what the other one wrote."""
    leaves, waits = Meeting.pair()
    with ThreadPoolExecutor(2) as pool:
        found = (
            pool.submit(bench.measure, original, "before", touched, leaves),
            pool.submit(bench.measure, repaired, "after", touched, waits),
        )
        try:
            return found[0].result(), found[1].result()
        except BaseException:
            bench.space.end_children()
            leaves.close()
            raise


@frozen
class _Attempt:
    """An outcome, measured beside the image as it was."""

    outcome: Outcome
    measured: Measured
    predictions: tuple[Prediction, ...]
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def is_worse(self) -> bool:
        return any(row.effect == "worse" for row in self.rows)


@frozen
class _Verification:
    """What follows once the image was measured as it is; `start` is the proof so far."""

    subject: Subject
    bench: Bench
    touched: Touched
    start: Proof
    lacked: list[tuple[Missing, Mending]] = field(default_factory=list)

    def of(self, outcome: Outcome, measured: tuple[Foretold, Measured] | None = None) -> Verified:
        """The proof of an outcome, or of what is left of it without the repairs that do harm.

        Args:
            measured: what was foretold and found of the outcome's image, where it was measured already.
        """
        dropped: tuple[Dropped, ...] = ()
        self.lacked.clear()
        while outcome.changed:
            attempt = self._attempt(outcome, measured)
            measured = None
            mended = self._mended(attempt, dropped) if attempt.is_worse else None
            if mended is not None:
                outcome = mended
                continue
            culprits = self._culprits(attempt, dropped) if self.bench.plan.bisect and attempt.is_worse else ()
            if not culprits:
                return self._verified(attempt, dropped)
            dropped += culprits
            outcome = self._repaired(frozenset(item.code for item in dropped))
        mendings = tuple(one for _, one in self.lacked)
        return Verified(replace(self.start, dropped=dropped, mendings=mendings), None)

    def _repaired(self, left_out: frozenset[str]) -> Outcome:
        """The repairs without these rules, with what earlier tries lacked."""
        if self.subject.mended is None or not self.lacked:
            return self.subject.repair(left_out)
        return self.subject.mended(left_out, self.lacked[-1][0])

    def _mended(self, attempt: _Attempt, dropped: Sequence[Dropped]) -> Outcome | None:
        """The same repairs with what this try lacked; None where its log names nothing new, or enough was tried."""
        broken = is_broken(attempt.rows)
        if broken is None or self.subject.mended is None or len(self.lacked) >= _TRIES:
            return None
        found = missing_of(attempt.measured, self.start.before, self.subject.root)
        known = self.lacked[-1][0] if self.lacked else Missing()
        if known | found == known:
            return None
        outcome = self.subject.mended(frozenset(item.code for item in dropped), known | found)
        same = outcome.after.source == attempt.outcome.after.source and outcome.files == attempt.outcome.files
        if same or not outcome.changed:
            return None
        started = attempt.measured.started
        log = started.log_file if attempt.measured.build.ok and started is not None else attempt.measured.build.log
        self.lacked.append((known | found, Mending(str(found), broken, log)))
        self.bench.tell(f"again, as {found}")
        return outcome

    def _verified(self, attempt: _Attempt, dropped: tuple[Dropped, ...]) -> Verified:
        proof = replace(
            self.start,
            after=attempt.measured,
            rows=attempt.rows,
            verdicts=attempt.verdicts,
            dropped=dropped,
            predictions=(*self.start.predictions, *attempt.predictions),
            image_changes=attempt.outcome.image_changes,
            mendings=tuple(one for _, one in self.lacked),
        )
        is_proven = attempt.measured.build.ok and not attempt.is_worse
        return Verified(proof, attempt.outcome if is_proven else None)

    def _attempt(self, outcome: Outcome, measured: tuple[Foretold, Measured] | None) -> _Attempt:
        foretold, after = measured or self._measured(outcome)
        compared = rows(self.start.before, after)
        built = self.start.before.build.ok or after.build.ok  # else nothing says anything of any repair
        judged = verdicts(outcome.applied, compared, self.subject.may_change) if built else ()
        return _Attempt(outcome, after, predictions("after", foretold, after), compared, judged)

    def _measured(self, outcome: Outcome) -> tuple[Foretold, Measured]:
        side = _side(self.subject, self.bench, outcome)
        said = foretell(side.model, self.touched.paths)
        return said, self.bench.measure(side, "after", self.touched, Meeting.of(self._written))

    def _culprits(self, attempt: _Attempt, already: Sequence[Dropped]) -> tuple[Dropped, ...]:
        """What is to blame: found by halves where a build and a start show it, else all that may be."""
        if is_broken(attempt.rows) is not None and attempt.outcome.applied:
            return (self._found_by_halves(attempt, frozenset(item.code for item in already)),)
        harmful = [item for item in attempt.verdicts if item.word == "harms"]
        log = attempt.measured.build.log
        return tuple(Dropped(item.code, item.name, "; ".join(item.because), (), log) for item in harmful)

    def _found_by_halves(self, attempt: _Attempt, gone: frozenset[str]) -> Dropped:
        names = {item.finding.code: item.finding.name for item in attempt.outcome.applied}
        broken: dict[str, tuple[str, Measured]] = {}

        def breaks(kept: Sequence[str]) -> bool:
            self.bench.tell(f"bisecting: {', '.join(kept)}")
            trial = self._repaired(gone | (names.keys() - set(kept)))
            side = _side(self.subject, self.bench, trial)
            found = self.bench.trial(side, f"bisect {'+'.join(kept)}", self._written)
            reason = is_broken(rows(self.start.before, found))
            if reason is not None:
                broken[kept[-1]] = reason, found
            return reason is not None

        code = first_breaking([*names], breaks)
        reason, found = broken.get(code) or (is_broken(attempt.rows) or "", attempt.measured)
        if found.started is None:
            return Dropped(code, names[code], reason, found.build.last_lines, found.build.log)
        return Dropped(code, names[code], reason, found.started.log, found.started.log_file)

    @property
    def _written(self) -> tuple[str, ...]:
        """What the processes of the unrepaired image wrote."""
        started = self.start.before.started
        return (started.written or ()) if started is not None else ()


def _side(subject: Subject, bench: Bench, outcome: Outcome, *, repaired: bool = True) -> Side:
    return copied_context(
        subject.root,
        subject.path,
        outcome.after if repaired else outcome.before,
        outcome.files if repaired else (),
        bench.space.copy_folder(),
        bench.plan.bytes_limit,
        bench.plan.target,
    )


def _proof(subject: Subject, bench: Bench, before: Measured, said: tuple[Prediction, ...]) -> Proof:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    engine = f"{bench.engine.name} {bench.engine.version()}"
    logs = str(bench.space.logs)
    full = bench.plan.full
    given = given_words(subject.given)
    return Proof(
        subject.label,
        engine,
        machine_words(),
        now,
        before,
        None,
        predictions=said,
        logs=logs,
        full=full,
        given=given,
        project=_project(subject.root),
    )


def given_words(given: ComposeGiven | None) -> str:
    """What was taken from a compose file, in words; values stay out, they may be secrets."""
    if given is None:
        return ""
    parts = [
        f"target {given.target}" if given.target else "",
        "build arguments " + ", ".join(name for name, _ in given.args) if given.args else "",
        "variables " + ", ".join(name for name, _ in given.environment) if given.environment else "",
        "its health check" if given.health else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"as the service {given.service} in {given.place} says: {said}" if said else ""


def _project(root: Path) -> str:
    folder = Path(os.path.abspath(root))
    return (repository_root(folder) or folder).name


def _touched(side: Side) -> Touched:
    model = side.model
    dependency, source = dependency_file(model), source_file(model)
    return Touched(None if source == dependency else source, dependency)


def machine_words() -> str:
    """The machine in words: processor, cores, memory, system."""
    memory = ""
    with suppress(OSError, ValueError):
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
        memory = f", {kilobytes * 1024 / 10**9:.0f} GB"
    return f"{platform.machine()}, {os.cpu_count()} cores{memory}, {platform.system()} {platform.release()}"
