"""What uv's resolver answers, asked for real."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockerfix.errors import UsageError
from dockerfix.project.releases import resolver
from dockerfix.project.releases.resolver import find_uv, resolve


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    resolve.cache_clear()
    yield
    resolve.cache_clear()


@pytest.fixture
def index() -> None:
    """Skips the test where the package index cannot be asked."""
    answer = resolve(("six",), (), "3.12")
    if not answer.proven:
        pytest.skip(f"the package index does not answer: {answer.because}")


def test_the_whole_closure_is_counted(index: None) -> None:
    packages = resolve(("flask==3.0.3",), (), "3.12").packages
    assert packages is not None
    assert packages >= 6  # blinker, click, itsdangerous, jinja2, markupsafe, werkzeug


def test_a_pin_without_a_wheel_for_this_python_is_refused(index: None) -> None:
    answer = resolve(("numpy==1.26.4",), (), "3.13")
    assert (answer.proven, answer.refused, answer.because) == (False, True, "numpy==1.26.4 has no wheel")
    assert resolve(("numpy==1.26.4",), (), "3.12").proven


def test_a_package_that_is_only_published_as_source_is_refused(index: None) -> None:
    answer = resolve(("psycopg2==2.9.9",), (), "3.12")
    assert answer.refused
    assert answer.because == "psycopg2==2.9.9 has no wheel"


def test_a_package_that_is_required_by_another_counts(index: None) -> None:
    answer = resolve(("delta-spark==3.2.0",), (), "3.12")  # a wheel, which requires pyspark, published as source
    assert answer.refused
    assert "pyspark" in answer.because


def test_constraints_are_kept_to(index: None) -> None:
    assert resolve(("pandas",), (), "3.12").proven
    assert resolve(("pandas",), ("pandas==1.5.3",), "3.12").refused


def test_musl_has_wheels_of_its_own(index: None) -> None:
    assert resolve(("torch==2.4.1",), (), "3.12", "linux/amd64").proven
    assert resolve(("torch==2.4.1",), (), "3.12", "linux/amd64 (musl)").refused


def test_a_package_that_the_index_lacks_proves_nothing(index: None) -> None:
    answer = resolve(("dockerfix-has-no-such-package",), (), "3.12")
    assert (answer.proven, answer.refused) == (False, False)
    assert answer.because == "dockerfix-has-no-such-package is not on the index"


def test_without_a_network_nothing_is_proven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    answer = resolve(("six",), (), "3.12")
    assert (answer.proven, answer.refused) == (False, False)
    assert answer.because.startswith("uv could not ask the index")


def test_uv_that_takes_too_long_proves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resolver, "_SECONDS", 0.001)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    answer = resolve(("six",), (), "3.12")
    assert (answer.proven, answer.refused) == (False, False)
    assert "did not answer" in answer.because


def test_uv_reads_no_file_of_the_folder_it_is_asked_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "uv.toml").write_text("this is no TOML, and uv would say so")
    (tmp_path / "pyproject.toml").write_text("[tool.uv]\nindex-url = 'http://127.0.0.1:9'\n[broken")
    monkeypatch.chdir(tmp_path)
    answer = resolve(("six",), (), "3.12")
    assert "TOML" not in answer.because
    assert "pyproject" not in answer.because


def test_tokens_of_the_environment_do_not_reach_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example.com/simple")
    passed = resolver._environment()
    assert "GITHUB_TOKEN" not in passed
    assert passed["UV_DEFAULT_INDEX"] == "https://index.example.com/simple"


def test_without_uv_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"\[online\]'"):
        find_uv()
