"""Compose files around a Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.project.builds.compose import ComposeService, Mount, compose_services
from dockerfix.project.context.build_context import BuildContext


def services(text: str, dockerfile: str = "Dockerfile", name: str = "compose.yaml") -> tuple[ComposeService, ...]:
    return compose_services(BuildContext.of_files({name: text}, dockerfile))


def one(body: str) -> ComposeService:
    found = services("services:\n  web:\n    build: .\n" + "".join(f"    {line}\n" for line in body.splitlines()))
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    "name", ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.prod.yaml", "dev-compose.yml"]
)
def test_name_of_a_compose_file(name: str) -> None:
    assert [service.name for service in services("services: {web: {build: .}}", name=name)] == ["web"]


@pytest.mark.parametrize("build", [".", "./", "{context: .}", "{context: ., dockerfile: Dockerfile}", '"${DIR:-.}"'])
def test_service_that_is_built_from_the_dockerfile(build: str) -> None:
    assert services(f"services:\n  web:\n    build: {build}\n")[0].is_built is True


@pytest.mark.parametrize(
    "build", ["./web", "{context: ., dockerfile: Dockerfile.dev}", "{context: web}", "https://x/y"]
)
def test_service_that_is_built_from_something_else(build: str) -> None:
    assert services(f"services:\n  web:\n    build: {build}\n") == ()


def test_default_name_may_be_written_small() -> None:
    files = {"compose.yaml": "services: {web: {build: .}}", "dockerfile": "FROM debian\n"}
    assert len(compose_services(BuildContext.of_files(files, "dockerfile"))) == 1


def test_dockerfile_of_another_name() -> None:
    text = "services:\n  web:\n    build: {context: ., dockerfile: docker/Dockerfile.web}\n"
    assert len(services(text, "docker/Dockerfile.web")) == 1
    assert services(text) == ()


def test_image_without_a_build_may_be_this_one() -> None:
    assert services("services:\n  web:\n    image: web:latest\n")[0].is_built is None


@pytest.mark.parametrize(
    ("volume", "mount"),
    [
        ("data:/data", Mount("volume", "data", "/data", False)),
        ("data:/data:ro", Mount("volume", "data", "/data", True)),
        ("/data", Mount("anonymous", None, "/data", False)),
        ("./src:/app/src/", Mount("bind", "src", "/app/src", False, in_context=True)),
        (".:/app:rw,z", Mount("bind", "", "/app", False, in_context=True)),
        ("../data:/data", Mount("bind", "../data", "/data", False)),
        ("/srv/data:/data", Mount("bind", "/srv/data", "/data", False)),
        ("~/data:/data", Mount("bind", "~/data", "/data", False)),
        ('"${DATA:-./data}:/data"', Mount("bind", "data", "/data", False, in_context=True)),
        ("{type: bind, source: ./a, target: /a, read_only: true}", Mount("bind", "a", "/a", True, in_context=True)),
        ("{type: volume, source: data, target: /a}", Mount("volume", "data", "/a", False)),
        ("{type: tmpfs, target: /a}", Mount("tmpfs", None, "/a", False)),
    ],
)
def test_mount(volume: str, mount: Mount) -> None:
    assert one(f"volumes:\n  - {volume}").mounts == (mount,)


def test_mount_at_an_unknown_place_is_left_out() -> None:
    assert one('volumes:\n  - "data:${TARGET}"').mounts == ()


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("python app.py", ("python", "app.py")),
        ('["python", "app.py"]', ("python", "app.py")),
        ("bash -c 'a && b'", ("bash", "-c", "a && b")),
        ("'un\"even'", None),
        ("[]", None),
    ],
)
def test_command(command: str, argv: tuple[str, ...] | None) -> None:
    assert one(f"command: {command}").command == argv


def test_user_privileges_and_variables() -> None:
    found = one("user: 1000\nprivileged: true\nenvironment:\n  - A=b\n  - C")
    assert (found.user, found.privileged, found.environment) == ("1000", True, {"A", "C"})


def test_settings_that_services_share() -> None:
    text = "x-base: &base\n  volumes: [data:/data]\nservices:\n  web:\n    <<: *base\n    build: .\n"
    assert services(text)[0].mounts == (Mount("volume", "data", "/data", False),)


@pytest.mark.parametrize("text", ["services: [", "services: {{x}}: 1\n", "- services\n", "services: web\n", "\0", ""])
def test_file_that_is_none_says_nothing(text: str) -> None:
    assert services(text) == ()


def test_compose_file_above_the_context(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "backend").mkdir()
    (tmp_path / "compose.yaml").write_text(
        "services:\n  web:\n    build: ./backend\n    volumes: ['./backend/data:/data']\n"
    )
    (found,) = compose_services(BuildContext.at(tmp_path / "backend", "Dockerfile"))
    assert (found.file, found.is_built) == ("../compose.yaml", True)
    assert found.mounts == (Mount("bind", "data", "/data", False, in_context=True),)


def test_nothing_is_read_above_the_repository(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    build: ./repository\n")
    assert compose_services(BuildContext.at(tmp_path / "repository", "Dockerfile")) == ()
    (tmp_path / "folder").mkdir()
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    build: ./folder\n")
    assert compose_services(BuildContext.at(tmp_path / "folder", "Dockerfile")) == ()
