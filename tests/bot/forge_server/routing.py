"""From a request to the function that answers it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request

from forge_server.state import Account, Pull, Repo

if TYPE_CHECKING:
    from forge_server.server import ForgeServer

__all__ = ["ROUTES", "Call", "RefusalError", "route"]


class RefusalError(Exception):
    """An answer that ends the request."""

    def __init__(self, code: int, message: str, *errors: dict[str, str]) -> None:
        self.code = code
        body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        self.body = {**body, "errors": list(errors)} if errors else {**body, "status": str(code)}


class Call:
    """One request with what every route needs."""

    def __init__(self, server: ForgeServer, request: Request, account: Account, parts: tuple[str, ...]) -> None:
        self.server, self.state, self.request, self.account = server, server.state, request, account
        self.parts = parts

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.request.get_data() or b"{}")

    def repo(self, *, writing: bool = False) -> Repo:
        found = self.state.repo(f"{self.parts[0]}/{self.parts[1]}")
        if found is None or (found.private and self.account.login not in found.writers):
            raise RefusalError(404, "Not Found")
        if writing and not self.may_write(found):
            raise RefusalError(403, "Resource not accessible by integration")
        if writing and found.archived:
            raise RefusalError(403, "Repository was archived so is read-only.")
        return found

    def may_write(self, repo: Repo) -> bool:
        return self.account.writes and self.account.login in repo.writers

    def pull(self) -> tuple[Repo, Pull]:
        repo = self.repo()
        found = repo.pull(int(self.parts[2]))
        if found is None:
            raise RefusalError(404, "Not Found")
        return repo, found

    def page(self, items: list[Any]) -> list[Any]:
        size, number = int(self.request.args.get("per_page", 30)), int(self.request.args.get("page", 1))
        return items[(number - 1) * size : number * size]


Route = Callable[[Call], tuple[int, Any]]
ROUTES: list[tuple[str, re.Pattern[str], Route]] = []


def route(method: str, path: str) -> Callable[[Route], Route]:
    pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))

    def add(function: Route) -> Route:
        ROUTES.append((method, pattern, function))
        return function

    return add
