"""`--online` from the outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command_line import Project, Run
from image_registry import image_registry

from dockerfix.project.releases.resolver import resolve

LATEST = "FROM python:latest\n"


def test_without_uv_nothing_is_done_and_one_sentence_says_what_to_install(
    run: Run, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = project({"Dockerfile": LATEST})
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = run("--write", "--online")
    assert said.code == 2
    assert "[online]'" in said.err  # tests/test_extras.py says what stands in front of it
    assert (folder / "Dockerfile").read_text() == LATEST


def test_the_note_says_what_was_proven_and_the_command_that_makes_it_asks_again(run: Run, project: Project) -> None:
    if not resolve(("six",), (), "3.12").proven:
        pytest.skip("the package index does not answer")
    project({"Dockerfile": LATEST, "requirements.txt": "numpy==1.26.4\n"})
    said = run("--online", "--select=DF101").out
    assert "Pin python:3.12-slim" in said
    assert "[safe: wheels exist for the one package (uv, linux/amd64)]" in said
    assert "dockerfix --write --select=DF101 --online" in said


def test_without_the_option_nothing_is_asked(run: Run, project: Project) -> None:
    project({"Dockerfile": LATEST, "requirements.txt": "numpy==1.26.4\n"})
    before = resolve.cache_info().misses
    assert "wheels exist" not in run("--select=DF101").out
    assert resolve.cache_info().misses == before


def test_the_release_and_digest_that_a_registry_names(run: Run, project: Project, tmp_path: Path) -> None:
    with image_registry(tmp_path) as registry:
        digest = registry.push("web", "latest", "1.29.3", says="a", platforms=("linux/amd64", "linux/arm64"))
        folder = project({"Dockerfile": f"FROM {registry.host}/web\nRUN ls\n"})
        said = run("--online", "--select=DF101").out
        assert f"Pin {registry.host}/web:1.29.3 [safe: " in said
        run("--write", "--online", "--pin-digests", "--select=DF101")
        assert (folder / "Dockerfile").read_text().startswith(f"FROM {registry.host}/web:1.29.3@{digest}\n")
        assert run("--online", "--pin-digests", "--select=DF101").code == 0


def test_digests_come_from_registries_alone(run: Run, project: Project) -> None:
    project({"Dockerfile": LATEST})
    said = run("--pin-digests")
    assert said.code == 2
    assert "it needs --online" in said.err
