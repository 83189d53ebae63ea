"""Scripts of the project that fetch a build tool and start it: `mvnw`, `gradlew`."""

from __future__ import annotations

import posixpath

from dockerfix.programs.installers.call import Reading

__all__ = ["wrapper_problem"]

_EXECUTE = 0o100  # by its owner; git knows no other


def wrapper_problem(reading: Reading, called: str) -> str | None:
    """Takes a script that is called by its path; why a copy of it below would not do, or None.

    Where the script runs only since a step changed it (`chmod +x`, `dos2unix`), a copy of the whole source that comes
    later would bring it again as it was.

    Args:
        called: the program as called, such as `./mvnw`.
    """
    name = posixpath.basename(called)
    place = reading.call.place(called)
    origin = reading.take(place) if place is not None and "/" in called else None
    if origin is None:
        return f"{called} is not among the files copied from the build context"
    context = reading.call.context
    mode = context.mode(origin)
    if mode is None or not mode & _EXECUTE:
        return f"{name} is not executable in the build context: the copy would undo what makes it so"
    if "\r" in (context.text(origin) or ""):
        return f"{name} has line ends of Windows in the build context: the copy would undo what mends them"
    return None
