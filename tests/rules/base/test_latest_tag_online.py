"""`--online`: the Python that uv's resolver proves, asked for real."""

import pytest

from dockerfix.config import Settings
from dockerfix.project.resolver import resolve
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


def test_a_package_without_any_wheel_keeps_the_full_image_and_says_which() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "six\nuwsgi==2.0.24\n"}).fix
    assert fix is not None
    assert fix.title == "Pin python:3.12"
    assert "not slim: uwsgi==2.0.24 has no wheel (uv)" in fix.because


def test_alpine_is_asked_about_with_musl() -> None:
    fix = finding("FROM python:alpine\n", {"requirements.txt": "six\n"}).fix
    assert fix is not None
    assert fix.because.endswith("(uv, linux/amd64 (musl))")


def test_no_proof_leaves_the_decision_as_it_is_offline_and_says_so() -> None:
    fix = finding("FROM python:latest\n", {"requirements.txt": "git+https://example.com/a.git\n"}).fix
    assert fix is not None
    assert "no proof online: requirements.txt fetches a package with git" in fix.because
