"""Development packages that `uv sync` installs by default, and whether anything that runs asks for them."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, Step
from dockerfix.plans.base.slim import Unreadable, called_from_outside
from dockerfix.plans.order import installs
from dockerfix.plans.serving.start_commands import own_start
from dockerfix.plans.writes.library_writes import modules_used
from dockerfix.programs.installers.arguments import Arguments, arguments
from dockerfix.project.manifests.dependencies import normal_name
from dockerfix.project.manifests.pyproject import strings, table, toml
from dockerfix.project.manifests.uv_lock import uv_runtime_names
from dockerfix.project.python.sources import python_sources
from dockerfix.regexes import regex
from dockerfix.shell import ShellWord

__all__ = ["DevelopmentGroup", "development_group"]

_CHOOSING = (
    "--no-dev --dev --only-dev --group --only-group --no-group --all-groups --no-default-groups --script "
    "--only-install-project"
).split()
_NAME_END = regex(r"[^\w.-]")  # of a requirement, where its name ends
_PYTHON = frozenset({"python", "python3", "sh", "bash", "uv"})


@frozen(eq=False)
class DevelopmentGroup:
    """The `uv sync` commands of a file that install the group `dev` of one project, with the words of their verbs.

    `doubt` names what runs and may come with the group; `count` is how many packages the group asks for.
    """

    syncs: tuple[tuple[RunCommand, ShellWord], ...]
    manifest: str
    count: int
    doubt: str


def development_group(model: Image) -> DevelopmentGroup | None:
    """None where no group is installed by default, where something chooses groups, or where uv runs in a RUN."""
    found = [*_syncs(model)]
    manifests = {manifest for _, _, _, manifest in found}
    if not found or len(manifests) != 1 or any(given.has(*_CHOOSING) for _, given, _, _ in found):
        return None
    manifest = manifests.pop()
    project = toml(model.context, manifest) or {}
    wanted = [
        *strings(table(project, "dependency-groups").get("dev")),
        *strings(table(project, "tool", "uv").get("dev-dependencies")),
    ]
    settings = table(project, "tool", "uv")
    if not wanted or "default-groups" in settings or "workspace" in settings or _is_said(model) or _runs_uv(model):
        return None
    syncs = tuple((item, given.verb_word) for item, given, _, _ in found if given.verb_word is not None)
    return DevelopmentGroup(syncs, manifest, len(wanted), _started_outside(model, wanted) or _doubt(model, manifest))


def _syncs(model: Image) -> Iterator[tuple[RunCommand, Arguments, Step, str]]:
    for stage in model.stages:
        for step in stage.steps if stage.stage.index in model.needed_stages else ():
            for install in installs(model.dockerfile, model.context).get(step.instruction.index, ()):
                item = next((one for one in step.commands or () if one.program is install.command), None)
                given = arguments(install.command.words[1:])
                names = [path for path in install.reads.values() if posixpath.basename(path) == "pyproject.toml"]
                if item is not None and install.tool == "uv" and given.verb == "sync":
                    yield item, given, step, names[0] if len(names) == 1 else ""


def _is_said(model: Image) -> bool:
    names = {name for stage in model.stages for name in (*stage.final.env, *stage.final.args)}
    return any(name.startswith(("UV_NO_D", "UV_DEV", "UV_NO_G")) for name in names)


def _runs_uv(model: Image) -> bool:
    """Whether a RUN calls `uv run`, which would bring the group back, or wants it."""
    items = (item for stage in model.stages for step in stage.steps for item in step.commands or ())
    return any(item.program.name == "uv" and item.program.argv[1:2] == ("run",) for item in items) or any(
        item.command.name == "uv" and item.command.argv[1:2] == ("run",)
        for stage in model.stages for step in stage.steps for item in step.commands or ()
    )  # fmt: skip


def _started_outside(model: Image, wanted: list[str]) -> str:
    """What a compose file or its like runs in a container of this image, and may want or bring back the group."""
    names = {"uv", "uvx"} | {normal_name(_NAME_END.split(one.strip(), maxsplit=1)[0]) for one in wanted}
    try:
        called = [*called_from_outside(model.final, model)] if model.final is not None else []
    except Unreadable as unreadable:
        return f"{unreadable} cannot be read"
    for command, place in called:
        found = names & {command.name, *command.argv}
        if found:
            return f"{place} runs {min(name for name in found if name)} in the container"
    return ""


def _doubt(model: Image, manifest: str) -> str:
    """What runs and is not known to come with the other packages."""
    names = uv_runtime_names(model.context, posixpath.join(posixpath.dirname(manifest), "uv.lock"))
    start = own_start(model)
    if names is None or start is None or start.problems:
        return "what it starts, or what uv.lock has for it, is not known"
    for program in start.programs:
        if program.name not in _PYTHON and program.file is None and not _is_there(program.name or "?", names):
            return f"{program.name}, which it starts, may come with the group"
    sources = python_sources(model.context)
    for name, place in modules_used(model.context, sources.modules):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and not _is_there(top, names):
            return f"{place} imports {top}, which may come with the group"
    return ""


def _is_there(name: str, names: frozenset[str]) -> bool:
    """Whether a package of this name, or one that is called after it, is installed."""
    own = normal_name(name)
    return bool(names & {own, f"python-{own}", f"py{own}", f"{own}-python", f"{own}-py"})
