"""One Dockerfile that is built from several folders."""

from __future__ import annotations

from dockerfix.fix import Outcome
from dockerfix.rule import Applicability, BuildContext, Rule
from dockerfix.rules.cache.pip_cache_kept import PipCacheKept
from dockerfix.rules.context.missing_ignore_file import MissingIgnoreFile
from dockerfix.rules.order.copy_before_install import CopyBeforeInstall
from dockerfix.run.several import only_reported, repair_in_all
from dockerfix.syntax import parse

COPIES_FIRST = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["python", "app.py"]
"""
PLAIN = {"requirements.txt": "flask\n", "app.py": ""}


def repaired(source: str, rule: Rule, *contexts: dict[str, str]) -> Outcome:
    names = [("." if not number else f"folder{number}") for number in range(len(contexts))]
    made = [BuildContext.of_files(files) for files in contexts]
    return repair_in_all(parse(source), list(zip(names, made, strict=True)), [rule])


def offer(outcome: Outcome) -> tuple[Applicability | None, str]:
    (remaining,) = outcome.remaining
    return remaining.offered, remaining.finding.because


def test_repair_that_is_the_same_in_both_is_made() -> None:
    outcome = repaired("FROM python:3.12-slim\nRUN pip install flask\n", PipCacheKept(), {}, {"a": ""})
    assert outcome.after.text == "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"
    assert [applied.finding.code for applied in outcome.applied] == ["DF301"]


def test_one_context_is_taken_as_it_is() -> None:
    assert "COPY requirements.txt" in repaired(COPIES_FIRST, CopyBeforeInstall(), PLAIN).after.text


def test_repair_that_differs_is_only_suggested() -> None:
    with_base = {**PLAIN, "requirements.txt": "-r base.txt\n", "base.txt": "flask\n"}
    outcome = repaired(COPIES_FIRST, CopyBeforeInstall(), PLAIN, with_base)
    assert outcome.after.text == COPIES_FIRST
    offered, because = offer(outcome)
    assert offered is Applicability.SUGGESTION
    assert because == "it is built from . and folder1, and from folder1 the repair is another one"


def test_repair_that_is_impossible_in_the_other_is_only_suggested() -> None:
    editable = {**PLAIN, "requirements.txt": "-e .\n", "setup.py": ""}
    outcome = repaired(COPIES_FIRST, CopyBeforeInstall(), PLAIN, editable)
    assert not outcome.changed
    offered, because = offer(outcome)
    assert offered is Applicability.SUGGESTION
    assert because.startswith("it is built from . and folder1, and from folder1 no repair is known: ")


def test_mistake_of_the_other_context_is_told() -> None:
    outcome = repaired(COPIES_FIRST, CopyBeforeInstall(), {"app.py": ""}, PLAIN)
    assert not outcome.changed
    assert offer(outcome)[0] is not Applicability.SAFE


def test_ignore_file_of_each_context_is_left_to_people() -> None:
    files = {**PLAIN, ".env": "SECRET=1\n", "Dockerfile": COPIES_FIRST}
    outcome = repaired(COPIES_FIRST, MissingIgnoreFile(), files, files)
    assert not outcome.changed
    assert offer(outcome) == (
        Applicability.SUGGESTION,
        "it is built from . and folder1, each with files of its own: use --context",
    )


def test_three_contexts_are_named() -> None:
    editable = {**PLAIN, "requirements.txt": "-e .\n", "setup.py": ""}
    outcome = repaired(COPIES_FIRST, CopyBeforeInstall(), PLAIN, PLAIN, editable)
    assert offer(outcome)[1].startswith("it is built from ., folder1 and folder2, and from folder2 ")


def test_only_reported_rules_offer_and_apply_nothing() -> None:
    rules = only_reported([PipCacheKept()], "it lies in tests/")
    context = BuildContext.of_files({})
    outcome = repair_in_all(
        parse("FROM python:3.12-slim\nRUN pip install flask\n"), [(".", context)], rules, unsafe=True
    )
    assert not outcome.changed
    assert offer(outcome) == (Applicability.SUGGESTION, "it lies in tests/")


def test_comment_that_silences_a_rule_still_does() -> None:
    source = "FROM python:3.12-slim\n# hadolint ignore=DL3042\nRUN pip install flask\n"
    assert repaired(source, PipCacheKept(), {}, {"a": ""}).remaining == ()
