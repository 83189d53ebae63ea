"""What others than the Dockerfile run in its container: health checks of compose, probes, `docker exec` and the like.

Sources: the Compose Specification (`healthcheck`, `post_start`, `pre_stop`); Kubernetes API reference (Container,
Probe, Lifecycle); Docker's, Podman's and kubectl's command lines; Development Container Specification
(lifecycle scripts).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.builds.reading import services_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import build_folders, repository_of
from dockerfix.project.formats.json import read_json
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.regexes import regex

__all__ = ["ContainerCommand", "container_commands"]

_SIZE_LIMIT = 256 * 1024  # bytes; larger files are made by programs
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_DEVCONTAINER = (
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
_SCRIPTS = regex(
    r"(?:GNUm|M|m)akefile|[Jj]ustfile|[Tt]askfile[\w.-]*\.ya?ml|package\.json|Jenkinsfile.*|.*\.(?:mk|sh|bash|just|ya?ml)"
)
_INSIDE = regex(r"\b(?:docker|podman|nerdctl|docker-compose|podman-compose|kubectl|oc)\b[^\n]*?\b(?:exec|run)\b")


@frozen
class ContainerCommand:
    """One command: `argv` as a process gets it, or `text` for a shell; `place` is for people, `compose.yaml:4`.

    Neither is given where something is run that cannot be read.
    """

    place: str
    argv: tuple[str, ...] = ()
    text: str | None = None


@memoised
def container_commands(context: BuildContext) -> tuple[ContainerCommand, ...]:
    """What the files of the repository run in a container of the context's Dockerfile, or may, besides its own start.

    Looked at are files in the folders of `build_folders`. A service, pod or container that is known to come from
    another image does not count; one that may be this one's does.
    """
    if not context.known:
        return ()
    repository, _ = repository_of(context)
    found = [*_started(context)]
    services = {service.name for service in services_of(context)}
    for folder in build_folders(repository):
        entries = repository.entries(folder) or {}
        for name in sorted(name for name, kind in entries.items() if kind == "file"):
            path = posixpath.join(folder, name)
            if name.endswith((".yml", ".yaml", ".sh", ".bash", ".mk", "file", ".json", ".just")):
                found += _of_file(repository, path, services)
    return tuple(dict.fromkeys(found))


def _started(context: BuildContext) -> Iterator[ContainerCommand]:
    for service in services_of(context):
        for argv in (service.entrypoint, service.command):
            if argv:
                yield ContainerCommand(f"{service.file} ({service.name})", argv)


def _of_file(repository: BuildContext, path: str, services: set[str]) -> Iterator[ContainerCommand]:
    name = posixpath.basename(path)
    if repository.size(path) > _SIZE_LIMIT:
        return
    text = repository.text(path) or ""
    if is_compose_name(name):
        yield from _of_compose(text, path, services)
    elif name.endswith((".yml", ".yaml")) and "containers:" in text:
        yield from _of_kubernetes(text, path)
    elif name in ("devcontainer.json", ".devcontainer.json"):
        yield from _of_devcontainer(text, path)
    if _SCRIPTS.fullmatch(name) and _INSIDE.search(text):
        yield from _of_scripts(text, path, services)


def _of_compose(text: str, path: str, services: set[str]) -> Iterator[ContainerCommand]:
    for document in yaml_documents(text):
        listed = _map(_map(document).get("services"))
        for name, raw in listed.items():
            service = _map(raw)
            if name not in services or ("build" not in service and not _may_be_ours(service.get("image"))):
                continue
            check = _map(service.get("healthcheck"))
            if "test" in check:
                yield from _health_check(check["test"], f"{path}:{check.line_of('test')}")
            for hook in ("post_start", "pre_stop"):
                for one in _list(service.get(hook)):
                    yield from _either(_map(one).get("command"), f"{path}:{service.line_of(hook)}")


def _health_check(test: Yaml, place: str) -> Iterator[ContainerCommand]:
    words = _words(test)
    if words[:1] == ("CMD",):
        yield ContainerCommand(place, words[1:])
    elif words[:1] == ("CMD-SHELL",):
        yield ContainerCommand(place, text=" ".join(words[1:]).replace("$$", "$"))
    elif isinstance(test, YamlText):
        yield ContainerCommand(place, text=test.replace("$$", "$"))


def _either(value: Yaml, place: str) -> Iterator[ContainerCommand]:
    if isinstance(value, YamlText):
        yield ContainerCommand(place, text=value.replace("$$", "$"))
    elif words := _words(value):
        yield ContainerCommand(place, words)


def _of_kubernetes(text: str, path: str) -> Iterator[ContainerCommand]:
    documents = yaml_documents(text)
    if not documents and any(probe in text for probe in _PROBES) and "exec:" in text:
        yield ContainerCommand(path)  # a template
    for container in (one for document in documents for one in _containers(document)):
        argv = (*_words(container.get("command")), *_words(container.get("args")))
        if _words(container.get("command")):
            yield ContainerCommand(f"{path}:{container.line_of('command')}", argv)
        hooks = _map(container.get("lifecycle"))
        for action in (*(container.get(probe) for probe in _PROBES), *(hooks.get(hook) for hook in _HOOKS)):
            run = _map(_map(action).get("exec"))
            if words := _words(run.get("command")):
                yield ContainerCommand(f"{path}:{run.line_of('command')}", words)


def _containers(value: Yaml) -> Iterator[YamlMap]:
    if isinstance(value, YamlList):
        for one in value:
            yield from _containers(one)
    elif isinstance(value, YamlMap):
        for key, below in value.items():
            if key in ("containers", "initContainers") and isinstance(below, YamlList):
                yield from (one for one in below if isinstance(one, YamlMap) and _may_be_ours(one.get("image")))
            else:
                yield from _containers(below)


def _may_be_ours(image: Yaml) -> bool:
    """Whether a container's image may be built here: official images have no owner in their names."""
    name = str(image or "").partition("@")[0]
    return "/" in name or not name or name.rpartition(":")[2] in (name, "latest") or "$" in name or "{{" in name


def _of_devcontainer(text: str, path: str) -> Iterator[ContainerCommand]:
    content = read_json(text)
    if not isinstance(content, dict) or not ({"build", "dockerFile", "dockerComposeFile"} & content.keys()):
        return
    for key in _DEVCONTAINER:
        given = content.get(key)
        for one in given.values() if isinstance(given, dict) else (given,):
            if isinstance(one, str):
                yield ContainerCommand(f"{path} ({key})", text=one)
            elif isinstance(one, list) and one:
                yield ContainerCommand(f"{path} ({key})", tuple(map(str, one)))


def _of_scripts(text: str, path: str, services: set[str]) -> Iterator[ContainerCommand]:
    """The commands behind `docker exec NAME`, `docker compose run SERVICE`, `docker run IMAGE`, `kubectl exec … --`."""
    from dockerfix.shell import parse_script
    from dockerfix.text import MappedText, Span

    for number, line in enumerate(text.replace("\\\n", "  ").splitlines(), 1):
        found = _INSIDE.search(line)
        if found is None:
            continue
        part = (
            line[found.start() :].replace("$$", "$").replace('\\"', '"').rstrip('",').encode("utf-8", "surrogateescape")
        )
        script = parse_script(MappedText.contiguous(part, Span(0, len(part))))
        first = script.commands[0] if script.readable and script.commands else None
        if first is not None:
            words = tuple("" if word is None else word for word in first.argv)
            inner = _behind_name(words, services)
            if inner:
                yield ContainerCommand(f"{path}:{number}", inner)


# Options of exec and run that take the next word. Sources: the help texts of Docker 29, Compose 5, kubectl 1.35.
_VALUED = frozenset(
    "-e --env -u --user -w --workdir --index --name -v --volume -p --publish --network --net --entrypoint --env-file "
    "--mount --hostname -h --add-host --platform --label -l --memory -m --cpus --gpus --restart --ip --link "
    "-n --namespace -c --container --context -f --file --profile --project-name --project-directory --pull "
    "--shm-size --ulimit --cap-add --cap-drop --security-opt --device --pid --ipc --tmpfs --log-driver "
    "--log-opt".split()
)


def _behind_name(words: Sequence[str], services: set[str]) -> tuple[str, ...]:
    """What runs in the container; empty where the words start another one, or nothing is named."""
    at = next((at for at, word in enumerate(words) if word in ("exec", "run")), None)
    if at is None:
        return ()
    composed = "compose" in words[:at] or words[0].endswith("-compose")
    check = _option(words[at:], "--health-cmd") or _option(words[at:], "--entrypoint")
    rest = _behind_options(words, at + 1)
    if rest >= len(words) or (composed and words[rest] not in services and "$" not in words[rest]):
        return ()
    inner = tuple(words[rest + 1 :])
    inner = inner[inner.index("--") + 1 :] if "--" in inner else inner
    return ("sh", "-c", check) if check and not inner else inner


def _behind_options(words: Sequence[str], at: int) -> int:
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return at


def _option(words: Iterable[str], name: str) -> str | None:
    listed = list(words)
    joined = next((word.partition("=")[2] for word in listed if word.startswith(f"{name}=")), None)
    return joined or (listed[listed.index(name) + 1] if name in listed[:-1] else None)


def _map(value: Yaml) -> YamlMap:
    return value if isinstance(value, YamlMap) else YamlMap()


def _list(value: Yaml) -> YamlList:
    return value if isinstance(value, YamlList) else YamlList()


def _words(value: Yaml) -> tuple[str, ...]:
    return tuple(str(one or "") for one in value) if isinstance(value, YamlList) else ()
