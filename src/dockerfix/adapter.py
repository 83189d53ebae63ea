"""For those who hold a `dockerfile_parse.DockerfileParser`: repair what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dockerfix.api import fix_source
from dockerfix.fix import Outcome
from dockerfix.rule import BuildContext

if TYPE_CHECKING:
    from dockerfile_parse import DockerfileParser

__all__ = ["fix_parser"]


def fix_parser(
    parser: DockerfileParser,
    *,
    context: BuildContext | str | os.PathLike[str] | None = None,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    python: str | None = None,
) -> Outcome:
    """Repair the Dockerfile of a parser in place: its file or file object is rewritten when something changes.

    Other files of the build context (`outcome.files`) are not written; they are the caller's to take.

    Args:
        context: as for `fix_source`; None for the folder of the parser's file, unknown for a parser of a file object.
    Raises:
        ParseError, UsageError, GateError: as for `fix_source`; the parser is left as it was.
        UnicodeDecodeError: the parser's file is no UTF-8, which it cannot hold.
    """
    if context is None and parser.fileobj is None:
        context = BuildContext.at(Path(parser.dockerfile_path).parent, Path(parser.dockerfile_path).name)
    source: str = parser.content
    outcome = fix_source(source, context=context, unsafe=unsafe, select=select, ignore=ignore, python=python)
    if outcome.after.source != outcome.before.source:
        parser.content = outcome.after.text
    return outcome
