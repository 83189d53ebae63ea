"""Which command of a RUN needs the source that is to move below it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Step
from dockerfix.plans.order.changing import changes_files, written_places
from dockerfix.plans.order.early import EarlyCopy
from dockerfix.plans.order.filled import unignored
from dockerfix.plans.order.independence import needs_files, writes_over
from dockerfix.plans.order.known_words import with_values
from dockerfix.programs.installers.contract import Install
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.git_ignored import is_git_ignored

__all__ = ["Need", "Needs"]

_MAKES_EXECUTABLE = frozenset({"+x", "a+x", "u+x", "ugo+x", "755", "0755", "775", "777"})
_EXECUTE = 0o100  # by its owner; git knows no other


@frozen
class Need:
    """The command of a RUN, 0-based, that needs the source, and why; `install` where it is one."""

    number: int
    reason: str
    install: Install | None = None


class Needs:
    """What commands need of copies that are to move; `needed` are the places that stay, as installs read them."""

    def __init__(self, copies: Sequence[EarlyCopy], needed: Mapping[str, str], context: BuildContext) -> None:
        """Args: copies: those that are to move by now; the list may grow."""
        self.copies = copies
        self.needed = needed
        self.context = context

    def places(self) -> dict[str, str]:
        """Where the source lies that moves."""
        return {place: path for copy in self.copies for place, path in copy.places.items()}

    def first(self, step: Step, found: tuple[Install, ...], exposed: list[str], start: int = 0) -> Need | None:
        """The first command of a RUN that may need what moves, from the one with the number `start` on.

        What the copies would bring into folders that the commands in front of it fill, were it there, is put into
        `exposed`.
        """
        if step.commands is None:
            return Need(0, "a RUN in between cannot be read")
        moving = frozenset(place for place in self.places() if self.needed.get(place) is None)
        folders = step.before.folders | {posixpath.dirname(place) for place in self.needed}
        for number, item in enumerate(with_values(step.commands, step.before)[start:], start):
            written = step.commands[number].program
            install = next((one for one in found if one.command == written), None)
            if install is not None:
                reason = install.problem or self.replaced(install, exposed)
                if reason is not None:
                    return Need(number, reason, install)
            previous = step.commands[number - 1] if number else None
            own = install is not None and not install.by_name
            reason = writes_over(item, moving) if own else needs_files(item, moving, folders, previous)
            if reason is None and not own:
                reason = changes_files(item, self._returning(item))
            if reason is not None:
                return Need(number, reason)
            if not own:
                exposed += self._left_behind(item)
        return None

    def _returning(self, item: RunCommand) -> frozenset[str]:
        """The places that an install reads and that the copies bring again, without those that stay as they are.

        `chmod +x` does nothing to what is executable in the context, and what mends line ends nothing to good ones.
        """
        copies = [copy for copy in self.copies if self._brings_folder(copy)]
        brought = {place: path for copy in copies for place, path in copy.places.items()}
        places = {place: path for place, path in brought.items() if self.needed.get(place) is not None}
        words = [word or "" for word in item.program.argv]
        if item.program.name == "chmod" and any(word in _MAKES_EXECUTABLE for word in words):
            return frozenset(one for one, path in places.items() if not (self.context.mode(path) or 0) & _EXECUTE)
        if item.program.name == "dos2unix" or any("\\r" in word for word in words if item.program.name == "sed"):
            return frozenset(one for one, path in places.items() if "\r" in (self.context.text(path) or "\r"))
        return frozenset(places)

    def _brings_folder(self, copy: EarlyCopy) -> bool:
        """Whether a copy brings more than files by their names, of which those that are needed are taken out."""
        assert copy.step.transfer is not None
        return not all(self.context.is_file(source.path or "") for source in copy.step.transfer.sources)

    def _left_behind(self, item: RunCommand) -> list[str]:
        """Paths of the context that Git ignores: what a command makes there, a local build may have left there too."""
        written = [place for place in written_places(item) if place not in self.needed]
        paths = {
            path for copy in self.copies for place in written for path in unignored(copy.step, place, self.context)
        }
        return sorted(path for path in paths if is_git_ignored(self.context, path))

    def replaced(self, install: Install, exposed: list[str]) -> str | None:
        """Why a copy below the install would replace what it leaves; what only may be there goes to `exposed`."""
        for copy in self.copies:
            made = next((place for place in install.makes if place in copy.places), None)
            if made is not None:
                return f"{install.tool} writes {posixpath.basename(made)}, which the copy brings too"
            for folder in install.fills:
                inside = next((place for place in copy.places if place.startswith(folder.rstrip("/") + "/")), None)
                if inside is not None:
                    return f"the copied {posixpath.basename(folder)} would replace what {install.tool} installs"
                exposed += unignored(copy.step, folder, self.context)
        return None
