"""Pull requests from addresses and from CI jobs."""

from __future__ import annotations

import pytest

from dockerfix.bot.address import PullRequestAddress, address_of, address_of_job
from dockerfix.errors import UsageError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/o/r/pull/5", PullRequestAddress("github", "https://github.com", "o/r", 5)),
        ("https://github.com/o/r/pull/5/files", PullRequestAddress("github", "https://github.com", "o/r", 5)),
        (
            "https://gitlab.com/a/b/c/-/merge_requests/12",
            PullRequestAddress("gitlab", "https://gitlab.com", "a/b/c", 12),
        ),
        ("https://codeberg.org/o/r/pulls/7", PullRequestAddress("forgejo", "https://codeberg.org", "o/r", 7)),
    ],
)
def test_addresses_of_a_browser(url: str, expected: PullRequestAddress) -> None:
    assert address_of(url) == expected


@pytest.mark.parametrize(
    "url", ["https://github.com/o/r", "o/r#5", "https://u:p@github.com/o/r/pull/5", "ftp://x/pull/1"]
)
def test_what_is_no_pull_request(url: str) -> None:
    with pytest.raises(UsageError):
        address_of(url)


def test_a_github_job() -> None:
    job = {
        "GITHUB_REF": "refs/pull/9/merge",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "o/r",
    }
    assert address_of_job(job) == PullRequestAddress("github", "https://github.com", "o/r", 9)
    forgejo = PullRequestAddress("forgejo", "https://github.com", "o/r", 9)
    assert address_of_job({**job, "FORGEJO_ACTIONS": "true"}) == forgejo


def test_a_gitlab_job() -> None:
    job = {
        "CI_MERGE_REQUEST_IID": "3",
        "CI_SERVER_URL": "https://gitlab.example.org",
        "CI_MERGE_REQUEST_PROJECT_PATH": "a/b",
    }
    assert address_of_job(job) == PullRequestAddress("gitlab", "https://gitlab.example.org", "a/b", 3)


def test_a_job_for_a_push() -> None:
    assert address_of_job({"GITHUB_REF": "refs/heads/main"}) is None
