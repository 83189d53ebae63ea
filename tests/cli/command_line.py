"""What the tests of the command share: two texts, and what a call returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PIP = "FROM python:3.12-slim\nRUN pip install flask\n"
PIP_REPAIRED = "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"


@dataclass(frozen=True, slots=True)
class Said:
    """What one call returned."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def err(self) -> str:
        return self.stderr.decode()


Run = Callable[..., Said]
Project = Callable[[dict[str, str | bytes]], Path]
