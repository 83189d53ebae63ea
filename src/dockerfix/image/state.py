"""The state at one point of a build: working directory, user, shell, environment; and words expanded in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["DEFAULT_SHELL", "POSIX_SHELLS", "State", "expand", "is_root"]

DEFAULT_SHELL = ("/bin/sh", "-c")
POSIX_SHELLS = {"sh", "bash", "ash", "dash", "zsh", "ksh"}
_ROOT = {"", "root", "0"}


def is_root(user: str | None) -> bool | None:
    """Whether a USER value means root; None when the value is unknown."""
    return None if user is None else user.partition(":")[0] in _ROOT


@dataclass(frozen=True, slots=True)
class State:
    """What holds before or after a step. None is "unknown" everywhere.

    `env` and `args` map names to values; a name that is set to something unknown maps to None.
    `env_complete` tells that a name in neither is known to be unset. `folders` are folders of the image
    known to exist.
    """

    workdir: str | None = "/"
    user: str | None = ""
    shell: tuple[str, ...] | None = DEFAULT_SHELL
    env: Mapping[str, str | None] = field(default_factory=dict)
    args: Mapping[str, str | None] = field(default_factory=dict)
    env_complete: bool = True
    folders: frozenset[str] = frozenset({"/"})

    @property
    def is_root(self) -> bool | None:
        """Whether steps run as root; None when unknown."""
        return is_root(self.user)

    @property
    def is_posix(self) -> bool:
        """Whether shell form is read by a POSIX shell."""
        return self.shell is not None and self.shell[0].rsplit("/", 1)[-1] in POSIX_SHELLS

    def variable(self, name: str) -> str | None:
        """The value that `$name` has in an instruction: "" when known to be unset, None when unknown."""
        if name in self.env:
            return self.env[name]
        if name in self.args:
            return self.args[name]
        return "" if self.env_complete else None


class _UnknownVariable(Exception):
    pass


class _Lookup(dict[str, str]):
    """Variables for the lexer; asking for an unknown one ends the expansion."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state

    def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]
        if name in self._state.env or name in self._state.args:
            value = self._state.variable(name)
            if value is None:
                raise _UnknownVariable
            return value
        if not self._state.env_complete:
            raise _UnknownVariable
        return None


def expand(word: str, state: State, escape: str) -> str | None:
    """A word of an instruction with variables replaced and quotes taken off; None when a variable is unknown.

    Source: Docker reference, "Environment replacement"; BuildKit `frontend/dockerfile/shell/lex.go`.
    """
    if not any(char in word for char in ("$", '"', "'", escape)):
        return word
    from e2b_dockerfile_utils import ShellLex

    try:
        return ShellLex(escape, env=_Lookup(state), skip_unset_env=False).process_word(word)
    except (_UnknownVariable, ValueError):
        return None
