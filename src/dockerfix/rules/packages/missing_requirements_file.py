"""`pip install -r` of a file that is not in the image by then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, Step, image, source_files
from dockerfix.plans.packages.missing_files import is_missing
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import pip_command
from dockerfix.syntax import Dockerfile, Run, exec_form, insert_before
from dockerfix.text import Edit

_A = "FROM python:3.12-slim\nWORKDIR /app\n"
_PIP = "RUN pip install -r requirements.txt\n"
_COPY = "COPY requirements.txt ./\n"
_FILES = {"requirements.txt": "flask\n", "main.py": "", "req/prod.txt": "flask\n"}


class MissingRequirementsFile(Rule):
    """`pip install -r` names a file that no line above has brought: the build stops there.

    Why: pip ends with `Could not open requirements file`. Mostly the COPY stands below the install, or copies another
    file.
    Fix: a COPY of the file that the build context has at this path, right above.
    Safety: safe, as nothing can be built the way it stands. Where the build context has no such file, it is reported.
    Left alone where something above may bring it: a base image that is not known, another stage, a command that may
    write files, a mount.
    """

    code = "DF318"
    name = "missing-requirements-file"
    message = "the requirements file is not there by then, so the build stops here"
    sources = ("pip documentation: requirements file format", "tried: pip 23.2.1 and 26.3")
    may_change = frozenset({Aspect.FILES})
    worth = Worth.stops()
    examples = (
        Example("never copied", _A + _PIP, _A + _COPY + _PIP, _FILES),
        Example("copied below", _A + _PIP + "COPY . .\n", _A + _COPY + _PIP + "COPY . .\n", _FILES),
        Example(
            "another file is copied",
            _A + "COPY main.py ./\n" + _PIP,
            _A + "COPY main.py ./\n" + _COPY + _PIP,
            _FILES,
        ),
        Example(
            "the comment stays with its step",
            _A + "# libraries\n" + _PIP,
            _A + _COPY + "# libraries\n" + _PIP,
            _FILES,
        ),
        Example(
            "in a folder",
            _A + "RUN pip install --no-cache-dir -r req/prod.txt\n",
            _A + "COPY req/prod.txt req/\nRUN pip install --no-cache-dir -r req/prod.txt\n",
            _FILES,
        ),
        Example(
            "copied to another folder",
            _A + "COPY requirements.txt /tmp/\n" + _PIP,
            _A + "COPY requirements.txt /tmp/\n" + _COPY + _PIP,
            _FILES,
        ),
        Example(
            "behind other commands, lower case, CRLF",
            "from python:3.12\r\nworkdir /srv\r\n"
            "run apt-get update && \\\r\n  python -m pip install -r requirements.txt\r\n",
            "from python:3.12\r\nworkdir /srv\r\ncopy requirements.txt ./\r\n"
            "run apt-get update && \\\r\n  python -m pip install -r requirements.txt\r\n",
            _FILES,
        ),
        Example(
            "uv pip",
            _A + "RUN pip install uv\nRUN uv pip install --system -r requirements.txt\n",
            _A + "RUN pip install uv\n" + _COPY + "RUN uv pip install --system -r requirements.txt\n",
            _FILES,
        ),
        Example.reported("the project has none", _A + "COPY main.py ./\n" + _PIP, {"main.py": ""}),
        Example.reported("the ignore file hides it", _A + _PIP, {**_FILES, ".dockerignore": "*.txt\n"}),
        Example.unchanged("it is there", _A + _COPY + _PIP, _FILES),
        Example.unchanged("all is there", _A + "COPY . .\n" + _PIP, _FILES),
        Example.unchanged("a base image that is not known", _A.replace("python", "corp/x") + _PIP, _FILES),
        Example.unchanged("a command writes it", _A + "RUN echo flask > requirements.txt\n" + _PIP, {"main.py": ""}),
        Example.unchanged("a clone brings it", _A + "RUN git clone https://x.y/z . \n" + _PIP, {"main.py": ""}),
        Example.unchanged(
            "another stage has it", "FROM a AS b\n" + _A + "COPY --from=b /x ./\n" + _PIP, {"main.py": ""}
        ),
        Example.unchanged("a mount brings it", _A + _PIP.replace("RUN", "RUN --mount=target=."), _FILES),
        Example.unchanged("it may be missing", _A + _PIP.replace(".txt", ".txt || true"), {"main.py": ""}),
        Example.unchanged("the context is not known", _A + _PIP),
        Example.unchanged("a URL", _A + "RUN pip install -r https://x.y/requirements.txt\n", _FILES),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages:
            for step in stage.steps:
                for item in step.commands or () if isinstance(step.instruction, Run) else ():
                    yield from self._judge(model, stage, step, item)

    def _judge(self, model: Image, stage: StageImage, step: Step, item: RunCommand) -> Iterator[Finding]:
        pip = pip_command(item.program)
        if pip is None or pip.verb != "install" or "||" in _operators(step) or _stops_above(model, stage, step):
            return
        for name in pip.requirements:
            if name is None or "://" in name or not is_missing(model, stage, step, item, name):
                continue
            message = f"{name} is not there by then, so the build stops here"
            edit = _copy(model, step, item, name)
            if edit is None:
                because = f"the build context has no {posixpath.normpath(name)} that could be copied"
                yield self.finding(item.program.span, because=because, message=message)
                continue
            because = f"the build context has {posixpath.normpath(name)}, and nothing can be built as it stands"
            yield self.finding(
                item.program.span, Fix.safe(f"Copy {name} first", edit, because=because), message=message
            )


def _stops_above(model: Image, stage: StageImage, step: Step) -> bool:
    """Whether the build stops above already, at a COPY of a file that is not there: a matter of its own."""
    above = stage.all_steps[: stage.all_steps.index(step)]
    sources = (source for one in above if one.transfer is not None for source in one.transfer.sources)
    return any(not source.has_wildcard and source_files(source, model.context) == () for source in sources)


def _operators(step: Step) -> frozenset[str]:
    return frozenset(item.command.operator or "" for item in step.commands or ())


def _copy(model: Image, step: Step, item: RunCommand, name: str) -> Edit | None:
    """A COPY of the file of this path above the step, and above what explains it."""
    path, workdir = posixpath.normpath(name), step.before.workdir
    if path not in (sent_files(model.context) or ()) or item.workdir != workdir or workdir is None:
        return None
    folder = f"{posixpath.dirname(path)}/" if "/" in path else "./"
    words = f"{path} {folder}" if " " not in path else exec_form((path, folder))
    comments = model.dockerfile.comments_above(step.instruction)
    return insert_before(model.dockerfile, comments[0] if comments else step.instruction, f"COPY {words}")
