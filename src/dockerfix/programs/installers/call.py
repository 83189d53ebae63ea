"""One command of a RUN with all that decides what it reads: folder, settings, and the files that are there by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Step
from dockerfix.image.transfers import Origin
from dockerfix.project.context.build_context import BuildContext
from dockerfix.shell import Command
from dockerfix.shell.cd import absolute_word

__all__ = ["Call", "Reading"]


@frozen
class Call:
    """A command and its surroundings.

    `program` is the command, its wrappers taken off. `placed` is what the copies above it left, place by place;
    `mounted` what the RUN mounts of the build context, image path to context path; `made` are image paths of files
    that came another way: written by a command above, copied from another stage. `configured` are the settings that
    commands above it made, as written (`poetry config virtualenvs.create false`).
    """

    item: RunCommand
    program: Command
    step: Step
    placed: Mapping[str, Origin]
    context: BuildContext
    mounted: Mapping[str, str] = field(default_factory=dict)
    made: frozenset[str] = frozenset()
    configured: frozenset[str] = frozenset()

    @property
    def workdir(self) -> str | None:
        """The folder it runs in; None when unknown."""
        return self.item.workdir

    def place(self, name: str, folder: str | None = None) -> str | None:
        """A path as the command sees it, absolute; None where its folder is unknown, or for `~`.

        Args:
            folder: the folder that a relative path starts from; the working directory where None.
        """
        return absolute_word(name, folder if folder is not None else self.workdir)

    def origin(self, place: str) -> str | None:
        """The context path of the file that a COPY, or a mount, brought to a place; None for any other file."""
        if place in self.mounted:
            return self.mounted[place]
        origin = self.placed.get(place)
        return origin[2] if origin is not None and origin[0] == "context" else None

    def is_there(self, place: str) -> bool:
        """Whether a file is known to stand at a place, wherever it came from."""
        return place in self.placed or place in self.mounted or place in self.made

    def below(self, folder: str) -> Iterator[tuple[str, str]]:
        """The files of the build context below a folder of the image: image path, context path."""
        top = folder.rstrip("/") + "/"
        for place, origin in self.placed.items():
            if place.startswith(top) and origin[0] == "context":
                yield place, origin[2]

    def written(self) -> str | None:
        """The file that the command's output goes to, absolute; None where it goes nowhere or that is unknown."""
        for redirect in self.item.command.redirects:
            target = redirect.removeprefix("1").lstrip("> ")
            if redirect.removeprefix("1").startswith(">") and not target.startswith("&") and "$" not in target:
                return self.place(target.strip("'\""))
        return None

    def setting(self, *names: str) -> str | None:
        """The value of the first of these environment variables that is set, if only to something unknown ("").

        None when none of them is set as far as the Dockerfile tells.
        """
        own = dict(self.item.command.assignments)
        for name in names:
            if name in own:
                return own[name].value or ""
            for known in (self.step.before.args, self.step.before.env):
                if name in known:
                    return known[name] or ""
        return None


class Reading:
    """Collects the files that an install reads in one folder of the image."""

    def __init__(self, call: Call, folder: str | None) -> None:
        self.call = call
        self.folder = folder
        self.reads: dict[str, str] = {}

    def take(self, name: str) -> str | None:
        """Note a file if it is there.

        Args:
            name: its path, as seen from the folder.
        Returns:
            Its context path; None where it is not there, or did not come from the build context.
        """
        place = self.call.place(name, self.folder) if self.folder is not None or name.startswith("/") else None
        origin = self.call.origin(place) if place is not None else None
        if place is None or origin is None:
            return None
        if place not in self.call.mounted:
            self.reads[place] = origin
        return origin

    def take_named(self, name: str | None) -> str | None:
        """Note a file that an option names; why that is not certain, or None.

        One that is not there may come to be there by the time of the build, where the source is copied to.
        """
        place = self.call.place(name, self.folder) if name is not None else None
        if place is None:
            return "the command names a file that is only known at build time"
        top = (self.folder or "/").rstrip("/") + "/"
        if self.take(place) is None and not self.call.is_there(place) and place.startswith(top):
            return f"{name} is not among the files copied from the build context"
        return None

    def has(self, name: str) -> bool:
        """Whether a file is there, wherever it came from."""
        place = self.call.place(name, self.folder) if self.folder is not None else None
        return place is not None and self.call.is_there(place)

    def take_archive(self, name: str) -> bool:
        """Note a wheel or another archive of a package; False where the path is none, or is not there."""
        return name.endswith((".whl", ".tar.gz", ".zip", ".tgz")) and self.take(name) is not None

    def lacks(self, *names: str) -> str | None:
        """That none of these files is there, one of which the command demands; None where one is."""
        if any(map(self.has, names)):
            return None
        return f"{names[0]} is not among the files copied from the build context, and the command demands it"

    def take_below(self, name: str) -> str | None:
        """Note all files below a folder; the context folder that they came from, None for one or for many."""
        place = self.call.place(name, self.folder) if self.folder is not None or name.startswith("/") else None
        if place is None:
            return None
        found = dict(self.call.below(place))
        self.reads.update(found)
        roots = {root for at, path in found.items() if (root := _root(path, at[len(place) + 1 :])) is not None}
        return roots.pop() if len(roots) == 1 else None


def _root(path: str, inside: str) -> str | None:
    """The context folder that a file lies in, given its path inside the folder."""
    return path[: -len(inside) - 1] if path.endswith(f"/{inside}") else None
