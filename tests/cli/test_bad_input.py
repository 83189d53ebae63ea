"""Bad input: one clear sentence with file and line, the file untouched, the other files done, exit code 2."""

from __future__ import annotations

import errno
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run

ONLY_PIP = "--select=DF301"


def test_a_missing_path(run: Run) -> None:
    said = run("nowhere/Dockerfile")
    assert (said.code, said.out, said.err) == (2, "", "error: nowhere/Dockerfile: no such file or folder\n")


def test_a_path_below_a_file(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP})
    assert run("Dockerfile/x").err == "error: Dockerfile/x: no such file: a part of the path is no folder\n"


def test_a_name_that_no_system_takes(run: Run) -> None:
    assert run("x" * 300).err.endswith(": no such file: the name is too long\n")
    assert run("a\0b").err.endswith(": no such file: the name holds a NUL byte\n")


def test_a_folder_without_a_dockerfile(run: Run, project: Project) -> None:
    project({"docs/readme.md": ""})
    said = run("docs")
    assert said.code == 2
    assert said.err.startswith("error: docs: no Dockerfile in this folder or below (looked for Dockerfile, ")


def test_a_pipe(run: Run, folder: Path) -> None:
    os.mkfifo(folder / "Dockerfile")
    assert run("Dockerfile").err == "error: Dockerfile: not a regular file but a pipe\n"


def test_a_socket(run: Run, folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("Dockerfile")
        assert run("Dockerfile").err == "error: Dockerfile: not a regular file but a socket\n"


def test_a_device(run: Run) -> None:
    assert run("/dev/null").err == "error: /dev/null: not a regular file but a device\n"


def test_a_file_that_cannot_be_read(run: Run) -> None:
    assert run("/proc/self/mem").err == "error: /proc/self/mem: cannot be read (Input/output error)\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(run: Run, project: Project) -> None:
    (project({"Dockerfile": PIP}) / "Dockerfile").chmod(0)
    assert run("Dockerfile").err == "error: Dockerfile: cannot be read (permission denied)\n"


def test_more_than_1_mib(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP + "#" * 1024 * 1024})
    assert run().err == "error: Dockerfile: larger than 1 MiB\n"


def test_1_mib_is_not_too_large(run: Run, project: Project) -> None:
    filler = "# " + "x" * 1000 + "\n"
    text = PIP + filler * (1024 * 1024 // len(filler) - 1)
    project({"Dockerfile": text + "#" * (1024 * 1024 - len(text))})
    assert run(ONLY_PIP).code == 1


def test_more_than_1_mib_on_standard_input(run: Run) -> None:
    said = run("-", stdin=b"#" * (1024 * 1024 + 1))
    assert (said.code, said.err) == (2, "error: <stdin>: larger than 1 MiB\n")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FROM a\n\nRUNN b\n", ":3", "unknown instruction: RUNN"),
        ("RUN a\n", "", "no FROM"),
        ("", "", ""),
        ("# nothing but a comment\n", "", ""),
        ("FROM a\nRUN <<EOF\necho\n", ":2", "unterminated heredoc"),
        ("#!/bin/sh\necho hello\n", ":2", "unknown instruction: echo"),
    ],
)
def test_text_that_is_no_dockerfile(run: Run, project: Project, text: str, line: str, words: str) -> None:
    folder = project({"Dockerfile": text})
    said = run("--write")
    assert said.code == 2
    assert said.err.startswith(f"error: Dockerfile{line}: not a Dockerfile that can be built: ")
    assert words in said.err
    assert said.err.count("\n") == 1
    assert (folder / "Dockerfile").read_text() == text


def test_a_symlink_that_leads_to_itself(run: Run, folder: Path) -> None:
    (folder / "Dockerfile").symlink_to("Dockerfile")
    assert run("Dockerfile").err == "error: Dockerfile: a symbolic link that leads back to itself\n"


def test_a_broken_symlink(run: Run, folder: Path) -> None:
    (folder / "Dockerfile").symlink_to("gone")
    assert run("Dockerfile").err == "error: Dockerfile: no such file or folder\n"


def test_the_other_files_are_still_done(run: Run, project: Project) -> None:
    folder = project({"a/Dockerfile": PIP, "b/Dockerfile": "NOPE\n", "c/Dockerfile": PIP})
    said = run("--write", ONLY_PIP, "a", "gone", "b", "c")
    assert said.code == 2
    assert said.err.splitlines()[-2:] == [
        "error: gone: no such file or folder",
        "error: b/Dockerfile:1: not a Dockerfile that can be built: unknown instruction: NOPE",
    ]
    assert (folder / "a/Dockerfile").read_text() == (folder / "c/Dockerfile").read_text() == PIP_REPAIRED
    assert (folder / "b/Dockerfile").read_text() == "NOPE\n"


def test_an_error_wins_over_something_to_repair(run: Run, project: Project) -> None:
    project({"a/Dockerfile": PIP, "b/Dockerfile": "NOPE\n"})
    assert run(ONLY_PIP).code == 2


def test_a_broken_configuration_stops_only_the_files_it_holds_for(run: Run, project: Project) -> None:
    folder = project({"a/Dockerfile": PIP, "b/Dockerfile": PIP, "b/c/Dockerfile": PIP, "b/dockerfix.toml": "x = = 1\n"})
    said = run("--write", ONLY_PIP)
    assert said.code == 2
    assert said.err.count("error: ") == 1
    assert "error: b/dockerfix.toml:1: not valid TOML: " in said.err
    assert (folder / "a/Dockerfile").read_text() == PIP_REPAIRED
    assert (folder / "b/Dockerfile").read_text() == PIP


def test_a_configuration_with_an_unknown_rule_is_told_with_its_line(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP, "dockerfix.toml": '\nignore = ["shell-from-cmd"]\n'})
    said = run()
    assert said.code == 2
    assert "dockerfix.toml:2: ignore: there is no rule shell-from-cmd (did you mean shell-form-cmd?)" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--check", "--diff"], "--check and --diff contradict each other; choose one"),
        (["--diff", "--write"], "--diff and --write contradict each other; choose one"),
        (["-", "Dockerfile"], "- reads one Dockerfile from standard input and cannot stand beside other paths"),
        (["-q", "-v"], "--quiet and --verbose contradict each other"),
        (["--select=DF401", "--ignore=shell-form-cmd"], "DF401 is both selected and ignored (by shell-form-cmd)"),
        (["--select=DF4,DF301", "--ignore=DF3"], "DF301 is both selected and ignored (by DF3)"),
        (["--select=ZZ000"], "--select: there is no rule ZZ000; `dockerfix rule` lists them"),
        (["--select=DF5o1"], "--select: there is no rule DF5o1 (did you mean DF501?); `dockerfix rule` lists them"),
        (["--ignore=shell-form"], "--ignore: there is no rule shell-form (did you mean shell-form-cmd?)"),
        (["--select="], "--select names no rule"),
        (["--python=3"], "--python 3: a version like 3.13 is needed"),
        (["--context=gone"], "--context gone: no such folder"),
        (["--write", "--format=json", "-"], "with - and --write standard output is the repaired file; --format json "),
    ],
)
def test_options_that_contradict_each_other_or_name_nothing(
    run: Run, project: Project, words: list[str], sentence: str
) -> None:
    folder = project({"Dockerfile": PIP})
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {sentence}")
    assert said.err.count("\n") == 1
    assert (folder / "Dockerfile").read_text() == PIP


@pytest.mark.parametrize("words", [["--wirte"], ["--jobs=0"], ["--format=xml"], ["--jobs=many"]])
def test_options_that_do_not_exist_are_2_too(run: Run, words: list[str]) -> None:
    assert run(*words).code == 2


def in_process(folder: Path, *words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, where no file may grow beyond `limit` bytes."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-B", "-m", "dockerfix", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, preexec_fn=limited)


def test_a_disk_that_takes_no_more_leaves_every_file_as_it_was(project: Project) -> None:
    long = PIP + "# " + "x" * 3000 + "\n"
    folder = project({"a/Dockerfile": PIP, "b/Dockerfile": long, "c/Dockerfile": PIP})
    done = in_process(folder, "--write", ONLY_PIP, limit=2000)
    assert done.returncode == 2
    assert "error: b/" in done.stderr
    assert "cannot be written" in done.stderr
    assert (folder / "b/Dockerfile").read_text() == long
    assert sorted(path.name for path in (folder / "b").iterdir()) == ["Dockerfile"]
    assert (folder / "c/Dockerfile").read_text() == PIP_REPAIRED
    assert "2 repairs made in 2 Dockerfiles" in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file(run: Run, project: Project) -> None:
    (project({"Dockerfile": PIP}) / "Dockerfile").chmod(0o444)
    said = run("--write", ONLY_PIP)
    assert said.code == 2
    assert said.err.endswith("error: Dockerfile: read-only; make it writable (chmod u+w) and run again\n")


def test_an_error_while_writing_names_the_file_and_no_temporary_one(
    run: Run, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"a/Dockerfile": PIP})

    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(source))

    monkeypatch.setattr(os, "replace", full)
    said = run("--write", ONLY_PIP, "a/Dockerfile")
    assert said.err.splitlines()[-1] == (
        "error: a/Dockerfile: cannot be written (No space left on device); nothing was changed"
    )
    assert os.listdir("a") == ["Dockerfile"]


def test_a_file_with_a_long_name_is_repaired(run: Run, project: Project) -> None:
    name = "x" * 229 + ".Dockerfile"  # the ignore file of its own has a name, too
    folder = project({name: PIP})
    assert run("--write", ONLY_PIP, name).code == 0
    assert (folder / name).read_text() == PIP_REPAIRED


def test_a_folder_where_a_file_is_needed(run: Run, project: Project) -> None:
    project({"a/Dockerfile": PIP})
    assert run("debug", "tree", "a").err == "error: a: a folder, where a file is needed\n"
