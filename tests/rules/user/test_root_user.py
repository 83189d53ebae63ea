"""DF501 in cases that are too long, or too much about files on disk, to stand among its examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dockerfix.fix import repair
from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules.user.root_user import RootUser
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

USER = (
    "RUN groupadd --gid 10001 app && \\\n    useradd --uid 10001 --gid app --create-home --shell /usr/sbin/nologin app"
)
FLASK = {"app.py": "from flask import Flask\n\napp = Flask(__name__)\n"}
START = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "app.py"]\n'


def findings(text: str, files: Mapping[str, str] | BuildContext) -> list[Finding]:
    context = files if isinstance(files, BuildContext) else BuildContext.of_files(files)
    return list(RootUser().check(parse(text), context))


def the_finding(text: str, files: Mapping[str, str] | BuildContext) -> Finding:
    found = findings(text, files)
    assert len(found) == 1
    return found[0]


def repaired(text: str, files: Mapping[str, str] | BuildContext, *, unsafe: bool = False) -> str:
    """What becomes of a file; the gate has to let the fix through, and a second run has to leave it alone."""
    context = files if isinstance(files, BuildContext) else BuildContext.of_files(files)
    outcome = repair(parse(text), context, [RootUser()], unsafe=unsafe)
    assert not outcome.held_back
    assert not repair(outcome.after, context, [RootUser()], unsafe=unsafe).changed
    return outcome.after.text


def reason(text: str, files: Mapping[str, str] | BuildContext, applicability: Applicability) -> str:
    finding = the_finding(text, files)
    assert finding.fix is not None
    assert finding.fix.applicability is applicability
    return finding.because


def suggestion(text: str, files: Mapping[str, str] | BuildContext) -> str:
    return reason(text, files, Applicability.SUGGESTION)


def doubt(text: str, files: Mapping[str, str] | BuildContext) -> str:
    """Why a fix is unsafe, without the setting that would settle it."""
    return reason(text, files, Applicability.UNSAFE).replace(" (`[rules.root-user] writes = […]` would settle it)", "")


def left_alone(text: str, files: Mapping[str, str] | BuildContext = FLASK) -> str:
    finding = the_finding(text, files)
    assert finding.declined
    return finding.because


# ---- what the repair looks like ----------------------------------------------------------------------------------


def test_heading_comment_stays_above_what_it_heads() -> None:
    before = "FROM python:3.12-slim\n\n# --- code ---\n\nCOPY app.py /app/\nWORKDIR /app\nCMD python app.py\n"
    assert repaired(before, FLASK) == (
        f"FROM python:3.12-slim\n\n{USER}\n\n# --- code ---\n\nCOPY app.py /app/\nWORKDIR /app\n"
        "USER app\nCMD python app.py\n"
    )


def test_copy_in_a_paragraph_with_a_run_gets_the_user_right_above_it() -> None:
    before = "FROM python:3.12-slim\n\nRUN mkdir /app\nWORKDIR /app\nCOPY . .\n\nCMD python app.py\n"
    assert repaired(before, FLASK) == (
        f"FROM python:3.12-slim\n\nRUN mkdir /app\nWORKDIR /app\n{USER}\nCOPY . .\n\nUSER app\nCMD python app.py\n"
    )


def test_without_a_copy_the_user_is_made_where_it_is_set() -> None:
    before = "FROM python:3.12-slim\nRUN pip install streamlit\nCMD streamlit hello\n"
    assert repaired(before, {}, unsafe=True) == (
        f"FROM python:3.12-slim\nRUN pip install streamlit\n{USER}\nUSER app\nCMD streamlit hello\n"
    )


def test_two_space_indentation_of_the_file_is_taken_over() -> None:
    before = "FROM python:3.12-slim\nRUN apt update && \\\n  apt install -y curl\nCOPY . /app\nCMD python /app/app.py\n"
    assert "RUN groupadd --gid 10001 app && \\\n  useradd" in repaired(before, FLASK)


def test_home_folder_in_use_gives_another_name() -> None:
    before = "FROM python:3.12-alpine\nWORKDIR /home/app\nCOPY . .\nCMD python app.py\n"
    assert repaired(before, FLASK) == (
        "FROM python:3.12-alpine\nWORKDIR /home/app\n"
        "RUN addgroup -S -g 10001 appuser && adduser -S -u 10001 -G appuser appuser\n"
        "COPY . .\nUSER appuser\nCMD python app.py\n"
    )


def test_entrypoint_and_cmd_stay_together() -> None:
    before = 'FROM python:3.12-alpine\nCOPY app.py /\nWORKDIR /srv\nENTRYPOINT ["python"]\nCMD ["/app.py"]\n'
    after = apply_edits(before.encode(), the_finding(before, FLASK).fix.edits).decode()  # type: ignore[union-attr]
    assert after.endswith('WORKDIR /srv\nUSER app\nENTRYPOINT ["python"]\nCMD ["/app.py"]\n')


def test_last_user_root_is_replaced_where_nothing_needs_it() -> None:
    before = "FROM node:22\nCOPY . /srv\nUSER root\nCMD node /srv/server.js\n"
    after = apply_edits(before.encode(), the_finding(before, {"server.js": ""}).fix.edits)  # type: ignore[union-attr]
    assert after.decode() == "FROM node:22\nCOPY . /srv\nUSER node\nCMD node /srv/server.js\n"


def test_user_made_in_the_stage_it_starts_from_is_used() -> None:
    before = (
        "FROM python:3.12-slim AS base\nRUN useradd --create-home web\n"
        "FROM base\nCOPY app.py /srv/\nWORKDIR /srv\nCMD python app.py\n"
    )
    assert repaired(before, FLASK).endswith("WORKDIR /srv\nUSER web\nCMD python app.py\n")


def test_image_without_useradd_gets_a_number() -> None:
    before = 'FROM scratch\nCOPY server /server\nENTRYPOINT ["/server"]\n'
    assert repaired(before, {"server": ""}, unsafe=True) == (
        'FROM scratch\nCOPY server /server\nUSER 10001:10001\nENTRYPOINT ["/server"]\n'
    )


# ---- what the app writes -------------------------------------------------------------------------------------------


def test_file_that_git_ignores_is_given_by_the_copy_that_may_bring_it() -> None:
    files = {"app.py": 'import sqlite3\n\nsqlite3.connect("x.db")\n', "x.db": "", ".gitignore": "*.db\n"}
    assert repaired(START, files) == (
        f"FROM python:3.12-slim\nWORKDIR /app\n{USER} && \\\n    chown app:app /app\n"
        'COPY --chown=app:app . .\nUSER app\nCMD ["python", "app.py"]\n'
    )


def test_database_that_is_copied_changes_hands_with_its_folder() -> None:
    files = {"app.py": 'import sqlite3\n\nsqlite3.connect("x.db")\n', "x.db": ""}
    assert repaired(START, files) == (
        f"FROM python:3.12-slim\nWORKDIR /app\n{USER}\nCOPY . .\nRUN chown app:app /app /app/x.db\n"
        'USER app\nCMD ["python", "app.py"]\n'
    )


def test_folder_that_git_ignores_is_made_before_it_changes_hands() -> None:
    files = {
        "app.py": 'import sys\n\nopen("uploads/" + sys.argv[1], "w")\n',
        "uploads/old.png": "",
        ".gitignore": "uploads/\n",
    }
    assert "RUN mkdir -p /app/uploads && chown -R app:app /app/uploads\nUSER app\n" in repaired(START, files)


def test_folder_that_a_later_run_makes_is_not_made_before_it() -> None:
    before = "FROM python:3.12-slim\nCOPY app.py /app/\nRUN mkdir /app/data\nWORKDIR /app\nCMD python app.py\n"
    files = {"app.py": 'open("data/x.txt", "w")\n'}
    assert repaired(before, files) == (
        f"FROM python:3.12-slim\n{USER}\nCOPY app.py /app/\nRUN mkdir /app/data\nWORKDIR /app\n"
        "RUN chown app:app /app/data\nUSER app\nCMD python app.py\n"
    )


def test_what_the_build_makes_as_root_changes_hands_too() -> None:
    before = START.replace("CMD", "RUN python init.py\nCMD")
    files = {"app.py": 'import sqlite3\n\nsqlite3.connect("data/x.db")\n', "init.py": ""}
    assert "RUN mkdir -p /app/data && chown -R app:app /app/data\n" in repaired(before, files)


def test_app_that_comes_from_a_build_stage_is_read() -> None:
    before = (
        "FROM python:3.12-slim AS build\nWORKDIR /app\nCOPY . .\n"
        "FROM python:3.12-slim\nCOPY --from=build /app /code\nWORKDIR /code\nCMD python app.py\n"
    )
    files = {"app.py": 'open("log.txt", "a")\n'}
    assert f"FROM python:3.12-slim\n{USER} && \\\n    mkdir -p /code && chown app:app /code\nCOPY" in repaired(
        before, files
    )


def test_file_beside_the_module_that_writes_it() -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/main.py": 'from pathlib import Path\n\n(Path(__file__).parent / "s").write_text("")\n',
    }
    before = START.replace('"app.py"', '"-m", "pkg.main"')
    assert "RUN chown app:app /app/pkg\n" in repaired(before, files)


def test_module_that_does_not_run_does_not_count() -> None:
    files = {**FLASK, "train.py": 'import sys\n\nopen(sys.argv[1], "w")\n'}
    assert repaired(START, files).count("chown") == 0


def test_flask_sqlalchemy_keeps_its_file_in_the_instance_folder() -> None:
    source = (
        "from flask import Flask\nfrom flask_sqlalchemy import SQLAlchemy\n\napp = Flask(__name__)\n"
        'app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///site.db"\n'
    )
    known = {"app.py": source, "requirements.txt": "flask-sqlalchemy\n"}
    assert "mkdir -p /app/instance && chown app:app /app/instance\n" in repaired(START, known)
    # Before 3.0 it lay beside the app.
    assert "mkdir -p /app/instance && chown app:app /app /app/instance\n" in repaired(START, {"app.py": source})


def test_library_that_writes_where_it_runs_gets_that_folder() -> None:
    assert "chown app:app /app\n" in repaired(START, {"app.py": "import gradio\n"})


def test_celery_beat_keeps_its_schedule_where_it_runs() -> None:
    before = START.replace('["python", "app.py"]', "celery -A app beat")
    assert "chown app:app /app\n" in repaired(before, {"app.py": "import celery\n"})


def test_temporary_files_and_the_home_folder_need_nothing() -> None:
    source = 'import os\n\nopen("/tmp/x", "w")\nopen(os.path.expanduser("~/.cache/y"), "w")\n'
    assert "chown" not in repaired(START, {"app.py": source})


def test_folder_that_the_app_works_in_is_given_where_it_writes_by_names_of_its_own() -> None:
    before = START.replace('["python", "app.py"]', "python manage.py makemigrations && python manage.py runserver")
    outcome = repair(parse(before), BuildContext.of_files({"manage.py": ""}), [RootUser()])
    assert outcome.applied[0].finding.because == (
        "CMD writes migrations into the project's own folders (makemigrations), so app owns /app"
    )


MIGRATIONS = "CMD python manage.py makemigrations && python manage.py runserver\n"


def test_what_a_run_makes_in_that_folder_changes_hands_at_the_end() -> None:
    before = (
        "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
        "RUN mkdir cache && echo x > cache/x\nRUN touch cache/y state.txt\n" + MIGRATIONS
    )
    assert repaired(before, {"manage.py": ""}) == (
        f"FROM python:3.12-slim\nWORKDIR /app\n{USER} && \\\n    chown app:app /app\nCOPY --chown=app:app . .\n"
        "RUN mkdir cache && echo x > cache/x\nRUN touch cache/y state.txt\n"
        "RUN chown -R app:app /app/cache && chown app:app /app/state.txt\nUSER app\n" + MIGRATIONS
    )


def test_copy_that_gives_its_files_to_somebody_else_is_a_doubt() -> None:
    before = "FROM python:3.12-slim\nWORKDIR /app\nCOPY --chown=daemon:daemon . .\n" + MIGRATIONS
    assert "line 3 gives what it copies to daemon:daemon" in doubt(before, {"manage.py": ""})


@pytest.mark.parametrize("owner", ["node", "node:root", "1000", "1000:1000"])
def test_copy_that_gives_its_files_to_the_account_is_none(owner: str) -> None:
    before = f'FROM node:20-slim\nWORKDIR /app\nCOPY --chown={owner} . .\nCMD ["node", "server.js"]\n'
    files = {"server.js": "require('nobody-knows');\n", "package.json": "{}"}
    assert repaired(before, files).endswith('RUN chown node:node /app\nUSER node\nCMD ["node", "server.js"]\n')


@pytest.mark.parametrize("mode", ["u+x", "744", "700", "u=rwx"])
def test_script_that_only_its_owner_may_run_is_given(mode: str) -> None:
    before = START.replace('CMD ["python", "app.py"]', f'RUN chmod {mode} run.sh\nCMD ["./run.sh"]')
    files = {**FLASK, "run.sh": "#!/bin/sh\nexec python app.py\n"}
    assert repaired(before, files).endswith('RUN chown app:app /app/run.sh\nUSER app\nCMD ["./run.sh"]\n')


@pytest.mark.parametrize("mode", ["+x", "755", "777", "a+x", "0775"])
def test_script_that_all_may_run_stays_roots(mode: str) -> None:
    before = START.replace('CMD ["python", "app.py"]', f'RUN chmod {mode} run.sh\nCMD ["./run.sh"]')
    files = {**FLASK, "run.sh": "#!/bin/sh\nexec python app.py\n"}
    assert repaired(before, files).endswith(f'RUN chmod {mode} run.sh\nUSER app\nCMD ["./run.sh"]\n')


def test_other_files_that_are_shut_are_a_matter_of_a_person() -> None:
    before = START.replace('CMD ["python", "app.py"]', 'RUN chmod 700 run.sh other.sh\nCMD ["./run.sh"]')
    files = {**FLASK, "run.sh": "#!/bin/sh\nexec python app.py\n"}
    assert suggestion(before, files).startswith("line 4 shuts other users out")


def test_user_is_made_at_the_end_where_the_first_copy_is_not_roots() -> None:
    before = (
        "FROM python:3.12-slim\nUSER 1000\nCOPY app.py /app/\nUSER root\nRUN apt-get update\nCMD python /app/app.py\n"
    )
    after = apply_edits(before.encode(), the_finding(before, FLASK).fix.edits).decode()  # type: ignore[union-attr]
    assert after == (
        "FROM python:3.12-slim\nUSER 1000\nCOPY app.py /app/\nUSER root\nRUN apt-get update\n"
        f"{USER}\nUSER app\nCMD python /app/app.py\n"
    )


def test_user_is_made_at_the_end_where_no_posix_shell_stands_above_the_first_copy() -> None:
    before = (
        'FROM python:3.12-slim\nSHELL ["python", "-c"]\nCOPY app.py /app/\nSHELL ["/bin/sh", "-c"]\nWORKDIR /app\n'
        'CMD ["python", "app.py"]\n'
    )
    assert f"WORKDIR /app\n{USER}\nUSER app\n" in repaired(before, FLASK)


@pytest.mark.parametrize(
    ("files", "because"),
    [
        ({"app.py": ""}, "no write to the image's folders found in app.py"),
        (
            {"app.py": "import other\n", "other.py": ""},
            "no write to the image's folders found in the 2 modules that start",
        ),
        ({"app.py": 'open("x", "w")\n'}, "app owns what it writes to: /app/x (app.py:1)"),
    ],
)
def test_reason_says_what_was_read_and_found(files: Mapping[str, str], because: str) -> None:
    assert reason(START, files, Applicability.SAFE).startswith(because)


# ---- doubts --------------------------------------------------------------------------------------------------------


def test_path_from_outside_is_named_with_its_line() -> None:
    assert doubt(START, {"app.py": 'import sys\n\nopen(sys.argv[1], "w")\n'}) == (
        "app.py:3 writes to a path that is only known at run time"
    )


def test_command_that_the_code_runs_may_write() -> None:
    source = 'import subprocess\n\nsubprocess.run(["ffmpeg", "-i", "a"])\n'
    why = reason(START, {"app.py": source}, Applicability.SAFE)
    assert why == "app.py:3 runs ffmpeg, which may write below the folder that it works in, so app owns /app"


def test_same_doubt_is_told_once() -> None:
    source = 'import sys\n\nopen(sys.argv[1], "w")\nopen(sys.argv[2], "w")\nopen(sys.argv[3], "w")\n'
    assert doubt(START, {"app.py": source}).endswith("only known at run time (2 more places like it)")


def test_name_from_outside_among_copied_data_may_be_one_of_them() -> None:
    source = 'import sys\n\nopen(sys.argv[1] + ".json", "w")\n'
    files = {"app.py": f"name = 'x'\n{source.replace('sys.argv[1]', 'sys.argv[1][0]')}", "one.json": "{}"}
    assert the_finding(START, files).fix.applicability is Applicability.UNSAFE  # type: ignore[union-attr]


def test_migrations_made_at_each_start_change_the_sources() -> None:
    before = START.replace('["python", "app.py"]', "python manage.py makemigrations && python manage.py runserver")
    assert "COPY --chown=app:app . .\n" in repaired(before, {"manage.py": ""})
    elsewhere = before.replace("manage.py", "/app/manage.py")
    assert "migrations" in doubt(elsewhere, {"manage.py": ""})


@pytest.mark.parametrize(
    ("lines", "home"),
    [
        ("FROM ubuntu:24.04\nWORKDIR /home/ubuntu/app", "/home/ubuntu"),
        ("FROM debian:13\nRUN useradd -m one && useradd -m two\nWORKDIR /home/one", "/home/one"),
    ],
)
def test_home_of_somebody_else_may_be_shut(lines: str, home: str) -> None:
    text = f"{lines}\nCOPY . .\nCMD python3 app.py\n"
    assert doubt(text, FLASK) == f"the app lies in {home}, which may be shut to others than its owner"


def test_folder_of_the_sources_on_the_host_may_be_written_to() -> None:
    before = START.replace('["python", "app.py"]', "python manage.py makemigrations && python manage.py runserver")
    compose = "services:\n  web:\n    build: .\n    volumes:\n      - .:/app\n"
    assert doubt(before, {"manage.py": "", "compose.yaml": compose}) == (
        "compose.yaml:5 mounts . over /app, where CMD perhaps writes: on the host it has to belong to app"
    )


def test_unknown_context_is_a_doubt() -> None:
    assert doubt(START, BuildContext.unknown()) == "the build context is not known, and with it what the program writes"


def test_start_script_is_read() -> None:
    before = START.replace('["python", "app.py"]', '["./run.sh"]')
    files = {"run.sh": "#!/bin/sh\nnode build.js\nexec python app.py\n", **FLASK}
    assert doubt(before, files) == "build.js is not among the files copied from the build context"


# ---- a person decides ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "because"),
    [
        ("ENV PORT=80", "it listens on port 80; Docker 20.10 and later let any user do so, not every Kubernetes does"),
        ("RUN pip install --user flask", "pip install --user puts packages into root's home"),
        ("RUN playwright install chromium", "playwright's browsers lie in root's home"),
        ("ENV PATH=/root/.local/bin:$PATH", "PATH leads into root's home"),
        ("RUN apt-get install -y cron", "cron is installed, which is made to run as root"),
        ("RUN chmod 700 app.py", "line 4 shuts other users out: chmod 700 app.py"),
        ("RUN poetry install", "poetry keeps its environment in root's home"),
        ("WORKDIR /root/app", "WORKDIR /root/app is root's own"),
        ("COPY app.py /root/app.py", "COPY puts files into /root/app.py"),
    ],
)
def test_reason_for_a_suggestion(line: str, because: str) -> None:
    assert suggestion(START.replace("CMD", f"{line}\nCMD"), FLASK).startswith(because)


def test_port_in_the_source() -> None:
    source = "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\nuvicorn.run(app, port=80)\n"
    assert suggestion(START, {"app.py": source}).startswith("app.py:5 listens on port 80")


def test_app_in_the_root_folder_is_never_given_to_anybody() -> None:
    finding = the_finding("FROM python:3.12-slim\nCOPY . .\nCMD python app.py\n", {"app.py": 'open("x", "w")\n'})
    assert finding.because.startswith("the app lies in /, which nobody but root should own")
    assert finding.fix is not None
    assert not any(b"chown" in edit.text for edit in finding.fix.edits)


def test_system_folder_is_never_given_to_anybody() -> None:
    finding = the_finding(START, {"app.py": 'open("/var/log/app.log", "w")\n'})
    assert (
        finding.because == "app.py:1 writes to /var/log, which belongs to the system; give it a folder of its own first"
    )
    assert finding.fix is not None
    assert not any(b"chown" in edit.text for edit in finding.fix.edits)


def test_script_that_changes_owners_at_each_start() -> None:
    before = START.replace('["python", "app.py"]', '["./run.sh"]')
    files = {**FLASK, "run.sh": "#!/bin/sh\nchown -R 1000 /data\nexec python app.py\n"}
    assert suggestion(before, files).startswith("run.sh:2 runs chown at each start, which takes root")


def test_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(FLASK["app.py"])
    (tmp_path / "settings.toml").write_text("")
    (tmp_path / "settings.toml").chmod(0o600)
    assert suggestion(START, BuildContext.at(tmp_path, "Dockerfile")).startswith("settings.toml has mode 600")


def test_script_that_only_its_owner_can_execute(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("#!/bin/sh\nexec sleep 1\n")
    (tmp_path / "run.sh").chmod(0o744)
    before = START.replace('["python", "app.py"]', '["./run.sh"]')
    assert suggestion(before, BuildContext.at(tmp_path, "Dockerfile")).startswith("run.sh has mode 744")


def test_volume_of_a_compose_file() -> None:
    compose = "services:\n  web:\n    build: .\n    volumes:\n      - data:/app/data\nvolumes:\n  data:\n"
    assert suggestion(START, {**FLASK, "compose.yaml": compose}) == (
        "compose.yaml:5 mounts the volume data at /app/data: what it already holds belongs to root"
    )


@pytest.mark.parametrize("source", ['open("/data/x", "w")\n', 'import sys\n\nopen(sys.argv[1], "w")\n'])
def test_volume_that_may_be_written_to(source: str) -> None:
    before = START.replace("CMD", "VOLUME /data\nCMD")
    assert suggestion(before, {"app.py": source}) == (
        "a volume at /data may already hold root's files, which then have to change hands once"
    )


def test_volume_that_nothing_writes_to_is_no_matter() -> None:
    assert "USER app\n" in repaired(START.replace("CMD", "VOLUME /data\nCMD"), FLASK)


def test_bind_mount_of_the_sources_is_no_matter_where_nothing_is_written() -> None:
    compose = "services:\n  web:\n    build: .\n    volumes:\n      - .:/app\n"
    assert "USER app\n" in repaired(START, {**FLASK, "compose.yaml": compose})


def test_bind_mount_of_the_sources_matters_where_the_app_writes() -> None:
    compose = "services:\n  web:\n    build: .\n    volumes:\n      - .:/app\n"
    files = {"app.py": 'open("x.txt", "w")\n', "compose.yaml": compose}
    assert suggestion(START, files) == (
        "compose.yaml:5 mounts . over /app, where app.py:1 writes: on the host it has to belong to app"
    )


# ---- left alone ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ('FROM postgres:16\nENV POSTGRES_DB=x\nCMD ["postgres"]\n', "postgres starts as root and then changes"),
        ("FROM php:8.3-fpm\nCOPY . /var/www/html\n", "php-fpm starts as root and runs its workers"),
        (
            "FROM python:3.12-slim\nCOPY . .\nENTRYPOINT exec su-exec app python app.py\n",
            "ENTRYPOINT starts its program",
        ),
        ("FROM python:3.12-slim AS test\nCOPY . .\nCMD python app.py\n", "the stage test is for tests"),
        ("FROM python:3.12-slim\nONBUILD COPY . .\nCMD python app.py\n", "ONBUILD"),
        ("FROM python:3.12-slim\nCMD sleep infinity\n", "it only stays alive"),
        ("FROM ubuntu:24.04\nCMD bash\n", "it starts a shell or an interpreter"),
        ("FROM public.ecr.aws/lambda/python:3.12\nCOPY . .\nCMD app.handler\n", "AWS Lambda"),
        ("FROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD python app.py\n", "Windows"),
        ("FROM python:3.12-slim\nARG WHO\nUSER $WHO\nCMD python app.py\n", "which user runs"),
        ("FROM python:3.12-slim\n#checkov:skip=CKV_DOCKER_3: root is meant\nCMD python app.py\n", "a comment says"),
    ],
)
def test_left_alone_with_the_reason(text: str, because: str) -> None:
    assert left_alone(text).startswith(because)


def test_hadolint_comment_silences_it() -> None:
    text = "FROM python:3.12-slim\nCOPY . /app\n# hadolint ignore=DL3002\nUSER root\nCMD python /app/app.py\n"
    outcome = repair(parse(text), BuildContext.of_files(FLASK), [RootUser()])
    assert not outcome.remaining


def test_supervisor_is_told_without_an_edit() -> None:
    finding = the_finding("FROM python:3.12-slim\nCMD supervisord -n\n", {})
    assert finding.fix is None
    assert not finding.declined
    assert finding.because.startswith("CMD starts supervisord")
