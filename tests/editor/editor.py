"""An editor for tests: a real client of the protocol, which starts `dockerfix lsp` and talks over pipes."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
_PATIENCE = 120  # seconds
_WORKSPACE = types.WorkspaceClientCapabilities(
    workspace_edit=types.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
    ),
    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
)


class Editor:
    """Keeps what the server tells; each call waits for its answer."""

    def __init__(self, root: Path, *, encodings: list[str] | None = None, plain: bool = False) -> None:
        self.told: list[types.PublishDiagnosticsParams] = []
        self.registered: list[types.Registration] = []
        self._versions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._client = LanguageClient("tests", "1")
        self._client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self.told.append(params))
        self._client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: self._register(params))
        general = types.GeneralClientCapabilities(position_encodings=encodings) if encodings else None
        can = types.ClientCapabilities(workspace=None if plain else _WORKSPACE, general=general)
        self._wait(self._client.start_io(sys.executable, "-m", "dockerfix", "lsp", "--stdio"))
        self.server = self._wait(
            self._client.initialize_async(types.InitializeParams(capabilities=can, root_uri=root.as_uri()))
        )
        self._call(self._client.initialized, types.InitializedParams())

    def open(self, path: Path | str, text: str, language: str = "dockerfile") -> str:
        """Open a buffer, which need not be on disk; its address."""
        uri = path if isinstance(path, str) else path.as_uri()
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri, language, 1, text)
        self._call(self._client.text_document_did_open, types.DidOpenTextDocumentParams(document))
        return uri

    def type(self, uri: str, text: str) -> int:
        """Replace what a buffer holds; its new version."""
        self._versions[uri] += 1
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self._call(self._client.text_document_did_change, types.DidChangeTextDocumentParams(document, [change]))
        return self._versions[uri]

    def close(self, uri: str) -> None:
        document = types.TextDocumentIdentifier(uri)
        self._call(self._client.text_document_did_close, types.DidCloseTextDocumentParams(document))

    def changed_on_disk(self, *paths: Path) -> None:
        """Tell of files that were written outside of the editor."""
        events = [types.FileEvent(path.as_uri(), types.FileChangeType.Changed) for path in paths]
        self._call(self._client.workspace_did_change_watched_files, types.DidChangeWatchedFilesParams(events))

    def diagnostics(self, uri: str, after: int = 0) -> list[types.Diagnostic]:
        """What is told next of a buffer, beyond the first `after` times."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = [one for one in self.told if one.uri == uri]
            if len(found) > after:
                return list(found[-1].diagnostics)
            time.sleep(0.02)
        raise AssertionError(f"nothing was told of {uri}")

    def actions(self, uri: str, line: int = 0, only: list[str] | None = None) -> list[types.CodeAction]:
        """What is offered for a line (from 0)."""
        context = types.CodeActionContext(diagnostics=[], only=only)
        place = types.Range(types.Position(line, 0), types.Position(line, 1000))
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        found = self._wait(self._client.text_document_code_action_async(params))
        return [one for one in found or [] if isinstance(one, types.CodeAction)]

    def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        return self._wait(self._client.text_document_hover_async(params))

    def quit(self) -> int | None:
        """Say goodbye; the server's exit code."""
        self._wait(self._client.shutdown_async(None))
        self._call(self._client.exit, None)
        process = self._client._server
        assert process is not None
        code: int = self._wait(asyncio.wait_for(_ended(process), _PATIENCE))
        self._loop.call_soon_threadsafe(self._loop.stop)
        return code

    def _register(self, params: types.RegistrationParams) -> None:
        self.registered += params.registrations

    def _call(self, notify: Any, params: Any) -> None:
        async def call() -> None:
            notify(params)

        self._wait(call())

    def _wait(self, answer: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result(_PATIENCE)


async def _ended(process: Any) -> int:
    return int(await process.wait())


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """A text (ASCII) with edits made as an editor makes them."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text
