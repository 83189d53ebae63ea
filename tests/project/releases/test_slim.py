import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.releases.slim import SlimBlocker, slim_blockers


def blockers(files: dict[str, str], minor: str | None = None) -> list[tuple[str, str]]:
    return [(one.name, one.kind) for one in found(files, minor)]


def found(files: dict[str, str], minor: str | None = None) -> tuple[SlimBlocker, ...]:
    return slim_blockers(BuildContext.of_files(files), minor)


def test_an_ordinary_project_needs_nothing() -> None:
    assert (
        blockers({"requirements.txt": "fastapi\nuvicorn[standard]\npsycopg2-binary\n", "main.py": "import fastapi\n"})
        == []
    )


def test_a_package_without_wheels_needs_a_compiler() -> None:
    (one,) = found({"requirements.txt": "flask\npsycopg2==2.9.9\n"})
    assert (one.name, one.kind, one.where, one.needs) == (
        "psycopg2",
        "build",
        ("requirements.txt", 2),
        ("gcc", "libpq-dev"),
    )


def test_a_package_that_brings_one_without_wheels() -> None:
    (one,) = found({"requirements.txt": "Flask-MySQLdb\n"})
    assert (one.name, one.because) == (
        "mysqlclient",
        "mysqlclient through flask-mysqldb has no wheel for Linux, so pip compiles it",
    )


def test_a_pin_without_a_wheel_for_the_python_needs_a_compiler() -> None:
    files = {"requirements.txt": "lxml==4.9.1\n"}
    assert blockers(files, "3.12") == [("lxml", "build")]
    assert blockers(files, "3.11") == []


def test_a_library_of_the_system() -> None:
    (one,) = found({"requirements.txt": "opencv-python\n"})
    assert (one.kind, one.needs[0]) == ("library", "libglib2.0-0")


@pytest.mark.parametrize("requirement", ["psycopg[binary]", "psycopg\npsycopg-binary"])
def test_an_extra_brings_the_library_along(requirement: str) -> None:
    assert blockers({"requirements.txt": f"{requirement}\n"}) == []
    assert blockers({"requirements.txt": "psycopg\n"}) == [("psycopg", "library")]


def test_a_requirement_from_git_needs_git() -> None:
    assert ("git", "git") in blockers({"requirements.txt": "lib @ git+https://example.org/lib.git\n"})


def test_a_requirement_from_a_url_may_need_a_compiler() -> None:
    assert ("lib", "unknown") in blockers({"requirements.txt": "lib @ https://example.org/lib-1.tar.gz\n"})


def test_a_version_out_of_git_needs_git() -> None:
    text = '[build-system]\nrequires = ["setuptools-scm"]\n[project]\nname = "a"\n'
    assert blockers({"pyproject.toml": text}) == [("git", "git")]


def test_a_locked_git_dependency_needs_git() -> None:
    text = '[[package]]\nname = "lib"\nversion = "1"\n[package.source]\ntype = "git"\nurl = "https://example.org/lib"\n'
    assert ("git", "git") in blockers({"poetry.lock": text})


def test_a_command_that_only_the_full_image_has() -> None:
    (one,) = found({"app.py": 'import subprocess\n\nsubprocess.run(["git", "status"])\n'})
    assert (one.name, one.kind, one.where, one.needs) == ("git", "command", ("app.py", 3), ("git",))


def test_a_command_that_neither_image_has_is_no_matter_of_slim() -> None:
    assert blockers({"app.py": 'import os\nos.system("ffmpeg -i a b")\n'}) == []


def test_an_extension_module_needs_a_compiler() -> None:
    text = "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('a', ['a.c'])])\n"
    assert blockers({"setup.py": text}) == [("setup.py", "build")]


def test_each_need_is_told_once() -> None:
    assert blockers({"requirements.txt": "uwsgi\n", "requirements-prod.txt": "uwsgi\n"}) == [("uwsgi", "build")]


def test_development_requirements_do_not_count() -> None:
    assert blockers({"requirements-dev.txt": "psycopg2\n"}) == []
