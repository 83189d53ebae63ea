"""The calls of the project's Python code that serve in what an image starts."""

from __future__ import annotations

from dockerfix.image.model import Image
from dockerfix.programs.python_start import is_python, python_start
from dockerfix.programs.starts import Start
from dockerfix.project.python.serving import ServingCall, serving_calls

__all__ = ["started_servers"]


def started_servers(model: Image, start: Start) -> tuple[ServingCall, ...]:
    """The serving calls of the scripts that a start runs; those of modules that a server imports do not run."""
    stage = model.final
    found: dict[str, ServingCall] = {}
    for program in start.programs if stage is not None else ():
        if stage is not None and is_python(program):
            for script in sorted(python_start(Start((program,)), model, stage).scripts):
                found.update({str(call): call for call in serving_calls(model.context, script)})
    return tuple(found.values())
