"""Copies of source, and those that stand beside them: what moves below an install that does not need it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from dockerfix.frozen import mutable
from dockerfix.image.model import Step
from dockerfix.image.transfers import placed_files
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Add, Copy, Instruction

__all__ = ["EarlyCopy", "early_copies", "is_code", "is_source"]

# Folders whose files the system or a tool reads by itself; a copy there is no application source.
_SYSTEM = tuple(
    "/etc/ /bin/ /sbin/ /lib/ /lib64/ /root/. /var/ /tmp/ /run/ /usr/bin/ /usr/sbin/ /usr/lib/ /usr/lib64/ "
    "/usr/libexec/ /usr/include/ /usr/share/ /usr/local/bin/ /usr/local/sbin/ /usr/local/lib/ /usr/local/lib64/ "
    "/usr/local/include/ /usr/local/etc/ /usr/local/share/".split()
)
_WEB_ROOTS = ("/var/www/", "/var/task/", "/usr/share/nginx/", "/var/app/")
_CODE = tuple(
    ".py .pyx .ipynb .html .js .css .ts .tsx .jsx .mjs .cjs .vue .svelte .astro .go .rs .rb .erb .php .java .kt .scala "
    ".cs .fs .vb .ex .exs .eex .heex .c .cc .cpp .h .swift .dart .scss .less .sql .graphql".split()
)

_SETTINGS = frozenset(
    "pip.conf pip.ini condarc nuget.config settings.xml gradle.properties auth.json bunfig.toml uv.toml config.toml "
    "netrc config.json".split()
)
_KEYS = (".crt", ".pem", ".cer", ".key", ".gpg", ".asc", ".list", ".repo")


@mutable
class EarlyCopy:
    """A copy of source that stands too early.

    `needed` are the image paths that an install reads of it; `reader` is the first instruction below the copy that
    looks at them, None where nothing does.
    """

    step: Step
    places: Mapping[str, str]
    needed: dict[str, str]
    reader: Instruction | None = None

    @property
    def instruction(self) -> Copy | Add:
        """The COPY or ADD."""
        assert self.step.transfer is not None  # only copies are collected
        return self.step.transfer.instruction


def early_copies(
    steps: Sequence[Step], needed: Mapping[str, str], context: BuildContext, *, together: bool
) -> dict[int, EarlyCopy]:
    """The copies of a stage that may stand too early, by the index of the instruction.

    Args:
        needed: what the installs of the stage read, image path to context path.
        together: whether copies go along that stand side by side with a copy of source, whatever they bring.
    """
    found: dict[int, EarlyCopy] = {}
    for group in _side_by_side(steps, needed, context):
        if any(map(is_source, group)):
            moving = [one for one in group if is_source(one) or (together and not _may_steer(one))]
            found.update({one.step.instruction.index: one for one in moving})
    return found


def _side_by_side(steps: Sequence[Step], needed: Mapping[str, str], context: BuildContext) -> Iterator[list[EarlyCopy]]:
    group: list[EarlyCopy] = []
    for step in steps:
        if step.transfer is None:
            yield group
            group = []
        elif (copy := _copy(step, needed, context)) is not None:
            group.append(copy)
    yield group


def _copy(step: Step, needed: Mapping[str, str], context: BuildContext) -> EarlyCopy | None:
    """A copy from the build context that brings more than what an install needs."""
    item = step.transfer
    if item is None or not all(source.kind == "context" for source in item.sources):
        return None
    places = {place: origin[2] for place, origin in (placed_files(item, context) or {}).items()}
    if any(place.startswith(_SYSTEM) and not place.startswith(_WEB_ROOTS) for place in places):
        return None
    own = {place: path for place, path in needed.items() if places.get(place) == path}
    return EarlyCopy(step, places, own) if len(own) < len(places) else None


def _may_steer(copy: EarlyCopy) -> bool:
    """Whether a copy brings what programs look for without being told, in a home for instance: settings, keys."""
    assert copy.step.transfer is not None
    names = [posixpath.basename(source.path or "") for source in copy.step.transfer.sources]
    return any(name.startswith(".") or name.lower() in _SETTINGS or name.endswith(_KEYS) for name in names)


def is_code(path: str) -> bool:
    """Whether a file is one of those that people edit every day."""
    return path.endswith(_CODE)


def is_source(copy: EarlyCopy) -> bool:
    """Whether a copy brings what people edit: a folder, or a file of code; a lone setting may steer an install."""
    assert copy.step.transfer is not None
    everything = copy.step.transfer.sources[0].path == "."
    return everything or any(is_code(path) for place, path in copy.places.items() if place not in copy.needed)
