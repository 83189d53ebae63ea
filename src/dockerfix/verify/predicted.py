"""What the image model says before the build, beside what was measured: where they differ, the model is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image import Image, is_root, process_1, rerun_steps
from dockerfix.project.context.ignore_file import sent_size
from dockerfix.text import is_number
from dockerfix.verify.measured import Measured, Rebuild, Started

__all__ = ["Foretold", "Prediction", "foretell", "predictions"]


@frozen
class Prediction:
    """One thing that the model said of one side, and what was measured; both in words."""

    side: str
    what: str
    predicted: str
    measured: str
    agrees: bool


@frozen
class Foretold:
    """What the model says of an image, None where it does not know.

    Attributes:
        steps: by the file that is touched, how many steps run again, and whether it may turn out to be fewer.
    """

    user: str | None
    program: str | None
    exposed: frozenset[str] | None
    context_size: int | None
    steps: Mapping[str, tuple[int, bool]]


def foretell(model: Image, touched: Iterable[str]) -> Foretold:
    """What the model says now: the files may be touched later."""
    final = model.final
    ports = final.ports if final is not None else ()
    process = process_1(final.start.argv, final.facts.distribution if final.facts else None) if final else None
    return Foretold(
        user=final.final.user if final is not None else None,
        program=str(process).rsplit("/", 1)[-1] if process is not None else None,
        exposed=None
        if any("$" in port for port in ports)
        else frozenset(port if "/" in port else f"{port}/tcp" for port in ports),
        context_size=sent_size(model.context),
        steps={path: steps for path in touched if (steps := _steps(model, path)) is not None},
    )


def _steps(model: Image, path: str) -> tuple[int, bool] | None:
    steps = rerun_steps(model, path)
    if steps is None:
        return None
    # Below a copy from another stage the builder may find that nothing changed.
    return len(steps), any(flag.name == "from" for step in steps for flag in step.instruction.flags)


def predictions(side: str, said: Foretold, measured: Measured) -> tuple[Prediction, ...]:
    """All that the model knew and the measurement can answer; what either does not know is left out."""
    found = (*_context(said, measured), *_rebuilds(said, measured), *_exposed(said, measured))
    started = (*_user(said, measured.started), *_process(said, measured.started)) if measured.started else ()
    return tuple(Prediction(side, *parts) for parts in (*started, *found))


_Parts = tuple[str, str, str, bool]


def _user(said: Foretold, started: Started) -> Iterator[_Parts]:
    if said.user is None or started.uid is None:
        return
    name = said.user.partition(":")[0]
    if is_root(said.user):
        yield "user", "root", str(started.uid), started.uid == 0
    elif is_number(name):
        yield "user", name, str(started.uid), started.uid == int(name)
    else:
        yield "user", f"{name}, not root", str(started.uid), started.uid != 0


def _process(said: Foretold, started: Started) -> Iterator[_Parts]:
    if said.program is not None and started.program is not None:
        yield "process 1", said.program, started.program, said.program == started.program


def _exposed(said: Foretold, measured: Measured) -> Iterator[_Parts]:
    if said.exposed is None or measured.contents is None:
        return
    found = frozenset(measured.contents.exposed)
    if said.exposed or found:
        # Those of the base image are not the model's to know.
        yield "exposed ports", _listed(said.exposed), _listed(found), said.exposed <= found


def _context(said: Foretold, measured: Measured) -> Iterator[_Parts]:
    size, found = said.context_size, measured.context_size
    if size is not None and found is not None:
        yield "build context", f"{size:,} bytes", f"{found:,} bytes", size == found


def _rebuilds(said: Foretold, measured: Measured) -> Iterator[_Parts]:
    for rebuild in (measured.source_rebuild, measured.dependency_rebuild):
        if rebuild is not None and rebuild.ok and rebuild.touched in said.steps:
            yield _rebuild(*said.steps[rebuild.touched], rebuild)


def _rebuild(count: int, may_be_fewer: bool, rebuild: Rebuild) -> _Parts:
    found = len(rebuild.ran)
    agrees = found == count or (may_be_fewer and found < count)
    return f"steps again after {rebuild.touched}", str(count), str(found), agrees


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "none"
