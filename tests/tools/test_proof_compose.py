"""How a compose file says that an image is started, and what stands beside it."""

from __future__ import annotations

from pathlib import Path

from proof.compose import Surroundings, alone, filled, service_kind, surroundings


def read(folder: Path, text: str, dockerfile: str = "Dockerfile") -> Surroundings | None:
    (folder / "compose.yaml").write_text(text)
    return surroundings(folder, folder / dockerfile)


def test_services_that_it_depends_on_stand_beside_it(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """
services:
  web:
    build: {context: ., args: {MODE: prod}, target: final}
    command: gunicorn app:app
    ports: ["8080:8000"]
    environment: {DATABASE_URL: "postgres://u:p@db/x", CACHE: "redis://cache:6379"}
    depends_on: [db]
  db: {image: "postgres:16", environment: [POSTGRES_PASSWORD=p]}
  cache: {image: "redis:7-alpine"}
  mail: {image: mailhog/mailhog}
""",
    )
    assert found is not None
    assert found.own.command == ("gunicorn", "app:app")
    assert found.own.ports == (8000,)
    assert [service.name for service in found.beside] == ["db", "cache"]
    assert found.missing == ()
    assert (found.arguments, found.target) == ((("MODE", "prod"),), "final")


def test_a_service_without_a_stand_in_is_missing(tmp_path: Path) -> None:
    found = read(tmp_path, "services:\n  a: {build: ., depends_on: [q]}\n  q: {image: confluentinc/cp-kafka}\n")
    assert found is not None
    assert found.missing == ("confluentinc/cp-kafka",)


def test_a_compose_file_of_another_dockerfile_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "services:\n  a: {build: ./other}\n") is None


def test_mounts_are_volumes_or_binds(tmp_path: Path) -> None:
    found = read(tmp_path, "services:\n  a: {build: ., volumes: ['data:/data', './conf:/etc/x:ro', '/anonymous']}\n")
    assert found is not None
    assert found.own.volumes == ("/data", "/anonymous")
    assert [(bind.source, bind.target, bind.read_only) for bind in found.own.binds] == [
        (tmp_path / "conf", "/etc/x", True)
    ]


def test_a_sample_stands_in_for_an_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("SECRET_KEY='abc'  # any\nPORT=8000 # inside\nexport X=1\n")
    found = read(tmp_path, "services:\n  a: {build: ., env_file: .env}\n")
    assert found is not None
    assert dict(found.own.environment) == {"SECRET_KEY": "abc", "PORT": "8000", "X": "1"}


def test_a_container_alone_gets_the_sample_too(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / ".env.example").write_text("A=1\n")
    assert alone(tmp_path, tmp_path / "api" / "Dockerfile").own.environment == (("A", "1"),)


def test_variables_are_filled_as_compose_does() -> None:
    assert filled("${A:-x} ${B-y} $C $$D ${E?no}", {"C": "c", "B": "b"}) == "x b c $D no"


def test_names_of_services() -> None:
    assert service_kind("bitnami/postgresql:16") == "postgres"
    assert service_kind("redis:7.2-alpine") == "redis"
    assert service_kind("docker.elastic.co/elasticsearch:8") is None
