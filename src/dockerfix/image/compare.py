"""Two image models held against each other, aspect by aspect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from dockerfix.image.account_work import is_account_work
from dockerfix.image.aspects import Aspect
from dockerfix.image.cache_flags import without_cache_flags
from dockerfix.image.compare_files import file_differences
from dockerfix.image.difference import Difference
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.package_work import without_packages
from dockerfix.image.state import State, expand
from dockerfix.image.steps import Source
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignore_file import IGNORE_FILE, sent_files
from dockerfix.regexes import regex
from dockerfix.syntax import Arg, Cmd, Entrypoint, Env, Instruction, Maintainer, Run, Shell, Volume, Workdir

__all__ = ["Difference", "differences"]


def differences(
    before: Image, after: Image, allowed: frozenset[Aspect] = frozenset(), changed: Iterable[str] = ()
) -> tuple[Difference, ...]:
    """What differs between two images outside the aspects that may.

    Aspects lean on each other: a user may bring `useradd` and `--chown` along (USER), a cache flag changes a
    command's text (BUILD_CACHE), a smaller build context brings fewer files (BUILD_CONTEXT); what is allowed
    decides how strictly the others are read.

    Args:
        changed: files of the build context whose content may be another one.
    """
    if len(before.stages) != len(after.stages):
        return (Difference(Aspect.BASE_IMAGE, f"{len(before.stages)} stages became {len(after.stages)}"),)
    found: list[Difference] = []
    moved = _changed_defaults(before, after)
    if moved:
        found.append(Difference(Aspect.BASE_IMAGE, f"ARG {min(moved)} has another default"))
    same: set[int] = set()
    for old, new in zip(before.stages, after.stages, strict=True):
        pair = _Pair(old, new, before, after, allowed, moved)
        if moved or not _is_same(pair, same):
            found += pair.differences()
        else:
            same.add(old.stage.index)
        found += file_differences(old, new, before, after, allowed, pair.where)
    found += _context_differences(before.context, after.context, changed)
    return tuple(difference for difference in found if difference.aspect not in allowed)


def _changed_defaults(before: Image, after: Image) -> frozenset[str]:
    """The ARGs above the first FROM that are not what they were."""
    was, now = before.global_args, after.global_args
    return frozenset() if was == now else frozenset(name for name in {**was, **now} if was.get(name) != now.get(name))


def _is_same(pair: _Pair, same: set[int]) -> bool:
    """Whether a stage says what it said, word for word, on the same base."""
    old, new = pair.old, pair.new
    if (old.base is None) != (new.base is None) or (old.base is not None and old.base.stage.index not in same):
        return False
    return _text(old, pair.before) == _text(new, pair.after)


def _text(stage: StageImage, image: Image) -> bytes:
    instructions = stage.stage.instructions
    return image.dockerfile.source[instructions[0].extent.start : instructions[-1].extent.end].rstrip(b"\r\n")


def _context_differences(before: BuildContext, after: BuildContext, changed: Iterable[str]) -> Iterator[Difference]:
    if before is not after and sent_files(before) != sent_files(after):
        yield Difference(Aspect.BUILD_CONTEXT, "other files reach the builder")
    for path in changed:
        was = before.read(path)
        if was is not None and was != after.read(path) and not path.endswith(IGNORE_FILE):
            aspect = Aspect.PYTHON_SOURCE if path.endswith(".py") else Aspect.FILES
            yield Difference(aspect, f"{path} has another content")


_VARIABLE = regex(r"\$\{?(\w+)")


class _Fact(NamedTuple):
    """One thing to compare; the words say what it is where the aspect alone would not."""

    aspect: Aspect
    read: Callable[[StageImage], object]
    words: str = ""


_FACTS = (
    _Fact(Aspect.BASE_IMAGE, lambda s: s.stage.start.image.value if s.stage.start.image else None),
    _Fact(Aspect.BASE_IMAGE, lambda s: s.reference),
    _Fact(Aspect.BASE_IMAGE, lambda s: s.platform, "platform "),
    _Fact(Aspect.BASE_IMAGE, lambda s: s.stage.name, "name "),
    _Fact(Aspect.BASE_IMAGE, lambda s: s.base.stage.index if s.base else None, "base stage "),
    _Fact(Aspect.USER, lambda s: s.final.user),
    _Fact(Aspect.WORKDIR, lambda s: s.final.workdir),
    _Fact(Aspect.WORKDIR, lambda s: _written(s, Workdir)),
    _Fact(Aspect.SHELL, lambda s: s.final.shell),
    _Fact(Aspect.SHELL, lambda s: _written(s, Shell)),
    _Fact(Aspect.PORTS, lambda s: s.ports),
    _Fact(Aspect.VOLUMES, lambda s: s.volumes),
    _Fact(Aspect.LABELS, lambda s: tuple(sorted(s.labels.items(), key=str))),
    _Fact(Aspect.LABELS, lambda s: _written(s, Maintainer), "maintainer "),
    _Fact(Aspect.HEALTHCHECK, lambda s: s.healthcheck),
    _Fact(Aspect.STOP_SIGNAL, lambda s: s.stop_signal),
    _Fact(Aspect.TRIGGERS, lambda s: s.triggers),
    _Fact(Aspect.START_COMMAND, lambda s: s.start.entrypoint, "ENTRYPOINT "),
    _Fact(Aspect.START_COMMAND, lambda s: s.start.cmd, "CMD "),
    # What stands in the file tells start commands apart where the base image makes both unknown.
    _Fact(Aspect.START_COMMAND, lambda s: {i.kind: (i.form, i.values) for i in s.stage.find((Cmd, Entrypoint))}),
)


def _written(stage: StageImage, kind: type[Workdir | Shell | Maintainer]) -> list[tuple[str, ...]]:
    return [instruction.values for instruction in stage.stage.find(kind)]


def _meant(instruction: Instruction) -> list[tuple[str | None, ...]]:
    """The words of ENV or ARG without their quotes: with each variable a mark of its own, and with none set."""
    values = instruction.values
    names = {name for value in values for name in _VARIABLE.findall(value)}
    states = (State(env={name: f"\0{name}\0" for name in names}), State())
    found = [tuple(expand(value, state, instruction.escape) for value in values) for state in states]
    return [values] if any(None in words for words in found) else [*found]


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, tuple | list):
        return " ".join(map(_shown, value)) or "nothing"
    return str(value) if value != "" else "nothing"


class _RunKey(NamedTuple):
    """A RUN as the builder sees it: text, flags, and all of the state that it can notice but the user."""

    text: object
    form: str
    flags: tuple[str, ...]
    workdir: str | None
    shell: tuple[str, ...] | None
    settings: object


class _CopyKey(NamedTuple):
    """A COPY or ADD."""

    sources: tuple[Source, ...]
    destination: str | None


class _Pair:
    """A stage before and after."""

    def __init__(
        self,
        old: StageImage,
        new: StageImage,
        before: Image,
        after: Image,
        allowed: frozenset[Aspect],
        moved: frozenset[str],
    ) -> None:
        self.old, self.new = old, new
        self.before, self.after = before, after
        self.allowed = allowed
        self.moved = moved
        self.where = f"stage {old.name}: " if len(before.stages) > 1 else ""

    def differences(self) -> Iterator[Difference]:
        """What differs in the stage itself, its files aside."""
        old, new = self.old, self.new
        for aspect, read, words in _FACTS:
            if aspect not in self.allowed and (was := read(old)) != (now := read(new)):
                yield Difference(aspect, f"{self.where}{words}{_shown(was)} became {_shown(now)}")
        if Aspect.ENVIRONMENT not in self.allowed and self._environment(old) != self._environment(new):
            yield Difference(Aspect.ENVIRONMENT, f"{self.where}other variables are set")
        was, now = self._comparable(self._keys(old), self._keys(new))
        if was != now:
            yield from self._other_steps(was, now)
        if Aspect.USER not in self.allowed and _other_users(_users(was, old), _users(now, new)):
            yield Difference(Aspect.USER, f"{self.where}a RUN runs as somebody else")
        owned, owns = _folder_owners(old), _folder_owners(new)
        if Aspect.USER not in self.allowed and any(owned[path] != owns[path] for path in owned.keys() & owns.keys()):
            yield Difference(Aspect.USER, f"{self.where}a WORKDIR belongs to somebody else")

    def _environment(self, stage: StageImage) -> object:
        """What ENV and ARG of the stage set; a change of the base image's own variables is BASE_IMAGE."""
        own = [(i.kind, _meant(i)) for i in stage.stage.find((Env, Arg))]
        return own, [self._values_of(" ".join(i.values), stage) for i in stage.stage.find(Env)]

    def _values_of(self, text: str, stage: StageImage) -> object:
        """The values that changed defaults have in a stage, for those that a text speaks of."""
        if not self.moved:
            return ()
        return [stage.final.variable(name) for name in sorted(self.moved) if name in text and stage.final.knows(name)]

    def _keys(self, stage: StageImage) -> list[object]:
        """What the builder does in a stage: RUN, COPY, ADD, VOLUME, in order."""
        keys: list[object] = []
        settings = 0
        for step in stage.steps:
            if isinstance(step.instruction, Env | Arg):
                settings += 1  # which ones they are is compared by itself
            elif isinstance(step.instruction, Run):
                keys.append(self._run_key(step, stage, settings))
            elif step.transfer is not None:
                keys.append(_CopyKey(step.transfer.sources, step.transfer.destination))
            elif isinstance(step.instruction, Volume):
                keys.append(step.instruction.values)
        return keys

    def _run_key(self, step: Step, stage: StageImage, settings: int) -> _RunKey:
        run = step.instruction
        text = (run.arguments.raw, tuple(heredoc.content for heredoc in run.heredocs))
        values = self._values_of(" ".join((run.arguments.text, *text[1])), stage)
        return _RunKey(
            text,
            run.form,
            tuple(flag.text for flag in run.flags),
            step.before.workdir,
            step.before.shell,
            (0 if Aspect.ENVIRONMENT in self.allowed else settings, *(values if isinstance(values, list) else ())),
        )

    def _comparable(self, was: list[object], now: list[object]) -> tuple[list[object], list[object]]:
        """The keys, what may change taken out of those that have no counterpart as they stand."""
        if was == now:
            return was, now
        before, after = Counter(was), Counter(now)
        other = {key for key in before.keys() | after.keys() if before[key] != after[key]}
        for aspect, without in _REDUCED.items():
            if aspect in self.allowed:
                was, now = [*_reduced(was, self.old, other, without)], [*_reduced(now, self.new, other, without)]
        return was, now

    def _other_steps(self, was: list[object], now: list[object]) -> Iterator[Difference]:
        if Aspect.COMMANDS not in self.allowed and not self._same_commands(was, now):
            yield Difference(Aspect.COMMANDS, f"{self.where}{_changed_run(was, now, self.old, self.new)}")
        if Aspect.LAYER_ORDER not in self.allowed and self._in_order(was, now) != self._in_order(now, was):
            yield Difference(Aspect.LAYER_ORDER, f"{self.where}steps run in another order")

    def _in_order(self, keys: list[object], other: list[object]) -> list[object]:
        """The steps whose order counts. What is new or gone is another aspect's matter, but for a copy.

        One more or one less of those may leave the same files in the end, and other ones for a RUN in between.
        """
        here, there = Counter(keys), Counter(other)
        all_copies = Aspect.FILES not in self.allowed
        return [key for key in keys if here[key] == there[key] or (all_copies and isinstance(key, _CopyKey))]

    def _same_commands(self, was: list[object], now: list[object]) -> bool:
        runs_before, runs_now = Counter(filter(_counts, was)), Counter(filter(_counts, now))
        if runs_before == runs_now:
            return True
        if Aspect.USER not in self.allowed or runs_before - runs_now:
            return False
        added = runs_now - runs_before
        pairs = zip(_runs(self.new), filter(_is_run, now), strict=True)
        return all(_is_account_work(step) for step, key in pairs if key in added)


def _runs(stage: StageImage) -> list[Step]:
    return [step for step in stage.steps if isinstance(step.instruction, Run)]


def _is_run(key: object) -> bool:
    return isinstance(key, _RunKey)


def _counts(key: object) -> bool:
    """Whether a step is a RUN of which something is left."""
    return isinstance(key, _RunKey) and key.text != ()


def _is_account_work(step: Step) -> bool:
    return bool(step.commands) and all(is_account_work(item) for item in step.commands or ())


def _programs(step: Step) -> Hashable | None:
    """Which programs a RUN calls, in which order and how joined, whatever their options; None where that is unknown."""
    if not step.commands:
        return None
    return tuple(
        (item.program.name, item.command.name, item.command.operator, item.command.within, item.command.redirects)
        for item in step.commands
    )


# What of a RUN does not count where an aspect may change; () where nothing is left that does.
_REDUCED: dict[Aspect, Callable[[Step], Hashable]] = {
    Aspect.BUILD_CACHE: without_cache_flags,
    Aspect.SYSTEM_PACKAGES: without_packages,
    Aspect.COMMAND_WORDS: _programs,
}


def _reduced(
    keys: list[object], stage: StageImage, other: set[object], without: Callable[[Step], Hashable]
) -> Iterator[object]:
    """The keys of a stage, those in `other` without what does not count."""
    runs = iter(_runs(stage))
    for key in keys:
        if isinstance(key, _RunKey):
            step = next(runs)
            text = without(step) if key in other else None
            key = key if text is None else key._replace(text=text)
        yield key


def _changed_run(was: list[object], now: list[object], old: StageImage, new: StageImage) -> str:
    """A RUN that has no counterpart, in words."""
    there, kept = Counter(filter(_counts, was)), Counter(filter(_counts, now))
    for keys, stage, unmatched in ((now, new, kept - there), (was, old, there - kept)):
        for key, step in zip(filter(_is_run, keys), _runs(stage), strict=True):
            if key in unmatched:
                return f"a RUN is new, gone or changed: {' '.join(step.instruction.arguments.text.split())[:80]}"
    return "commands run in another number"


def _users(keys: Sequence[object], stage: StageImage) -> dict[object, list[str | None]]:
    """As whom each RUN runs."""
    users: dict[object, list[str | None]] = {}
    for key, step in zip(filter(_is_run, keys), _runs(stage), strict=True):
        users.setdefault(key, []).append(step.before.user)
    return users


def _folder_owners(stage: StageImage) -> dict[str | None, str | None]:
    """Who owns the folders that WORKDIR makes: the user at that point. Seen on an engine; BuildKit dispatchWorkdir."""
    owners: dict[str | None, str | None] = {}
    for step in stage.steps:
        if isinstance(step.instruction, Workdir):
            owners.setdefault(step.after.workdir, step.before.user)
    return owners


def _other_users(was: dict[object, list[str | None]], now: dict[object, list[str | None]]) -> bool:
    """Whether a RUN that is there before and after, as often, runs as another user."""
    return any(len(was[key]) == len(now[key]) and was[key] != now[key] for key in was.keys() & now.keys())
