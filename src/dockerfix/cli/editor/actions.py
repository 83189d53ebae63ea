"""What an editor offers to do about findings: a repair, a comment that silences the rule, all safe repairs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types

from dockerfix.cli.editor.changes import Editor, workspace_edit
from dockerfix.cli.editor.diagnostics import diagnostic
from dockerfix.cli.editor.seen import Seen
from dockerfix.cli.repair.ignoring import ignore_comment
from dockerfix.report.model import Entry, FileReport, Status, whole_change
from dockerfix.report.replacement import replacement
from dockerfix.rule import Applicability
from dockerfix.syntax import parse
from dockerfix.text import Span

__all__ = ["FIX_ALL", "actions"]

FIX_ALL = "source.fixAll.dockerfix"
_QUICK_FIX = types.CodeActionKind.QuickFix.value


def actions(
    seen: Seen, place: types.Range, only: Sequence[types.CodeActionKind | str] | None, editor: Editor
) -> list[types.CodeAction]:
    """What can be done about a part of a buffer.

    Args:
        only: the kinds that are wanted; each stands for those below it. None for all.
    """
    report = seen.report
    if report is None:
        return []
    found: list[types.CodeAction] = []
    if _wanted(_QUICK_FIX, only):
        places = seen.buffer.places
        span = Span(places.offset(place.start), places.offset(place.end))
        near = [one for one in report.entries if one.status is not Status.DECLINED and _meet(seen.span(one), span)]
        found += (action for one in near for action in _repair(seen, report, one, editor))
        found += (action for one in near for action in _silence(seen, report, one, editor))
    if _wanted(FIX_ALL, only):
        found += _fix_all(seen, report, editor)
    return found


def _wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    if only is None:
        return True
    names = [one.value if isinstance(one, types.CodeActionKind) else one for one in only]
    return any(not name or kind == name or kind.startswith(f"{name}.") for name in names)


def _meet(one: Span, other: Span) -> bool:
    return one.start <= other.end and other.start <= one.end


def _repair(seen: Seen, report: FileReport, entry: Entry, editor: Editor) -> Iterator[types.CodeAction]:
    repair = replacement(report, entry)
    edit = workspace_edit(seen.buffer, repair.edits, repair.files, editor) if repair else None
    if repair is None or edit is None:
        return
    is_safe = entry.applicability is Applicability.SAFE
    mark = "" if is_safe or entry.applicability is None else f" ({entry.applicability.value})"
    yield types.CodeAction(
        f"{repair.title}{mark} [{entry.code}]",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(seen, report, entry)],
        is_preferred=is_safe,
        edit=edit,
    )


def _silence(seen: Seen, report: FileReport, entry: Entry, editor: Editor) -> Iterator[types.CodeAction]:
    comment = ignore_comment(parse(report.before), entry.position.line, entry.code)
    yield types.CodeAction(
        f"Silence {entry.code} {entry.name} here by a comment",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(seen, report, entry)],
        edit=workspace_edit(seen.buffer, (comment,), (), editor),
    )


def _fix_all(seen: Seen, report: FileReport, editor: Editor) -> Iterator[types.CodeAction]:
    edit = workspace_edit(seen.buffer, whole_change(report), report.named_files, editor) if report.changed else None
    if edit is not None:
        yield types.CodeAction("Make all safe repairs (dockerfix)", kind=FIX_ALL, edit=edit)
