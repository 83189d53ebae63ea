"""What a reason counts on: which file, which line, and what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dockerfix.api import fix_file
from dockerfix.bot.body.facts import Facts
from dockerfix.bot.body.repaired import repairs_part
from dockerfix.bot.proposal import Repairs
from dockerfix.fix import Outcome
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.facts import Fact, distinct, facts_in
from dockerfix.report.model import Place, file_report

_APP = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
_START = 'CMD ["python", "main.py"]\n'


def _repaired(folder: Path, files: Mapping[str, str]) -> Outcome:
    (folder / ".git").mkdir(parents=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return fix_file(folder / "Dockerfile", write=False)


def _facts(outcome: Outcome, code: str) -> list[Fact]:
    findings = [one.finding for one in (*outcome.applied, *outcome.remaining)]
    return [fact for finding in findings if finding.code == code for fact in finding.facts]


def _places(outcome: Outcome, code: str) -> set[tuple[str | None, int | None]]:
    return {(one.path, one.line) for one in _facts(outcome, code)}


def test_the_evidence_of_a_version_has_its_line(tmp_path: Path) -> None:
    outcome = _repaired(
        tmp_path,
        {
            "Dockerfile": "FROM python:latest\nCOPY . /app\n" + _START,
            "pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.10,<3.12"\n',
        },
    )
    assert ("pyproject.toml", 4) in _places(outcome, "DF101")


def test_the_requirement_that_stands_in_the_way_of_slim_has_its_line(tmp_path: Path) -> None:
    requirements = "flask\n\nmysqlclient==2.2.4\n"
    outcome = _repaired(
        tmp_path, {"Dockerfile": _APP.replace(":3.12-slim", ":latest") + _START, "requirements.txt": requirements}
    )
    (fact,) = [one for one in _facts(outcome, "DF101") if "mysqlclient" in one.text]
    assert (fact.path, fact.line) == ("requirements.txt", 3)


def test_what_an_install_reads_and_where_that_is_said(tmp_path: Path) -> None:
    files = {"requirements.txt": "# all\n-r base.txt\n", "base.txt": "flask\n", "main.py": "import flask\n"}
    outcome = _repaired(tmp_path, {"Dockerfile": _APP + _START, **files})
    facts = {one.path: one.text for one in _facts(outcome, "DF201")}
    assert facts == {
        "requirements.txt": "pip (line 4) reads it",
        "base.txt": "pip (line 4) reads it, as requirements.txt:2 names it",
    }


def test_what_starts_what_it_writes_and_what_is_not_known(tmp_path: Path) -> None:
    main = 'import flask\nimport nobody_knows\n\nimport helper\n\nopen("notes.txt", "w")\n'
    files = {"requirements.txt": "flask\nnobody-knows\n", "main.py": main, "helper.py": "x = 1\n"}
    outcome = _repaired(tmp_path, {"Dockerfile": _APP + _START, **files})
    texts = {(one.path, one.line): one.text for one in _facts(outcome, "DF501")}
    assert texts["main.py", 6] == "main.py:6 writes /app/notes.txt"
    assert "not known" in texts["main.py", 2]
    assert ("helper.py", None) in texts


def test_who_reads_what_is_not_hidden(tmp_path: Path) -> None:
    main = "import flask\nfrom dotenv import load_dotenv\nload_dotenv()\n"
    files = {"requirements.txt": "flask\npython-dotenv\n", "main.py": main, "tests/test_main.py": ""}
    outcome = _repaired(tmp_path, {"Dockerfile": _APP + _START, **files})
    texts = [one for one in _facts(outcome, "DF601") if one.text.startswith((".env ", "tests "))]
    assert {one.path for one in texts} == {"main.py", "tests/test_main.py"}


def test_a_context_below_the_repository_names_what_lies_outside(tmp_path: Path) -> None:
    files = {
        "app/Dockerfile": 'FROM python:3.12-slim\nCOPY . /app\nENTRYPOINT python /app/main.py\nCMD ["x"]\n',
        "app/main.py": "",
        "compose.yaml": "services:\n  app:\n    build: app\n    command: serve\n",
    }
    for path, text in {**files, ".git/HEAD": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    context = BuildContext.at(tmp_path / "app")
    assert [*facts_in("../compose.yaml:4 starts it; compose.yaml says so; main.py too", context)] == [
        Fact("../compose.yaml:4 starts it", "../compose.yaml", 4),
        Fact("compose.yaml says so", "../compose.yaml"),
        Fact("main.py too", "main.py"),
    ]


@pytest.mark.parametrize("reason", ["nothing else names it", "nobody.py:3 is not there", "/etc/passwd is elsewhere"])
def test_words_that_name_no_file_are_no_place(reason: str, tmp_path: Path) -> None:
    assert not [*facts_in(reason, BuildContext.at(tmp_path))]


def test_a_place_is_told_once() -> None:
    once = Fact("says so", "a.py", 3)
    assert distinct([once, Fact("says so too", "a.py", 3), Fact("says so", "a.py"), Fact("is read", "a.py")]) == (
        once,
        Fact("is read", "a.py"),
    )


def test_the_report_names_files_as_it_names_the_dockerfile(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "main.py": 'import flask\n\nopen("a.txt", "w")\n'}
    outcome = _repaired(tmp_path, {"Dockerfile": _APP + _START, **files})
    report = file_report(outcome, Place("app/Dockerfile", "app/Dockerfile", "app"))
    paths = {fact.path for entry in report.entries for fact in entry.facts}
    assert paths >= {"app/main.py", "app/requirements.txt"}


def test_the_pull_request_names_what_was_looked_at(tmp_path: Path) -> None:
    files = {"requirements.txt": "flask\n", "main.py": 'import flask\n\nopen("a.txt", "w")\n'}
    outcome = _repaired(tmp_path, {"Dockerfile": _APP + _START, **files})
    report = file_report(outcome, Place("Dockerfile", "Dockerfile"))
    repairs = Repairs({"Dockerfile": report}, {})
    lines = repairs_part(Facts(repairs, base="main", commit="c" * 40, version="1")).blocks
    (order,) = [line for line in lines if "DF201" in line]
    assert order.endswith(" – looked at: `requirements.txt`")
