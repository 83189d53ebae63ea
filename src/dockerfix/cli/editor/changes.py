"""Repairs as an editor makes them: in the buffer, and in files beside it, which may have to be created."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from lsprotocol import types

from dockerfix.cli.editor.positions import Places
from dockerfix.cli.editor.seen import Buffer
from dockerfix.frozen import frozen
from dockerfix.rule import FileChange
from dockerfix.text import Edit

__all__ = ["Editor", "workspace_edit"]

_Step = types.TextDocumentEdit | types.CreateFile


@frozen
class Editor:
    """What an editor can do, and what it has open.

    Attributes:
        versions: it takes edits of a version of a file, and of several files in order.
        creates: it creates files.
        encoding: the units of its columns.
        opened: the text of a file that is open in it, by address; None for one that is not.
    """

    versions: bool
    creates: bool
    encoding: str | None
    opened: Callable[[str], bytes | None]


def workspace_edit(
    buffer: Buffer, edits: tuple[Edit, ...], files: Sequence[FileChange], editor: Editor
) -> types.WorkspaceEdit | None:
    """A repair; None where this editor cannot make it, or a file beside the buffer holds something else by now."""
    own = buffer.places.edits(edits)
    if not editor.versions:
        return None if files else types.WorkspaceEdit(changes={buffer.uri: own})
    steps: list[_Step] = []
    for change in files:
        found = _steps(change, editor)
        if found is None:
            return None
        steps += found
    if own:
        steps.append(_edit(buffer.uri, buffer.version, own))
    return types.WorkspaceEdit(document_changes=steps)


def _steps(change: FileChange, editor: Editor) -> list[_Step] | None:
    uri = Path(os.path.abspath(change.path)).as_uri()
    there = editor.opened(uri)
    if there is not None and there != change.before:
        return None
    if change.before is not None:
        places = Places(change.before, editor.encoding)
        whole = types.Range(types.Position(0, 0), places.position(len(change.before)))
        return [_edit(uri, None, [types.TextEdit(whole, change.after.decode("utf-8", "replace"))])]
    if not editor.creates:
        return None
    text = types.TextEdit(types.Range(types.Position(0, 0), types.Position(0, 0)), change.after.decode())
    return [types.CreateFile(uri, options=types.CreateFileOptions(overwrite=False)), _edit(uri, None, [text])]


def _edit(uri: str, version: int | None, edits: list[types.TextEdit]) -> types.TextDocumentEdit:
    return types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, version), edits)
