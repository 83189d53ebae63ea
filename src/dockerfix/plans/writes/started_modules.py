"""The modules of the project that a start runs, as a reason counts them."""

from __future__ import annotations

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.writes.python_writes import running_modules
from dockerfix.programs.console_scripts import followed
from dockerfix.programs.node_start import is_node, node_start
from dockerfix.programs.python_start import is_python, python_start
from dockerfix.programs.starts import Start

__all__ = ["started_modules"]


def started_modules(start: Start, model: Image, stage: StageImage) -> tuple[str, ...]:
    """Context paths of the Python and JavaScript modules that are read for what they write."""
    start, _ = followed(start, model.context)
    files = context_files(model, stage)
    found: set[str] = set()
    if any(is_node(program) for program in start.programs):
        found.update(node_start(start, model, stage).modules)
    if any(is_python(program) for program in start.programs):
        words = frozenset(value for program in start.programs for value in program.argv if value)
        python = python_start(start, model, stage)
        found.update(module.path for module in running_modules(python, model.context, files, words))
    return tuple(sorted(found))
