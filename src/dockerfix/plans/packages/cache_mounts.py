"""Cache mounts for the package managers that a RUN calls: where each one's cache lies for the user that runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.cache_cleaning import cleans, cleans_package_cache
from dockerfix.image.commands import RunCommand, script_of
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.stages import mount_fields
from dockerfix.plans.packages.behind_install import final_stages
from dockerfix.programs.installers.javascript.npm_calls import fetches
from dockerfix.programs.installers.javascript.yarn_calls import yarn_fetches
from dockerfix.shell import pip_command, runner
from dockerfix.shell.apt import apt_command
from dockerfix.shell.script import Script
from dockerfix.syntax import Run
from dockerfix.text import Edit, Span

__all__ = ["CacheMounts", "cache_mounts", "fetching_runs", "takes_mounts"]

_NO_CACHE = {"pip": "--no-cache-dir", "uv": "--no-cache"}
_GO_VERBS = frozenset("build install test run generate vet get mod list".split())
_PNPM_VERBS = frozenset("install i add fetch".split())


@frozen
class _Cache:
    """`target` is the cache of root; `settings` are the variables that put it elsewhere or turn it off."""

    targets: tuple[str, ...]
    settings: tuple[str, ...]
    sharing: str = ""


# Sources: pip, "Caching"; uv, "Caching", "Using uv in Docker"; npm config, cache; Yarn 1, "yarn cache" (tried: there
# for root, 1.22.22); pnpm, store-dir; apt-get(8) and Docker, "RUN --mount=type=cache"; "go help cache".
_CACHES: Mapping[str, _Cache] = {
    "pip": _Cache(("/root/.cache/pip",), ("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_CONFIG_FILE", "XDG_CACHE_HOME")),
    "uv": _Cache(("/root/.cache/uv",), ("UV_CACHE_DIR", "UV_NO_CACHE", "XDG_CACHE_HOME")),
    "npm": _Cache(("/root/.npm",), ("NPM_CONFIG_CACHE",)),
    "yarn": _Cache(("/usr/local/share/.cache/yarn",), ("YARN_CACHE_FOLDER",)),
    "pnpm": _Cache(("/root/.local/share/pnpm/store",), ("PNPM_HOME", "XDG_DATA_HOME", "NPM_CONFIG_STORE_DIR")),
    "apt": _Cache(("/var/cache/apt", "/var/lib/apt/lists"), (), "locked"),
    "go": _Cache(("/go/pkg/mod", "/root/.cache/go-build"), ("GOMODCACHE", "GOCACHE", "GOPATH", "XDG_CACHE_HOME")),
}


@frozen(eq=False)
class CacheMounts:
    """The flags to add to a RUN, and the edits that take out what would empty the caches; or why there are none."""

    managers: tuple[str, ...]
    flags: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    why_not: str | None = None


def takes_mounts(stage: StageImage, step: Step, source: bytes) -> bool:
    """Whether cache mounts can stand in a RUN, so that nothing else need be done about what it leaves."""
    found = cache_mounts(stage, step, source)
    return found is not None and found.why_not is None


def fetching_runs(
    model: Image, source: bytes, asks: Callable[[RunCommand], bool], *, leave_mounts: bool
) -> Iterator[tuple[StageImage, Step, Run]]:
    """The RUNs of the final image in which some command fetches packages.

    Args:
        asks: whether a command does.
        leave_mounts: whether those that cache mounts can stand in are left out, as another rule has them.
    """
    for stage in final_stages(model):
        for step in stage.steps:
            run = step.instruction
            if not isinstance(run, Run) or (leave_mounts and takes_mounts(stage, step, source)):
                continue
            if any(asks(item) for item in step.commands or ()):
                yield stage, step, run


def cache_mounts(stage: StageImage, step: Step, source: bytes) -> CacheMounts | None:
    """The cache mounts for a RUN; None where it calls no package manager, or has such mounts."""
    run = step.instruction
    commands = step.commands or ()
    managers = tuple(dict.fromkeys(name for item in commands if (name := _manager(item, stage)) is not None))
    if not isinstance(run, Run) or not managers:
        return None
    mounts = [mount_fields(flag.value) for flag in run.flags if flag.name == "mount"]
    if any(fields.get("type") in ("cache", "tmpfs") for fields in mounts):
        return None
    why_not = _why_not(step, managers, commands)
    if why_not is not None:
        return CacheMounts(managers, why_not=why_not)
    edits = _edits(step, managers, source)
    if edits is None:
        return CacheMounts(managers, why_not="the commands that empty the cache are ones that a person has to take out")
    caches = (_CACHES[name] for name in managers)
    flags = tuple(
        f"--mount=type=cache,target={target}" + (f",sharing={cache.sharing}" if cache.sharing else "")
        for cache in caches for target in cache.targets
    )  # fmt: skip
    return CacheMounts(managers, flags, edits)


def _manager(item: RunCommand, stage: StageImage) -> str | None:
    """The package manager of an install."""
    program = item.program
    pip = pip_command(program)
    if pip is not None:
        return pip.tool if pip.verb == "install" else None
    apt = apt_command(program)
    if apt is not None:
        return "apt" if apt.verb == "install" else None
    verb = next((value for value in program.argv[1:] if value and not value.startswith("-")), None)
    known: dict[str | None, Callable[[], bool]] = {
        "uv": lambda: verb == "sync",
        "npm": lambda: fetches(item),
        "yarn": lambda: yarn_fetches(item),
        "pnpm": lambda: verb in _PNPM_VERBS,
        "go": lambda: verb in _GO_VERBS and stage.facts is not None and stage.facts.family == "golang",
    }
    name = program.name
    return name if name in known and known[name]() else None


def _why_not(step: Step, managers: tuple[str, ...], commands: tuple[RunCommand, ...]) -> str | None:
    """Why the caches may lie elsewhere; a mount there would hide files, or do nothing."""
    if step.before.is_root is not True:
        return "it does not run as root, whose caches are the ones that are known"
    if any((wrapper := runner(item.command.name)) is not None and wrapper.user for item in commands):
        return "a command runs as another user, whose cache lies elsewhere"
    names = {*step.before.env, *step.before.args}
    names |= {name for item in commands for name, _ in item.command.assignments}
    names = {name.upper() for name in names}
    said = next((name for one in managers for name in (*_CACHES[one].settings, "HOME") if name in names), None)
    if said is not None and not (said == "GOPATH" and step.before.env.get("GOPATH") == "/go"):
        return f"{said} says where the cache lies"
    options = {(value or "").partition("=")[0] for item in commands for value in item.program.argv}
    if options & {"--cache-dir", "--cache", "--cache-folder", "--store-dir"}:
        return "an option says where the cache lies"
    return None


def _edits(step: Step, managers: tuple[str, ...], source: bytes) -> tuple[Edit, ...] | None:
    """What takes out the options and commands that empty the caches; None where that cannot be edited."""
    from dockerfix.shell import remove_word

    found: list[Edit | None] = []
    for item in step.commands or ():
        option = _NO_CACHE.get(_manager_by_name(item))
        words = [word for word in item.program.words if option is not None and word.value == option]
        found += [remove_word(item.program, word, source) for word in words]
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    if script is not None and isinstance(run, Run):
        found += [_without(script, number, run) for number, one in enumerate(script.own_commands)
                  if _empties(step, one.span)]  # fmt: skip
    return tuple(edit for edit in found if edit is not None) if None not in found else None


def _manager_by_name(item: RunCommand) -> str:
    pip = pip_command(item.program)
    return pip.tool if pip is not None else ""


def _empties(step: Step, span: Span) -> bool:
    item = next((one for one in step.commands or () if one.command.span == span), None)
    return item is not None and (cleans(item) or cleans_package_cache(item.program))


def _without(script: Script, number: int, run: Run) -> Edit | None:
    """A command of a list joined by `&&` taken out, with the operator before it."""
    own = script.own_commands
    if number == 0 or not script.is_and_list:
        return None
    span = Span(own[number - 1].span.end, own[number].span.end)
    if own[number - 1].redirects or any(span.start < comment.start < span.end for comment in run.comments):
        return None
    return Edit(span, b"")
