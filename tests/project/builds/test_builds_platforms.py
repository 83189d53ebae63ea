"""What platforms and development containers build."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import told, uses

from dockerfix.project.builds.reading import BuildUse, Mount

PLACES = ("Dockerfile", "backend/Dockerfile", "docker/web.Dockerfile")


def one(root: Path, path: str, text: str) -> BuildUse:
    (found,) = uses(root, {path: text}, *PLACES)
    return found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("fly.toml", 'app = "x"\n', "Dockerfile from . (fly.toml:1)"),
        (
            "fly.toml",
            'app = "x"\n\n[build]\n  dockerfile = "docker/web.Dockerfile"\n',
            "docker/web.Dockerfile from . (fly.toml:3)",
        ),
        (
            "backend/fly.production.toml",
            'app = "x"\n',
            "backend/Dockerfile from backend (backend/fly.production.toml:1)",
        ),
        (
            "render.yaml",
            "services:\n  - runtime: docker\n    dockerfilePath: ./docker/web.Dockerfile\n    dockerContext: .\n",
            "docker/web.Dockerfile from . (render.yaml:3)",
        ),
        (
            "render.yaml",
            "services:\n  - env: docker\n    rootDir: backend\n",
            "backend/Dockerfile from backend (render.yaml:2)",
        ),
        (
            "heroku.yml",
            "build:\n  docker:\n    web: backend/Dockerfile\n",
            "backend/Dockerfile from backend (heroku.yml:3)",
        ),
        (
            "railway.json",
            '{"build": {\n "dockerfilePath": "docker/web.Dockerfile"}}',
            "docker/web.Dockerfile from . (railway.json:2)",
        ),
        ("railway.toml", '[build]\nbuilder = "DOCKERFILE"\n', "Dockerfile from . (railway.toml:1)"),
        (
            "backend/railway.toml",
            '[build]\nbuilder = "dockerfile"\n',
            "backend/Dockerfile from backend (backend/railway.toml:1) ?",
        ),
        (
            "captain-definition",
            '{"schemaVersion": 2,\n "dockerfilePath": "./docker/web.Dockerfile"}',
            "docker/web.Dockerfile from . (captain-definition:2)",
        ),
        (
            ".do/app.yaml",
            "services:\n- name: a\n  dockerfile_path: backend/Dockerfile\n  source_dir: /backend\n",
            "backend/Dockerfile from backend (.do/app.yaml:3)",
        ),
        (
            "skaffold.yaml",
            "build:\n  artifacts:\n    - image: a\n      context: docker\n      docker: {dockerfile: web.Dockerfile}\n",
            "docker/web.Dockerfile from docker (skaffold.yaml:3)",
        ),
        ("skaffold.yaml", "build:\n  artifacts:\n    - image: a\n", "Dockerfile from . (skaffold.yaml:3)"),
        (
            ".devcontainer/devcontainer.json",
            '{\n // what\n "build": {\n  "dockerfile": "../Dockerfile", /* up */\n  "context": "..",\n },\n}\n',
            "Dockerfile from . (.devcontainer/devcontainer.json:4)",
        ),
        (
            ".devcontainer/devcontainer.json",
            '{"dockerFile": "../backend/Dockerfile", "context": "../backend"}',
            "backend/Dockerfile from backend (.devcontainer/devcontainer.json:1)",
        ),
    ],
)
def test_platform(tmp_path: Path, path: str, text: str, expected: str) -> None:
    assert told((one(tmp_path, path, text),)) == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("fly.toml", '[build]\nimage = "me/app"\n'),
        ("fly.toml", '[build]\nbuilder = "heroku/builder:24"\n'),
        ("fly.toml", "[build\n"),
        ("render.yaml", "services:\n  - runtime: python\n"),
        ("render.yaml", "services:\n  - runtime: image\n    image: {url: docker.io/me/app}\n"),
        ("heroku.yml", "build:\n  config: {A: docker}\n"),
        ("railway.json", '{"build": {"builder": "NIXPACKS"}}'),
        ("captain-definition", '{"schemaVersion": 2, "imageName": "docker"}'),
        ("skaffold.yaml", "build:\n  artifacts:\n    - image: a\n      buildpacks: {builder: b}\n"),
        (".devcontainer/devcontainer.json", '{"image": "mcr.microsoft.com/devcontainers/python"}'),
        (".devcontainer/devcontainer.json", '{"dockerComposeFile": "docker-compose.yml", "service": "app"}'),
        (".devcontainer/devcontainer.json", "{"),
        ("action.yml", "runs:\n  using: docker\n  image: docker://alpine\n"),
    ],
)
def test_platform_that_builds_no_dockerfile(tmp_path: Path, path: str, text: str) -> None:
    assert uses(tmp_path, {path: text}, *PLACES) == ()


def test_goreleaser_builds_in_a_folder_of_its_own(tmp_path: Path) -> None:
    found = one(tmp_path, ".goreleaser.yaml", "dockers:\n  - image_templates: [a]\n    dockerfile: Dockerfile\n")
    assert (found.dockerfile, found.context, found.line) == ("Dockerfile", None, 3)


def test_how_fly_starts_it(tmp_path: Path) -> None:
    text = (
        '[processes]\nweb = "gunicorn app:app"\nworker = "celery worker"\n[http_service]\ninternal_port = 80\n'
        '[mounts]\nsource = "data"\ndestination = "/data"\n'
    )
    web, worker = uses(tmp_path, {"fly.toml": text})
    assert (web.service, web.command, worker.command) == ("web", ("gunicorn", "app:app"), ("celery", "worker"))
    assert (web.ports, web.mounts) == ((80,), (Mount("volume", "data", "/data", False),))


def test_how_render_and_heroku_start_it(tmp_path: Path) -> None:
    render = "services:\n  - {runtime: docker, name: web, dockerCommand: serve --port 80, disk: {mountPath: /data}}\n"
    found = one(tmp_path, "render.yaml", render)
    assert (found.service, found.command) == ("web", ("serve", "--port", "80"))
    assert found.mounts == (Mount("volume", "disk", "/data", False),)
    (tmp_path / "render.yaml").unlink()
    heroku = "build:\n  docker:\n    web: Dockerfile\nrun:\n  web:\n    command: [migrate, serve]\n"
    assert one(tmp_path, "heroku.yml", heroku).command == ("sh", "-c", "migrate && serve")


def test_user_and_target_of_a_development_container(tmp_path: Path) -> None:
    text = '{"build": {"dockerfile": "../Dockerfile", "context": "..", "target": "dev"}, "containerUser": "vscode"}'
    found = one(tmp_path, ".devcontainer/devcontainer.json", text)
    assert (found.target, found.user, found.service) == ("dev", "vscode", "devcontainer")
