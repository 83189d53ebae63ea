"""A variable of the image turns on a debugger or a reloader."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, StageImage, image
from dockerfix.plans.serving.development import comments_at, for_developers, perhaps_meant
from dockerfix.plans.serving.reach import truthy
from dockerfix.plans.serving.start_commands import start_instruction
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Env, Word
from dockerfix.text import Edit, encode

_OFF = {"1": "0", "true": "false", "True": "False", "TRUE": "FALSE", "yes": "no", "on": "off"}
_SWITCHES = frozenset({"FLASK_DEBUG", "QUART_DEBUG", "UVICORN_RELOAD"})
_NAMES = ("FLASK_DEBUG", "FLASK_ENV", "QUART_DEBUG", "UVICORN_RELOAD")
_RUN = "FROM python:3.12-slim\n"
_FLASK = 'CMD ["flask", "run", "--host", "0.0.0.0"]\n'


class DebugVariable(Rule):
    """ENV sets FLASK_DEBUG, FLASK_ENV or a like variable for developers.

    Why: Werkzeug's debugger runs the code that a visitor sends it, with the rights of the app, and a reloader watches
    files that never change in an image. Whoever starts the image gets both without asking.
    Fix: the value becomes its opposite where it stands (`1` → `0`, `true` → `false`, `development` → `production`).
    Safety: unsafe, for code of the project may read the variable too; it needs `--unsafe-fixes`. A suggestion, never
    made, where a comment above says that it is meant, and where a compose file mounts the sources over those of the
    image. Images that are for developers by the name of their file or last stage are left alone, and so is a value
    that an ARG decides.
    """

    code = "DF805"
    name = "debug-variable"
    message = "a variable turns on a debugger or reloader in the image"
    sources = (
        "Flask documentation: Configuration Handling, Debug Mode",
        "Flask changelog: 2.3.0, FLASK_ENV removed",
        "Quart documentation: Command Line Interface",
        "Uvicorn documentation: Settings",
    )
    may_change = frozenset({Aspect.ENVIRONMENT})
    examples = (
        Example.unsafe("FLASK_DEBUG", _RUN + "ENV FLASK_DEBUG=1\n" + _FLASK, _RUN + "ENV FLASK_DEBUG=0\n" + _FLASK),
        Example.unsafe(
            "FLASK_ENV, in the old form",
            _RUN + "ENV FLASK_ENV development\n" + _FLASK,
            _RUN + "ENV FLASK_ENV production\n" + _FLASK,
        ),
        Example.unsafe(
            "among others, with quotes",
            _RUN + 'ENV FLASK_APP=main.py FLASK_DEBUG="true" PORT=80\n' + _FLASK,
            _RUN + 'ENV FLASK_APP=main.py FLASK_DEBUG="false" PORT=80\n' + _FLASK,
        ),
        Example.unsafe(
            "both, a line each, with a comment between",
            _RUN + "ENV FLASK_ENV=development \\\n    # as the README says\n    FLASK_DEBUG=True\n" + _FLASK,
            _RUN + "ENV FLASK_ENV=production \\\n    # as the README says\n    FLASK_DEBUG=False\n" + _FLASK,
        ),
        Example.unsafe(
            "lower case, CRLF",
            "from python:3.12-slim\r\nenv FLASK_DEBUG=1\r\ncmd flask run --host 0.0.0.0\r\n",
            "from python:3.12-slim\r\nenv FLASK_DEBUG=0\r\ncmd flask run --host 0.0.0.0\r\n",
        ),
        Example.unsafe(
            "in the stage below the last one",
            _RUN.replace("\n", " AS base\n") + "ENV FLASK_DEBUG=on\n\nFROM base\n" + _FLASK,
            _RUN.replace("\n", " AS base\n") + "ENV FLASK_DEBUG=off\n\nFROM base\n" + _FLASK,
        ),
        Example.unsafe(
            "the last one counts",
            _RUN + "ENV FLASK_DEBUG=0\nENV FLASK_DEBUG=1\n" + _FLASK,
            _RUN + "ENV FLASK_DEBUG=0\nENV FLASK_DEBUG=0\n" + _FLASK,
        ),
        Example.unsafe(
            "uvicorn's own",
            _RUN + 'ENV UVICORN_RELOAD=true\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n',
            _RUN + 'ENV UVICORN_RELOAD=false\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n',
        ),
        Example.suggested(
            "the sources are mounted over the image",
            _RUN + "COPY . /app\nENV FLASK_DEBUG=1\n" + _FLASK,
            _RUN + "COPY . /app\nENV FLASK_DEBUG=0\n" + _FLASK,
            {"main.py": "", "compose.yaml": "services:\n  web:\n    build: .\n    volumes: ['.:/app']\n"},
        ),
        Example.unchanged("it is off", _RUN + "ENV FLASK_DEBUG=0 FLASK_ENV=production\n" + _FLASK),
        Example.unchanged("turned off again", _RUN + "ENV FLASK_DEBUG=1\nENV FLASK_DEBUG=0\n" + _FLASK),
        Example.unchanged("in a stage that only builds", "FROM a:1 AS b\nENV FLASK_DEBUG=1\n" + _RUN + _FLASK),
        Example.unchanged("an ARG decides", _RUN + "ARG MODE=development\nENV FLASK_ENV=$MODE\n" + _FLASK),
        Example.unchanged(
            "an image for developers, by the name of its stage",
            "FROM python:3.12-slim AS dev\nENV FLASK_DEBUG=1\n" + _FLASK,
        ),
        Example.unchanged("it starts nothing of its own", _RUN + "ENV FLASK_DEBUG=1\n"),
        Example.unchanged("for one RUN alone", _RUN + "RUN FLASK_DEBUG=1 flask db upgrade\n" + _FLASK),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        if stage is None or start_instruction(stage) is None:
            return
        for name in _NAMES:
            if not _is_on(name, stage.final.env.get(name)):
                continue
            found = _last_setting(stage, name)
            if found is not None:
                yield self._judge(*found, name, model)

    def _judge(self, instruction: Env, value: Word, name: str, model: Image) -> Finding:
        left = for_developers(model)
        if left is not None:
            return self.declined(instruction, f"{name}: {left}")
        written = value.mapped.text
        plain = written.strip("\"'")
        if not _is_on(name, plain):
            return self.declined(instruction, f"{name} gets its value from elsewhere")
        new = "production" if name == "FLASK_ENV" else _OFF.get(plain, "0")
        message = f"{name}={plain} is a setting for development"
        edit = Edit(value.span, encode(written.replace(plain, new, 1)))
        title = f"Set it to {new}"
        doubt = perhaps_meant(model, comments_at(model.dockerfile, instruction))
        if doubt is not None:
            return self.finding(instruction, Fix.suggestion(title, edit, because=doubt), message=message)
        why = "who starts this image while developing loses it there too"
        return self.finding(instruction, Fix.unsafe(title, edit, because=why), message=message)


def _is_on(name: str, value: str | None) -> bool:
    return truthy(value) if name in _SWITCHES else value == "development"


def _last_setting(stage: StageImage, name: str) -> tuple[Env, Word] | None:
    """The ENV that gives a variable its value, in the stage or one that it starts from."""
    for step in reversed(stage.all_steps):
        if isinstance(step.instruction, Env):
            for key, value in reversed(step.instruction.pairs):
                if key.value == name:
                    return step.instruction, value
    return None
