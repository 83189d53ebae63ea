"""Manifests of Kubernetes, and Helm's templates of them, read for the containers that they start.

Source: Kubernetes API reference, PodSpec and Container. What a template fills in is unknown.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.project.builds.container_run import ContainerRun
from dockerfix.project.builds.shell_variables import UNKNOWN
from dockerfix.project.builds.use import Granted, Mount
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.regexes import regex

__all__ = ["kubernetes_runs"]

_ACTION = regex(r"\{\{.*?\}\}", re.DOTALL)
_LONE_ACTION = regex(r"^[ \t]*(?:\{\{(?:(?!\}\}).)*\}\}[ \t]*)+$", re.MULTILINE | re.DOTALL)
_DEEPEST = 20
# Volumes that every user can read, and those that every user can write. Source: Kubernetes, "Volumes".
_READABLE = frozenset({"configMap", "secret", "projected", "downwardAPI"})
_LISTS = ("containers", "initContainers")


def kubernetes_runs(text: str, path: str) -> Iterator[ContainerRun]:
    """The containers of the pods that a file describes; nothing where it is no such file."""
    if "containers:" not in text:
        return
    if "{{" in text:
        lone = _LONE_ACTION.sub(lambda match: "\n" * match[0].count("\n"), text)
        text = _ACTION.sub(lambda match: UNKNOWN + "\n" * match[0].count("\n"), lone)
    for document in yaml_documents(text):
        yield from _pods(document, path, 0)


def _pods(value: Yaml, path: str, depth: int) -> Iterator[ContainerRun]:
    if depth > _DEEPEST:
        return
    if isinstance(value, YamlMap):
        if isinstance(value.get("containers"), YamlList):
            yield from _containers(value, path)
        for item in value.values():
            yield from _pods(item, path, depth + 1)
    for item in value if isinstance(value, YamlList) else ():
        yield from _pods(item, path, depth + 1)


def _containers(pod: YamlMap, path: str) -> Iterator[ContainerRun]:
    volumes = {str(one.get("name")): one for one in _maps(pod.get("volumes"))}
    context = _map(pod, "securityContext")
    for key in _LISTS:
        for one in _maps(pod.get(key)):
            own = _map(one, "securityContext")
            image = one.get("image")
            user = own.get("runAsUser") or context.get("runAsUser")
            yield ContainerRun(
                path,
                one.line,
                f"the container {one.get('name') or ''}".strip(),
                str(image) if isinstance(image, str) and UNKNOWN not in image else None,
                entrypoint=_words(one.get("command")),
                command=_words(one.get("args")),
                user=str(user) if isinstance(user, str) else None,
                privileged=str(own.get("privileged")).lower() == "true",
                mounts=tuple(_mounts(one, volumes, path, has_group=context.get("fsGroup") is not None)),
                granted=tuple(
                    Granted("capability", str(item), f"{path}:{item.line}")
                    for item in _list(_map(own, "capabilities").get("add"))
                    if isinstance(item, YamlText)
                ),
                ports=tuple(_ports(one)),
                environment=tuple(_environment(one)),
                is_manifest=True,
            )


def _mounts(container: YamlMap, volumes: dict[str, YamlMap], path: str, *, has_group: bool) -> Iterator[Mount]:
    for one in _maps(container.get("volumeMounts")):
        target, name = one.get("mountPath"), str(one.get("name"))
        if not isinstance(target, str) or not target.startswith("/") or UNKNOWN in target:
            continue
        place = f"{path}:{one.line_of('mountPath')}"
        inside = posixpath.normpath(target)
        read_only = str(one.get("readOnly")).lower() == "true"
        volume = volumes.get(name, YamlMap())
        if "hostPath" in volume:
            yield Mount("bind", str(_map(volume, "hostPath").get("path") or name), inside, read_only, place=place)
        elif _READABLE & volume.keys():
            yield Mount("bind", name, inside, True, in_context=True, place=place)
        elif "emptyDir" in volume or has_group:  # kubelet opens both to the container's groups
            yield Mount("tmpfs", None, inside, read_only, place=place)
        else:
            claim = _map(volume, "persistentVolumeClaim").get("claimName")
            shown = str(claim) if isinstance(claim, str) and UNKNOWN not in claim else name.replace(UNKNOWN, "…")
            yield Mount("volume", shown, inside, read_only, place=place)


def _ports(container: YamlMap) -> Iterator[int]:
    for one in _maps(container.get("ports")):
        port = one.get("containerPort")
        if isinstance(port, str) and port.isascii() and port.isdigit():
            yield int(port)


def _environment(container: YamlMap) -> Iterator[tuple[str, str | None]]:
    for one in _maps(container.get("env")):
        value = one.get("value")
        yield str(one.get("name")), str(value) if isinstance(value, str) and UNKNOWN not in value else None


def _words(value: Yaml) -> tuple[str, ...] | None:
    return tuple(str(item) for item in value if isinstance(item, str)) if isinstance(value, YamlList) else None


def _map(holder: YamlMap, key: str) -> YamlMap:
    value = holder.get(key)
    return value if isinstance(value, YamlMap) else YamlMap()


def _list(value: Yaml) -> YamlList:
    return value if isinstance(value, YamlList) else YamlList()


def _maps(value: Yaml) -> Iterator[YamlMap]:
    return (item for item in _list(value) if isinstance(item, YamlMap))
