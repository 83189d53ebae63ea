"""`uv sync` installs the group `dev` by default."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, image
from dockerfix.plans.packages.uv_groups import DevelopmentGroup, development_group
from dockerfix.plans.serving.development import for_developers
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import add_option, exec_commands
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint
from dockerfix.text import Edit

_SLIM = "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\nWORKDIR /app\nCOPY . .\n"
_CMD = 'CMD ["/app/.venv/bin/flask", "run"]\n'
_LOW = 'cmd ["python", "main.py"]\r\n'
_PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n[dependency-groups]\ndev = ["pytest"]\n'
_OLDER = _PROJECT.replace("[dependency-groups]\ndev =", "[tool.uv]\ndev-dependencies =")
_LOCK = (
    '[[package]]\nname = "flask"\nversion = "3"\n\n[[package]]\nname = "pytest"\nversion = "8"\n\n'
    '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "flask" }]\n'
)
_FILES = {"pyproject.toml": _PROJECT, "uv.lock": _LOCK, "main.py": "import flask\n"}


class UvDevelopmentGroup(Rule):
    """`uv sync` installs the project's group `dev` into the image, as it does by default.

    Why: test runners, type checkers and linters make the image larger and bring faults of their own.
    Fix: `--no-dev` at each `uv sync`, and at `uv run` in CMD, which would install the group at each start.
    Safety: safe where all that runs comes with the other packages: what CMD starts and what each module of the project
    imports, held against uv.lock. Unsafe where an import is not found there. Left alone where an option, variable or
    `default-groups` chooses groups, where a RUN calls `uv run`, and in images for developers.
    """

    code = "DF320"
    name = "uv-development-group"
    message = "uv sync installs the development packages, too"
    sources = ("uv documentation: Development dependencies, Using uv in Docker", "tried: uv 0.13.9")
    may_change = frozenset({Aspect.COMMAND_WORDS, Aspect.START_COMMAND})
    examples = (
        Example("a group", _SLIM + "RUN uv sync\n" + _CMD, _SLIM + "RUN uv sync --no-dev\n" + _CMD, _FILES),
        Example(
            "options stay",
            _SLIM + "RUN uv sync --locked --compile-bytecode\n" + _CMD,
            _SLIM + "RUN uv sync --no-dev --locked --compile-bytecode\n" + _CMD,
            _FILES,
        ),
        Example(
            "each of two, with a comment",
            _SLIM + "RUN uv sync --no-install-project\n# all\nRUN true && \\\n    uv sync\n" + _CMD,
            _SLIM + "RUN uv sync --no-dev --no-install-project\n# all\nRUN true && \\\n    uv sync --no-dev\n" + _CMD,
            _FILES,
        ),
        Example(
            "uv run at the start",
            _SLIM + 'RUN uv sync\nCMD ["uv", "run", "flask", "run"]\n',
            _SLIM + 'RUN uv sync --no-dev\nCMD ["uv", "run", "--no-dev", "flask", "run"]\n',
            _FILES,
        ),
        Example(
            "a builder stage",
            _SLIM.replace("slim\n", "slim AS b\n") + "RUN uv sync\nFROM python:3.12-slim\n"
            "COPY --from=b /app /app\n" + _CMD,
            _SLIM.replace("slim\n", "slim AS b\n") + "RUN uv sync --no-dev\nFROM python:3.12-slim\n"
            "COPY --from=b /app /app\n" + _CMD,
            _FILES,
        ),
        Example(
            "lower case, CRLF",
            "from python:3.12\r\nworkdir /app\r\ncopy . .\r\nrun uv sync\r\n" + _LOW,
            "from python:3.12\r\nworkdir /app\r\ncopy . .\r\nrun uv sync --no-dev\r\n" + _LOW,
            _FILES,
        ),
        Example(
            "the older table",
            _SLIM + "RUN uv sync\n" + _CMD,
            _SLIM + "RUN uv sync --no-dev\n" + _CMD,
            {**_FILES, "pyproject.toml": _OLDER},
        ),
        Example.unsafe(
            "an import that may come with the group",
            _SLIM + "RUN uv sync\n" + _CMD,
            _SLIM + "RUN uv sync --no-dev\n" + _CMD,
            {**_FILES, "main.py": "import flask\nimport pytest\n"},
        ),
        Example.unsafe(
            "a worker of the compose file brings the group back",
            _SLIM + "RUN uv sync\n" + _CMD,
            _SLIM + "RUN uv sync --no-dev\n" + _CMD,
            {
                **_FILES,
                "compose.yaml": "services:\n  api:\n    build: .\n  worker:\n    build: .\n"
                '    command: sh -c "exec uv run --frozen python -m worker"\n',
            },
        ),
        Example.unchanged("without", _SLIM + "RUN uv sync --no-dev\n" + _CMD, _FILES),
        Example.unchanged(
            "no group", _SLIM + "RUN uv sync\n" + _CMD, {**_FILES, "pyproject.toml": _PROJECT.partition("[dep")[0]}
        ),
        Example.unchanged("another choice", _SLIM + "RUN uv sync --group dev\n" + _CMD, _FILES),
        Example.unchanged("by a variable", _SLIM + "ENV UV_NO_DEV=1\nRUN uv sync\n" + _CMD, _FILES),
        Example.unchanged(
            "default-groups",
            _SLIM + "RUN uv sync\n" + _CMD,
            {**_FILES, "pyproject.toml": _PROJECT + "[tool.uv]\ndefault-groups = []\n"},
        ),
        Example.unchanged("the build tests", _SLIM + "RUN uv sync\nRUN uv run pytest\n" + _CMD, _FILES),
        Example.unchanged("for developers", _SLIM.replace("slim\n", "slim AS dev\n") + "RUN uv sync\n" + _CMD, _FILES),
        Example.unchanged("the context is not known", _SLIM + "RUN uv sync\n" + _CMD),
    )  # fmt: skip

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        found = development_group(model) if context.known and for_developers(model) is None else None
        if found is None:
            return
        edits = _edits(model, found)
        place = found.syncs[0][0].program.span
        if edits is None:
            yield self.finding(place, because="a command is one that a person has to edit")
            return
        because = f"all that runs comes with the other packages; the group asks for {found.count}"
        make = Fix.unsafe if found.doubt else Fix.safe
        yield self.finding(place, make("Leave the development packages out", *edits, because=found.doubt or because))


def _edits(model: Image, found: DevelopmentGroup) -> list[Edit] | None:
    edits = [add_option(item.program, verb, "--no-dev") for item, verb in found.syncs]
    for start in model.final.stage.find((Cmd, Entrypoint)) if model.final is not None else ():
        if "uv" not in start.values[:1] or start.values[1:2] != ("run",) or {"--no-sync", "--no-dev"} & {*start.values}:
            if start.form == "shell" and any("uv run" in value for value in start.values):
                return None
            continue
        words = tuple((word.value, word.mapped) for word in start.words)
        command = exec_commands(words, start.span)[0]
        edits.append(add_option(command, command.words[1], "--no-dev"))
    known = [edit for edit in edits if edit is not None]
    return known if len(known) == len(edits) else None
