"""The diff, applied by the real `git apply` and `patch -p1`."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from dockerfix.report.unified import hunks, unified_diff

TOOLS = {"git": ["git", "apply", "-"], "patch": ["patch", "-p1", "--no-backup-if-mismatch"]}
SIMPLE = b"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"


def applied(tool: str, folder: Path, diff: bytes) -> str:
    """What the tool said about the diff; the test fails when it refused."""
    done = subprocess.run(TOOLS[tool], cwd=folder, input=diff, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode() + diff.decode("utf-8", "replace")
    return (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(SIMPLE, SIMPLE.replace(b"COPY . .\n", b"") + b"COPY . .\n", id="a moved line"),
        pytest.param(SIMPLE.replace(b"\n", b"\r\n"), SIMPLE.replace(b"\n", b"\r\n") + b"USER app\r\n", id="CRLF"),
        pytest.param(b"FROM a\r\nRUN b\nRUN c\r\n", b"FROM a\r\nRUN x\nRUN c\r\n", id="mixed newlines"),
        pytest.param(SIMPLE.rstrip(), SIMPLE.rstrip() + b" -q", id="no final newline, before and after"),
        pytest.param(SIMPLE.rstrip(), SIMPLE, id="a final newline comes"),
        pytest.param(SIMPLE, SIMPLE.rstrip(), id="a final newline goes"),
        pytest.param(SIMPLE.rstrip(), b"# x\n" + SIMPLE.rstrip(), id="no final newline in the context"),
        pytest.param(b"FROM a\n# caf\xe9 \xff\nRUN b\n", b"FROM a\n# caf\xe9 \xff\nRUN c\n", id="invalid UTF-8"),
        pytest.param(b"\xef\xbb\xbfFROM a\nRUN b\n", b"\xef\xbb\xbfFROM c\nRUN b\n", id="byte order mark"),
        pytest.param(b"", b"FROM a\n", id="an empty file gets its first line"),
        pytest.param(b"FROM a\nRUN b\rc\n", b"FROM a\nRUN b\rd\n", id="a carriage return inside a line"),
        pytest.param(b"FROM a\n\t \n  RUN b  \n", b"FROM x\n\t \n  RUN b  \n", id="trailing blanks"),
    ],
)
def test_both_tools_make_the_change_to_the_byte(tool: str, before: bytes, after: bytes, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(before)
    applied(tool, tmp_path, unified_diff("Dockerfile", before, after))
    assert (tmp_path / "Dockerfile").read_bytes() == after


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "path",
    [
        "my app/Dockerfile",
        "Dockerfile for prod ",
        "café/Dockerfile",
        "日本/Dockerfile",
        'quo"te/Dockerfile',
        "back\\slash.Dockerfile",
        "tab\there",
        "new\nline",
        "esc\x1b.Dockerfile",
        "-p0",
    ],
)
def test_names_that_are_hard_to_write_down(tool: str, path: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_bytes(SIMPLE)
    applied(tool, tmp_path, unified_diff(path, SIMPLE, SIMPLE + b"USER app\n"))
    assert (tmp_path / path).read_bytes() == SIMPLE + b"USER app\n"


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("path", [".dockerignore", "my app/.dockerignore"])
def test_a_new_file_is_created(tool: str, path: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    applied(tool, tmp_path, unified_diff(path, None, b".git\n.env\n"))
    assert (tmp_path / path).read_bytes() == b".git\n.env\n"


@pytest.mark.parametrize("tool", TOOLS)
def test_several_files_in_one_diff(tool: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_bytes(SIMPLE)
    diff = unified_diff("Dockerfile", SIMPLE, SIMPLE + b"USER app\n") + unified_diff(".dockerignore", None, b".git\n")
    applied(tool, tmp_path, diff)
    assert (tmp_path / "Dockerfile").read_bytes() == SIMPLE + b"USER app\n"
    assert (tmp_path / ".dockerignore").read_bytes() == b".git\n"


@pytest.mark.parametrize("tool", TOOLS)
def test_the_working_folder_may_lie_inside_a_repository(tool: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    folder = tmp_path / "services" / "api"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_bytes(SIMPLE)
    applied(tool, folder, unified_diff("Dockerfile", SIMPLE, SIMPLE + b"USER app\n"))
    assert (folder / "Dockerfile").read_bytes() == SIMPLE + b"USER app\n"


@pytest.mark.parametrize("tool", TOOLS)
def test_random_changes_apply_without_fuzz_or_offset(tool: str, tmp_path: Path) -> None:
    choose = random.Random(7)
    for _ in range(25):
        before = b"".join(choose.choice([b"a\n", b"b\r\n", b"\n", b"c d\n"]) for _ in range(choose.randint(1, 40)))
        lines = before.splitlines(keepends=True)
        for _ in range(choose.randint(1, 5)):
            at = choose.randint(0, len(lines))
            lines[at : at + choose.randint(0, 2)] = [b"new\n"] * choose.randint(0, 3)
        after = b"".join(lines) or b"x\n"
        if after == before:
            continue
        (tmp_path / "f").write_bytes(before)
        said = applied(tool, tmp_path, unified_diff("f", before, after))
        assert (tmp_path / "f").read_bytes() == after
        assert "fuzz" not in said
        assert "offset" not in said


def test_nothing_changed_is_no_diff() -> None:
    assert unified_diff("Dockerfile", SIMPLE, SIMPLE) == b""


def test_an_offered_edit_is_shown_with_little_around_it() -> None:
    assert hunks(SIMPLE, SIMPLE.replace(b"COPY . .", b"COPY app ."), context=0) == (
        b"@@ -3 +3 @@\n-COPY . .\n+COPY app .\n"
    )
