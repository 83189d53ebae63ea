"""The work on one Dockerfile, from its path to what is told about it; runs in this process or in another one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from dockerfix import looks
from dockerfix.api import read_dockerfile
from dockerfix.check import rule_names
from dockerfix.cli.files.limits import LimitError, limited
from dockerfix.cli.files.targets import Target, place_of
from dockerfix.config import Settings
from dockerfix.errors import DockerfixError, ParseError
from dockerfix.frozen import frozen
from dockerfix.project.context.repository import context_at, forget_repositories
from dockerfix.project.context.told import NOTHING_TOLD, Told, told_by
from dockerfix.regular import reason
from dockerfix.report.model import Failure, FileReport, file_report
from dockerfix.rule import BuildContext, Rule
from dockerfix.rules import all_rules
from dockerfix.run import OnDisk, on_disk, shown
from dockerfix.selection import rules_for, without_ignored
from dockerfix.silences import misspellings, silences_of

__all__ = ["Task", "again", "forget", "prepared", "report_of", "told", "work"]

Overlay = tuple[tuple[str, bytes], ...]


@frozen
class Task:
    """A Dockerfile, and what its report needs.

    Attributes:
        source: the text where it does not come from the file.
        overlay: files of a build context as repairs of other Dockerfiles will leave them.
        overlaid: the real path of that context.
        spans: say where each finding and its repair stands in the file as it was.
        offers: work out the change that each offered repair would make.
        settle: repeat the repairs until nothing is left to apply; without it the report only says what there is to do.
        debug: tell of a crash with its traceback.
        is_file: `source` is what the file would hold, so that what lies beside it counts.
    """

    target: Target
    source: bytes | None = None
    overlay: Overlay = ()
    overlaid: str = ""
    spans: bool = False
    offers: bool = False
    settle: bool = True
    debug: bool = False
    is_file: bool = False


def work(task: Task) -> FileReport | Failure:
    """What is to be told about one Dockerfile; nothing is written, and nothing that goes wrong stops other files."""
    return told(task, report_of)


def told(task: Task, report: Callable[[Task], FileReport]) -> FileReport | Failure:
    """The report, or what is to be said where none can be made."""
    label = task.target.place.label
    try:
        with limited():
            return report(task)
    except LimitError as error:
        forget()
        return Failure(label, str(error))
    except RecursionError as error:
        import traceback

        trace = f"\n{''.join(traceback.format_exception(error, limit=-20))}" if task.debug else ""
        return Failure(label, f"it, or a file that it is built with, is nested too deeply to be looked at{trace}")
    except ParseError as error:
        return Failure(label, f"not a Dockerfile that can be built: {error.message}", error.line)
    except DockerfixError as error:
        return Failure(label, str(error))
    except OSError as error:
        return Failure(label, reason(error))
    except Exception as error:
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        told = (
            "".join(traceback.format_exception(error)) if task.debug else f"{Path(where.filename).name}:{where.lineno}"
        )
        kind = type(error).__name__
        return Failure(label, f"dockerfix itself failed, please report it with the file ({kind}: {error}, {told})")


def report_of(task: Task) -> FileReport:
    """As `work`, where whatever goes wrong is raised."""
    target = task.target
    found = prepared(task)
    outcome = found.repaired(settle=task.settle)
    first = found.findings() if task.spans else ()
    place = target.place if target.is_told else place_of(target.path, found.root, target.base)
    report = file_report(outcome, place, first, offers=task.offers)
    return replace(
        report,
        root=found.root,
        notes=found.notes,
        warnings=misspellings(found.dockerfile, _known_names()),
        silenced=found.silenced() if task.spans or task.debug or silences_of(found.dockerfile) else None,
        rule_page=target.settings.rule_page,
    )


@cache
def _known_names() -> tuple[str, ...]:
    return rule_names(all_rules())


def prepared(task: Task) -> OnDisk:
    """The Dockerfile of a task as it is read, with all that decides its repairs.

    Raises:
        FileError: it cannot be read.
        ParseError: it is no Dockerfile.
    """
    target, settings = task.target, task.target.settings
    return on_disk(
        read_dockerfile(target.path) if task.source is None else task.source,
        target,
        without_ignored(_rules(settings), settings, target.path),
        lambda root: _context(root, task),
        unsafe=settings.unsafe_fixes,
        from_file=task.source is None or task.is_file,
        verbose=task.debug,
    )


_CONTEXTS: dict[tuple[Path | None, Overlay, str], BuildContext] = {}
_KEPT = 8  # contexts, those asked for last: files of one folder follow each other, and share those above


def _context(root: Path | None, task: Task) -> BuildContext:
    """One context for the Dockerfiles of a folder: it is listed once."""
    is_changed = root is not None and bool(task.overlay) and looks.real_path(os.fspath(root)) == task.overlaid
    overlay = task.overlay if is_changed else ()
    base_images, told = task.target.settings.base_images, _told(task.target.settings)
    key = root, overlay, repr((base_images, told))
    context = _CONTEXTS.pop(key, None)
    if context is None:
        context = BuildContext.unknown() if root is None else context_at(root)
        context = context.with_files(dict(overlay)) if overlay else context
        context = context.with_base_images(base_images) if base_images else context
        context = context if told == NOTHING_TOLD else context.with_told(told)
        if len(_CONTEXTS) >= _KEPT:
            del _CONTEXTS[next(iter(_CONTEXTS))]
    _CONTEXTS[key] = context
    return context


def _told(settings: Settings) -> Told:
    place = shown(settings.file) if settings.file is not None else NOTHING_TOLD.place
    return replace(told_by(settings.rules, place), on_trial=settings.on_trial, missing=settings.missing)


_RULES: dict[int, tuple[Settings, tuple[Rule, ...]]] = {}


def _rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules of these settings, made once for equal settings that follow each other."""
    for known, rules in _RULES.values():
        if known == settings:
            return rules
    rules = rules_for(all_rules(), settings)
    _RULES.clear()
    _RULES[0] = (settings, rules)
    return rules


def forget() -> None:
    """Look at the files anew: what was known of them may be out of date when a new run starts."""
    _CONTEXTS.clear()
    forget_repositories()


def again(task: Task, context: str, overlay: dict[str, bytes]) -> Task:
    """The same task, where a build context (its real path) has changed meanwhile."""
    return replace(task, overlay=tuple(sorted(overlay.items())), overlaid=context)
