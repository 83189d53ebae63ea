"""Base images whose release gets no fixes any more, and the release that the project has tried or that comes next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.base.written_reference import written_reference
from dockerfix.project.bases.images import is_floating_tag, python_releases, python_tag
from dockerfix.project.bases.tags import pinned_tag, suite_number, tag_parts
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.releases.runtime_versions import stated_versions
from dockerfix.project.releases.stated import checked, end_of, releases, successor
from dockerfix.syntax.references import ImageReference
from dockerfix.text import Edit

__all__ = ["EndOfLife", "ended_bases"]

_NODE_IN_CI = re.compile(r"""node(?:-version)?['"]?:[ \t]*(\[[^\]\n]*\]|[^\n#]+)""")
_NUMBER = re.compile(r"(?<![\d.])(\d+)(?:\.\d+|\.x)*")


@frozen(eq=False)
class EndOfLife:
    """A base image whose release was given up on the day `end`; the first stage that starts from it, and all of them.

    `other` is the release to go to, `because` what speaks for it; `edits` change every stage, none where one cannot
    be changed.
    """

    stage: StageImage
    reference: ImageReference
    version: str
    end: date
    other: str = ""
    because: str = ""
    edits: tuple[Edit, ...] = ()


def ended_bases(model: Image) -> Iterator[EndOfLife]:
    """Each image and release that was given up, once."""
    seen: dict[tuple[str, str], list[tuple[StageImage, ImageReference]]] = {}
    for stage in model.stages:
        reference = stage.reference if stage.base is None else None
        if reference is None or is_floating_tag(reference, model.context.base_images):
            continue
        version = _line(reference)
        if version and _end(reference.familiar_name, version) is not None:
            seen.setdefault((reference.familiar_name, version), []).append((stage, reference))
    for (name, version), places in seen.items():
        stage, reference = places[0]
        end = _end(name, version)
        assert end is not None
        other, because = _other(model.context, name, version)
        edits = [_edit(model, one, ref, other) for one, ref in places] if other else []
        known = tuple(edit for edit in edits if edit is not None)
        yield EndOfLife(stage, reference, version, end, other, because, known if len(known) == len(edits) else ())


def _line(reference: ImageReference) -> str:
    tag = reference.tag or ""
    if reference.familiar_name == "python":
        return python_tag(tag).release or ""
    parts = tag_parts(tag)
    return parts.version.removeprefix("v") or suite_number(parts.distribution, parts.suite)


def _end(name: str, version: str) -> date | None:
    if name == "python":
        release = python_releases().get(version)
        return release.end_of_life if release is not None and release.end_of_life <= checked() else None
    return end_of(name, version)


def _other(context: BuildContext, name: str, version: str) -> tuple[str, str]:
    """The release to go to: one that the project names elsewhere, else the one with long-term support, or the next."""
    for version_said, because in _evidence(context, name):
        if _end(name, version_said) is None and _key(version_said) > _key(version) and _is_known(name, version_said):
            return version_said, because
    known = releases(name)
    if name == "python":
        kept = [line for line, row in python_releases().items() if row.end_of_life > checked()]
        return (kept[0], f"{kept[0]} is the next one that is kept up") if kept else ("", "")
    if known is None or successor(name) is not None:
        return "", ""
    if known.stable is not None:
        return known.stable, f"{known.stable} is the newest with long-term support"
    kept = [line for line, end in known.ends.items() if end > checked() and _key(line) > _key(version)]
    if name == "node":
        kept = [line for line in kept if int(line) % 2 == 0]  # of the others none gets long-term support
    found = min(kept, key=_key, default=known.newest)
    return found, f"{found} is the next one that is kept up"


def _evidence(context: BuildContext, name: str) -> Iterator[tuple[str, str]]:
    yield from ((one.version, one.because) for one in stated_versions(context, name))
    if name != "node":
        return
    for path in context.paths() if context.known else ():
        if not path.startswith(".github/workflows/"):
            continue
        found = [int(n) for value in _NODE_IN_CI.findall(context.text(path) or "") for n in _NUMBER.findall(value)]
        if found:
            yield str(max(found)), f"{path} tries the project on Node {max(found)}"


def _is_known(name: str, version: str) -> bool:
    known = releases(name)
    return known is not None and (version in known.ends or version in (known.newest, known.stable))


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _edit(model: Image, stage: StageImage, reference: ImageReference, other: str) -> Edit | None:
    """None where the tag names a suite too, of which nothing is known for the other release, or a digest."""
    parts = tag_parts(reference.tag or "")
    written = written_reference(model.dockerfile, stage.stage.start, dict(model.global_args))
    if parts.suite or reference.digest or written is None or (reference.familiar_name == "python" and parts.numbers):
        return None
    kept = "-".join(part for part in (reference.tag or "").split("-")[1:])
    return written.edit(reference.with_tag(pinned_tag(kept, other)))
