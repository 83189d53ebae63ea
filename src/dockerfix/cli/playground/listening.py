"""The socket of the page: on this machine's own address, and nowhere else."""

from __future__ import annotations

import socket
from contextlib import suppress

import uvicorn

from dockerfix.bot.fleet.isolated import prepare
from dockerfix.cli.playground.site import site
from dockerfix.cli.terminal import Terminal
from dockerfix.errors import UsageError
from dockerfix.report.styled import Line, Part

__all__ = ["listen"]

_ADDRESS = "127.0.0.1"
_CONNECTIONS = 64  # at once


def listen(port: int, terminal: Terminal) -> int:
    """Serve the page until Ctrl-C.

    Raises:
        UsageError: the port is taken.
    """
    place = _bound(port)
    number = place.getsockname()[1]
    prepare(["dockerfix.cli.files.warm", "dockerfix.cli.playground.looking"])
    url = f"http://{_ADDRESS}:{number}/"
    terminal.show((Line((Part(url, "command"), Part("  Ctrl-C ends it", "why"))),), "stderr")
    config = uvicorn.Config(
        site(number),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[place])
    return 0


def _bound(port: int) -> socket.socket:
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((_ADDRESS, port))
        place.listen(_CONNECTIONS)  # whoever reads the address may come at once
    except OverflowError:
        raise UsageError(f"--port {port}: the numbers of ports go from 0 to 65535") from None
    except OSError as error:
        place.close()
        raise UsageError(f"port {port}: {(error.strerror or 'cannot be used').lower()}; --port takes another") from None
    return place
