"""The server: the same thread, faults and git over HTTP as the GitHub of the tests, with GitLab's addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from forge_server import ForgeServer
from werkzeug.wrappers import Request, Response

from forge_server_gitlab.answers import RefusedAnswer, answered, fields, listed
from forge_server_gitlab.api import ROUTES

__all__ = ["GitLabServer"]


class GitLabServer(ForgeServer):
    """A GitLab of its own on a port of this machine; `url` is what a client is given."""

    def _answered(self, request: Request) -> Response:
        path = urlsplit(request.environ["REQUEST_URI"]).path.removeprefix("/api/v4")
        account = self.state.accounts.get(request.headers.get("Private-Token", ""))
        if account is None:
            return answered({"message": "401 Unauthorized"}, 401)
        with self.state.lock:
            response = self._routed(request, path, account)
        return self._fault(request, "after") or response

    def _routed(self, request: Request, path: str, account: Any) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        for known, pattern, allowed, function in ROUTES:
            found = re.fullmatch(pattern, path)
            if known == method and found:
                try:
                    given = fields(request, allowed)
                    told = function(self, account, given, *map(unquote, found.groups()))
                    return listed(told, given, request.base_url) if isinstance(told, list) else told
                except RefusedAnswer as refused:
                    return refused.response
        return answered({"error": "404 Not Found"}, 404)
