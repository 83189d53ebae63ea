"""Which forge, repository and pull request an address or a CI job means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from dockerfix.errors import UsageError
from dockerfix.frozen import frozen

__all__ = ["PullRequestAddress", "address_of", "address_of_job"]

_PULL = re.compile(r"(?P<path>.+?)/(?:-/)?(?P<word>pull|pulls|merge_requests)/(?P<number>\d+)(?:/.*)?")
_FORGES = {"pull": "github", "pulls": "forgejo", "merge_requests": "gitlab"}


@frozen
class PullRequestAddress:
    """A pull request.

    Attributes:
        forge: "github", "gitlab" or "forgejo".
        server: https://…, without a slash at its end.
        path: of the repository on it.
    """

    forge: str
    server: str
    path: str
    number: int


def address_of(url: str) -> PullRequestAddress:
    """The pull request that an address of a browser means.

    Raises:
        UsageError: it means none.
    """
    parts = urlsplit(url)
    found = _PULL.fullmatch(parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or found is None or parts.username is not None:
        raise UsageError(f"{url}: not the address of a pull request, such as https://github.com/owner/name/pull/1")
    server = f"{parts.scheme}://{parts.netloc}"
    return PullRequestAddress(_FORGES[found["word"]], server, found["path"], int(found["number"]))


def address_of_job(environment: Mapping[str, str]) -> PullRequestAddress | None:
    """The pull request that a CI job runs for; None outside of one.

    Source: GitHub Docs, "Variables reference"; GitLab Docs, "Predefined CI/CD variables reference"; Forgejo Docs,
    "Actions", which has GitHub's names and `FORGEJO_ACTIONS` (Gitea: `GITEA_ACTIONS`).
    """
    if environment.get("CI_MERGE_REQUEST_IID"):
        server, path = environment["CI_SERVER_URL"], environment["CI_MERGE_REQUEST_PROJECT_PATH"]
        return PullRequestAddress("gitlab", server.rstrip("/"), path, int(environment["CI_MERGE_REQUEST_IID"]))
    ref = re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", environment.get("GITHUB_REF", ""))
    if ref is None:
        return None
    is_forgejo = "FORGEJO_ACTIONS" in environment or "GITEA_ACTIONS" in environment
    server, path = environment["GITHUB_SERVER_URL"], environment["GITHUB_REPOSITORY"]
    return PullRequestAddress("forgejo" if is_forgejo else "github", server.rstrip("/"), path, int(ref[1]))
