"""What other tools were seen to do to real files, none of which may happen here."""

from __future__ import annotations

from textwrap import dedent

import pytest

from dockerfix.fix import Outcome, repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.syntax import parse

FILES = {"requirements.txt": "flask\n", "main.py": "import flask\n", ".dockerignore": ".git\n"}


def _repaired(before: str) -> Outcome:
    rules = [rule() for rule in all_rules()]
    outcome = repair(parse(dedent(before)), BuildContext.of_files(FILES), rules, unsafe=True)
    assert not outcome.held_back, outcome.held_back[0].reason
    return outcome


def _lines(before: str) -> list[str]:
    return _repaired(before).after.text.splitlines()


def test_overlapping_repairs_leave_no_broken_continuation() -> None:
    lines = _lines(
        """\
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN apt-get update && \\
            apt-get install -y git && \\
            # the tools
            pip install --upgrade pip setuptools && \\
            pip install -r requirements.txt
        CMD python main.py
        """
    )
    start = lines.index("RUN apt-get update && \\")
    assert lines[start : start + 7] == [
        "RUN apt-get update && \\",
        "    apt-get install -y --no-install-recommends git && \\",
        "    # the tools",
        "    pip install --no-cache-dir --upgrade pip setuptools && \\",
        "    pip install --no-cache-dir -r requirements.txt && \\",
        "    rm -rf /var/lib/apt/lists/*",
        "COPY . .",
    ]


def test_comments_inside_continuations_stay() -> None:
    before = """\
        FROM python:3.12-slim
        RUN pip install \\
            # first
            flask \\

            # second
            gunicorn
        """
    comments = [line.strip() for line in _lines(before) if line.strip().startswith("#")]
    assert comments == ["# first", "# second"]


def test_heredoc_is_not_turned_into_a_chain() -> None:
    lines = _lines(
        """\
        FROM python:3.12-slim
        RUN <<EOF
        pip install flask
        echo done
        EOF
        """
    )
    assert lines[1:5] == ["RUN <<EOF", "pip install --no-cache-dir flask", "echo done", "EOF"]


@pytest.mark.parametrize(
    "run",
    [
        'RUN echo "pip install flask"',
        "RUN echo 'apt-get install x && pip install y' >> /notes",
        'RUN printf "%s" "RUN pip install z"',
        "RUN cat <<EOF > /notes\npip install flask\nEOF",
    ],
)
def test_text_is_no_command(run: str) -> None:
    assert run in _repaired(f"FROM python:3.12-slim\n{run}\n").after.text


def test_mount_flag_stays_a_flag_of_the_instruction() -> None:
    run = "RUN --mount=type=cache,target=/root/.cache/pip --network=host pip install flask"
    assert run in _lines(f"FROM python:3.12-slim\n{run}\n")


def test_commented_out_instruction_is_nothing_to_merge_with() -> None:
    lines = _lines("FROM python:3.12-slim\nRUN pip install flask\n# RUN pip install gunicorn\nRUN pip list\n")
    assert lines[1:4] == ["RUN pip install --no-cache-dir flask", "# RUN pip install gunicorn", "RUN pip list"]


def test_cache_mount_of_root_is_not_given_to_another_user() -> None:
    before = 'FROM python:3.12-slim\nUSER 1000\nRUN pip install --user flask\nCMD ["flask"]\n'
    assert "--mount" not in _repaired(before).after.text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_newlines_stay_what_they_are(newline: str) -> None:
    before = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"
    after = repair(
        parse(before.replace("\n", newline)), BuildContext.of_files(FILES), [rule() for rule in all_rules()]
    ).after.text
    assert after.count("\n") == after.count(newline)
    assert after != before.replace("\n", newline)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_second_run_changes_nothing(newline: str) -> None:
    text = "FROM python:latest\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py"
    rules = [rule() for rule in all_rules()]
    first = repair(parse(text.replace("\n", newline)), BuildContext.of_files(FILES), rules, unsafe=True)
    context = BuildContext.of_files(FILES).with_files({change.path: change.after for change in first.files})
    assert first.changed
    assert not repair(first.after, context, rules, unsafe=True).changed
