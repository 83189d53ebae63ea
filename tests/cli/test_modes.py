"""Checking, showing and writing: what goes where, and the exit codes."""

from __future__ import annotations

import json
import subprocess

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run

ONLY_PIP = "--select=DF301"


def test_check_is_the_default_and_changes_nothing(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": PIP})
    said = run(ONLY_PIP)
    assert said.code == 1
    assert said.out.startswith("Dockerfile:2:9  DF301 pip-cache-kept: Add --no-cache-dir — ")
    assert "[safe: " in said.out
    assert said.err == ""
    assert (folder / "Dockerfile").read_text() == PIP


def test_check_says_what_to_type_next(run: Run, project: Project) -> None:
    project({"my app/Dockerfile": PIP})
    said = run("--check", ONLY_PIP, "my app")
    assert "1 repair can be made in 1 Dockerfile\n" in said.out
    assert "  dockerfix --diff --select=DF301 'my app'   shows the change\n" in said.out
    assert "  dockerfix --write --select=DF301 'my app'  makes it\n" in said.out


def test_a_clean_file_is_0_and_says_so(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP_REPAIRED})
    said = run(ONLY_PIP)
    assert (said.code, said.out, said.err) == (0, "Nothing to repair in 1 Dockerfile\n", "")


def test_diff_has_standard_output_for_itself(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": PIP})
    said = run("--diff", ONLY_PIP)
    assert said.code == 1
    assert said.out == (
        "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n FROM python:3.12-slim\n"
        "-RUN pip install flask\n+RUN pip install --no-cache-dir flask\n"
    )
    assert said.err.startswith("Dockerfile:2:9  DF301 ")
    assert "dockerfix --write --select=DF301" in said.err
    assert (folder / "Dockerfile").read_text() == PIP


def test_diff_of_a_clean_file_is_empty(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP_REPAIRED})
    said = run("--diff", ONLY_PIP)
    assert (said.code, said.out) == (0, "")


def test_write_makes_the_change_and_a_second_run_nothing(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": PIP})
    said = run("--write", ONLY_PIP)
    assert (said.code, said.out) == (0, "")
    assert "1 repair made in 1 Dockerfile\n" in said.err
    assert (folder / "Dockerfile").read_text() == PIP_REPAIRED
    again = run("--write", ONLY_PIP)
    assert (again.code, again.out, again.err) == (0, "", "Nothing to change in 1 Dockerfile\n")
    assert (folder / "Dockerfile").read_text() == PIP_REPAIRED


def test_the_diff_is_what_write_does(run: Run, project: Project) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": "FROM python:latest\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python a\n",
        "requirements.txt": "flask\n",
        "a.py": "import flask\n",
    }
    folder = project(files)
    diff = run("--diff").stdout
    subprocess.run(["git", "apply", "-"], cwd=folder, input=diff, check=True)
    applied = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    (folder / ".dockerignore").unlink(missing_ok=True)
    project(files)
    assert run("--write").code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == applied
    assert applied["Dockerfile"] != files["Dockerfile"]


def test_quiet_keeps_the_findings_only(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP})
    said = run("--quiet", ONLY_PIP)
    assert said.code == 1
    assert said.out.count("\n") == 1
    project({"Dockerfile": PIP_REPAIRED})
    assert run("-q", ONLY_PIP).out == ""


def test_verbose_names_files_without_findings_and_the_configuration(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP_REPAIRED, "dockerfix.toml": 'select = ["DF301"]\n'})
    assert run("--verbose").out == (
        "configuration: dockerfix.toml\nDockerfile  nothing to change\n\nNothing to repair in 1 Dockerfile\n"
    )


def test_bytes_that_are_no_utf_8_pass_through_the_diff(run: Run, project: Project) -> None:
    project({"Dockerfile": b"FROM python:3.12-slim\r\n# caf\xe9\r\nRUN pip install flask\r\n"})
    assert b" # caf\xe9\r\n-RUN pip install flask\r\n" in run("--diff", ONLY_PIP).stdout


@pytest.mark.parametrize("tool", [["git", "apply"], ["patch", "-p1", "-i"]])
def test_the_diff_of_a_folder_above_says_where_it_applies(
    run: Run, project: Project, monkeypatch: pytest.MonkeyPatch, tool: list[str]
) -> None:
    folder = project({"api/Dockerfile": PIP, "web/Dockerfile": PIP, "web/x": ""})
    monkeypatch.chdir(folder / "web")
    said = run("--diff", ONLY_PIP, ".", "../api")
    assert "git -C .. apply" in said.err
    (folder / "fix.patch").write_bytes(said.stdout)
    subprocess.run([*tool, "fix.patch"], cwd=folder, check=True)
    assert (folder / "api/Dockerfile").read_text() == (folder / "web/Dockerfile").read_text() == PIP_REPAIRED


class TestStandardInput:
    def test_write_prints_the_repaired_file(self, run: Run) -> None:
        said = run("--write", ONLY_PIP, "-", stdin=PIP.encode())
        assert (said.code, said.out) == (0, PIP_REPAIRED)
        assert said.err.startswith("<stdin>:2:9  DF301 ")

    def test_write_prints_a_clean_file_as_it_is(self, run: Run) -> None:
        source = b"\xef\xbb\xbfFROM a\r\n# \xff"
        assert run("--write", ONLY_PIP, "-", stdin=source).stdout == source

    def test_diff_prints_the_diff(self, run: Run) -> None:
        said = run("--diff", ONLY_PIP, "-", stdin=PIP.encode())
        assert said.code == 1
        assert said.out.startswith("--- a/Dockerfile\n+++ b/Dockerfile\n")

    def test_check_reports(self, run: Run) -> None:
        said = run(ONLY_PIP, "-", stdin=PIP.encode())
        assert said.code == 1
        assert said.out.startswith("<stdin>:2:9  DF301 ")

    def test_what_is_no_dockerfile_prints_nothing(self, run: Run) -> None:
        said = run("--write", "-", stdin=b"hello\n")
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("error: <stdin>:1: not a Dockerfile that can be built: ")


class TestStrict:
    PIPE = "FROM python:3.12-slim\nCMD serve | tee log\n"

    def test_what_only_a_person_can_decide_fails_no_build(self, run: Run, project: Project) -> None:
        project({"Dockerfile": self.PIPE})
        said = run("--select=DF401")
        assert said.code == 0
        assert "DF401" in said.out

    @pytest.mark.parametrize("mode", ["--check", "--diff", "--write"])
    def test_with_strict_it_does(self, run: Run, project: Project, mode: str) -> None:
        project({"Dockerfile": self.PIPE})
        assert run("--select=DF401", "--strict", mode).code == 1

    def test_strict_may_stand_in_the_configuration(self, run: Run, project: Project) -> None:
        project({"Dockerfile": self.PIPE, "dockerfix.toml": "strict = true\n"})
        assert run("--select=DF401").code == 1


MISSPELT = "FROM python:3.12-slim\n# dockerfix: ignore DF501\nRUN pip install flask\n"


def test_a_misspelt_comment_is_told_and_changes_no_exit_code(run: Run, project: Project) -> None:
    project({"Dockerfile": MISSPELT})
    said = run("--check", "--select=DF301", "--quiet")
    assert said.code == 0
    assert said.out == (
        "Dockerfile:2  warning: this comment silences every rule: write `# dockerfix: ignore=DF501` for DF501 alone\n"
    )


def test_what_is_silenced_is_listed_with_verbose(run: Run, project: Project) -> None:
    text = "# dockerfix: ignore=DF301\nFROM python:3.12-slim\n# dockerfix: ignore=DF301 wanted\nRUN pip install a\n"
    project({"Dockerfile": text})
    out = run("--check", "--select=DF301", "--verbose").out
    assert "Dockerfile:4:9  DF301 pip-cache-kept: pip keeps its download cache in the image [silenced by line 1]" in out
    assert "Dockerfile:3    note: # dockerfix: ignore=DF301 wanted silences nothing" in out


def test_what_is_silenced_is_in_the_json_report(run: Run, project: Project) -> None:
    project({"Dockerfile": MISSPELT})
    (file,) = json.loads(run("--select=DF301", "--format=json").out)["files"]
    assert [one["line"] for one in file["warnings"]] == [2]
    assert [(one["code"], one["comment_line"]) for one in file["silenced"]] == [("DF301", 2)]
    assert file["unused_ignores"] == []
