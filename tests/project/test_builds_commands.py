"""Commands that build images, in scripts, Makefiles and their like."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import told, uses

PLACES = ("Dockerfile", "backend/Dockerfile", "docker/web.Dockerfile")


def script(root: Path, text: str, path: str = "build.sh") -> list[str]:
    return told(uses(root, {path: text}, *PLACES))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("docker build .", "Dockerfile from ."),
        ("docker build -t me/app:1 backend", "backend/Dockerfile from backend"),
        ("docker build -f docker/web.Dockerfile .", "docker/web.Dockerfile from ."),
        ("docker build . --file docker/web.Dockerfile --no-cache", "docker/web.Dockerfile from ."),
        ("docker build --file=docker/web.Dockerfile -q .", "docker/web.Dockerfile from ."),
        ("docker build -tapp -fdocker/web.Dockerfile .", "docker/web.Dockerfile from ."),
        ("docker buildx build --platform linux/amd64,linux/arm64 --push .", "Dockerfile from ."),
        ("docker buildx --builder x build --load .", "Dockerfile from ."),
        ("docker image build .", "Dockerfile from ."),
        ("sudo docker --context remote build .", "Dockerfile from ."),
        ("DOCKER_BUILDKIT=1 docker build --secret id=x,src=y .", "Dockerfile from ."),
        ("podman build -v /a:/b backend", "backend/Dockerfile from backend"),
        ("buildah bud -f docker/web.Dockerfile", "docker/web.Dockerfile from ."),
        ("nerdctl build backend", "backend/Dockerfile from backend"),
        ("az acr build -r reg -t app -f web.Dockerfile docker", "docker/web.Dockerfile from docker"),
        ("gcloud builds submit --tag gcr.io/p/app backend", "backend/Dockerfile from backend"),
        ("/kaniko/executor --context=dir://. --dockerfile=docker/web.Dockerfile", "docker/web.Dockerfile from ."),
        ("cd backend && docker build .", "backend/Dockerfile from backend"),
        ("(cd backend; docker build -t x .); true", "backend/Dockerfile from backend"),
        ("docker build -t \"$TAG\" --build-arg V=$V 'backend'", "backend/Dockerfile from backend"),
        ("if true; then docker build backend; fi", "backend/Dockerfile from backend"),
        ("f() { docker build backend; }", "backend/Dockerfile from backend"),
        ("sh -c 'docker build backend'", "backend/Dockerfile from backend"),
        ("docker build $(pwd)/backend", "backend/Dockerfile from backend"),
        ("docker build $PWD", "Dockerfile from ."),
        ("docker build -f $PWD/docker/web.Dockerfile `pwd`", "docker/web.Dockerfile from ."),
        ("WHERE=backend\ndocker build $WHERE", "backend/Dockerfile from backend"),
        ("export WHERE=back\ndocker build ${WHERE}end", "backend/Dockerfile from backend"),
        ('docker build --platform="$ARCH" --label=x=$(date) backend', "backend/Dockerfile from backend"),
        ("docker build ${WHERE:-backend}", "backend/Dockerfile from backend"),
        ("docker build $(git rev-parse --show-toplevel)/backend", "backend/Dockerfile from backend"),
        ("docker build $GITHUB_WORKSPACE/backend", "backend/Dockerfile from backend"),
    ],
)
def test_command(tmp_path: Path, command: str, expected: str) -> None:
    line = command.count("\n") + 1
    assert script(tmp_path, f"#!/bin/sh\n{command}\n") == [f"{expected} (build.sh:{line + 1})"]


@pytest.mark.parametrize(
    "command",
    [
        "echo docker build .",
        "# docker build .",
        "docker build",
        "docker build - < Dockerfile",
        "docker build -f - . <<EOF\nFROM scratch\nEOF",
        "docker build https://github.com/some/where.git",
        "docker build $WHERE",
        "docker build $(cat where)",
        "docker build -f $FILE .",
        "docker build --file=$FILE .",
        "docker build -f missing .",
        "docker build missing",
        "docker build /abs/olute",
        "docker build ../elsewhere",
        "docker build back*",
        "docker builder prune .",
        "docker buildx bake .",
        "docker-compose build .",
        "cd $WHERE && docker build .",
        "read WHERE\ndocker build $WHERE",
        "for WHERE in backend docker; do docker build $WHERE; done",
        "WHERE=backend\nif true; then WHERE=docker; fi\ndocker build $WHERE",
        "cat <<EOF\ndocker build .\nEOF",
        "docker build . )",
    ],
)
def test_command_that_says_nothing_certain(tmp_path: Path, command: str) -> None:
    assert script(tmp_path, f"{command}\n") == []


def test_words_that_are_not_known_make_it_uncertain(tmp_path: Path) -> None:
    assert script(tmp_path, "docker build $FLAGS .\n") == ["Dockerfile from . (build.sh:1) ?"]
    assert script(tmp_path, "docker build --target $STAGE .\n") == ["Dockerfile from . (build.sh:1) ?"]


def test_target_arguments_and_name(tmp_path: Path) -> None:
    (found,) = uses(
        tmp_path, {"build.sh": "docker build -t me/app -t other --target prod --build-arg A=1 --build-arg B ."}
    )
    assert (found.image, found.target, found.args) == ("me/app", "prod", (("A", "1"), ("B", None)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker build -f Dockerfile ..", "scripts/Dockerfile from . (scripts/build.sh:1)"),
        ("docker build -f docker/web.Dockerfile .", "docker/web.Dockerfile from . (scripts/build.sh:1)"),
        ('cd "$(dirname "$0")/.."\ndocker build .', "Dockerfile from . (scripts/build.sh:2)"),
        (
            'cd -- "$(dirname -- "${BASH_SOURCE[0]}")"\ndocker build .',
            "scripts/Dockerfile from scripts (scripts/build.sh:2)",
        ),
        (
            'DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"\nROOT=$(dirname "$DIR")\n'
            'docker build "$ROOT/backend"',
            "backend/Dockerfile from backend (scripts/build.sh:3)",
        ),
        (
            "HERE=$(dirname $(readlink -f $0))\ndocker build $HERE/../backend",
            "backend/Dockerfile from backend (scripts/build.sh:2)",
        ),
        ("docker build \\\n  -t x \\\n  backend", "backend/Dockerfile from backend (scripts/build.sh:1)"),
    ],
)
def test_script_in_a_folder(tmp_path: Path, text: str, expected: str) -> None:
    assert told(uses(tmp_path, {"scripts/build.sh": text}, *PLACES, "scripts/Dockerfile")) == [expected]


def test_script_that_may_be_called_from_two_folders(tmp_path: Path) -> None:
    found = told(uses(tmp_path, {"backend/build.sh": "docker build .\n"}, *PLACES))
    assert found == [
        "backend/Dockerfile from backend (backend/build.sh:1) ?",
        "Dockerfile from . (backend/build.sh:1) ?",
    ]


def test_makefile(tmp_path: Path) -> None:
    text = (
        "IMAGE ?= me/app\nFILE := docker/web.Dockerfile # which\nFLAGS =\nDOCKER = docker\n"
        "HERE := $(patsubst %/,%,$(dir $(realpath $(firstword $(MAKEFILE_LIST)))))\n.PHONY: all\n"
        "all: other\n\t@$(DOCKER) build $(FLAGS) -t $(IMAGE) \\\n\t\t-f ${FILE} .\n"
        "other:\n\tdocker build -t $$USER/x $(CURDIR)/backend\n\tcd backend && docker build $(HERE)\n"
        "\tdocker build $(if $(FLAGS),--push) backend\n"
    )
    assert told(uses(tmp_path, {"Makefile": text}, *PLACES)) == [
        "docker/web.Dockerfile from . (Makefile:8)",
        "backend/Dockerfile from backend (Makefile:11)",
        "Dockerfile from . (Makefile:12)",
        "backend/Dockerfile from backend (Makefile:13)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "%:\n\tdocker build $@\n",
        "x:\n\tdocker build $(shell cat where)\n",
        "WHERE = backend\nWHERE = docker\nx:\n\tdocker build $(WHERE)\n",
        "WHERE = backend\nx: WHERE = docker\nx:\n\tdocker build $(WHERE)\n",
        "A = $(B)\nB = $(A)\nx:\n\tdocker build $(A)\n",
        "docker build .\n",
    ],
)
def test_makefile_that_says_nothing_certain(tmp_path: Path, text: str) -> None:
    assert uses(tmp_path, {"Makefile": text}) == ()


def test_makefile_of_a_folder(tmp_path: Path) -> None:
    found = told(uses(tmp_path, {"backend/Makefile": "x:\n\tdocker build .\n\tdocker build ..\n"}, *PLACES))
    assert found == ["backend/Dockerfile from backend (backend/Makefile:2)", "Dockerfile from . (backend/Makefile:3)"]


def test_package_json(tmp_path: Path) -> None:
    text = '{\n  "scripts": {\n    "start": "node .",\n    "image": "docker build -f docker/web.Dockerfile ."\n  }\n}\n'
    assert told(uses(tmp_path, {"package.json": text}, *PLACES)) == ["docker/web.Dockerfile from . (package.json:4)"]


def test_justfile(tmp_path: Path) -> None:
    recipe = "build tag:\n    docker build -t {{tag}} \\\n      {{where}}\n"
    text = f"where := 'backend'\n{recipe}other:\n    docker build {{{{tag}}}}\n"
    assert told(uses(tmp_path, {"justfile": text}, *PLACES)) == ["backend/Dockerfile from backend (justfile:3)"]


def test_jenkinsfile(tmp_path: Path) -> None:
    text = 'stage(\'x\') {\n  sh \'docker build backend\'\n  sh """\n    docker build -t ${TAG} .\n  """\n}\n'
    assert told(uses(tmp_path, {"Jenkinsfile": text}, *PLACES)) == [
        "backend/Dockerfile from backend (Jenkinsfile:2)",
        "Dockerfile from . (Jenkinsfile:4)",
    ]


def test_jenkinsfile_that_moves(tmp_path: Path) -> None:
    text = "dir('backend') { sh 'docker build .' }\n"
    assert told(uses(tmp_path, {"Jenkinsfile": text}, *PLACES)) == ["Dockerfile from . (Jenkinsfile:1) ?"]


def test_common_files_of_deep_folders_are_left_alone(tmp_path: Path) -> None:
    text = "x:\n\tdocker build ../..\n"
    assert uses(tmp_path, {"a/b/Makefile": text}) == ()
    assert told(uses(tmp_path, {"a/b/Makefile": text}, "Dockerfile", "a/b/other.Dockerfile")) == [
        "Dockerfile from . (a/b/Makefile:2)"
    ]
