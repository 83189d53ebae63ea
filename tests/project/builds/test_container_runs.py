"""What the files around a Dockerfile tell of the containers that are started of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.project.builds.container_runs import ContainerRun, container_runs
from dockerfix.project.builds.use import Granted, Mount
from dockerfix.project.context.build_context import BuildContext


def runs(files: Mapping[str, str]) -> tuple[ContainerRun, ...]:
    context = BuildContext.of_files({"Dockerfile": "FROM scratch\n", **files})
    return container_runs(context.for_dockerfile("Dockerfile"))


def started(command: str) -> ContainerRun:
    (found,) = runs({"run.sh": command + "\n"})
    return found


def test_options_of_docker_run() -> None:
    found = started(
        "docker run --rm -it --name web -p 127.0.0.1:8080:80/tcp -e MODE=prod -eA=1 --user=1000 "
        "--cap-add NET_ADMIN --device /dev/kvm:/dev/kvm:rw --entrypoint serve notes --port 80"
    )
    assert (found.image, found.ports, found.user, found.entrypoint) == ("notes", (80,), "1000", ("serve",))
    assert found.command == ("--port", "80")
    assert found.environment == (("MODE", "prod"), ("A", "1"))
    assert found.granted == (Granted("capability", "NET_ADMIN"), Granted("device", "/dev/kvm"))


@pytest.mark.parametrize(
    ("option", "mount"),
    [
        ("-v notes:/data", Mount("volume", "notes", "/data", False)),
        ("-v/srv/d:/data:ro", Mount("bind", "/srv/d", "/data", True)),
        ("-v $PWD/d:/data", Mount("bind", "d", "/data", False, in_context=True)),
        ('-v "$(pwd)":/data', Mount("bind", "", "/data", False, in_context=True)),
        ("--volume ./d:/data:z,ro", Mount("bind", "d", "/data", True, in_context=True)),
        ("-v $HOME/.aws:/aws", Mount("bind", "$HOME/.aws", "/aws", False)),
        ("-v /data", Mount("anonymous", None, "/data", False)),
        ("--mount type=volume,src=notes,dst=/data", Mount("volume", "notes", "/data", False)),
        ("--mount type=bind,source=./d,target=/data,readonly", Mount("bind", "d", "/data", True, in_context=True)),
        ("--mount type=tmpfs,destination=/data", Mount("tmpfs", None, "/data", False)),
    ],
)
def test_mount_of_docker_run(option: str, mount: Mount) -> None:
    assert started(f"docker run {option} notes").mounts == (mount,)


def test_mount_names_its_line() -> None:
    assert [mount.place for mount in started("#!/bin/sh\n\ndocker run -v a:/b notes").mounts] == ["run.sh:3"]


@pytest.mark.parametrize(
    ("command", "is_ours"),
    [
        ("docker build -t me/notes . && docker run me/notes:latest", True),
        ("docker build -t me/notes . && docker run ghcr.io/me/notes", True),
        ("docker run notes", True),  # on no registry: made here
        ("docker run $IMAGE", None),
        ("docker run someone/tool", None),
    ],
)
def test_whose_image_it_is(command: str, is_ours: bool | None) -> None:
    assert started(command).is_ours is is_ours


@pytest.mark.parametrize(
    "command", ["docker run postgres:16", "docker run --rm notes pytest", "docker ps", "docker start x"]
)
def test_no_run_of_this_image(command: str) -> None:
    assert runs({"run.sh": command + "\n"}) == ()


def test_image_of_another_dockerfile() -> None:
    files = {
        "api/Dockerfile": "FROM scratch\n",
        "run.sh": "docker build -t api api\ndocker build -t web .\ndocker run api\n",
    }
    assert runs(files) == ()


def test_variable_may_hold_more_options() -> None:
    found = started("docker run $OPTIONS -v notes:/data $IMAGE")
    assert (found.image, len(found.mounts)) == (None, 1)


def test_pod_of_kubernetes() -> None:
    pod = (
        "kind: Pod\nspec:\n  securityContext: {runAsUser: 0}\n  containers:\n  - name: web\n    image: notes\n"
        "    args: [serve]\n    env: [{name: A, value: '1'}]\n    ports: [{containerPort: 80}]\n    volumeMounts:\n"
        "    - {name: d, mountPath: /data}\n    - {name: c, mountPath: /etc/notes}\n"
        "    - {name: t, mountPath: /tmp/x}\n"
        "  volumes:\n  - {name: d, hostPath: {path: /srv}}\n  - {name: c, configMap: {name: c}}\n"
        "  - {name: t, emptyDir: {}}\n"
    )
    (found,) = runs({"k8s/pod.yaml": pod})
    assert (found.name, found.user, found.command, found.ports) == ("the container web", "0", ("serve",), (80,))
    assert [(mount.kind, mount.target, mount.read_only) for mount in found.mounts] == [
        ("bind", "/data", False),
        ("bind", "/etc/notes", True),
        ("tmpfs", "/tmp/x", False),
    ]


def test_only_image_of_the_manifests_is_this_one() -> None:
    pod = "kind: Pod\nspec:\n  containers:\n  - {name: web, image: ghcr.io/me/web}\n  - {name: db, image: postgres}\n"
    assert [(run.name, run.is_ours) for run in runs({"pod.yaml": pod})] == [("the container web", True)]


def test_service_of_compose_is_a_run_too() -> None:
    compose = "services:\n  web:\n    build: .\n    environment: {A: '1'}\n    cap_add:\n      - SYS_PTRACE\n"
    (found,) = runs({"compose.yaml": compose})
    assert (found.name, found.is_ours, found.environment) == ("the service web", True, (("A", "1"),))
    assert [(one.name, one.place) for one in found.granted] == [("SYS_PTRACE", "compose.yaml:6")]
