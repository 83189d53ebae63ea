"""DF803, DF804 and DF805 together, with other rules, and in commands that are read with care."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.fix import repair
from dockerfix.rule import Applicability, BuildContext, Finding, Rule
from dockerfix.rules.process.shell_form_cmd import ShellFormCmd
from dockerfix.rules.source.debug_command import DebugCommand
from dockerfix.rules.source.debug_variable import DebugVariable
from dockerfix.rules.source.loopback_command import LoopbackCommand
from dockerfix.syntax import parse

SLIM = "FROM python:3.12-slim\n"
WEB = SLIM + "WORKDIR /app\nCOPY . .\nEXPOSE 8000\n"
RULES = (ShellFormCmd(), LoopbackCommand(), DebugCommand(), DebugVariable())


def repaired(text: str, files: Mapping[str, str] | None = None) -> str:
    """What all rules make of a file, in any order; a second run leaves it alone."""
    context = BuildContext.of_files(files or {})
    outcomes = [repair(parse(text), context, rules, unsafe=True) for rules in (RULES, RULES[::-1])]
    assert not any(outcome.held_back for outcome in outcomes)
    assert outcomes[0].after.text == outcomes[1].after.text
    assert not repair(outcomes[0].after, context, RULES, unsafe=True).changed
    return outcomes[0].after.text


def found(rule: Rule, start: str, files: Mapping[str, str] | None = None) -> list[Finding]:
    return list(rule.check(parse(WEB + start + "\n"), BuildContext.of_files(files or {})))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD uvicorn main:app", 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]'),
        ("CMD uvicorn main:app --reload", 'CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]'),
        (
            "CMD uvicorn main:app --reload --port $PORT",
            'CMD ["sh", "-c", "exec uvicorn main:app --host 0.0.0.0 --port $PORT"]',
        ),
        (
            'CMD cd src && uvicorn main:app --port "$PORT" --reload',
            'CMD ["sh", "-c", "cd src && exec uvicorn main:app --host 0.0.0.0 --port \\"$PORT\\""]',
        ),
        (
            "ENV FLASK_DEBUG=1\nCMD flask run --debug --port 8000",
            'ENV FLASK_DEBUG=0\nCMD ["flask", "run", "--host", "0.0.0.0", "--port", "8000"]',
        ),
        ("CMD fastapi dev main.py", 'CMD ["fastapi", "run", "main.py"]'),
    ],
)
def test_all_repairs_of_one_command_meet(before: str, after: str) -> None:
    assert repaired(WEB + before + "\n") == WEB + after + "\n"


@pytest.mark.parametrize(
    "start",
    [
        "CMD uvicorn main:app --host=0.0.0.0",
        "CMD uvicorn main:app --host ::",
        "CMD uvicorn main:app --host $HOST",
        "CMD uvicorn main:app --fd 3",
        "CMD uvicorn main:app $OPTIONS",
        "CMD gunicorn -b0.0.0.0:8000 main:app",
        "CMD gunicorn --bind=:8000 main:app",
        "CMD gunicorn --bind 127.0.0.1:8000 --bind 0.0.0.0:8001 main:app",
        "CMD gunicorn --config conf.py main:app",
        "ENV PORT=80\nCMD gunicorn main:app",
        "ENV GUNICORN_CMD_ARGS=--bind=0.0.0.0\nCMD gunicorn main:app",
        "CMD python manage.py runserver 0:8000",
        "CMD python manage.py runserver $ADDRESS",
        "CMD python manage.py migrate",
        "CMD daphne -u /run/daphne.sock main:app",
        "CMD waitress-serve main:app",
        "CMD fastapi run",
        "CMD flask routes",
        "CMD python -c 'uvicorn.run()'",
        "HEALTHCHECK CMD uvicorn main:app",
    ],
)
def test_a_server_that_listens_elsewhere(start: str) -> None:
    assert found(LoopbackCommand(), start) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("gunicorn --bind localhost:80 a:b", "gunicorn --bind 0.0.0.0:80 a:b"),
        ("gunicorn -b127.0.0.1 a:b", "gunicorn -b0.0.0.0 a:b"),
        ("gunicorn -w 4 a:b", "gunicorn -b 0.0.0.0:8000 -w 4 a:b"),
        ("gunicorn a:b --workers 4", "gunicorn a:b --workers 4 --bind 0.0.0.0:8000"),
        ("waitress-serve --host=127.0.0.1 a:b", "waitress-serve --host=0.0.0.0 a:b"),
        ("daphne a:b", "daphne a:b --bind 0.0.0.0"),
        ("python3 -m flask run -p 80", "python3 -m flask run --host 0.0.0.0 -p 80"),
        ("python -u manage.py runserver", "python -u manage.py runserver 0.0.0.0:8000"),
        ("python manage.py runserver localhost:80", "python manage.py runserver 0.0.0.0:80"),
        ("granian --interface asgi a:b", "granian --interface asgi a:b --host 0.0.0.0"),
        ("env A=1 litestar run", "env A=1 litestar run --host 0.0.0.0"),
        ("uv run uvicorn a:b", "uv run uvicorn a:b --host 0.0.0.0"),
    ],
)
def test_each_server_in_its_own_words(before: str, after: str) -> None:
    context = BuildContext.of_files({"manage.py": "import django\n"})
    outcome = repair(parse(f"{WEB}CMD {before}\n"), context, [LoopbackCommand()], unsafe=True)
    assert outcome.after.text == f"{WEB}CMD {after}\n"


def test_words_of_a_line_each_keep_their_lines() -> None:
    before = WEB + 'CMD ["uvicorn", \\\n     "main:app", \\\n     "--reload", \\\n     "--port", "8000"]\n'
    after = WEB + 'CMD ["uvicorn", \\\n     "main:app", "--host", "0.0.0.0", \\\n     "--port", "8000"]\n'
    assert repaired(before) == after


def test_a_comment_in_front_of_the_switch_is_not_lost() -> None:
    text = SLIM + "CMD uvicorn \\\n  # our app\n  --reload \\\n  main:app\n"
    (finding,) = DebugCommand().check(parse(text), BuildContext.of_files({}))
    assert finding.fix is None
    assert "a person" in finding.because


@pytest.mark.parametrize(
    ("start", "files", "expected"),
    [
        ("CMD python manage.py runserver", {}, Applicability.SUGGESTION),
        ("CMD python manage.py runserver", {"manage.py": "from flask_script import Manager\n"}, None),
        ("CMD python manage.py runserver --port 80", {}, None),
        ("CMD django-admin runserver", {}, Applicability.UNSAFE),
        ("CMD gunicorn", {}, None),
        ("CMD service nginx start && gunicorn -b 127.0.0.1:8080 a:b", {}, None),
    ],
)
def test_whose_command_it_is(start: str, files: Mapping[str, str], expected: Applicability | None) -> None:
    fixes = [finding.fix for finding in found(LoopbackCommand(), start, files)]
    assert next((fix.applicability for fix in fixes if fix), None) is expected


def test_a_configuration_file_may_be_there_when_nothing_is_known() -> None:
    (finding,) = LoopbackCommand().check(parse(WEB + "CMD gunicorn a:b\n"), BuildContext.unknown())
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SUGGESTION


def test_a_platform_that_sets_the_port() -> None:
    (finding,) = found(LoopbackCommand(), "CMD gunicorn main:app", {"Procfile": "web: gunicorn main:app\n"})
    assert finding.declined
    assert "Procfile" in finding.because


def test_a_variable_that_compose_sets() -> None:
    compose = "services:\n  web:\n    build: .\n    environment:\n      UVICORN_HOST: 0.0.0.0\n"
    assert found(LoopbackCommand(), "CMD uvicorn main:app", {"compose.yaml": compose}) == []


@pytest.mark.parametrize(("text", "is_found"), [("FLASK_RUN_HOST=0.0.0.0\n", False), ("A=1\n", True)])
def test_the_file_that_flask_reads(text: str, is_found: bool) -> None:
    assert bool(found(LoopbackCommand(), "CMD flask run", {".flaskenv": text})) is is_found


def test_an_entry_point_that_hands_over_to_the_command() -> None:
    files = {"entry.sh": '#!/bin/sh\nset -e\nexec "$@"\n'}
    (finding,) = found(LoopbackCommand(), 'ENTRYPOINT ["/app/entry.sh"]\nCMD ["uvicorn", "main:app"]', files)
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.UNSAFE


def test_an_entry_point_that_takes_the_words_for_itself() -> None:
    files = {"entry.sh": "#!/bin/sh\nexec mytool\n"}
    assert found(LoopbackCommand(), 'ENTRYPOINT ["/app/entry.sh"]\nCMD ["uvicorn", "main:app"]', files) == []


def test_another_shell_is_not_read() -> None:
    text = "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nEXPOSE 80\nCMD uvicorn main:app --reload\n"
    for rule in (LoopbackCommand(), DebugCommand()):
        assert list(rule.check(parse(text), BuildContext.of_files({}))) == []
