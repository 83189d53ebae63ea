"""Servers that a command line starts: how they are told where to listen, and to reload or debug."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.shell import Command, ShellWord

__all__ = ["OptionValue", "Server", "ServerProgram", "server_of"]

_FLASK_SCRIPT = frozenset("--host -h --port -p --threaded --processes --passthrough-errors -d -D -r -R".split())
_INTERPRETER = regex(r"(?:python|pypy)(?:[23](?:\.\d+)?)?\Z")


@frozen
class ServerProgram:
    """How one server takes its host and its switches for developers.

    Attributes:
        verbs: subcommands, one of which must stand there; none for a program without.
        host: the options that take it, the one to write first; empty for `runserver`, whose operand it is.
        takes_port: they take `HOST:PORT`.
        default: where it listens when nothing is said; None for every interface.
        elsewhere: options that decide in its place.
        sockets: those of them that take the path of a socket, which the server makes.
        variables: of the environment, that do so.
        files: in the working directory, that may do so.
        switches: options that turn on reloading or debugging.
        with_switch: options with a value that mean something only with a switch.
    """

    verbs: frozenset[str] = frozenset()
    host: tuple[str, ...] = ("--host",)
    takes_port: bool = False
    default: str | None = "127.0.0.1"
    elsewhere: frozenset[str] = frozenset()
    sockets: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    switches: frozenset[str] = frozenset()
    with_switch: frozenset[str] = frozenset()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Read in the sources of uvicorn 0.54, gunicorn 27.0, hypercorn 0.18, daphne 4.2, granian 2.8, Flask 3.1, Quart 0.22,
# Sanic 25.12, Litestar 2.25, fastapi-cli 0.0.34, waitress 3.0, Django 5.2.
_PROGRAMS: dict[str, ServerProgram] = {
    "uvicorn": ServerProgram(
        elsewhere=_set("--uds --fd"),
        sockets=_set("--uds"),
        variables=_set("UVICORN_HOST UVICORN_UDS UVICORN_FD"),
        switches=_set("--reload"),
        with_switch=_set("--reload-dir --reload-include --reload-exclude --reload-delay"),
    ),
    "gunicorn": ServerProgram(
        host=("--bind", "-b"),
        takes_port=True,
        default="127.0.0.1:8000",
        elsewhere=_set("-c --config --paste --paster"),
        variables=_set("PORT GUNICORN_CMD_ARGS"),
        files=("gunicorn.conf.py",),
        switches=_set("--reload"),
        with_switch=_set("--reload-engine --reload-extra-file"),
    ),
    "hypercorn": ServerProgram(
        host=("--bind", "-b"),
        takes_port=True,
        default="127.0.0.1:8000",
        elsewhere=_set("-c --config --insecure-bind --quic-bind"),
        switches=_set("--reload --debug"),
    ),
    "daphne": ServerProgram(
        host=("-b", "--bind"),
        elsewhere=_set("-u --unix-socket --fd -e --endpoint"),
        sockets=_set("-u --unix-socket"),
    ),
    "granian": ServerProgram(
        elsewhere=_set("--uds"),
        sockets=_set("--uds"),
        variables=_set("GRANIAN_HOST GRANIAN_UDS"),
        switches=_set("--reload"),
        with_switch=_set(
            "--reload-paths --reload-ignore-dirs --reload-ignore-patterns --reload-ignore-paths --reload-tick"
        ),
    ),
    "flask": ServerProgram(
        verbs=_set("run"),
        host=("--host", "-h"),
        variables=_set("FLASK_RUN_HOST"),
        files=(".flaskenv", ".env"),
        switches=_set("--reload --debug --debugger"),
        with_switch=_set("--extra-files --exclude-patterns"),
    ),
    "quart": ServerProgram(
        verbs=_set("run"),
        host=("--host", "-h"),
        variables=_set("QUART_RUN_HOST"),
        files=(".quartenv", ".env"),
        switches=_set("--reload --debug"),
    ),
    "sanic": ServerProgram(
        host=("--host", "-H"),
        elsewhere=_set("-u --unix"),
        sockets=_set("-u --unix"),
        switches=_set("--reload --auto-reload -r --dev --debug -d"),
        with_switch=_set("-R --reload-dir"),
    ),
    "litestar": ServerProgram(
        verbs=_set("run"),
        host=("--host", "-H"),
        elsewhere=_set("-U --unix-domain-socket --uds -F --fd --file-descriptor"),
        sockets=_set("-U --unix-domain-socket --uds"),
        variables=_set("LITESTAR_HOST LITESTAR_UNIX_DOMAIN_SOCKET LITESTAR_FILE_DESCRIPTOR"),
        switches=_set("--reload -r --debug -d"),
        with_switch=_set("--reload-dir -R --reload-include -I --reload-exclude -E"),
    ),
    "fastapi": ServerProgram(
        verbs=_set("run"), default=None, switches=_set("--reload"), with_switch=_set("--reload-dir")
    ),
    "waitress-serve": ServerProgram(default=None, elsewhere=_set("--unix-socket"), sockets=_set("--unix-socket")),
    "runserver": ServerProgram(host=(), takes_port=True, default="127.0.0.1:8000"),
}


@frozen
class OptionValue:
    """An option as it stands there: the word that holds its value, which is the option's own for `--name=value`."""

    option: str
    word: ShellWord
    raw: str


@frozen
class Server:
    """A server that a command starts.

    Attributes:
        name: for people.
        command: the whole command.
        own: how many words stand in front of the server's own arguments.
    """

    name: str
    program: ServerProgram
    command: Command
    own: int

    @property
    def arguments(self) -> tuple[ShellWord, ...]:
        """The words behind the program and its subcommand."""
        return self.command.words[self.own :]

    @property
    def is_certain(self) -> bool:
        """Whether every word that may be an option is known."""
        for at, word in enumerate(self.command.words):
            follows_option = at and (self.command.words[at - 1].value or "").startswith("-")
            names_option = re.match(r"""["']?(?:--?[\w-]+=|[\w.]+:)""", word.raw)
            if (word.value is None or word.expands) and not follows_option and not names_option:
                return False
        return True

    def values(self, names: tuple[str, ...]) -> Iterator[OptionValue]:
        """The values that options of these names are given: `--host X`, `--host=X`, `-bX`."""
        words = self.command.words
        for at, word in enumerate(words):
            raw = word.raw.lstrip("\"'")
            for name in names:
                if word.value == name and at + 1 < len(words):
                    yield OptionValue(name, words[at + 1], words[at + 1].raw)
                elif raw.startswith(name + "="):
                    yield OptionValue(name, word, raw[len(name) + 1 :])
                elif len(name) == 2 and raw.startswith(name) and len(raw) > 2 and not raw.startswith("--"):
                    yield OptionValue(name, word, raw[2:])

    def has(self, names: frozenset[str]) -> bool:
        """Whether one of these options is there."""
        return any(word.value in names for word in self.command.words) or any(self.values(tuple(names)))


def server_of(command: Command) -> Server | None:
    """The server that a command starts, by itself or as a module of Python; None for anything else."""
    argv = command.argv
    name, at = command.name or "", 1
    if _INTERPRETER.match(name):
        while at < len(argv) and argv[at] in ("-u", "-O", "-B", "-OO", "-I", "-E", "-s"):
            at += 1
        if argv[at : at + 1] == ("-m",):
            name, at = (argv[at + 1] if at + 1 < len(argv) else None) or "", at + 2
        elif at < len(argv):
            name, at = (argv[at] or "").rpartition("/")[2], at + 1
    if name in ("manage.py", "django-admin", "django"):
        is_it = argv[at : at + 1] == ("runserver",) and not _FLASK_SCRIPT & {(w or "").split("=")[0] for w in argv}
        return Server(name, _PROGRAMS["runserver"], command, at + 1) if is_it else None
    program = _PROGRAMS.get(name)
    if program is None or name == "runserver":
        return None
    if program.verbs:
        verb = next((number for number in range(at, len(argv)) if argv[number] in program.verbs), None)
        if verb is None:
            return None
        return Server(f"{name} {argv[verb]}", program, command, verb + 1)
    return Server(name, program, command, at)
