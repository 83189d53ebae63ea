"""Is each request and each answer what GitHub's description says?"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.wrappers import Request, Response

from forge_server.description import openapi_subset

__all__ = ["violation_of_answer", "violation_of_request"]

_UNDESCRIBED = {401, 403, 404, 500, 502, 503, 504}  # any operation may answer so, also where it is not listed


@cache
def _description() -> OpenAPI:
    # Whether GitHub's description is itself a good one is not judged here; that would take seconds.
    return OpenAPI.from_dict(openapi_subset(), config=Config(spec_validator_cls=None))  # type: ignore[arg-type]


class _Asked:
    """A request as openapi-core reads it; the path stays percent-encoded, so that a branch is one segment."""

    def __init__(self, request: Request) -> None:
        parts = urlsplit(request.environ["REQUEST_URI"])
        self.host_url = ""
        self.path = parts.path
        self.path_pattern = None
        self.method = request.method.lower()
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True)),
            header=Headers(request.headers),
            cookie=ImmutableMultiDict(),
            path={},
        )
        self.body = request.get_data() or None
        self.content_type = request.mimetype or "application/json"


class _Answered:
    def __init__(self, response: Response) -> None:
        self.data = response.get_data()
        self.status_code = response.status_code
        self.content_type = response.mimetype
        self.headers = Headers(response.headers)


_JUDGED: dict[bytes, str | None] = {}  # what has been judged before is not judged again
_VARIES = re.compile(rb"http://127\.0\.0\.1:\d+|[0-9a-f]{40}")  # and is a text of one kind wherever it stands


def violation_of_request(request: Request) -> str | None:
    """What the description has against a request; None for nothing."""
    return _judged(_words(request), lambda: _request_violation(request))


def violation_of_answer(request: Request, response: Response) -> str | None:
    """What the description has against an answer; None for nothing."""
    said = b"%d %b %b" % (response.status_code, response.mimetype.encode(), response.get_data())
    return _judged(_words(request) + said, lambda: _answer_violation(request, response))


def _words(request: Request) -> bytes:
    return b" ".join((request.method.encode(), request.environ["REQUEST_URI"].encode(), request.get_data()))


def _judged(words: bytes, judge: Callable[[], str | None]) -> str | None:
    key = sha256(_VARIES.sub(b"x", words)).digest()
    if key not in _JUDGED:
        _JUDGED[key] = judge()
    return _JUDGED[key]


def _request_violation(request: Request) -> str | None:
    return _violation(lambda: _description().validate_request(_Asked(request)), f"{request.method} {request.path}")


def _answer_violation(request: Request, response: Response) -> str | None:
    what = f"{response.status_code} to {request.method} {request.path}"
    found = _violation(lambda: _description().validate_response(_Asked(request), _Answered(response)), what)
    is_unlisted = found is not None and "Unknown response http status" in found
    return None if is_unlisted and response.status_code in _UNDESCRIBED else found


def _violation(check: Any, what: str) -> str | None:
    try:
        check()
    except OpenAPIError as error:
        causes = [str(error), *_causes(error)]
        return f"{what}: " + " / ".join(causes)
    return None


def _causes(error: BaseException) -> list[str]:
    details = [f"{list(item.absolute_path)}: {item.message[:300]}" for item in getattr(error, "schema_errors", ())]
    cause = error.__cause__
    return details if cause is None else [*details, str(cause)[:300], *_causes(cause)]
