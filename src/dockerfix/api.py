"""dockerfix as a library: repair a text or a file from Python."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dockerfix.config import Settings, is_python_version
from dockerfix.errors import UsageError
from dockerfix.fix import Outcome, repair
from dockerfix.fix import write as write_outcome
from dockerfix.frozen import frozen
from dockerfix.project.context.repository import context_at, forget_repositories, repository_root
from dockerfix.regular import content_of
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.run.on_disk import on_disk
from dockerfix.selection import check_names, contradiction, rules_for
from dockerfix.syntax import parse

__all__ = ["SIZE_LIMIT", "fix_file", "fix_source", "read_dockerfile"]

SIZE_LIMIT = 1024 * 1024  # bytes; the largest of 10,000 public Dockerfiles has 0.2 MiB


def fix_source(
    source: bytes | str,
    *,
    context: BuildContext | str | os.PathLike[str] | None = None,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    python: str | None = None,
) -> Outcome:
    """Repair the text of a Dockerfile; nothing is read but the build context, nothing is written.

    Args:
        source: the text; bytes keep what is no valid UTF-8.
        context: the build context or its folder; None when nothing is known of it, which makes fewer repairs safe.
        unsafe: also make repairs that may change behaviour.
        select: codes, prefixes of codes or names of the rules to run; None for all.
        ignore: the same, of rules not to run.
        python: "3.13" for images whose Python version nothing in the project decides.
    Returns:
        `outcome.after.text` is the repaired text, `outcome.files` are changes of other files of the context.
    Raises:
        ParseError: the text is no Dockerfile.
        UsageError: a rule is unknown, or both selected and ignored.
        GateError: the repairs do not settle.
    """
    settings = _settings(select, ignore, python)
    surroundings = _context(context)
    return repair(parse(source), surroundings, rules_for(all_rules(), settings), unsafe=unsafe)


def fix_file(
    path: str | os.PathLike[str],
    *,
    context: str | os.PathLike[str] | None = None,
    unsafe: bool = False,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] = (),
    python: str | None = None,
    write: bool = True,
) -> Outcome:
    """Repair a Dockerfile in place, and the other files of its build context that a repair changes.

    Configuration files are not read: what is asked for is in the arguments, as for `fix_source`.

    Args:
        context: the folder of the build context; None chooses as the command line does: what compose files, workflows,
            Makefiles and their like say, else a folder that has what COPY names. A Dockerfile that is built from
            several folders gets what is right in each of them.
        write: False only looks.
    Raises:
        FileError: the file is missing, no regular file, larger than 1 MiB, or cannot be read or written.
        ParseError, UsageError, GateError: as for `fix_source`.
    """
    file = Path(path)
    rules = rules_for(all_rules(), _settings(select, ignore, python))
    source = read_dockerfile(file)
    forget_repositories()  # they may have changed since the last call
    found = on_disk(source, _Named.of(file, None if context is None else Path(context)), rules, _at, unsafe=unsafe)
    outcome = found.repaired()
    if write and outcome.changed:
        write_outcome(outcome, found.root, file)
    return outcome


@frozen
class _Named:
    """A file that was named, with or without its build context: a `run.Location`."""

    path: Path
    root: Path | None
    dockerfile: str | None
    is_told: bool
    top: Path | None
    within: str | None = None
    base: Path | None = None

    @classmethod
    def of(cls, file: Path, root: Path | None) -> _Named:
        folder = root or file.parent
        return cls(file, folder, dockerfile_in(folder, file), root is not None, repository_root(file.parent))


def _at(root: Path | None) -> BuildContext:
    return BuildContext.unknown() if root is None else context_at(root)


def read_dockerfile(path: Path) -> bytes:
    """The content of a Dockerfile.

    Raises:
        FileError: it is missing, no regular file, larger than 1 MiB or unreadable; the message leaves the path out.
    """
    return content_of(path, SIZE_LIMIT)


def dockerfile_in(root: Path, file: Path) -> str | None:
    """The Dockerfile's path relative to the build context, posix; None where it lies outside."""
    try:
        return Path(os.path.abspath(file)).relative_to(os.path.abspath(root)).as_posix()
    except ValueError:
        return None


def _settings(select: Iterable[str] | None, ignore: Iterable[str], python: str | None) -> Settings:
    chosen = None if select is None else tuple(select)
    settings = replace(Settings(), select=chosen, ignore=tuple(ignore), python=python)
    available = all_rules()
    check_names(available, chosen or (), "select")
    check_names(available, settings.ignore, "ignore")
    clash = contradiction(available, chosen or (), settings.ignore)
    if clash:
        raise UsageError(clash)
    if python is not None and not is_python_version(python):
        raise UsageError(f'python: "3.13" is what a version looks like, not "{python}"')
    return settings


def _context(context: BuildContext | str | os.PathLike[str] | None) -> BuildContext:
    if isinstance(context, BuildContext):
        return context
    return BuildContext.unknown() if context is None else BuildContext.at(Path(context), "Dockerfile")
