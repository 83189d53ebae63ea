"""Changes that maintainers merged from other tools and reverted, or refused: none may be made here by itself."""

from __future__ import annotations

import pytest

from dockerfix.fix import repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.syntax import parse

APP = {
    "requirements.txt": "flask\n",
    "main.py": "from flask import Flask\n\napp = Flask(__name__)\n",
    ".dockerignore": ".git\n",
}
HEAD = (
    "FROM python:3.12-slim\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
)
START = 'CMD ["flask", "--app", "main", "run", "--host", "0.0.0.0"]\n'


def _repaired(before: str, files: dict[str, str]) -> str:
    outcome = repair(parse(before), BuildContext.of_files(files), [rule() for rule in all_rules()])
    assert not outcome.held_back
    return outcome.after.text


@pytest.mark.parametrize(
    "command",
    [
        "flask db upgrade && gunicorn main:app",
        "gunicorn --bind 0.0.0.0:$PORT main:app",
        "gunicorn --bind 0.0.0.0:${PORT:-8000} main:app",
        "cd src && gunicorn main:app",
    ],
)
def test_what_a_shell_has_to_expand_keeps_its_shell(command: str) -> None:
    after = _repaired(HEAD + "COPY . .\nUSER 1000\nCMD " + command + "\n", APP)
    expected = command.replace("gunicorn", "exec gunicorn")
    assert f'CMD ["sh", "-c", "{expected}"]' in after


@pytest.mark.parametrize(
    ("before", "files"),
    [
        pytest.param(
            HEAD + "COPY . .\nVOLUME /app/data\n" + START,
            {**APP, "main.py": APP["main.py"] + "open('data/log', 'a')\n"},
            id="a volume that is in use",
        ),
        pytest.param(
            HEAD + "COPY . .\n" + START,
            {
                **APP,
                "main.py": APP["main.py"] + "open('data/log', 'a')\n",
                "compose.yaml": "services:\n  web:\n    build: .\n    volumes: ['data:/app/data']\nvolumes:\n  data:\n",
            },
            id="a named volume of compose",
        ),
        pytest.param(
            HEAD + 'COPY . .\nENTRYPOINT ["./entry.sh"]\n' + START,
            {**APP, "entry.sh": '#!/bin/sh\nchmod u+x /app/manage.sh\n/app/manage.sh\nexec "$@"\n', "manage.sh": ""},
            id="an entry point with chmod u+x",
        ),
        pytest.param(HEAD + "COPY . .\n", APP, id="a base that child images build on"),
        pytest.param(HEAD + "ONBUILD COPY . .\n" + START, APP, id="triggers of child images"),
    ],
)
def test_user_is_not_changed_by_itself(before: str, files: dict[str, str]) -> None:
    assert "USER" not in _repaired(before, files)


@pytest.mark.parametrize("package", ["lightgbm", "mysqlclient", "psycopg2", "uwsgi"])
def test_full_image_stays_where_slim_lacks_a_library(package: str) -> None:
    before = "FROM python:latest\nCOPY . /app\nRUN pip install --no-cache-dir -r /app/requirements.txt\n"
    after = _repaired(before, {**APP, "requirements.txt": package + "\n"})
    assert "slim" not in after


def test_exact_package_versions_belong_to_the_release_they_were_written_for() -> None:
    before = "FROM python:latest\nRUN apt-get update && apt-get install -y libpq5=15.10-0+deb12u1\n"
    assert _repaired(before, APP).startswith("FROM python:latest\n")
