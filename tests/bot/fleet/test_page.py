"""The report of a run: everything is there, and nothing of a repository is markup."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from dockerfix.bot.fleet import End, Result, Run
from dockerfix.bot.fleet.page import html_page, json_report

RUN = Run("20261125-1", "forge.example", "organisation acme", "{}", True, 1_795_600_000.0, 1_795_603_600.0)
RESULTS = [
    Result("acme/a", End.OPENED, repairs={"DF401": 2, "DF301": 1}, url="https://f/a/1", number=1, state="open"),
    Result("acme/b", End.FAILED, "git fetch: 502"),
    Result("acme/c", End.FAILED, "git fetch: 502"),
    Result("acme/d", End.LEFT_ALONE, "a person closed it", url="https://f/d/3", number=3, state="closed"),
    Result("acme/e", End.UNCHANGED, url="https://f/e/2", number=2, state="merged"),
]


class Seen(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.text = " ".join(self.words)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attributes if name in ("href", "src")]
        assert not any(name.startswith("on") for name, _ in attributes)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(results: list[Result]) -> Seen:
    return Seen("".join(html_page(RUN, lambda: iter(results), version="1.0")))


def test_the_page_names_every_repository_and_its_pull_request() -> None:
    seen = page(RESULTS)
    assert all(result.path in seen.text for result in RESULTS)
    assert seen.links == ["https://f/a/1", "https://f/d/3", "https://f/e/2"]
    assert "5 repositories" in seen.text
    assert "2026-11-25" in seen.text


def test_failures_are_counted_by_reason() -> None:
    text = page(RESULTS).text
    assert "2 git fetch: 502" in text
    assert "1 a person closed it" in text


def test_what_a_repository_says_is_no_markup() -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    seen = page([Result(evil, End.FAILED, evil, repairs={evil: 1}, url='https://f/"onclick="x', number=1, state=evil)])
    assert not {"script", "img"} & seen.tags
    assert evil in seen.text


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    assert page([Result("a/b", End.OPENED, url="javascript:alert(1)", number=1, state="open")]).links == []


def test_the_page_needs_nothing_else() -> None:
    assert not {"script", "link", "img", "iframe"} & page(RESULTS).tags


def test_json_has_the_sums_and_every_repository() -> None:
    report = json.loads("".join(json_report(RUN, lambda: iter(RESULTS), version="1.0")))
    assert report["ends"]["failed"] == 2
    assert report["pull_requests"] == {"open": 1, "merged": 1, "closed": 1}
    assert report["repairs"] == {"DF301": 1, "DF401": 2}
    assert report["failures"] == {"git fetch: 502": 2}
    assert [entry["path"] for entry in report["repositories"]] == [result.path for result in RESULTS]


def test_an_empty_run_is_a_report_too() -> None:
    assert json.loads("".join(json_report(RUN, lambda: iter([]), version="1.0")))["repositories"] == []
    assert "0 repositories" in page([]).text
