"""What a project's compose file says of one image: how it is started, and the services that stand beside it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

NAMES = re.compile(r"(?:docker-)?compose[\w.-]*\.ya?ml", re.IGNORECASE)
_SAMPLES = (".env", ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", ".env.docker")
_LIMIT = 256 * 1024  # bytes
# What a compose file has to name for a container of it to be needed; the official images that are made here.
SERVICES = {"postgres": 5432, "redis": 6379, "mysql": 3306, "mariadb": 3306, "valkey": 6379}


@dataclass(frozen=True)
class Bind:
    """A folder or file of the project that a service mounts; `source` is absolute."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True)
class Service:
    """One service, as it is started."""

    name: str
    image: str
    command: tuple[str, ...] | None
    entrypoint: tuple[str, ...] | None
    environment: tuple[tuple[str, str], ...]
    volumes: tuple[str, ...]
    binds: tuple[Bind, ...]
    ports: tuple[int, ...]
    user: str = ""
    workdir: str = ""


@dataclass(frozen=True)
class Surroundings:
    """A service that is built from the image, and what stands beside it.

    `missing` are images of services that it depends on and that no stand-in is known for.
    """

    own: Service
    beside: tuple[Service, ...]
    hosts: tuple[str, ...]
    missing: tuple[str, ...]
    file: str
    arguments: tuple[tuple[str, str], ...] = ()
    target: str | None = None


@dataclass
class _File:
    """A compose file that was read."""

    path: Path
    services: dict[str, Any]
    values: dict[str, str] = field(default_factory=dict)


def surroundings(top: Path, dockerfile: Path) -> Surroundings | None:
    """What the first compose file that builds a Dockerfile says; None where none does.

    Args:
        top: the root of the repository.
    """
    for file in sorted(_files(top), key=lambda file: _rank(file.path, dockerfile)):
        for name, service in file.services.items():
            if isinstance(service, dict) and _builds(file, service, dockerfile):
                return _surroundings(file, name, service)
    return None


def alone(top: Path, dockerfile: Path) -> Surroundings:
    """A container that no compose file starts: with the variables of the sample file that lies nearest."""
    folders = [folder for folder in dockerfile.parents if folder == top or top in folder.parents]
    found: dict[str, str] = next((values for folder in folders if (values := _variables(folder))), {})
    own = Service("app", "", None, None, tuple(found.items()), (), (), ())
    return Surroundings(own, (), (), (), "")


def _files(top: Path) -> Iterator[_File]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in ("node_modules", ".git", ".venv", "venv")]
        if folder.count(os.sep) - str(top).count(os.sep) > 3:
            folders.clear()
        for name in names:
            path = Path(folder, name)
            if NAMES.fullmatch(name) and path.is_file() and path.stat().st_size < _LIMIT:
                found = _read(path)
                if found is not None:
                    yield found


def _read(path: Path) -> _File | None:
    try:
        content = yaml.safe_load(path.read_text("utf-8", "replace"))
    except (yaml.YAMLError, OSError, ValueError):
        return None
    services = content.get("services") if isinstance(content, dict) else None
    if not isinstance(services, dict):
        return None
    return _File(path, services, _variables(path.parent))


def _rank(path: Path, dockerfile: Path) -> tuple[bool, bool, int]:
    """Plain names first, then those nearest to the Dockerfile."""
    special = re.search(r"dev|test|debug|override|prod|local|ci", path.name.lower()) is not None
    return special, path.parent not in dockerfile.parents, len(path.parts)


def _builds(file: _File, service: dict[str, Any], dockerfile: Path) -> bool:
    build = service.get("build")
    context, name = build, "Dockerfile"
    if isinstance(build, dict):
        context, name = build.get("context", "."), build.get("dockerfile", "Dockerfile")
    if not isinstance(context, str) or not isinstance(name, str):
        return False
    place = file.path.parent / filled(context, file.values) / filled(name, file.values)
    return Path(os.path.normpath(place)) == dockerfile


def _surroundings(file: _File, name: str, service: dict[str, Any]) -> Surroundings:
    own = _service(file, name, service)
    needed = [*_needed(file, name), *_named(file, own)]
    found = {other: _service(file, other, file.services[other]) for other in dict.fromkeys(needed) if other != name}
    images = {other: found_one for other, found_one in found.items() if found_one.image}
    missing = tuple(one.image for one in images.values() if service_kind(one.image) is None)
    beside = tuple(one for one in images.values() if service_kind(one.image) is not None)
    build = service["build"] if isinstance(service["build"], dict) else {}
    arguments = tuple(_pairs(build.get("args"), file.values))
    target = build.get("target")
    hosts = _hosts(file)
    return Surroundings(own, beside, hosts, missing, str(file.path.name), arguments, str(target) if target else None)


def _hosts(file: _File) -> tuple[str, ...]:
    names: list[str] = []
    for name, service in file.services.items():
        names.append(name)
        if isinstance(service, dict):
            names += [str(service[key]) for key in ("container_name", "hostname") if isinstance(service.get(key), str)]
    return tuple(name for name in dict.fromkeys(names) if re.fullmatch(r"[\w.-]+", name))


def service_kind(image: str) -> str | None:
    """Which of the services that are made here an image is; None for any other."""
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
    for kind in SERVICES:
        if name == kind or name in (f"{kind}-alpine", f"{kind}ql"):
            return kind
    return None


def _needed(file: _File, name: str) -> Iterator[str]:
    """The services that one depends on, and theirs."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        service = file.services.get(waiting.pop())
        told = service.get("depends_on") or () if isinstance(service, dict) else ()
        links = service.get("links") or () if isinstance(service, dict) else ()
        for other in [*told, *(str(link).partition(":")[0] for link in links)]:
            if other in file.services and other not in seen and isinstance(file.services[other], dict):
                seen.add(other)
                waiting.append(other)
                yield other


def _named(file: _File, own: Service) -> Iterator[str]:
    """The services whose names stand in its environment as hosts."""
    text = " ".join(value for _, value in own.environment)
    for other, service in file.services.items():
        if isinstance(service, dict) and re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", text):
            yield other


def _service(file: _File, name: str, service: dict[str, Any]) -> Service:
    environment: dict[str, str] = {}
    for place in _texts(service.get("env_file")):
        environment |= _variables_of(file.path.parent / filled(place, file.values))
    environment |= dict(_pairs(service.get("environment"), file.values))
    image = "" if "build" in service else filled(str(service.get("image") or ""), file.values)
    volumes, binds = _mounts(file, service)
    return Service(
        name,
        image,
        _words(service.get("command"), file.values),
        _words(service.get("entrypoint"), file.values),
        tuple(environment.items()),
        volumes,
        binds,
        tuple(_ports(service, file.values)),
        str(service.get("user") or ""),
        str(service.get("working_dir") or ""),
    )


def _mounts(file: _File, service: dict[str, Any]) -> tuple[tuple[str, ...], tuple[Bind, ...]]:
    volumes: list[str] = []
    binds: list[Bind] = []
    for told in service.get("volumes") or ():
        source, target, mode = "", "", ""
        if isinstance(told, dict):
            source, target = str(told.get("source") or ""), str(told.get("target") or "")
            mode = "ro" if told.get("read_only") else ""
        elif isinstance(told, str):
            words = filled(told, file.values).split(":")
            source, target, mode = (["", *words, ""] if len(words) == 1 else [*words, ""])[:3]
        if not target.startswith("/") or "docker.sock" in source:
            continue
        if source.startswith((".", "/", "~")):
            place = Path(os.path.normpath(file.path.parent / source))
            binds.append(Bind(place, target, "ro" in mode.split(",")))
        else:
            volumes.append(target)
    return tuple(volumes), tuple(binds)


def _ports(service: dict[str, Any], values: dict[str, str]) -> Iterator[int]:
    for told in [*(service.get("ports") or ()), *(service.get("expose") or ())]:
        text = str(told.get("target")) if isinstance(told, dict) else filled(str(told), values)
        last = text.rpartition(":")[2].partition("/")[0]
        if last.isdigit():
            yield int(last)


def _words(told: object, values: dict[str, str]) -> tuple[str, ...] | None:
    if isinstance(told, str):
        try:
            return tuple(shlex.split(filled(told, values)))
        except ValueError:
            return None
    if isinstance(told, list):
        return tuple(filled(str(word), values) for word in told)
    return None


def _pairs(told: object, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Names and values of a mapping or a list of `NAME=VALUE`; those without a value are taken from the variables."""
    items = told.items() if isinstance(told, dict) else [
        (word.partition("=")[0], word.partition("=")[2] if "=" in word else None) for word in _texts(told)
    ]  # fmt: skip
    for name, value in items:
        if value is not None:
            text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
            yield str(name), filled(text, values)
        elif name in values:
            yield str(name), values[name]


def _texts(told: object) -> list[str]:
    if isinstance(told, str):
        return [told]
    if isinstance(told, dict):
        return [str(told["path"])] if "path" in told else []
    found = []
    for one in told if isinstance(told, list) else []:
        found += [str(one["path"])] if isinstance(one, dict) and "path" in one else [str(one)]
    return found


def filled(text: str, values: dict[str, str]) -> str:
    """A text with its variables, as Compose fills them; unknown ones are empty. Source: compose spec, interpolation."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match["braced"] or match["plain"]
        found = values.get(name, "")
        return found or (match["default"] or "")

    pattern = r"\$\$|\$\{(?P<braced>\w+)(?::?[-?](?P<default>[^}]*))?\}|\$(?P<plain>\w+)"
    return re.sub(pattern, value, text)


def _variables(folder: Path) -> dict[str, str]:
    return next((_read_variables(folder / name) for name in _SAMPLES if (folder / name).is_file()), {})


def _variables_of(path: Path) -> dict[str, str]:
    """Those of an `env_file`, or of the sample that lies beside it where the repository has no such file."""
    if path.is_file():
        return _read_variables(path)
    for name in (f"{path.name}.example", f"{path.name}.sample", f"{path.name}.template", ".env.example", "env.example"):
        if (path.parent / name).is_file():
            return _read_variables(path.parent / name)
    return {}


def _read_variables(path: Path) -> dict[str, str]:
    found = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$", line)
        if match is not None:
            value = match[2]
            if value[:1] in "\"'" and len(value) > 1:
                value = value[1 : max(value.rfind(value[0]), 1)]
            else:
                value = re.sub(r"\s+#.*", "", value)
            found[match[1]] = value
    return found
