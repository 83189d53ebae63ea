"""A limit for a whole request: a server that sends a byte now and then keeps every other limit waiting for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["Deadline"]


class Deadline:
    """Ends the connections of one HTTP client when a request takes too long.

    Attributes:
        is_over: whether the last request was ended so.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._sockets: list[socket.socket] = []

    def trace(self, event: str, told: dict[str, Any]) -> None:
        """Hear of new connections; a function for httpcore's extension "trace"."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            found = told["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                self._sockets = [*self._sockets[-7:], found]

    @contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Hold the block to so many seconds: what it waits for from a connection then fails."""
        self.is_over = False
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end(self) -> None:
        self.is_over = True
        for one in self._sockets:
            with suppress(OSError):  # it is closed already
                one.shutdown(socket.SHUT_RDWR)
