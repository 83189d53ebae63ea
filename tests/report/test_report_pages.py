"""The page of a rule, the tree of a file, and the diff of a whole run."""

from __future__ import annotations

from pathlib import Path

import pytest
from reports import OtherFile, Reported, Safe, report_on

from dockerfix.report.diff import diff_bytes, diff_folder
from dockerfix.report.model import Place, Report
from dockerfix.report.rule_page import rule_page, rule_parts
from dockerfix.report.styled import coloured_page
from dockerfix.report.tree import tree_text
from dockerfix.rule import Example
from dockerfix.rules import all_rules
from dockerfix.syntax import parse


class Shown(Safe):
    """The command is `old`.

    Why: a test.
    Fix: write `new`.
    Safety: always.
    """

    sources = ("one source", "another")
    examples = (
        Example("the usual", 'FROM a\nCMD ["old"]\n', 'FROM a\nCMD ["new"]\n'),
        Example("another file", "FROM a\n", "FROM a\n", files={}, after_files={"notes": "x\n"}),
        Example.suggested("perhaps", "FROM a\n", "FROM b\n"),
        Example.reported("a person is needed", "FROM c\n"),
        Example.unchanged("fine as it is", "FROM d\n"),
    )


def test_the_parts_of_a_docstring() -> None:
    assert rule_parts(Safe) == {
        "": "The command is `old`.",
        "Why": "a test needs two lines.",
        "Fix": "write `new`.",
        "Safety": "always.",
    }


def test_the_page_groups_the_examples_by_what_becomes_of_them() -> None:
    page = rule_page(Shown)
    assert page.startswith("# XX001 old-cmd\n\nThe command is `old`.\n\n**Why.** a test.\n")
    assert '### Repaired\n\nthe usual:\n\n```diff\n FROM a\n-CMD ["old"]\n+CMD ["new"]\n```\n' in page
    assert "```diff\n--- /dev/null\n+++ b/notes\n@@ -0,0 +1 @@\n+x\n```\n" in page
    assert "### Suggested\n\nperhaps:\n\n```diff\n-FROM a\n+FROM b\n```\n" in page
    assert "### Reported without a repair\n\na person is needed:\n\n```dockerfile\nFROM c\n```\n" in page
    assert "### Left alone\n\nfine as it is:\n\n```dockerfile\nFROM d\n```\n" in page
    assert "- one source\n- another\n" in page


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_has_a_page_for_file_and_terminal(rule: type) -> None:
    page = rule_page(rule)
    assert all(f"**{part}.** " in page for part in ("Why", "Fix", "Safety"))
    assert rule.name in coloured_page(page, 80)


def test_the_tree_names_every_item_with_its_bytes() -> None:
    source = (
        b"# syntax=docker/dockerfile:1\n\n# note\nFROM --platform=linux/amd64 a AS b\nRUN x \\\n  # inside\n  y\n"
        b'CMD ["p", "q"]\nONBUILD COPY . /\nRUN <<EOF\nz\nEOF\nNOPE\n'
    )
    shown = tree_text(parse(source)).splitlines()
    assert shown[:7] == [
        "Dockerfile, 148 bytes, escape \\",
        '  0-29 directive syntax = "docker/dockerfile:1"',
        "  29-30 blank",
        '  30-37 comment "# note"',
        "  37-71 FROM (line 4)",
        '    42-64 flag --platform = "linux/amd64"',
        '    65-66 word "a"',
    ]
    assert "  72-94 RUN (shell form, line 5-7)" in shown
    assert '    80-91 comment "# inside"' in shown
    assert "  95-109 CMD (json form, line 8)" in shown
    assert "    118-126 COPY (line 9)" in shown
    assert '    137-139 heredoc EOF (expanded) "z\\n"' in shown


def test_the_tree_of_what_is_no_dockerfile_tells_the_problem() -> None:
    assert (
        tree_text(parse("FROM a\nRUN <<EOF\n")).splitlines()[-1].startswith("problem in line 2: unterminated heredoc")
    )


def test_any_bytes_have_a_tree() -> None:
    assert tree_text(parse(b"\xef\xbb\xbfFROM \xff\r\n")).startswith("Dockerfile, 11 bytes")


def test_the_diff_of_files_above_starts_in_their_common_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "web").mkdir()
    monkeypatch.chdir(tmp_path / "web")
    text = 'FROM odd\nCMD ["old"]\n'
    files = tuple(
        report_on(text, Safe, place=Place(path, path))
        for path in ("Dockerfile", "../api/Dockerfile", "../x/Dockerfile")
    )
    assert diff_folder(Report(files)) == ".."
    named = [line for line in diff_bytes(Report(files)).decode().splitlines() if line.startswith("+++ ")]
    assert named == ["+++ b/web/Dockerfile", "+++ b/api/Dockerfile", "+++ b/x/Dockerfile"]
    assert diff_folder(Report(files[:1])) == ""


def test_an_absolute_path_elsewhere_starts_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = (tmp_path / "api" / "Dockerfile").as_posix()
    report = Report((report_on('FROM odd\nCMD ["old"]\n', Safe, place=Place(path, path)),))
    assert diff_folder(report) == str(tmp_path / "api")
    assert diff_bytes(report).startswith(b"--- a/Dockerfile\n")


def test_a_file_that_two_dockerfiles_change_stands_in_the_diff_once() -> None:
    one = report_on("FROM odd\n", OtherFile, place=Place("a.Dockerfile", "a.Dockerfile"))
    two = report_on("FROM odd\n", OtherFile, place=Place("b.Dockerfile", "b.Dockerfile"), files={"notes": "half\n"})
    assert diff_bytes(Report((one, two))) == b"--- /dev/null\n+++ b/notes\n@@ -0,0 +1 @@\n+be careful\n"


def test_findings_without_a_change_are_no_diff() -> None:
    assert diff_bytes(Report((report_on("FROM odd\nRUN strange\n", Reported),))) == b""
