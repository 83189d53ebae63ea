"""Which steps run again after one file was edited."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from modelled import Files, modelled

from dockerfix.image import rerun_steps
from dockerfix.rule import BuildContext

FILES = {"main.py": "", "requirements.txt": "", "docs/x.md": "", "web/index.js": ""}


def _again(text: str, path: str = "main.py", files: Files | None = FILES) -> list[str] | None:
    """The instructions that run again, as written."""
    found = rerun_steps(modelled(text, files), path)
    return None if found is None else [step.instruction.logical.text for step in found]


def test_copy_of_the_file_and_all_steps_below_run_again() -> None:
    text = "FROM scratch\nCOPY requirements.txt .\nRUN pip install\nCOPY . .\nENV A=1\nWORKDIR /x\nRUN y\nUSER z\n"
    assert _again(text) == ["COPY . .", "WORKDIR /x", "RUN y"]
    assert _again(text, "requirements.txt") == [
        "COPY requirements.txt .",
        "RUN pip install",
        "COPY . .",
        "WORKDIR /x",
        "RUN y",
    ]


def test_working_directory_that_is_there_already_is_no_step() -> None:
    assert _again("FROM scratch\nCOPY . .\nWORKDIR /\nRUN x\n") == ["COPY . .", "RUN x"]


def test_file_that_nothing_copies_runs_nothing_again() -> None:
    assert _again("FROM scratch\nCOPY requirements.txt .\nRUN x\n") == []


def test_ignored_file_runs_nothing_again() -> None:
    assert _again("FROM scratch\nCOPY . .\n", "docs/x.md", {**FILES, ".dockerignore": "docs"}) == []


def test_wildcard_reads_what_it_matches() -> None:
    assert _again("FROM scratch\nCOPY *.py ./\nCOPY d* ./\n", "docs/x.md") == ["COPY d* ./"]


def test_stage_that_is_not_needed_is_not_built() -> None:
    assert _again("FROM scratch AS unused\nCOPY . .\nFROM scratch\nRUN x\n") == []


def test_copy_from_a_stage_that_ran_again_runs_again() -> None:
    text = "FROM scratch AS web\nCOPY web .\nRUN a\nFROM scratch\nRUN b\nCOPY --from=web /x .\nRUN c\nCOPY . .\n"
    assert _again(text, "web/index.js") == ["COPY web .", "RUN a", "COPY --from=web /x .", "RUN c", "COPY . ."]
    assert _again(text) == ["COPY . ."]


def test_stage_built_on_a_stage_that_ran_again_runs_again() -> None:
    text = "FROM scratch AS a\nCOPY . .\nFROM a AS b\nUSER x\nFROM b\nRUN y\n"
    assert _again(text) == ["COPY . .", "RUN y"]


def test_stage_in_between_without_steps_hands_the_change_on() -> None:
    text = "FROM scratch AS a\nCOPY . .\nFROM a AS b\nENV A=1\nFROM scratch\nCOPY --from=b /x /x\n"
    assert _again(text) == ["COPY . .", "COPY --from=b /x /x"]


def test_onbuild_of_a_stage_reads_in_the_stage_built_on_it() -> None:
    assert _again("FROM scratch AS a\nONBUILD COPY . .\nFROM a\nRUN x\n") == ["COPY . .", "RUN x"]


@pytest.mark.parametrize(
    ("mount", "reads"),
    [
        ("type=bind,target=/src", True),
        ("target=/src", True),
        ("type=bind,source=main.py,target=/m", True),
        ("type=bind,src=./main.py,dst=/m", True),
        ("type=bind,source=requirements.txt,target=/r", False),
        ("type=bind,source=requirements.txt,target=/r,rw", True),
        ("type=bind,source=requirements.txt,target=/r,rw=false", False),
        ("type=bind,from=other,target=/src", False),
        ("type=cache,target=/root/.cache", False),
        ("type=secret,id=main.py", False),
    ],
)
def test_mount_reads_what_it_shows(mount: str, reads: bool) -> None:
    assert _again(f"FROM scratch\nRUN --mount={mount} x\n") == ([f"RUN --mount={mount} x"] if reads else [])


def test_mount_of_a_stage_that_ran_again() -> None:
    text = "FROM scratch AS a\nCOPY . .\nFROM scratch\nRUN --mount=from=a,target=/x y\n"
    assert _again(text) == ["COPY . .", "RUN --mount=from=a,target=/x y"]


def test_linked_copy_depends_on_its_own_files_alone() -> None:
    text = "FROM scratch\nCOPY . .\nCOPY --link docs /d\nRUN x\n"
    assert _again(text) == ["COPY . .", "RUN x"]
    assert _again(text, "docs/x.md") == ["COPY . .", "COPY --link docs /d", "RUN x"]


def test_copy_does_not_depend_on_what_it_leaves_out() -> None:
    assert _again("FROM scratch\nCOPY --exclude=*.md docs /d\n", "docs/x.md") == []
    assert _again("FROM scratch\nCOPY --exclude=*.txt docs /d\n", "docs/x.md") == ["COPY --exclude=*.txt docs /d"]


@pytest.mark.parametrize(
    "lines",
    [
        "ARG D\nCOPY $D .",
        "COPY --exclude=$D . .",
        "ARG D\nRUN --mount=source=$D,target=/x y",
        "COPY . /x\nFROM scratch\nCOPY --from=0 / /\nRUN --mount=from=$A,target=/y z",
    ],
)
def test_what_a_step_reads_may_be_unknown(lines: str) -> None:
    assert _again(f"FROM scratch\n{lines}\n") is None


def test_unknown_context_is_unknown() -> None:
    assert _again("FROM scratch\nCOPY . .\n", files=None) is None


def test_file_behind_a_symlink_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    os.symlink("main.py", tmp_path / "link.py")
    model = modelled("FROM scratch\nCOPY link.py .\n", context=BuildContext.at(tmp_path))
    assert rerun_steps(model, "main.py") is None
