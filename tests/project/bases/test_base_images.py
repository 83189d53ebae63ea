from datetime import date

import pytest

from dockerfix.errors import ConfigError
from dockerfix.project.bases.data import Entry, entry, entry_keys, fits, table
from dockerfix.project.bases.images import (
    BaseImage,
    ReadyUser,
    base_image,
    is_floating_tag,
    missing_in_slim,
    python_releases,
)
from dockerfix.syntax.references import ImageReference

DIGEST = "sha256:" + "86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa"
BY_GROUP = frozenset({"groupadd", "useradd"})
BY_ADD = frozenset({"addgroup", "adduser"})


def reference(text: str) -> ImageReference:
    parsed = ImageReference.parse(text)
    assert parsed is not None
    return parsed


def known(text: str, extra: dict[str, Entry] | None = None) -> BaseImage:
    image = base_image(reference(text), extra)
    assert image is not None
    return image


# --- which image ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("python:3.12", "python"),
        ("docker.io/library/python", "python"),
        ("public.ecr.aws/docker/library/python:3.12-slim", "python"),
        ("arm64v8/python:3.12", "python"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "dotnet"),
        ("ghcr.io/astral-sh/uv:latest", "uv"),
        ("condaforge/miniforge3", "conda"),
        ("registry.access.redhat.com/ubi9/python-312", "python"),
        ("registry.access.redhat.com/ubi9/ubi-minimal", "ubi"),
        ("scratch", "scratch"),
    ],
)
def test_an_image_is_found_under_its_names(text: str, family: str) -> None:
    assert known(text).family == family


@pytest.mark.parametrize(
    "text", ["registry.corp/python", "someone/python:3.12", "docker.io/library/scratch", "builder"]
)
def test_an_image_that_nobody_described_is_unknown(text: str) -> None:
    assert base_image(reference(text)) is None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a/*", "a/b/c", True),
        ("*/b", "a/b", True),
        ("a*c*e", "abcde", True),
        ("a*c*e", "abde", False),
        ("ab*ba", "aba", False),
        ("*", "", True),
    ],
)
def test_a_star_stands_for_anything(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


# --- the suite behind a tag ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "suite", "today"),
    [
        ("python:3.12-slim", None, "trixie"),
        ("python", None, "trixie"),
        ("python:3.8-slim", None, "bookworm"),
        ("python:3.12-slim-bookworm", "bookworm", "bookworm"),
        ("python:3.12.1-slim", None, None),
        (f"python:3.12-slim@{DIGEST}", None, None),
        ("python:3.12-alpine", None, None),
        ("python:3.12-alpine3.20", "3.20", "3.20"),
        ("python:3.99-slim", None, None),
        ("node:24-slim", None, "bookworm"),
        ("node:lts", None, "bookworm"),
        ("node:26", None, "trixie"),
        ("debian:12-slim", "bookworm", "bookworm"),
        ("debian:12.5", "bookworm", "bookworm"),
        ("debian:stable-slim", None, "trixie"),
        ("ubuntu:22.04", "jammy", "jammy"),
        ("ubuntu:noble-20240429", "noble", "noble"),
        ("alpine:3.20.1", "3.20", "3.20"),
        ("alpine", None, "3.24"),
        ("nvidia/cuda:12.2.0-devel-ubuntu22.04", "jammy", "jammy"),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "bookworm", "bookworm"),
        ("ghcr.io/astral-sh/uv:latest", None, None),
        ("gcr.io/distroless/python3-debian12", "bookworm", "bookworm"),
    ],
)
def test_the_suite_is_the_written_one_or_that_of_today(text: str, suite: str | None, today: str | None) -> None:
    assert (known(text).suite, known(text).suite_today) == (suite, today)


def test_a_digest_alone_says_nothing_but_the_family() -> None:
    image = known(f"python@{DIGEST}")
    assert image.family == "python"
    assert (image.distribution, image.default_user, image.user_commands, image.entrypoint) == (None, None, None, None)


# --- users ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("debian:11", BY_GROUP | BY_ADD),
        ("debian:12", BY_GROUP | BY_ADD),
        ("debian:13", BY_GROUP),
        ("python:3.12-slim", BY_GROUP),
        ("python:3.12-slim-bookworm", BY_GROUP | BY_ADD),
        ("python:3.12", BY_GROUP | BY_ADD),  # buildpack-deps has adduser by way of openssh-client
        ("python:3.12-alpine", BY_ADD),
        ("ubuntu:22.04", BY_GROUP | BY_ADD),
        ("ubuntu:24.04", BY_GROUP),
        ("registry.access.redhat.com/ubi9/ubi-minimal:9.4", frozenset()),
        ("gcr.io/distroless/static", frozenset()),
        ("amazonlinux:2", frozenset()),
        ("amazonlinux:2023", None),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled", frozenset()),
    ],
)
def test_the_commands_that_make_users(text: str, commands: frozenset[str] | None) -> None:
    assert known(text).user_commands == commands


@pytest.mark.parametrize(
    ("text", "name", "user"),
    [
        ("node:20-slim", "node", ReadyUser(1000, 1000, "/home/node")),
        ("node:20-alpine", "node", ReadyUser(1000, 1000, "/home/node")),
        ("ubuntu:24.04", "ubuntu", ReadyUser(1000, 1000, "/home/ubuntu")),
        ("gcr.io/distroless/python3", "nonroot", ReadyUser(65532, 65532, "/home/nonroot")),
        ("nginx:1.27", "nginx", ReadyUser(101, 101, "/nonexistent")),
        ("postgres:16-alpine", "postgres", ReadyUser(70, 70, "/var/lib/postgresql")),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "app", ReadyUser(1654, 1654, "/home/app")),
    ],
)
def test_users_that_an_image_brings(text: str, name: str, user: ReadyUser) -> None:
    assert known(text).existing_users[name] == user


@pytest.mark.parametrize("text", ["ubuntu:22.04", "python:3.12", "mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled"])
def test_there_is_no_user_1000_where_the_image_has_none(text: str) -> None:
    assert all(user.uid != 1000 for user in known(text).existing_users.values())


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("python:3.12", True),
        ("gcr.io/distroless/base", True),
        ("gcr.io/distroless/base:nonroot", False),
        ("jupyter/scipy-notebook", False),
        ("mambaorg/micromamba", False),
        ("selenium/standalone-chrome", False),
        ("bitnami/redis", None),
    ],
)
def test_whether_an_image_starts_as_root(text: str, root: bool | None) -> None:
    assert known(text).runs_as_root is root


# --- start, environment, shell -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("python:3.12-slim", False),
        ("node:20", True),
        ("nginx", True),
        ("golang:1.27", False),
        ("ghcr.io/astral-sh/uv:0.5", True),
        ("ghcr.io/astral-sh/uv:python3.12-alpine", False),
        ("gcr.io/distroless/python3-debian12", True),
        ("gcr.io/distroless/static-debian12", False),
        ("public.ecr.aws/lambda/python:3.12", True),
        ("nvidia/cuda:12.2.0-base-ubuntu22.04", None),
    ],
)
def test_whether_an_image_sets_an_entrypoint(text: str, sets: bool | None) -> None:
    assert known(text).sets_entrypoint is sets


def test_the_environment_of_python_builds_on_that_of_debian() -> None:
    env = known("python:3.12-slim").default_env
    assert env["PATH"] == "/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    assert env["LANG"] == "C.UTF-8"


def test_python_since_3_13_sets_no_locale() -> None:
    assert "LANG" not in known("python:3.13-slim").default_env


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("python:3.12", ("/bin/sh", "-c")),
        ("gcr.io/distroless/base", None),
        ("gcr.io/distroless/base:debug", ("/busybox/sh", "-c")),
        ("cgr.dev/chainguard/python:latest", None),
        ("cgr.dev/chainguard/python:latest-dev", ("/bin/sh", "-c")),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled", None),
        ("mcr.microsoft.com/windows/servercore:ltsc2022", ("cmd", "/S", "/C")),
        ("scratch", None),
    ],
)
def test_the_shell_of_shell_form(text: str, shell: tuple[str, ...] | None) -> None:
    assert known(text).shell == shell


@pytest.mark.parametrize(("text", "workdir"), [("python:3.12", "/"), ("golang:1.27", "/go"), ("bitnami/redis", None)])
def test_where_instructions_start(text: str, workdir: str | None) -> None:
    assert known(text).workdir == workdir


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("python:3.12.4-slim", "3.12"),
        ("python:3", None),
        ("ghcr.io/astral-sh/uv:0.5-python3.11-alpine", "3.11"),
        ("tiangolo/uvicorn-gunicorn-fastapi:python3.11-slim", "3.11"),
        ("gcr.io/distroless/python3-debian12", "3.11"),
        ("debian:12", None),
    ],
)
def test_the_python_inside(text: str, version: str | None) -> None:
    assert known(text).python_version == version


# --- tools, and what slim lacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tool", "there"),
    [
        ("python:3.12", "gcc", True),
        ("python:3.12", "git", True),
        ("python:3.12-slim", "gcc", False),
        ("python:3.12-slim", "curl", False),
        ("python:3.12-slim", "ca-certificates", True),
        ("python:3.12-slim", "some-tool", None),
        ("python:3.12.1-slim", "curl", None),  # which Debian it has is unknown
        ("debian:12", "ca-certificates", False),
        ("golang:1.27", "git", True),
        ("golang:1.27-alpine", "git", False),
        ("ubuntu:22.04", "curl", None),
    ],
)
def test_whether_a_tool_is_there(text: str, tool: str, there: bool | None) -> None:
    assert known(text).has_tool(tool) is there


@pytest.mark.parametrize("name", ["gcc", "g++", "make", "git", "curl", "wget", "pg_config", "mysql_config", "convert"])
def test_commands_that_only_the_full_python_image_has(name: str) -> None:
    assert name in missing_in_slim().commands


@pytest.mark.parametrize("name", ["python3", "pip", "sh", "bash", "tar", "gzip", "useradd", "perl", "openssl"])
def test_commands_that_the_slim_python_image_has_too(name: str) -> None:
    assert name not in missing_in_slim().commands


def test_headers_and_libraries_that_only_the_full_python_image_has() -> None:
    lacks = missing_in_slim()
    assert {"libpq-dev", "default-libmysqlclient-dev", "libxml2-dev", "libmagic1", "libmagic1t64"} <= lacks.packages
    assert {"stdio.h", "ffi.h", "postgresql", "libxml2"} <= lacks.headers
    assert {"libpq", "libxml-2.0", "openssl"} <= lacks.pkg_config
    assert {"libpq.so.5", "libmagic.so.1", "libgomp.so.1"} <= lacks.shared_libraries
    assert "libssl.so.3" not in lacks.shared_libraries


# --- floating tags -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("python", "python:latest", "python:3", "python:slim", "python:3-slim", "python:alpine", "python:bookworm"),
        *("node", "node:lts", "node:current-alpine", "golang:1", "golang:alpine", "debian", "debian:stable-slim"),
        *("debian:sid", "alpine:3", "alpine:edge", "ubuntu:rolling", "nginx:stable", "nginx:1-alpine", "ruby:3"),
        *(
            "rust:slim",
            "php:8-fpm",
            "ghcr.io/astral-sh/uv:latest",
            "ghcr.io/astral-sh/uv:bookworm-slim",
            "busybox:musl",
        ),
        *("registry.corp/app", "registry.corp/app:latest", "registry.corp/app:main", "redis:alpine"),
    ],
)
def test_a_tag_that_moves_to_the_next_release_line_floats(text: str) -> None:
    assert is_floating_tag(reference(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "python:3.12",
            "python:3.12-slim",
            "node:20",
            "node:iron-slim",
            "golang:1.22",
            "debian:12",
            "debian:bookworm",
        ),
        *("alpine:3.20", "ubuntu:22.04", "ubuntu:jammy", "nginx:1.27", "ruby:3.3", "php:8.3-fpm", "redis:7-alpine"),
        *(
            "ghcr.io/astral-sh/uv:0.5",
            "ghcr.io/astral-sh/uv:python3.12-bookworm-slim",
            "postgres:16",
            "alpine:20240606",
        ),
        *("gcr.io/distroless/python3-debian12:nonroot", "scratch", f"python@{DIGEST}", f"python:3@{DIGEST}"),
        *("registry.corp/app:1.4", "registry.corp/app:prod", "mcr.microsoft.com/dotnet/aspnet:8.0", "builder:abc123"),
        "balenalib/aarch64-debian:stretch",
    ],
)
def test_a_tag_that_stays_on_its_release_line_does_not_float(text: str) -> None:
    assert not is_floating_tag(reference(text))


# --- configuration -------------------------------------------------------------------------------------------------


def test_a_private_image_can_be_said_to_be_like_a_known_one() -> None:
    extra = {"registry.corp/python": {"like": "python", "users": {"app": [10001, 10001, "/app"]}}}
    image = known("registry.corp/python:3.12-slim", extra)
    assert (image.family, image.suite_today, image.user_commands) == ("python", "trixie", BY_GROUP)
    assert image.existing_users == {"app": ReadyUser(10001, 10001, "/app")}
    assert is_floating_tag(reference("registry.corp/python:3"), extra)


def test_like_takes_any_name_of_an_image() -> None:
    extra = {"registry.corp/*": {"like": "ghcr.io/astral-sh/uv"}}
    assert known("registry.corp/uv:python3.12-bookworm-slim", extra).python_version == "3.12"


def test_configuration_comes_before_the_data() -> None:
    assert known("python:3.12", {"python": {"like": "python", "default_user": "app"}}).default_user == "app"


def test_a_described_image_needs_no_other_to_be_like() -> None:
    image = known("registry.corp/base:7", {"registry.corp/base": {"default_user": "app", "entrypoint": []}})
    assert (image.default_user, image.sets_entrypoint, image.distribution) == ("app", False, None)


def test_like_an_unknown_image_is_refused_with_its_name() -> None:
    with pytest.raises(ConfigError, match=r'"pyhton"'):
        base_image(reference("registry.corp/python"), {"registry.corp/python": {"like": "pyhton"}})


# --- the data file -------------------------------------------------------------------------------------------------

KEYS = frozenset(
    "names source date family like on today today_by pin line codenames suites_pin version_is_suite python when "
    "distribution package_manager shell default_user users user_commands entrypoint cmd env workdir has_python has_pip "
    "tools tools_complete".split()
)
CONDITIONS = frozenset({"name", "word", "without", "suite", "version"})


def targets(row: Entry) -> list[str]:
    on = row.get("on", {})
    return [on] if isinstance(on, str) else list(on.values())


@pytest.mark.parametrize("key", entry_keys())
def test_each_entry_says_where_and_when_it_was_read(key: str) -> None:
    row = entry(key)
    assert row["source"]
    assert isinstance(row["date"], date)


@pytest.mark.parametrize("key", entry_keys())
def test_each_entry_holds_only_fields_that_are_read(key: str) -> None:
    row = entry(key)
    assert set(row) <= KEYS
    for rule in row.get("when", ()):
        assert set(rule) & CONDITIONS
        assert set(rule) - CONDITIONS <= (KEYS - {"names", "when", "on", "like"}) | {"suite_is"}


@pytest.mark.parametrize("key", entry_keys())
def test_each_entry_stands_on_entries_that_exist(key: str) -> None:
    row = entry(key)
    assert {target.partition(":")[0] for target in targets(row)} | {row.get("like", key)} <= set(entry_keys())


def test_no_name_belongs_to_two_entries() -> None:
    names = [name for key in entry_keys() for name in entry(key)["names"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["suites", "python", "full_only"])
def test_each_other_table_says_where_and_when_it_was_read(name: str) -> None:
    assert table(name)["source"]
    assert isinstance(table(name)["date"], date)


def test_the_suite_behind_a_plain_python_tag_is_the_first_of_its_release() -> None:
    for line, release in python_releases().items():
        assert known(f"python:{line}").suite_today == release.suites[0]
        assert known(f"python:{line}-slim").suite_today == release.suites[0]


def test_python_releases_know_their_end_and_whether_they_are_maintained() -> None:
    releases = python_releases()
    assert releases["3.9"].end_of_life == date(2025, 10, 31)
    assert not releases["3.9"].maintained
    assert releases["3.12"].maintained
    assert "bullseye" in releases["3.12"].suites
    assert "bullseye" not in releases["3.14"].suites
