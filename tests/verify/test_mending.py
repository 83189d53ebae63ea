"""A repair that fails is tried again with what it lacked: an engine of plain words plays the builds."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from test_probe import SLEEPS, Process

from dockerfix.api import fix_source
from dockerfix.fix import Outcome
from dockerfix.project.context.told import Missing
from dockerfix.rules import all_rules
from dockerfix.verify.engine import BuildOrder, BuildRun, BuildStep, ImageConfig, Running, StartOrder
from dockerfix.verify.plan import Plan
from dockerfix.verify.subject import Subject
from dockerfix.verify.verify import verify
from dockerfix.verify.workspace import Workspace

AS_IS = "FROM debian:12-slim\nCMD serve now\n"
GOOD = "# owns its data\n"


class Played:
    """An engine whose images are their Dockerfiles; `denied` tells which paths a container is denied."""

    name = "played"
    ends_clean = True

    def __init__(self, denied: Callable[[str], str]) -> None:
        self._denied = denied
        self._images: dict[str, str] = {}
        self.builds = 0

    def version(self) -> str:
        return "1"

    def provide(self, reference: str, seconds: float) -> str | None:
        return None

    def build(self, order: BuildOrder) -> BuildRun:
        self.builds += 1
        self._images[order.tag] = order.dockerfile.read_text()
        order.log.write_text("")
        return BuildRun(True, 1.0, (), order.log)

    def steps(self, log: str) -> tuple[BuildStep, ...]:
        return ()

    def layer_count(self, reference: str) -> int | None:
        return 0

    def config(self, tag: str) -> ImageConfig | None:
        return ImageConfig("sha256:1", "", ("serve",))

    def size(self, tag: str) -> int | None:
        return 10

    @contextmanager
    def saved(self, tag: str) -> Iterator[IO[bytes]]:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as made:
            for name, text in (("manifest.json", b'[{"Config": "c.json", "Layers": []}]'), ("c.json", b"{}")):
                info = tarfile.TarInfo(name)
                info.size = len(text)
                made.addfile(info, io.BytesIO(text))
        yield io.BytesIO(out.getvalue())

    def start(self, order: StartOrder) -> Running:
        words = self._denied(self._images[order.tag])
        return Process(f"raise SystemExit({words!r})" if words else SLEEPS, written=())

    def caches(self) -> Mapping[str, float]:
        return {}

    def forget(self, run_id: str, caches: Iterable[str]) -> None:
        pass


def outcome(text: str = "") -> Outcome:
    """The repair of the start command, and what a test writes above it."""
    return fix_source(text + AS_IS, select=["DF401"])


def proven(tmp_path: Path, denied: Callable[[str], str], mended: Callable[[Missing], Outcome]):  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(AS_IS)
    may_change = {rule.code: frozenset(rule.may_change) for rule in all_rules()}
    subject = Subject(
        "Dockerfile", tmp_path / "Dockerfile", tmp_path, lambda codes: outcome(), may_change,
        mended=lambda codes, missing: mended(missing),
    )  # fmt: skip
    space = Workspace(tmp_path / "state")
    try:
        return verify(subject, Played(denied), space, Plan(start_seconds=1, grace=1))
    finally:
        space.close(None)


def denies(text: str) -> str:
    """Only the image as it was, and one that owns its data, may write."""
    return "" if text == AS_IS or GOOD in text else "PermissionError: [Errno 13] Permission denied: '/app/data'"


def test_a_path_that_was_denied_is_given_in_the_next_try(tmp_path: Path) -> None:
    asked: list[Missing] = []

    def mended(missing: Missing) -> Outcome:
        asked.append(missing)
        return outcome(GOOD)

    verified = proven(tmp_path, denies, mended)
    assert asked == [Missing(writes=("/app/data",))]
    assert verified.outcome is not None
    assert GOOD in verified.outcome.after.text
    (mending,) = verified.proof.mendings
    assert mending.lacked == "it may not write /app/data"
    assert not verified.proof.harms


def test_what_does_not_settle_ends_after_three_tries(tmp_path: Path) -> None:
    tries: list[Missing] = []

    def never(text: str) -> str:
        return "" if text == AS_IS else f"PermissionError: [Errno 13] Permission denied: '/app/{len(tries)}'"

    def mended(missing: Missing) -> Outcome:
        tries.append(missing)
        return outcome(f"# try {len(tries)}\n")

    verified = proven(tmp_path, never, mended)
    assert len(tries) == 3
    assert verified.outcome is None


def test_a_failure_that_names_nothing_new_is_not_tried_again(tmp_path: Path) -> None:
    tries: list[Missing] = []

    def mended(missing: Missing) -> Outcome:
        tries.append(missing)
        return outcome(f"# try {len(tries)}\n")

    verified = proven(tmp_path, lambda text: "" if text == AS_IS else "it broke", mended)
    assert not tries
    assert verified.outcome is None
