"""The engine helper itself, asked about images whose answers are known."""

import time
from pathlib import Path

import pytest
from base_images import NoBaseImage, Suite
from container import Container, NoAnswer
from docker_engine import BuildFailed, Engine, base_references
from stand_ins import StandIns

DEBIAN = {"bookworm": "12", "trixie": "13"}


def context(folder: Path, dockerfile: str) -> Path:
    (folder / "Dockerfile").write_text(dockerfile)
    return folder


def test_inspect_tells_what_the_dockerfile_set(engine: Engine, tmp_path: Path) -> None:
    dockerfile = """\
FROM python:3.12-slim
WORKDIR /srv
ENV GREETING="hello = world"
EXPOSE 8000
EXPOSE 53/udp
VOLUME /data
LABEL a=b
USER 1234:5678
ENTRYPOINT ["python", "-c"]
CMD echo hi
"""
    image = engine.inspect(engine.build(context(tmp_path, dockerfile)).tag)
    assert image.working_dir == "/srv"
    assert image.env["GREETING"] == "hello = world"
    assert image.env["PATH"] == "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert image.exposed_ports == {"8000/tcp", "53/udp"}
    assert image.volumes == {"/data"}
    assert image.labels["a"] == "b"
    assert image.user == "1234:5678"
    assert image.entrypoint == ("python", "-c")
    assert image.cmd == ("/bin/sh", "-c", "echo hi")


def test_what_nothing_sets_is_empty(engine: Engine, tmp_path: Path) -> None:
    image = engine.inspect(engine.build(context(tmp_path, "FROM scratch\nCOPY Dockerfile /\n")).tag)
    assert (image.user, image.entrypoint, image.cmd) == ("", None, None)
    assert set(image.env) == {"PATH"}
    assert not image.labels
    assert len(image.layers) == 1


def test_process_1_is_seen_from_inside(engine: Engine, tmp_path: Path) -> None:
    dockerfile = 'FROM python:3.12-slim\nUSER 1234\nCMD ["sleep", "a b", "100"]\n'
    tag = engine.build(context(tmp_path, dockerfile)).tag
    with engine.run(tag, "sleep", "100") as container:
        assert container.uid() == 1234
        assert container.argv() == ("sleep", "100")


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(engine: Engine, tmp_path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    tag = engine.build(context(tmp_path, "FROM python:3.12-slim\n")).tag
    with engine.run(tag, "python", "-c", script) as container:
        wait_for_log(container, "up")
        stopped = container.stop(grace=1)
    assert stopped.exit_code == 137
    assert 0.9 < stopped.seconds < 5


def wait_for_log(container: Container, words: str) -> None:
    deadline = time.monotonic() + 10
    while words not in container.log() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_server_is_asked_inside_its_own_network(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "hello.txt").write_text("hello")
    dockerfile = (
        'FROM python:3.12-slim\nCOPY hello.txt /srv/\nCMD ["python", "-m", "http.server", "-d", "/srv", "80"]\n'
    )
    tag = engine.build(context(tmp_path, dockerfile)).tag
    with engine.run(tag) as first, engine.run(tag) as second:
        assert first.http_get(80, "/hello.txt").body == "hello"
        assert second.http_get(80, "/missing").status == 404


def test_a_container_that_ended_says_why(engine: Engine, tmp_path: Path) -> None:
    tag = engine.build(context(tmp_path, "FROM python:3.12-slim\n")).tag
    with engine.run(tag, "python", "-c", "raise SystemExit('no database')") as container:
        wait_for_log(container, "no database")
        with pytest.raises(NoAnswer, match="no database"):
            container.http_get(8000, within=1)


def test_a_second_build_runs_only_what_changed(engine: Engine, tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12-slim\nARG ID\nRUN echo $ID\nCOPY Dockerfile /\n"
    first = engine.build(context(tmp_path, dockerfile), arguments={"ID": str(tmp_path)})
    assert first.step("RUN echo").status == "ran"
    (tmp_path / "Dockerfile").write_text(dockerfile + "# edited\n")
    second = engine.build(tmp_path, arguments={"ID": str(tmp_path)})
    assert second.step("RUN echo").status == "cached"
    assert second.step("COPY").status == "ran"


def test_a_build_that_fails_shows_its_log(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="no such thing"):
        engine.build(context(tmp_path, "FROM python:3.12-slim\nRUN echo no such thing; false\n"))


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_base_images_stand_on_the_suite_asked_for(engine: Engine, tmp_path: Path, suite: Suite) -> None:
    tag = engine.build(context(tmp_path, "FROM python:3.12-slim\n"), suite=suite).tag
    with engine.run(tag, "sleep", "100") as container:
        assert f'VERSION_ID="{DEBIAN[suite]}"' in container.execute("cat", "/etc/os-release")


@pytest.mark.parametrize(("suite", "commands"), [("bookworm", {"adduser", "useradd"}), ("trixie", {"useradd"})])
def test_stand_ins_have_the_user_commands_of_the_official_images(
    engine: Engine, tmp_path: Path, suite: Suite, commands: set[str]
) -> None:
    tag = engine.build(context(tmp_path, "FROM python:3.12-slim\n"), suite=suite).tag
    with engine.run(tag, "sleep", "100") as container:
        found = {Path(path).name for path in container.files("/usr/sbin")}
    assert found & {"adduser", "useradd"} == commands


def test_pip_lives_where_the_official_images_have_it(engine: Engine, tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12-slim\nRUN pip install --upgrade pip && pip install --user click\n"
    tag = engine.build(context(tmp_path, dockerfile)).tag
    with engine.run(tag, "sleep", "100") as container:
        assert container.execute("sh", "-c", "command -v python; command -v pip").split() == [
            "/usr/local/bin/python",
            "/usr/local/bin/pip",
        ]
        assert container.execute("python", "-c", "import click; print(click.__file__)").startswith("/root/.local/")


def test_stand_ins_say_that_they_are(engine: Engine, tmp_path: Path) -> None:
    if not isinstance(engine.bases, StandIns):
        pytest.skip("real base images are used here")
    image = engine.inspect(engine.build(context(tmp_path, "FROM python:3.12-slim\n")).tag)
    assert image.labels == {"org.dockerfix.stand-in": "true", "org.dockerfix.stand-in.suite": "trixie"}


@pytest.mark.parametrize("reference", ["ruby:3.3", "python@sha256:00", "ghcr.io/astral-sh/uv:python3.12-alpine"])
def test_no_stand_in_pretends_to_be_another_image(engine: Engine, tmp_path: Path, reference: str) -> None:
    if not isinstance(engine.bases, StandIns):
        pytest.skip("real base images are used here")
    with pytest.raises(NoBaseImage, match=reference):
        engine.build(context(tmp_path, f"FROM {reference}\n"))


def test_the_user_commands_of_alpine_are_busybox(engine: Engine, tmp_path: Path) -> None:
    tag = engine.build(context(tmp_path, "FROM python:3.12-alpine\n")).tag
    with engine.run(tag, "sleep", "100") as container:
        assert container.execute("realpath", "/usr/sbin/adduser", "/bin/sh").split() == ["/usr/bin/busybox"] * 2
        assert container.execute("sh", "-c", "command -v useradd bash apt-get || true") == ""


def test_node_is_laid_out_as_in_the_official_image(engine: Engine, tmp_path: Path) -> None:
    dockerfile = "FROM node:22-slim\nWORKDIR /srv\nRUN npm --version && npm install is-number\n"
    image = engine.build(context(tmp_path, dockerfile))
    assert engine.inspect(image.tag).entrypoint == ("docker-entrypoint.sh",)
    with engine.run(image.tag, "-e", "setTimeout(() => {}, 60000)") as container:
        assert container.argv()[0] == "node"
        assert container.execute("id", "-u", "node").strip() == "1000"


def test_go_compiles(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text('package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("built") }\n')
    dockerfile = "FROM golang:1.27-alpine\nCOPY main.go .\nRUN go build -o /built main.go && /built\n"
    engine.build(context(tmp_path, dockerfile))


def test_images_to_copy_from_are_had_too(engine: Engine, tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\nRUN uv --version\n"
    assert engine.build(context(tmp_path, dockerfile)).step("RUN uv").status == "ran"


def test_only_outside_images_are_base_references(tmp_path: Path) -> None:
    dockerfile = """\
ARG VERSION=3.12
FROM --platform=linux/amd64 python:3.12 AS Build
FROM build AS test
FROM scratch
FROM python:${VERSION}
FROM debian:12-slim
COPY --from=build /a /b
COPY --from=0 /a /b
COPY --from=ghcr.io/astral-sh/uv /uv /bin/
"""
    found = base_references(context(tmp_path, dockerfile) / "Dockerfile")
    assert found == ["python:3.12", "debian:12-slim", "ghcr.io/astral-sh/uv"]
