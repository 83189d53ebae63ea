"""What the image model said before the build, beside what was measured: where they differ, the model is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image import Image, is_root, process_1, rerun_steps, source_files
from dockerfix.verify.measured import Measured, Rebuild, Started

__all__ = ["Prediction", "predictions"]

_PER_FILE = 200  # bytes of protocol that BuildKit counts for a file that it takes


@frozen
class Prediction:
    """One thing that the model said of one side, and what was measured; both in words."""

    side: str
    what: str
    predicted: str
    measured: str
    agrees: bool


def predictions(side: str, model: Image, measured: Measured) -> tuple[Prediction, ...]:
    """All that the model knew and the measurement can answer; what either does not know is left out."""
    found = (*_context(model, measured), *_rebuilds(model, measured), *_exposed(model, measured))
    started = (*_user(model, measured.started), *_process(model, measured.started)) if measured.started else ()
    return tuple(Prediction(side, *parts) for parts in (*started, *found))


_Parts = tuple[str, str, str, bool]


def _user(model: Image, started: Started) -> Iterator[_Parts]:
    user = model.final.final.user if model.final is not None else None
    if user is None or started.uid is None:
        return
    name = user.partition(":")[0]
    if is_root(user):
        yield "user", "root", str(started.uid), started.uid == 0
    elif name.isdigit():
        yield "user", name, str(started.uid), started.uid == int(name)
    else:
        yield "user", f"{name}, not root", str(started.uid), started.uid != 0


def _process(model: Image, started: Started) -> Iterator[_Parts]:
    final = model.final
    said = process_1(final.start.argv, final.facts.distribution if final.facts else None) if final else None
    if said is not None and started.program is not None:
        yield "process 1", str(said), started.program, str(said).rsplit("/", 1)[-1] == started.program


def _exposed(model: Image, measured: Measured) -> Iterator[_Parts]:
    if model.final is None or measured.contents is None or any("$" in port for port in model.final.ports):
        return
    said = {port if "/" in port else f"{port}/tcp" for port in model.final.ports}
    found = set(measured.contents.exposed)
    if said or found:
        yield "exposed ports", _listed(said), _listed(found), said <= found


def _context(model: Image, measured: Measured) -> Iterator[_Parts]:
    """What the builder takes of the context: the files that COPY and ADD name, not all that is sent could be."""
    said = taken_size(model)
    found = measured.build.sent
    if said is None or found is None:
        return
    size, files = said
    agrees = 0.95 * size <= found <= 1.05 * size + _PER_FILE * (files + 10)
    yield "build context taken", f"{size:,} bytes", f"{found:,} bytes", agrees


def taken_size(model: Image) -> tuple[int, int] | None:
    """Bytes and number of the files of the context that some step takes; None when unknown."""
    paths: set[str] = set()
    for stage in model.stages:
        if stage.stage.index not in model.needed_stages:
            continue
        for step in stage.triggered + stage.steps:
            if any(flag.name == "mount" for flag in step.instruction.flags):
                return None
            for source in step.transfer.sources if step.transfer is not None else ():
                files = source_files(source, model.context) if source.kind == "context" else ()
                if files is None:
                    return None
                paths.update(files)
    return sum(model.context.size(path) for path in paths), len(paths)


def _rebuilds(model: Image, measured: Measured) -> Iterator[_Parts]:
    for rebuild in (measured.source_rebuild, measured.dependency_rebuild):
        if rebuild is not None and rebuild.ok:
            yield from _rebuild(model, rebuild)


def _rebuild(model: Image, rebuild: Rebuild) -> Iterator[_Parts]:
    said = rerun_steps(model, rebuild.touched)
    if said is None:
        return
    # Below a copy from another stage the builder may find that nothing changed.
    may_be_fewer = any(flag.name == "from" for step in said for flag in step.instruction.flags)
    found = len(rebuild.ran)
    agrees = found == len(said) or (may_be_fewer and found < len(said))
    yield f"steps again after {rebuild.touched}", str(len(said)), str(found), agrees


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values)) or "none"
