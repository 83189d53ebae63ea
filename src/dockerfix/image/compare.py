"""Two image models held against each other, aspect by aspect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dockerfix.image.accounts import is_account_work
from dockerfix.image.aspects import Aspect
from dockerfix.image.cache_flags import without_cache_flags
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.transfers import Origin, Source, Transfer, placed_files, source_files
from dockerfix.project.ignore_file import sent_files
from dockerfix.syntax import Copy, Run

__all__ = ["Difference", "differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect that is not the same before and after, in words."""

    aspect: Aspect
    text: str


def differences(before: Image, after: Image, allowed: frozenset[Aspect] = frozenset()) -> tuple[Difference, ...]:
    """What differs between two images outside the aspects that may.

    Aspects lean on each other: a user may bring `useradd` and `--chown` along (USER), a cache flag changes a
    command's text (BUILD_CACHE), a smaller build context brings fewer files (BUILD_CONTEXT); what is allowed
    decides how strictly the others are read.
    """
    if len(before.stages) != len(after.stages):
        return (Difference(Aspect.BASE_IMAGE, f"{len(before.stages)} stages became {len(after.stages)}"),)
    found: list[Difference] = []
    for old, new in zip(before.stages, after.stages, strict=True):
        found += _stage_differences(old, new, before, after, allowed)
    if Aspect.BUILD_CONTEXT not in allowed and sent_files(before.context) != sent_files(after.context):
        found.append(Difference(Aspect.BUILD_CONTEXT, "other files reach the builder"))
    return tuple(difference for difference in found if difference.aspect not in allowed)


_Owners = dict[str, tuple[str | None, str | None]]
_Fact = Callable[[StageImage], object]
_FACTS: tuple[tuple[Aspect, _Fact], ...] = (
    (Aspect.BASE_IMAGE, lambda s: (s.stage.start.image and s.stage.start.image.value, s.reference, s.platform)),
    (Aspect.BASE_IMAGE, lambda s: (s.stage.name, s.base.stage.index if s.base else None)),
    (Aspect.USER, lambda s: s.final.user),
    (Aspect.WORKDIR, lambda s: s.final.workdir),
    (Aspect.SHELL, lambda s: s.final.shell),
    (Aspect.PORTS, lambda s: s.ports),
    (Aspect.VOLUMES, lambda s: s.volumes),
    (Aspect.LABELS, lambda s: dict(s.labels)),
    (Aspect.HEALTHCHECK, lambda s: s.healthcheck),
    (Aspect.STOP_SIGNAL, lambda s: s.stop_signal),
    (Aspect.TRIGGERS, lambda s: s.triggers),
    (Aspect.START_COMMAND, lambda s: (s.start, _written_start(s))),
)


def _written_start(stage: StageImage) -> object:
    """What stands in the file; tells start commands apart where the base image makes both unknown."""
    return [(i.kind, i.form, i.values) for i in stage.stage.instructions if i.kind in ("CMD", "ENTRYPOINT")]


def _stage_differences(
    old: StageImage, new: StageImage, before: Image, after: Image, allowed: frozenset[Aspect]
) -> Iterator[Difference]:
    where = f"stage {old.name}: " if len(before.stages) > 1 else ""
    for aspect, fact in _FACTS:
        if aspect not in allowed and fact(old) != fact(new):
            yield Difference(aspect, f"{where}{fact(old)} became {fact(new)}")
    if Aspect.ENVIRONMENT not in allowed and _own_environment(old) != _own_environment(new):
        yield Difference(Aspect.ENVIRONMENT, f"{where}other variables are set")
    yield from _file_differences(old, new, before, after, allowed, where)
    if Aspect.COMMANDS not in allowed:
        yield from _command_differences(old, new, allowed, where)
    if Aspect.LAYER_ORDER not in allowed and not _same_order(old, new, allowed):
        yield Difference(Aspect.LAYER_ORDER, f"{where}steps run in another order")


def _own_environment(stage: StageImage) -> object:
    """What ENV and ARG of this stage set; a change of the base image's own variables is BASE_IMAGE."""
    return [(i.kind, i.values) for i in stage.stage.instructions if i.kind in ("ENV", "ARG")]


def _command_differences(
    old: StageImage, new: StageImage, allowed: frozenset[Aspect], where: str
) -> Iterator[Difference]:
    was, now = _runs(old, allowed), _runs(new, allowed)
    if was == now:
        return
    if Aspect.USER in allowed and _only_account_work_added(was, new, allowed):
        return
    changed = next((key for key in now if key not in was), None) or next((key for key in was if key not in now), None)
    yield Difference(Aspect.COMMANDS, f"{where}a RUN is new, gone or changed: {changed}")


def _runs(stage: StageImage, allowed: frozenset[Aspect]) -> list[object]:
    return [_run_key(step, allowed) for step in stage.steps if isinstance(step.instruction, Run)]


def _only_account_work_added(was: list[object], new: StageImage, allowed: frozenset[Aspect]) -> bool:
    """Whether the RUNs are those of before, in order, with nothing new but account work between them."""
    waiting = list(was)
    for step in new.steps:
        if not isinstance(step.instruction, Run):
            continue
        if waiting and _run_key(step, allowed) == waiting[0]:
            waiting.pop(0)
        elif not step.commands or not all(is_account_work(item) for item in step.commands):
            return False
    return not waiting


def _run_key(step: Step, allowed: frozenset[Aspect]) -> object:
    """A RUN as the builder sees it: text, flags, and all of the state that it can notice but the user."""
    run = step.instruction
    text: object = (run.arguments.raw, tuple(h.content for h in run.heredocs))
    if Aspect.BUILD_CACHE in allowed:
        text = without_cache_flags(step)
    state = step.before
    variables = None if Aspect.ENVIRONMENT in allowed or Aspect.BASE_IMAGE in allowed else _sorted(state.env)
    return (
        text,
        run.form,
        tuple(f.text for f in run.flags),
        state.workdir,
        state.shell,
        variables,
        _sorted(state.args),
    )


def _sorted(values: object) -> object:
    return sorted(values.items(), key=str) if isinstance(values, dict) else values


def _same_order(old: StageImage, new: StageImage, allowed: frozenset[Aspect]) -> bool:
    was, now = _order(old, allowed), _order(new, allowed)
    shared_now = [key for key in now if key in was]
    shared_was = [key for key in was if key in now]
    return shared_now == shared_was


def _order(stage: StageImage, allowed: frozenset[Aspect]) -> list[object]:
    return [_order_key(step, allowed) for step in stage.steps if step.transfer or isinstance(step.instruction, Run)]


def _order_key(step: Step, allowed: frozenset[Aspect]) -> object:
    if step.transfer is not None:
        return (step.transfer.sources, step.transfer.destination)
    return _run_key(step, allowed)


def _file_differences(
    old: StageImage, new: StageImage, before: Image, after: Image, allowed: frozenset[Aspect], where: str
) -> Iterator[Difference]:
    if Aspect.FILES not in allowed:
        text = _files_differ(old, new, before, after, allowed)
        if text:
            yield Difference(Aspect.FILES, where + text)
    if Aspect.USER not in allowed and _owners_differ(_owners(old, before), _owners(new, after), allowed):
        yield Difference(Aspect.USER, f"{where}copied files belong to somebody else")
    hidden = _hidden_source(old, new, before, after)
    if hidden is not None:
        yield Difference(Aspect.FILES, f"{where}the ignore file hides {hidden}, which a COPY names")


def _files_differ(
    old: StageImage, new: StageImage, before: Image, after: Image, allowed: frozenset[Aspect]
) -> str | None:
    was, now = _all_placed(old, before), _all_placed(new, after)
    if was is None or now is None:
        same = covered(_transfers(old), _transfers(new)) and covered(_transfers(new), _transfers(old))
        return None if same else "a COPY or ADD brings something else"
    if Aspect.BUILD_CONTEXT in allowed:
        kept = set(sent_files(after.context) or ())
        was = {place: origin for place, origin in was.items() if origin[0] != "context" or origin[2] in kept}
    if was == now:
        return None
    gone = sorted(was.keys() - now.keys()) or sorted(now.keys() - was.keys()) or ["another version"]
    return f"{gone[0]} is not what it was"


def _all_placed(stage: StageImage, image: Image) -> dict[str, Origin] | None:
    """What the copies of a stage leave, place by place; a later copy wins."""
    placed: dict[str, Origin] = {}
    for item in _transfers(stage):
        files = placed_files(item, image.context)
        if files is None:
            return None
        placed.update(files)
    return placed


def _hidden_source(old: StageImage, new: StageImage, before: Image, after: Image) -> str | None:
    """A source of a COPY that named something and names nothing any more; BuildKit would stop there."""
    named = {source for item in _transfers(old) for source in item.sources if source_files(source, before.context)}
    kept = {source for item in _transfers(new) for source in item.sources}
    lost = (source for source in named & kept if not source_files(source, after.context))
    return next((source.path for source in lost), None)


def _owners(stage: StageImage, image: Image) -> _Owners:
    """Owner and mode that COPY gives, place by place; by the text of the copy where places are unknown."""
    placed: _Owners = {}
    for item in _transfers(stage):
        files = placed_files(item, image.context)
        places = files if files is not None else [str((item.sources, item.destination))]
        placed.update(dict.fromkeys(places, (item.owner, item.mode)))
    return placed


def _owners_differ(was: _Owners, now: _Owners, allowed: frozenset[Aspect]) -> bool:
    if Aspect.BUILD_CONTEXT in allowed:
        return any(was[place] != now[place] for place in was.keys() & now.keys())
    return was != now


def _transfers(stage: StageImage) -> list[Transfer]:
    return [step.transfer for step in stage.steps if step.transfer is not None]


def covered(items: Sequence[Transfer], by: Sequence[Transfer]) -> bool:
    """Whether each transfer brings nothing that the others do not bring too, judged by their text alone."""
    return all(any(_covers(other, item) for other in by) for item in items)


def _covers(wide: Transfer, narrow: Transfer) -> bool:
    if wide.sources == narrow.sources and wide.destination == narrow.destination and wide.options == narrow.options:
        return type(wide.instruction) is type(narrow.instruction)
    if not (isinstance(wide.instruction, Copy) and isinstance(narrow.instruction, Copy)):
        return False
    if wide.options != narrow.options or len(wide.sources) != 1 or wide.destination is None or not wide.is_plain:
        return False
    return all(_source_covered(wide, source, narrow) for source in narrow.sources)


def _source_covered(wide: Transfer, source: Source, narrow: Transfer) -> bool:
    """A folder copied whole brings a file below it to the same place."""
    root = wide.sources[0]
    if (root.kind, root.origin) != (source.kind, source.origin) or root.path is None or source.path is None:
        return False
    if source.has_wildcard or root.has_wildcard or narrow.destination is None:
        return False
    if root.path == ".":
        inside = source.path
    elif source.path.startswith(root.path + "/"):
        inside = source.path[len(root.path) + 1 :]
    else:
        return False
    target = f"{(wide.destination or '').rstrip('/')}/{inside}"
    base = narrow.destination.rstrip("/")
    return target == (f"{base}/{source.path.rsplit('/', 1)[-1]}" if narrow.into_folder else base)
