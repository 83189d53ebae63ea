"""`uv sync` beside a uv.lock: it goes by the lock file as long as that fits, and locks anew where it does not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, Step, image, script_of
from dockerfix.plans.order import Install, installs
from dockerfix.plans.packages.copied_along import copied_along
from dockerfix.plans.packages.frozen_installs import why_lock_is_away
from dockerfix.plans.serving.development import for_developers
from dockerfix.programs.installers.arguments import arguments
from dockerfix.project.manifests.uv_lock import uv_lock_check
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule
from dockerfix.shell import add_option
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_SLIM = "FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim\nWORKDIR /app\n"
_COPIED = _SLIM + "COPY pyproject.toml uv.lock ./\n"
_PROJECT = '[project]\nname = "shop"\nversion = "0.1.0"\nrequires-python = ">=3.12"\ndependencies = ["flask>=3"]\n'
_LOCK = (
    'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "flask"\nversion = "3.1.2"\n\n'
    '[[package]]\nname = "shop"\nversion = "0.1.0"\nsource = { virtual = "." }\n'
    'dependencies = [{ name = "flask" }]\n\n[package.metadata]\n'
    'requires-dist = [{ name = "flask", specifier = ">=3" }]\n'
)
_OTHER = _PROJECT.replace('>=3"', '>=4"')
_FILES = {"pyproject.toml": _PROJECT, "uv.lock": _LOCK, "main.py": ""}
_DECIDING = (
    "--locked --frozen --no-frozen --upgrade -U --upgrade-package -P --script --check --dry-run --no-sources "
    "--resolution --prerelease --exclude-newer --fork-strategy --active"
).split()
_SETTINGS = ("UV_LOCKED", "UV_FROZEN", "UV_NO_SOURCES", "UV_RESOLUTION", "UV_PRERELEASE", "UV_EXCLUDE_NEWER")


class UvSyncUnlocked(Rule):
    """`uv sync` installs a project that has a uv.lock, without `--locked`.

    Why: where pyproject.toml and uv.lock have drifted apart, `uv sync` resolves anew without a word, and each build
    may take other versions. Where only pyproject.toml is copied, no version is fixed at all.
    Fix: `--locked`, which stops the build instead; a COPY that brings pyproject.toml alone brings uv.lock, too.
    Safety: safe where the lock file is proved to be taken: version, dependencies, extras, groups and Python as in
    pyproject.toml. Unsafe where settings (`tool.uv.sources`, a workspace) are not followed here. Only reported where it
    is not up to date. Left alone where an option or variable (`--frozen`, `UV_LOCKED`) decides.
    """

    code = "DF319"
    name = "uv-sync-unlocked"
    message = "uv sync is free to leave the versions of uv.lock"
    sources = ("uv documentation: Locking and syncing, Using uv in Docker", "tried: uv 0.13.9")
    may_change = frozenset({Aspect.COMMAND_WORDS, Aspect.FILES})
    examples = (
        Example("the lock file fits", _COPIED + "RUN uv sync\n", _COPIED + "RUN uv sync --locked\n", _FILES),
        Example(
            "options stay",
            _COPIED + "RUN uv sync --no-dev --no-install-project\n",
            _COPIED + "RUN uv sync --locked --no-dev --no-install-project\n",
            _FILES,
        ),
        Example(
            "the lock file is copied along",
            _SLIM + "COPY pyproject.toml ./\nRUN uv sync\nCOPY . .\n",
            _SLIM + "COPY pyproject.toml uv.lock ./\nRUN uv sync --locked\nCOPY . .\n",
            _FILES,
        ),
        Example(
            "the whole project, twice",
            _COPIED + "RUN uv sync --no-install-project\nCOPY . .\nRUN uv sync\n",
            _COPIED + "RUN uv sync --locked --no-install-project\nCOPY . .\nRUN uv sync --locked\n",
            _FILES,
        ),
        Example(
            "in a chain with a comment",
            _COPIED + "RUN pip install uv && \\\n    # all\n    uv sync\n",
            _COPIED + "RUN pip install uv && \\\n    # all\n    uv sync --locked\n",
            _FILES,
        ),
        Example(
            "a cache mount",
            _COPIED + "RUN --mount=type=cache,target=/root/.cache/uv uv sync\n",
            _COPIED + "RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked\n",
            _FILES,
        ),
        Example(
            "exec form, lower case, CRLF",
            'from python:3.12\r\nworkdir /a\r\ncopy . .\r\nrun ["uv", "sync"]\r\n',
            'from python:3.12\r\nworkdir /a\r\ncopy . .\r\nrun ["uv", "sync", "--locked"]\r\n',
            _FILES,
        ),
        Example(
            "groups and extras",
            _COPIED + "RUN uv sync --extra x\n",
            _COPIED + "RUN uv sync --locked --extra x\n",
            {
                "pyproject.toml": _PROJECT + '[project.optional-dependencies]\nx = ["gunicorn"]\n'
                '[dependency-groups]\ndev = ["pytest>=8"]\n',
                "uv.lock": _LOCK.replace('specifier = ">=3" }]', 'specifier = ">=3" },\n'
                '{ name = "gunicorn", marker = "extra == \'x\'" }]')
                + '[package.metadata.requires-dev]\ndev = [{ name = "pytest", specifier = ">=8" }]\n',
            },
        ),
        Example.unsafe(
            "settings that are not followed",
            _COPIED + "RUN uv sync\n",
            _COPIED + "RUN uv sync --locked\n",
            {**_FILES, "pyproject.toml": _PROJECT + '[tool.uv.sources]\nflask = { index = "own" }\n'},
        ),
        Example.reported(
            "another dependency", _COPIED + "RUN uv sync\n", {**_FILES, "pyproject.toml": _OTHER}
        ),
        Example.reported(
            "another version of the project",
            _COPIED + "RUN uv sync\n",
            {**_FILES, "pyproject.toml": _PROJECT.replace("0.1.0", "0.2.0")},
        ),
        Example.reported("Git ignores it", _COPIED + "RUN uv sync\n", {**_FILES, ".gitignore": "uv.lock\n"}),
        Example.unchanged("locked", _COPIED + "RUN uv sync --locked\n", _FILES),
        Example.unchanged("frozen on purpose", _COPIED + "RUN uv sync --frozen\n", _FILES),
        Example.unchanged("by a variable", _COPIED + "ENV UV_FROZEN=1\nRUN uv sync\n", _FILES),
        Example.unchanged("there is no lock file", _SLIM + "COPY . .\nRUN uv sync\n", {"pyproject.toml": _PROJECT}),
        Example.unchanged("it locks anew first", _COPIED + "RUN uv lock && uv sync\n", _FILES),
        Example.unchanged("new versions are wanted", _COPIED + "RUN uv sync -U\n", _FILES),
        Example.unchanged("a second try", _COPIED + "RUN uv sync --locked || uv sync\n", _FILES),
        Example.unchanged("uv pip", _COPIED + "RUN uv pip install .\n", _FILES),
        Example.unchanged("text", _COPIED + 'RUN echo "uv sync"\n', _FILES),
    )  # fmt: skip

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages if context.known else ():
            for step in stage.steps:
                for install in installs(dockerfile, context).get(step.instruction.index, ()):
                    item = next((one for one in step.commands or () if one.program is install.command), None)
                    if item is not None and install.tool == "uv":
                        yield from self._judge(model, stage, step, item, install)

    def _judge(
        self, model: Image, stage: StageImage, step: Step, item: RunCommand, install: Install
    ) -> Iterator[Finding]:
        given = arguments(item.program.words[1:])
        manifest = next((path for path in install.reads.values() if posixpath.basename(path) == "pyproject.toml"), None)
        if given.verb != "sync" or given.verb_word is None or manifest is None or _is_decided(stage, step, item):
            return
        lock = posixpath.join(posixpath.dirname(manifest), "uv.lock")
        if not model.context.is_file(lock):
            return
        check, place = uv_lock_check(model.context, manifest, lock), item.program.span
        away = why_lock_is_away(model.context, lock)
        if away is not None or check.fault:
            yield self.finding(place, because=away or f"the lock file is not up to date: {check.fault}")
            return
        brought = lock in install.reads.values() or _is_mounted(step)
        copied = None if brought else copied_along(model, stage, step, manifest, lock)
        option = add_option(item.program, given.verb_word, "--locked")
        if option is None or not (brought or copied) or for_developers(model):
            yield self.declined(place, "the command, or the copy of uv.lock, is one that a person has to write")
            return
        edits: list[Edit] = [copied, option] if copied is not None else [option]
        make = Fix.unsafe if check.doubt else Fix.safe
        because = check.doubt or f"{lock} is what {manifest} asks for"
        fix = make("Install by the lock file", *edits, because=because)
        yield self.finding(place, fix, facts=[Fact("fixes the versions", lock)])


def _is_mounted(step: Step) -> bool:
    return any(flag.name == "mount" and "uv.lock" in flag.value for flag in step.instruction.flags)


def _is_decided(stage: StageImage, step: Step, item: RunCommand) -> bool:
    """Whether an option, a variable or a command above says what counts, or the build goes on where it fails."""
    given = arguments(item.program.words[1:])
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    if given.has(*_DECIDING) or (script is not None and "||" in script.operators):
        return True
    names = {*step.before.env, *step.before.args, *(name for name, _ in item.command.assignments)}
    return bool(names & {*_SETTINGS}) or any(_changes(one) for one in _above(stage, step, item))


def _above(stage: StageImage, step: Step, last: RunCommand) -> Iterator[RunCommand]:
    for earlier in stage.all_steps:
        for item in earlier.commands or ():
            if item is last:
                return
            yield item
        if earlier is step:
            return


def _changes(item: RunCommand) -> bool:
    """Whether a command may change pyproject.toml or uv.lock."""
    if item.program.name == "uv" and item.program.argv[1:2] in (
        ("lock",),
        ("add",),
        ("remove",),
        ("version",),
        ("init",),
    ):
        return True
    words = [word.raw for word in item.program.words[1:]] + [*item.command.redirects]
    return item.program.name not in ("cat", "ls", "test", "[", "cp") and any(
        name in word for word in words for name in ("pyproject.toml", "uv.lock")
    )
