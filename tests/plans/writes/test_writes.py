"""Where the programs of a start write."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.plans.writes.written import Writes
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def writes(start: str, files: Mapping[str, str] | None = None, lines: str = "COPY . /app\nWORKDIR /app\n") -> Writes:
    model = image(parse(f"FROM python:3.12-slim\n{lines}{start}\n"), BuildContext.of_files(files or {}))
    stage = model.final
    assert stage is not None
    found = started(model, stage)
    assert found is not None
    return start_writes(found, model, stage)


def places(start: str, files: Mapping[str, str] | None = None, lines: str = "COPY . /app\nWORKDIR /app\n") -> list[str]:
    found = writes(start, files, lines)
    assert found.doubts.texts == ()
    return [place.path for place in found.places]


def doubts(start: str, files: Mapping[str, str] | None = None) -> tuple[str, ...]:
    return writes(start, files).doubts.texts


APP = {"main.py": "app = 1\n"}


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("CMD flask db migrate && flask run --app main", "writes a migration into the project's own folders"),
        ("CMD python manage.py makemigrations", "writes migrations into the project's own folders (makemigrations)"),
    ],
)
def test_what_certainly_lies_below_the_working_folder(start: str, expected: str) -> None:
    assert writes(start, {**APP, "manage.py": ""}).inside.texts == (f"CMD {expected}",)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("CMD uvicorn main:app > log.txt", ["/app/log.txt"]),
        ("CMD uvicorn main:app >> /data/log.txt 2>&1", ["/data/log.txt"]),
        ("CMD uvicorn main:app > /dev/null 2>/dev/stderr", []),
        ("CMD mkdir -p run && touch run/x && uvicorn main:app", ["/app/run", "/app/run/x"]),
        ("CMD cp a.ini b.ini && uvicorn main:app", ["/app/b.ini"]),
        ("CMD uvicorn main:app | tee out.txt", ["/app/out.txt"]),
        ("CMD gunicorn --access-logfile logs/a.log --error-logfile - main:app", ["/app/logs/a.log"]),
        ("CMD gunicorn --pid=/tmp/g.pid main:app", ["/tmp/g.pid"]),
        ("CMD celery -A main beat", ["/app/celerybeat-schedule"]),
        ("CMD celery -A main beat -s /data/beat", ["/data/beat"]),
        ("CMD celery -A main beat -S django", []),
        ("CMD celery -A main worker", []),
        ("CMD python -m http.server", []),
    ],
)
def test_place_named_by_the_start_command(start: str, expected: list[str]) -> None:
    assert places(start, APP) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("CMD uvicorn main:app > $LOG", "CMD writes to a place that is only known at run time"),
        ("CMD node server.js", "server.js is not among the files copied from the build context"),
        ("CMD python -c 'print()'", "CMD: what the code behind python -c does is not looked at"),
        ("CMD python other.py", "other.py is not among the files copied from the build context"),
        ("CMD uvicorn other:app", "the module that uvicorn runs is not among the files copied from the build context"),
        ("CMD python -m nothing", "what python -m nothing writes is not known"),
        ("CMD uv run main.py", "uv run may bring its environment up to date at each start, which belongs to root"),
        ("CMD $RUN", "CMD starts a program that is only known at run time"),
    ],
)
def test_doubt_about_the_start_command(start: str, expected: str) -> None:
    assert expected in doubts(start, APP)


@pytest.mark.parametrize(
    "start",
    [
        "CMD python main.py",
        "CMD python -u main.py",
        "CMD python -m main",
        "CMD uvicorn main:app --port 8000",
        "CMD gunicorn -w 4 -k uvicorn.workers.UvicornWorker main:app",
        "CMD hypercorn main:app",
        "CMD flask --app main run",
        "ENV FLASK_APP=main.py\nCMD flask run",
        "CMD fastapi run",
        "CMD streamlit run main.py",
        "CMD celery -A main worker",
        "CMD celery --app=main.celery worker",
        "CMD gunicorn --chdir /app main:app",
    ],
)
def test_module_that_a_start_names_is_read(start: str) -> None:
    assert places(start, {"main.py": 'open("x.txt", "w")\n'}) == ["/app/x.txt"]


def test_module_below_app_dir_and_pythonpath() -> None:
    files = {"src/main.py": 'open("x.txt", "w")\n'}
    assert places("CMD uvicorn --app-dir src main:app", files) == ["/app/x.txt"]
    assert places("ENV PYTHONPATH=/app/src\nCMD uvicorn main:app", files) == ["/app/x.txt"]


def test_own_command_is_followed_to_its_module() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "app"\nversion = "1"\nscripts = {serve = "app.cli:main"}\n',
        "src/app/__init__.py": "",
        "src/app/cli.py": "def main():\n    print()\n",
    }
    quiet = writes("CMD serve --port 80", files)
    assert (quiet.places, quiet.doubts.texts) == ([], ())
    noisy = writes("CMD serve", {**files, "src/app/cli.py": 'def main():\n    open("x.txt", "w")\n'})
    assert [one.path for one in noisy.places] == ["/app/x.txt"]
    assert any("installed copy" in doubt for doubt in noisy.doubts.texts)


def test_what_stands_behind_main_counts_for_a_script_alone() -> None:
    files = {"main.py": 'if __name__ == "__main__":\n    open("x.txt", "w")\n'}
    assert places("CMD python main.py", files) == ["/app/x.txt"]
    assert places("CMD uvicorn main:app", files) == []


def test_imports_are_followed() -> None:
    files = {"main.py": "from pkg import store\n", "pkg/__init__.py": "", "pkg/store.py": 'open("x.txt", "w")\n'}
    assert places("CMD python main.py", files) == ["/app/x.txt"]


def test_management_command_counts_where_it_is_called() -> None:
    files = {
        "manage.py": "import django\n",
        "shop/management/commands/export.py": 'open("x.csv", "w")\n',
    }
    assert places("CMD python manage.py runserver", files) == []
    assert places("CMD python manage.py export", files) == ["/app/x.csv"]


_DJANGO = "import os\nfrom django.core.wsgi import get_wsgi_application\n"


def test_script_that_people_run_by_hand_does_not_count() -> None:
    files = {"wsgi.py": _DJANGO, "scripts/fill.py": 'open("/data/fill.txt", "w")\n'}
    assert places("CMD gunicorn wsgi:app", files) == []


def test_script_counts_where_what_runs_imports_it_through_others() -> None:
    files = {
        "wsgi.py": _DJANGO + "import scripts.first\n",
        "scripts/first.py": "import scripts.fill\n",
        "scripts/fill.py": 'open("/data/fill.txt", "w")\n',
    }
    assert places("CMD gunicorn wsgi:app", files) == ["/data/fill.txt"]


def test_media_root_counts_where_files_are_uploaded() -> None:
    settings = 'import os\n\nMEDIA_ROOT = "media"\n'
    model = "from django.db import models\n\n\nclass Photo(models.Model):\n    file = models.{}()\n"
    for field, expected in (("ImageField", ["/app/media"]), ("CharField", [])):
        files = {"manage.py": "import django\n", "site/settings.py": settings, "site/models.py": model.format(field)}
        assert places("CMD python manage.py runserver", files) == expected


def test_static_root_counts_where_the_start_fills_it() -> None:
    files = {"manage.py": "import django\n", "site/settings.py": 'STATIC_ROOT = "static"\n'}
    assert places("CMD python manage.py runserver", files) == []
    assert places("CMD python manage.py collectstatic && python manage.py runserver", files) == ["/app/static"]


def test_settings_of_gunicorn() -> None:
    files = {**APP, "gunicorn.conf.py": 'accesslog = "logs/a.log"\nerrorlog = "-"\npidfile = None\n'}
    assert places("CMD gunicorn main:app", files) == ["/app/logs/a.log"]


def test_logging_configuration_that_names_a_file() -> None:
    files = {
        "main.py": 'import logging.config\n\nlogging.config.fileConfig("logging.ini")\n',
        "logging.ini": "[handler_file]\nclass=FileHandler\nargs=('app.log',)\n",
    }
    assert "logging.ini names log files" in doubts("CMD python main.py", files)


def test_variable_of_the_image_decides_where_to_write() -> None:
    files = {"main.py": 'import os\n\nopen(os.getenv("OUT", "x.txt"), "w")\n'}
    assert places("CMD python main.py", files) == ["/app/x.txt"]
    assert places("ENV OUT=/y/y.txt\nCMD python main.py", files) == ["/y/y.txt"]


def test_a_variable_without_a_known_value_leaves_a_doubt() -> None:
    files = {"main.py": 'import os\n\nopen(os.getenv("OUT", "x.txt"), "w")\n'}
    text = "ARG WHERE\nENV OUT=$WHERE/y.txt\nCMD python main.py"
    assert doubts(text, files) == ("main.py:3 writes where OUT says",)


def test_folder_for_a_cache_is_written_to() -> None:
    assert places("ENV MPLCONFIGDIR=/cache/mpl\nCMD python main.py", APP) == ["/cache/mpl"]


def test_change_of_folder_is_a_doubt() -> None:
    assert doubts("CMD python main.py", {"main.py": 'import os\n\nos.chdir("/srv")\n'}) == (
        "main.py:3 changes the working directory",
    )


def test_module_that_cannot_be_parsed_is_a_doubt_where_it_runs() -> None:
    files = {"main.py": "print 'x'\n", "other.py": "print 'x'\n"}
    assert [text.partition(" ")[0] for text in doubts("CMD python main.py", files)] == ["main.py"]


def test_command_of_root_in_the_code() -> None:
    files = {"main.py": 'import subprocess\n\nsubprocess.run(["systemctl", "restart", "x"])\n'}
    assert writes("CMD python main.py", files).needs == ["main.py:3 runs systemctl, which needs root"]


def test_start_of_a_compose_service_counts_too() -> None:
    files = {
        "main.py": "",
        "worker.py": 'open("x.txt", "w")\n',
        "compose.yaml": "services:\n  worker:\n    build: .\n    command: python worker.py\n",
    }
    assert places("CMD python main.py", files) == ["/app/x.txt"]


def test_compose_service_that_names_what_is_gone_is_no_doubt() -> None:
    files = {**APP, "compose.yaml": "services:\n  web:\n    build: .\n    command: uvicorn app.main:app\n"}
    assert doubts("CMD uvicorn main:app", files) == ()


def test_entry_point_without_an_ending_is_followed() -> None:
    script = (
        "#!/bin/bash\nready() {\n  nc -z db 5432\n}\nuntil ready; do sleep 1; done\nif [[ $A = b ]]; then echo b; fi\n"
    )
    assert places('ENTRYPOINT ["/app/entrypoint"]', {"entrypoint": script + "exec uvicorn main:app\n", **APP}) == []


def test_function_that_writes_is_looked_into() -> None:
    script = "#!/bin/sh\nnote() {\n  touch /data/seen\n}\nnote\nexec uvicorn main:app\n"
    assert places('ENTRYPOINT ["/app/start"]', {"start": script, **APP}) == ["/data/seen"]


def test_file_that_no_shell_runs_is_a_doubt() -> None:
    found = doubts('ENTRYPOINT ["/app/start.sh"]', {"start.sh": "#!/usr/bin/perl\n", **APP})
    assert found == ("ENTRYPOINT starts start.sh, and what that writes is not looked into",)


def test_entry_point_that_is_given_nothing_is_a_doubt() -> None:
    found = doubts('ENTRYPOINT ["/app/entry"]', {"entry": '#!/bin/sh\nset -e\nexec "$@"\n', **APP})
    assert found == ("entry:3 starts what it is given, and nothing here says what that is",)


def test_entry_point_that_may_be_given_something_else() -> None:
    script = '#!/bin/sh\nif [ $# -gt 0 ]; then exec "$@"; fi\nexec uvicorn main:app\n'
    assert places('ENTRYPOINT ["/app/entry"]', {"entry": script, **APP}) == []
