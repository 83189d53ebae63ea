"""Calls of GitLab's REST interface through python-gitlab, with errors of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import time
from typing import Any
from urllib.parse import quote, urlsplit

from dockerfix.bot.forge_errors import (
    AlreadyExistsError,
    ForbiddenError,
    ForgeError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    TransientError,
)
from dockerfix.bot.secret import Secret
from dockerfix.errors import UsageError
from dockerfix.extras import install_line

__all__ = ["GitLabCalls", "project"]

_TIMEOUT = 60.0  # seconds for one request
# What fails on the way is read again, after 0.1, 0.2 and 0.4 seconds; writing is not repeated.
_READING: dict[str, Any] = {"obey_rate_limit": False, "retry_transient_errors": True, "max_retries": 3}
_UNSAID = 60.0  # seconds to wait where GitLab limits without saying how long
_WORDS = 300  # characters of GitLab's own words in a message
_PAGE = 100  # objects, the most that GitLab gives at once


def project(path: str) -> str:
    """The address of a project below `/api/v4`."""
    return f"/projects/{quote(path, safe='')}"


class GitLabCalls:
    """One server and one token. Only reading is tried again, and a redirect to another server is not followed."""

    def __init__(self, token: Secret, url: str) -> None:
        try:
            import gitlab
        except ImportError:
            raise UsageError(f"GitLab needs python-gitlab: {install_line('gitlab')}") from None
        self.host = urlsplit(url).netloc
        self._token = token
        self._headers: dict[str, str] = {}
        self._client = gitlab.Gitlab(url, private_token=token.reveal(), timeout=_TIMEOUT, keep_base_url=True)
        self._client.session.hooks["response"].append(self._remember)
        self._client.session.trust_env = False  # no .netrc of this machine, whose password would go along

    def get(self, path: str, **query: Any) -> Any:
        """One object."""
        with self._translated("GET", path):
            return self._client.http_get(path, query_data=query, **_READING)

    def raw(self, path: str, **query: Any) -> bytes:
        """A file's bytes."""
        with self._translated("GET", path):
            answer = self._client.http_request("get", path, query_data=query, **_READING)
            return bytes(answer.content)

    def head(self, path: str, **query: Any) -> Mapping[str, str]:
        """The headers of an answer."""
        with self._translated("HEAD", path):
            return dict(self._client.http_head(path, query_data=query, **_READING))

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every object of a list, page by page."""
        with self._translated("GET", path):
            query = {**query, "per_page": _PAGE}
            yield from self._client.http_list(path, query_data=query, iterator=True, **_READING)

    def post(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Make something."""
        with self._translated("POST", path):
            return self._client.http_post(path, post_data=dict(data or {}), obey_rate_limit=False)

    def put(self, path: str, data: Mapping[str, Any]) -> Any:
        """Change something."""
        with self._translated("PUT", path):
            return self._client.http_put(path, post_data=dict(data), obey_rate_limit=False)

    def delete(self, path: str) -> None:
        """Take something away."""
        with self._translated("DELETE", path):
            self._client.http_delete(path, obey_rate_limit=False)

    def _remember(self, answer: Any, *_: Any, **__: Any) -> None:
        self._headers = dict(answer.headers)

    @contextmanager
    def _translated(self, method: str, path: str) -> Iterator[None]:
        from gitlab.exceptions import GitlabError, RedirectError
        from requests import RequestException

        asked = f"{method} {path}"
        try:
            yield
        except RedirectError:
            raise ForbiddenError(f"{asked}: {self.host} wants to be asked at another address") from None
        except GitlabError as error:
            words = self._token.kept_out_of(str(error.error_message or ""))
            raise _error(error.response_code or 500, words, self._headers, asked) from None
        except RequestException as error:
            raise TransientError(f"{asked}: no answer from {self.host} ({type(error).__name__})") from None


def _error(status: int, words: str, headers: Mapping[str, str], asked: str) -> ForgeError:
    """The error for an answer that is none of success.

    Args:
        words: what the forge said.
        headers: of the answer, names in any case.
        asked: method and path, for people; neither it nor `words` may hold a token.
    """
    told = f"{asked}: {status} {' '.join(words.split())[:_WORDS]}".rstrip()
    if status == 429:
        return RateLimitedError(told, _seconds(headers))
    if status in (401, 403):
        return ForbiddenError(told)
    if status in (404, 410):
        return NotFoundError(told)
    if status == 409:
        return AlreadyExistsError(told)
    return TransientError(told) if status >= 500 or status == 408 else RefusedError(told)


def _seconds(headers: Mapping[str, str]) -> float:
    """How many seconds a forge wants to be left alone, by `Retry-After` (seconds or a date) or `RateLimit-Reset`."""
    known = {name.lower(): value.strip() for name, value in headers.items()}
    after, reset = known.get("retry-after", ""), known.get("ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    try:
        return max(1.0, parsedate_to_datetime(after).timestamp() - time())
    except ValueError:
        return max(1.0, int(reset) - time()) if reset.isdecimal() else _UNSAID
