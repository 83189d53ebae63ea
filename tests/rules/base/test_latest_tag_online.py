"""`--online`: the Python that uv's resolver proves, asked for real."""

import pytest

from dockerfix.config import Settings
from dockerfix.project.releases.resolver import resolve
from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules.base.latest_tag import LatestTag
from dockerfix.selection import rules_for
from dockerfix.syntax import parse


@pytest.fixture(autouse=True)
def index() -> None:
    """Skips the test where the package index cannot be asked."""
    answer = resolve(("six",), (), "3.12")
    if not answer.proven:
        pytest.skip(f"the package index does not answer: {answer.because}")


def finding(dockerfile: str, files: dict[str, str], python: str | None = None) -> Finding:
    (rule,) = rules_for([LatestTag], Settings(online=True, python=python))
    (found,) = rule.check(parse(dockerfile), BuildContext.of_files(files))
    return found


def test_the_newest_python_with_all_wheels_is_pinned_and_the_note_says_why() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "numpy==1.26.4\npandas==2.1.4\n"}).fix
    assert fix is not None
    assert (fix.title, fix.applicability) == ("Pin python:3.12-slim", Applicability.SAFE)
    assert fix.because.startswith("wheels exist for all ")
    assert fix.because.endswith(" packages (uv, linux/amd64)")


def test_a_release_that_the_user_wants_is_the_only_one_asked_about() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "six\n"}, python="3.11").fix
    assert fix is not None
    assert fix.title == "Pin python:3.11-slim"


def test_packages_that_the_dockerfile_names_count() -> None:
    dockerfile = "FROM python:latest\nRUN pip install numpy==1.23.5\n"
    fix = finding(dockerfile, {"requirements.txt": "six\n"}).fix
    assert fix is not None
    assert fix.title == "Pin python:3.11-slim"


def test_a_package_with_wheels_for_other_pythons_alone_keeps_the_full_image() -> None:
    # The first has wheels up to 3.11, the second from 3.13 on: something is compiled on each.
    requirements = "cffi==1.15.0\nnumpy==2.3.5\n"
    fix = finding("FROM python:latest\n", {"requirements.txt": requirements}).fix
    assert fix is not None
    assert fix.title.startswith("Pin python:3.1")
    assert "slim" not in fix.title
    assert "no proof online" in fix.because


def test_a_package_that_is_published_as_python_source_alone_leaves_slim_as_it_is_offline() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "docopt==0.6.2\n"}).fix
    assert fix is not None
    assert fix.title == "Pin python:3.12-slim"
    assert "no proof online: Python 3.14: docopt==0.6.2 has no wheel" in fix.because


def test_a_package_that_is_known_to_be_compiled_keeps_the_full_image() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "six\nuwsgi==2.0.24\n"}).fix
    assert fix is not None
    assert fix.title == "Pin python:3.12"
    assert "not slim: uwsgi has no wheel" in fix.because


def test_an_old_python_that_old_pins_need_is_proven_too() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "scipy==1.7.0\n"}).fix
    assert fix is not None
    assert fix.title == "Pin python:3.9-slim"
    assert fix.because.startswith("scipy==1.7.0 has no wheel for Python 3.12; wheels exist for all ")


def test_alpine_is_asked_about_with_musl() -> None:
    fix = finding("FROM python:alpine\n", {"requirements.txt": "six\n"}).fix
    assert fix is not None
    assert fix.because.endswith("(uv, linux/amd64 (musl))")


def test_no_proof_leaves_the_decision_as_it_is_offline_and_says_so() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "git+https://example.com/a.git\n"}).fix
    assert fix is not None
    assert "no proof online: requirements.txt fetches a package with git" in fix.because
