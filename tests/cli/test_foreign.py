"""A repository's own words about its repairs, taken with care."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.cli.forge.foreign import repairs_in
from dockerfix.cli.options import Options
from dockerfix.report.model import Report

DOCKERFILE = "FROM python:3.12-slim\nRUN pip install flask\nCMD python app.py\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    (folder / ".git").mkdir(parents=True)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.chdir(folder)  # set back at the end, for `repairs_in` moves
    return folder


def codes(report: Report) -> set[str]:
    return {entry.code for file in report.files for entry in file.entries if entry.status.value == "repaired"}


def test_repairs_are_found_and_nothing_is_written(checkout: Path) -> None:
    report = repairs_in(str(checkout), Options())
    assert {"DF301", "DF401"} <= codes(report)
    assert report.files[0].place.path == "Dockerfile"
    assert (checkout / "Dockerfile").read_text() == DOCKERFILE


def test_the_repository_may_ignore_a_rule(checkout: Path) -> None:
    (checkout / "dockerfix.toml").write_text('ignore = ["DF401"]\n')
    assert "DF401" not in codes(repairs_in(str(checkout), Options()))


def test_the_repository_cannot_take_a_rule_that_is_ignored_here(checkout: Path) -> None:
    (checkout / "dockerfix.toml").write_text('select = ["DF401", "DF301"]\n')
    report = repairs_in(str(checkout), Options(ignore=("DF401",)))
    assert codes(report) == set()
    assert "both selected and ignored" in report.failures[0].message


def test_the_repository_cannot_ask_for_unsafe_repairs(checkout: Path) -> None:
    (checkout / "app.py").write_text("import flask\napp = flask.Flask(__name__)\napp.run(host='127.0.0.1')\n")
    (checkout / "Dockerfile").write_text(DOCKERFILE.replace("CMD", "COPY app.py .\nEXPOSE 5000\nCMD"))
    assert "DF801" in codes(repairs_in(str(checkout), Options(unsafe_fixes=True)))
    (checkout / "dockerfix.toml").write_text("unsafe-fixes = true\n")
    assert "DF801" not in codes(repairs_in(str(checkout), Options()))


def test_a_build_context_outside_is_refused(checkout: Path) -> None:
    (checkout.parent / "secret.py").write_text("x = 1\n")
    (checkout / "dockerfix.toml").write_text('context = ".."\n')
    report = repairs_in(str(checkout), Options())
    assert report.files == ()
    assert "outside the repository" in report.failures[0].message


def test_a_compose_file_cannot_name_a_build_context_outside(checkout: Path) -> None:
    (checkout.parent / "requirements.txt").write_text("secret\n")
    text = "services:\n  a:\n    build:\n      context: ..\n      dockerfile: checkout/Dockerfile\n"
    (checkout / "compose.yaml").write_text(text)
    report = repairs_in(str(checkout), Options())
    roots = [file.root for file in report.files]
    assert all(root is None or root.resolve() == checkout for root in roots)


def test_a_repository_without_a_dockerfile_is_no_failure(checkout: Path) -> None:
    (checkout / "Dockerfile").unlink()
    assert repairs_in(str(checkout), Options()) == Report()


def test_a_broken_dockerfile_is_a_failure_of_its_own(checkout: Path) -> None:
    (checkout / "web").mkdir()
    (checkout / "web" / "Dockerfile").write_text("nothing of the kind\n")
    report = repairs_in(str(checkout), Options())
    assert [failure.label for failure in report.failures] == ["web/Dockerfile"]
    assert len(report.files) == 1
