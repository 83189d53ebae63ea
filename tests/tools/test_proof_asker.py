"""What a server is asked: pages, forms and the operations of its own OpenAPI, in the same order each time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from proof.asker import Asker, visit

PAGE = b"""<html><a href="/about">About</a><a href="https://example.com/">away</a><a href="/logout">bye</a>
<form action="/send" method="post" enctype="multipart/form-data">
<input type="hidden" name="csrf" value="c0ffee"><input name="email"><input type="file" name="photo">
</form></html>"""
OPENAPI = {
    "paths": {
        "/users/{user_id}": {
            "get": {"parameters": [{"name": "user_id", "in": "path", "schema": {"type": "integer"}}]},
            "delete": {"parameters": [{"name": "user_id", "in": "path", "schema": {"type": "integer"}}]},
        },
        "/users": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}
            }
        },
    },
    "components": {
        "schemas": {"User": {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}}}
    },
}


class Handler(BaseHTTPRequestHandler):
    """A page with a form, a described interface, and a record of what was sent."""

    got: list[tuple[str, str, bytes]] = []  # noqa: RUF012  (emptied by the fixture)

    def do_GET(self) -> None:
        self.got.append(("GET", self.path, b""))
        texts = {"/": PAGE, "/about": b"<p>about</p>", "/openapi.json": json.dumps(OPENAPI).encode()}
        known = self.path in texts or self.path.startswith("/users/")
        self._answer(200 if known else 404, texts.get(self.path, b"{}"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append(("POST", self.path, body))
        self._answer(201, b'{"id": 42}', "application/json")

    def do_DELETE(self) -> None:
        self.got.append(("DELETE", self.path, b""))
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes, kind: str = "text/html") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def visited() -> Iterator[tuple[Asker, list[tuple[str, str, bytes]]]]:
    Handler.got.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asker = Asker(server.server_port, 30)
        visit(asker, ["POST:/items/<int:id>"])
        yield asker, list(Handler.got)
        server.shutdown()


def test_links_of_its_own_are_followed_but_never_a_logout(visited: tuple[Asker, list[tuple[str, str, bytes]]]) -> None:
    paths = [path for _, path, _ in visited[1]]
    assert "/about" in paths
    assert "/logout" not in paths


def test_a_form_is_sent_with_its_hidden_fields_and_a_file(
    visited: tuple[Asker, list[tuple[str, str, bytes]]],
) -> None:
    body = next(body for method, path, body in visited[1] if (method, path) == ("POST", "/send"))
    assert b'name="csrf"\r\n\r\nc0ffee' in body
    assert b'name="photo"; filename="proof.png"' in body
    assert b"proof@example.com" in body


def test_an_operation_gets_what_its_schema_allows(visited: tuple[Asker, list[tuple[str, str, bytes]]]) -> None:
    assert ("POST", "/users", b'{"email": "proof@example.com"}') in visited[1]


def test_what_was_made_is_read_and_deleted_last(visited: tuple[Asker, list[tuple[str, str, bytes]]]) -> None:
    described = [(method, path) for method, path, _ in visited[1] if path.startswith("/users")]
    assert described == [("POST", "/users"), ("GET", "/users/42"), ("DELETE", "/users/42")]


def test_routes_of_the_source_are_asked_with_their_variables_filled(
    visited: tuple[Asker, list[tuple[str, str, bytes]]],
) -> None:
    assert ("POST", "/items/1") in [(method, path) for method, path, _ in visited[1]]
    assert visited[0].answers["POST /items/<int:id> (application/json)"]["status"] == 201
