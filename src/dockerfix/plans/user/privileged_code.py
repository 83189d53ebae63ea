"""What the code that an image starts needs and the system may deny to another user than root, with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.python_writes import running_modules
from dockerfix.programs.node_start import is_node, node_start
from dockerfix.programs.python_start import is_python, python_start
from dockerfix.programs.starts import Start
from dockerfix.project.javascript.modules import javascript_facts
from dockerfix.project.known.privileges import named_by
from dockerfix.project.python.facts import ModuleFacts, PrivilegedUse
from dockerfix.text import is_number

__all__ = ["LOW_PORT", "privileged_code"]

LOW_PORT = "listens on port {port}; Docker 20.10 and later let any user do so, not every Kubernetes does"


def privileged_code(
    model: Image, stage: StageImage, start: Start, environment: Mapping[str, str | None]
) -> Iterator[str]:
    """What the project's modules that a start runs need, a sentence each.

    Args:
        environment: the variables that the program is given.
    """
    seen: set[str] = set()
    for one in _uses(model, stage, start):
        text = _sentence(one, environment)
        if text is not None and one.what not in seen:  # the first place of each
            seen |= {one.what} if one.kind != "port" else set()
            yield text
    yield from _words(start)


def _words(start: Start) -> Iterator[str]:
    """Devices, and what is root's own, that commands of the start name."""
    for program in start.programs:
        values = (*program.argv[1:], *(word.value for _, word in program.command.assignments))
        for value in values:
            text = (value or "").rpartition("=")[2]
            what = named_by(text)
            if what is not None:
                yield f"{program.place} {what}"


def _uses(model: Image, stage: StageImage, start: Start) -> Iterator[PrivilegedUse]:
    files = context_files(model, stage)
    if any(map(is_python, start.programs)):
        python = python_start(start, model, stage)
        words = frozenset(value for program in start.programs for value in program.argv if value)
        modules = running_modules(python, model.context, files, words)
        spared = _spared(modules)
        for module in modules:
            for one in module.privileged:
                if _counts(module, one, spared) and (not one.main_only or module.path in python.scripts):
                    yield one
    if any(map(is_node, start.programs)):
        for path in node_start(start, model, stage).modules:
            facts = javascript_facts(model.context, path)
            low = {line for port, line in facts.ports if port < 1024}  # noted with what the module writes
            yield from (one for one in facts.privileged if one.kind != "port" or one.line not in low)


def _spared(modules: tuple[ModuleFacts, ...]) -> frozenset[str]:
    """The libraries of which each call says that it does without root."""
    uses = [one for module in modules for one in module.privileged]
    return frozenset(one.library for one in uses if one.kind == "spared") - {
        one.library for one in uses if one.kind == "asked"
    }


def _counts(module: ModuleFacts, one: PrivilegedUse, spared: frozenset[str]) -> bool:
    if one.kind == "port":
        return not any(server.line == one.line and (server.port or 1024) < 1024 for server in module.servers)
    return one.kind not in ("spared", "asked") and one.library not in spared


def _sentence(one: PrivilegedUse, environment: Mapping[str, str | None]) -> str | None:
    where = f"{one.module}:{one.line}"
    if one.kind != "port":
        return f"{where} {one.what}"
    given = [value for name in one.environment if is_number(value := environment.get(name) or "")]
    port = given[0] if given else one.what
    return f"{where} {LOW_PORT.format(port=port)}" if port and 0 < int(port) < 1024 else None
