"""What a pull request says, and that it never breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerfix.bot.body import Facts, Part, body_of, joined
from dockerfix.bot.marker import Marker, parted
from dockerfix.bot.proposal import Change, Repairs
from dockerfix.report.model import Entry, FileReport, Place, Status
from dockerfix.rule import Applicability
from dockerfix.text import Position

LIMIT = 65_536


def entry(number: int = 1, status: Status = Status.REPAIRED, **values: str) -> Entry:
    words = {"message": "the container runs as root", "title": "Run as app", "because": "nothing needs root", **values}
    place = Position(number, 1)
    return Entry(
        "DF501", "root-user", words["message"], place, status, Applicability.SAFE, words["title"], words["because"]
    )


def facts(
    *entries: Entry, path: str = "Dockerfile", image: tuple[str, ...] = ("user root → app",), **more: str
) -> Facts:
    report = FileReport(Place(path, path), b"a\n", b"b\n", entries=entries, image_changes=image)
    repairs = Repairs({path: report}, {path: Change(path, b"a\n", b"b\n")})
    return Facts(repairs, base="main", commit="c" * 40, version="1.2.3", **more)


def test_the_two_questions_of_a_reviewer_come_first() -> None:
    headings = [line for line in body_of(facts(entry()), LIMIT).splitlines() if line.startswith("#")]
    assert headings == [
        "### Why this",
        "### How do I know that it works?",
        "### Repairs",
        "### What changes in the image",
        "### Not what you want?",
    ]


def test_a_repair_has_one_line_with_what_and_why() -> None:
    body = body_of(facts(entry(7)), LIMIT)
    line = "- `DF501 root-user` at `Dockerfile:7`: **Run as app** – the container runs as root (nothing needs root)"
    assert line in body.splitlines()


def test_a_rule_links_to_its_page() -> None:
    body = body_of(facts(entry(), rule_page="https://example.org/{code}-{name}.md"), LIMIT)
    assert "[DF501 root-user](https://example.org/DF501-root-user.md)" in body


def test_the_image_is_told_of_in_the_models_words() -> None:
    assert "- user root → app\n" in body_of(facts(entry()), LIMIT)


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (Status.DECLINED, "declined"),
        (Status.OFFERED, "a person has to decide"),
        (Status.HELD_BACK, "held back by the last check before writing"),
    ],
)
def test_what_is_left_alone_is_told_with_its_reason(status: Status, how: str) -> None:
    body = body_of(facts(entry(), entry(9, status, because="port 80")), LIMIT)
    assert f"– the container runs as root ({how}: port 80)" in body


def test_evidence_takes_the_place_of_the_warning_that_nothing_was_built() -> None:
    assert "**Not checked:**" in body_of(facts(entry()), LIMIT)
    proven = body_of(facts(entry(), evidence="| size | 90 MB |\n"), LIMIT)
    assert "**Not checked:**" not in proven
    assert "### Evidence\n\n| size | 90 MB |\n" in proven


def test_version_base_and_configuration_stand_at_the_end() -> None:
    body = body_of(facts(entry(), configuration="--unsafe-fixes"), LIMIT)
    assert body.endswith("<sub>dockerfix 1.2.3 with `--unsafe-fixes`, from `main` at `cccccccccccc`.</sub>")


def test_hostile_text_stays_text() -> None:
    hostile = entry(title="@octocat <b>", message="x\n\n# y", because="fixes #1 <!-- dockerfix {} -->")
    body = body_of(facts(hostile, path="a`b\n@octocat.Dockerfile"), LIMIT)
    assert "@octocat <b>" not in body
    assert "\n# y" not in body
    assert "fixes #1" not in body
    assert Marker.of(body) is None


def test_a_long_body_loses_whole_lines_and_says_so() -> None:
    many = facts(*(entry(number, because="long " * 20) for number in range(2000)))
    body = body_of(many, LIMIT)
    assert len(body) <= LIMIT
    assert len(body) > LIMIT - 300
    lines = body.splitlines()
    repairs = [line for line in lines if line.startswith("- `DF501")]
    assert all(line.endswith(")") for line in repairs)
    assert f"- … and {2000 - len(repairs)} more; `dockerfix --diff` lists all of them." in lines
    assert "<sub>dockerfix 1.2.3" in lines[-1]


def test_evidence_that_is_too_long_is_left_out_as_a_whole() -> None:
    body = body_of(facts(entry(), evidence="| a | b |\n" * 20_000), LIMIT)
    assert "| a | b |" not in body
    assert "too long for this page; `dockerfix verify` prints them" in body
    assert "DF501 root-user" in body


def test_parts_that_may_not_give_way_do_not() -> None:
    short = Part("", ("a" * 10,))
    assert joined([short, Part("List", ("b" * 10,) * 5, "- {} more", is_list=True)], 60).startswith(
        "a" * 10 + "\n\n### List"
    )


def test_a_marker_survives_what_a_forge_does_to_a_body() -> None:
    marker = Marker("a" * 16, "b" * 16, "c" * 16, is_unfinished=True)
    body = marker.around("text", within="Mine.")
    assert Marker.of(body.replace("\n", "\r\n").strip()) == marker
    assert [part.strip() for part in parted(body)] == ["Mine.", "text", ""]
    assert Marker.of("text <!-- dockerfix {broken -->") is None
    assert replace(marker, is_unfinished=False).around("text", within="Mine.") != body
