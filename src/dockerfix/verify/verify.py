"""Builds an image before and after its repairs, measures both, and says what that proves."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dockerfix.fix import Outcome
from dockerfix.frozen import frozen
from dockerfix.verify.bisect import first_breaking
from dockerfix.verify.engine import Engine
from dockerfix.verify.measure import Bench, Touched
from dockerfix.verify.measured import Measured
from dockerfix.verify.metrics import Row, rows
from dockerfix.verify.plan import Plan, Tell
from dockerfix.verify.predicted import Prediction, foretell, predictions
from dockerfix.verify.proof import Dropped, Proof, Verdict
from dockerfix.verify.side import Side, copied_context
from dockerfix.verify.subject import Subject
from dockerfix.verify.touched import dependency_file, source_file
from dockerfix.verify.verdicts import is_broken, verdicts
from dockerfix.verify.workspace import Workspace

__all__ = ["Verified", "machine_words", "verify"]


@frozen
class Verified:
    """A proof, and the outcome that it proves: what `--write --verified` writes. None where nothing is proven."""

    proof: Proof
    outcome: Outcome | None


def verify(subject: Subject, engine: Engine, space: Workspace, plan: Plan, tell: Tell = lambda _: None) -> Verified:
    """Measure one Dockerfile before and after its repairs.

    Args:
        space: where copies, logs and the record are; the caller closes it.
        tell: hears what is being done, for a progress display.
    Raises:
        EngineError: the engine refused something that is not a build.
        FileError: the context cannot be copied.
    """
    return _Verification(subject, Bench(engine, space, plan, tell)).run()


_Compared = tuple[Measured, tuple[Prediction, ...], tuple[Row, ...]]


class _Verification:
    def __init__(self, subject: Subject, bench: Bench) -> None:
        self._subject = subject
        self._bench = bench

    def run(self) -> Verified:
        outcome = self._subject.repair(frozenset())
        original = self._side(outcome, repaired=False)
        touched = _touched(original)
        foretold = foretell(original.model, touched.paths)
        before = self._bench.measure(original, "before", touched)
        said = predictions("before", foretold, before)
        if not outcome.changed:
            return Verified(self._proof(before, None, said), None)
        dropped: tuple[Dropped, ...] = ()
        after, side_said, compared = self._after(outcome, before, touched)
        judged = verdicts(outcome.applied, compared, self._subject.may_change)
        while self._bench.plan.bisect and _is_worse(compared) and outcome.applied:
            culprits = self._culprits(outcome, before, after, compared, judged, dropped)
            if not culprits:
                break
            dropped += culprits
            outcome = self._subject.repair(frozenset(item.code for item in dropped))
            if not outcome.changed:
                return Verified(replace(self._proof(before, None, said), dropped=dropped), None)
            after, side_said, compared = self._after(outcome, before, touched)
            judged = verdicts(outcome.applied, compared, self._subject.may_change)
        proof = replace(
            self._proof(before, after, (*said, *side_said)),
            rows=compared,
            verdicts=judged,
            dropped=dropped,
            image_changes=outcome.image_changes,
        )
        return Verified(proof, outcome if after.build.ok and not _is_worse(compared) else None)

    def _culprits(
        self,
        outcome: Outcome,
        before: Measured,
        after: Measured,
        compared: Sequence[Row],
        judged: Sequence[Verdict],
        already: Sequence[Dropped],
    ) -> tuple[Dropped, ...]:
        """What is to blame: found by halves where a build and a start show it, else all that may be."""
        reason = is_broken(compared)
        if reason is not None:
            return (self._dropped(outcome, before, already, reason),)
        harmful = [item for item in judged if item.word == "harms"]
        return tuple(Dropped(item.code, item.name, "; ".join(item.because), (), after.build.log) for item in harmful)

    def _after(self, outcome: Outcome, before: Measured, touched: Touched) -> _Compared:
        side = self._side(outcome)
        foretold = foretell(side.model, touched.paths)
        after = self._bench.measure(side, "after", touched, _written(before))
        return after, predictions("after", foretold, after), rows(before, after)

    def _dropped(self, outcome: Outcome, before: Measured, already: Sequence[Dropped], reason: str) -> Dropped:
        """The repair that breaks it, found by halves."""
        names = {item.finding.code: item.finding.name for item in outcome.applied}
        codes = list(names)
        gone = frozenset(item.code for item in already)
        logs: dict[str, Measured] = {}

        def breaks(kept: Sequence[str]) -> bool:
            trial = self._subject.repair(gone | (frozenset(codes) - frozenset(kept)))
            self._bench.tell(f"bisecting: {', '.join(kept)}")
            name = f"bisect {'+'.join(kept)}"
            found = self._bench.trial(self._side(trial), name, _written(before))
            logs[kept[-1]] = found
            return is_broken(rows(before, found)) is not None

        code = first_breaking(codes, breaks)
        if code not in logs:
            breaks(codes[: codes.index(code) + 1])
        broken = logs[code]
        why = is_broken(rows(before, broken)) or reason
        started = broken.started
        if started is None:
            return Dropped(code, names[code], why, broken.build.last_lines, broken.build.log)
        return Dropped(code, names[code], why, started.log, started.log_file)

    def _side(self, outcome: Outcome, *, repaired: bool = True) -> Side:
        return copied_context(
            self._subject.root,
            self._subject.path,
            outcome.after if repaired else outcome.before,
            outcome.files if repaired else (),
            self._bench.space.copy_folder(),
            self._bench.plan.bytes_limit,
        )

    def _proof(self, before: Measured, after: Measured | None, said: tuple[Prediction, ...]) -> Proof:
        engine = self._bench.engine
        now = datetime.now(UTC).isoformat(timespec="seconds")
        named = f"{engine.name} {engine.version()}"
        logs = str(self._bench.space.logs)
        return Proof(self._subject.label, named, machine_words(), now, before, after, predictions=said, logs=logs)


def _is_worse(compared: Sequence[Row]) -> bool:
    return any(row.effect == "worse" for row in compared)


def _touched(side: Side) -> Touched:
    model = side.model
    dependency, source = dependency_file(model), source_file(model)
    return Touched(None if source == dependency else source, dependency)


def _written(before: Measured) -> tuple[str, ...]:
    return (before.started.written or ()) if before.started is not None else ()


def machine_words() -> str:
    """The machine in words: processor, cores, memory, system."""
    memory = ""
    with suppress(OSError, ValueError):
        kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
        memory = f", {kilobytes * 1024 / 10**9:.0f} GB"
    return f"{platform.machine()}, {os.cpu_count()} cores{memory}, {platform.system()} {platform.release()}"
