"""What stands in front of the page: other sites, names that were bent to this machine, and what a browser may do."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guarded"]

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; "
        b"base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Guarded:
    """An application that answers only what its own page asks.

    The name in `Host` has to be this machine's: a site whose name was bent to 127.0.0.1 (DNS rebinding) still sends its
    own. A request that makes work has to come from our page: `Origin` tells, which no script can set.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = frozenset(f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
            return
        body = f"{refusal}\n".encode()
        kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        answer = _with_headers(send)
        await answer({"type": "http.response.start", "status": 403, "headers": kind})
        await answer({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> str | None:
        hosts = list(_values(scope, b"host"))
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "only this machine's own address is answered"
        if scope["method"] in ("GET", "HEAD"):
            return None
        if list(_values(scope, b"origin")) != [b"http://" + hosts[0].lower()]:
            return "only the page itself may ask"
        return None


def _values(scope: Scope, name: bytes) -> Iterable[bytes]:
    return (value for key, value in scope["headers"] if key == name)


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
        await send(message)

    return answer
