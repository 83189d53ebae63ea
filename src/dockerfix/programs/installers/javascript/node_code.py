"""Code of the project that a package manager runs while it installs: a pnpmfile, with what it imports."""

from __future__ import annotations

import posixpath

from dockerfix.programs.installers.call import Reading
from dockerfix.project.javascript.modules import imported_path, javascript_facts

__all__ = ["take_code"]

# Modules of Node that reach beyond the module itself: files, programs, other modules.
_REACHING = frozenset(
    "fs fs/promises child_process module process worker_threads vm cluster node:sqlite sqlite".split()
)


def take_code(reading: Reading, name: str) -> str | None:
    """Notes what a module imports of the project; why it may read more, or None.

    Args:
        name: the module, as seen from the folder of the reading, where it is there.
    """
    waiting = [name]
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        origin = reading.take(module)
        if module in seen or origin is None:
            continue
        seen.add(module)
        if origin.endswith(".json"):
            continue
        facts = javascript_facts(reading.call.context, origin)
        if facts.problem is not None or facts.computed or any(one in _REACHING for one, _ in facts.imports):
            return f"{origin} is code that runs while it is installed, and may read more of the project"
        for imported, _ in facts.imports:
            path = imported_path(reading.call.context, origin, imported)
            if path is not None:
                inside = posixpath.relpath(path, posixpath.dirname(origin) or ".")
                waiting.append(posixpath.normpath(posixpath.join(posixpath.dirname(module), inside)))
            elif imported.startswith((".", "/")):
                return f"{origin} imports {imported}, which is not among the files of the build context"
    return None
