"""Base images for the engine tests: the real ones where a registry answers, else stand-ins (stand_ins.py)."""

import re
import subprocess
from collections.abc import Callable
from typing import Literal, Protocol

import pytest

Suite = Literal["bookworm", "trixie"]
DEFAULT_SUITE: Suite = "trixie"  # what python:3.12-slim, python:latest … are built on since Debian 13 came out

PULL_SECONDS = 600.0

Docker = Callable[..., subprocess.CompletedProcess[str]]


class NoBaseImage(Exception):
    """Neither a registry nor a stand-in can give this base image here."""


class BaseImages(Protocol):
    """Makes base images known to an engine under the names that Dockerfiles use."""

    def provide(self, reference: str, suite: Suite) -> None:
        """Have `reference` ready for FROM; where it names no Debian suite itself, on `suite`.

        Skips the test that asks where that would change another's engine.

        Raises:
            NoBaseImage: it can't be had.
        """


class RealImages:
    """Base images pulled from a registry, once a run each."""

    def __init__(self, docker: Docker, *, may_retag: bool) -> None:
        """`may_retag` is for an engine of our own: another's `python:3.12-slim` is never made to mean a suite."""
        self._docker = docker
        self._may_retag = may_retag
        self._standing: dict[str, Suite] = {}

    def provide(self, reference: str, suite: Suite) -> None:
        if self._standing.get(reference) == suite:
            return
        # As written, a tag stands on the newest Debian, which is the default.
        wanted = reference if suite == DEFAULT_SUITE else on_suite(reference, suite)
        if wanted != reference and not self._may_retag:
            pytest.skip(f"{reference} on {suite} would overwrite a tag of an engine that is not ours")
        pulled = self._docker("pull", "--quiet", wanted, check=False, timeout=PULL_SECONDS)
        if pulled.returncode != 0:
            raise NoBaseImage(f"{wanted}: {pulled.stderr.strip()}")
        if wanted != reference:
            self._docker("tag", wanted, reference)
        self._standing[reference] = suite


def on_suite(reference: str, suite: Suite) -> str:
    """The official tag that says the suite: `python:3.12-slim` on bookworm is `python:3.12-slim-bookworm`."""
    name, _, tag = reference.partition(":")
    if not name.endswith("python") or "@" in reference or re.search(r"alpine|bullseye|bookworm|trixie|windows", tag):
        return reference
    return f"{name}:{suite if tag in ('', 'latest') else f'{tag}-{suite}'}"
