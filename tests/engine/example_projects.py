"""The example projects: what is particular to each, copies of them on disk, and the images built from these."""

import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from base_images import DEFAULT_SUITE, Suite
from build_log import BuildResult
from container import Container, Stopped
from docker_engine import Engine

from dockerfix.image import Image, image
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET_FILES = (".env", ".git/HEAD")
COMMENTS = {".py": "#", ".js": "//", ".go": "//"}


@dataclass(frozen=True)
class Case:
    """An example project.

    Attributes:
        name: its folder below examples/.
        app: where its image keeps the project.
        program: what process 1 has to be, as a word of its command line.
        source: the file edited before a rebuild, relative to the context.
        install: words of the step that installs the dependencies.
        port: where it answers; None for one that only works and says so.
        again: the steps that use the source, so that an edit has to run them again.
        context, dockerfile: what is built, relative to the example and to the context.
        flags: of `dockerfix --write`; with them repairs are made that are only offered without.
        shell_waits: whether the shell of the shell form stays process 1; on Alpine it becomes the program.
        splits: whether the repair can keep the dependency install from an edit of the source.
    """

    name: str
    app: str
    program: str = "uvicorn"
    source: str = "main.py"
    install: str = "-r requirements.txt"
    port: int | None = 8000
    again: tuple[str, ...] = ()
    context: str = "."
    dockerfile: str = "Dockerfile"
    flags: tuple[str, ...] = ()
    suite: Suite = DEFAULT_SUITE
    shell_waits: bool = True
    splits: bool = True

    @property
    def title(self) -> str:
        """What tests call it."""
        service = self.context if self.context != "." else self.dockerfile.removesuffix("Dockerfile")
        return "-".join([self.name, *service.strip("./").split("/")[-1:], self.suite]).replace("--", "-")


UNSAFE = ("--unsafe-fixes",)

PORT_FROM_ENV = Case("port-from-env", "/code")
SQLITE_APP = Case("sqlite-app", "/app", program="main.py")
DJANGO = Case(
    "django-collectstatic",
    "/app",
    program="gunicorn",
    source="pages/views.py",
    again=("RUN python manage.py collectstatic",),
)
# Docker 20.10 does not know its syntax: it has a test of its own.
HEREDOCS = Case("heredocs", "/app", program="gunicorn", install="RUN <<EOF")
CASES = (
    Case("fastapi", "/app"),
    Case("fastapi", "/app", suite="bookworm"),
    PORT_FROM_ENV,
    SQLITE_APP,
    Case("two-stages", "/app", source="app/main.py"),
    Case("requirements-tree", "/srv/app"),
    Case("requirements-folder", "/srv", source="app/main.py", install="-r requirements/prod.txt"),
    Case("flask-gunicorn", "/app", program="gunicorn", source="app.py", port=5000),
    DJANGO,
    Case("poetry", "/app", install="poetry install"),
    # `uv run` may write to the environment, which the build made as root: only offered.
    Case("uv", "/app", program="uv", source="app/main.py", install="uv sync", flags=UNSAFE),
    Case("pipenv", "/app", program="main.py", install="pipenv install"),
    Case(
        "pip-install-project",
        "/app",
        program="weather-api",
        source="src/weather/server.py",
        install="RUN pip install",
        splits=False,
    ),
    Case("alpine", "/usr/src/app", program="gunicorn", source="server.py", port=8080, shell_waits=False),
    Case(
        "monorepo",
        "/app",
        source="services/api/main.py",
        install="-r services/api/requirements.txt",
        dockerfile="services/api/Dockerfile",
    ),
    Case("monorepo", "/worker", program="main.py", port=None, context="services/worker"),
    Case("streamlit", "/app", program="streamlit", source="app.py", port=8501),
    Case("worker", "/worker", program="worker.py", source="worker.py", port=None),
    Case("node-npm", "/usr/src/app", program="node", source="src/index.js", install="RUN npm", port=3000),
    # What a Go program writes is not looked into: its user is only offered.
    Case(
        "go",
        "/app",
        program="server",
        source="main.go",
        install="go mod download",
        port=8080,
        flags=UNSAFE,
        again=("RUN go build",),
    ),
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

    @property
    def context(self) -> Path:
        return self.folder / self.case.context

    @property
    def model(self) -> Image:
        name = self.case.dockerfile
        return image(parse((self.context / name).read_bytes()), BuildContext.at(self.context, name))

    def build(self) -> BuildResult:
        return self.engine.build(self.context, dockerfile=self.case.dockerfile, suite=self.case.suite)

    def build_after_edit(self) -> BuildResult:
        """Build again after a comment was added to the application's source, unlike any before it."""
        source = self.context / self.case.source
        source.write_text(f"{source.read_text()}{COMMENTS[source.suffix]} {uuid.uuid4()}\n")
        return self.build()

    def fastest_stop(self) -> Stopped:
        """How it ends on SIGTERM, by the fastest of three tries: what is busy beside it makes the others slow."""
        tries = []
        for _ in range(3):
            with self.engine.run(self.built.tag) as container:
                self.wait_until_up(container)
                tries.append(container.stop())
            if tries[-1].seconds < 1:
                break
        return min(tries, key=lambda stopped: stopped.seconds)

    def wait_until_up(self, container: Container) -> None:
        """Wait until it serves, or says that it works."""
        if self.case.port is not None:
            assert container.http_get(self.case.port).status == 200
            return
        deadline = time.monotonic() + 30
        while "working" not in container.log():
            assert time.monotonic() < deadline, container.log()
            time.sleep(0.05)


def copy_with_secrets(case: Case, folder: Path) -> Path:
    """A copy of an example with what a developer's folder holds besides: a repository and a file of secrets."""
    shutil.copytree(EXAMPLES / case.name, folder)
    subprocess.run(["git", "init", "--quiet", str(folder / case.context)], check=True)
    (folder / case.context / ".env").write_text("DATABASE_PASSWORD=secret\n")
    return folder


def repair(folder: Path, *flags: str) -> None:
    command = (sys.executable, "-m", "dockerfix", "--write", *flags, str(folder))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
