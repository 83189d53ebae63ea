"""Proofs made of plain values, for the tests that need no engine."""

from __future__ import annotations

from dataclasses import replace

from dockerfix.verify.contents.archive import Layer, Part, Secret
from dockerfix.verify.engine import BuildStep
from dockerfix.verify.measured import Build, Contents, HttpAnswer, Measured, Rebuild, Started
from dockerfix.verify.metrics import rows
from dockerfix.verify.predicted import Prediction
from dockerfix.verify.proof import Dropped, Proof, Verdict

__all__ = ["AFTER", "BEFORE", "proof"]

_BASE = Layer("base", 100_000_000, (Part("/usr", 100_000_000),), of_base=True)
_INSTALL = (Part("Python packages", 10_000_000), Part("pip cache", 5_000_000))

BEFORE = Measured(
    Build(True, 20.0, (BuildStep("", 1, "FROM python", "ran"),), "/logs/before.log"),
    context_size=212_000_000,
    contents=Contents(
        115_400_000,
        (
            _BASE,
            Layer("COPY . .", 400_000, (Part("Git repository", 400_000),)),
            Layer("RUN pip install -r requirements.txt", 15_000_000, _INSTALL),
        ),
        (Secret("/app/.env", "environment files hold passwords", 2),),
        (),
    ),
    started=Started(
        uid=0, capabilities=("chown", "kill"), program="sh", ports=(8000,), http=HttpAnswer(8000, 200, 1.0),
        stop_seconds=10.1, stop_code=137, denied=(),
    ),
    source_rebuild=Rebuild("main.py", True, 18.0, ("COPY . .", "RUN pip install -r requirements.txt"), 1),
)  # fmt: skip
AFTER = Measured(
    Build(True, 21.0, (), "/logs/after.log"),
    context_size=4_000,
    contents=Contents(
        110_000_100,
        (
            _BASE,
            Layer("RUN pip install --no-cache-dir -r requirements.txt", 10_000_000, _INSTALL[:1]),
            Layer("COPY . .", 100, (Part("/app", 100),)),
        ),
        (),
        (),
    ),
    started=Started(
        uid=10001, user="app", capabilities=(), program="uvicorn", ports=(8000,), http=HttpAnswer(8000, 200, 1.0),
        stop_seconds=0.3, stop_code=0, denied=(),
    ),
    source_rebuild=Rebuild("main.py", True, 0.4, ("COPY . .",), 3),
)  # fmt: skip


def proof(before: Measured = BEFORE, after: Measured | None = AFTER, *, dropped: bool = False) -> Proof:
    """A proof of these two sides."""
    verdict = Verdict("DF401", "shell-form-cmd", ("Use exec form",), "helps", ("SIGTERM to exit: 10.1 s → 0.3 s",))
    gone = Dropped("DF501", "root-user", "first HTTP answer: 200 → none", ("| needs ``` root <b>",), "/logs/x.log")
    made = Proof(
        "app/Dockerfile", "docker 1", "x86_64, 2 cores", "2026-01-01T00:00:00+00:00", before, after,
        rows=rows(before, after) if after is not None else (),
        verdicts=(verdict,),
        predictions=(Prediction("before", "user", "root", "0", True),),
        logs="/logs",
        project="shop",
    )  # fmt: skip
    return replace(made, dropped=(gone,)) if dropped else made
