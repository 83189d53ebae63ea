"""Which official tag stands on which Debian."""

import pytest
from base_images import on_suite


@pytest.mark.parametrize(
    ("reference", "official"),
    [
        ("python", "python:bookworm"),
        ("python:latest", "python:bookworm"),
        ("python:slim", "python:slim-bookworm"),
        ("python:3.12-slim", "python:3.12-slim-bookworm"),
    ],
)
def test_the_suite_ends_the_tag(reference: str, official: str) -> None:
    assert on_suite(reference, "bookworm") == official


@pytest.mark.parametrize("reference", ["python:3.12-slim-trixie", "python:3.12-alpine", "node:22", "python@sha256:00"])
def test_a_reference_that_settles_its_suite_stays(reference: str) -> None:
    assert on_suite(reference, "bookworm") == reference
