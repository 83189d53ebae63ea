"""The server: the same thread, faults and git over HTTP as the GitHub of the tests, with Forgejo's addresses."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from forge_server import ForgeServer
from werkzeug.wrappers import Request, Response

from forge_server_forgejo.api import ROUTES, RefusedAnswer
from forge_server_forgejo.contract import violations

__all__ = ["ForgejoServer"]


class ForgejoServer(ForgeServer):
    """A Forgejo of its own on a port of this machine.

    Attributes:
        page_limit: how many objects a page holds at most, a setting of real servers too.
    """

    page_limit = 50

    def _answered(self, request: Request) -> Response:
        path = urlsplit(request.environ["REQUEST_URI"]).path.removeprefix("/api/v1")
        account = self.state.accounts.get(request.headers.get("Authorization", "").removeprefix("token "))
        if account is None:
            return _json({"message": "user does not exist [uid: 0, name: ]", "url": f"{self.url}/api/swagger"}, 401)
        with self.state.lock:
            response = self._routed(request, path, account)
        return self._fault(request, "after") or response

    def _routed(self, request: Request, path: str, account: Any) -> Response:
        for method, pattern, model, code, function in ROUTES:
            found = re.fullmatch(pattern, path)
            if method != request.method or not found:
                continue
            try:
                content = function(self, account, _given(request), *map(unquote, found.groups()))
            except RefusedAnswer as refused:
                return _json({"message": refused.message, "url": f"{self.url}/api/swagger"}, refused.status)
            if model:
                self.violations += violations(model, content)
            if isinstance(content, list) and "limit" in request.args:
                content = self._page(request, content)
            return _json(content, code) if content is not None else Response(status=code)
        return _json({"message": "not found"}, 404)

    def _page(self, request: Request, content: list[Any]) -> list[Any]:
        size = min(self.page_limit, int(request.args["limit"]))
        start = (int(request.args.get("page", 1)) - 1) * size
        return content[start : start + size]


def _given(request: Request) -> dict[str, Any]:
    body = json.loads(request.get_data()) if request.get_data() else {}
    return {**request.args, **body}


def _json(content: Any, code: int) -> Response:
    return Response(json.dumps(content), code, mimetype="application/json")
