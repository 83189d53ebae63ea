"""GitHub's official descriptions, fetched from npm once and kept in the user's cache; never part of this repository.

`@octokit/openapi` describes REST, `@octokit/graphql-schema` GraphQL. Answers of the server start from the description's
own examples, so the tests need it for more than checking.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["DescriptionMissingError", "example", "graphql_schema", "openapi_subset", "used_paths"]

_OPENAPI = "@octokit/openapi@23.0.2", "package/generated/api.github.com.json", "github-openapi-23.0.2.json"
_GRAPHQL = "@octokit/graphql-schema@15.26.1", "package/schema.graphql", "github-graphql-15.26.1.graphql"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dockerfix-tests"

_REPO = "/repos/{owner}/{repo}"
used_paths = (
    "/user",
    "/orgs/{org}/repos",
    "/users/{username}/repos",
    "/user/repos",
    "/installation/repositories",
    "/app/installations/{installation_id}/access_tokens",
    f"{_REPO}",
    f"{_REPO}/installation",
    f"{_REPO}/forks",
    f"{_REPO}/git/ref/{{ref}}",
    f"{_REPO}/git/refs",
    f"{_REPO}/git/matching-refs/{{ref}}",
    f"{_REPO}/git/refs/{{ref}}",
    f"{_REPO}/git/blobs",
    f"{_REPO}/git/trees",
    f"{_REPO}/git/commits",
    f"{_REPO}/git/commits/{{commit_sha}}",
    f"{_REPO}/compare/{{basehead}}",
    f"{_REPO}/contents/{{path}}",
    f"{_REPO}/pulls",
    f"{_REPO}/pulls/{{pull_number}}",
    f"{_REPO}/pulls/{{pull_number}}/files",
    f"{_REPO}/pulls/{{pull_number}}/comments",
    f"{_REPO}/pulls/{{pull_number}}/reviews",
    f"{_REPO}/pulls/{{pull_number}}/requested_reviewers",
    f"{_REPO}/pulls/comments/{{comment_id}}",
    f"{_REPO}/issues/{{issue_number}}/comments",
    f"{_REPO}/issues/{{issue_number}}/labels",
    f"{_REPO}/issues/{{issue_number}}/assignees",
)


class DescriptionMissingError(Exception):
    """npm could not be asked for a description, and it is not in the cache."""


@cache
def graphql_schema() -> Any:
    """GitHub's GraphQL schema, as graphql-core holds it."""
    from graphql import build_schema

    return build_schema(_fetched(*_GRAPHQL).read_text(encoding="utf-8"), assume_valid=True)


@cache
def openapi_subset() -> dict[str, Any]:
    """The description of the paths that are used, with what they refer to."""
    whole = _whole()
    paths = {path: whole["paths"][path] for path in used_paths}
    subset = {**whole, "servers": [{"url": "/"}], "paths": paths, "components": {}}
    waiting, seen = _references(paths), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        kind, key = name.removeprefix("#/components/").split("/", 1)
        value = whole["components"][kind][key]
        subset["components"].setdefault(kind, {})[key] = value
        waiting |= _references(value)
    return subset


def example(name: str) -> Any:
    """One of the description's example answers: a copy, whose parts are not copies and stay as they are."""
    return copy.copy(_whole()["components"]["examples"][name]["value"])


@cache
def _whole() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_fetched(*_OPENAPI).read_bytes())
    return loaded


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(item) for key, item in value.items() if key != "examples"))
    if isinstance(value, list):
        return set().union(*(_references(item) for item in value))
    return set()


def _fetched(package: str, member: str, name: str) -> Path:
    """The file of an npm package, from the cache where it is there."""
    kept = _CACHE / name
    if kept.is_file():
        return kept
    npm = shutil.which("npm")
    if npm is None:
        raise DescriptionMissingError(f"npm is not installed, so {package} cannot be fetched")
    _CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
        command = [npm, "pack", package, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=180, cwd=folder)
        except (subprocess.SubprocessError, OSError) as error:
            raise DescriptionMissingError(f"npm could not fetch {package}: {error}") from error
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            source = archive.extractfile(member)
            assert source is not None
            part = Path(folder) / "part"
            part.write_bytes(source.read())
        part.replace(kept)
    return kept
