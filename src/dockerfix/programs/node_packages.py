"""The package of the project that a Node program belongs to, found by way of the stage that built it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.manifests.package_json import package_json

__all__ = ["BuiltFrom", "built_from", "package_folders", "ways"]


@frozen
class BuiltFrom:
    """Where a place of an image comes from.

    `folder` is that of the package in the context, "" for its root; `top` the folder of the stage in which the package
    lies.
    """

    folder: str
    top: str


def built_from(model: Image, stage: StageImage, place: str) -> BuiltFrom | None:
    """The package that a file of an image lies in or was built from; None where no package.json is found for it."""
    for earlier, path in ways(model, stage, place):
        found = _nearest(model, earlier, path)
        if found is not None:
            return found
    return None


def ways(model: Image, stage: StageImage, place: str) -> Iterator[tuple[StageImage, str]]:
    """A place of an image, and the places of other stages that a copy may have taken it from, the nearest first."""
    seen: set[tuple[str, str]] = set()
    waiting = [(stage, place)]
    while waiting:
        stage, place = waiting.pop(0)
        if (stage.name, place) not in seen:
            seen.add((stage.name, place))
            yield stage, place
            waiting += _earlier(model, stage, place)


def _nearest(model: Image, stage: StageImage, place: str) -> BuiltFrom | None:
    files = context_files(model, stage)
    folder = place
    while folder.strip("/"):
        folder = posixpath.dirname(folder)
        if (path := files.get(posixpath.join(folder, "package.json"))) is not None:
            return BuiltFrom(posixpath.dirname(path), folder)
    return None


def _earlier(model: Image, stage: StageImage, place: str) -> Iterator[tuple[StageImage, str]]:
    """Where copies from other stages may have taken a file, the last one first."""
    for step in reversed(stage.all_steps):
        item = step.transfer
        if item is None or item.destination is None or not f"{place}/".startswith(item.destination.rstrip("/") + "/"):
            continue
        inside = posixpath.relpath(place, item.destination)
        for source in item.sources:
            found = [one for one in model.stages if source.origin in (one.name, str(one.stage.index))]
            if source.kind == "stage" and source.path is not None and found:
                top = f"/{posixpath.dirname(source.path) if source.has_wildcard else source.path}"
                named = item.into_folder and posixpath.basename(top) == inside
                yield found[-1], posixpath.normpath(top if named else posixpath.join(top, inside))


def package_folders(context: BuildContext, folder: str) -> tuple[str, ...]:
    """The folder of a package, and those of the packages of the project that it depends on."""
    return _package_folders(context, folder)


@memoised_on("code")
def _package_folders(context: BuildContext, folder: str) -> tuple[str, ...]:
    names = _own_packages(context)
    found: list[str] = []
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        if folder not in found:
            found.append(folder)
            wanted = package_json(context, f"{folder}/package.json".lstrip("/")).dependencies
            waiting += [names[name] for name in wanted if name in names]
    return tuple(found)


@memoised_on("code")
def _own_packages(context: BuildContext) -> dict[str, str]:
    manifests = [path for path in own_paths(context) if posixpath.basename(path) == "package.json"]
    return {str(package_json(context, path).data.get("name")): posixpath.dirname(path) for path in manifests}
