"""The files that the installs of an order read, as facts: which, by what, and where they are named."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from dockerfix.plans.order.stage_installs import installs
from dockerfix.plans.order.walk import Order
from dockerfix.programs.installers.contract import Install
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.facts import Fact
from dockerfix.syntax import Dockerfile, Instruction

__all__ = ["read_files"]


def read_files(dockerfile: Dockerfile, context: BuildContext, order: Order, last: Instruction) -> Iterator[Fact]:
    """A fact for each file that stays above an install, `last` and those between it and the first copy that moves."""
    first = min(copy.instruction.index for copy in order.copies) if order.copies else last.index
    for index, found in installs(dockerfile, context).items():
        if first <= index <= last.index:
            line = dockerfile.instructions[index].start_line
            for install in found:
                yield from _of_install(install, line, context)


def _of_install(install: Install, line: int, context: BuildContext) -> Iterator[Fact]:
    reads = install.split.reads if install.split is not None else install.reads
    for path in dict.fromkeys(reads.values()):
        namer = _namer(path, reads, context)
        said = f", as {namer} names it" if namer is not None else ""
        yield Fact(f"{install.tool} (line {line}) reads it{said}", path)


def _namer(path: str, reads: Mapping[str, str], context: BuildContext) -> str | None:
    """File and line, among those that are read, which name another of them."""
    name = posixpath.basename(path)
    for other in reads.values():
        lines = (context.text(other) or "").splitlines() if other != path else []
        number = next(
            (n for n, line in enumerate(lines, 1) if name in line and not line.lstrip().startswith("#")), None
        )
        if number is not None:
            return f"{other}:{number}"
    return None
