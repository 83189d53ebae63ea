"""The five example projects, repaired by the command line and proven by a real engine.

Each example is built as it lies there, then `dockerfix --write` repairs a copy of it, and the copy is built, started,
asked, stopped, edited and built again.
"""

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from base_images import DEFAULT_SUITE, Suite
from build_log import BuildResult
from container import Container
from docker_engine import Engine

EXAMPLES = Path(__file__).parents[2] / "examples"
PORT = 8000
SECRET_FILES = (".env", ".git/HEAD")


@dataclass(frozen=True)
class Case:
    """An example and what is particular to it. `app` is where its image keeps the project, `source` the file edited."""

    name: str
    app: str
    source: str = "main.py"
    suite: Suite = DEFAULT_SUITE

    @property
    def title(self) -> str:
        return f"{self.name}-{self.suite}"


PORT_FROM_ENV = Case("port-from-env", "/code")
SQLITE_APP = Case("sqlite-app", "/app")
CASES = (
    Case("fastapi", "/app"),
    Case("fastapi", "/app", suite="bookworm"),
    PORT_FROM_ENV,
    SQLITE_APP,
    Case("two-stages", "/app", source="app/main.py"),
    Case("requirements-tree", "/srv/app"),
)


@dataclass
class Project:
    """A copy of an example on disk, and the image built from it."""

    case: Case
    engine: Engine
    folder: Path
    built: BuildResult = field(init=False)

    def __post_init__(self) -> None:
        self.built = self.build()

    def build(self) -> BuildResult:
        return self.engine.build(self.folder, suite=self.case.suite)

    def build_after_edit(self) -> BuildResult:
        """Build again after a comment was added to the application's source, unlike any before it."""
        source = self.folder / self.case.source
        source.write_text(f"{source.read_text()}# {uuid.uuid4()}\n")
        return self.build()


def copy_with_secrets(name: str, folder: Path) -> Path:
    """A copy of an example with what a developer's folder holds besides: a repository and a file of secrets."""
    shutil.copytree(EXAMPLES / name, folder)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".env").write_text("DATABASE_PASSWORD=secret\n")
    return folder


def repair(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dockerfix", "--write", str(folder)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.title)
def case(request: pytest.FixtureRequest) -> Case:
    chosen: Case = request.param
    return chosen


@pytest.fixture(scope="module")
def before(engine: Engine, case: Case, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example as it lies there."""
    folder = copy_with_secrets(case.name, tmp_path_factory.mktemp("before") / case.name)
    return Project(case, engine, folder)


@pytest.fixture(scope="module")
def after(engine: Engine, case: Case, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example after `dockerfix --write`."""
    folder = copy_with_secrets(case.name, tmp_path_factory.mktemp("after") / case.name)
    repair(folder)
    return Project(case, engine, folder)


@pytest.fixture(scope="module")
def unrepaired(engine: Engine, before: Project) -> Iterator[Container]:
    with engine.run(before.built.tag) as container:
        yield container


@pytest.fixture(scope="module")
def repaired(engine: Engine, after: Project) -> Iterator[Container]:
    with engine.run(after.built.tag) as container:
        yield container


def test_unrepaired_process_1_is_a_shell_of_root(unrepaired: Container) -> None:
    assert unrepaired.http_get(PORT).status == 200
    assert unrepaired.uid() == 0
    assert unrepaired.argv()[:2] == ("/bin/sh", "-c")


def test_unrepaired_image_holds_secrets(unrepaired: Container, case: Case) -> None:
    assert unrepaired.files(case.app) >= {f"{case.app}/{name}" for name in SECRET_FILES}


def test_unrepaired_container_sleeps_through_sigterm(engine: Engine, before: Project) -> None:
    with engine.run(before.built.tag) as container:
        container.http_get(PORT)
        assert container.stop(grace=2).exit_code == 137


def test_unrepaired_build_reinstalls_dependencies_after_an_edit(before: Project) -> None:
    assert before.build_after_edit().step("-r requirements.txt").status == "ran"


def test_repaired_container_answers(repaired: Container) -> None:
    assert repaired.http_get(PORT).status == 200


def test_repaired_process_1_is_the_program(repaired: Container) -> None:
    program, *arguments = (Path(word).name for word in repaired.argv())
    assert program.startswith("python")  # the interpreter, from the first line of the uvicorn script
    assert "uvicorn" in arguments or "main.py" in arguments


def test_repaired_process_1_is_not_root(repaired: Container) -> None:
    assert repaired.uid() != 0


def test_repaired_image_holds_the_source_and_no_secrets(repaired: Container, case: Case) -> None:
    files = repaired.files(case.app)
    assert f"{case.app}/{case.source}" in files
    assert not files & {f"{case.app}/{name}" for name in (*SECRET_FILES, ".git")}


def test_repaired_container_stops_within_a_second_of_sigterm(engine: Engine, after: Project) -> None:
    with engine.run(after.built.tag) as container:
        container.http_get(PORT)
        stopped = container.stop()
    assert stopped.exit_code in (0, 128 + 15)  # uvicorn ends in order, then raises the signal again
    assert stopped.seconds < 1


def test_repaired_build_keeps_dependencies_after_an_edit(after: Project) -> None:
    rebuilt = after.build_after_edit()
    assert rebuilt.step("-r requirements.txt").status == "cached"
    # Only the copies of the source are made again, whatever else the file does.
    assert {step.instruction.split()[0] for step in rebuilt.executed} <= {"COPY", "ADD"}
    assert rebuilt.executed


@pytest.mark.parametrize("case", [SQLITE_APP], indirect=True)
def test_repaired_app_still_writes_its_database(repaired: Container) -> None:
    assert repaired.request("POST", PORT, "/notes", json.dumps({"text": "remember"})).status == 201
    assert json.loads(repaired.http_get(PORT).body) == ["remember"]


@pytest.mark.parametrize("case", [PORT_FROM_ENV], indirect=True)
def test_repaired_app_still_takes_its_port_from_the_environment(engine: Engine, after: Project) -> None:
    with engine.run(after.built.tag, env={"PORT": "8123"}) as container:
        assert json.loads(container.http_get(8123).body) == {"port": "8123"}
