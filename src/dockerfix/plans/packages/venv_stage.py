"""A stage of its own that installs Python's packages into a virtual environment, which the final stage copies.

Source: docs.python.org, venv; the environment works under the path that it was made for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.package_work import installed_by
from dockerfix.plans.packages.dropped_packages import without_packages_of
from dockerfix.plans.packages.left_packages import LeftPackages
from dockerfix.shell import PipCommand, pip_command, unwrapped
from dockerfix.syntax import Run
from dockerfix.text import Edit, decode

__all__ = ["venv_edits"]

_VENV = "/opt/venv"
_ELSEWHERE = ("--user", "--target", "-t", "--prefix", "--root", "--python", "-e", "--editable")
_PLACES = (b"site-packages", b"/usr/local/bin", b"/usr/local/lib", b"venv", b"--from=")
_ROOT = (None, "", "root", "0")


def venv_edits(model: Image, left: LeftPackages) -> tuple[Edit, ...] | str:
    """The edits, or why they do not fit as the rest of a sentence."""
    stage, dockerfile = left.stage, model.dockerfile
    installs = [step for step in stage.steps if _pips(step)]
    reason = next(_against(model, left, installs), None)
    if reason is not None:
        return reason
    packages = without_packages_of(
        dockerfile, stage, {one.word.span: left.kept(one, compiled=True) for one in left.words}
    )
    if packages is None:
        return "the packages cannot be taken out without a comment"
    gone = [Edit(step.instruction.extent, b"") for step in (*installs[1:], *_repeated(stage, installs[-1]))]
    return (_builder(model, stage, installs[-1]), *packages, _copy(model, stage, installs[0]), *gone)


def _against(model: Image, left: LeftPackages, installs: list[Step]) -> Iterator[str]:
    if len(model.stages) > 1:
        yield "the file has other stages already"
    if left.called is not None:
        yield left.called
    if not installs:
        yield "no pip install is there"
    source = model.dockerfile.source
    yield from (f"the file names {decode(place)}" for place in _PLACES if place in source)
    first = min((one.step.instruction.index for one in left.words), default=0)
    if installs and first > installs[-1].instruction.index:
        yield "the packages are installed below the last pip install"
    for step in installs:
        run, place = step.instruction, f"line {step.instruction.start_line}"
        if len(_pips(step)) < len(step.commands or ()) or not isinstance(run, Run) or run.heredocs:
            yield f"{place} does more than to install packages of Python"
        if step.before.user not in _ROOT:
            yield f"{place} runs as another user than root"
        if any(pip.tool == "uv" or pip.has(*_ELSEWHERE) for pip in _pips(step)):
            yield f"{place} installs to another place"


def _pips(step: Step) -> list[PipCommand]:
    found = (pip_command(unwrapped(item.command)) for item in step.commands or ())
    return [pip for pip in found if pip is not None and pip.verb == "install"]


def _builder(model: Image, stage: StageImage, last: Step) -> Edit:
    """The new stage: all that stands above the packages of Python, and these, into the environment."""
    start, style = stage.stage.start, model.dockerfile.style
    head = model.dockerfile.source[start.extent.end : last.instruction.extent.end]
    end = start.image.span.end if start.image is not None else start.span.end
    words = decode(model.dockerfile.source[start.span.start : end])
    lines = [
        f"{words} {style.keyword('AS')} {_name(stage)}",
        f"{style.keyword('RUN')} python -m venv {_VENV}",
        f"{style.keyword('ENV')} PATH={_VENV}/bin:$PATH",
        "",
    ]
    return Edit.insert(start.extent.start, style.encoded("\n".join(lines)) + head + style.encoded("\n"))


def _name(stage: StageImage) -> Literal["build", "builder"]:
    return "builder" if stage.stage.name == "build" else "build"


def _copy(model: Image, stage: StageImage, first: Step) -> Edit:
    style = model.dockerfile.style
    lines = [
        f"{style.keyword('COPY')} --from={_name(stage)} {_VENV} {_VENV}",
        f"{style.keyword('ENV')} PATH={_VENV}/bin:$PATH",
    ]
    return Edit(first.instruction.span, style.encoded("\n".join(lines)))


def _repeated(stage: StageImage, last: Step) -> Iterator[Step]:
    """The copies above the last install of what a later copy of the whole context brings to the same folder."""
    later = [step.transfer for step in stage.steps if step.instruction.index > last.instruction.index and step.transfer]
    folders = {
        (one.destination or "").rstrip("/")
        for one in later
        if one.from_context and one.is_plain and [source.path for source in one.sources] in ([""], ["."])
    }
    for step in stage.steps:
        one = step.transfer
        if one is None or step.instruction.index > last.instruction.index or not one.is_plain:
            continue
        named = all(source.kind == "context" and source.path and "/" not in source.path for source in one.sources)
        into = (one.destination or "").rstrip("/")
        if named and one.owner is None and not installed_by(step) and into in folders and one.into_folder:
            yield step
