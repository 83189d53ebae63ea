"""Which image a name asks for, and which images a Dockerfile takes."""

from __future__ import annotations

import pytest
from proof.bases import Wanted, references, wanted


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("python:3.12-slim", Wanted("python", "3.12", "slim", "trixie")),
        ("python:3.11.4-slim-bookworm", Wanted("python", "3.11.4", "slim", "bookworm")),
        ("docker.io/library/python:3.10", Wanted("python", "3.10", "full", "trixie")),
        ("python:3.9-slim-buster", Wanted("python", "3.9", "slim", "bookworm")),
        ("python", Wanted("python", "", "full", "trixie")),
        ("python:slim", Wanted("python", "", "slim", "trixie")),
        ("node:20-alpine3.19", Wanted("node", "20", "alpine", "trixie")),
        ("node:lts-slim", Wanted("node", "lts", "slim", "bookworm")),
        ("nginx:alpine", Wanted("nginx", "", "alpine", "trixie")),
        ("debian:bookworm-slim", Wanted("debian", "", "slim", "bookworm")),
    ],
)
def test_wanted(reference: str, expected: Wanted) -> None:
    assert wanted(reference) == expected


def test_references_are_those_from_outside() -> None:
    dockerfile = b"""\
ARG PYTHON=3.12
FROM node:20 AS web
FROM python:${PYTHON}-slim AS base
FROM base
COPY --from=web /app /app
COPY --from=nginx:1.27 /etc/nginx /etc/nginx
RUN --mount=type=bind,from=redis:7,target=/r true
COPY --from=0 /app /b
"""
    assert references(dockerfile) == ("node:20", "python:3.12-slim", "nginx:1.27", "redis:7")


def test_a_default_inside_braces_counts() -> None:
    assert references(b"ARG TAG\nFROM python:${TAG:-3.11}\n") == ("python:3.11",)
