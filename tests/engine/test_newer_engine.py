"""Heredocs and `COPY --link`, which only a newer engine than Debian 12's builds."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon import NoEngine
from docker_engine import Engine
from example_projects import HEREDOCS, Project, copy_with_secrets, repair
from model_check import check_configuration, predicted_steps
from newer_daemon import start_newer_daemon


@pytest.fixture(scope="module")
def newer_engine(engine: Engine) -> Iterator[Engine]:
    """An engine with Docker 26 behind it."""
    if engine.daemon is None:
        pytest.skip("a newer daemon needs root, as a daemon of our own does")
    with tempfile.TemporaryDirectory(prefix="dockerfix-newer-") as folder:
        try:
            daemon = start_newer_daemon(engine.client, Path(folder))
        except NoEngine as reason:
            if os.environ.get("DOCKERFIX_ENGINE") == "require":
                raise
            pytest.skip(f"Debian 13's Docker does not start: {reason}")
        newer = Engine(engine.client, daemon)
        try:
            newer.bases.provide("python:3.12-slim", "trixie")
            yield newer
        finally:
            newer.close()


@pytest.fixture(scope="module")
def repaired(newer_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example with heredocs after `dockerfix --write`."""
    folder = copy_with_secrets(HEREDOCS, tmp_path_factory.mktemp("after") / HEREDOCS.name)
    repair(folder)
    return Project(HEREDOCS, newer_engine, folder)


def test_the_unrepaired_build_installs_again_after_an_edit(newer_engine: Engine, tmp_path: Path) -> None:
    before = Project(HEREDOCS, newer_engine, copy_with_secrets(HEREDOCS, tmp_path / HEREDOCS.name))
    check_configuration(newer_engine.inspect(before.built.tag), before.model)
    assert before.build_after_edit().step(HEREDOCS.install).status == "ran"


def test_the_model_knows_the_repaired_configuration(newer_engine: Engine, repaired: Project) -> None:
    check_configuration(newer_engine.inspect(repaired.built.tag), repaired.model)


def test_the_repaired_program_runs_as_its_user_and_reads_the_file_of_the_heredoc(
    newer_engine: Engine, repaired: Project
) -> None:
    with newer_engine.run(repaired.built.tag) as container:
        assert json.loads(container.http_get(8000).body) == {"greeting": "hello"}
        assert container.uid() != 0
        assert not container.files("/app") & {"/app/.env", "/app/.git"}
    assert repaired.fastest_stop().seconds < 1


def test_the_repaired_build_only_copies_after_an_edit(repaired: Project) -> None:
    rebuilt = repaired.build_after_edit()
    assert rebuilt.step(HEREDOCS.install).status == "cached"
    # With Docker's own image store, BuildKit takes `COPY --link` for a plain COPY, which is made anew on what changed.
    assert {step.instruction.split()[0] for step in rebuilt.executed} == {"COPY"}
    assert set(predicted_steps(repaired.model, HEREDOCS.source)) <= {step.instruction for step in rebuilt.executed}
