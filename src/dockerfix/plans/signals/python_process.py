"""The Python process that an image starts, as the sources of its modules tell it."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.started_modules import started_modules
from dockerfix.programs.python_start import installed_module, is_python, python_start
from dockerfix.programs.starts import Program, Start
from dockerfix.project.python.process import ProcessFacts, process_facts
from dockerfix.regexes import regex

__all__ = ["INTERPRETER", "PythonProcess", "python_process"]

INTERPRETER = regex(r"(?:python|pypy)(?:3(?:\.\d+)?)?\Z")


@frozen(eq=False)
class PythonProcess:
    """A start whose programs are all Python's. `modules` are the project's own that run, with what each tells.

    `scripts` are those that run as `__main__`; `doubts` tell what was not found or could not be read.
    """

    start: Start
    programs: tuple[Program, ...]
    modules: dict[str, ProcessFacts]
    scripts: frozenset[str]
    doubts: tuple[str, ...]

    @property
    def runs_on(self) -> bool:
        """Whether it serves, or has a loop without end."""
        serves = any(installed_module(one) is not None and one.file is None for one in self.programs)
        return serves or any(one.runs_on is not None for one in self.modules.values())

    def first(self, what: str) -> str | None:
        """The first place, `file:line`, where a module does something (a field of `ProcessFacts`)."""
        for path, facts in self.modules.items():
            line = getattr(facts, what)
            if line is None and what == "prints" and path in self.scripts:
                line = facts.main_prints
            if line is not None:
                return f"{path}:{line}"
        return None


def python_process(model: Image, stage: StageImage) -> PythonProcess | None:
    """The process of a stage; None where it starts something else, or nothing that is known."""
    start = started(model, stage)
    programs = tuple(one for one in start.programs if one.name not in POSIX_SHELLS) if start is not None else ()
    if start is None or not programs or not all(is_python(one) for one in programs):
        return None
    python = python_start(start, model, stage)
    paths = [path for path in started_modules(start, model, stage) if path.endswith(".py")]
    read = {path: process_facts(model.context, path) for path in paths}
    unread = tuple(f"{path} cannot be read" for path, facts in read.items() if facts is None)
    modules = {path: facts for path, facts in read.items() if facts is not None}
    return PythonProcess(start, programs, modules, python.scripts, (*start.problems, *python.doubts, *unread))
