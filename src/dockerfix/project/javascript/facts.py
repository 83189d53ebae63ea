"""What one JavaScript or TypeScript module tells: values alone; `javascript.py` reads them."""

from __future__ import annotations

from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.project.python.facts import PrivilegedUse, Write

__all__ = ["JavaScriptFacts"]


@mutable
class JavaScriptFacts:
    """One module. `line`s are 1-based.

    Attributes:
        problem: why it could not be read; None where it was.
        imports: what it imports by a literal name, with the line.
        computed: lines of imports whose name is computed.
        writes: where it writes; `path` and `base` as of Python modules.
        commands: programs that it runs, None for a computed one, with the line.
        ports: what it listens on by a literal number, with the line.
        moves: lines that change the working directory.
        privileged: what the system may deny to another user than root.
    """

    path: str
    problem: str | None = None
    imports: list[tuple[str, int]] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    commands: list[tuple[str | None, int]] = field(default_factory=list)
    ports: list[tuple[int, int]] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    privileged: list[PrivilegedUse] = field(default_factory=list)
