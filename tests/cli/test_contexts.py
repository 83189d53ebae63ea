"""Which build context the command works in, and which Dockerfiles it leaves as they are."""

from __future__ import annotations

import json

import pytest
from command_line import PIP, PIP_REPAIRED, Project, Run

INSTALL = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
CMD ["python", "app.py"]
"""
REORDERED = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
APP = {"requirements.txt": "flask\n", "app.py": "import flask\n"}
ORDER = "--select=copy-before-install"
IGNORE = "--select=missing-ignore-file"


def compose(context: str, dockerfile: str = "Dockerfile") -> str:
    return f"services:\n  web:\n    build:\n      context: {context}\n      dockerfile: {dockerfile}\n"


def test_context_that_the_compose_file_names(run: Run, project: Project) -> None:
    folder = project({**APP, "docker/Dockerfile": INSTALL, "compose.yaml": compose(".", "docker/Dockerfile")})
    assert run("--write", ORDER).code == 0
    assert REORDERED in (folder / "docker/Dockerfile").read_text()


def test_context_that_is_named_wins(run: Run, project: Project) -> None:
    files = {"web/requirements.txt": "-e .\n", "web/setup.py": "", "web/app.py": ""}
    folder = project({**APP, **files, "docker/Dockerfile": INSTALL, "compose.yaml": compose(".", "docker/Dockerfile")})
    assert run("--write", ORDER, "--context=web").code == 0
    assert (folder / "docker/Dockerfile").read_text() == INSTALL


def test_ignore_file_is_written_into_the_context(run: Run, project: Project) -> None:
    folder = project(
        {**APP, ".env": "A=1\n", "docker/Dockerfile": INSTALL, "compose.yaml": compose(".", "docker/Dockerfile")}
    )
    assert "+++ b/.dockerignore" in run("--diff", IGNORE).out
    assert run("--write", IGNORE).code == 0
    assert (folder / ".dockerignore").is_file()
    assert not (folder / "docker/.dockerignore").exists()
    assert "Nothing to change" in run("--write", IGNORE).err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_two_dockerfiles_of_one_context_share_the_ignore_file(run: Run, project: Project, jobs: str) -> None:
    web = INSTALL.replace("app.py", "web.py")
    makefile = "x:\n\tdocker build -f docker/Dockerfile .\n"
    files = {"web.py": "", ".env": "A=1\n", "Dockerfile": INSTALL, "docker/Dockerfile": web, "Makefile": makefile}
    folder = project({**APP, **files})
    said = run("--write", IGNORE, f"--jobs={jobs}")
    assert said.code == 0, said.err
    assert (folder / ".dockerignore").is_file()
    assert "Nothing to change" in run("--write", IGNORE, f"--jobs={jobs}").err


def test_two_contexts(run: Run, project: Project) -> None:
    folder = project(
        {
            **APP,
            "web/Dockerfile": INSTALL,
            "web/requirements.txt": "-r base.txt\n",
            "web/base.txt": "flask\n",
            "web/app.py": "",
            "compose.yaml": compose("web"),
            "Makefile": "x:\n\tdocker build -f web/Dockerfile .\n",
        }
    )
    said = run("--write", ORDER)
    assert said.code == 0
    assert (folder / "web/Dockerfile").read_text() == INSTALL
    assert "[suggestion: it is built from web and ., and from . the repair is another one]" in said.err
    assert "note: it is built from web (compose.yaml:3) and . (Makefile:2); repairs have to hold in each" in said.err
    assert run("--write", ORDER, "--context=.").code == 0
    assert REORDERED in (folder / "web/Dockerfile").read_text()


def test_no_folder_fits(run: Run, project: Project) -> None:
    project(
        {"Dockerfile": INSTALL.replace("COPY . .", "COPY requirements.txt app.py ./").replace(" --no-cache-dir", "")}
    )
    said = run("--diff")
    assert (
        "note: COPY names requirements.txt, which no folder above has; name the build context with --context"
        in said.err
    )
    assert "--no-cache-dir" in said.out


def test_text_that_is_no_dockerfile_is_told_with_its_line(run: Run, project: Project) -> None:
    project({"web/Dockerfile": "FROM debian:12\nENV a\nCOPY a b\n"})
    said = run()
    assert said.code == 2
    assert "web/Dockerfile:2: not a Dockerfile that can be built: " in said.err


def test_context_that_was_taken_is_told_with_verbose(run: Run, project: Project) -> None:
    project({**APP, "docker/Dockerfile": INSTALL, "compose.yaml": compose(".", "docker/Dockerfile")})
    assert "note: its build context is ., as compose.yaml:3 says" in run("--verbose").out
    assert "note:" not in run().out


def test_notes_are_part_of_the_json_report(run: Run, project: Project) -> None:
    project({"Dockerfile": "FROM debian:12\nCOPY app .\n"})
    (file,) = json.loads(run("--format=json").out)["files"]
    assert file["notes"] == ["COPY names app, which no folder above has; name the build context with --context"]


def test_folder_outside_of_a_repository(run: Run, project: Project) -> None:
    folder = project({"p/" + path: text for path, text in {**APP, "docker/Dockerfile": INSTALL}.items()})
    (folder / ".git").rmdir()
    assert run("--write", ORDER, "p").code == 0
    assert REORDERED in (folder / "p/docker/Dockerfile").read_text()


@pytest.mark.parametrize("place", ["tests", "backend/examples/flask", ".devcontainer"])
def test_bystander_is_reported_and_not_written(run: Run, project: Project, place: str) -> None:
    folder = project({"Dockerfile": PIP, f"{place}/Dockerfile": PIP})
    said = run("--write", "--select=pip-cache-kept")
    assert said.code == 0
    assert (folder / "Dockerfile").read_text() == PIP_REPAIRED
    assert (folder / place / "Dockerfile").read_text() == PIP
    assert "name the file to repair it]" in said.err
    assert run("--diff", "--select=pip-cache-kept").out == ""


def test_bystander_that_is_named_is_written(run: Run, project: Project) -> None:
    folder = project({"tests/Dockerfile": PIP})
    assert run("--write", "--select=pip-cache-kept", "tests/Dockerfile").code == 0
    assert (folder / "tests/Dockerfile").read_text() == PIP_REPAIRED


def test_folder_that_is_named_counts_for_what_lies_in_it(run: Run, project: Project) -> None:
    folder = project({"examples/flask/Dockerfile": PIP})
    assert run("--write", "--select=pip-cache-kept", "examples").code == 0
    assert (folder / "examples/flask/Dockerfile").read_text() == PIP_REPAIRED


def test_generated_file_is_reported_and_not_written(run: Run, project: Project) -> None:
    source = "# Generated by update.sh\n" + PIP
    folder = project({"Dockerfile": source})
    said = run("--write", "--unsafe-fixes", "--select=pip-cache-kept")
    assert (folder / "Dockerfile").read_text() == source
    assert "[suggestion: it says «Generated by update.sh»; name the file to repair it]" in said.err
    assert run("--check", "--strict", "--select=pip-cache-kept").code == 1
