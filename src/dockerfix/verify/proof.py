"""The proof: what was measured of both sides, what it says of each repair, and what the model had said."""

from __future__ import annotations

from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.verify.measured import Measured
from dockerfix.verify.metrics import Row
from dockerfix.verify.predicted import Prediction

__all__ = ["Dropped", "Mending", "Proof", "Verdict", "Word"]

Word = Literal["helps", "neutral", "harms"]


@frozen
class Verdict:
    """What the measurements say of the repairs of one rule: `because` names the rows that changed for it.

    `shared` names the rules that may have changed the same rows: then it holds for them together.
    """

    code: str
    name: str
    titles: tuple[str, ...]
    word: Word
    because: tuple[str, ...]
    shared: tuple[str, ...] = ()


@frozen
class Dropped:
    """A repair that broke something alone: what it broke, the end of that log, and the file that has it whole."""

    code: str
    name: str
    reason: str
    last_lines: tuple[str, ...]
    log: str


@frozen
class Mending:
    """A try of the repairs that failed and named its cause: what it lacked, in words, and its log."""

    lacked: str
    failed: str
    log: str


@frozen
class Proof:
    """One Dockerfile, measured before and after its repairs.

    Attributes:
        label: the Dockerfile, as the user wrote its path.
        engine, machine, date: with what, where and when it was measured (date in ISO 8601, UTC).
        after: None where there is nothing to repair.
        dropped: repairs that were left out of `after`, as they broke it.
        image_changes: what the model says that changes, in words.
        logs: the folder with the logs of all builds.
        given: what was taken from a compose file, in words.
        project: the name of its repository's folder, or of its context.
        mendings: tries that failed, each with what the next one gave it; `after` is the last.
        full: builds ran one after the other, and rebuilds to their end, so that their times tell something.
    """

    label: str
    engine: str
    machine: str
    date: str
    before: Measured
    after: Measured | None
    rows: tuple[Row, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    image_changes: tuple[str, ...] = ()
    logs: str = ""
    full: bool = False
    given: str = ""
    project: str = ""
    mendings: tuple[Mending, ...] = ()

    @property
    def harms(self) -> bool:
        """Whether something that stayed in `after` makes the image worse."""
        return any(row.effect == "worse" for row in self.rows)

    @property
    def is_unbuilt(self) -> bool:
        """Whether no side was built, so that nothing is proven."""
        return not self.before.build.ok and (self.after is None or not self.after.build.ok)

    @property
    def wrong_predictions(self) -> tuple[Prediction, ...]:
        """Where the image model said something else than what was measured: mistakes of dockerfix."""
        return tuple(prediction for prediction in self.predictions if not prediction.agrees)
