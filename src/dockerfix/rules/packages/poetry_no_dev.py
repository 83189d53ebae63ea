"""`poetry install --no-dev`, which Poetry 2 does not know."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, image
from dockerfix.project.manifests.dependencies import dependency
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import Command, pip_command, replace_word, unwrapped
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_PIP = "FROM python:3.12-slim\nRUN pip install poetry\n"
_OLD = "FROM python:3.12-slim\nRUN pip install poetry==1.1.15\n"


class PoetryNoDev(Rule):
    """`poetry install --no-dev` ends the build with Poetry 2: `The option "--no-dev" does not exist`.

    Why: Poetry 1.2 deprecated the option and 2.0 took it away, and an unpinned `pip install poetry` brings 2.
    Fix: `--only main`, to which the option came down in Poetry 1.2 to 1.8.
    Safety: safe where the Dockerfile installs Poetry 1.2 or later; unsafe where it does not say which. Left alone with
    Poetry 1.0 and 1.1, which know no groups.
    """

    code = "DF317"
    name = "poetry-no-dev"
    message = "Poetry 2 does not know --no-dev"
    sources = ("tried: Poetry 2.5.1, and 1.8.5, where the option stands for `--only main`",)
    may_change = frozenset({Aspect.COMMAND_WORDS})
    worth = Worth.stops()
    examples = (
        Example(
            "an unpinned Poetry",
            _PIP + "RUN poetry install --no-dev\n",
            _PIP + "RUN poetry install --only main\n",
        ),
        Example(
            "other options stay",
            _PIP + "RUN poetry install --no-root --no-dev --no-interaction\n",
            _PIP + "RUN poetry install --no-root --only main --no-interaction\n",
        ),
        Example(
            "in one RUN, over several lines with a comment",
            "FROM python:3.12-slim\nRUN pip install poetry && \\\n  # no tests\n  poetry install \\\n    --no-dev\n",
            "FROM python:3.12-slim\nRUN pip install poetry && \\\n  # no tests\n  poetry install \\\n    --only main\n",
        ),
        Example(
            "Poetry 2 by name",
            "FROM python:3.12-slim\nRUN pipx install 'poetry==2.1.3'\nRUN poetry install --no-dev\n",
            "FROM python:3.12-slim\nRUN pipx install 'poetry==2.1.3'\nRUN poetry install --only main\n",
        ),
        Example(
            "Poetry 1.8, where it is the same",
            "FROM python:3.12-slim\nRUN pip install poetry==1.8.5\nRUN poetry install --no-dev\n",
            "FROM python:3.12-slim\nRUN pip install poetry==1.8.5\nRUN poetry install --only main\n",
        ),
        Example(
            "a version in ENV",
            "FROM python:3.12-slim\nENV POETRY_VERSION=1.7.1\nRUN pip install poetry==$POETRY_VERSION\n"
            "RUN poetry install --no-dev\n",
            "FROM python:3.12-slim\nENV POETRY_VERSION=1.7.1\nRUN pip install poetry==$POETRY_VERSION\n"
            "RUN poetry install --only main\n",
        ),
        Example(
            "lower case, CRLF, python -m",
            "from python:3.12\r\nrun pip install poetry\r\nrun python -m poetry install --no-dev\r\n",
            "from python:3.12\r\nrun pip install poetry\r\nrun python -m poetry install --only main\r\n",
        ),
        Example(
            "exec form",
            _PIP + 'RUN ["poetry", "install", "--no-dev"]\n',
            _PIP + 'RUN ["poetry", "install", "--only=main"]\n',
        ),
        Example.unsafe(
            "nobody says which Poetry",
            "FROM corp/poetry\nRUN poetry install --no-dev\n",
            "FROM corp/poetry\nRUN poetry install --only main\n",
        ),
        Example.unchanged("Poetry 1.1", _OLD + "RUN poetry install --no-dev\n"),
        Example.unchanged(
            "Poetry 1.1 by ENV",
            "FROM python:3.9\nENV POETRY_VERSION=1.1.13\nRUN curl https://x | python3 -\nRUN poetry install --no-dev\n",
        ),
        Example.unchanged("the new option", _PIP + "RUN poetry install --only main\n"),
        Example.unchanged("another verb", _PIP + "RUN poetry export --dev -o r.txt\n"),
        Example.unchanged("another program", "FROM composer:2\nRUN composer install --no-dev\n"),
        Example.unchanged("text", _PIP + 'RUN echo "poetry install --no-dev"\n'),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if b"--no-dev" not in dockerfile.source:
            return
        model = image(dockerfile, context)
        for run in dockerfile.find(Run):
            step = model.step(run)
            for item in (step.commands or ()) if step is not None else ():
                if _is_poetry(item.program) and "--no-dev" in item.program.argv:
                    yield self._judged(item, model)

    def _judged(self, item: RunCommand, model: Image) -> Finding:
        word = next(word for word in item.program.words if word.value == "--no-dev")
        versions = {*_versions(model)}
        if any(version is not None and version < (1, 2) for version in versions):
            return self.declined(word.span, "Poetry 1.1 knows no groups")
        edit = _edit(item.program, word.span.start, word.span.end)
        if edit is None:
            return self.finding(word.span, because="the command stands inside quotes; edit it by hand")
        if not versions or None in versions:
            because = "which Poetry is there is not known: 1.1 and older have no such option"
            return self.finding(word.span, Fix.unsafe("Write --only main", edit, because=because))
        because = "it means the same in Poetry 1.2 to 1.8, and Poetry 2 knows no other way"
        return self.finding(word.span, Fix.safe("Write --only main", edit, because=because))


def _is_poetry(program: Command) -> bool:
    argv = program.argv
    by_module = (program.name or "").startswith("python") and argv[1:3] == ("-m", "poetry")
    verb = argv[3:4] if by_module else argv[1:2]
    return (program.name == "poetry" or by_module) and verb == ("install",)


def _edit(program: Command, start: int, end: int) -> Edit | None:
    """Two words in shell form; one in exec form, where a word more would need the commas of the list."""
    word = next(word for word in program.words if (word.span.start, word.span.end) == (start, end))
    if program.form == "json":
        return replace_word(program, word, "--only=main")
    return Edit(word.span, b"--only main") if replace_word(program, word, "--only") is not None else None


def _versions(model: Image) -> Iterator[tuple[int, ...] | None]:
    """The versions of Poetry that the file installs; (2,) for the newest, None where one is not known."""
    for stage in model.stages:
        said = stage.final.env.get("POETRY_VERSION") or stage.final.args.get("POETRY_VERSION")
        if said:
            yield _numbers(said)
        for step in stage.steps:
            for item in step.commands or ():
                yield from _installed(unwrapped(item.command), said)


def _installed(command: Command, said: str | None) -> Iterator[tuple[int, ...] | None]:
    pip = pip_command(command)
    texts = pip.packages if pip is not None and pip.verb == "install" else ()
    if command.name == "pipx" and command.argv[1:2] == ("install",):
        texts = tuple(value for value in command.argv[2:] if value is None or not value.startswith("-"))
    for text in texts:
        if text is None:
            raw = [word.raw for word in command.words if word.value is None]
            if any(one.strip("\"'").startswith("poetry") for one in raw) and not said:
                yield None
            continue
        read = dependency(text, "Dockerfile")
        if read is not None and read.name == "poetry":
            yield _of_specifier(read.specifier)


def _of_specifier(specifier: str) -> tuple[int, ...] | None:
    """The version of an exact one; (2,) where any is taken, None for a range."""
    if not specifier:
        return (2,)
    return _numbers(specifier[2:]) if specifier.startswith("==") and "," not in specifier else None


def _numbers(text: str) -> tuple[int, ...] | None:
    parts = text.strip().split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdigit() for part in parts) else None
