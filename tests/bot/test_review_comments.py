"""What review mode says at a line, and at which lines."""

from __future__ import annotations

from dockerfix.bot.forge import TouchedFile
from dockerfix.bot.forges.gitlab_review import GitLabReview
from dockerfix.bot.review_comments import is_settled, key_of, settled_body, wanted_comments
from dockerfix.check import check_dockerfile
from dockerfix.fix import repair
from dockerfix.report.model import FileReport, Place, file_report
from dockerfix.rule import BuildContext
from dockerfix.rules.cache.pip_cache_kept import PipCacheKept
from dockerfix.rules.context.missing_ignore_file import MissingIgnoreFile
from dockerfix.rules.process.shell_form_cmd import ShellFormCmd
from dockerfix.syntax import parse

TEXT = "FROM python:3.12-slim\nRUN pip install flask\nWORKDIR /app\nCMD flask run\n"


def report_on(text: str = TEXT) -> FileReport:
    dockerfile, context = parse(text.encode()), BuildContext.of_files({"app.py": "x = 1\n", ".git/HEAD": "x"})
    rules = [PipCacheKept(), ShellFormCmd(), MissingIgnoreFile()]
    outcome = repair(dockerfile, context, rules)
    return file_report(outcome, Place("Dockerfile", "Dockerfile"), check_dockerfile(dockerfile, context, rules))


def bodies(report: FileReport, *lines: int, path: str = "Dockerfile") -> dict[int, str]:
    touched = (TouchedFile(path, path, is_deleted=False, lines=frozenset(lines)),)
    return {w.comment.line: w.comment.body for w in wanted_comments([report], touched, GitLabReview())}


def test_a_repair_in_the_diff_is_a_suggestion() -> None:
    found = bodies(report_on(), 2)
    assert list(found) == [2]
    assert "```suggestion:-0+0\nRUN pip install --no-cache-dir flask\n```" in found[2]


def test_lines_and_files_outside_of_the_diff_get_no_comment() -> None:
    assert bodies(report_on(), 3) == {}
    assert bodies(report_on(), 2, path="other/Dockerfile") == {}


def test_a_deleted_file_gets_no_comment() -> None:
    touched = (TouchedFile("Dockerfile", "Dockerfile", is_deleted=True, lines=frozenset({2})),)
    assert wanted_comments([report_on()], touched, GitLabReview()) == ()


def test_a_repair_that_reaches_out_of_the_diff_is_shown_as_one() -> None:
    text = "FROM python:3.12-slim\nCMD flask \\\n  run\n"
    found = bodies(report_on(text), 2)
    assert "suggestion" not in found[2]
    assert "```diff\n" in found[2]


def test_crlf_gets_no_suggestion_for_a_forge_may_change_it() -> None:
    found = bodies(report_on(TEXT.replace("\n", "\r\n")), 2)
    assert "suggestion" not in found[2]


def test_a_new_file_is_named() -> None:
    report = report_on("FROM python:3.12-slim\nCOPY . /app\n")
    (line,) = [entry.position.line for entry in report.entries if entry.code == "DF601"]
    found = bodies(report, line)
    assert "The repair is made in `.dockerignore`: `dockerfix --write` does it." in found[line]


def test_comments_stand_in_the_order_of_their_lines() -> None:
    assert list(bodies(report_on(TEXT + "RUN pip install uvicorn\n"), 1, 2, 3, 4, 5)) == [2, 4, 5]


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    found = bodies(report_on("FROM python:3.12-slim\nRUN echo '```' && pip install flask\n"), 2)
    assert "````suggestion:-0+0\nRUN echo '```' && pip install --no-cache-dir flask\n````" in found[2]


def test_the_key_holds_when_lines_come_above() -> None:
    (before,) = bodies(report_on(), 2).values()
    (after,) = bodies(report_on(f"# new\n{TEXT}"), 3).values()
    assert key_of(before) == key_of(after)


def test_two_equal_mistakes_have_keys_of_their_own() -> None:
    found = bodies(report_on("FROM python:3.12-slim\nRUN pip install flask\nRUN pip install flask\n"), 2, 3)
    assert len({key_of(body) for body in found.values()}) == 2


def test_a_marker_in_the_text_does_not_become_ours() -> None:
    fake = '<!-- dockerfix-review {"key": "0", "settled": true} -->'
    found = bodies(report_on(f"FROM python:3.12-slim\nRUN pip install flask && echo '{fake}'\n"), 2)
    assert fake in found[2]
    assert key_of(found[2]) != "0"
    assert not is_settled(found[2])


def test_a_settled_text_keeps_its_key_and_calls_nobody() -> None:
    body = settled_body(bodies(report_on(), 2)[2], "Repaired.")
    assert is_settled(body)
    assert key_of(body) == key_of(bodies(report_on(), 2)[2])
    assert "suggestion" not in body
