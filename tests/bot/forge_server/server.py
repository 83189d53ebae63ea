"""The server: a thread that answers REST, GraphQL and git over HTTP, checks every word and goes wrong where told."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from forge_server.contract import violation_of_answer, violation_of_request
from forge_server.faults import DroppedError, Fault, When
from forge_server.git_http import git_over_http
from forge_server.github_api import answer
from forge_server.github_graphql import answer_graphql
from forge_server.state import Account, Repo, State

__all__ = ["Asked", "ForgeServer"]


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    body: Any
    headers: dict[str, str]

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class ForgeServer:
    """A GitHub of its own on a port of this machine; use it as a context manager.

    It answers as github.com does at `url`, and as an Enterprise server does below `url`/api.

    Attributes:
        folder: for the repositories; nothing else is written.
        asked: the requests so far, oldest first, those for git left out.
        violations: what GitHub's description has against requests and answers; a test asserts that there is none.
        faults: what goes wrong.
        on_git: called while git waits for the answer to one of its requests.
    """

    folder: Path
    asked: list[Asked] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    on_git: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.state = State(self.folder)
        self.app_key: bytes | None = None
        self.installations: dict[str, int] = {}
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> ForgeServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Of the API and of the repositories: http://127.0.0.1:PORT."""
        return f"http://127.0.0.1:{self._server.port}"

    def account(self, token: str, login: str = "dockerfix-bot", **facts: Any) -> Account:
        """Make a token valid."""
        account = Account(login, **facts)
        self.state.accounts[token] = account
        return account

    def repository(
        self, path: str, files: dict[str, str | bytes] | None = None, *, writers: tuple[str, ...] = ("dockerfix-bot",)
    ) -> Repo:
        """A repository that is there, with one commit of `files` on `main`."""
        with self.state.lock:
            return self.state.add(path, files, writers=writers)

    def clone_url(self, path: str) -> str:
        """Where git fetches it."""
        return f"{self.url}/{path}.git"

    def lines(self, method: str = "") -> list[str]:
        """The requests so far as "METHOD /path"."""
        return [asked.line for asked in self.asked if asked.line.startswith(method)]

    def app(self, public_key: bytes, **installations: int) -> None:
        """Know an app by its public key (PEM), installed for owners with an installation number each."""
        self.app_key, self.installations = public_key, installations

    def _application(self, environ: dict[str, Any], start_response: Any) -> Any:
        for name in ("PATH_INFO", "REQUEST_URI"):  # an Enterprise server has its interfaces below /api
            environ[name] = environ[name].replace("/api/v3/", "/", 1).replace("/api/graphql", "/graphql", 1)
        request = Request(environ)
        try:
            response = self._respond(request)
        except DroppedError:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            response = Response(status=500)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if ".git/" in request.path:
            self.on_git()
            return git_over_http(self.state, request)
        self._remember(request)
        return self._fault(request, "before") or self._answered(request)

    def _answered(self, request: Request) -> Response:
        is_graphql = request.path == "/graphql"
        if not is_graphql:
            self._complain(violation_of_request(request))
        with self.state.lock:
            response = answer_graphql(self, request) if is_graphql else answer(self, request)
            if not is_graphql:
                self._complain(violation_of_answer(request, response))
        return self._fault(request, "after") or response

    def _fault(self, request: Request, when: When) -> Response | None:
        line = f"{request.method} {request.path}"
        for fault in self.faults:
            if fault.strikes(line, when):
                response = fault.act()
                if response is not None:
                    return response
        return None

    def _remember(self, request: Request) -> None:
        data = request.get_data()
        body = json.loads(data) if data and "json" in request.mimetype else None
        self.asked.append(Asked(request.method, request.path, body, dict(request.headers)))

    def _complain(self, violation: str | None) -> None:
        if violation is not None:
            self.violations.append(violation)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the tests read `asked`."""
