"""Asks a web server everything that it tells of itself: pages, links, forms, its own OpenAPI. Prints one JSON object.

Runs alone, in the network of a container:

    python asker.py PORT SECONDS [METHOD:PATH …]

The order and the values are the same each time, so that two servers are asked the same.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import sys
import time
import urllib.parse
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

_FIRST = ("/", "/docs", "/health", "/healthz", "/api", "/api/health", "/robots.txt", "/admin/", "/metrics", "/login")
_SCHEMAS = ("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/swagger.json", "/api/schema/?format=json",
            "/apispec_1.json", "/v3/api-docs", "/docs-json", "/api-json")  # fmt: skip
_LINKS, _FORMS, _OPERATIONS = 30, 12, 80
_PATIENCE = 10.0  # seconds for one answer
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f0005000101"
    "ffb5f3a4b90000000049454e44ae426082"
)
_CSV = b"id,name,value,date\n1,one,1.5,2024-01-01\n2,two,2.5,2024-01-02\n3,three,3.5,2024-01-03\n"
# Texts by the format of a schema or the type of a field.
_FORMATS = {
    "date-time": "2024-01-02T03:04:05Z",
    "date": "2024-01-02",
    "time": "03:04:05",
    "datetime-local": "2024-01-02T03:04",
    "month": "2024-01",
    "week": "2024-W01",
    "email": "proof@example.com",
    "uuid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "uri": "http://localhost/",
    "url": "http://localhost/",
    "ipv4": "127.0.0.1",
    "number": "1",
    "range": "1",
    "tel": "+4915112345678",
    "color": "#ff0000",
}
# Texts by what stands in a field's name, the first that fits.
_TEXTS = {
    "email": "proof@example.com",
    "mail": "proof@example.com",
    "password": "Proof-1234-pass",
    "pass": "Proof-1234-pass",
    "user": "proofuser",
    "phone": "+4915112345678",
    "url": "http://localhost/",
    "link": "http://localhost/",
    "date": "2024-01-02",
    "grant_type": "password",
    "age": "30",
    "price": "10",
    "amount": "10",
    "year": "2024",
    "number": "1",
    "count": "1",
    "_id": "1",
}
_BOUNDARY = "dockerfix-proof-boundary"
_ENDING = re.compile(r"log_?-?out|sign_?-?out|delete|remove", re.IGNORECASE)
_VOLATILE = re.compile(rb"[0-9a-fA-F]{8,}|\d+|[A-Za-z0-9_+/=-]{24,}")


class Page(HTMLParser):
    """The links and forms of a page, as a person sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "src"):
            if given.get(name) and tag in ("a", "link", "script", "img", "source", "iframe"):
                self.links.append(given[name])
        if tag == "form":
            self.forms.append({**given, "fields": []})
        elif tag in ("input", "textarea", "select", "button") and self.forms and given.get("name"):
            self.forms[-1]["fields"].append((tag, given))
        elif tag == "option" and self.forms and self.forms[-1]["fields"]:
            last = self.forms[-1]["fields"][-1][1]
            if not last.get("value"):
                last["value"] = given.get("value", "")


class Asker:
    """One visit; `answers` maps each request, by method and path, to what came of it."""

    def __init__(self, port: int, seconds: float) -> None:
        self.port = port
        self.deadline = time.monotonic() + seconds
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.last_id = ""
        self.answers: dict[str, dict[str, Any]] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "", label: str = "") -> bytes:
        """One request; its answer's body, empty where there is none."""
        key = f"{method} {label or path}" + (f" ({kind.partition(';')[0]})" if kind else "")
        if key in self.answers or time.monotonic() > self.deadline:
            return b""
        headers = {"Accept": "*/*", "User-Agent": "dockerfix-proof", "Host": f"localhost:{self.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if kind:
            headers["Content-Type"] = kind
        if "csrftoken" in self.cookies:
            headers |= {"X-CSRFToken": self.cookies["csrftoken"], "Referer": f"http://localhost:{self.port}/"}
        try:
            status, content_type, text, cut = self._send(method, path, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.answers[key] = {"status": 0, "error": type(error).__name__}
            return b""
        plain = _VOLATILE.sub(b"#", text)
        self.answers[key] = {
            "status": status,
            "type": content_type.partition(";")[0],
            "digest": "" if cut else hashlib.sha256(plain).hexdigest()[:12],
        }
        self._learn(text, content_type)
        return text

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, bytes, bool]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    cookie, _, content = value.partition(";")[0].partition("=")
                    self.cookies[cookie.strip()] = content
            content_type = answer.getheader("Content-Type") or ""
            if "event-stream" in content_type:
                return answer.status, content_type, b"", True
            text = answer.read(2_000_000)
            return answer.status, content_type, text, False
        finally:
            connection.close()

    def _learn(self, text: bytes, content_type: str) -> None:
        """Keep a token that a login gives, and the name of what was made."""
        if "json" not in content_type or len(text) > 100_000:
            return
        try:
            told = json.loads(text)
        except ValueError:
            return
        if isinstance(told, dict):
            token = told.get("access_token") or told.get("token") or told.get("access")
            self.token = token if isinstance(token, str) else self.token
            if isinstance(told.get("id"), str | int):
                self.last_id = str(told["id"])


def visit(asker: Asker, routes: list[str]) -> None:
    """Everything, reading before writing and deleting last."""
    pages = {path: asker.ask("GET", path) for path in _FIRST}
    described = _schema(asker)
    if described is not None:
        _operations(asker, described)
    _crawl(asker, pages)
    for route in routes:
        method, _, path = route.partition(":")
        _route(asker, method, path)


def _schema(asker: Asker) -> dict[str, Any] | None:
    for path in _SCHEMAS:
        text = asker.ask("GET", path)
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if isinstance(told, dict) and isinstance(told.get("paths"), dict):
            return told
    return None


def _operations(asker: Asker, described: dict[str, Any]) -> None:
    """Each operation that an OpenAPI description names."""
    order = ("post", "put", "patch", "get", "head", "options", "delete")
    found = [
        (order.index(method), path, method, operation, item)
        for path, item in described["paths"].items()
        if isinstance(item, dict)
        for method, operation in item.items()
        if method in order and isinstance(operation, dict)
    ]
    logins = re.compile(r"regist|signup|sign-up|login|token|auth|users?/?$", re.IGNORECASE)
    found.sort(key=lambda one: (one[0] == 6, logins.search(one[1]) is None, "log" in one[1], one[0]))
    base = described.get("basePath") or ""
    for _, path, method, operation, item in found[:_OPERATIONS]:
        _operation(asker, described, base + path, method, operation, item)


def _operation(
    asker: Asker, described: dict[str, Any], path: str, method: str, operation: dict[str, Any], item: dict[str, Any]
) -> None:
    query: list[tuple[str, str]] = []
    body: tuple[bytes, str] | None = None
    target = path
    for told in [*(item.get("parameters") or ()), *(operation.get("parameters") or ())]:
        parameter = _resolved(described, told)
        name = str(parameter.get("name", ""))
        if parameter.get("in") == "body":
            body = json.dumps(_value(described, parameter.get("schema") or {}, "")).encode(), "application/json"
            continue
        value = _value(described, parameter.get("schema") or parameter, name)
        if parameter.get("in") == "path":
            text = asker.last_id if asker.last_id and "id" in name.lower() else str(value)
            target = target.replace("{" + name + "}", urllib.parse.quote(text, safe=""))
        elif parameter.get("in") == "query" and parameter.get("required"):
            query.append((name, value if isinstance(value, str) else json.dumps(value)))
    target = re.sub(r"\{[^}]*\}", "1", target)
    content = _resolved(described, operation.get("requestBody") or {}).get("content") or {}
    for kind in ("application/json", "multipart/form-data", "application/x-www-form-urlencoded"):
        if kind in content:
            value = _value(described, content[kind].get("schema") or {}, "")
            body = _encoded(kind, value)
            break
    if query:
        target += "?" + urllib.parse.urlencode(query)
    content_sent, sent_as = body if body is not None else (None, "")
    asker.ask(method.upper(), target, content_sent, sent_as, label=path)


def _encoded(kind: str, value: Any) -> tuple[bytes, str]:
    if kind == "application/json":
        return json.dumps(value, default=lambda _: "").encode(), kind
    pairs = list(value.items()) if isinstance(value, dict) else []
    return _form(pairs, multipart=kind.startswith("multipart"))


def _form(pairs: list[tuple[str, Any]], *, multipart: bool) -> tuple[bytes, str]:
    if not multipart:
        return urllib.parse.urlencode(
            [(name, _plain(value)) for name, value in pairs]
        ).encode(), "application/x-www-form-urlencoded"
    parts = []
    for name, value in pairs:
        for one in value if isinstance(value, list) and value and isinstance(value[0], File) else [value]:
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
            if isinstance(one, File):
                head += f'; filename="{one.name}"\r\nContent-Type: {one.kind}'
                content = one.content
            else:
                content = (one if isinstance(one, str) else json.dumps(one)).encode()
            parts.append(head.encode() + b"\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={_BOUNDARY}"


def _plain(value: Any) -> str:
    """A value as the text of a field; of a file its name."""
    if isinstance(value, File):
        return value.name
    return value if isinstance(value, str) else json.dumps(value)


class File:
    """A small file to upload, of a kind that its field's name suggests."""

    def __init__(self, hint: str) -> None:
        if re.search(r"csv|data|excel|table", hint, re.IGNORECASE):
            self.name, self.kind, self.content = "proof.csv", "text/csv", _CSV
        elif re.search(r"text|doc|txt|pdf|resume|cv", hint, re.IGNORECASE):
            self.name, self.kind, self.content = "proof.txt", "text/plain", b"A small text.\n" * 20
        else:
            self.name, self.kind, self.content = "proof.png", "image/png", _PNG


def _resolved(described: dict[str, Any], told: Any) -> dict[str, Any]:
    for _ in range(10):
        reference = told.get("$ref") if isinstance(told, dict) else None
        if not isinstance(reference, str):
            break
        found: Any = described
        for word in reference.removeprefix("#/").split("/"):
            found = found.get(word.replace("~1", "/"), {}) if isinstance(found, dict) else {}
        told = found
    return told if isinstance(told, dict) else {}


def _value(described: dict[str, Any], told: Any, name: str, depth: int = 0) -> Any:
    """A value that a schema allows, the same each time."""
    schema = _resolved(described, told)
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("examples") and isinstance(schema["examples"], list):
        return schema["examples"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return _combined(described, key, schema[key], name, depth)
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), "string") if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        if depth > 6:
            return {}
        return {key: _value(described, one, key, depth + 1) for key, one in (schema.get("properties") or {}).items()}
    if kind == "array":
        return [_value(described, schema.get("items") or {}, name, depth + 1)] if depth < 6 else []
    if kind in ("integer", "number"):
        return _number(schema, kind)
    if kind == "boolean":
        return True
    if kind == "file" or schema.get("format") == "binary" or schema.get("contentMediaType"):
        return File(name)
    return _text(name, str(schema.get("format") or ""), int(schema.get("minLength") or 0))


def _number(schema: dict[str, Any], kind: str) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    low = low if isinstance(low, int | float) else 0
    high = schema.get("maximum", low + 1)
    value = min(low + 1, high) if isinstance(high, int | float) else low + 1
    return int(value) if kind == "integer" else float(value)


def _combined(described: dict[str, Any], key: str, parts: list[Any], name: str, depth: int) -> Any:
    if key == "allOf":
        values = [_value(described, part, name, depth + 1) for part in parts]
        if all(isinstance(value, dict) for value in values):
            return {field: item for value in values for field, item in value.items()}
        return values[0]
    chosen = next((part for part in parts if _resolved(described, part).get("type") != "null"), parts[0])
    return _value(described, chosen, name, depth + 1)


def _text(name: str, form: str = "", least: int = 0) -> str:
    """A text that a field of this name takes."""
    if form in _FORMATS:
        return _FORMATS[form]
    found = next((value for mark, value in _TEXTS.items() if mark in name.lower()), "proof")
    return found.ljust(least, "x")


def _crawl(asker: Asker, pages: dict[str, bytes]) -> None:
    """Follow the links of the pages, then send their forms."""
    forms: list[tuple[str, dict[str, Any]]] = []
    waiting = [(path, text) for path, text in pages.items() if text]
    seen = set(pages)
    while waiting:
        path, text = waiting.pop(0)
        for link in _read(path, text, forms):
            if link not in seen and len(seen) < _LINKS + len(pages):
                seen.add(link)
                content = asker.ask("GET", link)
                if content:
                    waiting.append((link, content))
    for path, form in forms[:_FORMS]:
        _submit(asker, path, form)


def _read(path: str, text: bytes, forms: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """The links of a page that lead to the same server; its forms are added."""
    if b"<" not in text[:2000]:
        return
    page = Page()
    try:
        page.feed(text.decode("utf-8", "replace"))
    except (AssertionError, ValueError):
        return
    forms += [(path, form) for form in page.forms]
    for link in page.links:
        found = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://localhost{path}", link))
        is_own = found.hostname in ("localhost", "127.0.0.1") and found.scheme == "http"
        if is_own and not _ENDING.search(found.path):
            yield urllib.parse.quote(found.path or "/", safe="/%:@&=+$,;~.-_") + (
                f"?{found.query}" if found.query else ""
            )


def _submit(asker: Asker, path: str, form: dict[str, Any]) -> None:
    pairs: list[tuple[str, Any]] = []
    for tag, field in form["fields"]:
        kind = field.get("type", "text").lower() if tag == "input" else tag
        if kind in ("submit", "button", "reset", "image"):
            continue
        if kind == "file":
            pairs.append((field["name"], File(f"{field['name']} {field.get('accept', '')} {path}")))
        elif kind == "hidden" or tag == "select":
            pairs.append((field["name"], field.get("value", "")))
        elif kind in ("checkbox", "radio"):
            pairs.append((field["name"], field.get("value") or "on"))
        else:
            pairs.append((field["name"], field.get("value") or _text(field["name"], kind)))
    target = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://localhost{path}", form.get("action") or path))
    if target.hostname not in ("localhost", "127.0.0.1") or "delete" in target.path:
        return
    if form.get("method", "get").lower() == "get":
        body, _ = _form(pairs, multipart=False)
        asker.ask("GET", f"{target.path}?{body.decode()}", label=f"{target.path}?form")
        return
    is_multipart = "multipart" in form.get("enctype", "") or any(isinstance(value, File) for _, value in pairs)
    body, kind = _form(pairs, multipart=is_multipart)
    asker.ask("POST", target.path + (f"?{target.query}" if target.query else ""), body, kind)


def _route(asker: Asker, method: str, path: str) -> None:
    """A route that the project's source names: its variables are filled, and what writes gets JSON and a form."""
    target = re.sub(r"<(?:int|float)?:?[^>]*>|:\w+\??|\{[^}]*\}|\(\?P<[^)]*\)", "1", path)
    if method == "GET":
        asker.ask("GET", target, label=path)
        return
    names = ("username", "email", "password", "name", "title", "text", "content", "message", "description", "url",
             "query", "quantity", "price", "date", "id")  # fmt: skip
    value = {name: _text(name) if name not in ("quantity", "price", "id") else 1 for name in names}
    asker.ask(method, target, json.dumps(value).encode(), "application/json", label=path)
    files: list[tuple[str, Any]] = [("file", File("")), ("image", File("image"))]
    body, kind = _form([*value.items(), *files], multipart=True)
    asker.ask(method, target, body, kind, label=path)


def main() -> None:
    port, seconds, *routes = sys.argv[1:]
    asker = Asker(int(port), float(seconds))
    visit(asker, routes)
    print(json.dumps(asker.answers))


if __name__ == "__main__":
    main()
