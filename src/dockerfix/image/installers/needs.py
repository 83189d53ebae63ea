"""Which command of a RUN needs the source that is to move below it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dockerfix.image.independence import needs_files, writes_over
from dockerfix.image.installers.contract import Install
from dockerfix.image.installers.early import EarlyCopy
from dockerfix.image.installers.filled import unignored
from dockerfix.image.installers.known_words import with_values
from dockerfix.image.model import Step
from dockerfix.project.context import BuildContext

__all__ = ["Need", "Needs"]


@dataclass(frozen=True, slots=True)
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
            if reason is not None:
                return Need(number, reason)
        return None

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
