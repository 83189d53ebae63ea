"""Where servers listen by their words, variables and settings files: sockets that they make, ports below 1024."""

from __future__ import annotations

import posixpath
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.written import Written
from dockerfix.programs.ports import filled
from dockerfix.programs.python_start import is_python
from dockerfix.programs.servers import server_of
from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.python.sources import python_sources
from dockerfix.regexes import regex
from dockerfix.text import is_number

__all__ = ["Listening", "listening"]

_SOCKET_NAME = regex(r".*\.(?:sock|socket)\Z")
_SCHEME = regex(r"(?:unix|ipc|http\+unix):(?://)?")
_PORT = regex(r".*:(\d{1,5})\Z")
_ENV_LINE = regex(r"\s*(?:export\s+)?FLASK_RUN_PORT\s*=\s*[\"']?(\d{1,5})")
_BINDS = ("bind", "insecure_bind", "quic_bind")  # of hypercorn


@mutable
class Listening:
    """What servers listen on besides a plain port of their words: `sockets`, and `ports` with the place that says so.

    `unknown` are places that name a socket which is only known at run time.
    """

    sockets: list[Written] = field(default_factory=list)
    ports: list[tuple[str, int]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def listening(model: Image, stage: StageImage, start: Start) -> Listening:
    """Where the servers of a start listen, as their options, variables and settings files say."""
    reader = _Reader(model.context, context_files(model, stage), stage.final.env)
    for program in start.programs:
        reader.words(program)
        reader.variables(program)
        reader.settings(program)
    return reader.found


class _Reader:
    def __init__(self, context: BuildContext, files: Mapping[str, str], env: Mapping[str, str | None]) -> None:
        self.context = context
        self.files = files
        self.env = env
        self.found = Listening()

    def words(self, program: Program) -> None:
        """Sockets that options name: those of known servers, and of any other what is called a socket."""
        server = server_of(program.command)
        if server is None and not is_python(program):
            return
        own = server.program.sockets if server is not None else ()
        argv = [filled(word, self.env) for word in program.command.words]
        for at, value in enumerate(argv[1:], 1):
            option, equals, given = value.partition("=")
            text = given if equals and option.startswith("-") else value
            is_option = argv[at - 1] in own or (equals and option in own)
            if text and (is_option or _SCHEME.match(text) or _SOCKET_NAME.match(text)):
                self._socket(program, text, program.place)

    def variables(self, program: Program) -> None:
        """Sockets that variables of the image name in the place of options."""
        server = server_of(program.command)
        if server is None:
            return
        for name in sorted(server.program.variables):
            value = self.env.get(name) or ""
            if name.endswith(("_UDS", "_UNIX_DOMAIN_SOCKET")) and value:
                self._socket(program, value, f"ENV {name}")
            elif name == "GUNICORN_CMD_ARGS":
                for word in _split(value):
                    self._bound(program, word.rpartition("=")[2], f"ENV {name}")

    def settings(self, program: Program) -> None:
        """What settings files say."""
        named = {program.name, *program.argv}
        if "gunicorn" in named:
            for path in self._paths(program, "gunicorn.conf.py", ("-c", "--config")):
                self._python(program, path)
        if "hypercorn" in named:
            for path in self._paths(program, "", ("-c", "--config")):
                self._hypercorn(program, path)
        if "streamlit" in named:
            for path in self._paths(program, ".streamlit/config.toml", ()):
                port = _table(self._toml(path), "server").get("port")
                self._port(path, port if isinstance(port, int) else 0)
        if "flask" in named:
            for name in (".flaskenv", ".env"):
                for path in self._paths(program, name, ()):
                    lines = (self.context.text(path) or "").splitlines()
                    for number, line in enumerate(lines, 1):
                        match = _ENV_LINE.match(line)
                        if match is not None:
                            self._port(f"{path}:{number}", int(match[1]))

    def _paths(self, program: Program, default: str, options: tuple[str, ...]) -> Iterator[str]:
        """The context paths of a settings file: what the options name, else the default."""
        names = [default] if default else []
        for at, value in enumerate(program.argv):
            option, equals, given = (value or "").partition("=")
            if option in options:
                names.append(given if equals else (program.argv[at + 1] or "") if at + 1 < len(program.argv) else "")
        for name in names:
            place = self._place(program, name.removeprefix("file:").removeprefix("python:"))
            path = self.files.get(place or "") or self.files.get(f"{(place or '').replace('.', '/')}.py")
            if path is not None:
                yield path

    def _place(self, program: Program, path: str) -> str | None:
        if not path or (program.workdir is None and not path.startswith("/")):
            return None
        return posixpath.normpath(posixpath.join(program.workdir or "/", path))

    def _python(self, program: Program, path: str) -> None:
        module = python_sources(self.context).module(path)
        for write in module.writes if module is not None else ():
            if write.kind == "socket" and write.base != "temp":
                where = f"{path}:{write.line}"
                if write.path is None or write.base not in ("absolute", "cwd"):
                    self.found.unknown.append(where)
                else:
                    self._socket(program, write.path, where)
        for one in module.privileged if module is not None else ():
            values = [self.env.get(name) or "" for name in one.environment]
            port = next((value for value in values if is_number(value)), one.what)
            if one.kind == "port" and port:
                self._port(f"{path}:{one.line}", int(port))

    def _hypercorn(self, program: Program, path: str) -> None:
        settings = self._toml(path)
        for key in _BINDS:
            value = settings.get(key)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    self._bound(program, text, path)

    def _toml(self, path: str) -> Mapping[str, object]:
        try:
            return tomllib.loads(self.context.text(path) or "")
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}

    def _bound(self, program: Program, text: str, where: str) -> None:
        if _SCHEME.match(text):
            self._socket(program, text, where)
        elif port := _PORT.match(text):
            self._port(where, int(port[1]))

    def _port(self, where: str, port: int) -> None:
        if 0 < port < 1024:
            self.found.ports.append((where, port))

    def _socket(self, program: Program, text: str, where: str) -> None:
        match = _SCHEME.match(text)
        path = self._place(program, text[match.end() :] if match is not None else text)
        if path is None or "$" in path:
            self.found.unknown.append(where)
        else:
            self.found.sockets.append(Written(path, where, service=program.service))


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _table(settings: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = settings.get(key)
    return value if isinstance(value, dict) else {}
