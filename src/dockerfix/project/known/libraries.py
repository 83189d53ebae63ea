"""What is known of libraries: what each writes, from `data/libraries_python.toml` and `data/libraries_javascript.toml`.

A library without a record is unknown, and may write anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from dockerfix.frozen import frozen
from dockerfix.project.manifests.dependencies import normal_name
from dockerfix.tables import table

__all__ = ["Libraries", "Library", "Writing", "javascript_libraries", "python_libraries"]

_SAY_NOTHING = {"writes", "source", "package", "folder", "home", "starts"}  # about calls, settings and programs
_WRITINGS = ("calls", "methods", "settings")


@frozen
class Writing:
    """A call, a method or a setting by which a library writes, and where the path stands in it.

    `name` of a call is what stands behind the module, its last parts at least ("PersistentClient",
    "handlers.RotatingFileHandler"). `at` is the position of the path, None where only a keyword names it, -1 where
    the object itself is the path; `keyword` may name several, parted by "|". Without the argument `default` is
    written, where there is one. `suffix` is put behind the path. `mode` is the position of an argument that says
    whether it is opened for writing. `vague` methods are named like those of other things: what they are given has
    to look like a file. `beside`: a relative path starts at the folder of the calling module. `kind` is as in `Write`.
    """

    library: str
    name: str
    kind: str
    at: int | None = None
    keyword: str = ""
    default: str = ""
    suffix: str = ""
    mode: int | None = None
    vague: bool = False
    beside: bool = False

    @property
    def keywords(self) -> tuple[str, ...]:
        """The names under which the path may be given."""
        return tuple(self.keyword.split("|")) if self.keyword else ()


@frozen
class Library:
    """One record. `name` is the module that is imported, `package` what is installed, normalised.

    `writes` is `nothing`, `told` (only what its calls, methods and settings name), `here` (also by itself, in the
    folder `folder` of the working directory, "." for the directory) or `elsewhere` (settings say where). `home` is
    what it keeps below the home folder. `starts` names what it runs besides, "a browser"; `variables` name the folders
    of its caches. `programs` are the commands that it installs.
    """

    name: str
    package: str
    writes: str
    source: str
    folder: str = ""
    home: str = ""
    starts: str = ""
    programs: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    calls: tuple[Writing, ...] = ()
    methods: tuple[Writing, ...] = ()
    settings: tuple[Writing, ...] = ()


class _Records(Mapping[str, Library]):
    """Records by their name, each made when it is asked for."""

    def __init__(self, rows: Mapping[str, object], make: Callable[[str], Library]) -> None:
        self._made: dict[str, Library] = {}
        self._rows = rows
        self._make = make

    def __getitem__(self, name: str) -> Library:
        if name not in self._made:
            if name not in self._rows:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(eq=False)
class Libraries:
    """The records of one language by the module that is imported; `writers` are those that say more than `nothing`."""

    records: Mapping[str, Library]
    writers: tuple[Library, ...]
    separator: str
    patterns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.patterns = tuple(name[:-1] for name in self.records if name.endswith("*"))

    def of(self, module: str) -> Library | None:
        """The record of a module, or of the nearest one that it lies in (`google.cloud.storage`)."""
        name = module
        while name:
            if name in self.records:
                return self.records[name]
            name = name.rpartition(self.separator)[0]
        pattern = next((one for one in self.patterns if module.startswith(one)), None)
        return self.records[f"{pattern}*"] if pattern is not None else None

    def call(self, name: str, module: str = "") -> tuple[Writing, ...]:
        """What a called object writes, by its full name; several where several arguments name a place.

        Args:
            module: the part of the name that is the module, where that is known.
        """
        record = self.of(module or name) if name.rpartition(".")[2] in self._calls else None
        if record is None:
            return ()
        matching = [one for one in record.calls if name.endswith(f".{one.name}")]
        longest = max((len(one.name) for one in matching), default=0)
        return tuple(one for one in matching if len(one.name) == longest)

    def method(self, name: str) -> tuple[Writing, ...]:
        """What a method of that name may write, of whichever library the object is."""
        return self._methods.get(name, ())

    def settings(self, key: str) -> tuple[Writing, ...]:
        """What a setting of that name may name."""
        return self._settings.get(key, ())

    def started_by(self, program: str) -> Library | None:
        """The library whose program has this name."""
        return self._programs.get(program)

    @cached_property
    def _calls(self) -> frozenset[str]:
        return frozenset(one.name.rpartition(".")[2] for record in self.writers for one in record.calls)

    @cached_property
    def _methods(self) -> Mapping[str, tuple[Writing, ...]]:
        return _by_name(one for record in self.writers for one in record.methods)

    @cached_property
    def _settings(self) -> Mapping[str, tuple[Writing, ...]]:
        return _by_name(one for record in self.writers for one in record.settings)

    @cached_property
    def _programs(self) -> Mapping[str, Library]:
        return {program: record for record in self.writers for program in record.programs}

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Variables of the environment that name a folder which some library fills."""
        return tuple(dict.fromkeys(name for record in self.writers for name in record.variables))


def _by_name(writings: Iterable[Writing]) -> Mapping[str, tuple[Writing, ...]]:
    found: defaultdict[str, list[Writing]] = defaultdict(list)
    for one in writings:
        found[one.name].append(one)
    return {name: tuple(those) for name, those in found.items()}


@cache
def python_libraries() -> Libraries:
    """Python's libraries, its standard library among them."""
    return _read("libraries_python.toml", ".", normal_name)


@cache
def javascript_libraries() -> Libraries:
    """Packages of npm, and the modules of Node.js and Bun."""
    return _read("libraries_javascript.toml", "/", str)


def _read(name: str, separator: str, package: Callable[[str], str]) -> Libraries:
    """The records of a file."""
    data = table(Path(__file__).parents[1] / "data" / name)
    sources: dict[str, str] = data["sources"]
    said: dict[str, dict[str, Any]] = data["library"]
    records = _Records(said, lambda module: _library(module, said, sources, package))
    writers = tuple(records[module] for module, row in said.items() if not _SAY_NOTHING.issuperset(row))
    return Libraries(records, writers, separator)


def _library(
    module: str, records: dict[str, dict[str, Any]], sources: dict[str, str], package: Callable[[str], str]
) -> Library:
    said = records[module]
    given: dict[str, Any] = {key: value for key, value in said.items() if key != "like"}
    if "like" in said:
        given["calls"] = [*records[said["like"]]["calls"], *said.get("calls", ())]
    given |= {key: tuple(given.get(key, ())) for key in ("programs", "variables")}
    given |= {key: tuple(Writing(module, **one) for one in given.get(key, ())) for key in _WRITINGS}
    given["source"] = sources.get(said["source"], said["source"])
    return Library(**{"name": module, "package": package(module), **given})
