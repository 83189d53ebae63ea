"""`dockerfix serve` in a process of its own, and requests to it, word for word."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PIP = "FROM python:3.12-slim\nRUN pip install flask\n"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Site:
    """Where it is served."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """One request with these headers, and no other but `Host` where it is not among them."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
        sent = {"Content-Length": str(len(body))} if body is not None else {}
        for name, value in {**sent, **(headers or {})}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        found = connection.getresponse()
        text = found.read().decode()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, text)

    def look(self, asked: object, **headers: str) -> Answer:
        """As the page's script asks."""
        usual = {"Origin": self.url.rstrip("/"), "Content-Type": "application/json"}
        return self.ask("POST", "/look", {**usual, **headers}, json.dumps(asked).encode())


@contextmanager
def served() -> Iterator[Site]:
    words = [sys.executable, "-m", "dockerfix", "serve", "--port", "0"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        found = re.search(r":(\d+)/", process.stderr.readline())
        assert found is not None
        yield Site(int(found[1]))
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()
