"""The page and what it asks: answered only to itself, on this machine."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dockerfix.bot.fleet.isolated import IsolationError, isolated
from dockerfix.cli.playground.guarded import Guarded
from dockerfix.cli.playground.looking import look_at_folder, look_at_text
from dockerfix.cli.playground.sent import BODY_LIMIT, Sent, SentError, read_sent, written
from dockerfix.cli.playground.shown import error_page, front_page, part, result_page
from dockerfix.report.model import Report

__all__ = ["site"]

_SECONDS = 60.0  # for one answer, by the clock; each file has a limit of its own (`limits.limited`)
_AT_ONCE = 2
_PARTS = {"page.css": "text/css", "page.js": "text/javascript"}


def site(port: int) -> Guarded:
    """The application.

    Args:
        port: that it is reached at; a browser that names another place is turned away.
    """
    turn = asyncio.Semaphore(_AT_ONCE)

    async def front(request: Request) -> Response:
        return HTMLResponse(front_page())

    async def look(request: Request) -> Response:
        try:
            sent = read_sent(await _body(request))
            async with turn:
                report = await run_in_threadpool(_report, sent)
        except SentError as error:
            return HTMLResponse(error_page(str(error)), 400)
        except IsolationError as error:
            return HTMLResponse(error_page(str(error)), 422)
        return HTMLResponse(result_page(report))

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _PARTS:
            return Response("there is no such page", 404, media_type="text/plain")
        return Response(part(name), media_type=_PARTS[name])

    routes = [Route("/", front), Route("/look", look, methods=["POST"]), Route("/{name}", asset)]
    return Guarded(Starlette(routes=routes), port)


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise SentError("JSON is needed")
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > BODY_LIMIT:
                raise SentError(f"that is more than {BODY_LIMIT >> 20} MiB; drop the part that the image is built from")
            pieces.append(piece)
    except ClientDisconnect:
        raise SentError("the browser went away") from None
    return b"".join(pieces)


def _report(sent: Sent) -> Report:
    if sent.text is not None:
        return isolated(look_at_text, sent.text, sent.unsafe, seconds=_SECONDS)
    with tempfile.TemporaryDirectory(prefix="dockerfix-page-") as folder:
        written(sent, Path(folder))
        return isolated(look_at_folder, folder, sent.unsafe, seconds=_SECONDS)
