"""The other commands, formats on standard output, and colours."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import PIP, Project, Run

from dockerfix.rules import all_rules

COMMAND = [sys.executable, "-m", "dockerfix"]


class TestRule:
    def test_without_a_name_all_are_listed(self, run: Run) -> None:
        said = run("rule")
        assert said.code == 0
        assert [line.split()[0] for line in said.out.splitlines()[:-2]] == [rule.code for rule in all_rules()]

    @pytest.mark.parametrize("name", ["DF401", "df401", "shell-form-cmd", "Shell-Form-Cmd"])
    def test_one_is_explained(self, run: Run, name: str) -> None:
        said = run("rule", name)
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("# DF401 shell-form-cmd\n")

    def test_an_unknown_one(self, run: Run) -> None:
        said = run("rule", "shell-from-cmd")
        assert said.code == 2
        assert said.err.startswith("error: rule: there is no rule shell-from-cmd (did you mean shell-form-cmd?)")

    def test_the_start_of_several(self, run: Run) -> None:
        said = run("rule", "DF")
        assert said.code == 2
        assert said.err.startswith("error: DF is the start of several rules (DF101, ")

    def test_a_file_of_that_name_is_reached_as_a_path(self, run: Run, project: Project) -> None:
        project({"rule": PIP})
        assert run("./rule", "--select=DF301").out.startswith("rule:2:9  DF301 ")


class TestDebugTree:
    def test_prints_the_tree(self, run: Run, project: Project) -> None:
        project({"Dockerfile": PIP})
        said = run("debug", "tree", "Dockerfile")
        assert said.code == 0
        assert said.out.startswith("Dockerfile, 44 bytes, escape \\\n  0-21 FROM (line 1)\n")

    def test_reads_standard_input(self, run: Run) -> None:
        assert run("debug", "tree", "-", stdin=b"FROM a\n").out.startswith("Dockerfile, 7 bytes")

    def test_a_missing_file(self, run: Run) -> None:
        said = run("debug", "tree", "gone")
        assert (said.code, said.err) == (2, "error: gone: no such file or folder\n")


def test_the_version(run: Run) -> None:
    assert re.fullmatch(r"dockerfix \d+\.\d+\.\d+\S*\n", run("--version").out)


def test_help_names_the_other_commands(run: Run) -> None:
    said = run("--help")
    assert said.code == 0
    assert said.out.startswith("Usage: dockerfix [OPTIONS] ")
    assert "dockerfix rule [ID]" in said.out


class TestFormats:
    @pytest.mark.parametrize("mode", ["--check", "--diff", "--write"])
    def test_json_is_alone_on_standard_output(self, run: Run, project: Project, mode: str) -> None:
        project({"Dockerfile": PIP})
        said = run(mode, "--format=json", "--select=DF301")
        found = json.loads(said.out)
        assert found["mode"] == mode.removeprefix("--")
        assert found["files"][0]["findings"][0]["fix"]["edits"][0]["content"] == {"text": " --no-cache-dir"}
        assert said.err == ""

    def test_errors_stand_in_the_json_and_on_standard_error(self, run: Run) -> None:
        said = run("--format=json", "gone")
        assert json.loads(said.out)["errors"] == [{"path": "gone", "line": None, "message": "no such file or folder"}]
        assert said.err == "error: gone: no such file or folder\n"

    def test_sarif_carries_the_exit_code(self, run: Run, project: Project) -> None:
        project({"Dockerfile": PIP})
        said = run("--format=sarif", "--select=DF301")
        (log,) = json.loads(said.out)["runs"]
        assert log["invocations"][0]["exitCode"] == said.code == 1
        assert [result["ruleId"] for result in log["results"]] == ["DF301"]
        assert [rule["id"] for rule in log["tool"]["driver"]["rules"]] == [rule.code for rule in all_rules()]

    def test_github(self, run: Run, project: Project) -> None:
        project({"Dockerfile": PIP})
        said = run("--format=github", "--select=DF301", ".", "gone")
        assert said.out.splitlines()[0] == "::error file=gone,title=dockerfix::no such file or folder"
        assert said.out.splitlines()[1].startswith(
            "::warning file=Dockerfile,line=2,col=9,title=DF301 pip-cache-kept::"
        )
        assert said.err == ""


def terminal(words: list[str], folder: Path, **environment: str) -> str:
    """What one terminal shows of both streams."""
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=folder, stdout=slave, stderr=slave, env={**variables, "TERM": "xterm", **environment}
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    process.wait()
    return shown.decode().replace("\r\n", "\n")


class TestColours:
    WORDS = ("--diff", "--select=DF301")
    ADDED = "\x1b[32m+RUN pip install --no-cache-dir flask\x1b[0m\n"

    def test_a_terminal_gets_them(self, project: Project) -> None:
        shown = terminal([*self.WORDS], project({"Dockerfile": PIP}))
        assert self.ADDED in shown
        assert "\x1b[1;31mDF301" in shown

    @pytest.mark.parametrize(
        ("words", "environment"),
        [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), (["--no-color"], {"FORCE_COLOR": "1"})],
    )
    def test_unless_somebody_says_no(self, project: Project, words: list[str], environment: dict[str, str]) -> None:
        shown = terminal([*self.WORDS, *words], project({"Dockerfile": PIP}), **environment)
        assert "\x1b" not in shown
        assert "+RUN pip install --no-cache-dir flask\n" in shown

    def test_a_pipe_gets_none(self, run: Run, project: Project) -> None:
        project({"Dockerfile": PIP})
        assert "\x1b" not in run(*self.WORDS).out

    def test_unless_they_are_forced(self, run: Run, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        project({"Dockerfile": PIP})
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert self.ADDED in run(*self.WORDS).out

    def test_a_rules_page_is_rendered(self, project: Project) -> None:
        shown = terminal(["rule", "DF301"], project({}))
        assert "\x1b[" in shown
        assert "```" not in shown


def test_a_reader_that_has_seen_enough_is_no_error(project: Project) -> None:
    folder = project({f"{number}/Dockerfile": PIP for number in range(400)})
    command = f"{sys.executable} -m dockerfix --select=DF301 | head -1"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_the_module_is_the_command(project: Project) -> None:
    folder = project({"Dockerfile": PIP})
    done = subprocess.run([*COMMAND, "--select=DF301"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Dockerfile:2:9  DF301 ")
