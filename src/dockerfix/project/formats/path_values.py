"""A path or string as far as it is known, and what joining and climbing make of it."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

__all__ = ["BELOW", "Value", "at_home", "is_file_name", "variable"]


@frozen
class Value:
    """A string or path as far as it is known.

    `base` says what it starts from: `cwd` (as written; only the working directory decides), `module` (a path in
    the context, worked out from `__file__`), `absolute`, `home`, `temp`, `instance` (Flask's folder for what an
    app keeps), `below`: a file name of which nothing is known but that it is no absolute path, or `variable`: the
    value of the one variable in `environment`, which has no default, with the text behind it. With `exact` False
    only this beginning is known. `certain` is False for a default that a caller, an option or a variable of the
    environment may replace; `environment` names such variables, with `*` in front where any that ends so may be
    meant, in upper or lower case, and options, `--out_file` for `--out-file`. `default` is the beginning of the
    text that stands for such a variable; None where several may, or text was cut.
    """

    text: str
    base: str = "cwd"
    exact: bool = True
    environment: tuple[str, ...] = ()
    certain: bool = True
    default: str | None = None

    def joined(self, other: Value | None) -> Value:
        """The path of `other` below this one; an absolute `other` takes its place, as `os.path.join` does."""
        if other is None:
            return replace(self, text=posixpath.join(self.text, ""), exact=False) if self.exact else self
        if other.base == "below":
            return self.joined(None)
        if other.base == "variable" and self.text:
            return replace(other, base="unknown", exact=False)  # absolute or not, nobody can tell
        if self.base == "variable" and self.exact and other.base == "cwd":
            return self._put(f"{self.text.rstrip('/')}/{other.text.lstrip('/')}", other)
        if other.base != "cwd" or other.text.startswith("/"):
            return other
        if not self.exact:
            return self
        return self._put(posixpath.join(self.text, other.text), other)

    def followed(self, other: Value | None) -> Value:
        """The text of `other` put directly behind."""
        if other is None or not self.exact or other.base != "cwd":
            return replace(self, exact=False)
        return self._put(self.text + other.text, other)

    def _put(self, text: str, other: Value) -> Value:
        environment = (*self.environment, *other.environment)
        default = None if other.environment else self.default
        return Value(text, self.base, other.exact, environment, self.certain and other.certain, default)

    def or_of_field(self, name: str) -> Value:
        """This value, where a field of a class of settings holds it, as a variable of the environment may replace it.

        Source: pydantic-settings, "Environment variable names": the field's name behind a prefix, in any case.
        """
        return self.or_of(f"*{name}")

    def or_of(self, *variables: str) -> Value:
        """This value, as a default that variables of the environment replace."""
        is_whole = not self.environment or self.default == self.text
        environment = (*self.environment, *variables)
        return replace(self, environment=environment, default=self.text if is_whole else None)

    def parent(self, steps: int = 1) -> Value | None:
        """The folder above; None above a root or an unknown beginning."""
        if not self.exact:
            return None
        if self.base == "variable":
            return replace(self, text=self.text + "/.." * steps)
        text = posixpath.normpath(self.text or ".")
        for _ in range(steps):
            if text.split("/")[-1] in {"..", "."} or text == "/":
                text = posixpath.normpath(posixpath.join(text, ".."))
            else:
                text = posixpath.dirname(text) or "."
        return replace(self, text="" if text == "." else text, default=None)


def variable(name: str) -> Value:
    """What a variable of the environment holds, which has to be set."""
    return Value("", "variable", environment=(name,), certain=False)


BELOW = Value("", "below", exact=False, certain=False)
# Names of variables that hold a folder or a whole path more often than not.
_OF_PATHS = frozenset(
    "path paths dir dirs directory folder root base dest destination target location prefix out output".split()
)
_WORD = regex(r"[A-Z]?[a-z]+|[A-Z]+")


def is_file_name(name: str, behind: str) -> bool:
    """Whether an unknown beginning, with this text behind it, is the name of a file and no path: `f"{user}.json"`.

    Args:
        name: the variable that holds the beginning, "" for a computed one.
    """
    words = {word.lower() for word in _WORD.findall(name)}
    is_setting = name.isupper()  # REPORTS + "today.csv": a constant is a folder more often than not
    return bool(behind.strip()) and "/" not in behind and not is_setting and not words & _OF_PATHS


def at_home(found: Value | None) -> Value | None:
    """A value that starts with `~`, based on the home folder; any other as it is."""
    if found is not None and found.base == "cwd" and (found.text == "~" or found.text.startswith("~/")):
        return replace(found, text=found.text[2:], base="home")
    return found
