"""Users that a stage makes or brings along, and the commands that only do account work."""

from __future__ import annotations

import pytest

from dockerfix.image import Aspect, differences, image
from dockerfix.image.account_work import is_account_work, is_system_place
from dockerfix.image.model import StageImage
from dockerfix.plans.user.accounts import Account, account_for, made_users
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def stage(text: str) -> StageImage:
    found = image(parse(text), BuildContext.of_files({})).final
    assert found is not None
    return found


def made(run: str) -> list[tuple[str, str, str | None]]:
    found = made_users(stage(f"FROM debian:12\nARG WHO=web\nRUN {run}\n"))
    return [(account.name, account.owner, account.home) for account in found]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("useradd web", ("web", "web:web", None)),
        ("useradd -m web", ("web", "web:web", "/home/web")),
        ("useradd -rm -d /srv/web -s /bin/bash -g root -G sudo -u 1000 web", ("web", "web", "/srv/web")),
        ("groupadd -g 9 web && useradd --uid 9 --gid 9 --create-home web", ("web", "web:web", "/home/web")),
        ("adduser --disabled-password --gecos '' web", ("web", "web:web", "/home/web")),
        ("adduser --system --no-create-home --group web", ("web", "web:web", None)),
        ("addgroup -S web && adduser -S -G web web", ("web", "web:web", "/home/web")),
        ("adduser -D -H -u 1000 web", ("web", "web:web", None)),
        ("useradd --create-home $WHO", ("web", "web:web", "/home/web")),
    ],
)
def test_user_is_read_in_each_dialect(run: str, expected: tuple[str, str, str | None]) -> None:
    assert made(run) == [expected]


@pytest.mark.parametrize(
    ("base", "run", "expected"),
    [
        # Debian 11, 12, 13: tried with adduser 3.118, 3.134, 3.152 and passwd 4.8.1, 4.13, 4.17.4.
        ("debian:11", "adduser --system web", ("web", "web", "/home/web")),
        ("debian:12", "adduser --system web", ("web", "web", None)),
        ("debian:13", "adduser --system --group web", ("web", "web:web", None)),
        ("debian:12", "adduser --system --home /srv/web web", ("web", "web", "/srv/web")),
        ("debian:12", "adduser --system --no-create-home --home /srv/web web", ("web", "web", None)),
        ("ubuntu:22.04", "adduser --system web", ("web", "web", "/home/web")),
        ("ubuntu:24.04", "adduser --system web", ("web", "web", None)),
        ("debian:12", "useradd -rm web", ("web", "web:web", "/home/web")),
        ("debian:12", "useradd -N -m web", ("web", "web", "/home/web")),
        ("debian:12", "useradd -U web", ("web", "web:web", None)),
        ("debian:12", "useradd -m -b /srv web", ("web", "web:web", "/srv/web")),
        ("debian:12", "useradd -m -G sudo web", ("web", "web:web", "/home/web")),
        ("debian:12", "useradd -d / web", ("web", "web:web", None)),
        # busybox
        ("alpine:3.22", "adduser -S web", ("web", "web", "/home/web")),
        ("alpine:3.22", "adduser -S -D -H -h /app web", ("web", "web", None)),
        ("alpine:3.22", "adduser -D web", ("web", "web:web", "/home/web")),
        ("alpine:3.22", "adduser -D -G users web", ("web", "web", "/home/web")),
        ("alpine:3.22", "addgroup -S web && adduser -S web", ("web", "web:web", "/home/web")),
        # Red Hat's login.defs: CREATE_HOME yes; adduser is useradd.
        ("fedora:42", "useradd web", ("web", "web:web", "/home/web")),
        ("fedora:42", "useradd -r web", ("web", "web:web", None)),
        ("fedora:42", "adduser --system web", ("web", "web:web", None)),
        # Of an unknown base only the name is certain.
        ("corp/base:1", "useradd -m web", ("web", "web", "/home/web")),
    ],
)
def test_group_and_home_by_the_release(base: str, run: str, expected: tuple[str, str, str | None]) -> None:
    found = made_users(stage(f"FROM {base}\nRUN {run}\n"))
    assert [(account.name, account.owner, account.home) for account in found] == [expected]


def test_home_that_was_there_is_roots() -> None:
    account = made_users(stage("FROM debian:12\nWORKDIR /home/web\nRUN useradd -m web\n"))[0]
    assert (account.home, account.home_is_roots) == ("/home/web", True)


def test_adding_to_a_group_makes_no_user() -> None:
    assert made("adduser root audio") == []


def test_user_of_the_file_comes_first() -> None:
    assert account_for(stage("FROM node:22\nRUN useradd -m web\n")) == Account("web", "web:web", (), "/home/web")


def test_several_users_of_the_file_are_no_answer() -> None:
    found = account_for(stage("FROM debian:12\nRUN useradd one && useradd two\n"))
    assert found is not None
    assert found.name == "app"


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("node:22", "node"),
        ("gcr.io/distroless/static-debian12", "nonroot"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "app"),
    ],
)
def test_user_of_the_base_image(base: str, name: str) -> None:
    found = account_for(stage(f"FROM {base}\n"))
    assert found is not None
    assert (found.name, found.creation) == (name, ())


def test_users_of_people_and_services_are_not_taken() -> None:
    for base in ("ubuntu:24.04", "php:8.3-cli"):
        found = account_for(stage(f"FROM {base}\n"))
        assert found is not None
        assert found.name == "app"


def test_user_that_the_file_deletes_is_not_taken() -> None:
    found = account_for(stage("FROM node:22-alpine\nRUN deluser --remove-home node\n"))
    assert found is not None
    assert found.name == "app"


def test_unknown_base_gives_no_account() -> None:
    assert account_for(stage("FROM registry.example.com/base:1\n")) is None


def test_taken_number_gives_the_next() -> None:
    found = account_for(stage("FROM debian:12\nRUN groupadd -g 10001 one && useradd two && useradd three\n"))
    assert found is not None
    assert found.creation[0] == "groupadd --gid 10002 app"


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("useradd app", True),
        ("chown -R app:app /app", True),
        ("mkdir -p /app/data", True),
        ("mkdir data", True),
        ("chown app /", False),
        ("chown -R app /usr/bin", False),
        ("chown -R app /etc/ssl", False),
        ("chown app /app/*", False),
        ("chown app $DIR", False),
        ("useradd app > /etc/passwd", False),
        ("rm -rf /app", False),
        ("(useradd app)", False),
    ],
)
def test_account_work(run: str, expected: bool) -> None:
    step = stage(f"FROM debian:12\nWORKDIR /srv/app\nRUN {run}\n").steps[-1]
    assert step.commands is not None
    assert all(is_account_work(item) for item in step.commands) is expected


@pytest.mark.parametrize("path", ["/", "/usr", "/usr/bin", "/usr/local/lib/python3.12", "/var/log", "/home", "/root/x"])
def test_system_place(path: str) -> None:
    assert is_system_place(path)


@pytest.mark.parametrize("path", ["/app", "/usr/src/app", "/home/app", "/opt/app", "/var/lib/app", "/srv"])
def test_place_of_an_app(path: str) -> None:
    assert not is_system_place(path)


def user_differences(before: str, after: str) -> list[Aspect]:
    context = BuildContext.of_files({})
    found = differences(image(parse(before), context), image(parse(after), context), frozenset({Aspect.USER}))
    return [difference.aspect for difference in found]


def test_gate_lets_new_account_work_through() -> None:
    before = "FROM debian:12\nRUN echo a\n"
    assert user_differences(before, "FROM debian:12\nRUN useradd app\nRUN echo a\nUSER app\n") == []


def test_gate_stops_a_run_that_does_more() -> None:
    before = "FROM debian:12\nRUN echo a\n"
    after = "FROM debian:12\nRUN useradd app && rm -rf /srv\nRUN echo a\nUSER app\n"
    assert user_differences(before, after) == [Aspect.COMMANDS]


def test_gate_stops_account_work_that_is_taken_away() -> None:
    before = "FROM debian:12\nRUN useradd app\nRUN echo a\n"
    assert user_differences(before, "FROM debian:12\nRUN echo a\n") == [Aspect.COMMANDS]


def test_gate_stops_system_folders_that_are_given_away() -> None:
    before = "FROM debian:12\nRUN echo a\n"
    after = "FROM debian:12\nRUN echo a\nRUN useradd app && chown -R app /\nUSER app\n"
    assert user_differences(before, after) == [Aspect.COMMANDS]
