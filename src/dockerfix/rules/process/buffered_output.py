"""Python keeps what a program prints in a buffer, where a container has no terminal."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import StageImage, image
from dockerfix.plans.serving.development import for_developers
from dockerfix.plans.serving.uses import variable
from dockerfix.plans.signals.python_process import INTERPRETER, PythonProcess, python_process
from dockerfix.project.context.own_paths import own_paths
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Env, insert_after
from dockerfix.syntax.paragraphs import insert_block
from dockerfix.text import Edit

_NAME = "PYTHONUNBUFFERED"
_SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
_RUN = 'COPY . .\nCMD ["python", "bot.py"]\n'
_SET = f"ENV {_NAME}=1\n"
_BOT = {"bot.py": 'import time\n\nwhile True:\n    print("tick")\n    time.sleep(60)\n'}
_QUIET = {"bot.py": 'import logging\nimport time\n\nwhile True:\n    logging.info("tick")\n    time.sleep(60)\n'}
_API = {"main.py": 'from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get("/")\ndef root():\n    print("hit")\n'}


class BufferedOutput(Rule):
    """A Python program that runs on prints, and nothing makes Python write that at once.

    Why: without a terminal Python collects 8 kB of standard output before it writes; what was printed is missing from
    the logs for hours, and lost when the container is killed.
    Fix: `ENV PYTHONUNBUFFERED=1`, beside the ENV that is there, else above the start command. Never
    PYTHONDONTWRITEBYTECODE, which makes each start slower.
    Safety: safe, as only the time of writing changes. Left alone where the program only logs (logging flushes each
    line), prints with `flush=True`, or ends by itself; and where something sets the variable, `-u` among them.
    """

    code = "DF405"
    name = "buffered-output"
    message = "what the program prints stays in Python's buffer"
    sources = ("Python documentation: PYTHONUNBUFFERED", "tried: Python 3.11, print and logging into a pipe")
    may_change = frozenset({Aspect.ENVIRONMENT})
    examples = (
        Example("above the start command", _SLIM + _RUN, _SLIM + _RUN.replace("CMD", _SET + "CMD"), _BOT),
        Example(
            "beside the ENV that is there",
            _SLIM + "ENV TZ=UTC\n" + _RUN,
            _SLIM + "ENV TZ=UTC\n" + _SET + _RUN,
            _BOT,
        ),
        Example(
            "above the comment of the start command",
            _SLIM + "COPY . .\n\n# start\n" + 'CMD ["python", "bot.py"]\n',
            _SLIM + "COPY . .\n\n" + _SET + "\n# start\n" + 'CMD ["python", "bot.py"]\n',
            _BOT,
        ),
        Example(
            "shell form",
            _SLIM + "COPY . .\nCMD python bot.py\n",
            _SLIM + "COPY . .\n" + _SET + "CMD python bot.py\n",
            _BOT,
        ),
        Example(
            "a server whose code prints",
            _SLIM + 'COPY . .\nCMD ["uvicorn", "main:app"]\n',
            _SLIM + "COPY . .\n" + _SET + 'CMD ["uvicorn", "main:app"]\n',
            _API,
        ),
        Example(
            "the last stage",
            "FROM python:3.12 AS build\nENV A=1\nRUN pip wheel x\n" + _SLIM + _RUN,
            "FROM python:3.12 AS build\nENV A=1\nRUN pip wheel x\n" + _SLIM + _RUN.replace("CMD", _SET + "CMD"),
            _BOT,
        ),
        Example(
            "lower case and CRLF",
            "from python:3.12-slim\r\ncopy . .\r\ncmd python bot.py\r\n",
            f"from python:3.12-slim\r\ncopy . .\r\nenv {_NAME}=1\r\ncmd python bot.py\r\n",
            _BOT,
        ),
        Example(
            "ENTRYPOINT and CMD",
            _SLIM + 'COPY . .\nENTRYPOINT ["python"]\nCMD ["bot.py"]\n',
            _SLIM + "COPY . .\n" + _SET + 'ENTRYPOINT ["python"]\nCMD ["bot.py"]\n',
            _BOT,
        ),
        Example(
            "an ENV of several lines",
            _SLIM + "ENV A=1 \\\n    B=2\n" + _RUN,
            _SLIM + "ENV A=1 \\\n    B=2\n" + _SET + _RUN,
            _BOT,
        ),
        Example.unchanged("it is set", _SLIM + _SET + _RUN, _BOT),
        Example.unchanged("-u", _SLIM + _RUN.replace('"bot', '"-u", "bot'), _BOT),
        Example.unchanged("it only logs", _SLIM + _RUN, _QUIET),
        Example.unchanged("it flushes", _SLIM + _RUN, {"bot.py": "while True:\n    print(1, flush=True)\n"}),
        Example.unchanged("to another stream", _SLIM + _RUN, {"bot.py": "while True:\n    print(1, file=x)\n"}),
        Example.unchanged("it ends by itself, and flushes then", _SLIM + _RUN, {"bot.py": "print(1)\n"}),
        Example.unchanged(
            "compose sets it",
            _SLIM + _RUN,
            {**_BOT, "compose.yaml": f"services:\n  a:\n    build: .\n    environment:\n      {_NAME}: 1\n"},
        ),
        Example.unchanged("an env file sets it", _SLIM + _RUN, {**_BOT, ".env": f"{_NAME}=1\n"}),
        Example.unchanged("uvicorn alone", _SLIM + 'COPY . .\nCMD ["uvicorn", "main:app"]\n', {"main.py": "app = 1\n"}),
        Example.unchanged("a base that is not known", "FROM corp/python\n" + _RUN, _BOT),
        Example.unchanged("another program", "FROM node:24\n" + 'COPY . .\nCMD ["node", "x.js"]\n', {"x.js": ""}),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        if stage is None or stage.facts is None or variable(model, _NAME) or for_developers(model):
            return
        process = python_process(model, stage)
        if process is None or _is_unbuffered(process) or _is_set_elsewhere(context):
            return
        prints = process.first("prints")
        edit = _edit(dockerfile, stage)
        if prints is None or edit is None or not process.runs_on:
            return
        place = _start(stage) or stage.stage.start
        fix = Fix.safe(f"Set {_NAME}", edit, because=f"{prints} prints, and only the time of writing changes")
        yield self.finding(place, fix, message=f"what {prints} prints stays in Python's buffer")


def _is_unbuffered(process: PythonProcess) -> bool:
    """Whether an option of the interpreter says so, or the code changes the stream itself."""
    for program in process.programs:
        options = program.argv[1:] if INTERPRETER.match(program.name or "") else ()
        if any(value is None or (value.startswith("-") and value[1:2].isalpha() and "u" in value) for value in options):
            return True
    return False


def _is_set_elsewhere(context: BuildContext) -> bool:
    """Whether another file of the project than its code and its Dockerfiles speaks of the variable."""
    ends = (".env", ".yml", ".yaml", ".toml", ".sh", ".json", ".py", ".cfg", "Procfile")
    paths = (path for path in own_paths(context) if path.endswith(ends) or "/.env" in f"/{path}")
    return any(_NAME in text or "reconfigure(" in text for path in paths for text in (context.text(path) or "",))


def _start(stage: StageImage) -> Cmd | Entrypoint | None:
    return next((one for one in stage.stage.instructions if isinstance(one, Cmd | Entrypoint)), None)


def _edit(dockerfile: Dockerfile, stage: StageImage) -> Edit | None:
    """A line below the first ENV of the stage, else above its start command and what explains that."""
    line = f"ENV {_NAME}=1"
    first = next(stage.stage.find(Env), None)
    if first is not None:
        return insert_after(dockerfile, first, line)
    start = _start(stage)
    if start is None:
        return None
    return insert_block(dockerfile, start, f"{dockerfile.style.keyword('ENV')} {_NAME}=1")
