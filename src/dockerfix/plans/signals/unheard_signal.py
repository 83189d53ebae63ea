"""Process 1 that does not hear SIGTERM, as the kernel drops signals for which process 1 has no handler."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.image.start import process_1
from dockerfix.plans.process.manager_start import unheard_by_node
from dockerfix.plans.serving.uses import started_uses
from dockerfix.plans.signals.python_process import INTERPRETER, PythonProcess, python_process
from dockerfix.plans.writes.library_writes import modules_used
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.python.sources import python_sources
from dockerfix.tables import table

__all__ = ["UnheardSignal", "unheard_node", "unheard_signal"]


@frozen(eq=False)
class UnheardSignal:
    """A Python program as process 1 without a handler of SIGTERM; `doubt` is what SIGINT may not end either."""

    place: str
    doubt: str | None = None


def unheard_signal(model: Image, stage: StageImage) -> UnheardSignal | None:
    """Whether a stage's program is stopped only by a kill; None where it is not known to be so."""
    first = process_1(stage.start.argv, stage.facts.distribution if stage.facts is not None else None)
    if first is None or first.waits_behind_shell or not INTERPRETER.match(first.program):
        return None
    if stage.stop_signal is not None or any(use.command or use.entrypoint for use in started_uses(model)):
        return None
    process = python_process(model, stage)
    if process is None or process.doubts or len(process.programs) != 1 or not process.scripts or not process.runs_on:
        return None
    if process.first("handles") is not None or not model.context.known or _is_decided_outside(model):
        return None
    if any(name not in _silent() for name in _imported(model, process)):
        return None
    return UnheardSignal(process.first("runs_on") or "", _doubt(process))


def unheard_node(model: Image, stage: StageImage) -> str | None:
    """The module that serves, where `node` is process 1 and nothing that runs handles SIGTERM; None for any other."""
    facts = stage.facts
    if facts is None or facts.family != "node" or stage.start.entrypoint not in ((), facts.entrypoint):
        return None  # the entry point of the official image, which hands over, aside
    first = process_1(stage.start.cmd, facts.distribution)
    if first is None or first.waits_behind_shell or any(use.command or use.entrypoint for use in started_uses(model)):
        return None
    if stage.stop_signal is not None or not model.context.known or _is_decided_outside(model):
        return None
    return unheard_by_node(model, stage, first.program)


def _doubt(process: PythonProcess) -> str | None:
    swallows, starts = process.first("swallows"), process.first("starts")
    if swallows is not None:
        return f"{swallows} catches KeyboardInterrupt, too"
    return f"{starts} starts what Python waits for at its end" if starts is not None else None


def _imported(model: Image, process: PythonProcess) -> set[str]:
    """The packages that the modules import and the project does not hold, the standard library left out."""
    sources = python_sources(model.context)
    modules = [one for path in process.modules if (one := sources.module(path)) is not None]
    names = {name.partition(".")[0] for name, _ in modules_used(model.context, modules)}
    dynamic = {"?"} if any(one.dynamic_imports for one in modules) else set()
    return (names | dynamic) - sys.stdlib_module_names


def _is_decided_outside(model: Image) -> bool:
    """Whether a file beside the Dockerfile says how the container is stopped, or puts an init above the program."""
    paths = (path for path in own_paths(model.context) if path.endswith((".yml", ".yaml", ".sh", "Makefile")))
    texts = (model.context.text(path) or "" for path in paths)
    return any(word in text for text in texts for word in ("stop_signal", "init: true", "--init", "--stop-signal"))


@cache
def _silent() -> frozenset[str]:
    return frozenset(table(Path(__file__).parents[2] / "project" / "data" / "signal_handlers.toml")["none"].split())
