"""What the resolver is asked of a project, and what is never asked."""

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.releases.online_python import Question, candidates, proven_python, question


def asked(files: dict[str, str], inline: tuple[str, ...] = ()) -> Question:
    return question(BuildContext.of_files(files), inline)


def test_requirements_are_asked_about_with_their_extras_and_markers() -> None:
    found = asked({"requirements.txt": 'Flask[async]>=3\ntzdata; sys_platform == "win32"\n'})
    assert found.requirements == ("flask[async]>=3", 'tzdata; sys_platform == "win32"')
    assert found.unclear is None


def test_what_the_dockerfile_installs_by_name_is_asked_about_too() -> None:
    assert asked({"requirements.txt": "flask\n"}, ("gunicorn==22.0.0",)).requirements == ("flask", "gunicorn==22.0.0")


def test_requirements_of_development_are_left_out() -> None:
    files = {"requirements.txt": "flask\n", "requirements-dev.txt": "pytest\n"}
    assert asked(files).requirements == ("flask",)


def test_requirements_in_a_folder_count() -> None:
    files = {"requirements/prod.txt": "-r base.txt\ngunicorn\n", "requirements/base.txt": "flask\n"}
    assert set(asked(files).requirements) == {"flask", "gunicorn"}


def test_requirements_below_do_not_count_beside_others_unless_included() -> None:
    files = {"requirements.txt": "-r deps/base.txt\n", "deps/base.txt": "flask\n", "docs/requirements.txt": "numpy<2\n"}
    assert asked(files).requirements == ("flask",)


def test_locked_versions_and_constraints_are_kept_to() -> None:
    lock = '[[package]]\nname = "flask"\nversion = "3.0.3"\n'
    project = '[project]\nname = "a"\nversion = "1"\ndependencies = ["flask"]\n'
    found = asked({"pyproject.toml": project, "uv.lock": lock, "constraints.txt": "click==8.1.7\n"})
    assert found.requirements == ("flask",)
    assert set(found.constraints) == {"flask==3.0.3", "click==8.1.7"}


@pytest.mark.parametrize(
    ("files", "because"),
    [
        ({"requirements.txt": "git+https://example.com/a.git\n"}, "fetches a package with git"),
        ({"requirements.txt": "a @ https://example.com/a.whl\n"}, "a has no version to ask for"),
        ({"requirements.txt": "--extra-index-url https://example.com\nflask\n"}, "sets --extra-index-url"),
        ({"requirements.txt": "./a-1-py3-none-any.whl\n", "a-1-py3-none-any.whl": ""}, "installs ./a-1"),
        ({"requirements.txt": "-r missing.txt\nflask\n"}, "cannot be read in full"),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=open('r').read())\n"}, "computes"),
        ({}, "no requirements were found"),
    ],
)
def test_what_the_resolver_cannot_be_asked_about_is_said(files: dict[str, str], because: str) -> None:
    found = asked(files)
    assert found.unclear is not None
    assert because in found.unclear
    assert proven_python(found, ("3.12",), "linux/amd64").minor is None


def test_the_newest_maintained_release_comes_first() -> None:
    found = candidates(BuildContext.of_files({"requirements.txt": "flask\n"}), None)
    assert found[:2] == ("3.14", "3.13")


def test_a_release_that_the_project_names_is_the_only_one() -> None:
    assert candidates(BuildContext.of_files({".python-version": "3.11\n"}), None) == ("3.11",)


def test_a_range_of_the_project_is_kept_to() -> None:
    project = '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.11,<3.14"\n'
    context = BuildContext.of_files({"pyproject.toml": project})
    assert candidates(context, None) == ("3.13", "3.12", "3.11")
    assert candidates(context, "3.12") == ("3.12",)
    assert candidates(context, "3.10") == ()


def test_a_release_without_a_module_that_the_code_imports_is_left_out() -> None:
    context = BuildContext.of_files({"requirements.txt": "flask\n", "app.py": "import cgi\n"})
    assert candidates(context, None)[0] == "3.12"
