"""Whether a stage could start from the slim Python image."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.base.slim import installed_packages, needs_full_image

APT = "RUN apt-get update && apt-get install -y"


def _reason(lines: str, files: Files | None = None, stage: int = 0) -> str | None:
    model = modelled(f"FROM python:3.12\n{lines}\n", files if files is not None else {})
    return needs_full_image(model.stages[stage], model)


@pytest.mark.parametrize(
    "lines",
    [
        "RUN pip install -r requirements.txt",
        "RUN apt-get update && apt-get install -y libpq5",
        f"{APT} git && git clone x",
        f"{APT} build-essential && gcc x.c",
        f"{APT} curl\nHEALTHCHECK CMD curl -f localhost",
        f"{APT} git\nRUN pip install git+https://github.com/a/b",
        'CMD ["python", "app.py"]',
        "CMD cd x && exec python app.py",
        "RUN echo git",
        "HEALTHCHECK NONE",
        'HEALTHCHECK CMD ["python", "check.py"]',
        "RUN helper() { echo x; }; helper",
    ],
)
def test_slim_is_enough(lines: str) -> None:
    assert _reason(lines) is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("RUN git clone x", "line 2 calls git"),
        ("RUN a && (cd b; make)", "line 2 calls make"),
        ("RUN bash -c 'gcc x.c'", "calls gcc"),
        (f"RUN git clone x\n{APT} git", "line 2 calls git"),
        ("RUN pip install git+https://github.com/a/b", "git+ URL"),
        ("RUN curl -fsSL x | sh", "calls curl"),
        (f"{APT} curl && curl -fsSL x | sh", "hands sh a script"),
        ('RUN eval "$X"', "hands eval a script"),
        ("RUN $TOOL x", "only known at build time"),
        ("RUN if (", "cannot be read"),
        ("RUN <<EOF\n#!/usr/bin/env python3\nEOF", "cannot be read"),
        ("HEALTHCHECK CMD curl -f localhost || exit 1", "the HEALTHCHECK calls curl"),
        ('HEALTHCHECK CMD ["curl", "-f", "http://localhost/?a=1&b=2"]', "the HEALTHCHECK calls curl"),
        ('CMD ["sh", "-c", "git pull && exec python app.py"]', "the start command calls git"),
        ('CMD ["bash", "-lc", "git pull"]', "the start command calls git"),
        ("CMD git pull; python app.py", "the start command calls git"),
        ("CMD if (", "the start command cannot be read"),
        ("CMD $PROGRAM", "the start command runs a program"),
    ],
)
def test_slim_is_not(lines: str, words: str) -> None:
    assert words in (_reason(lines) or "")


def test_scripts_that_commands_name_are_read() -> None:
    files = {"bin/start.sh": "#!/bin/sh\nwget x\n"}
    assert _reason('CMD ["./start.sh"]', files) == "bin/start.sh calls wget, which slim lacks"
    assert _reason("RUN sh setup.sh", {"setup.sh": "if (\n"}) == (
        "setup.sh cannot be read, so it may use what slim lacks"
    )


def test_stage_built_on_it_counts() -> None:
    lines = "FROM debian:12\nRUN git pull\nFROM python:3.12 AS b\nFROM b\nRUN make"
    assert _reason(lines) is None
    assert "calls make" in (_reason(lines, stage=2) or "")


def test_what_onbuild_makes_another_stage_run_counts() -> None:
    model = modelled("FROM python:3.12 AS a\nONBUILD RUN make\nFROM a\n", {})
    assert "calls make" in (needs_full_image(model.stages[0], model) or "")


def test_packages_that_a_stage_installs() -> None:
    model = modelled(f"FROM python:3.12 AS a\n{APT} git=1.2 --no-install-recommends\nFROM a\n{APT} libpq-dev\n", {})
    assert installed_packages(model.stages[1]) >= {"git", "libpq-dev"}
