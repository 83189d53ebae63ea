"""Why an image runs as root: because it should, because nobody thought of it, or because something is in the way."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.files import brought_files, context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.plans.user.built import published_ports, root_by_decree, root_by_platform
from dockerfix.plans.user.privileged_code import LOW_PORT, privileged_code
from dockerfix.plans.user.privileges import Need, locked_programs, start_needs, unreadable_file
from dockerfix.plans.user.root_home import left_for_root
from dockerfix.plans.writes.mounts import compose_starts, given_environment, grant_problems
from dockerfix.plans.writes.server_settings import listening
from dockerfix.programs.ports import low_port
from dockerfix.programs.starts import Program, Start, start_of
from dockerfix.regexes import regex
from dockerfix.shell import runner
from dockerfix.syntax import Cmd, Entrypoint, User

__all__ = ["RootReasons", "is_for_developers", "root_reasons", "started"]

_IDLE = frozenset(
    "sh bash ash dash zsh python python2 python3 pypy pypy3 node bun irb jshell php psysh R julia erl iex lua perl "
    "ghci sbcl racket swipl".split()
)
_NO_WORK = ((), ("-a",), ("-i",), ("-l",))
_IDLE_PAIRS = (("sleep", "infinity"), ("tail", "-f"))
_ENDS_AT_ONCE = frozenset("true false echo printf ls cat env date uname id whoami pwd".split())
_TEST_PROGRAMS = frozenset("pytest py.test tox nox ruff flake8 mypy pylint black bats jest vitest".split())
_TEST_STAGE = regex(
    r"(?:unit|e2e|integration)?[-_]?(?:tests?|testing|lint(?:er)?|ci|dev(?:el|elopment|[-_]?envs?)?|debug|checks?)\Z"
)
# Images whose platform decides who runs, or that are workplaces for people.
_OTHER_FAMILIES = {
    "lambda": "AWS Lambda runs its functions as a user of its own",
    "lambda-python": "AWS Lambda runs its functions as a user of its own",
    "devcontainers": "it is a workplace for people, whose editor chooses the user",
    "devcontainers-python": "it is a workplace for people, whose editor chooses the user",
}


@frozen
class RootReasons:
    """What speaks against another user.

    `leave` says why nothing is wrong as it stands, `refuse` why no edit would help; `decide` are things that a
    person has to look at or to change first.
    """

    leave: str | None = None
    refuse: str | None = None
    decide: tuple[str, ...] = ()


def started(model: Image, stage: StageImage) -> Start | None:
    """What an image starts, by itself and for the services of compose files.

    Where the base image may set an ENTRYPOINT that is not known, what the image's own CMD says.
    """
    own = start_of(model, stage)
    if own is None and stage.start.cmd:
        own = start_of(model, stage, stage.start.cmd, place="CMD")
    others = compose_starts(model, stage)
    if own is not None and not (others and _is_idle(own)):
        return own.and_also(others)
    return others[0].and_also(others[1:]) if others else own


def root_reasons(model: Image, stage: StageImage, start: Start | None) -> RootReasons:
    """Why a stage that runs as root may have to.

    Args:
        start: what it starts; None when unknown.
    """
    leave = _no_mistake(stage, start) or root_by_platform(model)
    if leave is not None or start is None:
        return RootReasons(leave or "what it starts is not known")
    needs = [*start_needs(stage, start)]
    settled = next((need.text for need in needs if need.need is Need.SETTLED), None)
    if settled is not None:
        return RootReasons(settled)
    refuse = next((need.text for need in needs if need.need is Need.ROOT), None)
    asked = (need.text for need in needs if need.need is Need.DECISION)
    environment = given_environment(model, stage)
    decide = dict.fromkeys(
        (
            *asked,
            *privileged_code(model, stage, start, environment),
            *(f"{place} {LOW_PORT.format(port=port)}" for place, port in listening(model, stage, start).ports),
            *grant_problems(model, stage),
            *left_for_root(model, stage, start),
            *_decisions(model, stage, start, environment),
        )
    )
    once = (one for one in decide if not (one.startswith("it listens") and _is_said_of_a_place(one, decide)))
    return RootReasons(None, refuse, tuple(once))


def _is_said_of_a_place(text: str, reasons: Iterable[str]) -> bool:
    """Whether another reason says the same of a place: `server.js:74 listens on port 80`."""
    what = text.removeprefix("it ")
    return any(one != text and one.endswith(f" {what}") for one in reasons)


def _no_mistake(stage: StageImage, start: Start | None) -> str | None:
    facts = stage.facts
    if stage.stage.start.escape != "\\" or (facts is not None and facts.distribution == "windows"):
        return "Windows has other users"
    if stage.final.is_root is None:
        if any(isinstance(i, User) for i in stage.stage.instructions):
            return "which user runs is only known at build time"
        return "the base image is not known, and may set a user"
    if stage.triggers or (facts is not None and "onbuild" in facts.variant):
        return "ONBUILD: the images built on this one go on as root"
    if facts is not None and facts.family in _OTHER_FAMILIES:
        return _OTHER_FAMILIES[facts.family]
    if is_for_developers(stage):
        return f"the stage {stage.stage.name} is for tests and development"
    return _no_service(stage, start)


def is_for_developers(stage: StageImage) -> bool:
    """Whether a stage is for tests and development, by its name."""
    return _TEST_STAGE.match(stage.stage.name or "") is not None


def _no_service(stage: StageImage, start: Start | None) -> str | None:
    if start is None:
        return None if _starts_itself(stage) else "it starts nothing of its own: a base for other images, or a tool"
    first = next(iter(_programs(start)), None)
    argv = first.argv if first is not None else ()
    if first is None or _is_idle(start):
        return "it starts a shell or an interpreter: a base for other images, or a tool"
    if (first.name, *argv[1:2]) in _IDLE_PAIRS:
        return "it only stays alive: a workplace for people"
    if all(program.name in _ENDS_AT_ONCE and not program.is_own for program in _programs(start)):
        return f"it runs {first.name} and ends"
    if any(
        (program.name in _TEST_PROGRAMS and not program.is_own) or "pytest" in program.argv
        for program in start.programs
    ):
        return "it runs tests and checks"
    return None


def _programs(start: Start) -> list[Program]:
    """What starts, without the programs that only pass on, and shells that run a text."""
    return [
        program
        for program in start.programs
        if program.is_own or (not _passes_on(program) and not (program.name in POSIX_SHELLS and "-c" in program.argv))
    ]


def _passes_on(program: Program) -> bool:
    found = runner(program.name)
    return found is not None and found.entry


def _is_idle(start: Start) -> bool:
    """Whether nothing but a shell or an interpreter starts, waiting for words."""
    return all(p.name in _IDLE and not p.is_own and p.file is None and p.argv[1:] in _NO_WORK for p in _programs(start))


def _starts_itself(stage: StageImage) -> bool:
    """Whether the file says what starts, and not the base image alone."""
    return any(isinstance(i, Cmd | Entrypoint) for s in _chain(stage) for i in s.stage.instructions)


def _chain(stage: StageImage) -> Iterator[StageImage]:
    current: StageImage | None = stage
    while current is not None:
        yield current
        current = current.base


def _decisions(model: Image, stage: StageImage, start: Start, environment: Mapping[str, str | None]) -> Iterator[str]:
    files = context_files(model, stage)
    child = next((other for other in model.stages if other.base is stage), None)
    if child is not None:
        yield f"the stage {child.name} starts from it, and would go on as another user"
    yield from root_by_decree(model)
    if any(isinstance(i, User) for s in _chain(stage) for i in s.stage.instructions):
        yield "USER root is written there; somebody may have had a reason"
    if not _starts_itself(stage) and not any(program.service for program in start.programs):
        first = next(iter(_programs(start)), start.programs[0])
        yield f"{first.name} comes from the base image, where it may need to write as root"
    if _lies_in_root(model, stage):
        yield "the app lies in /, which nobody but root should own; give it a folder such as /app first"
    port = low_port(stage, start, environment) or next((port for port in published_ports(model) if port < 1024), None)
    if port is not None:
        yield f"it {LOW_PORT.format(port=port)}"
    yield from locked_programs(stage, start, model.context)
    shut = unreadable_file(_with_own_mode(model, stage, files), model.context)
    if shut is not None:
        mode = model.context.mode(shut) or 0
        yield f"{shut} has mode {mode:o}, and COPY keeps it: nobody but root could read it"


def _with_own_mode(model: Image, stage: StageImage, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The files whose mode no `--chmod` replaces."""
    changed: set[str] = set()
    for step in stage.all_steps:
        if step.transfer is not None and step.transfer.mode is not None:
            changed |= set(brought_files(model, step))
    return ((place, path) for place, path in files.items() if place not in changed)


def _lies_in_root(model: Image, stage: StageImage) -> bool:
    for step in stage.all_steps:
        if step.transfer is None or step.transfer.destination != "/":
            continue
        for source in step.transfer.sources:
            if source.kind == "context" and source.path == ".":
                return True
        places = brought_files(model, step)
        if any(posixpath.dirname(place) == "/" and place.endswith((".py", ".js")) for place in places):
            return True
    return False
