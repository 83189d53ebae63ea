"""What is known of an image's writing: places, and why they may not be all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from dockerfix.frozen import frozen, mutable

__all__ = ["SOME_NAME", "Doubts", "Writes", "Written", "deciding"]

# Stands among `Writes.unknown` for files below the working directory.
SOME_NAME = "a file name that is only known at run time"


@frozen
class Written:
    """A place that a program writes to: an absolute path in the image.

    `is_folder` tells that files come to stand in it, `is_exact` that their names are known; `needs_folder` that
    something is made, replaced or deleted beside the file, as SQLite does. `source` is "main.py:14"; `service` names
    the service of a compose file that alone writes there. `with_content` tells that what the build left in the folder
    is written to as well.
    """

    path: str
    source: str
    is_folder: bool = False
    is_exact: bool = True
    needs_folder: bool = True
    service: str = ""
    with_content: bool = False


def deciding(names: Iterable[str], environment: Mapping[str, str | None]) -> list[str]:
    """The variables of an environment that replace a default in the code.

    Args:
        names: as `Value.environment` holds them: `*data_dir` stands for each that ends so.
    """
    found = [name for name in names if name in environment]
    ends = tuple(name[1:].upper() for name in names if name.startswith("*"))
    return found + [name for name in environment if ends and name.upper().endswith(ends)]


@mutable
class Doubts:
    """Reasons, each with the first place that gives it and how many others do."""

    places: dict[str, list[str]] = field(default_factory=dict)

    def note(self, where: str, what: str) -> None:
        """Add a reason: `main.py:14`, `writes to a path …`; without a place the reason stands alone."""
        found = self.places.setdefault(what, [])
        if where not in found:
            found.append(where)

    @property
    def texts(self) -> tuple[str, ...]:
        """One sentence a reason."""
        return tuple(_sentence(what, places) for what, places in self.places.items())


def _sentence(what: str, places: list[str]) -> str:
    first = f"{places[0]} {what}".strip()
    more = len(places) - 1
    return first if not more else f"{first} ({more} more place{'s' if more > 1 else ''} like it)"


@mutable
class Writes:
    """All that is written: known places, and in `doubts` the reasons why that may not be all.

    `home` names what is kept in the home folder of the user, `needs` what the code does that a person has to look
    at: it runs a command of root's, or listens on a low port. `unknown` holds the libraries and programs of which
    it is not known whether and where they write, each with the first place that uses it: "chromadb": "main.py:3";
    they may write below the working directory and the home folder. `known` names the libraries of which it is known.
    `inside` are reasons why places are missing that certainly lie below the working directory: a relative name that
    is only known at run time.
    """

    places: list[Written] = field(default_factory=list)
    doubts: Doubts = field(default_factory=Doubts)
    home: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)
    inside: Doubts = field(default_factory=Doubts)
    known: set[str] = field(default_factory=set)
