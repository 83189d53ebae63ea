"""What compose files say of builds and starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import told, uses

from dockerfix.project.builds.reading import BuildUse, Mount


def one(root: Path, body: str, *dockerfiles: str, **files: str) -> BuildUse:
    text = "services:\n  web:\n" + "".join(f"    {line}\n" for line in body.splitlines())
    (found,) = uses(root, {"compose.yaml": text, **files}, *dockerfiles)
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("build: .", "Dockerfile from . (compose.yaml:3)"),
        ("build: backend", "backend/Dockerfile from backend (compose.yaml:3)"),
        ("build: ./backend/", "backend/Dockerfile from backend (compose.yaml:3)"),
        ("image: x\nbuild:\n  context: backend", "backend/Dockerfile from backend (compose.yaml:4)"),
        ("build:\n  context: .\n  dockerfile: docker/web.Dockerfile", "docker/web.Dockerfile from . (compose.yaml:3)"),
        ("build:\n  context: docker\n  dockerfile: ../Dockerfile", "Dockerfile from docker (compose.yaml:3)"),
        ("build:\n  dockerfile: docker/web.Dockerfile", "docker/web.Dockerfile from . (compose.yaml:3)"),
        ("build: {context: '${CONTEXT:-backend}'}", "backend/Dockerfile from backend (compose.yaml:3)"),
        ("build: {context: '${UNSET-backend}'}", "backend/Dockerfile from backend (compose.yaml:3)"),
    ],
)
def test_build(tmp_path: Path, body: str, expected: str) -> None:
    text = "services:\n  web:\n" + "".join(f"    {line}\n" for line in body.splitlines())
    found = uses(tmp_path, {"compose.yaml": text}, "Dockerfile", "backend/Dockerfile", "docker/web.Dockerfile")
    assert told(found) == [expected]


@pytest.mark.parametrize(
    "build",
    [
        "https://github.com/some/where.git",
        "../elsewhere",
        "/abs/olute",
        "'${CONTEXT}'",
        "missing",
        "{context: ., dockerfile: missing.Dockerfile}",
        "{context: ., dockerfile_inline: FROM scratch}",
    ],
)
def test_build_of_something_else(tmp_path: Path, build: str) -> None:
    assert uses(tmp_path, {"compose.yaml": f"services:\n  web:\n    build: {build}\n"}) == ()


def test_target_and_arguments(tmp_path: Path) -> None:
    found = one(tmp_path, "build:\n  context: .\n  target: prod\n  args:\n    - A=1\n    - B\n    - C=${C}")
    assert (found.target, found.args, found.certain) == ("prod", (("A", "1"), ("B", None), ("C", None)), True)


def test_unknown_target_is_not_certain(tmp_path: Path) -> None:
    found = one(tmp_path, "build:\n  context: .\n  target: ${STAGE}")
    assert (found.target, found.certain) == (None, False)


def test_how_it_is_started(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "build: .\nimage: me/web:1\ncommand: gunicorn app:app -b :80\nentrypoint: [/entry.sh]\nuser: root\n"
        "privileged: true\nports: ['8080:80', '127.0.0.1:9000:9000/tcp', '443', {target: 22}, '3000-3002:4000-4002']\n"
        "environment: {A: '1', B: '${B}', C: }\nvolumes: ['./data:/app/data', 'cache:/cache']",
    )
    assert found.service == "web"
    assert found.image == "me/web:1"
    assert found.command == ("gunicorn", "app:app", "-b", ":80")
    assert found.entrypoint == ("/entry.sh",)
    assert (found.user, found.privileged) == ("root", True)
    assert found.ports == (80, 9000, 443, 22, 4000)
    assert found.environment == (("A", "1"), ("B", None), ("C", None))
    assert found.mounts == (
        Mount("bind", "data", "/app/data", False, in_context=True),
        Mount("volume", "cache", "/cache", False),
    )


def test_variables_of_the_env_file(tmp_path: Path) -> None:
    env = "# where\nexport FOLDER=backend\nSTAGE='prod' \nEMPTY=\n"
    body = "build:\n  context: ${FOLDER}\n  target: ${STAGE}\n  args: {E: '${EMPTY:-no}', N: '$${HOME}'}"
    found = one(tmp_path, body, "backend/Dockerfile", **{".env": env})
    assert (found.context, found.target, found.args) == ("backend", "prod", (("E", "no"), ("N", "${HOME}")))


def test_shared_settings_and_anchors(tmp_path: Path) -> None:
    text = (
        "x-app: &app\n  build: &build {context: ., target: prod}\n  user: app\n"
        "services:\n  web: *app\n  worker:\n    <<: *app\n    command: work\n    build: {<<: *build, target: dev}\n"
    )
    web, worker = uses(tmp_path, {"compose.yaml": text})
    assert (web.target, web.user, web.command) == ("prod", "app", None)
    assert (worker.target, worker.user, worker.command) == ("dev", "app", ("work",))


def test_service_that_extends_another(tmp_path: Path) -> None:
    text = (
        "services:\n  base: {build: ., user: app, volumes: ['./data:/data']}\n"
        "  web: {extends: base, user: root, volumes: ['./other:/data']}\n"
    )
    base, web = uses(tmp_path, {"compose.yaml": text})
    assert (base.user, web.user, web.context) == ("app", "root", "")
    assert web.mounts == (Mount("bind", "other", "/data", False, in_context=True),)


def test_service_that_extends_one_of_another_file(tmp_path: Path) -> None:
    files = {
        "docker/compose.yaml": "services:\n  web:\n    extends: {file: ../shared/services.yaml, service: base}\n",
        "shared/services.yaml": "services:\n  base:\n    build: ../backend\n    volumes: ['./data:/data']\n",
    }
    (found,) = uses(tmp_path, files, "backend/Dockerfile")
    assert told((found,)) == ["backend/Dockerfile from backend (docker/compose.yaml:2)"]
    assert found.mounts == (Mount("bind", "shared/data", "/data", False, in_context=True),)


@pytest.mark.parametrize("extends", ["web", "{file: compose.yaml, service: web}", "missing", "{service: [a]}"])
def test_service_that_extends_itself_or_nothing(tmp_path: Path, extends: str) -> None:
    text = f"services:\n  web:\n    build: .\n    extends: {extends}\n"
    assert told(uses(tmp_path, {"compose.yaml": text})) == ["Dockerfile from . (compose.yaml:3)"]


def test_override_file_is_laid_over_the_main_one(tmp_path: Path) -> None:
    files = {
        "docker-compose.yml": "services:\n  web:\n    build: backend\n    command: serve\n",
        "docker-compose.override.yml": "services:\n  web:\n    build: {target: dev}\n    command: serve --reload\n",
    }
    main, override = uses(tmp_path, files, "backend/Dockerfile")
    assert (main.command, main.target) == (("serve",), None)
    assert (override.command, override.target, override.context) == (("serve", "--reload"), "dev", "backend")


def test_file_for_production_is_laid_over_the_main_one(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  web: {build: ., volumes: ['.:/app']}\n",
        "compose.prod.yaml": "services:\n  web: {command: gunicorn app:app}\n",
    }
    _, prod = uses(tmp_path, files)
    assert (prod.source, prod.command, len(prod.mounts)) == ("compose.prod.yaml", ("gunicorn", "app:app"), 1)


def test_file_that_stands_alone(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  web: {build: ., user: app}\n",
        "compose.test.yaml": "services:\n  web: {build: .}\n  db: {image: postgres}\n",
    }
    assert [use.user for use in uses(tmp_path, files)] == ["app", None]


def test_included_file(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "include:\n  - path: docker/app.yaml\nservices: {}\n",
        "docker/app.yaml": "services:\n  web:\n    build: ..\n",
    }
    assert told(uses(tmp_path, files)) == ["Dockerfile from . (docker/app.yaml:3)"]


def test_service_that_starts_what_another_builds(tmp_path: Path) -> None:
    text = "services:\n  web: {build: ., image: app}\n  worker: {image: app, command: work}\n  db: {image: postgres}\n"
    web, worker = uses(tmp_path, {"compose.yaml": text})
    assert (web.service, worker.service, worker.command, worker.context) == ("web", "worker", ("work",), "")


def test_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    text = "services:\n  web:\n    build: {context: .., dockerfile: docker/Dockerfile}\n"
    found = uses(tmp_path, {"docker/compose.yml": text}, "docker/Dockerfile")
    assert told(found) == ["docker/Dockerfile from . (docker/compose.yml:3)"]


def test_project_directory_may_be_another_one(tmp_path: Path) -> None:
    text = "services:\n  web:\n    build: ./backend\n"
    found = uses(tmp_path, {"docker/compose.yml": text}, "backend/Dockerfile")
    assert told(found) == ["backend/Dockerfile from backend (docker/compose.yml:3) ?"]


def test_numbers_and_words_are_texts(tmp_path: Path) -> None:
    found = one(tmp_path, "build: .\nuser: 1000\ncommand: [sleep, 010, yes]\nports: [8022:22]")
    assert (found.user, found.command, found.ports) == ("1000", ("sleep", "010", "yes"), (22,))


@pytest.mark.parametrize(
    "text",
    ["services: [", "services:\n  web: {build: [a]}\n", "services: {web: *none}\n", "- a\n", "\0", "a: " + "[" * 5000],
)
def test_broken_file_says_nothing(tmp_path: Path, text: str) -> None:
    assert uses(tmp_path, {"compose.yaml": text}) == ()
