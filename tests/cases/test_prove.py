"""What building and running real projects before and after showed (docs/proof.md)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

APP = """\
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"
db = SQLAlchemy(app)
"""
POETRY_LOCK = '[[package]]\nname = "flask-sqlalchemy"\nversion = "{version}"\n'


def database(files: Mapping[str, str], start: str = "python main.py", code: str = APP) -> list[str]:
    """Where the SQLite file of an app may come to lie."""
    context = BuildContext.of_files({"main.py": code, **files})
    model = image(parse(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD {start}\n"), context)
    assert model.final is not None
    begun = started(model, model.final)
    assert begun is not None
    return [one.path for one in start_writes(begun, model, model.final).places]


@pytest.mark.parametrize(
    ("manifests", "places"),
    [
        ({"requirements.txt": "flask\nflask-sqlalchemy\n"}, ["/app/instance/app.db"]),
        ({"requirements.txt": "Flask-SQLAlchemy==3.1.1\n"}, ["/app/instance/app.db"]),
        ({"requirements.txt": "flask_sqlalchemy==2.5.1\n"}, ["/app/app.db"]),
        ({"requirements.txt": "Flask-SQLAlchemy~=2.4\n"}, ["/app/app.db"]),
        ({"requirements.txt": "Flask-SQLAlchemy<3\n"}, ["/app/app.db"]),
        ({"poetry.lock": POETRY_LOCK.format(version="2.4.4")}, ["/app/app.db"]),
        ({"poetry.lock": POETRY_LOCK.format(version="3.0.5")}, ["/app/instance/app.db"]),
        # Release 3 asks for Flask 2.2 and SQLAlchemy 1.4.18, so that pip takes an older one.
        ({"requirements.txt": "flask==1.1.2\nflask-sqlalchemy\n"}, ["/app/instance/app.db", "/app/app.db"]),
        ({"requirements.txt": "sqlalchemy<1.4\nflask-sqlalchemy\n"}, ["/app/instance/app.db", "/app/app.db"]),
        ({}, ["/app/instance/app.db", "/app/app.db"]),
    ],
)
def test_release_of_flask_sqlalchemy_decides_where_its_database_lies(
    manifests: dict[str, str], places: list[str]
) -> None:
    assert database(manifests) == places


def test_before_release_3_it_lies_beside_the_module_that_makes_the_app() -> None:
    files = {"requirements.txt": "flask-sqlalchemy==2.5.1\n", "web/__init__.py": APP}
    assert database(files, "gunicorn web:app", code="") == ["/app/web/app.db"]
