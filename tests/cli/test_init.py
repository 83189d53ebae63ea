"""`dockerfix init` and `dockerfix completion`."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from command_line import PIP, Project, Run

from dockerfix.cli import COMMANDS
from dockerfix.config import read_config
from dockerfix.rules import all_rules

HOOK, CONFIG, GITHUB = ".pre-commit-config.yaml", "dockerfix.toml", ".github/workflows/dockerfix.yml"


class TestInit:
    def test_yes_takes_the_usual_answers_and_shows_them(self, run: Run, folder: Path) -> None:
        said = run("init", "--yes")
        assert said.code == 0
        assert "dockerfix.toml [Y/n] y\n" in said.err
        assert (folder / HOOK).is_file()
        assert (folder / CONFIG).is_file()
        assert not (folder / GITHUB).exists()

    def test_a_repository_with_workflows_gets_one_that_is_valid(self, run: Run, project: Project) -> None:
        folder = project({".github/dependabot.yml": ""})
        run("init", "--yes")
        job = yaml.safe_load((folder / GITHUB).read_text())
        assert job["permissions"] == {"contents": "read"}
        assert any("dockerfix --format github" in step.get("run", "") for step in job["jobs"]["dockerfix"]["steps"])

    def test_answers_are_asked_for(self, run: Run, folder: Path) -> None:
        said = run("init", stdin=b"n\ny\n\n")
        assert not (folder / CONFIG).exists()
        assert (folder / HOOK).is_file()
        assert "Repair Dockerfiles in each commit (pre-commit)? .pre-commit-config.yaml [Y/n]" in said.err

    def test_an_ignore_file_is_written_where_an_image_is_built(self, run: Run, project: Project) -> None:
        text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
        folder = project({"Dockerfile": text, "main.py": "print(1)\n"})
        said = run("init", "--yes")
        assert "Keep local files, caches and secrets out of the image's build? .dockerignore [Y/n] y\n" in said.err
        assert ".env\n" in (folder / ".dockerignore").read_text()
        assert (folder / "Dockerfile").read_text() == text

    def test_an_ignore_file_that_is_there_is_not_asked_about(self, run: Run, project: Project) -> None:
        text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
        folder = project({"Dockerfile": text, ".dockerignore": "node_modules\n"})
        assert ".dockerignore" not in run("init", "--yes").err
        assert (folder / ".dockerignore").read_text() == "node_modules\n"

    def test_nobody_there_to_answer_is_an_error(self, run: Run, folder: Path) -> None:
        said = run("init")
        assert said.code == 2
        assert said.err.endswith("there is no one to answer; --yes takes the default answers\n")
        assert not (folder / CONFIG).exists()

    @pytest.mark.parametrize("name", [HOOK, CONFIG, GITHUB, ".gitlab-ci.yml"])
    def test_nothing_is_overwritten(self, run: Run, project: Project, name: str) -> None:
        folder = project({name: "# ours\n"})
        said = run("init", "--yes")
        assert (folder / name).read_text() == "# ours\n"
        assert f"{name} exists and is left as it is.\n" in said.err

    def test_settings_in_pyproject_count_as_a_configuration(self, run: Run, project: Project) -> None:
        folder = project({"pyproject.toml": "[tool.dockerfix]\n"})
        assert "pyproject.toml exists and is left as it is.\n" in run("init", "--yes").err
        assert not (folder / CONFIG).exists()

    def test_each_line_of_the_configuration_can_be_taken_as_it_is(self, run: Run, folder: Path) -> None:
        run("init", "--yes")
        text = (folder / CONFIG).read_text()
        (folder / CONFIG).write_text(text.replace("# select", "select").replace("# ignore", "ignore"))
        lines = [line.removeprefix("# ") for line in text.splitlines()[3:]]
        (folder / CONFIG).write_text("\n".join(lines))
        assert set(tomllib.loads("\n".join(lines))) == {"select", "ignore", "exclude", "unsafe-fixes", "strict"}
        read_config(folder / CONFIG)

    def test_the_hook_finds_the_files_that_a_search_finds(self, run: Run, project: Project) -> None:
        folder = project({"Dockerfile": PIP})
        run("init", "--yes")
        (hook,) = yaml.safe_load((folder / HOOK).read_text())["repos"][0]["hooks"]
        assert hook["entry"] == "dockerfix --write --quiet --force-exclude"
        assert hook["require_serial"]


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_it_knows_commands_options_and_rules(self, run: Run, shell: str) -> None:
        said = run("completion", shell)
        assert said.code == 0
        for word in (*COMMANDS, "--write", "--bisect", "DF101", *(rule.name for rule in all_rules())):
            assert word in said.out

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_shell_takes_it(self, run: Run, folder: Path, shell: str) -> None:
        if shutil.which(shell) is None:
            pytest.skip(f"{shell} is not installed")
        (folder / "script").write_text(run("completion", shell).out)
        subprocess.run([shell, "-n", "script"], cwd=folder, check=True)

    @pytest.mark.parametrize(
        ("words", "found"), [("dockerfix ver", "verify"), ("dockerfix rule shell-f", "shell-form-cmd")]
    )
    def test_bash_completes(self, run: Run, folder: Path, words: str, found: str) -> None:
        (folder / "script").write_text(run("completion", "bash").out)
        call = "source ./script; COMP_WORDS=({}); COMP_CWORD={}; _dockerfix; echo ${{COMPREPLY[@]}}"
        call = call.format(words, words.count(" "))
        done = subprocess.run(["bash", "-c", call], cwd=folder, check=True, capture_output=True, text=True)
        assert done.stdout == f"{found}\n"
