"""A path or string as far as it is known, and what joining and climbing make of it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from dockerfix.frozen import frozen

__all__ = ["BELOW", "Value", "at_home", "is_file_name"]


@frozen
class Value:
    """A string or path as far as it is known.

    `base` says what it starts from: `cwd` (as written; only the working directory decides), `module` (a path in
    the context, worked out from `__file__`), `absolute`, `home`, `temp`, `instance` (Flask's folder for what an
    app keeps), or `below`: a file name of which nothing
    is known but that it is no absolute path. With `exact` False only this
    beginning is known. `certain` is False for a default that a caller, an option or a variable of the
    environment may replace; `environment` names such variables.
    """

    text: str
    base: str = "cwd"
    exact: bool = True
    environment: tuple[str, ...] = ()
    certain: bool = True

    def joined(self, other: Value | None) -> Value:
        """The path of `other` below this one; an absolute `other` takes its place, as `os.path.join` does."""
        if other is None:
            return replace(self, text=posixpath.join(self.text, ""), exact=False) if self.exact else self
        if other.base == "below":
            return self.joined(None)
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
        return Value(text, self.base, other.exact, environment, self.certain and other.certain)

    def parent(self, steps: int = 1) -> Value | None:
        """The folder above; None above a root or an unknown beginning."""
        if not self.exact:
            return None
        text = posixpath.normpath(self.text or ".")
        for _ in range(steps):
            if text.split("/")[-1] in {"..", "."} or text == "/":
                text = posixpath.normpath(posixpath.join(text, ".."))
            else:
                text = posixpath.dirname(text) or "."
        return replace(self, text="" if text == "." else text)


BELOW = Value("", "below", exact=False, certain=False)
# Names of variables that hold a folder or a whole path more often than not.
_OF_PATHS = frozenset(
    "path paths dir dirs directory folder root base dest destination target location prefix out output".split()
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


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
