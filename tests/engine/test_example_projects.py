"""The example projects, repaired by the command line and proven by a real engine.

Each example is built as it lies there, then `dockerfix --write` repairs a copy of it, and the copy is built, started,
asked, stopped, edited and built again.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from container import Container
from docker_engine import Engine
from example_projects import (
    CASES,
    DJANGO,
    PORT_FROM_ENV,
    SECRET_FILES,
    SQLITE_APP,
    Case,
    Project,
    copy_with_secrets,
    repair,
)
from model_check import check_configuration, predicted_steps


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.title)
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


@pytest.fixture(scope="module")
def before(engine: Engine, case: Case, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example as it lies there."""
    return Project(case, engine, copy_with_secrets(case, tmp_path_factory.mktemp("before") / case.name))


@pytest.fixture(scope="module")
def after(engine: Engine, case: Case, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example after `dockerfix --write`."""
    folder = copy_with_secrets(case, tmp_path_factory.mktemp("after") / case.name)
    repair(folder, *case.flags)
    return Project(case, engine, folder)


@pytest.fixture(scope="module")
def unrepaired(engine: Engine, before: Project) -> Iterator[Container]:
    with engine.run(before.built.tag) as container:
        before.wait_until_up(container)
        yield container


@pytest.fixture(scope="module")
def repaired(engine: Engine, after: Project) -> Iterator[Container]:
    with engine.run(after.built.tag) as container:
        after.wait_until_up(container)
        yield container


def test_unrepaired_process_1_is_a_shell_of_root(unrepaired: Container, case: Case) -> None:
    assert unrepaired.uid() == 0
    assert (unrepaired.argv()[:2] == ("/bin/sh", "-c")) == case.shell_waits


def test_unrepaired_image_holds_secrets(unrepaired: Container, case: Case) -> None:
    assert unrepaired.files(case.app) >= {f"{case.app}/{name}" for name in SECRET_FILES}


def test_unrepaired_container_sleeps_through_sigterm(engine: Engine, before: Project, case: Case) -> None:
    with engine.run(before.built.tag) as container:
        before.wait_until_up(container)
        assert (container.stop(grace=2).exit_code == 137) == case.shell_waits


def test_unrepaired_build_reinstalls_dependencies_after_an_edit(before: Project, case: Case) -> None:
    assert before.build_after_edit().step(case.install).status == "ran"


def test_model_knows_the_unrepaired_configuration(engine: Engine, before: Project) -> None:
    check_configuration(engine.inspect(before.built.tag), before.model)


def test_model_knows_the_repaired_configuration(engine: Engine, after: Project) -> None:
    check_configuration(engine.inspect(after.built.tag), after.model)


def test_repaired_process_1_is_the_program(repaired: Container, case: Case) -> None:
    program, *arguments = (Path(word).name for word in repaired.argv())
    assert case.program in (program, *arguments)
    assert program not in ("sh", "bash", "busybox")


def test_repaired_process_1_is_not_root(repaired: Container) -> None:
    assert repaired.uid() != 0


def test_repaired_image_holds_the_source_and_no_secrets(repaired: Container, case: Case) -> None:
    files = repaired.files(case.app)
    assert f"{case.app}/{case.source}" in files
    assert not files & {f"{case.app}/{name}" for name in (*SECRET_FILES, ".git")}


def test_repaired_container_stops_within_a_second_of_sigterm(after: Project) -> None:
    stopped = after.fastest_stop()
    assert stopped.exit_code in (0, 128 + 15)  # uvicorn ends in order, then raises the signal again
    assert stopped.seconds < 1


def test_repaired_build_runs_only_what_uses_the_source_after_an_edit(after: Project, case: Case) -> None:
    said = predicted_steps(after.model, case.source)
    rebuilt = after.build_after_edit()
    ran = [" ".join(step.instruction.split()) for step in rebuilt.executed]
    assert rebuilt.step(case.install).status == ("cached" if case.splits else "ran")
    allowed = ("COPY ", "ADD ", *case.again, *(() if case.splits else (case.install,)))
    assert ran
    assert not [text for text in ran if not text.startswith(allowed)]
    assert set(ran) <= set(said)


@pytest.mark.parametrize("case", [SQLITE_APP], indirect=True)
def test_repaired_app_still_writes_its_database(repaired: Container) -> None:
    assert repaired.request("POST", 8000, "/notes", json.dumps({"text": "remember"})).status == 201
    assert json.loads(repaired.http_get(8000).body) == ["remember"]


@pytest.mark.parametrize("case", [PORT_FROM_ENV], indirect=True)
def test_repaired_app_still_takes_its_port_from_the_environment(engine: Engine, after: Project) -> None:
    with engine.run(after.built.tag, env={"PORT": "8123"}) as container:
        assert json.loads(container.http_get(8123).body) == {"port": "8123"}


@pytest.mark.parametrize("case", [DJANGO], indirect=True)
def test_repaired_django_migrates_writes_sessions_and_serves_collected_files(repaired: Container) -> None:
    assert json.loads(repaired.http_get(8000).body) == {"visits": 1}
    assert "sans-serif" in repaired.http_get(8000, "/static/pages/site.css").body
