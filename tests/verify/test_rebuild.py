"""What a build after an edit runs again, from a log that may end early."""

from __future__ import annotations

from pathlib import Path

from dockerfix.verify.build_log import buildkit_steps
from dockerfix.verify.engine import BuildRun, BuildStep
from dockerfix.verify.rebuild import FirstWork, rebuilt

NAMES = ("FROM python", "COPY . .", "RUN pip install", "RUN make")
WHOLE = tuple(BuildStep("", number, name, "ran") for number, name in enumerate(NAMES, 1))
CUT = "#4 [1/4] FROM python\n#4 CACHED\n#5 [2/4] COPY . .\n#5 DONE 0.1s\n#6 [3/4] RUN pip install\n"


def run(log: str, *, ok: bool = False) -> BuildRun:
    return BuildRun(ok, 1.5, buildkit_steps(log), Path("/log"))


def test_a_command_is_at_work_when_two_looks_see_it() -> None:
    watch = FirstWork(buildkit_steps)
    assert not watch.is_seen(CUT)
    assert watch.is_seen(CUT)
    assert watch.seen


def test_a_cached_command_is_no_work() -> None:
    watch = FirstWork(buildkit_steps)
    assert not watch.is_seen(CUT)
    assert not watch.is_seen(CUT + "#6 CACHED\n")


def test_what_a_build_that_was_cut_short_did_not_reach_runs_too() -> None:
    found = rebuilt("main.py", run(CUT), WHOLE, is_whole=False)
    assert found.ran == ("COPY . .", "RUN pip install", "RUN make")
    assert (found.cached, found.ok, found.seconds) == (0, True, None)


def test_a_whole_build_tells_its_own_steps_and_its_time() -> None:
    log = CUT.replace("#5 DONE 0.1s", "#5 CACHED") + "#6 DONE 1s\n#7 [4/4] RUN make\n#7 DONE 2s\n"
    found = rebuilt("main.py", run(log, ok=True), (), is_whole=True)
    assert found.ran == ("RUN pip install", "RUN make")
    assert (found.cached, found.seconds) == (1, 1.5)


def test_a_whole_build_that_fails_is_told() -> None:
    assert not rebuilt("main.py", run(CUT), (), is_whole=True).ok
