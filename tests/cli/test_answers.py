"""An answer is kept and told again as long as nothing that it rests on has changed."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import dockerfix

TEXT = b"FROM python:latest\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"
HEAVY = ("dockerfix.rules", "dockerfix.image", "dockerfix.config", "typer", "rich", "tree_sitter", "dataclasses")
# Who looks at files beside `looks`: what is written, what belongs to dockerfix itself, and commands without answers.
_MAY_LOOK = (
    *("looks.py", "regular.py", "tables.py", "extras.py", "fix/write.py", "cli/answers.py", "cli/guard.py"),
    *("cli/meant.py", "cli/repair/watching.py", "cli/repair/interactive.py", "project/releases/", "project/known/"),
    *("bot/", "verify/", "cli/verify/", "cli/forge/", "cli/fleet/", "cli/setup/"),
)
_OF_PATHS = {"iterdir", "is_dir", "is_symlink", "read_bytes"}


class Kept:
    """A project, and a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.cache = folder / "cache"
        for name in (".git", "sub"):
            (self.root / name).mkdir(parents=True)
        (self.root / "Dockerfile").write_bytes(TEXT)
        (self.root / "requirements.txt").write_text("flask==3.0.0\n")
        (self.root / "main.py").write_text("import flask\n")

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        given = {name: value for name, value in os.environ.items() if name != "DOCKERFIX_NO_CACHE"}
        given |= {"XDG_CACHE_HOME": str(self.cache), "PYTHONPROFILEIMPORTTIME": "1", **environment}
        return subprocess.run(
            [sys.executable, "-m", "dockerfix", *words], cwd=self.root, env=given, capture_output=True, check=False
        )

    def was_told(self, *words: str, **environment: str) -> bool:
        """Whether a run told what was kept: it did not load the rules."""
        return b"dockerfix.rules" not in self.run(*words, **environment).stderr

    @property
    def entries(self) -> list[Path]:
        return sorted(self.cache.glob("dockerfix/*"))


def _said(done: subprocess.CompletedProcess[bytes]) -> tuple[int, bytes, list[bytes]]:
    """Exit code and output, without the report of imports."""
    return done.returncode, done.stdout, [x for x in done.stderr.splitlines() if not x.startswith(b"import time")]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.mark.parametrize("words", [(), ("--diff",), ("-v", "--format", "json"), ("--select=DF501", "Dockerfile")])
def test_second_run_says_the_same_without_loading_anything(kept: Kept, words: tuple[str, ...]) -> None:
    first, second = kept.run(*words), kept.run(*words)
    assert _said(first) == _said(second)
    assert first.stdout
    loaded = {line.rpartition(b"|")[2].strip().decode() for line in second.stderr.splitlines()}
    assert not {name for name in loaded if name.startswith(HEAVY)}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Dockerfile", TEXT.replace(b"latest", b"3.9")),
        ("requirements.txt", b"flask==3.0.1\n"),
        ("main.py", b"import os\n\n"),
        (".dockerignore", b"*\n"),
        (".gitignore", b"main.py\n"),
        ("dockerfix.toml", b'ignore = ["DF501"]\n'),
        ("pyproject.toml", b"[tool.dockerfix]\nstrict = true\n"),
        ("compose.yaml", b"services: {web: {build: .}}\n"),
        ("sub/Dockerfile", TEXT),
        ("new.py", b""),
        (".git/info/exclude", b"main.py\n"),
    ],
)
def test_whatever_changes_is_looked_at_anew(kept: Kept, path: str, content: bytes) -> None:
    kept.run()
    assert kept.was_told()
    (kept.root / path).parent.mkdir(exist_ok=True)
    (kept.root / path).write_bytes(content)
    assert not kept.was_told()


def test_change_of_same_size_and_time_is_seen(kept: Kept) -> None:
    file = kept.root / "requirements.txt"
    kept.run()
    before = file.stat()
    file.write_text("flask==2.0.0\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not kept.was_told()


def test_file_that_goes_is_missed(kept: Kept) -> None:
    kept.run()
    (kept.root / "main.py").unlink()
    assert not kept.was_told()


def test_same_content_at_another_time_is_the_same(kept: Kept) -> None:
    kept.run()
    for name in ("Dockerfile", "main.py"):
        content = (kept.root / name).read_bytes()
        (kept.root / name).unlink()
        (kept.root / name).write_bytes(content)
    assert kept.was_told()


def test_rights_that_change_are_seen(kept: Kept) -> None:
    kept.run()
    (kept.root / "main.py").chmod(0o600)
    assert not kept.was_told()


def test_other_words_and_colours_are_other_questions(kept: Kept) -> None:
    kept.run()
    assert not kept.was_told("--strict")
    assert not kept.was_told(FORCE_COLOR="1")


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 400])
def test_broken_entry_is_none(kept: Kept, damage: bytes) -> None:
    first = kept.run()
    (entry,) = kept.entries
    entry.write_bytes(damage)
    assert _said(kept.run()) == _said(first)
    entry.write_bytes(entry.read_bytes()[:-1])
    assert _said(kept.run()) == _said(first)


@pytest.mark.parametrize("words", [("--no-cache",), ("--write",), ("--write", "--no-cache"), ("nowhere",)])
def test_what_writes_fails_or_is_told_not_to_keeps_nothing(kept: Kept, words: tuple[str, ...]) -> None:
    kept.run(*words)
    assert kept.entries == []


def test_nothing_is_kept_inside_of_what_was_looked_at(kept: Kept) -> None:
    kept.cache = kept.root / "sub"
    (kept.cache / "dockerfix").mkdir()
    kept.run()
    assert kept.entries == []


def test_runs_beside_each_other_leave_a_whole_entry(kept: Kept) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(kept.cache), "DOCKERFIX_NO_CACHE": ""}
    command = [sys.executable, "-m", "dockerfix"]
    runs = [
        subprocess.Popen(command, cwd=kept.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(3)
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert len(outputs) == 1
    assert len(kept.entries) == 1
    assert kept.was_told()


def _looks(function: ast.Attribute) -> bool:
    owner = ast.unparse(function.value)
    if owner == "os":
        return function.attr in {"stat", "lstat", "scandir", "listdir", "walk", "readlink", "access", "open"}
    asked = {"exists", "lexists", "isfile", "isdir", "islink", "realpath", "getmtime", "getsize", "samefile"}
    return (owner == "os.path" and function.attr in asked) or function.attr in _OF_PATHS


def test_nobody_looks_at_files_but_through_looks() -> None:
    root = Path(dockerfix.__path__[0])
    found = [
        f"{path.relative_to(root)}:{node.lineno} {node.func.attr}"
        for path in sorted(root.rglob("*.py"))
        if not path.relative_to(root).as_posix().startswith(_MAY_LOOK)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _looks(node.func)
    ]
    assert found == []
