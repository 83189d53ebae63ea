"""`--online`: the release that a tag means today, asked of a real registry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from image_registry import ImageRegistry, image_registry

from dockerfix.config import Settings
from dockerfix.project.releases.registry import address, meaning
from dockerfix.project.releases.registry.meaning import digest_of, meaning_of
from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules.base.latest_tag import LatestTag
from dockerfix.selection import rules_for
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

BOTH = ("linux/amd64", "linux/arm64")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImageRegistry]:
    """Docker Hub as it is in these tests."""
    with image_registry(tmp_path_factory.mktemp("registry")) as hub:
        hub.push("library/nginx", "latest", "mainline", "1", "1.31", "1.31.2", says="nginx", platforms=BOTH)
        hub.push("library/nginx", "alpine", "1.31-alpine", "1.31.2-alpine", says="nginx alpine", platforms=BOTH)
        hub.push("library/nginx", "stable-alpine", "1.30-alpine", "1.30.4-alpine", says="stable", platforms=BOTH)
        hub.push("library/node", "lts-slim", "24-slim", "24.11.1-slim", says="lts slim", platforms=BOTH)
        hub.push("library/node", "latest", "slim", "25-slim", "25.2.0-slim", says="slim", platforms=BOTH)
        hub.push("library/node", "22", "22-slim", "22-alpine", says="old", platforms=BOTH)
        hub.push("library/golang", "alpine", "1.25-alpine", "1.25.4-alpine", says="go", platforms=BOTH)
        hub.push("library/redis", "alpine", "8.2.3-alpine", says="redis", platforms=BOTH)
        hub.push("library/postgres", "latest", "18", "18.1", says="postgres", platforms=BOTH)
        hub.push("library/alpine", "latest", "3", "3.22", "3.22.2", says="alpine", platforms=BOTH)
        hub.push("library/python", "latest", "3", "3.14", "3.14.1", says="python", platforms=BOTH)
        hub.push("library/python", "3.12-slim", "3.12.12-slim", says="python slim", platforms=BOTH)
        hub.push("acme/tool", "latest", "2.4.1", says="tool", platforms=BOTH)
        hub.push("acme/odd", "latest", "release", says="odd", platforms=BOTH)
        yield hub


@pytest.fixture(autouse=True)
def hub(registry: ImageRegistry, monkeypatch: pytest.MonkeyPatch) -> ImageRegistry:
    for function in (meaning_of, digest_of, meaning._registry, meaning._tags):
        function.cache_clear()
    monkeypatch.setattr(meaning, "_SILENT", {})
    monkeypatch.setattr(address, "_HUB_URL", f"http://{registry.host}")
    return registry


def findings(dockerfile: str, files: dict[str, str] | None = None, **settings: bool) -> list[Finding]:
    (rule,) = rules_for([LatestTag], Settings(**{"online": True, **settings}))
    return list(rule.check(parse(dockerfile), BuildContext.of_files(files or {})))


def pinned(dockerfile: str, files: dict[str, str] | None = None, **settings: bool) -> str:
    """The file after what is safe."""
    fixes = [one.fix for one in findings(dockerfile, files, **settings) if one.fix is not None]
    edits = [edit for fix in fixes if fix.applicability is Applicability.SAFE for edit in fix.edits]
    return apply_edits(parse(dockerfile).source, edits).decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM nginx\n", "FROM nginx:1.31.2\n"),
        ("FROM nginx:alpine\n", "FROM nginx:1.31.2-alpine\n"),
        ("FROM nginx:stable-alpine AS web\r\n", "FROM nginx:1.30.4-alpine AS web\r\n"),
        ("FROM docker.io/library/nginx:latest\n", "FROM docker.io/library/nginx:1.31.2\n"),
        ("FROM node:lts-slim\n", "FROM node:24.11.1-slim\n"),
        ("from --platform=linux/arm64 node:slim\n", "from --platform=linux/arm64 node:25.2.0-slim\n"),
        ("FROM golang:alpine AS build\n", "FROM golang:1.25.4-alpine AS build\n"),
        ("FROM redis:alpine\n", "FROM redis:8.2.3-alpine\n"),
        ("FROM postgres\n", "FROM postgres:18.1\n"),
        ("FROM alpine:3\n", "FROM alpine:3.22.2\n"),
        ("FROM acme/tool\n", "FROM acme/tool:2.4.1\n"),
        ("ARG TAG=alpine\nFROM nginx:${TAG}\n", "ARG TAG=1.31.2-alpine\nFROM nginx:${TAG}\n"),
        ("ARG BASE=nginx:latest\nFROM $BASE\n", "ARG BASE=nginx:1.31.2\nFROM $BASE\n"),
        ("ARG T\nFROM nginx:${T:-alpine}\n", "ARG T\nFROM nginx:${T:-1.31.2-alpine}\n"),
    ],
)
def test_the_tag_with_the_same_digest(before: str, after: str) -> None:
    assert pinned(before) == after


@pytest.mark.parametrize(
    "left",
    [
        "FROM alpine:edge\n",
        "FROM node:22-slim\n",
        "FROM nginx@sha256:" + "ab" * 32 + "\n",
        "ARG REGISTRY\nFROM ${REGISTRY}/nginx:latest\n",
        "FROM acme/odd\n",
        "FROM acme/nothing\n",
        "FROM scratch\nCOPY a /a\n",
        "FROM node:22 AS nginx\nFROM nginx\n",
    ],
)
def test_left_alone(left: str) -> None:
    assert pinned(left) == left


def test_a_registry_that_a_build_may_name_itself_is_not_the_one_that_was_asked(registry: ImageRegistry) -> None:
    dockerfile = "ARG REGISTRY=docker.io\nFROM ${REGISTRY}/library/nginx:latest\n"
    (found,) = findings(dockerfile)
    assert found.fix is not None
    assert found.fix.applicability is Applicability.UNSAFE
    assert b"${REGISTRY}/library/nginx:1.31.2" in apply_edits(dockerfile.encode(), found.fix.edits)


def test_the_host_in_the_name_is_asked(registry: ImageRegistry) -> None:
    registry.push("team/base", "latest", "3.1.0", says="base")
    assert pinned(f"FROM {registry.host}/team/base\n") == f"FROM {registry.host}/team/base:3.1.0\n"


def test_the_reason_names_the_digest() -> None:
    (found,) = findings("FROM nginx:alpine\n")
    assert found.fix is not None
    assert found.fix.because.startswith("nginx:alpine is 1.31.2-alpine today, by its digest in the registry (sha256:")


def test_the_release_that_the_project_names_goes_first() -> None:
    assert pinned("FROM node:slim\n", {".nvmrc": "22\n"}) == "FROM node:22-slim\n"


def test_releases_that_do_not_agree_are_told_beside_todays() -> None:
    files = {".nvmrc": "22\n", "package.json": '{"engines": {"node": "20.x"}}'}
    (found,) = findings("FROM node:slim\n", files)
    assert found.fix is not None
    assert (found.fix.title, found.fix.applicability) == ("Pin node:25.2.0-slim", Applicability.SAFE)
    assert ".nvmrc" in found.fix.because


def test_a_release_that_the_registry_does_not_have_is_no_safe_repair() -> None:
    (found,) = findings("FROM golang:alpine\n", {"go.mod": "module a\n\ngo 1.99\n"})
    assert found.fix is not None
    assert found.fix.applicability is Applicability.SUGGESTION
    assert "docker.io has no such tag of library/golang" in found.fix.because


def test_python_is_pinned_to_what_the_project_needs_where_that_is_known() -> None:
    assert pinned("FROM python\n", {".python-version": "3.12\n"}) == "FROM python:3.12-slim\n"


def test_python_is_pinned_to_todays_where_the_project_is_in_doubt() -> None:
    files = {".python-version": "3.12\n", "requirements.txt": "numpy==1.21.0\n"}
    assert pinned("FROM python:latest\n", files) == "FROM python:3.14.1\n"


def test_without_the_option_nothing_is_asked() -> None:
    (found,) = findings("FROM nginx:alpine\n", online=False)
    assert found.fix is not None
    assert found.fix.applicability is Applicability.SUGGESTION
    assert meaning_of.cache_info().misses == 0
    assert digest_of.cache_info().misses == 0


def test_without_an_answer_the_suggestion_is_as_without_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "_HUB_URL", "http://localhost:9")
    (found,) = findings("FROM nginx:alpine\n")
    assert found.fix is not None
    assert (found.fix.title, found.fix.applicability) == ("Pin nginx:1.31-alpine", Applicability.SUGGESTION)
    assert "docker.io cannot be reached" in found.fix.because


def digest(registry: ImageRegistry, reference: str) -> str:
    from dockerfix.syntax.references import ImageReference

    read = ImageReference.parse(reference)
    assert read is not None
    return digest_of(read).digest or ""


def test_the_digest_of_the_index_goes_behind_the_tag(registry: ImageRegistry) -> None:
    same = digest(registry, "nginx:1.31.2")
    assert pinned("FROM nginx\n", pin_digests=True) == f"FROM nginx:1.31.2@{same}\n"


def test_a_tag_that_stays_gets_its_digest_too(registry: ImageRegistry) -> None:
    same = digest(registry, "node:22-slim")
    before = "ARG V=22-slim\nFROM node:$V AS a\nFROM node:22-slim\n"
    after = f"ARG V=22-slim@{same}\nFROM node:$V AS a\nFROM node:22-slim@{same}\n"
    assert pinned(before, pin_digests=True) == after


def test_a_python_gets_its_digest_too(registry: ImageRegistry) -> None:
    same = digest(registry, "python:3.12-slim")
    files = {".python-version": "3.12\n"}
    assert pinned("FROM python\n", files, pin_digests=True) == f"FROM python:3.12-slim@{same}\n"


def test_where_an_argument_leaves_no_room_for_a_digest_the_release_is_pinned_alone() -> None:
    before = "ARG V=latest\nFROM nginx:${V}-alpine\nFROM node:${V}-slim\n"
    assert pinned(before, pin_digests=True) == before
    before = "ARG V=22\nFROM node:${V}-slim\n"
    assert pinned(before, pin_digests=True) == before


def test_a_second_run_has_nothing_to_add(registry: ImageRegistry) -> None:
    once = pinned("FROM nginx\nFROM node:22-slim\n", pin_digests=True)
    assert pinned(once, pin_digests=True) == once
