"""The language server: what an editor sends, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from dockerfix import __version__
from dockerfix.bot.fleet.isolated import prepare
from dockerfix.cli.editor.actions import FIX_ALL, actions
from dockerfix.cli.editor.changes import Editor
from dockerfix.cli.editor.diagnostics import diagnostics
from dockerfix.cli.editor.hover import hover
from dockerfix.cli.editor.looks import Looks
from dockerfix.cli.editor.positions import encoded
from dockerfix.cli.editor.seen import Buffer, Seen
from dockerfix.project.context.discovery import is_dockerfile_name

__all__ = ["serve"]

_PAUSE = 0.3  # seconds after a key, as more may be typed
_LANGUAGES = ("dockerfile", "containerfile", "docker")
# What decides repairs and is changed outside of the editor, or in a buffer that no Dockerfile server is told of.
_WATCHED = (
    "**/{dockerfix.toml,pyproject.toml,.dockerignore,*.dockerignore,.gitignore}",
    "**/{package.json,*lock*,requirements*.txt,Pipfile,go.mod,go.sum,setup.py,setup.cfg,tsconfig.json,Makefile}",
    "**/{*compose*.yml,*compose*.yaml,docker-bake.*,.github/workflows/*}",
)

_KINDS = [types.CodeActionKind.QuickFix, FIX_ALL]


def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer one editor until it says goodbye or goes."""
    # A full text for each change: pygls cuts lines where editors do not (at U+2028, form feeds), and misplaces edits.
    prepare(["dockerfix.cli.files.warm", "dockerfix.cli.editor.looking"])
    server = LanguageServer("dockerfix", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    _Session(server).register()
    server.start_io(stdin, stdout)


class _Session:
    """One editor, and what it has open."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._looks = Looks(self._tell)

    def register(self) -> None:
        """Name what is answered."""
        for name, method, options in (
            (types.INITIALIZED, self.initialized, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self.opened, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self.changed, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self.saved, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self.closed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.files_changed, None),
            (types.TEXT_DOCUMENT_CODE_ACTION, self.actions, types.CodeActionOptions(code_action_kinds=_KINDS)),
            (types.TEXT_DOCUMENT_HOVER, self.hover, None),
        ):
            self._server.feature(name, options)(_function(method))

    def initialized(self, params: types.InitializedParams) -> None:
        """Ask to be told of files, where the editor can tell."""
        watching = self._server.client_capabilities.workspace
        can = watching.did_change_watched_files if watching else None
        if can is None or not can.dynamic_registration:
            return
        watchers = [types.FileSystemWatcher(pattern) for pattern in _WATCHED]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        wish = types.Registration("dockerfix-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self._server.client_register_capability(types.RegistrationParams([wish]))

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        self._look(params.text_document.uri, 0)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        self._look(params.text_document.uri, _PAUSE)

    def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """What lies beside it may have been saved with it."""
        self._look(params.text_document.uri, _PAUSE)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._looks.drop(uri)
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        for buffer in self._looks.buffers:
            self._look(buffer.uri, _PAUSE)

    async def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        seen = await self._looks.newest(params.text_document.uri)
        return actions(seen, params.range, params.context.only, self._editor()) if seen else []

    async def hover(self, params: types.HoverParams) -> types.Hover | None:
        seen = await self._looks.newest(params.text_document.uri)
        return hover(seen, params.position) if seen else None

    def _look(self, uri: str, pause: float) -> None:
        document = self._server.workspace.get_text_document(uri)
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if not (uri.startswith(("file:", "untitled:")) and _is_dockerfile(path, document.language_id)):
            return
        self._looks.renew(Buffer(uri, path, document.version, document.source, self._encoding), pause)

    def _tell(self, seen: Seen) -> None:
        buffer = seen.buffer
        found = types.PublishDiagnosticsParams(buffer.uri, diagnostics(seen), buffer.version)
        self._server.text_document_publish_diagnostics(found)

    @property
    def _encoding(self) -> str | None:
        return self._server.server_capabilities.position_encoding

    def _editor(self) -> Editor:
        workspace = self._server.client_capabilities.workspace
        can = workspace.workspace_edit if workspace else None
        operations = (can.resource_operations or ()) if can else ()
        return Editor(
            # Neovim 0.11 names what it can do with files and not that it takes the changes in which that is written.
            versions=bool(can and (can.document_changes or operations)),
            creates=types.ResourceOperationKind.Create in operations,
            encoding=self._encoding,
            opened=self._opened,
        )

    def _opened(self, uri: str) -> bytes | None:
        found = self._server.workspace.text_documents.get(uri)
        return None if found is None else encoded(found.source)


def _function(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A method as a function of its own, which pygls can mark."""
    if iscoroutinefunction(method):

        async def answer(params: Any) -> Any:
            return await method(params)

        return answer
    return lambda params: method(params)


def _is_dockerfile(path: str | None, language: str | None) -> bool:
    return (language or "").lower() in _LANGUAGES or (path is not None and is_dockerfile_name(Path(path).name))
