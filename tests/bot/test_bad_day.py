"""A forge on a bad day: one error of ours, nothing half done, and no waiting for ever."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from forge_server import Fault, ForgeServer
from proposals import TOKEN, proposal
from shops import FIXES, SHOP, Shop
from werkzeug.wrappers import Response

from dockerfix.bot.forge_errors import ForbiddenError, ForgeError, RefusedError, TransientError
from dockerfix.bot.forges.github import GitHub
from dockerfix.bot.forges.github_auth import TokenAuthorization
from dockerfix.bot.keeping import Place, keep
from dockerfix.bot.lifecycle import Ended, Policy
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web
from dockerfix.cli import main
from dockerfix.retry_after import seconds_to_wait

NOTHING = ["null", "[]", "{}", '"x"', "[null]"]
PULLS = "GET .*/(?:pulls|merge_requests)"


def says(text: str, what: str, *, times: int = -1) -> Fault:
    return Fault(what, lambda: Response(text, 200, content_type="application/json"), times=times)


@pytest.mark.parametrize("text", ["null", "{}", '"x"', "[null]", "[[]]"])
def test_a_list_of_pull_requests_that_is_none_is_not_an_empty_one(any_shop: Shop, text: str) -> None:
    any_shop.keep()
    before = any_shop.head("dockerfix/fixes")
    any_shop.server.faults.append(says(text, PULLS))
    any_shop.server.asked.clear()
    with pytest.raises(TransientError):
        any_shop.keep(proposal("other\n"))
    assert (any_shop.writes(), any_shop.head("dockerfix/fixes")) == ([], before)


@pytest.mark.parametrize("text", NOTHING)
def test_an_answer_to_reading_in_another_shape_is_an_error_of_ours(any_shop: Shop, text: str) -> None:
    any_shop.server.faults.append(says(text, "(?:GET|HEAD) .*"))
    with pytest.raises(ForgeError):
        any_shop.keep()
    assert any_shop.branches() == ["main"]


@pytest.mark.parametrize("text", NOTHING)
def test_an_answer_to_writing_in_another_shape_ends_with_one_pull_request(any_shop: Shop, text: str) -> None:
    """Each request that writes is answered so once, though it was not carried out."""
    for skip in range(4):
        fault = says(text, "(?:POST|PATCH|PUT) .*", times=1)
        fault.skip = skip
        any_shop.server.faults[:] = [fault]
        any_shop.keep(proposal(f"{skip}\n", title=f"fix: {skip}"))
    any_shop.server.faults.clear()
    any_shop.keep(proposal("3\n", title="fix: 3"))
    assert any_shop.open_pulls() == [1]
    assert (any_shop.content(), any_shop.branches()) == (b"3\n", ["dockerfix/fixes", "main"])


def test_a_list_without_an_end_ends(any_shop: Shop) -> None:
    any_shop.keep()
    any_shop.server.asked.clear()
    count = iter(range(10**6))

    def page() -> Response:
        start = next(count) * 100
        items = ",".join(f'{{"number": {start + n}}}' for n in range(100))
        return Response(f"[{items}]", 200, content_type="application/json")

    any_shop.server.faults.append(Fault(PULLS, page, times=-1))
    with pytest.raises(ForgeError):
        any_shop.keep()
    assert len(any_shop.server.asked) < 2_000


def test_a_page_that_comes_again_and_again_ends_at_once(any_shop: Shop) -> None:
    any_shop.server.faults.append(says("[" + ",".join(['{"a": 1}'] * 100) + "]", "GET .*/list"))
    web = Web(any_shop.server.url, lambda _: Secret(TOKEN))
    with pytest.raises(TransientError, match="without an end"):
        list(web.pages("/list"))
    assert len(any_shop.server.asked) == 2


def test_an_answer_a_byte_at_a_time_ends(server: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockerfix.bot.web._WHOLE", 1.0)
    monkeypatch.setattr("dockerfix.bot.web._PAUSES", ())

    def drops() -> Iterator[bytes]:
        while True:
            time.sleep(0.1)
            yield b" "

    server.faults.append(Fault("GET .*", lambda: Response(drops(), 200), times=-1))
    begun = time.monotonic()
    with pytest.raises(RefusedError, match="no whole answer"):
        GitHub(_token(), server.url, pause=lambda _: None).repository(SHOP)
    assert time.monotonic() - begun < 20


def test_a_head_a_byte_at_a_time_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockerfix.bot.web._WHOLE", 1.0)
    monkeypatch.setattr("dockerfix.bot.web._PAUSES", ())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 10_000:
                    time.sleep(0.1)
                    try:
                        connection.send(bytes([byte]))
                    except OSError:
                        return

        threading.Thread(target=drip, daemon=True).start()
        with pytest.raises(RefusedError, match="no whole answer"):
            GitHub(_token(), f"http://127.0.0.1:{port}", pause=lambda _: None).repository(SHOP)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "17"}, 17, 17),
        ({"Retry-After": "0"}, 1, 1),
        ({"Retry-After": formatdate(time.time() + 50_000, usegmt=True)}, 40_000, 50_000),
        ({"Retry-After": formatdate(time.time() - 600, usegmt=True)}, 1, 1),
        ({"Retry-After": "soon"}, 60, 60),
        ({"Retry-After": "9" * 400}, 86_400, 86_400),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) - 500)}, 1, 1),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 50_000)}, 40_000, 50_000),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(time.time()) + 50_000)}, 40_000, 50_000),
        ({}, 60, 60),
    ],
)
def test_how_long_a_forge_wants_to_be_left_alone(headers: dict[str, str], least: float, most: float) -> None:
    assert least <= seconds_to_wait(headers) <= most


def test_a_limit_with_a_date_is_waited_for(any_shop: Shop) -> None:
    when = {"Retry-After": formatdate(time.time() + 90, usegmt=True)}
    limited = Fault("POST .*/(?:pulls|merge_requests)", lambda: Response("{}", 429, when))
    any_shop.server.faults.append(limited)
    assert any_shop.keep().ended is Ended.OPENED
    assert 1 <= any_shop.waited[0] <= 90


def test_another_run_that_takes_the_staging_branch_away_fails_nothing(any_shop: Shop) -> None:
    """It looks left behind to the other run, which has the same token."""
    struck = []

    def other() -> None:
        if not struck:
            struck.append(1)
            any_shop.forge.tidy(FIXES, FIXES.__class__(SHOP, "main"))

    for what in ("POST /graphql", "POST .*/contents"):
        any_shop.server.faults.append(Fault(what, other))  # type: ignore[arg-type]  # goes on
    assert any_shop.keep().ended is Ended.OPENED
    assert (any_shop.open_pulls(), any_shop.branches()) == ([1], ["dockerfix/fixes", "main"])


def test_two_runs_at_once_end_with_one_pull_request(any_shop: Shop) -> None:
    ended: list[object] = []

    def run() -> None:
        try:
            place = Place(SHOP, "main", FIXES, any_shop.head())
            ended.append(keep(any_shop.forge, place, proposal(), Policy(), pause=lambda _: time.sleep(0.05)).ended)
        except Exception as error:
            ended.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ended) <= {Ended.OPENED, Ended.UPDATED, Ended.UNCHANGED}
    assert (any_shop.open_pulls(), any_shop.content()) == ([1], b"repaired\n")


def test_a_redirect_to_another_server_gets_no_token(any_shop: Shop) -> None:
    with ForgeServer(any_shop.server.folder.parent / "other") as other:
        there = {"Location": f"{other.url}/api/v4/x"}
        any_shop.server.faults.append(Fault("GET .*", lambda: Response("", 302, there), times=-1))
        with pytest.raises(ForbiddenError, match="at another address"):
            any_shop.keep()
        assert other.asked == []


def test_one_sentence_and_exit_code_2(
    any_shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKERFIX_TOKEN", TOKEN)
    monkeypatch.setattr("dockerfix.bot.web._PAUSES", ())
    any_shop.server.faults.append(says("{}", "GET .*/shop|GET .*/projects/.*"))
    with pytest.raises(SystemExit) as left:
        main(["pr", "--forge", any_shop.forge.name, "--server", any_shop.server.url, "--repo", SHOP])
    assert left.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) <= 2


def _token() -> TokenAuthorization:
    return TokenAuthorization(Secret(TOKEN))
