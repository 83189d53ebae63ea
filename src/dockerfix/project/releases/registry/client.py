"""One registry, asked with `httpx`: which content a tag has, and which tags an image has.

Only reading requests are sent, each held to a time, a size and a number of redirects. Manifests are asked for with
HEAD, which Docker Hub counts against no limit of pulls.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from dockerfix.deadline import Deadline
from dockerfix.errors import UsageError
from dockerfix.extras import install_line
from dockerfix.frozen import frozen
from dockerfix.project.releases.registry.address import Address, is_allowed
from dockerfix.project.releases.registry.challenge import Challenge, challenge_in
from dockerfix.project.releases.registry.credentials import basic_for, is_kin
from dockerfix.project.releases.registry.failures import MissingError, RegistryError, SilentError
from dockerfix.retry_after import seconds_to_wait

if TYPE_CHECKING:
    import httpx

__all__ = ["Registry", "check_httpx"]

_CONNECT, _READ, _WHOLE = 5.0, 10.0, 20.0  # seconds
_PATIENCE = 10.0  # seconds that a registry is waited for which limits requests
_LARGEST = 8 * 1024 * 1024  # bytes of one answer
_REDIRECTS = 4
_PAGES, _PAGE = 40, 1000  # of tags
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next\b')
# Whoever leaves out a kind of index is given the manifest of one platform in its place, which has another digest.
_KINDS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


def check_httpx() -> None:
    """Whether registries can be asked at all.

    Raises:
        UsageError: httpx is not installed.
    """
    try:
        import httpx  # noqa: F401
    except ImportError:
        raise UsageError(f"--online asks registries with httpx: {install_line('online')}") from None


class Registry:
    """The registry of one image. Its token and the user's password go to no other host.

    Args:
        pause: waits for so many seconds.
    """

    def __init__(self, address: Address, pause: Callable[[float], None] = time.sleep) -> None:
        self._address, self._pause = address, pause
        self._authorization: str | None = None
        self._deadline = Deadline()
        self._client = _client()

    def digest(self, tag: str) -> str:
        """The digest of what a tag names: of the index, where there is one for several platforms.

        Raises:
            MissingError: there is no such tag.
            RegistryError: the registry gives no answer.
        """
        url = f"{self._address.url}/v2/{self._address.repository}/manifests/{tag}"
        said = self._asked("HEAD", url)
        digest = said.headers.get("docker-content-digest", "")
        if not _DIGEST.fullmatch(digest):  # the specification only asks for it
            digest = f"sha256:{hashlib.sha256(self._asked('GET', url).body).hexdigest()}"
        return digest

    def tags(self) -> tuple[str, ...]:
        """All tags of the image, as many as come in forty pages."""
        found: dict[str, None] = {}
        url: str | None = f"{self._address.url}/v2/{self._address.repository}/tags/list?n={_PAGE}"
        for _ in range(_PAGES):
            if url is None:
                break
            said = self._asked("GET", url)
            before = len(found)
            found |= dict.fromkeys(_names(said.body))
            url = _next(said, url) if len(found) > before else None
        return tuple(found)

    def _asked(self, method: str, url: str) -> _Said:
        """An answer that is one, asked for again with a token, and once more after a pause."""
        said = self._sent(method, url, self._authorization)
        if said.status == 401:
            self._authorization = self._authorized(said.headers.get("www-authenticate", ""))
            said = self._sent(method, url, self._authorization)
        if said.status in (429, 503):
            self._pause(self._patience(said))
            said = self._sent(method, url, self._authorization)
        if said.status == 200:
            return said
        raise self._failure(said)

    def _patience(self, said: _Said) -> float:
        says_nothing = said.status == 503 and "retry-after" not in said.headers
        seconds = seconds_to_wait({"retry-after": "1"} if says_nothing else said.headers)
        if seconds > _PATIENCE:
            raise SilentError(f"{self._address.host} limits requests and wants to be left alone for {seconds:.0f} s")
        return seconds

    def _failure(self, said: _Said) -> RegistryError:
        host, name = self._address.host, self._address.repository
        if said.status == 404:
            return MissingError(f"{host} has no such tag of {name}")
        if said.status == 429:
            return SilentError(f"{host} limits requests")
        if said.status in (401, 403):
            return RegistryError(f"{host} shows {name} to nobody without a login")
        return RegistryError(f"{host} answers with status {said.status}")

    def _authorized(self, header: str) -> str | None:
        """The Authorization that a challenge asks for; None where there is none to give."""
        challenge = challenge_in(header)
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            return basic_for(self._address)
        return self._token(challenge) if challenge.scheme == "bearer" else None

    def _token(self, challenge: Challenge) -> str | None:
        """A token to read this image, for the user where credentials are kept for the host, else for anybody."""
        if not is_allowed(challenge.realm, self._address):
            raise RegistryError(f"{self._address.host} names no token service that is safe to ask")
        scope = challenge.scope or f"repository:{self._address.repository}:pull"
        query = urlencode({**({"service": challenge.service} if challenge.service else {}), "scope": scope})
        url = f"{challenge.realm}{'&' if '?' in challenge.realm else '?'}{query}"
        said = self._sent("GET", url, basic_for(self._address) if is_kin(url, self._address) else None)
        if said.status == 429:
            raise SilentError(f"{self._address.host} limits requests")
        if said.status != 200:
            raise RegistryError(f"the token service of {self._address.host} answers with status {said.status}")
        read = _object(said.body)
        token = read.get("token") or read.get("access_token")
        return f"Bearer {token}" if isinstance(token, str) and token.isascii() and token.isprintable() else None

    def _sent(self, method: str, url: str, authorization: str | None) -> _Said:
        """One request, and those that it is sent on to; what authorizes it goes to the first host alone."""
        first = urlsplit(url)[:2]
        for _ in range(_REDIRECTS):
            headers = {"Accept": _KINDS if "/manifests/" in url else "application/json"}
            if authorization is not None and urlsplit(url)[:2] == first:
                headers["Authorization"] = authorization
            said = self._answer(method, url, headers)
            if said.status not in (301, 302, 303, 307, 308):
                return said
            url = urljoin(url, said.headers.get("location", ""))
            if not is_allowed(url, self._address):
                raise RegistryError(f"{self._address.host} sends requests to where none should go")
        raise RegistryError(f"{self._address.host} sends requests from one address to the next")

    def _answer(self, method: str, url: str, headers: Mapping[str, str]) -> _Said:
        import httpx

        try:
            with self._deadline.over(_WHOLE):
                trace = {"trace": self._deadline.trace}
                with self._client.stream(method, url, headers=headers, extensions=trace) as said:
                    return _Said(said.status_code, said.headers, _bounded(said, self._address.host))
        except httpx.TimeoutException:
            raise SilentError(f"{self._address.host} does not answer in time") from None
        except (httpx.TransportError, httpx.StreamError, httpx.DecodingError, httpx.InvalidURL):
            late = f"gives no whole answer within {_WHOLE:g} seconds" if self._deadline.is_over else "cannot be reached"
            raise SilentError(f"{self._address.host} {late}") from None


@frozen
class _Said:
    status: int
    headers: Mapping[str, str]
    body: bytes


def _client() -> httpx.Client:
    from importlib.metadata import version

    check_httpx()
    import httpx

    return httpx.Client(
        timeout=httpx.Timeout(_READ, connect=_CONNECT),
        headers={"User-Agent": f"dockerfix/{version('dockerfix')}"},
        follow_redirects=False,
    )


def _bounded(said: httpx.Response, host: str) -> bytes:
    parts, size = [], 0
    for part in said.iter_bytes():
        size += len(part)
        if size > _LARGEST:
            raise RegistryError(f"{host} answers with more than {_LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise RegistryError("the registry's answer is no JSON") from None
    return read if isinstance(read, dict) else {}


def _names(body: bytes) -> Iterator[str]:
    tags = _object(body).get("tags")
    yield from (tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


def _next(said: _Said, url: str) -> str | None:
    """The next page, of the same server only. Source: OCI distribution specification, "Listing Tags"."""
    found = _NEXT.search(said.headers.get("link", ""))
    following = urljoin(url, found[1]) if found is not None else None
    return following if following is not None and urlsplit(following)[:2] == urlsplit(url)[:2] else None
