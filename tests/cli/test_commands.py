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

from dockerfix.cli import COMMANDS
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

    @pytest.mark.parametrize("name", ["DF4", "df40"])
    def test_the_start_of_several_explains_them_all(self, run: Run, name: str) -> None:
        said = run("rule", name)
        codes = [rule.code for rule in all_rules() if rule.code.startswith(name.upper())]
        assert [line.split()[1] for line in said.out.splitlines() if line.startswith("# DF")] == codes

    def test_all(self, run: Run) -> None:
        assert run("rule", "all").out.count("\n# DF") == len(all_rules()) - 1

    def test_a_file_of_that_name_is_reached_as_a_path(self, run: Run, project: Project) -> None:
        project({"rule": PIP})
        assert run("./rule", "--select=DF301").out.startswith("rule:2:9: DF301 ")


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


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_names_the_other_commands_and_no_type_of_python(run: Run, word: str) -> None:
    said = run(word)
    assert said.code == 0
    assert said.out.startswith("Usage: dockerfix [OPTIONS] ")
    assert not [name for name in COMMANDS if f"\n    {name} " not in said.out]
    assert "<" not in said.out


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_its_help_under_both_names(run: Run, command: str) -> None:
    said = run(command, "-h")
    assert said.code == 0
    assert said.out == run("help", command).out
    assert said.out.startswith(f"Usage: dockerfix {command} ")
    assert "<" not in said.out


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_completion_is_a_command(run: Run, option: str) -> None:
    said = run(option)
    assert said.code == 2
    assert f"there is no option {option}: `dockerfix completion bash` (zsh, fish) prints the script" in said.err


class TestWordsOfOtherTools:
    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            (["check", "."], ["--check", "."]),
            (["lint"], ["--check"]),
            (["diff"], ["--diff"]),
            (["rules"], ["rule"]),
            (["explain", "DF101"], ["rule", "DF101"]),
            (["version"], ["--version"]),
        ],
    )
    def test_what_is_harmless_is_done(self, run: Run, project: Project, words: list[str], meant: list[str]) -> None:
        project({"Dockerfile": PIP})
        said = run(*words)
        assert "error" not in said.err
        assert said == run(*meant)

    @pytest.mark.parametrize("word", ["fix", "format", "apply"])
    def test_what_would_write_says_what_to_type(self, run: Run, project: Project, word: str) -> None:
        folder = project({"Dockerfile": PIP})
        said = run(word, "my app")
        assert (said.code, said.out) == (2, "")
        assert f"there is no command {word}: `dockerfix --write 'my app'` makes the repairs" in said.err
        assert (folder / "Dockerfile").read_text() == PIP

    def test_a_path_of_that_name_is_a_path(self, run: Run, project: Project) -> None:
        project({"fix/Dockerfile": PIP})
        assert run("fix", "--select=DF301").out.startswith("fix/Dockerfile:2:9: DF301 ")

    def test_a_misspelt_command(self, run: Run) -> None:
        assert run("verfy").err == "error: verfy: no such file or folder, and no command (did you mean verify?)\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--wirte"], "there is no option --wirte (did you mean --write?); `dockerfix --help` lists the options"),
        (
            ["pr", "--drat"],
            "there is no option --drat (did you mean --draft?); `dockerfix pr --help` lists the options",
        ),
        (["-x"], "there is no option -x;"),
        (["--jobs=0"], "invalid value for --jobs / -j: it must be greater than or equal to 1;"),
        (["--jobs=many"], "invalid value for --jobs / -j: it must be a whole number;"),
        (["--format=xml"], "invalid value for --format: xml is not one of text, json, sarif, github, gitlab, rdjson;"),
        (["rule", "a", "b"], "too many words: b;"),
        (["--select"], "option --select requires an argument;"),
    ],
)
def test_words_that_make_no_sense_are_told_in_one_sentence(run: Run, words: list[str], sentence: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {sentence}")
    assert said.err.count("\n") == 1


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
    assert done.stdout.startswith("Dockerfile:2:9: DF301 ")
