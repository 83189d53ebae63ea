"""What the container starts, read in the project: its scripts, its package.json's, its own programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import repaired


def test_a_glob_between_stages_brings_what_the_other_stage_has(tmp_path: Path) -> None:
    assert "DF501" in repaired("missed-glob-between-stages", tmp_path).applied


@pytest.mark.parametrize(
    "copy",
    [
        "COPY --from=builder /app/*.json ./",
        "COPY --from=builder /a*/package.jso[n] /app/",
        "COPY --from=0 /app/package?json .",
        "COPY --from=builder /ap[a-z] ./",
    ],
)
def test_other_globs_do_so_too(copy: str, tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine AS builder\nWORKDIR /app\nCOPY . .\n\nFROM node:22-alpine\nWORKDIR /app\n"
        f'{copy}\nCOPY --from=builder /app/server.js ./\nCMD ["npm", "start"]\n'
    )
    assert "DF501" in repaired("missed-glob-between-stages", tmp_path, {"Dockerfile": text}).applied


def test_a_glob_that_matches_something_else_brings_nothing(tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine AS builder\nWORKDIR /app\nCOPY . .\n\nFROM node:22-alpine\nWORKDIR /app\n"
        'COPY --from=builder /app/pack?.json ./\nCOPY --from=builder /app/server.js ./\nCMD ["npm", "start"]\n'
    )
    assert "DF501" not in repaired("missed-glob-between-stages", tmp_path, {"Dockerfile": text}).applied
