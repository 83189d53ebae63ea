"""Build logs of BuildKit, and of Buildah and Podman."""

from __future__ import annotations

from dockerfix.verify.build_log import buildah_steps, buildkit_steps, last_lines

BUILDKIT = """\
#4 [1/4] FROM docker.io/library/python:latest
#4 DONE 0.0s
#5 [2/4] WORKDIR /app
#5 CACHED
#7 [3/4] COPY . .
#7 DONE 0.0s
#8 [4/4] RUN pip install -r requirements.txt
#8 0.311 Collecting fastapi
#8 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: exit code: 1
"""
BUILDAH = """\
[1/2] STEP 1/2: FROM python:3.12-slim AS build
[1/2] STEP 2/2: RUN true
--> Using cache 4c7a823f306
[2/2] STEP 1/4: FROM python:3.12-slim
[2/2] STEP 2/4: WORKDIR /app
--> 88e4cc4acf2
[2/2] STEP 3/4: RUN echo "--> Using cache"
--> Using cache
--> 240f515035b
[2/2] STEP 4/4: RUN false
Error: building at STEP "RUN false": while running runtime: exit status 1
"""


def test_buildkit() -> None:
    assert [(step.number, step.status) for step in buildkit_steps(BUILDKIT)] == [
        (1, "ran"), (2, "cached"), (3, "ran"), (4, "failed"),
    ]  # fmt: skip


def test_buildah() -> None:
    found = buildah_steps(BUILDAH.replace("--> Using cache\n--> 240", "--> 240"))
    assert [(step.stage, step.number, step.status) for step in found] == [
        ("1", 1, "ran"), ("1", 2, "cached"), ("2", 1, "ran"), ("2", 2, "ran"), ("2", 3, "ran"), ("2", 4, "failed"),
    ]  # fmt: skip


def test_last_lines_leave_blank_ones_out() -> None:
    assert last_lines("a\n\nb\n \nc\n", 2) == ("b", "c")
