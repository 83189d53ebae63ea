"""The report for people, plain and in colours."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from reports import NOWHERE, RULES, HeldBack, OtherFile, Reported, Safe, Suggested, Unsafe, report_on

from dockerfix.check import silenced_findings
from dockerfix.report.model import Failure, Place, Report
from dockerfix.report.styled import Line, Part, Row, Rows, coloured, coloured_diff, plain
from dockerfix.report.text import Manner, NextStep, failure_blocks, text_blocks
from dockerfix.syntax import parse

TEXT = 'FROM odd\nRUN doubt\nRUN strange\nRUN harmless\nCMD ["old"]\n'
SILENCED = TEXT.replace("CMD", "# dockerfix: ignore=XX001 wanted\nCMD")
CHECK = Manner("check")


def lines(*rules: object, manner: Manner = CHECK, text: str = TEXT, offers: bool = False) -> list[str]:
    report = Report((report_on(text, *rules, offers=offers),))  # type: ignore[arg-type]
    return plain(text_blocks(report, manner)).splitlines()


def test_a_repair_is_one_line_that_says_each_thing_once() -> None:
    assert lines(Safe)[0] == "api/Dockerfile:5:1: XX001 old-cmd: Write new [safe: new is the same]"


def test_nothing_is_padded_in_a_pipe() -> None:
    steps = (NextStep("a", "does a"), NextStep("longer", "does more"))
    text = TEXT.replace("RUN harmless\n", "\n" * 8)
    found = lines(Safe, Unsafe, Suggested, text=text, manner=Manner("check", steps=steps))
    assert not [line for line in found if "  " in line.strip().replace("  does", " does")]


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (Unsafe, "doubtful-run: Be certain [unsafe: nobody knows]"),
        (Suggested, "odd-base: Take even [suggestion: a person must decide]"),
        (Reported, "strange-run: this RUN is strange [no repair: nothing is known of it]"),
    ],
)
def test_what_is_not_applied_says_why(rule: type, end: str) -> None:
    assert lines(rule)[0].endswith(end)


def test_what_the_gate_refused_names_the_promise() -> None:
    line = lines(HeldBack, text='FROM odd\nCMD ["fixed"]\n')[0]
    assert "Break it [held back: it would change the start command" in line


def test_declined_notes_are_for_the_verbose() -> None:
    assert not any("harmless" in line or "only looks" in line for line in lines(Reported))
    assert any(
        line.endswith("[left alone: it only looks strange]")
        for line in lines(Reported, manner=Manner("check", verbose=True))
    )


def test_an_offered_edit_is_shown_below_its_line() -> None:
    found = lines(Suggested, offers=True)
    assert found[1:6] == ["    @@ -1,2 +1,2 @@", "    -FROM odd", "    +FROM even", "     RUN doubt", ""]


@pytest.mark.parametrize(
    ("rules", "mode", "summary"),
    [
        ((Safe,), "check", "1 safe repair can be made in 1 Dockerfile"),
        ((Safe,), "diff", "1 safe repair shown in 1 Dockerfile"),
        ((Safe,), "write", "1 repair made in 1 Dockerfile"),
        ((Safe, OtherFile), "write", "2 repairs made in 1 Dockerfile and api/notes"),
        ((), "check", "Nothing to repair in 1 Dockerfile"),
        ((), "write", "Nothing to change in 1 Dockerfile"),
        (
            RULES,
            "check",
            "3 safe repairs can be made in 1 Dockerfile and api/notes; left: 1 unsafe repair, 1 suggestion, "
            "1 finding without a repair",
        ),
    ],
)
def test_the_summary_counts(rules: tuple[type, ...], mode: str, summary: str) -> None:
    assert summary in lines(*rules, manner=Manner(mode))  # type: ignore[arg-type]


def test_quiet_is_findings_only() -> None:
    steps = (NextStep("dockerfix --write", "makes them"),)
    assert len(lines(Safe, manner=Manner("check", quiet=True, steps=steps))) == 1


def test_what_may_be_typed_next_comes_last() -> None:
    steps = (NextStep("dockerfix --diff", "shows them"), NextStep("dockerfix --write .", "makes them"))
    assert lines(Safe, manner=Manner("check", steps=steps))[-2:] == [
        "  dockerfix --diff  shows them",
        "  dockerfix --write .  makes them",
    ]


def test_what_changes_in_the_image_is_told_with_the_diff_of_few_files() -> None:
    file = report_on('FROM debian:12\nCMD ["old"]\n', Safe)
    diff = Manner("diff")
    assert "PID 1 is new, was old" in plain(text_blocks(Report((file,)), diff))
    assert "PID 1" not in plain(text_blocks(Report((file,) * 4), diff))
    assert "PID 1" not in plain(text_blocks(Report((file,)), CHECK))
    assert "PID 1" in plain(text_blocks(Report((file,) * 4), Manner("check", verbose=True)))


def test_what_is_not_shown_is_counted_in_one_line() -> None:
    assert lines(Reported)[-1] == "Not shown: 1 left alone (--verbose shows them)"
    silenced = replace(report_on(TEXT, Safe), silenced=silenced_findings(parse(SILENCED), NOWHERE, [Safe()]))
    assert plain(text_blocks(Report((silenced,)), CHECK)).splitlines()[-1] == (
        "Not shown: 1 silenced by comments (--verbose shows them)"
    )
    assert not any("Not shown" in line for line in lines(Reported, manner=Manner("check", verbose=True)))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\nb/Dockerfile", r"$'a\nb/Dockerfile'"), ("it's \x1b[31m", r"$'it\'s \e[31m'"), ("ä b", "ä b")],
)
def test_a_name_is_one_word_on_one_line_whatever_it_holds(name: str, shown: str) -> None:
    report = Report((report_on(TEXT, Safe, place=Place(name, name)),))
    assert plain(text_blocks(report, CHECK)).startswith(f"{shown}:5:1: XX001 ")
    assert plain(failure_blocks((Failure(name, "no such file"),))) == f"error: {shown}: no such file\n"


def test_failures_are_sentences() -> None:
    failures = (Failure("Dockerfile", "unknown instruction: X", 3), Failure("a", "no such file"), Failure("", "broken"))
    assert plain(failure_blocks(failures)) == (
        "error: Dockerfile:3: unknown instruction: X\nerror: a: no such file\nerror: broken\n"
    )


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_terminal_gets_the_reason_below_in_dim() -> None:
    shown = coloured(text_blocks(Report((report_on(TEXT, Safe),)), CHECK), 400)
    assert uncoloured(shown).splitlines()[:2] == [
        "api/Dockerfile:5:1  XX001 old-cmd: Write new [safe]",
        "                    new is the same",
    ]
    assert "\x1b[2mnew is the same" in shown


def test_a_terminal_aligns_what_stands_behind_the_places() -> None:
    text = TEXT.replace("RUN harmless\n", "\n" * 8)
    shown = uncoloured(coloured(text_blocks(Report((report_on(text, Safe, Unsafe, Suggested),)), CHECK), 400))
    found = [line.index("XX") for line in shown.splitlines() if " XX" in line]
    assert found == [found[0]] * 3


def test_a_terminal_links_to_the_page_of_a_rule() -> None:
    file = replace(report_on(TEXT, Safe), rule_page="https://docs.example/{code}-{name}")
    assert "https://docs.example/XX001-old-cmd" in coloured(text_blocks(Report((file,)), CHECK), 400)
    assert "https" not in plain(text_blocks(Report((file,)), CHECK))


def test_a_terminal_wraps_below_the_words_not_below_the_place() -> None:
    block = Rows((Row((Part("Dockerfile:1:1"),), (Part("word " * 20),)),))
    assert [len(line) - len(line.lstrip()) for line in uncoloured(coloured([block], 60)).splitlines()] == [0, 16, 16]


def test_a_long_place_stands_on_a_line_of_its_own() -> None:
    block = Rows((Row((Part("services/billing/api/Dockerfile:12:1"),), (Part("word " * 12),)),))
    shown = uncoloured(coloured([block], 60)).splitlines()
    assert shown[0].rstrip() == "services/billing/api/Dockerfile:12:1"
    assert all(line.startswith("    word") for line in shown[1:])


def test_a_terminal_never_sees_a_files_own_escape_sequences() -> None:
    assert "\x1b]" not in coloured([Line((Part("a\x1b]0;title\x07b"),))], 80)
    assert uncoloured(coloured_diff("+RUN echo \x1b[2Jx\r\n")) == "+RUN echo [2Jx\n"


def test_the_diff_has_a_colour_for_each_kind_of_line() -> None:
    shown = coloured_diff("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n").splitlines()
    assert len({line.partition("m")[0] for line in shown}) == 5
    assert [uncoloured(line) for line in shown] == ["--- a/x", "+++ b/x", "@@ -1 +1 @@", "-old", "+new", " same"]


def test_long_lines_of_a_diff_are_not_wrapped() -> None:
    assert coloured_diff("+" + "x" * 5000 + "\n").count("\n") == 1
