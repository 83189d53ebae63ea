"""The command that starts the image has its server listen on the container's own loopback."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from dockerfix.image import Image, image
from dockerfix.image.files import context_files
from dockerfix.plans.serving.reach import loopback_is_meant, open_ports, truthy
from dockerfix.plans.serving.start_commands import StartedCommand, own_start, start_commands, start_instruction
from dockerfix.plans.serving.uses import variable
from dockerfix.programs.servers import OptionValue, Server, server_of
from dockerfix.programs.starts import Start
from dockerfix.regexes import regex
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import ShellWord, insert_words, replace_word
from dockerfix.syntax import Dockerfile
from dockerfix.text import Edit, Span, encode

_EVERYWHERE = "0.0.0.0"
_LOOPBACK = regex(r"(?:127\.0\.0\.1|localhost)(?=$|[:\"'])")
_PORT_OPTIONS = frozenset({"--port", "-p", "-P"})
# Files of platforms that hand the port over in PORT, which gunicorn then listens on everywhere.
_PLATFORMS = ("Procfile", "heroku.yml", "app.json", "render.yaml", "railway.json", "railway.toml", "app.yaml")
_RUN = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
_WEB = _RUN + "EXPOSE 8000\n"


class LoopbackCommand(Rule):
    """CMD or ENTRYPOINT starts a server that listens on 127.0.0.1.

    Why: inside a container 127.0.0.1 is the container's own loopback, and uvicorn, gunicorn, `flask run` and their
    like listen there when nothing is said. A published port leads to another interface, so nobody outside gets an
    answer.
    Fix: `--host 0.0.0.0`, or what the server calls it, in front of the port or at the end of the command.
    Safety: unsafe, for whoever reaches the port will reach the app; it needs `--unsafe-fixes`. A suggestion, never
    made, while a debugger is on, and where EXPOSE names another port than gunicorn would listen on. Left alone
    where a socket, a configuration file or a variable decides, where no port is EXPOSEd, where a proxy or another
    server stands in the container, and where a compose file starts it otherwise.
    """

    code = "DF803"
    name = "loopback-command"
    message = "the server listens on 127.0.0.1 inside the container, which no published port reaches"
    sources = (
        "Docker documentation: Networking, Published ports",
        "Uvicorn documentation: Settings, Socket Binding",
        "Gunicorn documentation: Settings, bind",
        "Flask documentation: Development Server",
    )
    may_change = frozenset({Aspect.START_COMMAND})
    examples = (
        Example.unsafe(
            "uvicorn, told nothing",
            _WEB + 'CMD ["uvicorn", "main:app"]\n',
            _WEB + 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n',
        ),
        Example.unsafe(
            "in front of the port, in shell form",
            _WEB + "CMD uvicorn main:app --port ${PORT:-8000} --workers 2\n",
            _WEB + "CMD uvicorn main:app --host 0.0.0.0 --port ${PORT:-8000} --workers 2\n",
        ),
        Example.unsafe(
            "told to listen on the loopback",
            _WEB + 'CMD ["uvicorn", "main:app", "--host=127.0.0.1", "--port=8000"]\n',
            _WEB + 'CMD ["uvicorn", "main:app", "--host=0.0.0.0", "--port=8000"]\n',
        ),
        Example.unsafe(
            "flask run, in lower case and with CRLF",
            "from python:3.12-slim\r\nexpose 5000\r\ncmd flask --app main run -p 5000\r\n",
            "from python:3.12-slim\r\nexpose 5000\r\ncmd flask --app main run --host 0.0.0.0 -p 5000\r\n",
            {"main.py": ""},
        ),
        Example.unsafe(
            "gunicorn, a word a line, with a comment between",
            _WEB + "CMD gunicorn \\\n    # four are enough\n    --workers=4 \\\n    main:app\n",
            _WEB + "CMD gunicorn --bind=0.0.0.0:8000 \\\n    # four are enough\n    --workers=4 \\\n    main:app\n",
            {"main.py": ""},
        ),
        Example.unsafe(
            "a port that is only known at run time",
            _WEB + 'CMD gunicorn -b "127.0.0.1:$PORT" main:app\n',
            _WEB + 'CMD gunicorn -b "0.0.0.0:$PORT" main:app\n',
        ),
        Example.unsafe(
            "behind an entry point and a runner",
            _WEB + 'ENTRYPOINT ["tini", "--"]\nCMD ["poetry", "run", "python", "-m", "uvicorn", "main:app"]\n',
            _WEB
            + 'ENTRYPOINT ["tini", "--"]\n'
            + 'CMD ["poetry", "run", "python", "-m", "uvicorn", "main:app", "--host", "0.0.0.0"]\n',
        ),
        Example.unsafe(
            "the program in ENTRYPOINT, its words in CMD",
            _WEB + 'ENTRYPOINT ["uvicorn"]\nCMD ["main:app"]\n',
            _WEB + 'ENTRYPOINT ["uvicorn"]\nCMD ["main:app", "--host", "0.0.0.0"]\n',
        ),
        Example.unsafe(
            "inside a script",
            _WEB + 'CMD ["sh", "-c", "alembic upgrade head && exec hypercorn main:app"]\n',
            _WEB + 'CMD ["sh", "-c", "alembic upgrade head && exec hypercorn main:app --bind 0.0.0.0:8000"]\n',
        ),
        Example.unsafe(
            "Django's own server, given a port alone",
            _WEB + "CMD python manage.py migrate && python manage.py runserver 8000\n",
            _WEB + "CMD python manage.py migrate && python manage.py runserver 0.0.0.0:8000\n",
            {"manage.py": "from django.core.management import execute_from_command_line\n"},
        ),
        Example.suggested(
            "a debugger would be reachable with it",
            _WEB + 'CMD ["flask", "run", "--debug"]\n',
            _WEB + 'CMD ["flask", "run", "--debug", "--host", "0.0.0.0"]\n',
        ),
        Example.suggested(
            "EXPOSE names another port than gunicorn's own",
            _RUN + 'EXPOSE 5000\nCMD ["gunicorn", "main:app"]\n',
            _RUN + 'EXPOSE 5000\nCMD ["gunicorn", "main:app", "--bind", "0.0.0.0:5000"]\n',
        ),
        Example.reported(
            "a start script is not changed",
            _WEB + 'CMD ["./start.sh"]\n',
            {"start.sh": "#!/bin/sh\nexec uvicorn main:app\n"},
        ),
        Example.unchanged("it listens everywhere", _WEB + 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'),
        Example.unchanged(
            "a variable says where", _WEB + 'ENV FLASK_RUN_HOST=0.0.0.0\nCMD ["flask", "run", "--port", "8000"]\n'
        ),
        Example.unchanged(
            "a configuration file says where",
            _WEB + 'CMD ["gunicorn", "main:app"]\n',
            {"gunicorn.conf.py": 'bind = "0.0.0.0:8000"\n'},
        ),
        Example.unchanged("a socket, not a host", _WEB + "CMD uvicorn main:app --uds /run/app.sock\n"),
        Example.unchanged("nobody outside is told of a port", _RUN + 'CMD ["uvicorn", "main:app"]\n'),
        Example.unchanged("words that may be anything", _WEB + "CMD uvicorn main:app $UVICORN_OPTIONS\n"),
        Example.unchanged("a proxy asks it", _WEB + "CMD nginx && gunicorn main:app\n"),
        Example.unchanged("fastapi run listens everywhere", _WEB + 'CMD ["fastapi", "run", "main.py"]\n'),
        Example.unchanged(
            "compose starts it with a command of its own",
            _WEB + 'CMD ["uvicorn", "main:app"]\n',
            {"compose.yaml": "services:\n  web:\n    build: .\n    command: uvicorn main:app --host 0.0.0.0\n"},
        ),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        start = own_start(model)
        if start is None:
            return
        commands = start_commands(model, start)
        for command in commands:
            server = server_of(command.program)
            if server is not None and _listens_on_loopback(server, model):
                meant = _meant(server, model, start)
                if meant is not None:
                    yield self.declined(command.instruction, f"{server.name} listens on 127.0.0.1: {meant}")
                else:
                    yield self._judge(command, server, model)
        yield from self._in_scripts(model, start, commands)

    def _in_scripts(self, model: Image, start: Start, commands: tuple[StartedCommand, ...]) -> Iterator[Finding]:
        """Servers that a start script runs."""
        instruction = start_instruction(model.final) if model.final is not None else None
        known = {command.program.argv for command in commands}
        for program in start.programs:
            server = server_of(program.command) if program.argv not in known else None
            if server is None or instruction is None or ":" not in program.place:
                continue
            if _listens_on_loopback(server, model) and _meant(server, model, start) is None:
                message = f"{program.place}: {self.message.replace('the server', server.name, 1)}"
                yield self.finding(instruction, because=f"have it listen on {_EVERYWHERE} there", message=message)

    def _judge(self, command: StartedCommand, server: Server, model: Image) -> Finding:
        message = self.message.replace("the server", server.name, 1)
        stage = model.final
        given = _given(server)
        port = _default_port(server, open_ports(model)) if given is None else None
        edit = _host_edit(server, given, port, model.dockerfile)
        if edit is None:
            why = "the command is one that a person has to change"
            return self.finding(command.instruction, because=why, message=message)
        title = f"Listen on {_EVERYWHERE}"
        debugs = server.has(frozenset({"--debug", "--debugger"})) and server.program.switches
        if debugs or (server.name == "flask run" and stage and truthy(stage.final.env.get("FLASK_DEBUG"))):
            why = "its debugger, which runs the code that it is sent, would be reachable too; turn it off first"
            return self.finding(command.instruction, Fix.suggestion(title, edit, because=why), message=message)
        if port is not None and port != _own_port(server):
            why = f"port {port} is opened, and today it listens on {_own_port(server)}; one of them is a mistake"
            return self.finding(command.instruction, Fix.suggestion(title, edit, because=why), message=message)
        unsure = _unsure(server, model)
        if unsure is not None:
            return self.finding(command.instruction, Fix.suggestion(title, edit, because=unsure), message=message)
        why = "whoever reaches the port will reach the app"
        return self.finding(command.instruction, Fix.unsafe(title, edit, because=why), message=message)


def _listens_on_loopback(server: Server, model: Image) -> bool:
    """Whether a server binds to the loopback and nowhere else, as far as its words tell."""
    program = server.program
    if not server.is_certain or server.has(program.elsewhere) or (server.name == "gunicorn" and not server.arguments):
        return False
    if server.name == "manage.py" and _is_django(model) is False:
        return False
    given = list(_all_given(server))
    if given:
        return all(_LOOPBACK.match(one.raw.lstrip("\"' ")) or _is_port(one, server) for one in given)
    return program.default is not None and variable(model, *program.variables) is None and not _file(server, model)


def _all_given(server: Server) -> Iterator[OptionValue]:
    if server.program.host:
        yield from server.values(server.program.host)
        return
    operands = [word for word in server.arguments if not word.raw.lstrip("\"'").startswith("-")]
    yield from (OptionValue("", word, word.raw) for word in operands)


def _given(server: Server) -> OptionValue | None:
    return next(_all_given(server), None)


def _is_port(one: OptionValue, server: Server) -> bool:
    """`runserver 8000`: a port alone, on the loopback."""
    return not server.program.host and (one.word.value or "").isdigit()


def _file(server: Server, model: Image) -> bool:
    """Whether a file in the working directory may decide where it listens."""
    stage = model.final
    if stage is None or stage.final.workdir is None or not server.program.files:
        return False
    there = _files(model)
    for name in server.program.files:
        path = there.get(posixpath.join(stage.final.workdir, name))
        text = model.context.text(path) if path is not None else None
        if text is not None and (name.endswith(".py") or any(one in text for one in server.program.variables)):
            return True
    return False


def _unsure(server: Server, model: Image) -> str | None:
    """What is not known of the project and would decide."""
    if server.name == "manage.py" and _is_django(model) is None:
        return "it is not known whether manage.py is Django's, which takes an address there"
    if server.program.files and not model.context.known and _given(server) is None:
        return f"it is not known whether {server.program.files[0]} says where"
    return None


def _is_django(model: Image) -> bool | None:
    """Whether manage.py is Django's and not Flask-Script's, which takes no address; None when it is not there."""
    scripts = [path for path in _files(model).values() if posixpath.basename(path) == "manage.py"]
    return any("django" in (model.context.text(path) or "") for path in scripts) if scripts else None


def _files(model: Image) -> Mapping[str, str]:
    return context_files(model, model.final) if model.final is not None else {}


def _meant(server: Server, model: Image, start: Start) -> str | None:
    if "PORT" in server.program.variables and _given(server) is None:
        platform = next((name for name in _PLATFORMS if model.context.is_file(name)), None)
        if platform is not None:
            return f"{platform} names a platform that sets PORT, which it then listens on everywhere"
    return loopback_is_meant(model, start)


def _own_port(server: Server) -> int | None:
    """The port that it takes when nothing is said, where host and port are one option."""
    port = (server.program.default or "").partition(":")[2]
    return int(port) if port and server.program.host else None


def _default_port(server: Server, ports: frozenset[int]) -> int | None:
    own = _own_port(server)
    return own if own is None or own in ports or len(ports) != 1 else next(iter(ports))


def _host_edit(server: Server, given: OptionValue | None, port: int | None, dockerfile: Dockerfile) -> Edit | None:
    if given is not None and not _is_port(given, server):
        return _replaced(given.word, dockerfile)
    if given is not None:
        return replace_word(server.command, given.word, f"{_EVERYWHERE}:{given.word.value}")
    if not server.program.host:
        own = server.command.words[server.own - 1]
        return _inserted(server, own, [f"{_EVERYWHERE}:8000"], dockerfile)
    value = _EVERYWHERE if port is None else f"{_EVERYWHERE}:{port}"
    words = [word.value or "" for word in server.arguments]
    options = [word for word in words if word.startswith("-")]
    short = server.program.takes_port and bool(options) and all(len(word) == 2 for word in options)
    name = sorted(server.program.host, key=len)[0 if short else -1]
    joined = any(word.startswith("--") and "=" in word for word in options) and name.startswith("--")
    return _inserted(server, _place(server), [f"{name}={value}"] if joined else [name, value], dockerfile)


def _place(server: Server) -> ShellWord:
    """The word behind which a host is put: in front of the port, in front of the other options, else at the end."""
    words = server.command.words
    for at in range(server.own, len(words)):
        if words[at].raw.strip("\"'").partition("=")[0] in _PORT_OPTIONS:
            return words[at - 1]
    first = server.arguments[0].raw.strip("\"'") if server.arguments else "-"
    return words[server.own - 1] if first.startswith("-") and server.program.takes_port else words[-1]


def _inserted(server: Server, after: ShellWord, words: list[str], dockerfile: Dockerfile) -> Edit | None:
    """The words behind another one, which the edit covers: whoever rewrites that word has to wait."""
    edit = insert_words(server.command, after, words)
    if edit is None or edit.span != Span(after.span.end, after.span.end):
        return None
    return Edit(after.span, dockerfile.source[after.span.start : after.span.end] + edit.text)


def _replaced(word: ShellWord, dockerfile: Dockerfile) -> Edit | None:
    """The loopback's name in a word, whatever else stands in it, for every interface."""
    text = dockerfile.source[word.span.start : word.span.end]
    found = re.search(rb"127\.0\.0\.1|localhost", text)
    if found is None or encode(word.raw) != text:
        return None
    return Edit(word.span, text[: found.start()] + encode(_EVERYWHERE) + text[found.end() :])
