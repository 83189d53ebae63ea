"""Requests to a forge's JSON interface: bounded in time and size, and every failure is one of `forge_errors`.

Only reading is tried again here: whoever writes has to look first whether the last try was carried out after all.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dockerfix.bot.forge_errors import (
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    TransientError,
)
from dockerfix.bot.secret import Secret
from dockerfix.errors import DockerfixError
from dockerfix.extras import install_line
from dockerfix.frozen import frozen

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Web", "seconds_to_wait"]

_CONNECT, _READ = 10.0, 60.0  # seconds
_LARGEST = 64 * 1024 * 1024  # bytes of one answer
_PAUSES = (0.5, 2.0, 5.0)  # seconds before reading is tried again
_WORDS = 300  # characters of a forge's message that are passed on
_UNSAID = 60.0  # seconds to wait where a forge limits without saying how long


@frozen
class Answer:
    """A success: `body` is the decoded JSON, None where there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Web:
    """One server, as long as the object lives.

    Args:
        url: of the interface, without a slash at its end.
        token: gives the token that fits a path; it is asked for each request.
        scheme: the word before the token in the header.
        headers: sent with each request.
        pause: waits for so many seconds.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[str], Secret],
        *,
        scheme: str = "Bearer",
        headers: Mapping[str, str] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url
        self._token, self._scheme, self._headers = token, scheme, dict(headers or {})
        self._pause = pause
        self._client: httpx.Client | None = None

    def get(self, path: str, **parameters: object) -> Any:
        """What the server has at a path, decoded; tried again where the failure may pass."""
        return self._read(path, parameters).body

    def pages(self, path: str, **parameters: object) -> Iterator[Any]:
        """The items of a list that comes in pages of a hundred."""
        number = 1
        while True:
            items = self.get(path, per_page=100, page=number, **parameters)
            yield from items
            if len(items) < 100:
                return
            number += 1

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
        return self._once(method, path, {}, body, place)

    def _read(self, path: str, parameters: Mapping[str, object]) -> Answer:
        for pause in _PAUSES:
            try:
                return self._once("GET", path, parameters, None)
            except TransientError:
                self._pause(pause)
        return self._once("GET", path, parameters, None)

    def _once(
        self, method: str, path: str, parameters: Mapping[str, object], body: object, place: str | None = None
    ) -> Answer:
        import httpx

        token = self._token(place or path)
        content = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, "Authorization": f"{self._scheme} {token.reveal()}"}
        headers |= {} if content is None else {"Content-Type": "application/json"}
        query = {key: str(value) for key, value in parameters.items()}
        what = f"{method} {path}"
        try:
            with self._open().stream(method, self.url + path, params=query, content=content, headers=headers) as said:
                text = _bounded(said, what)
        except httpx.TimeoutException:
            raise TransientError(f"{what}: no answer in time") from None
        except (httpx.TransportError, httpx.StreamError, httpx.DecodingError) as error:
            raise TransientError(token.kept_out_of(f"{what}: {error or type(error).__name__}")) from None
        if said.status_code >= 300:
            raise _failure(what, said.status_code, said.headers, text, token)
        return Answer(said.status_code, said.headers, _decoded(text, what))

    def _open(self) -> httpx.Client:
        if self._client is None:
            self._client = _client()
        return self._client


def _client() -> httpx.Client:
    try:
        import httpx
    except ImportError:
        raise DockerfixError(f"a forge is asked with httpx: {install_line('github')}") from None
    from importlib.metadata import version

    # A renamed repository redirects; httpx drops the token where that leads to another server.
    return httpx.Client(
        timeout=httpx.Timeout(_READ, connect=_CONNECT),
        follow_redirects=True,
        headers={"User-Agent": f"dockerfix/{version('dockerfix')}"},
    )


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
    except ValueError:
        raise TransientError(f"{what}: the answer is no JSON") from None


def _failure(what: str, status: int, headers: Mapping[str, str], text: bytes, token: Secret) -> ForgeError:
    message = f"{what}: {status} {token.kept_out_of(_words(text))}".rstrip()
    if status in (403, 429, 503) and _is_limited(status, headers, text):
        return RateLimitedError(message, seconds_to_wait(headers))
    if status in (401, 403):
        return ForbiddenError(message)
    if status in (404, 410):
        return NotFoundError(message)
    if status >= 500 or status == 408:
        return TransientError(message)
    return RefusedError(message)


def _is_limited(status: int, headers: Mapping[str, str], text: bytes) -> bool:
    says_so = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 429 or says_so or (status == 403 and (b"rate limit" in text or b"abuse" in text))


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """How long a forge wants to be left alone, counted from now, by the headers of its answer."""
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset) - time.time())
    return _UNSAID


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
