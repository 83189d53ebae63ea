"""The state at one point of a build: working directory, user, shell, environment; and words expanded in it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Set
from dataclasses import field
from typing import Literal, NamedTuple

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.shell.cd import absolute

__all__ = [
    "DEFAULT_SHELL",
    "POSIX_SHELLS",
    "Expansion",
    "State",
    "absolute",
    "expand",
    "expansion",
    "folders_above",
    "is_root",
]

DEFAULT_SHELL = ("/bin/sh", "-c")
POSIX_SHELLS = {"sh", "bash", "ash", "dash", "zsh", "ksh"}
_ROOT = {"", "root", "0"}
# Characters that variables may bring into a word, half of what Linux takes for a path: `ENV A=$A$A` doubles each time.
ROOM = 2048
_MODIFIED = regex(r"\$\{\w+[#%/]")
_MOST_STARS = 2  # of the patterns of `${A%.*}`: the lexer's matcher takes value ** (stars + 1) steps
_MODIFIED_ROOM = 256


def is_root(user: str | None) -> bool | None:
    """Whether a USER value means root; None when the value is unknown."""
    return None if user is None else user.partition(":")[0] in _ROOT


def folders_above(path: str) -> set[str]:
    """An absolute path and all folders that it lies in."""
    found = {path}
    while (above := posixpath.dirname(path)) != path:  # "//" lies in itself, as POSIX has it
        path = above
        found.add(path)
    return found


@frozen
class State:
    """What holds before or after a step. None is "unknown" everywhere.

    `env` and `args` map names to values; a name that is set to something unknown maps to None. An ARG has the value
    of a build without `--build-arg`. `env_complete` tells that a name in neither is known to be unset. `folders` are
    folders of the image known to exist; `ground` tells what else the base image has: nothing, what is usual for a
    distribution, or who knows what. `varying` are the variables whose value an ARG decides, so that `--build-arg` may
    change it.
    """

    workdir: str | None = "/"
    user: str | None = ""
    shell: tuple[str, ...] | None = DEFAULT_SHELL
    env: Mapping[str, str | None] = field(default_factory=dict)
    args: Mapping[str, str | None] = field(default_factory=dict)
    env_complete: bool = True
    folders: frozenset[str] = frozenset({"/"})
    ground: Literal["empty", "usual", "unknown"] = "empty"
    varying: Set[str] = frozenset()
    room: int = ROOM

    @property
    def is_root(self) -> bool | None:
        """Whether steps run as root; None when unknown."""
        return is_root(self.user)

    @property
    def is_posix(self) -> bool:
        """Whether shell form is read by a POSIX shell."""
        return bool(self.shell and self.shell[0].rsplit("/", 1)[-1] in POSIX_SHELLS)

    def knows(self, name: str) -> bool:
        """Whether ENV or ARG set a variable, if only to something unknown."""
        return name in self.env or name in self.args

    def variable(self, name: str) -> str | None:
        """The value that `$name` has in an instruction: "" when known to be unset, None when unknown.

        Where an ARG stands below an ENV of the same name, Docker's reference says that ENV wins, and BuildKit takes
        the ARG: unknown, unless they agree.
        """
        if name in self.args:
            value = self.args[name]
            return value if name not in self.env or self.env[name] == value else None
        if name in self.env:
            return self.env[name]
        return "" if self.env_complete else None


class _UnknownVariable(Exception):
    pass


class _Lookup(dict[str, str]):
    """Variables for the lexer; asking for an unknown one ends the expansion. `varies` tells of one that may vary.

    Args:
        room: how many characters it may hand out.
    """

    def __init__(self, state: State, room: int) -> None:
        super().__init__()
        self._state = state
        self._room = room
        self.varies = False

    def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]
        self.varies = self.varies or name in self._state.varying
        value = self._state.variable(name)
        self._room -= len(value or "")
        if value is None or self._room < 0:
            raise _UnknownVariable
        return value if self._state.knows(name) else None


class Expansion(NamedTuple):
    """A word with its variables replaced, None when one is unknown; and whether an ARG decides what it is."""

    value: str | None
    varies: bool = False


def expansion(word: str, state: State, escape: str) -> Expansion:
    """A word of an instruction with variables replaced and quotes taken off.

    Source: Docker reference, "Environment replacement"; BuildKit `frontend/dockerfile/shell/lex.go`.
    """
    if not any(char in word for char in ("$", '"', "'", escape)):
        return Expansion(word)
    from e2b_dockerfile_utils import ShellLex

    is_modified = _MODIFIED.search(word) is not None
    if is_modified and word.count("*") > _MOST_STARS:
        return Expansion(None, varies=True)
    variables = _Lookup(state, min(state.room, _MODIFIED_ROOM) if is_modified else state.room)
    try:
        value = ShellLex(escape, env=variables, skip_unset_env=False).process_word(word)
    except (_UnknownVariable, ValueError, RecursionError):  # the last one: `${A:-${B:-…}}` without end
        return Expansion(None, variables.varies)
    return Expansion(value, variables.varies)


def expand(word: str, state: State, escape: str) -> str | None:
    """As `expansion`, the value alone."""
    return expansion(word, state, escape).value
