"""Which files and which rules: paths, options, configuration files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run

SHELL = "FROM python:3.12-slim\nRUN pip install flask\nCMD python app.py\n"


def codes(text: str) -> list[str]:
    """The codes in a report, one for each finding."""
    return [line.split()[1] for line in text.splitlines() if line[:1] != " " and " DF" in line]


def files(text: str) -> list[str]:
    """The files in a report, one for each finding."""
    return [line.split(":")[0] for line in text.splitlines() if " DF" in line and ":" in line.split()[0]]


def test_a_folder_is_searched_and_git_ignored_files_are_left_out(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP, "api/prod.Dockerfile": PIP, "build/Dockerfile": PIP, ".gitignore": "build/\n"})
    assert files(run("--select=DF301").out) == ["Dockerfile", "api/prod.Dockerfile"]


def test_a_file_is_taken_whatever_its_name(run: Run, project: Project) -> None:
    project({"image.txt": PIP})
    assert files(run("--select=DF301", "image.txt").out) == ["image.txt"]


def test_a_file_named_twice_is_worked_on_once(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": PIP})
    (folder / "link").symlink_to("Dockerfile")
    assert files(run("--select=DF301", "Dockerfile", "./Dockerfile", "link", ".").out) == ["Dockerfile"]


def test_a_symlink_stays_a_link_when_its_target_is_repaired(run: Run, project: Project) -> None:
    folder = project({"real/image": PIP})
    (folder / "Dockerfile").symlink_to("real/image")
    assert run("--write", "--select=DF301", "Dockerfile").code == 0
    assert (folder / "Dockerfile").is_symlink()
    assert (folder / "real/image").read_text() == PIP_REPAIRED


def test_files_come_in_the_order_of_the_paths(run: Run, project: Project) -> None:
    project({"a/Dockerfile": PIP, "b/Dockerfile": PIP})
    assert files(run("--select=DF301", "b", "a").out) == ["b/Dockerfile", "a/Dockerfile"]


def test_select_takes_codes_starts_and_names_repeated_or_with_commas(run: Run, project: Project) -> None:
    project({"Dockerfile": SHELL})
    assert codes(run("--select=DF4").out) == ["DF401"]
    assert codes(run("--select", "DF401,pip-cache-kept").out) == ["DF401", "DF301"]  # by what they are worth
    assert codes(run("--select=DF401", "--select=DF3", "--ignore=shell-form-cmd", "--ignore=DF1").out or "") == []


def test_ignore_takes_rules_away(run: Run, project: Project) -> None:
    project({"Dockerfile": SHELL})
    assert "DF301" not in codes(run("--ignore=DF3").out)


def test_the_configuration_selects(run: Run, project: Project) -> None:
    project({"Dockerfile": SHELL, "pyproject.toml": '[tool.dockerfix]\nselect = ["DF3"]\n'})
    assert codes(run().out) == ["DF301"]


def test_the_command_line_wins_over_the_configuration(run: Run, project: Project) -> None:
    project({"Dockerfile": SHELL, "dockerfix.toml": 'select = ["DF3"]\nignore = ["DF401"]\n'})
    assert codes(run("--select=DF401").out) == ["DF401"]


def test_each_file_has_the_settings_nearest_to_it(run: Run, project: Project) -> None:
    project(
        {
            "a/Dockerfile": SHELL,
            "b/Dockerfile": SHELL,
            "dockerfix.toml": 'select = ["DF3"]\n',
            "b/dockerfix.toml": 'select = ["DF4"]\n',
        }
    )
    assert codes(run().out) == ["DF301", "DF401"]


def test_excluded_files_are_not_searched_but_may_be_named(run: Run, project: Project) -> None:
    project({"old/Dockerfile": PIP, "Dockerfile": PIP, "dockerfix.toml": 'select = ["DF3"]\nexclude = ["old/"]\n'})
    assert files(run().out) == ["Dockerfile"]
    assert files(run("old/Dockerfile").out) == ["old/Dockerfile"]


def test_per_file_ignores(run: Run, project: Project) -> None:
    config = 'select = ["DF3"]\n[per-file-ignores]\n"*.dev" = ["pip-cache-kept"]\n'
    project({"Dockerfile": PIP, "Dockerfile.dev": PIP, "dockerfix.toml": config})
    assert files(run().out) == ["Dockerfile"]


def test_a_comment_silences_a_finding(run: Run, project: Project) -> None:
    project({"Dockerfile": PIP.replace("RUN", "# dockerfix: ignore=DF301 kept on purpose\nRUN")})
    assert run("--select=DF301").code == 0


def test_the_python_version_comes_from_the_command_line(run: Run, project: Project) -> None:
    folder = project({"Dockerfile": "FROM python:latest\n", "dockerfix.toml": '[rules.latest-tag]\npython = "3.11"\n'})
    run("--write", "--select=DF101")
    assert "FROM python:3.11-slim" in (folder / "Dockerfile").read_text()
    project({"Dockerfile": "FROM python:latest\n"})
    run("--write", "--select=DF101", "--python=3.13")
    assert "FROM python:3.13-slim" in (folder / "Dockerfile").read_text()


class TestContext:
    TEXT = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
    FILES: ClassVar[dict[str, str | bytes]] = {"docker/Dockerfile": TEXT, "app/main.py": "print()\n"}

    @pytest.mark.parametrize("words", [["--context=app"], []])
    def test_other_files_are_written_into_the_context(self, run: Run, project: Project, words: list[str]) -> None:
        folder = project({**self.FILES, "dockerfix.toml": "" if words else 'context = "app"\n'})
        assert run("--write", "--select=DF601", *words, "docker").code == 0
        assert (folder / "app/.dockerignore").is_file()
        assert not (folder / "docker/.dockerignore").exists()

    def test_the_diff_names_files_of_the_context(self, run: Run, project: Project) -> None:
        project(dict(self.FILES))
        assert "+++ b/app/.dockerignore\n" in run("--diff", "--select=DF601", "--context=app", "docker").out

    def test_an_ignore_file_beside_a_dockerfile_outside_counts(self, run: Run, project: Project) -> None:
        project({**self.FILES, "docker/Dockerfile.dockerignore": ".git\n", "app/.git/config": ""})
        assert run("--select=DF601", "--context=app", "docker/Dockerfile").code == 0

    def test_dockerfiles_of_one_context_write_one_ignore_file(self, run: Run, project: Project) -> None:
        text = self.TEXT
        folder = project({"Dockerfile": text, "Dockerfile.dev": text, "worker.Dockerfile": text, "main.py": ""})
        said = run("--diff", "--select=DF601")
        assert said.out.count("+++ b/.dockerignore\n") == 1
        assert run("--write", "--select=DF601").code == 0
        assert (folder / ".dockerignore").is_file()
        assert run("--write", "--select=DF601").err.splitlines()[-1].startswith("Nothing to change in 3 Dockerfiles")

    def test_standard_input_knows_the_context_it_is_given(self, run: Run, project: Project) -> None:
        folder: Path = project({"app/main.py": ""})
        said = run("--diff", "--select=DF601", "--context=app", "-", stdin=self.TEXT.encode())
        assert "+++ b/app/.dockerignore\n" in said.out
        written = run("--write", "--select=DF601", "--context=app", "-", stdin=self.TEXT.encode())
        assert written.out == self.TEXT
        assert "app/.dockerignore  would change too, but is not written from standard input" in written.err
        assert not (folder / "app/.dockerignore").exists()


class TestBaseImages:
    def test_the_configuration_tells_what_an_image_is_like(self, run: Run, project: Project) -> None:
        project({"Dockerfile": "FROM registry.corp/base:1\nCMD python app.py\n"})
        assert "[unsafe: " in run("--select=DF401").out
        project({"dockerfix.toml": '[base-images."registry.corp/*"]\nlike = "debian"\n'})
        assert "[safe: " in run("--select=DF401").out

    @pytest.mark.parametrize(
        ("line", "sentence"),
        [
            ('liek = "python"', "base-images.x: unknown fact liek (did you mean like?)"),
            ('default-users = "app"', "base-images.x: unknown fact default-users (did you mean default_user?)"),
            ('like = "pyton"', "base-images.x: like: dockerfix knows no base image pyton (did you mean python?)"),
            ("has_pip = 1", "base-images.x: has_pip must be true or false"),
        ],
    )
    def test_a_wrong_fact_is_told_with_its_line(self, run: Run, project: Project, line: str, sentence: str) -> None:
        project({"Dockerfile": PIP, "dockerfix.toml": f"[base-images.x]\n{line}\n"})
        said = run()
        assert (said.code, said.err) == (2, f"error: dockerfix.toml:2: {sentence}\n")


class TestForceExclude:
    def test_a_named_file_that_the_configuration_leaves_out(self, run: Run, project: Project) -> None:
        folder = project({"legacy/Dockerfile": PIP, "Dockerfile": PIP, "dockerfix.toml": 'exclude = ["legacy/"]\n'})
        assert run("--write", "--force-exclude", "--select=DF301", "legacy/Dockerfile", "Dockerfile").code == 0
        assert (folder / "legacy/Dockerfile").read_text() == PIP
        assert (folder / "Dockerfile").read_text() == PIP_REPAIRED

    @pytest.mark.parametrize("name", ["tests/Dockerfile", "pkg/fixtures/a/Dockerfile", "node_modules/x/Dockerfile"])
    def test_a_named_file_in_a_folder_that_is_not_written_to(self, name: str, run: Run, project: Project) -> None:
        folder = project({name: PIP})
        assert run("--write", "--force-exclude", "--select=DF301", name).code == 0
        assert (folder / name).read_text() == PIP

    def test_a_named_file_that_a_program_writes(self, run: Run, project: Project) -> None:
        folder = project({"Dockerfile": "# DO NOT EDIT\n" + PIP})
        assert run("--write", "--force-exclude", "--select=DF301", str(folder / "Dockerfile")).code == 0
        assert (folder / "Dockerfile").read_text() == "# DO NOT EDIT\n" + PIP

    def test_without_it_a_named_file_is_taken(self, run: Run, project: Project) -> None:
        folder = project({"tests/Dockerfile": PIP})
        assert run("--write", "--select=DF301", "tests/Dockerfile").code == 0
        assert (folder / "tests/Dockerfile").read_text() == PIP_REPAIRED
