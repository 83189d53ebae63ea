"""Compose files read: what each service builds and how it starts it, merged and extended as Compose does."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.builds.use import Granted, Mount, Synced, below, joined
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.formats.yaml import Yaml, YamlList, YamlMap, YamlText, yaml_documents
from dockerfix.regexes import regex

__all__ = ["Service", "ServiceBuild", "compose_folder", "env_values"]

_FIRST = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")  # Compose takes the first
_GRANTS: Mapping[str, Literal["device", "device rule", "capability"]] = {
    "devices": "device",
    "device_cgroup_rules": "device rule",
    "cap_add": "capability",
}
_VARIABLE = regex(r"\$(?:\$|(\w+)|\{(\w+)(?:(:?[-?+])((?:[^{}$]|\$\{[^{}]*\})*))?\})")
_ENV_LINE = regex(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*\Z")


@frozen
class ServiceBuild:
    """What a service builds. `context` is relative to the repository.

    It is None where the file says nothing of it, and with `elsewhere` for one outside of the repository or not known.
    `varies` tells that a variable decides about the Dockerfile, of which `dockerfile` is the default.
    """

    context: str | None = None
    elsewhere: bool = False
    dockerfile: str | None = None
    target: str | None = None
    args: Mapping[str, str | None] = field(default_factory=dict)
    inline: bool = False
    line: int = 0
    varies: bool = False

    def over(self, base: ServiceBuild) -> ServiceBuild:
        says = self.context is not None or self.elsewhere
        return ServiceBuild(
            self.context if says else base.context,
            self.elsewhere if says else base.elsewhere,
            self.dockerfile or base.dockerfile,
            self.target or base.target,
            {**base.args, **self.args},
            self.inline or base.inline,
            self.line or base.line,
            self.varies if self.dockerfile else base.varies,
        )


@frozen
class Service:
    """One service as it is started. Bind mounts are relative to the repository where they lie in it.

    `env_files` are paths in the repository; `health` is its check as Docker has it: `("CMD-SHELL", text)`.
    """

    name: str
    file: str
    line: int
    build: ServiceBuild | None = None
    image: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    user: str | None = None
    privileged: bool | None = None
    mounts: tuple[Mount, ...] = ()
    ports: tuple[int, ...] = ()
    environment: Mapping[str, str | None] = field(default_factory=dict)
    granted: tuple[Granted, ...] = ()
    workdir: str | None = None
    env_files: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    synced: tuple[Synced, ...] = ()

    def over(self, base: Service) -> Service:
        """This service laid over another one, as Compose merges files and `extends`."""
        mounts = {mount.target: mount for mount in (*base.mounts, *self.mounts)}
        build = base.build
        if build is not None and base.file != self.file:
            build = replace(build, line=self.line)
        if self.build is not None:
            build = self.build.over(build) if build is not None else self.build
        return replace(
            self,
            build=build,
            image=self.image or base.image,
            entrypoint=base.entrypoint if self.entrypoint is None else self.entrypoint,
            command=base.command if self.command is None else self.command,
            user=self.user or base.user,
            privileged=base.privileged if self.privileged is None else self.privileged,
            mounts=tuple(mounts.values()),
            ports=tuple(dict.fromkeys((*base.ports, *self.ports))),
            environment={**base.environment, **self.environment},
            granted=tuple(dict.fromkeys((*base.granted, *self.granted))),
            env_files=tuple(dict.fromkeys((*base.env_files, *self.env_files))),
            health=self.health or base.health,
            synced=tuple(dict.fromkeys((*base.synced, *self.synced))),
        )


@memoised
def compose_folder(repository: BuildContext, folder: str) -> tuple[Service, ...]:
    """The services of the compose files in a folder of a repository, in the order of files and lines.

    A file of services that build nothing and name no image is laid over the folder's main one, and so is an
    `override` file; any other stands for itself. Files named by `include` are read, too.
    """
    names = sorted(name for name in repository.entries(folder) or {} if is_compose_name(name))
    first = next((name for name in _FIRST if name in names), None)
    names.sort(key=lambda name: name != first)
    base: dict[str, Service] = {}
    found: list[Service] = []
    for name in names:
        services = _Reader(repository, folder, posixpath.join(folder, name)).services()
        if name == first:
            base = services
        elif _is_override(name, first) or not all(map(_stands_alone, services.values())):
            services = {key: one.over(base[key]) if key in base else one for key, one in services.items()}
        found += services.values()
    return tuple(found)


def _is_override(name: str, first: str | None) -> bool:
    return first is not None and name.rpartition(".")[0] == first.rpartition(".")[0] + ".override"


def _stands_alone(service: Service) -> bool:
    return service.build is not None or service.image is not None


class _Reader:
    """Reads one compose file. `folder` is what its relative paths are seen from."""

    def __init__(self, repository: BuildContext, folder: str, path: str, above: frozenset[str] = frozenset()) -> None:
        self.repository, self.folder, self.path = repository, folder, path
        self.above = above | {path}  # files that are being read, so that rings end
        self.environment = _env_file(repository, folder)
        self._raw = self._content()
        self._known: dict[str, Service | None] = {}

    def _content(self) -> YamlMap:
        text = self.repository.text(self.path)
        documents = yaml_documents(text) if text is not None and ("services" in text or "include" in text) else ()
        return documents[0] if documents and isinstance(documents[0], YamlMap) else YamlMap()

    def services(self) -> dict[str, Service]:
        """Every service of the file, those of included files first."""
        found = {name: one for reader in self._included() for name, one in reader.services().items()}
        for name in self._listed():
            service = self.service(name)
            if service is not None:
                found[name] = service.over(found[name]) if name in found else service
        return found

    def _listed(self) -> YamlMap:
        services = self._raw.get("services")
        return services if isinstance(services, YamlMap) else YamlMap()

    def _included(self) -> Iterator[_Reader]:
        listed = self._raw.get("include")
        for item in listed if isinstance(listed, YamlList) else ():
            paths = item.get("path") if isinstance(item, YamlMap) else item
            for path in paths if isinstance(paths, YamlList) else (paths,):
                place = self._place(path)
                if place and place not in self.above and not is_compose_name(posixpath.basename(place)):
                    yield _Reader(self.repository, posixpath.dirname(place), place, self.above)

    def service(self, name: str) -> Service | None:
        """One service with all that it extends; None where the file has none of this name."""
        if name not in self._known:
            self._known[name] = None  # for a service that extends itself
            value = self._listed().get(name)
            if isinstance(value, YamlMap):
                self._known[name] = self._extended(value, self._own(name, value))
        return self._known[name]

    def _extended(self, value: YamlMap, service: Service) -> Service:
        extends = value.get("extends")
        name = extends.get("service") if isinstance(extends, YamlMap) else extends
        if not isinstance(name, str):
            return service
        file = extends.get("file") if isinstance(extends, YamlMap) else None
        if file is None:
            base = self.service(name)
        else:
            place = self._place(file)
            if place is None or place in self.above:
                return service
            base = _Reader(self.repository, posixpath.dirname(place), place, self.above).service(name)
        return service.over(base) if base is not None else service

    def _own(self, name: str, value: YamlMap) -> Service:
        user, image = value.get("user"), value.get("image")
        privileged = value.get("privileged")
        return Service(
            name=name,
            file=self.path,
            line=self._listed().line_of(name),
            build=self._build(value),
            image=self._filled(image) if isinstance(image, str) else None,
            entrypoint=self._argv(value.get("entrypoint")),
            command=self._argv(value.get("command")),
            user=self._filled(user) if isinstance(user, str) else None,
            privileged=str(privileged).lower() == "true" if privileged is not None else None,
            mounts=tuple(mount for item in _items(value, "volumes") if (mount := self._mount(item)) is not None),
            ports=tuple(port for item in _items(value, "ports") if (port := self._port(item)) is not None),
            environment={**self._of_files(value.get("env_file")), **dict(self._pairs(value.get("environment")))},
            granted=tuple(self._granted(value)),
            workdir=self._filled(workdir) if isinstance(workdir := value.get("working_dir"), str) else None,
            env_files=tuple(self._env_files(value)),
            health=self._health(value.get("healthcheck")),
            synced=tuple(self._synced(value)),
        )

    def _env_files(self, value: YamlMap) -> Iterator[str]:
        one = value.get("env_file")
        for item in one if isinstance(one, YamlList) else (one,):
            place = self._place(item.get("path") if isinstance(item, YamlMap) else item)
            if place:
                yield place

    def _health(self, value: Yaml) -> tuple[str, ...]:
        """Source: Compose specification, healthcheck: a text is CMD-SHELL; `disable: true` is NONE."""
        test = value.get("test") if isinstance(value, YamlMap) else None
        if isinstance(value, YamlMap) and str(value.get("disable")).lower() == "true":
            return ("NONE",)
        if isinstance(test, str):
            return ("CMD-SHELL", self._filled(test))
        if not isinstance(test, YamlList):
            return ()
        return tuple(self._filled(item) for item in test if isinstance(item, str))

    def _of_files(self, value: Yaml) -> dict[str, str]:
        """The variables of `env_file:`, as far as the repository holds it; what Git ignores is one machine's own."""
        found: dict[str, str] = {}
        for item in value if isinstance(value, YamlList) else [value]:
            path = self._place(item.get("path") if isinstance(item, YamlMap) else item)
            if path is not None and not is_git_ignored(self.repository, path):
                found |= env_values(self.repository.text(path) or "")
        return found

    def _synced(self, value: YamlMap) -> Iterator[Synced]:
        develop = value.get("develop")
        for item in _items(develop, "watch") if isinstance(develop, YamlMap) else ():
            if not isinstance(item, YamlMap):
                continue
            path, target, action = item.get("path"), item.get("target"), item.get("action")
            if isinstance(path, str) and isinstance(target, str) and isinstance(action, str) and "sync" in action:
                place = self._filled(target)
                if place.startswith("/") and "$" not in place:
                    yield Synced(self._filled(path), posixpath.normpath(place), f"{self.path}:{item.line}")

    def _granted(self, value: YamlMap) -> Iterator[Granted]:
        for key, kind in _GRANTS.items():
            for item in _items(value, key):
                text = item.get("source") if isinstance(item, YamlMap) else item
                if isinstance(item, YamlMap | YamlText) and isinstance(text, str):
                    name = self._filled(text)
                    name = name.partition(":")[0] if kind == "device" and name.startswith("/") else name
                    yield Granted(kind, name, f"{self.path}:{item.line}")

    def _build(self, service: YamlMap) -> ServiceBuild | None:
        build = service.get("build")
        line = service.line_of("build")
        if isinstance(build, str):
            return ServiceBuild(self._place(build), self._place(build) is None, line=line)
        if not isinstance(build, YamlMap):
            return None
        context, dockerfile, target = build.get("context"), build.get("dockerfile"), build.get("target")
        return ServiceBuild(
            self._place(context),
            isinstance(context, str) and self._place(context) is None,
            self._filled(dockerfile) if isinstance(dockerfile, str) else None,
            self._filled(target) if isinstance(target, str) else None,
            dict(self._pairs(build.get("args"))),
            build.get("dockerfile_inline") is not None,
            line,
            isinstance(dockerfile, str) and "$" in dockerfile,
        )

    def _place(self, path: Yaml) -> str | None:
        return joined(self.folder, self._filled(path)) if isinstance(path, str) else None

    def _filled(self, text: str) -> str:
        return _filled(text, self.environment)

    def _argv(self, value: Yaml) -> tuple[str, ...] | None:
        """An argument list as Compose makes it: a string is split as a shell would, and no shell is started."""
        if isinstance(value, YamlList):
            return tuple(self._filled(item or "") for item in value if not isinstance(item, YamlMap | YamlList)) or None
        if not isinstance(value, str):
            return None
        try:
            return tuple(shlex.split(self._filled(value))) or None
        except ValueError:
            return None

    def _pairs(self, value: Yaml) -> Iterator[tuple[str, str | None]]:
        if isinstance(value, YamlMap):
            for key, item in value.items():
                yield key, self._known_value(item) if isinstance(item, str) else None
        for item in value if isinstance(value, YamlList) else ():
            if isinstance(item, str):
                name, equals, text = item.partition("=")
                yield name, self._known_value(text) if equals else None

    def _known_value(self, text: str) -> str | None:
        filled = self._filled(text.replace("$$", "\0"))
        return None if "$" in filled else filled.replace("\0", "$")

    def _port(self, item: Yaml) -> int | None:
        """The container's port of `8080:80/tcp`, `127.0.0.1:80:80`, `3000-3005` or `{target: 80}`."""
        text = item.get("target") if isinstance(item, YamlMap) else item
        if not isinstance(text, str):
            return None
        number = self._filled(text).partition("/")[0].rpartition(":")[2].partition("-")[0]
        return int(number) if number.isascii() and number.isdigit() else None

    def _mount(self, item: Yaml) -> Mount | None:
        """A mount in short (`./data:/app/data:ro`) or long form; None where its target is not known."""
        if not isinstance(item, YamlMap | YamlText):
            return None
        place = f"{self.path}:{item.line}"
        if isinstance(item, YamlText):
            parts = self._filled(item).split(":")
            if len(parts) == 1:
                return self._made(None, parts[0], "volume", False, place)
            options = parts[2].split(",") if len(parts) > 2 else []
            return self._made(parts[0], parts[1], "", "ro" in options, place)
        source, target, kind = item.get("source"), item.get("target"), item.get("type", YamlText("volume"))
        if not isinstance(target, str) or not isinstance(kind, str):
            return None
        read_only = str(item.get("read_only")).lower() == "true"
        return self._made(self._filled(source) if isinstance(source, str) else None, target, kind, read_only, place)

    def _made(self, source: str | None, target: str, kind: str, read_only: bool, at: str) -> Mount | None:
        if not target.startswith("/"):
            return None
        target = posixpath.normpath(target)
        other = _other_kind(source, kind)
        if other is not None:
            return Mount(other, source if other == "volume" else None, target, read_only, place=at)
        place = joined(self.folder, source or ".")
        if place is None:
            return Mount("bind", source, target, read_only, place=at)
        return Mount("bind", place, target, read_only, in_context=below(place, ""), place=at)


def _other_kind(source: str | None, kind: str) -> Literal["volume", "anonymous", "tmpfs"] | None:
    """What a mount is that binds no path of the host; None for one that does."""
    if kind == "tmpfs":
        return "tmpfs"
    if source is None:
        return "anonymous"
    return None if kind == "bind" or source.startswith((".", "/", "~", "$")) else "volume"


def _items(value: YamlMap, key: str) -> YamlList:
    items = value.get(key)
    return items if isinstance(items, YamlList) else YamlList()


def _filled(text: str, environment: Mapping[str, str]) -> str:
    """A text with what its variables are known to be; others stay as they are written, `$$` is a plain `$`."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match[1] or match[2], match[3] or "", match[4] or ""
        if name is None:
            return "$"
        given = environment.get(name)
        if "+" in operator:
            return _filled(word, environment) if given else ""
        if given or (given is not None and ":" not in operator):
            return given
        return _filled(word, environment) if "-" in operator else match[0]

    return _VARIABLE.sub(value, text) if "$" in text else text


def _env_file(repository: BuildContext, folder: str) -> dict[str, str]:
    """The variables of the `.env` file beside a compose file."""
    return env_values(repository.text(posixpath.join(folder, ".env")) or "")


def env_values(text: str) -> dict[str, str]:
    """The variables of a file as `.env` is written."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _ENV_LINE.match(line)
        if match is not None:
            value = match[2]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[match[1]] = value[1:-1] if quoted else value.partition(" #")[0].rstrip()
    return found
