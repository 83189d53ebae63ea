"""Base images: the Python that is pinned, and slim only where it is known to be enough."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import repaired


def base_of(text: str) -> str:
    return next(line for line in text.splitlines() if line.upper().startswith("FROM")).split()[1]


def pinned(case: str, tmp_path: Path, changes: dict[str, str | None] | None = None) -> str:
    found = repaired(case, tmp_path, changes)
    assert "DF101" in found.applied
    return base_of(found.text)


# --- slim lacks


@pytest.mark.parametrize(
    "package", ["annoy", "hnswlib", "RPi.GPIO", "spidev", "evdev", "pyicu", "a-package-of-nobody", "annoy==1.17.3"]
)
def test_a_package_that_is_not_known_keeps_the_full_image(tmp_path: Path, package: str) -> None:
    changes = {"requirements.txt": f"fastapi\nuvicorn\n{package}\n"}
    assert pinned("slim-lacks-compiler-for-source-only", tmp_path, changes) == "python:3.12"


def test_the_reason_names_the_package(tmp_path: Path) -> None:
    assert "annoy" in repaired("slim-lacks-compiler-for-source-only", tmp_path).because("DF101")


@pytest.mark.parametrize(
    "text",
    [
        '[build-system]\nrequires = ["meson-python"]\nbuild-backend = "mesonpy"\n'
        '[project]\nname = "a"\nversion = "1"\n',
        '[build-system]\nrequires = ["scikit-build-core"]\nbuild-backend = "scikit_build_core.build"\n'
        '[project]\nname = "a"\nversion = "1"\n',
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "a"\nversion = "1"\n[[tool.setuptools.ext-modules]]\nname = "a.b"\nsources = ["b.c"]\n',
        '[build-system]\nrequires = ["setuptools", "Cython"]\n[project]\nname = "a"\nversion = "1"\n',
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "a"\nversion = "1"\n[tool.hatch.build.hooks.custom]\n',
    ],
)
def test_a_build_backend_that_may_compile_keeps_the_full_image(tmp_path: Path, text: str) -> None:
    changes = {"requirements.txt": "fastapi\n", "pyproject.toml": text, "main.py": "import fastapi\n"}
    assert pinned("slim-lacks-compiler-for-source-only", tmp_path, changes) == "python:3.12"


def test_a_build_backend_that_copies_python_does_not(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    text += '[project]\nname = "a"\nversion = "1"\n'
    changes = {"requirements.txt": "fastapi\n", "pyproject.toml": text, "main.py": "import fastapi\n"}
    assert pinned("slim-lacks-compiler-for-source-only", tmp_path, changes) == "python:3.12-slim"


@pytest.mark.parametrize(
    "package", ["ultralytics", "mediapipe", "insightface", "unstructured", "django-weasyprint", "rdkit"]
)
def test_a_library_that_a_dependency_loads_keeps_the_full_image(tmp_path: Path, package: str) -> None:
    changes = {"requirements.txt": f"fastapi\nuvicorn\n{package}\n"}
    assert pinned("slim-lacks-library-of-a-dependency", tmp_path, changes) == "python:3.12"


def test_the_dependency_in_between_is_named(tmp_path: Path) -> None:
    changes = {"requirements.txt": "fastapi\nmediapipe\n"}
    said = repaired("slim-lacks-library-of-a-dependency", tmp_path, changes).because("DF101")
    assert "opencv-contrib-python through mediapipe" in said


@pytest.mark.parametrize(
    "requirements",
    [
        "fastapi\nuvicorn[standard]\nsqlalchemy\npsycopg2-binary\npydantic-settings\n",
        "Django>=5\ndjangorestframework\ncelery[redis]\ngunicorn\nwhitenoise\nPillow\n",
        "pandas\nnumpy\nscikit-learn\nmatplotlib\nstreamlit\n",
        "langchain-openai\nopenai\ntiktoken\npython-dotenv\n",
        "flask==3.0.0\nflask-sqlalchemy\nrequests\nopencv-python-headless\n",
        "aiogram\nasyncpg\n",
        "torch\ntransformers\n",
    ],
)
def test_usual_projects_keep_slim(tmp_path: Path, requirements: str) -> None:
    changes = {"requirements.txt": requirements, "main.py": "print(1)\n"}
    assert pinned("slim-lacks-library-of-a-dependency", tmp_path, changes) == "python:3.12-slim"


def test_tkinter_keeps_the_full_image(tmp_path: Path) -> None:
    changes = {"requirements.txt": "fastapi\n", "main.py": "from tkinter import Tk\n"}
    assert pinned("slim-lacks-library-of-a-dependency", tmp_path, changes) == "python:3.12"


COMPOSE = "services:\n  a:\n    build: .\n"


@pytest.mark.parametrize(
    "more",
    [
        '    healthcheck:\n      test: ["CMD","curl","-f","http://localhost:8000"]\n',
        '    healthcheck:\n      test: ["CMD-SHELL", "wget -qO- localhost:8000 || exit 1"]\n',
        "    healthcheck:\n      test: pgrep -f uvicorn\n",
        '    command: bash -c "git pull && uvicorn main:app"\n',
        "    entrypoint: /bin/sh -c 'git fetch; exec uvicorn main:app'\n",
        "    post_start:\n      - command: curl localhost\n",
    ],
)
def test_what_compose_runs_keeps_the_full_image(tmp_path: Path, more: str) -> None:
    changes = {"docker-compose.yml": COMPOSE + more}
    assert pinned("slim-lacks-curl-of-compose-healthcheck", tmp_path, changes) == "python:3.12"


def test_the_health_check_of_another_service_does_not(tmp_path: Path) -> None:
    other = '  db:\n    image: postgres:18\n    healthcheck:\n      test: ["CMD","curl","x"]\n'
    changes = {"docker-compose.yml": COMPOSE + other}
    assert pinned("slim-lacks-curl-of-compose-healthcheck", tmp_path, changes) == "python:3.12-slim"


def test_a_health_check_in_python_does_not(tmp_path: Path) -> None:
    check = '    healthcheck:\n      test: ["CMD","python","-c","print(1)"]\n'
    changes = {"docker-compose.yml": COMPOSE + check}
    assert pinned("slim-lacks-curl-of-compose-healthcheck", tmp_path, changes) == "python:3.12-slim"


POD = """\
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: a
          image: registry.example.com/team/a:1
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "k8s/deploy.yaml",
            POD + "          livenessProbe:\n            exec:\n              command: [curl, localhost]\n",
        ),
        ("k8s/deploy.yaml", POD + '          command: ["sh", "-c", "git pull && python main.py"]\n'),
        (
            "chart/deploy.yaml",
            "{{ if x }}\ncontainers:\n  - livenessProbe:\n      exec:\n        command: [curl]\n{{ end }}\n",
        ),
        ("Makefile", "shell:\n\tdocker compose exec a git status\n"),
        ("Makefile", "top:\n\tdocker exec -it app ps aux\n"),
        ("smoke.sh", "docker run --rm app curl -f localhost\n"),
        (
            ".devcontainer/devcontainer.json",
            '{"build": {"dockerfile": "../Dockerfile"}, "postCreateCommand": "make dev"}',
        ),
    ],
)
def test_what_others_run_in_the_container_keeps_the_full_image(tmp_path: Path, path: str, text: str) -> None:
    changes = {"docker-compose.yml": COMPOSE, path: text}
    assert pinned("slim-lacks-curl-of-compose-healthcheck", tmp_path, changes) == "python:3.12"


@pytest.mark.parametrize(
    ("script", "text"),
    [("serve", "#!/bin/sh\ncurl -f localhost\n"), ("go.sh", "#!/bin/sh\n./more.sh\n")],
)
def test_the_scripts_of_the_start_are_read(tmp_path: Path, script: str, text: str) -> None:
    changes = {
        "docker-compose.yml": COMPOSE,
        script: text,
        "more.sh": "#!/bin/sh\ngit pull\n",
        "Dockerfile": f'FROM python:latest\nWORKDIR /app\nCOPY . .\nUSER 1000\nCMD ["./{script}"]\n',
    }
    assert pinned("slim-lacks-curl-of-compose-healthcheck", tmp_path, changes) == "python:3.12"


def test_gitpython_runs_git(tmp_path: Path) -> None:
    found = repaired("slim-lacks-git-of-gitpython", tmp_path)
    assert base_of(found.text) == "python:3.12"
    assert "gitpython runs git" in found.because("DF101")


def test_git_that_apt_installs_is_enough(tmp_path: Path) -> None:
    text = "FROM python:latest\nRUN apt-get update && apt-get install -y git\nCOPY requirements.txt .\n"
    text += 'RUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\nUSER 1000\nCMD ["uvicorn","main:app"]\n'
    assert pinned("slim-lacks-git-of-gitpython", tmp_path, {"Dockerfile": text}) == "python:3.12-slim"


@pytest.mark.parametrize("code", ['os.execvp("git", ["git"])', 'subprocess.run(["patch", "-p1"])', "os.system(line)"])
def test_programs_that_the_code_runs(tmp_path: Path, code: str) -> None:
    changes = {"requirements.txt": "fastapi\n", "main.py": f"import os, subprocess, sys\nline = sys.argv[1]\n{code}\n"}
    assert pinned("slim-lacks-git-of-gitpython", tmp_path, changes) == "python:3.12"


# --- which Python


@pytest.mark.parametrize("package", ["requests==2.22.0", "requests<2.25", "boto3==1.17.0"])
def test_a_pin_whose_own_requirement_cannot_run(tmp_path: Path, package: str) -> None:
    changes = {"requirements.txt": f"{package}\n"}
    assert pinned("pin-old-release-through-a-pin", tmp_path, changes).startswith("python:3.11")


def test_a_newer_release_of_it_does_not_lower_the_python(tmp_path: Path) -> None:
    assert (
        pinned("pin-old-release-through-a-pin", tmp_path, {"requirements.txt": "requests==2.32.3\n"})
        == "python:3.12-slim"
    )


def test_psycopg2_has_the_limits_of_its_binary(tmp_path: Path) -> None:
    changes = {"requirements.txt": "psycopg2==2.9.3\n"}
    assert pinned("pin-old-release-through-a-pin", tmp_path, changes) == "python:3.10"


@pytest.mark.parametrize(
    ("code", "minor"),
    [
        ("from typing import TypeIs\n", "3.13"),
        ("class A[T = int]:\n    pass\n", "3.13"),
        ("import copy\ncopy.replace(1)\n", "3.13"),
        ("from warnings import deprecated\n", "3.13"),
        ("name = 'x'\nt = t'{name}'\n", "3.14"),
        ("try:\n    pass\nexcept OSError, ValueError:\n    pass\n", "3.14"),
        ("import uuid\nuuid.uuid7()\n", "3.14"),
        ("from compression import zstd\n", "3.14"),
        ("import compression.zstd\n", "3.14"),
        ("import annotationlib\n", "3.14"),
        ("def f[T](a: T) -> T:\n    return a\n", "3.12"),
        ("try:\n    from typing import TypeIs\nexcept ImportError:\n    TypeIs = None\n", "3.12"),
        ("import sys\nif sys.version_info >= (3, 13):\n    from warnings import deprecated\n", "3.12"),
        ("try:\n    pass\nexcept (OSError, ValueError):\n    pass\n", "3.12"),
        ("x = {'t': 1}\nprint(f'{x}', 't')\n", "3.12"),
    ],
)
def test_the_code_raises_the_python(tmp_path: Path, code: str, minor: str) -> None:
    assert pinned("pin-older-than-the-code-needs", tmp_path, {"main.py": code}) == f"python:{minor}-slim"


def test_an_old_pin_does_not_go_below_what_the_code_needs(tmp_path: Path) -> None:
    changes = {"main.py": "from typing import override\n", "requirements.txt": "requests==2.22.0\n"}
    assert repaired("pin-older-than-the-code-needs", tmp_path, changes).offered("DF101") == "suggestion"


def test_compose_names_the_version(tmp_path: Path) -> None:
    found = repaired("pin-ignores-version-in-compose-args", tmp_path)
    assert found.text.startswith("ARG TAG=3.9-slim\n")
    assert "docker-compose.yml" in found.because("DF101")


def test_two_versions_in_compose_are_a_question(tmp_path: Path) -> None:
    more = "services:\n  a:\n    build: {context: ., args: {TAG: '3.9'}}\n"
    more += "  b:\n    build: {context: ., args: {TAG: '3.11'}}\n"
    found = repaired("pin-ignores-version-in-compose-args", tmp_path, {"docker-compose.yml": more})
    assert found.offered("DF101") == "suggestion"


@pytest.mark.parametrize(
    ("path", "text", "minor"),
    [
        (".github/workflows/a.yml", "jobs:\n  a:\n    container: python:3.11\n", "3.11"),
        (".github/workflows/a.yml", "jobs:\n  a:\n    container:\n      image: python:3.11-slim\n", "3.11"),
        (
            ".devcontainer/devcontainer.json",
            '{"image": "mcr.microsoft.com/devcontainers/python:1-3.11-bookworm"}',
            "3.11",
        ),
        (".travis.yml", "language: python\npython: '3.11'\n", "3.11"),
        (".travis.yml", "language: python\npython:\n  - 3.11\n", "3.11"),
        (".gitlab-ci.yml", "image: python:3.11-slim\ntest:\n  script: pytest\n", "3.11"),
        (".circleci/config.yml", "jobs:\n  a:\n    docker:\n      - image: cimg/python:3.11.4\n", "3.11"),
        (
            "azure-pipelines.yml",
            "steps:\n  - task: UsePythonVersion@0\n    inputs:\n      versionSpec: '3.11'\n",
            "3.11",
        ),
        ("tox.ini", "[tox]\nenvlist = py311\n", "3.11"),
        ("tox.ini", "[tox]\nenvlist = py310, py311\n", "3.12"),
        (".gitlab-ci.yml", "a:\n  image: python:3.10\nb:\n  image: python:3.11\n", "3.12"),
    ],
)
def test_ci_names_the_version(tmp_path: Path, path: str, text: str, minor: str) -> None:
    changes = {"docker-compose.yml": None, path: text}
    found = repaired("pin-ignores-version-in-compose-args", tmp_path, changes)
    assert found.text.startswith(f"ARG TAG={minor}-slim\n")


@pytest.mark.parametrize(
    "more",
    [
        'CMD ["python3.11", "-m", "uvicorn", "main:app"]',
        "COPY --from=ghcr.io/a/b:1 /x /usr/local/lib/python3.11/site-packages",
        "ENV PYTHONPATH=/opt/venv/lib/python3.11/site-packages",
        "RUN pip3.11 install flask",
    ],
)
def test_the_dockerfile_names_the_version(tmp_path: Path, more: str) -> None:
    text = f"ARG TAG=latest\nFROM python:${{TAG}}\nWORKDIR /app\nUSER 1000\n{more}\n"
    changes = {"docker-compose.yml": None, "Dockerfile": text}
    found = repaired("pin-ignores-version-in-compose-args", tmp_path, changes)
    assert found.text.startswith("ARG TAG=3.11")


def test_another_stage_names_the_version(tmp_path: Path) -> None:
    text = 'FROM python:3.11-slim AS build\nRUN pip install flask\nFROM python\nUSER 1000\nCMD ["python"]\n'
    found = repaired("registry-arg-literal-tag", tmp_path, {"Dockerfile": text})
    assert "FROM python:3.11-slim\n" in found.text


# --- where the tag is written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ARG REGISTRY=docker.io\nFROM ${REGISTRY}/python:latest\n", "FROM ${REGISTRY}/python:3.12-slim\n"),
        ("ARG REGISTRY=docker.io\nFROM $REGISTRY/library/python:3\n", "FROM $REGISTRY/library/python:3.12-slim\n"),
        ("ARG PY\nFROM python:${PY:-latest}\n", "FROM python:${PY:-3.12-slim}\n"),
        ("FROM python:${PY:-latest}\n", "FROM python:${PY:-3.12-slim}\n"),
        ("ARG PY\nFROM python:${PY:-3}-alpine\n", "FROM python:${PY:-3.12}-alpine\n"),
        ("FROM ${R:-docker.io}/python:${PY:-latest}\n", "FROM ${R:-docker.io}/python:${PY:-3.12-slim}\n"),
        ("ARG R=docker.io\nARG V=latest\nFROM ${R}/python:${V}\n", "ARG V=3.12-slim\nFROM ${R}/python:${V}\n"),
    ],
)
def test_the_tag_is_pinned_where_it_stands(tmp_path: Path, before: str, after: str) -> None:
    rest = 'COPY . .\nUSER 1000\nCMD ["uvicorn","main:app"]\n'
    assert after in repaired("registry-arg-literal-tag", tmp_path, {"Dockerfile": before + rest}).text


# --- other images


@pytest.mark.parametrize(
    ("image", "pinned_to"),
    [
        ("nginx", "nginx:1.31"),
        ("nginx:stable-alpine", "nginx:1.30-alpine"),
        ("nginx:mainline-alpine", "nginx:1.31-alpine"),
        ("node:lts-slim", "node:26-slim"),
        ("golang:1-alpine", "golang:1.27-alpine"),
        ("redis:alpine", "redis:8.10-alpine"),
        ("postgres", "postgres:18"),
        ("alpine:3", "alpine:3.24"),
        ("debian:stable-slim", "debian:13-slim"),
        ("ubuntu", "ubuntu:26.04"),
        ("rust:slim", "rust:1.98-slim"),
        ("php:8-fpm", "php:8.5-fpm"),
        ("eclipse-temurin", "eclipse-temurin:25"),
    ],
)
def test_other_images_get_a_number_and_its_date(tmp_path: Path, image: str, pinned_to: str) -> None:
    found = repaired("registry-arg-literal-tag", tmp_path, {"Dockerfile": f"FROM {image}\nRUN ls\n"})
    (finding,) = found.findings("DF101")
    assert finding.fix is not None
    assert finding.fix.title == f"Pin {pinned_to}"
    assert "2026-08-22" in finding.fix.because


def test_a_release_that_is_given_up_gets_a_word(tmp_path: Path) -> None:
    changes = {"Dockerfile": "FROM node:latest\nRUN ls\n", ".nvmrc": "14\n"}
    assert "Node 14 has had no fixes since 2023-04-30" in repaired(
        "registry-arg-literal-tag", tmp_path, changes
    ).because("DF101")


def test_openjdk_has_a_successor(tmp_path: Path) -> None:
    found = repaired("registry-arg-literal-tag", tmp_path, {"Dockerfile": "FROM openjdk\nRUN ls\n"})
    assert "eclipse-temurin" in found.because("DF101")
