"""The command that starts the image has its server reload itself, or lets its visitors debug it."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, image
from dockerfix.plans.serving.development import comments_at, for_developers, perhaps_meant
from dockerfix.plans.serving.start_commands import StartedCommand, own_start, start_commands, start_instruction
from dockerfix.plans.serving.uses import started_otherwise
from dockerfix.programs.servers import Server, server_of
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import Command, ShellWord, remove_word, replace_word
from dockerfix.syntax import Dockerfile
from dockerfix.text import Edit

_TITLE = "Turn it off"
_RUN = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
_MOUNTED = "services:\n  api:\n    build: .\n    volumes:\n      - ./main.py:/app/main.py\n      - .:/app\n"


class DebugCommand(Rule):
    """CMD or ENTRYPOINT starts a server with reloading or a debugger on.

    Why: a reloader starts the program twice and watches files that never change in an image; with uvicorn it also
    keeps `--workers` from working. Werkzeug's debugger runs the code that a visitor sends it.
    Fix: `--reload`, `--debug` and their like go, with the options that mean nothing without them; `fastapi dev`
    becomes `fastapi run`.
    Safety: unsafe, for people may use the image while developing; it needs `--unsafe-fixes`. A suggestion, never
    made, where a comment above says that it is meant, and where a compose file mounts the sources over those of the
    image. Images that are for developers by the name of their file or last stage are left alone.
    """

    code = "DF804"
    name = "debug-command"
    message = "the image starts its server with a reloader or debugger on"
    sources = (
        "Uvicorn documentation: Settings, Development",
        "FastAPI documentation: FastAPI CLI",
        "Flask documentation: Development Server",
    )
    may_change = frozenset({Aspect.START_COMMAND})
    examples = (
        Example.unsafe(
            "uvicorn in exec form",
            _RUN + 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--reload"]\n',
            _RUN + 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n',
        ),
        Example.unsafe(
            "uvicorn in shell form, between other options",
            _RUN + "CMD uvicorn main:app --reload --host 0.0.0.0 --port $PORT\n",
            _RUN + "CMD uvicorn main:app --host 0.0.0.0 --port $PORT\n",
        ),
        Example.unsafe(
            "with the folder that is watched",
            _RUN + 'CMD ["uvicorn","main:app","--reload","--reload-dir","app","--reload-exclude=*.log"]\n',
            _RUN + 'CMD ["uvicorn","main:app"]\n',
        ),
        Example.unsafe(
            "a word a line, with a comment between",
            _RUN + "CMD gunicorn \\\n    --reload \\\n    # as EXPOSE says\n    --bind 0.0.0.0:8000 \\\n    main:app\n",
            _RUN + "CMD gunicorn \\\n    # as EXPOSE says\n    --bind 0.0.0.0:8000 \\\n    main:app\n",
        ),
        Example.unsafe(
            "flask, lower case, CRLF",
            "from python:3.12-slim\r\ncmd flask --app main --debug run --host 0.0.0.0\r\n",
            "from python:3.12-slim\r\ncmd flask --app main run --host 0.0.0.0\r\n",
        ),
        Example.unsafe(
            "fastapi dev",
            _RUN + 'CMD ["fastapi", "dev", "main.py", "--port", "80"]\n',
            _RUN + 'CMD ["fastapi", "run", "main.py", "--port", "80"]\n',
        ),
        Example.unsafe(
            "inside a script, behind another command",
            _RUN + 'CMD ["sh", "-c", "alembic upgrade head && exec uvicorn main:app --reload --port 80"]\n',
            _RUN + 'CMD ["sh", "-c", "alembic upgrade head && exec uvicorn main:app --port 80"]\n',
        ),
        Example.unsafe(
            "behind a runner, in the stage below the last one",
            "FROM python:3.12 AS base\nCOPY . /app\nENTRYPOINT uv run uvicorn main:app --reload\n\n"
            "FROM base\nENV A=1\n",
            "FROM python:3.12 AS base\nCOPY . /app\nENTRYPOINT uv run uvicorn main:app\n\nFROM base\nENV A=1\n",
        ),
        Example.suggested(
            "the sources are mounted over the image",
            _RUN + 'CMD ["uvicorn", "main:app", "--reload"]\n',
            _RUN + 'CMD ["uvicorn", "main:app"]\n',
            {"main.py": "", "compose.yaml": _MOUNTED},
        ),
        Example.suggested(
            "a comment says that it is meant",
            _RUN + "# Run with auto-reload\nCMD uvicorn main:app --reload\n",
            _RUN + "# Run with auto-reload\nCMD uvicorn main:app\n",
        ),
        Example.reported(
            "a start script is not changed",
            _RUN + 'ENTRYPOINT ["/app/start.sh"]\n',
            {"start.sh": "#!/bin/sh\nexec uvicorn main:app --reload\n"},
        ),
        Example.unchanged("nothing of the kind", _RUN + 'CMD ["uvicorn", "main:app", "--port", "80"]\n'),
        Example.unchanged(
            "an image for developers, by the name of its stage",
            "FROM python:3.12-slim AS development\nCMD uvicorn main:app --reload\n",
        ),
        Example.unchanged(
            "compose starts it with a command of its own",
            _RUN + "CMD uvicorn main:app --reload\n",
            {"docker-compose.yml": "services:\n  web:\n    build: .\n    command: uvicorn main:app\n"},
        ),
        Example.unchanged("another program's option", _RUN + 'CMD ["mytool", "--reload", "--debug"]\n'),
        Example.unchanged("a text that speaks of it", _RUN + "CMD echo uvicorn main:app --reload\n"),
        Example.unchanged("a stage that is not the last one", "FROM a:1 AS x\nCMD uvicorn a:b --reload\nFROM b:1\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        start = own_start(model)
        instruction = start_instruction(model.final) if model.final is not None else None
        if start is None or instruction is None:
            return
        left = for_developers(model) or started_otherwise(model)
        commands = start_commands(model, start)
        for command in commands:
            words = _switches(command.program)
            if words and left is not None:
                yield self.declined(command.instruction, f"{_told(command.program, words)}; {left}")
            elif words:
                yield self._judge(command, words, model)
        known = {command.program.argv for command in commands}
        for program in start.programs:
            words = _switches(program.command) if program.argv not in known and ":" in program.place else ()
            if words and left is None:
                message = f"{program.place}: {_told(program.command, words)}"
                yield self.finding(instruction, because="take it out there", message=message)

    def _judge(self, command: StartedCommand, words: tuple[ShellWord, ...], model: Image) -> Finding:
        message = _told(command.program, words)
        edits = _edits(command.program, words, model.dockerfile.source)
        if edits is None:
            why = "the command is one that a person has to change"
            return self.finding(command.instruction, because=why, message=message)
        doubt = perhaps_meant(model, comments_at(model.dockerfile, command.instruction))
        if doubt is not None:
            return self.finding(command.instruction, Fix.suggestion(_TITLE, *edits, because=doubt), message=message)
        why = "who starts this image while developing loses it there too"
        return self.finding(command.instruction, Fix.unsafe(_TITLE, *edits, because=why), message=message)


def _switches(program: Command) -> tuple[ShellWord, ...]:
    """The words that turn on reloading or a debugger; `dev` of `fastapi dev` is one."""
    server = server_of(program)
    if server is not None:
        return tuple(word for word in program.words if word.value in server.program.switches)
    name = program.argv[2:3] if program.argv[1:2] == ("-m",) else (program.name,)
    behind = program.words[3:] if program.argv[1:2] == ("-m",) else program.words[1:]
    return behind[:1] if name == ("fastapi",) and behind and behind[0].value == "dev" else ()


def _told(program: Command, words: tuple[ShellWord, ...]) -> str:
    if words[0].value == "dev":
        return "the image starts fastapi dev, which reloads and listens on 127.0.0.1"
    server = server_of(program)
    name = server.name if server is not None else program.name
    return f"the image starts {name} with {', '.join(word.value or '' for word in words)}"


def _edits(program: Command, words: tuple[ShellWord, ...], source: bytes) -> tuple[Edit, ...] | None:
    """What takes the words out, with the options that mean nothing without them."""
    if words[0].value == "dev":
        edit = replace_word(program, words[0], "run")
        return None if edit is None else (edit,)
    server = server_of(program)
    useless = [*words, *(_depending(server) if server is not None else ())]
    edits = [remove_word(program, word, source) for word in useless]
    return tuple(edit for edit in edits if edit is not None) if None not in edits else None


def _depending(server: Server) -> Iterator[ShellWord]:
    """Options that only say how to reload, with their values."""
    words = server.command.words
    for option in server.values(tuple(server.program.with_switch)):
        at = next(number for number, word in enumerate(words) if word.span == option.word.span)
        yield from words[at - 1 : at] if words[at - 1].value == option.option else ()
        yield words[at]
