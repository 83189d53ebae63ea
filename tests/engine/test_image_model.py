"""What the image model says, held against what a real engine builds.

Layouts are small and mostly start from scratch, so that each builds in a moment; the examples are built without their
installs, which change neither where files land nor what the configuration says.
"""

import re
import shutil
import tarfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from base_images import Suite
from build_log import BuildResult
from docker_engine import Engine
from model_check import check_configuration, predicted_steps

from dockerfix.fix import repair
from dockerfix.image import Image, StageImage, image, placed_files, process_1
from dockerfix.image.transfers import Origin, lay_over
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.syntax import Editor, Run, parse

EXAMPLES = Path(__file__).parents[2] / "examples"
# Those whose images hold nothing but copies once their installs are left out; test_example_projects.py has all.
PLAIN_EXAMPLES = ("fastapi", "port-from-env", "requirements-tree", "sqlite-app", "two-stages")
# What the engine itself puts into every container.
OF_THE_ENGINE = re.compile(r"(dev|etc|proc|sys)(/.*)?|\.dockerenv")


@dataclass(frozen=True)
class Layout:
    """A Dockerfile and its context. `edited` is the file that the rebuild test changes."""

    name: str
    dockerfile: str
    files: dict[str, str]
    edited: str = "main.py"

    def write(self, folder: Path) -> Path:
        """Put it on disk; gives the folder."""
        for path, text in {**self.files, "Dockerfile": self.dockerfile}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return folder


TREE = {
    "main.py": "main",
    "requirements.txt": "flask",
    "conf/app.ini": "ini",
    "conf/deep/er.txt": "deeper",
    "static/a.css": "a",
    "static/b.css": "b",
}

LAYOUTS = (
    Layout(
        "destinations",
        """\
FROM scratch
WORKDIR /w
COPY main.py .
COPY main.py new
COPY main.py new-folder/
COPY main.py dot/.
COPY main.py ..
COPY conf settings
COPY main.py settings
COPY requirements.txt settings/deep/er.txt
COPY requirements.txt main.py /both/
COPY static/*.css styles/
COPY static/*.css one.css
COPY s*c wild
COPY ["main.py", "with blank/"]
ADD requirements.txt /added/here.txt
ADD conf /added
""",
        TREE,
    ),
    Layout(
        "working-directories",
        """\
FROM scratch
WORKDIR //app/x/..
COPY main.py a.py
WORKDIR src/
COPY main.py ./b.py
WORKDIR "with blank"
COPY main.py c.py
ENV HERE=/env
WORKDIR $HERE/$NOTHING
COPY main.py ${HERE}/d.py
ARG THERE=/arg
WORKDIR ${THERE:-/x}
COPY main.py e.py
WORKDIR ..
USER 1000:1000
""",
        TREE,
    ),
    Layout(
        "variables",
        """\
ARG GLOBAL=global
ARG UNSET
FROM scratch AS base
ARG OWN=own
ENV A=1
ENV A=2 B=$A C='$A' D="x $A" E=a\\ b F=\\$A
FROM base
ARG GLOBAL
ENV G=$GLOBAL.$OWN.${UNSET2:-none} H=${A:+yes}
ENV OLD style value
LABEL one=$A "two words"="$B" three='$C'
EXPOSE $A 80/udp 8000
VOLUME /v$A ["/x"]
USER $A
COPY main.py /
""",
        TREE,
    ),
    Layout(
        "start",
        """\
FROM scratch AS base
SHELL ["/bin/bash", "-c"]
CMD ["dropped"]
STOPSIGNAL 9
FROM base
ENTRYPOINT serve  "a b"
CMD ["kept", "$A"]
COPY main.py /
""",
        TREE,
    ),
    Layout(
        "ignore-file",
        """\
FROM scratch
WORKDIR /w
COPY . .
COPY static /css/
""",
        {**TREE, ".dockerignore": "# comment\n*.txt\n!conf/deep/er.txt\nstatic/b*\nDockerfile\n.git\n"},
    ),
    Layout(
        "stages",
        """\
FROM scratch AS Assets
COPY static /s/
FROM scratch AS unused
COPY main.py /never
FROM scratch AS base
ONBUILD COPY requirements.txt /triggered/
ONBUILD USER 5
FROM base
WORKDIR /w
COPY conf conf/
COPY --from=assets /s/a.css css/
COPY --from=0 /s/b.css /w/css/
COPY main.py .
""",
        TREE,
        "static/a.css",
    ),
)

STEPS = Layout(
    "steps",
    """\
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.txt .
RUN cp requirements.txt installed.txt
COPY . .
RUN cp main.py built.py
FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN --mount=type=bind,source=conf/app.ini,target=/conf cp /conf /seen
COPY --from=build /src/built.py .
RUN true
WORKDIR /app/data
COPY main.py .
""",
    TREE,
)


@dataclass
class Built:
    """A context on disk, its model, and the image that the engine makes of it."""

    engine: Engine
    folder: Path
    result: BuildResult = field(init=False)

    def __post_init__(self) -> None:
        self.result = self.engine.build(self.folder)

    @property
    def model(self) -> Image:
        return _model(self.folder)

    @property
    def final(self) -> StageImage:
        found = self.model.final
        assert found is not None
        return found

    def files(self) -> dict[str, str]:
        """The text of each file in the image, by absolute path."""
        archive = self.folder.parent / f"{self.folder.name}.tar"
        identity = self.engine.docker("create", self.result.tag, "nothing").stdout.strip()
        self.engine.docker("export", "--output", str(archive), identity)
        self.engine.docker("rm", identity)
        found: dict[str, str] = {}
        with tarfile.open(archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is not None and not OF_THE_ENGINE.fullmatch(member.name):
                    found[f"/{member.name}"] = content.read().decode()
        return found

    def ran_again_after_editing(self, path: str) -> list[str]:
        """The instructions of the steps that are not taken from the cache once a file has changed."""
        (self.folder / path).write_text(str(uuid.uuid4()))
        steps = self.engine.build(self.folder).steps
        ran = [step.instruction for step in steps if step.status == "ran"]
        return [" ".join(text.split()) for text in ran if not text.startswith("FROM")]


def _model(folder: Path) -> Image:
    return image(parse((folder / "Dockerfile").read_bytes()), BuildContext.at(folder, "Dockerfile"))


def _left_by_copies(built: Built) -> dict[str, Origin]:
    placed: dict[str, Origin] = {}
    for step in built.final.all_steps:
        if step.transfer is not None:
            files = placed_files(step.transfer, built.model.context)
            assert files is not None, f"{step.instruction.logical.text}: where it lands is not known"
            lay_over(placed, step.transfer, files)
    return placed


@pytest.fixture(scope="module", params=LAYOUTS, ids=lambda layout: layout.name)
def layout(request: pytest.FixtureRequest) -> Layout:
    chosen: Layout = request.param
    return chosen


@pytest.fixture(scope="module")
def built(engine: Engine, layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(engine, layout.write(tmp_path_factory.mktemp(layout.name)))


def test_configuration(built: Built) -> None:
    check_configuration(built.engine.inspect(built.result.tag), built.model)


def test_files(built: Built, layout: Layout) -> None:
    said = _left_by_copies(built)
    listed = {place: layout.files[path] for place, (kind, _, path) in said.items() if kind == "context"}
    unlisted = tuple(place.partition("<")[0] for place, (kind, _, _) in said.items() if kind != "context")
    found = built.files()
    others = {place for place in found if place not in listed and place.startswith(unlisted)}
    assert {place: text for place, text in found.items() if place not in others} == listed


def test_files_of_other_stages_land_where_their_pattern_says(engine: Engine, tmp_path: Path) -> None:
    stages = next(layout for layout in LAYOUTS if layout.name == "stages")
    files = Built(engine, stages.write(tmp_path / "context")).files()
    assert {"/w/css/a.css", "/w/css/b.css", "/triggered/requirements.txt"} <= files.keys()


def test_steps_that_run_again(built: Built, layout: Layout) -> None:
    assert built.ran_again_after_editing(layout.edited) == predicted_steps(built.model, layout.edited)


@pytest.mark.parametrize("edited", ["main.py", "conf/app.ini", "requirements.txt", "static/a.css"])
def test_steps_of_two_stages_that_run_again(engine: Engine, tmp_path: Path, edited: str) -> None:
    built = Built(engine, STEPS.write(tmp_path / "context"))
    ran, said = built.ran_again_after_editing(edited), predicted_steps(built.model, edited)
    # BuildKit takes a copy from a stage that ran again from the cache where the files are the same, and what follows.
    same = "COPY --from=build /src/built.py ." if edited != "main.py" else None
    assert sorted(ran) == sorted(said[: said.index(same)] if same in said and same not in ran else said)


# the examples, as they are and repaired


def _example(name: str, folder: Path, *, repaired: bool) -> Path:
    shutil.copytree(EXAMPLES / name, folder)
    dockerfile, context = parse((folder / "Dockerfile").read_bytes()), BuildContext.at(folder, "Dockerfile")
    if repaired:
        outcome = repair(dockerfile, context, [rule() for rule in all_rules()])
        dockerfile = outcome.after
        for change in outcome.files:
            (folder / change.path).write_bytes(change.after)
    editor = Editor(dockerfile)
    for run in dockerfile.find(Run):
        if "install" in run.arguments.text:
            editor.replace(run.arguments.whole, "true")
    (folder / "Dockerfile").write_bytes(editor.result().source)
    return folder


@pytest.mark.parametrize("repaired", [False, True], ids=["as it is", "repaired"])
@pytest.mark.parametrize("name", PLAIN_EXAMPLES)
def test_example(engine: Engine, tmp_path: Path, name: str, repaired: bool) -> None:
    built = Built(engine, _example(name, tmp_path / name, repaired=repaired))
    check_configuration(built.engine.inspect(built.result.tag), built.model)
    said = {place for place, (kind, _, _) in _left_by_copies(built).items() if kind == "context"}
    folder = built.final.final.workdir
    assert folder is not None
    with engine.run(built.result.tag, "sleep", "60") as container:
        found = container.execute("find", folder, "-type", "f").splitlines()
    assert set(found) == {place for place in said if place.startswith(f"{folder}/")}
    edited = next(path for path in ("main.py", "app/main.py") if (built.folder / path).exists())
    ran, again = built.ran_again_after_editing(edited), predicted_steps(built.model, edited)
    assert set(ran) <= set(again)
    # Below a copy from another stage BuildKit may find that nothing changed.
    assert ran == again or any(text.startswith("COPY --from") for text in again)


# process 1


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def debian(request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image of each Debian."""
    suite: Suite = request.param
    folder = tmp_path_factory.mktemp(suite)
    (folder / "Dockerfile").write_text("FROM python:3.12-slim\n")
    return engine.build(folder, suite=suite).tag


@pytest.mark.parametrize(
    "argv",
    [
        ("/bin/sh", "-c", "sleep 60"),
        ("/bin/sh", "-c", "cd /tmp && sleep 60"),
        ("/bin/sh", "-c", "X=1 sleep 60"),
        ("/bin/sh", "-c", "exec sleep 60"),
        ("sh", "-c", "cd /tmp && X=1 exec sleep 60"),
        ("/bin/bash", "-c", "sleep 60"),
        ("/bin/bash", "-o", "pipefail", "-c", "sleep 60"),
        ("sleep", "60"),
    ],
    ids=lambda argv: " ".join(argv),
)
def test_process_1(engine: Engine, debian: str, argv: tuple[str, ...]) -> None:
    with engine.run(debian, *argv) as container:
        container.execute("sh", "-c", "until grep -q sleep /proc/[0-9]*/comm; do sleep 0.01; done")
        program = Path(container.argv()[0]).name
    assert str(process_1(argv, "debian")) == program


@pytest.mark.parametrize(
    "argv",
    [
        ("/bin/sh", "-c", "sleep 60"),
        ("/bin/sh", "-c", "cd /tmp && sleep 60"),
        ("/bin/sh", "-c", "X=1 sleep 60"),
        ("/bin/sh", "-c", "exec sleep 60"),
    ],
    ids=lambda argv: " ".join(argv),
)
def test_process_1_under_the_shell_of_alpine(engine: Engine, tmp_path: Path, argv: tuple[str, ...]) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\n")
    with engine.run(engine.build(tmp_path).tag, *argv) as container:
        container.execute("sh", "-c", "until grep -q sleep /proc/[0-9]*/comm; do sleep 0.01; done")
        program = Path(container.argv()[0]).name
    assert str(process_1(argv, "alpine")) == program
