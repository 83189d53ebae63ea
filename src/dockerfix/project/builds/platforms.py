"""Files that tell a platform how to build and start an image: Fly, Render, Heroku, Railway, CapRover, Skaffold …"""

from __future__ import annotations

import posixpath
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dockerfix.project.builds.commands import Scene, named_build
from dockerfix.project.builds.use import BuildUse, Mount, joined
from dockerfix.project.formats.json import json_line, read_json
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, yaml_documents

__all__ = [
    "app_platform_uses",
    "captain_uses",
    "fly_uses",
    "goreleaser_uses",
    "heroku_uses",
    "railway_uses",
    "render_uses",
    "skaffold_uses",
]


def fly_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """fly.toml: the context is its own folder. Source: Fly.io, "App configuration"."""
    content = _toml(text)
    build = _table(content, "build")
    if not content or {"image", "builder", "buildpacks"} & build.keys():
        return
    use = named_build(scene, ".", _string(build, "dockerfile"), line=_line(text, r"\s*(?:\[build\]|dockerfile\s*=)"),
                      target=_string(build, "build-target"))  # fmt: skip
    if use is None:
        return
    line = _line(text, r"\s*\[\[?mounts?\b")
    mounts = _fly_mounts(content.get("mounts", content.get("mount")), f"{scene.source}:{line}")
    service = _table(content, "http_service")
    port = service.get("internal_port")
    started = replace(use, service="app", mounts=mounts, ports=(port,) if isinstance(port, int) else ())
    processes = _table(content, "processes")
    for name, command in processes.items() or [("app", None)]:
        yield replace(started, service=str(name), command=_words(command))


def _fly_mounts(value: object, place: str) -> tuple[Mount, ...]:
    items = value if isinstance(value, list) else [value]
    targets = [(item.get("source"), item.get("destination")) for item in items if isinstance(item, dict)]
    return tuple(
        Mount("volume", str(source), posixpath.normpath(target), False, place=place)
        for source, target in targets
        if isinstance(target, str) and target.startswith("/")
    )


def render_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """render.yaml: paths are relative to the repository, or to a service's `rootDir`. Source: Render, "Blueprint"."""
    for service in _maps(_document(text).get("services")):
        if "docker" not in (service.get("runtime"), service.get("env")) or service.get("image") is not None:
            continue
        root = joined("", str(service.get("rootDir") or "."))
        if root is None:
            continue
        use = named_build(
            replace(scene, folder=root),
            str(service.get("dockerContext") or "."),
            str(service.get("dockerfilePath") or "Dockerfile"),
            line=service.line_of("dockerfilePath"),
        )
        if use is not None:
            disk = _inner(service, "disk")
            target = _of_map(disk, "mountPath") or ""
            mounts: tuple[Mount, ...] = ()
            if target.startswith("/"):
                mounts = (Mount("volume", "disk", target, False, place=f"{scene.source}:{disk.line_of('mountPath')}"),)
            command = service.get("dockerCommand")
            name = str(service.get("name") or "")
            yield replace(use, service=name, command=_words(command), mounts=mounts)


def heroku_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """heroku.yml: the context is the Dockerfile's folder. Source: Heroku, "Building Docker images with heroku.yml"."""
    content = _document(text)
    images = _inner(_inner(content, "build"), "docker")
    commands = _inner(content, "run")
    for name, value in images.items():
        file = value if isinstance(value, str) else _of_map(value, "dockerfile")
        if file is None:
            continue
        use = named_build(
            scene, posixpath.dirname(file) or ".", file, line=images.line_of(name), target=_of_map(value, "target")
        )
        if use is not None:
            run = commands.get(name)
            given = run.get("command") if isinstance(run, YamlMap) else run
            text = " && ".join(str(item) for item in given) if isinstance(given, YamlList) else str(given or "")
            yield replace(use, service=name, command=("sh", "-c", text) if text else None)


def railway_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """railway.json or railway.toml: the context is the service's root folder, which is its own only by custom.

    Source: Railway, "Config as code".
    """
    content = read_json(text) if text.lstrip().startswith("{") else _toml(text)
    build, deploy = _table(content, "build"), _table(content, "deploy")
    file = _string(build, "dockerfilePath")
    if file is None and str(build.get("builder")).upper() != "DOCKERFILE":
        return
    line = _line(text, r"""\s*"?dockerfilePath""")
    use = named_build(scene, ".", (file or "Dockerfile").lstrip("/"), line=line, certain=not scene.folder)
    if use is not None:
        yield replace(use, service="app", command=_words(deploy.get("startCommand")))


def captain_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """captain-definition: the context is the root of what is uploaded. Source: CapRover, "Captain definition file"."""
    content = read_json(text)
    file = content.get("dockerfilePath") if isinstance(content, dict) else None
    if isinstance(file, str):
        use = named_build(scene, ".", file, line=json_line(text, "dockerfilePath"))
        if use is not None:
            yield use


def app_platform_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """DigitalOcean's app.yaml: `source_dir` is the context. Source: DigitalOcean, "App specification"."""
    content = _document(text)
    for kind in ("services", "workers", "jobs"):
        for service in _maps(content.get(kind)):
            file = service.get("dockerfile_path")
            if isinstance(file, str):
                folder = str(service.get("source_dir") or ".").lstrip("/") or "."
                use = named_build(
                    replace(scene, folder=""), folder, file.lstrip("/"), line=service.line_of("dockerfile_path")
                )
                if use is not None:
                    name = str(service.get("name") or "")
                    yield replace(use, service=name, command=_words(service.get("run_command")))


def skaffold_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """skaffold.yaml: contexts are relative to it, Dockerfiles to their context. Source: Skaffold, "skaffold.yaml"."""
    for document in yaml_documents(text):
        content = document if isinstance(document, YamlMap) else YamlMap()
        for holder in (content, *_maps(content.get("profiles"))):
            for artifact in _maps(_inner(holder, "build").get("artifacts")):
                use = _artifact(artifact, scene)
                if use is not None:
                    yield use


def _artifact(artifact: YamlMap, scene: Scene) -> BuildUse | None:
    if {"buildpacks", "jib", "ko", "bazel", "custom"} & artifact.keys():
        return None
    builder = _inner(artifact, "docker") or _inner(artifact, "kaniko")
    return named_build(
        scene,
        str(artifact.get("context") or "."),
        _of_map(builder, "dockerfile"),
        line=artifact.line_of("image"),
        target=_of_map(builder, "target"),
        image=_of_map(artifact, "image"),
        file_in_context=True,
    )


def goreleaser_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """.goreleaser.yaml: the context is a new folder with the program built before. Source: GoReleaser, "Docker"."""
    content = _document(text)
    for key in ("dockers", "dockers_v2"):
        for item in _maps(content.get(key)):
            use = named_build(scene, ".", str(item.get("dockerfile") or "Dockerfile"), line=item.line_of("dockerfile"))
            if use is not None:
                yield replace(use, context=None)


def _document(text: str) -> YamlMap:
    documents = yaml_documents(text)
    return documents[0] if documents and isinstance(documents[0], YamlMap) else YamlMap()


def _inner(holder: YamlMap, key: str) -> YamlMap:
    value = holder.get(key)
    return value if isinstance(value, YamlMap) else YamlMap()


def _maps(value: Yaml) -> Iterator[YamlMap]:
    return (item for item in value if isinstance(item, YamlMap)) if isinstance(value, YamlList) else iter(())


def _of_map(value: Yaml, key: str) -> str | None:
    item = value.get(key) if isinstance(value, YamlMap) else None
    return str(item) if isinstance(item, str) else None


def _toml(text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(content: object, key: str) -> Mapping[str, Any]:
    value = content.get(key) if isinstance(content, dict) else None
    return value if isinstance(value, dict) else {}


def _string(table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) and value else None


def _words(command: object) -> tuple[str, ...] | None:
    if not isinstance(command, str) or not command:
        return None
    try:
        return tuple(shlex.split(command)) or None
    except ValueError:
        return None


def _line(text: str, pattern: str) -> int:
    """The 1-based line that a pattern matches first; 1 where none does."""
    wanted = re.compile(pattern)
    return next((number for number, line in enumerate(text.splitlines(), 1) if wanted.match(line)), 1)
