"""What changes in the image, told in words."""

from __future__ import annotations

import pytest
from modelled import Files, context_of, modelled

from dockerfix.image import changes

APP = {"main.py": "x" * 100, "requirements.txt": "flask\n", "big.bin": "x" * 12_000}
SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"


def _changes(
    before: str, after: str, files: Files | None = APP, files_after: Files | None = None, source: str | None = "main.py"
) -> tuple[str, ...]:
    was, now = context_of(files), context_of(files if files_after is None else files_after)
    return changes(modelled(before, context=was), modelled(after, context=now), source)


def test_same_image_changes_nothing() -> None:
    assert _changes(SLIM, SLIM) == ()


def test_base_images_are_told_once_each() -> None:
    before = "FROM python AS a\nFROM python AS b\nFROM debian:12\n"
    after = "FROM python:3.12 AS a\nFROM python:3.12 AS b\nFROM debian:12\n"
    assert _changes(before, after) == ("base image python → python:3.12",)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("", "USER app\n", "user root → app"),
        ("", "RUN useradd --uid 10001 app\nUSER app\n", "user root → app (10001)"),
        ("", "RUN adduser -D -u 1234 app\nUSER app:app\n", "user root → app:app (1234)"),
        ("", "RUN useradd --uid=77 app && x\nUSER app\n", "user root → app (77)"),
        ("", "USER 1000\n", "user root → 1000"),
        ("USER 0\n", "USER app\n", "user root → app"),
        ("ARG U\nUSER $U\n", "USER app\n", "user unknown → app"),
    ],
)
def test_user(before: str, after: str, words: str) -> None:
    assert _changes(SLIM + before, SLIM + after) == (words,)


def test_user_that_the_base_brings_is_told_with_its_number() -> None:
    assert _changes("FROM node:22\n", "FROM node:22\nUSER node\n") == ("user root → node (1000)",)


def test_process_1() -> None:
    before, after = SLIM + "CMD uvicorn main:app\n", SLIM + 'CMD ["uvicorn", "main:app"]\n'
    assert _changes(before, after) == ("PID 1 is uvicorn, was sh",)


@pytest.mark.parametrize("base", ["python:3.12-alpine", "registry.corp/base"])
def test_process_1_that_stays_or_is_unknown_is_not_told(base: str) -> None:
    head = f"FROM {base}\nENTRYPOINT []\n"
    assert _changes(head + "CMD uvicorn main:app\n", head + 'CMD ["uvicorn", "main:app"]\n') == ()


def test_rebuild_after_an_edit() -> None:
    before = SLIM + "COPY . .\nRUN pip install -r requirements.txt\n"
    after = SLIM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
    assert _changes(before, after) == ("editing main.py re-runs 1 step, was 2",)
    assert _changes(after, before) == ("editing main.py re-runs 2 steps, was 1",)
    assert _changes(before, after, source=None) == ()
    assert _changes(before, after, files=None) == ()


def test_size_of_the_context() -> None:
    text = SLIM + "COPY . .\n"
    smaller = {**APP, ".dockerignore": "*\n!main.py\n"}
    assert _changes(text, text, files_after=smaller) == ("build context 12 kB → 100 B",)


@pytest.mark.parametrize(
    ("size", "words"), [(999, "999 B"), (1500, "1.5 kB"), (25_000, "25 kB"), (2_500_000, "2.5 MB")]
)
def test_sizes_are_rounded(size: int, words: str) -> None:
    assert _changes(SLIM, SLIM, {"a": b"x" * size}, {"a": b""}) == (f"build context {words} → 0 B",)


def test_a_difference_that_nobody_would_see_is_not_told() -> None:
    assert _changes(SLIM, SLIM, {"a": b"x" * 15_000}, {"a": b"x" * 15_001}) == ()


def test_another_number_of_stages_is_not_told() -> None:
    assert _changes("FROM a\n", "FROM a\nFROM b\n") == ()


def test_order_of_the_sentences() -> None:
    before = "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD uvicorn main:app\n"
    after = (
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        'COPY . .\nUSER app\nCMD ["uvicorn", "main:app"]\n'
    )
    assert [sentence.split()[0] for sentence in _changes(before, after)] == ["base", "user", "PID", "editing"]
