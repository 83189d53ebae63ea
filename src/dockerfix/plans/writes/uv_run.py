"""`uv run` as the start: whether it leaves alone the environment that the build made, which belongs to root.

Tried with uv 0.13.9 as another user than the environment's owner: `--no-sync` and UV_NO_SYNC leave it alone, and so
does a run that asks for the same groups and extras as the last `uv sync`. Another choice (`uv sync --no-dev`, `uv run`)
installs what is missing, and fails; `--frozen` is only about the lock. A project that is a package is installed anew
once pyproject.toml looks newer than the environment. The cache lies in the home folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.programs.starts import Program, inner_program
from dockerfix.project.manifests.pyproject import table, toml
from dockerfix.shell.cd import absolute_word

__all__ = ["uses_cache", "uv_run_problem"]

_OFF = frozenset({"", "0", "false"})
# Options that do not change which packages the environment holds. Source: uv CLI reference, "uv run", "uv sync".
_NEUTRAL = frozenset(
    "--frozen --locked --no-cache -n --quiet -q --verbose -v --no-progress --compile-bytecode --offline "
    "--no-python-downloads --color --link-mode --no-config --native-tls --".split()
)
_NEUTRAL_WITH_VALUE = frozenset({"--color", "--link-mode", "--cache-dir"})


def uv_run_problem(program: Program, model: Image, stage: StageImage) -> str | None:
    """Why a start by `uv run` may change the environment; None where it leaves it alone."""
    words = _own_words(program)
    if "--no-sync" in words or _is_on(stage, "UV_NO_SYNC"):
        return None
    synced = [*_syncs(model)]
    same = bool(synced) and synced[-1] == (_chosen(words), _settings(stage.final.env)) and "?" not in words
    if same and not _installs_sources(model, stage, program):
        return None
    return "uv run may bring its environment up to date at each start, which belongs to root"


def uses_cache(program: Program, stage: StageImage) -> bool:
    """Whether uv keeps a cache in the home folder."""
    return not ({"--no-cache", "-n", "--cache-dir"} & set(_own_words(program)) or _is_on(stage, "UV_NO_CACHE")
                or stage.final.env.get("UV_CACHE_DIR"))  # fmt: skip


def _own_words(program: Program) -> list[str]:
    """What stands between `run` and the program that uv starts."""
    count = len(program.command.words) - len(inner_program(program.command).words)
    return [value or "?" for value in program.argv[2:count]] if program.argv[1:2] == ("run",) else ["?"]


def _is_on(stage: StageImage, name: str) -> bool:
    return (stage.final.env.get(name) or "").lower() not in _OFF


def _syncs(model: Image) -> Iterator[tuple[list[str], dict[str, str | None]]]:
    """What each `uv sync` of the build chooses, and the settings around it, in the order of the file."""
    for stage in model.stages:
        for step in stage.steps:
            for item in step.commands or ():
                if item.program.name == "uv" and item.program.argv[1:2] == ("sync",):
                    given = {name: word.value for name, word in item.command.assignments}
                    words = [value or "?" for value in item.program.argv[2:]]
                    yield _chosen(words), _settings({**step.before.env, **given})


def _settings(env: Mapping[str, str | None]) -> dict[str, str | None]:
    """The variables that choose packages: UV_NO_DEV, UV_NO_DEFAULT_GROUPS …"""
    return {name: value for name, value in env.items() if name.startswith(("UV_NO_D", "UV_NO_G", "UV_NO_E", "UV_DEV"))}


def _chosen(words: Sequence[str]) -> list[str]:
    """The options that choose packages, in an order of their own."""
    found, rest = [], iter(words)
    for word in rest:
        name = word.partition("=")[0]
        if name in _NEUTRAL_WITH_VALUE and "=" not in word:
            next(rest, None)
        elif name not in _NEUTRAL:
            found.append(word)
    return sorted(found)


def _installs_sources(model: Image, stage: StageImage, program: Program) -> bool:
    """Whether the project, or a part of it, is a package: uv installs it anew when its files look newer."""
    place = absolute_word("pyproject.toml", program.workdir)
    path = context_files(model, stage).get(place) if place is not None else None
    data = toml(model.context, path) if path is not None else None
    settings = table(data, "tool", "uv")
    is_package = settings.get("package", data is None or "build-system" in data)
    local = any({"path", "workspace"} & table(one).keys() for one in table(settings, "sources").values())
    return is_package is not False or "workspace" in settings or local
