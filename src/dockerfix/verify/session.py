"""A run: an engine, a workspace, and the certainty that everything made goes away."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from dockerfix.fix import Outcome
from dockerfix.frozen import frozen
from dockerfix.project.context.told import Seen
from dockerfix.verify.commands import Commands
from dockerfix.verify.engine import Engine
from dockerfix.verify.engines import choose_engine
from dockerfix.verify.plan import Plan, Tell
from dockerfix.verify.progress import Clock, Progress, announcement
from dockerfix.verify.subject import Subject
from dockerfix.verify.verify import Verified, observed_image, verify
from dockerfix.verify.workspace import Workspace, alone, clean_up_after_killed_runs, state_folder

__all__ = ["Session", "session"]


@frozen(eq=False)
class Session:
    """An engine that answers and a workspace; made by `session`."""

    engine: Engine
    space: Workspace

    def verify(
        self, subject: Subject, plan: Plan, tell: Tell = lambda _: None, announce: Tell = lambda _: None
    ) -> Verified:
        """`verify.verify` with this engine; `announce` hears first how long it may take."""
        clock = Clock(self.space.state, subject.path, plan)
        begun = time.monotonic()

        def begin(outcome: Outcome) -> Tell:
            announce(announcement(plan, outcome, clock.last()))
            return Progress(tell, plan, changed=outcome.changed)

        verified = verify(subject, self.engine, self.space, plan, begin)
        clock.remember(time.monotonic() - begun)
        return verified

    def observe(self, subject: Subject, plan: Plan, tell: Tell = lambda _: None) -> Seen:
        """What a run of the image as it is shows.

        Raises:
            EngineError: it does not build, or does not run.
            FileError: its context cannot be copied.
        """
        return observed_image(subject, self.engine, self.space, plan, tell)


@contextmanager
def session(engine: str | None = None, state: Path | None = None, tell: Tell = lambda _: None) -> Iterator[Session]:
    """An engine and a workspace. What killed runs left is removed first; all of this run when the block is left,
    Ctrl-C and SIGTERM included.

    Args:
        engine: its name; None for the first one that answers.
        state: where records and logs are; None for `$XDG_STATE_HOME/dockerfix/verify`.
    Raises:
        EngineError: no engine answers.
    """
    choose_engine(engine, Commands())  # before anything is made, and before another run is waited for
    folder = state if state is not None else state_folder()
    with _terminable(), alone(folder, tell):
        for run in clean_up_after_killed_runs(folder):
            tell(f"removed what run {run} left, which was killed")
        space = Workspace(folder)
        chosen: Engine | None = None
        try:
            chosen = choose_engine(engine, Commands(space.note_child, stopped=space.stopped))
            space.note_engine(chosen)
            yield Session(chosen, space)
        finally:
            with _held_back():
                space.close(chosen)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and SIGHUP end a run as Ctrl-C does: by an exception, so that it cleans up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}; everything it made was removed")

    with _handled((signal.SIGTERM, signal.SIGHUP), interrupt):
        yield


@contextmanager
def _held_back() -> Iterator[None]:
    """Signals wait until the block is done: nothing may stop the cleaning."""
    with _handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), lambda number, frame: None):
        yield


@contextmanager
def _handled(numbers: tuple[signal.Signals, ...], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
