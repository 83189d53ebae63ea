"""Requests to a forge's JSON interface: bounded in time and size, and every failure is one of `forge_errors`.

Only reading is tried again here: whoever writes has to look first whether the last try was carried out after all.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from dockerfix.bot.forge_errors import (
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    TransientError,
)
from dockerfix.bot.secret import Secret
from dockerfix.deadline import Deadline
from dockerfix.errors import DockerfixError
from dockerfix.extras import install_line
from dockerfix.frozen import frozen
from dockerfix.retry_after import seconds_to_wait

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Web"]

_CONNECT, _READ = 10.0, 45.0  # seconds
_LARGEST = 64 * 1024 * 1024  # bytes of one answer
_PAUSES = (0.5, 2.0, 5.0)  # seconds before reading is tried again
_WORDS = 300  # characters of a forge's message that are passed on
_WHOLE = 60.0  # seconds for one request from its first byte to the last one of the answer
_PAGE = 100  # items, the most that GitHub and GitLab give at once
_REDIRECTS = 5


@frozen
class Answer:
    """A success: `body` is the decoded JSON, None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Web:
    """One server, as long as the object lives. The token goes to this server alone, wherever an answer points.

    Args:
        url: of the interface, without a slash at its end.
        token: gives the token that fits a path; it is asked for each request.
        header, scheme: where the token stands, and the word before it there; "" for none.
        headers: sent with each request.
        conflict: the error that status 409 is.
        pause: waits for so many seconds.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[str], Secret],
        *,
        header: str = "Authorization",
        scheme: str = "Bearer",
        headers: Mapping[str, str] | None = None,
        conflict: type[ForgeError] = RefusedError,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url
        self._token, self._header, self._scheme, self._headers = token, header, scheme, dict(headers or {})
        self._conflict, self._pause = conflict, pause
        self._client: httpx.Client | None = None
        self._deadline = Deadline()

    def get(self, path: str, **parameters: object) -> Any:
        """What the server has at a path, decoded; tried again where the failure may pass."""
        return _decoded(self._read("GET", path, parameters).text, path)

    def head(self, path: str, **parameters: object) -> Mapping[str, str]:
        """The headers of what is there; their names are found in any case."""
        return self._read("HEAD", path, parameters).headers

    def raw(self, path: str, **parameters: object) -> bytes:
        """The bytes of what is there."""
        return self._read("GET", path, parameters).text

    def listed(self, path: str, **parameters: object) -> list[dict[str, Any]]:
        """A list of objects in one answer; nothing else is taken for one, above all not for an empty one.

        Raises:
            TransientError: it is something else.
        """
        items = self.get(path, **parameters)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise TransientError(f"GET {path}: the answer is no list of objects")
        return items

    def pages(self, path: str, *, most: int = 200, size: str = "per_page", **parameters: object) -> Iterator[Any]:
        """The items of a list that comes in pages of a hundred, or of as many as the server gives at once.

        Args:
            most: pages; more of them are no list that could be worked with.
            size: what the server calls the number of items of a page; where it is "limit", the server has one of its
                own, so that a page is the last one where it is shorter than the first.
        Raises:
            TransientError: it is no list, or one without an end.
        """
        full, before = _PAGE if size == "per_page" else 0, None
        for number in range(1, most + 1):
            items = self.listed(path, **{size: _PAGE, "page": number}, **parameters)
            if items and items == before:
                break
            yield from items
            full, before = full or len(items), items
            if len(items) < full or not items:
                return
        raise TransientError(f"GET {path}: a list without an end")

    def send(self, method: str, path: str, body: object = None, *, place: str | None = None) -> Any:
        """Ask for a change, once; the decoded answer.

        Args:
            place: the path that decides about the token; None for `path`.
        Raises:
            TransientError: it may have been carried out.
        """
        return self.exchange(method, path, body, place=place).body

    def exchange(self, method: str, path: str, body: object = None, *, place: str | None = None) -> Answer:
        """As `send`, with the headers of the answer."""
        said = self._once(method, path, {}, body, place)
        return Answer(said.status, said.headers, _decoded(said.text, f"{method} {path}"))

    def _read(self, method: str, path: str, parameters: Mapping[str, object]) -> _Said:
        for pause in _PAUSES:
            try:
                return self._once(method, path, parameters, None)
            except TransientError:
                self._pause(pause)
        return self._once(method, path, parameters, None)

    def _once(
        self, method: str, path: str, parameters: Mapping[str, object], body: object, place: str | None = None
    ) -> _Said:
        token = self._token(place or path)
        content = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, self._header: f"{self._scheme} {token.reveal()}".strip()}
        headers |= {} if content is None else {"Content-Type": "application/json"}
        query = urlencode({key: _worded(value) for key, value in parameters.items()})
        what, url = f"{method} {path}", f"{self.url}{path}{f'?{query}' if query else ''}"
        for _ in range(_REDIRECTS):
            said = self._asked(method, url, content, headers, what, token)
            if said.status not in (301, 302, 303, 307, 308):
                if said.status >= 300:
                    raise self._failure(what, said, token)
                return said
            url = self._elsewhere(method, url, said, what)  # a repository that was renamed
        raise RefusedError(f"{what}: sent from one address to the next")

    def _asked(
        self, method: str, url: str, content: bytes | None, headers: dict[str, str], what: str, token: Secret
    ) -> _Said:
        client = self._open()
        import httpx

        try:
            with self._deadline.over(_WHOLE):
                trace = {"trace": self._deadline.trace}
                with client.stream(method, url, content=content, headers=headers, extensions=trace) as said:
                    return _Said(said.status_code, said.headers, _bounded(said, what))
        except httpx.TimeoutException:
            raise TransientError(f"{what}: no answer in time") from None
        except (httpx.TransportError, httpx.StreamError, httpx.DecodingError, httpx.InvalidURL) as error:
            if self._deadline.is_over and method in ("GET", "HEAD"):  # once more would take as long
                raise RefusedError(f"{what}: no whole answer within {_WHOLE:g} seconds") from None
            raise TransientError(token.kept_out_of(f"{what}: {error or type(error).__name__}")) from None

    def _elsewhere(self, method: str, url: str, said: _Said, what: str) -> str:
        """Where a redirect leads.

        Raises:
            ForbiddenError: to another server, which must not see the token, or where a change would become a question.
        """
        wanted = urljoin(url, said.headers.get("location", ""))
        is_same = urlsplit(wanted)[:2] == urlsplit(self.url)[:2]
        if not is_same or (method not in ("GET", "HEAD") and said.status not in (307, 308)):
            raise ForbiddenError(f"{what}: {urlsplit(self.url).netloc} wants to be asked at another address")
        return wanted

    def _failure(self, what: str, said: _Said, token: Secret) -> ForgeError:
        status, headers, text = said.status, said.headers, said.text
        message = f"{what}: {status} {token.kept_out_of(_words(text))}".rstrip()
        if status in (403, 429, 503) and _is_limited(status, headers, text):
            return RateLimitedError(message, seconds_to_wait(headers))
        if status in (401, 403):
            return ForbiddenError(message)
        if status in (404, 410):
            return NotFoundError(message)
        if status == 409:
            return self._conflict(message)
        if status >= 500 or status == 408:
            return TransientError(message)
        return RefusedError(message)

    def _open(self) -> httpx.Client:
        if self._client is None:
            self._client = _client()
        return self._client


@frozen
class _Said:
    status: int
    headers: Mapping[str, str]
    text: bytes


def _client() -> httpx.Client:
    try:
        import httpx
    except ImportError:
        raise DockerfixError(f"a forge is asked with httpx: {install_line('github')}") from None
    from importlib.metadata import version

    return httpx.Client(
        timeout=httpx.Timeout(_READ, connect=_CONNECT),
        headers={"User-Agent": f"dockerfix/{version('dockerfix')}"},
    )


def _worded(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bounded(said: httpx.Response, what: str) -> bytes:
    parts, size = [], 0
    for part in said.iter_bytes():
        size += len(part)
        if size > _LARGEST:
            raise RefusedError(f"{what}: an answer of more than {_LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


def _decoded(text: bytes, what: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise TransientError(f"{what}: the answer is no JSON") from None


def _is_limited(status: int, headers: Mapping[str, str], text: bytes) -> bool:
    says_so = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 429 or says_so or (status == 403 and (b"rate limit" in text or b"abuse" in text))


def _words(text: bytes) -> str:
    """What a forge says about a failure, on one line."""
    try:
        said = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    errors = said.get("errors")
    details = [item.get("message", "") if isinstance(item, dict) else item for item in _list(errors)]
    words = "; ".join(str(word) for word in (said.get("message") or said.get("error") or "", *details) if word)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", words)[:_WORDS]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
