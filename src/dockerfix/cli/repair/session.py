"""One run of the default command: find, work, write, show, and the exit code."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from dockerfix.api import SIZE_LIMIT
from dockerfix.cli.files.crew import Result, default_jobs, work_through
from dockerfix.cli.files.targets import Target, checked_settings, find_targets, target_named
from dockerfix.cli.files.work import Task
from dockerfix.cli.files.writing import write_report
from dockerfix.cli.options import Format, Options
from dockerfix.cli.repair.output import show
from dockerfix.cli.terminal import Terminal
from dockerfix.config import find_config
from dockerfix.errors import FileError, UsageError
from dockerfix.report.model import Failure, FileReport, Place, Report, Status
from dockerfix.report.text import IMAGES_TOLD, failure_blocks, ignored_line
from dockerfix.rules import all_rules
from dockerfix.run import shown
from dockerfix.selection import check_names, contradiction

__all__ = ["run"]

Pair = tuple[Target, Result]


def run(options: Options, terminal: Terminal) -> int:
    """Everything the default command does; returns the exit code.

    Raises:
        UsageError: a rule is unknown, or both selected and ignored, or `--online` finds no uv or httpx.
        KeyboardInterrupt: the message says what was written until then.
    """
    _check_rules(options)
    if options.online:
        _check_askers()
    targets, failures = _targets(options)
    pairs = _talked(targets, terminal) if options.interactive else _worked(options, targets, terminal)
    if options.add_ignore:
        return _ignored(pairs, failures, terminal)
    if options.mode == "write" and not options.from_stdin:
        pairs = _proven_and_written(pairs, terminal) if options.verified else _written(pairs)
    files = tuple(result for _, result in pairs if isinstance(result, FileReport))
    report = Report(files, (*failures, *(result for _, result in pairs if isinstance(result, Failure))))
    code = _exit_code(options, pairs, report)
    try:
        show(report, options, terminal, exit_code=code, configs=_configs(targets))
    except KeyboardInterrupt:
        changed = sum(file.changed for file in files) if options.mode == "write" else 0
        raise KeyboardInterrupt(_interruption(changed, changed)) from None
    return code


def _talked(targets: list[Target], terminal: Terminal) -> list[Pair]:
    """What a person wants of each Dockerfile; after `q` the rest is left as it is."""
    from dockerfix.cli.repair.interactive import Conversation

    talk = Conversation(terminal)
    return [(target, talk.about(target)) for target in targets]


def _ignored(pairs: list[Pair], failures: list[Failure], terminal: Terminal) -> int:
    from dockerfix.cli.repair.ignoring import with_ignores

    done = _written([(t, with_ignores(r) if isinstance(r, FileReport) else r) for t, r in pairs])
    files = [result for _, result in done if isinstance(result, FileReport)]
    wrong = (*failures, *(result for _, result in done if isinstance(result, Failure)))
    terminal.show((ignored_line(files),), "stderr")
    terminal.show(failure_blocks(wrong), "stderr")
    return 2 if wrong else 0


def _check_rules(options: Options) -> None:
    available = all_rules()
    if options.select == ():
        raise UsageError("--select names no rule")
    check_names(available, options.select or (), "--select")
    check_names(available, options.ignore, "--ignore")
    clash = contradiction(available, options.select or (), options.ignore)
    if clash:
        raise UsageError(clash)


def _check_askers() -> None:
    from dockerfix.project.releases.registry.client import check_httpx
    from dockerfix.project.releases.resolver import find_uv

    find_uv()
    check_httpx()


def _targets(options: Options) -> tuple[list[Target], list[Failure]]:
    if not options.from_stdin:
        return find_targets(options)
    if options.stdin_name is not None:
        return [target_named(options.stdin_name, options)], []
    settings = checked_settings(options.config or find_config(Path()), options)
    context = shown(settings.context) if settings.context else "."
    place = Place("<stdin>", "Dockerfile", "" if context == "." else context)
    return [Target(Path("Dockerfile"), place, settings.context, None, settings)], []


def _worked(options: Options, targets: list[Target], terminal: Terminal) -> list[Pair]:
    source = _standard_input() if options.from_stdin else None
    spans = options.format.tells_spans
    offers = options.format is Format.text and (options.verbose or options.mode == "diff")
    glance = _is_glance(options, len(targets))
    first = Task(targets[0], source, spans=spans, offers=offers, settle=not glance) if targets else None
    named = options.stdin_name is not None
    tasks = [replace(first, target=target, debug=options.verbose, is_file=named) for target in targets if first]
    jobs = options.jobs or default_jobs(len(tasks))
    progress = terminal.is_terminal("stderr") and not options.quiet
    results = work_through(tasks, jobs, progress=progress)
    changed = [n for n, result in enumerate(results) if isinstance(result, FileReport) and result.changed]
    if glance and _tells_images(options) and len(changed) <= IMAGES_TOLD:
        settled = work_through([replace(tasks[n], settle=True) for n in changed], jobs, progress=False)
        for number, result in zip(changed, settled, strict=True):
            results[number] = result
    return list(zip(targets, results, strict=True))


def _is_glance(options: Options, count: int) -> bool:
    """Whether the report will only say what there is to do, for which no repair has to be finished."""
    if options.mode != "check" or options.verbose or options.format not in (Format.text, Format.github):
        return False
    return count > IMAGES_TOLD or not _tells_images(options)


def _tells_images(options: Options) -> bool:
    """Whether the report says what changes in an image, where few are changed."""
    return options.format is Format.text and not options.quiet


def _standard_input() -> bytes:
    content = sys.stdin.buffer.read(SIZE_LIMIT + 1)
    if len(content) > SIZE_LIMIT:
        raise FileError("<stdin>: larger than 1 MiB")
    return content


def _written(pairs: list[Pair]) -> list[Pair]:
    """The same results, where a file that could not be written is a failure."""
    changed = [number for number, (_, result) in enumerate(pairs) if isinstance(result, FileReport) and result.changed]
    done = list(pairs)
    for count, number in enumerate(changed):
        target, result = pairs[number]
        assert isinstance(result, FileReport)  # `changed` holds no others
        try:
            done[number] = (target, write_report(result, target) or result)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_interruption(count + 1, len(changed))) from None
    return done


def _proven_and_written(pairs: list[Pair], terminal: Terminal) -> list[Pair]:
    if not any(isinstance(result, FileReport) and result.changed for _, result in pairs):
        return pairs
    from dockerfix.cli.verify.proven import proven

    return _written(proven(pairs, terminal))


def _interruption(written: int, wanted: int) -> str:
    if not written:
        return "interrupted; nothing was changed"
    return f"interrupted; {written} of {wanted} Dockerfiles are repaired, each of them whole"


def _exit_code(options: Options, pairs: list[Pair], report: Report) -> int:
    if report.failures:
        return 2
    if options.exit_zero:
        return 0
    if options.mode != "write" and any(file.changed for file in report.files):
        return 1
    remains = (Status.OFFERED, Status.REPORTED, Status.HELD_BACK)
    strict = (result for target, result in pairs if target.settings.strict and isinstance(result, FileReport))
    return 1 if any(file.having(*remains) for file in strict) else 0


def _configs(targets: list[Target]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown(target.settings.file) for target in targets if target.settings.file))
