"""What a person declares and what a run has shown, as far as repairs go by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockerfix.check import check_dockerfile
from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.files.work import Task, prepared
from dockerfix.cli.options import Options
from dockerfix.project.context.told import NOTHING_TOLD, OBSERVED_FILE, Told
from dockerfix.rule import Applicability, BuildContext, Finding
from dockerfix.rules import all_rules
from dockerfix.syntax import parse

ANYWHERE = {"main.py": 'import sys\n\nopen(sys.argv[1], "w").write("")\n', "requirements.txt": "flask\n"}
DOCKERFILE = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"
NOTES = """[images.Dockerfile]
date = 2026-12-01
image = "sha256:1"
writes = ["/app/instance/app.db", "/app/__pycache__/main.pyc", "/tmp/x"]
programs = ["python3", "curl"]
env-files = ["/app/.env"]
home = false
"""


def finding(code: str, text: str, files: dict[str, str], told: Told = NOTHING_TOLD) -> Finding:
    context = BuildContext.of_files({**files, "Dockerfile": text}).with_told(told)
    rules = [rule() for rule in all_rules() if rule.code == code]
    found = check_dockerfile(parse(text.encode()), context, rules)
    return next(one for one in found if not one.declined)


def edits(one: Finding) -> str:
    assert one.fix is not None
    return b"\n".join(edit.text for edit in one.fix.edits).decode()


# declared


def test_where_code_may_write_anywhere_the_setting_is_named() -> None:
    found = finding("DF501", DOCKERFILE, ANYWHERE)
    assert found.fix is not None
    assert found.fix.applicability is Applicability.UNSAFE
    assert "`[rules.root-user] writes = […]` would settle it" in found.because


@pytest.mark.parametrize(
    ("writes", "owned"),
    [(("/app/data",), "/app/data"), (("/var/lib/shop/",), "/var/lib/shop"), (("/app/store/app.db",), "/app/store")],
)
def test_what_is_declared_to_be_written_is_owned_and_safe(writes: tuple[str, ...], owned: str) -> None:
    found = finding("DF501", DOCKERFILE, ANYWHERE, Told(writes=writes, place="dockerfix.toml"))
    assert found.fix is not None
    assert found.fix.applicability is Applicability.SAFE, found.because
    assert f"chown app:app {owned}" in edits(found) or f"chown -R app:app {owned}" in edits(found)
    assert "(dockerfix.toml)" in found.because


def test_declared_to_write_nothing_is_an_answer_too() -> None:
    found = finding("DF501", DOCKERFILE, ANYWHERE, Told(writes=()))
    assert found.fix is not None
    assert found.fix.applicability is Applicability.SAFE
    assert "chown" not in edits(found)


def test_a_program_that_is_needed_keeps_the_full_image() -> None:
    text = DOCKERFILE.replace("python:3.12-slim", "python:latest")
    assert "python:3.12-slim" in edits(finding("DF101", text, {"requirements.txt": "flask\n", "main.py": ""}))
    found = finding(
        "DF101", text, {"requirements.txt": "flask\n", "main.py": ""}, Told(needs=("curl",), place="x.toml")
    )
    assert "slim" not in edits(found)
    assert "x.toml says that it needs curl, which slim lacks" in found.because


def test_needs_that_are_declared_settle_what_cannot_be_read() -> None:
    text = 'FROM python:latest\nCOPY . /app\nCMD sh -c "$START"\n'
    files = {"main.py": ""}
    assert "slim" not in edits(finding("DF101", text.replace("CMD sh", "RUN ./x.sh\nCMD sh"), files))
    assert "-slim" in edits(finding("DF101", text.replace("CMD sh", "RUN ./x.sh\nCMD sh"), files, Told(needs=())))


def ignored(told: Told, **more: str) -> str:
    files = {
        "main.py": "import flask\n",
        "requirements.txt": "flask\n",
        **{k.replace("__", "."): v for k, v in more.items()},
    }
    found = finding("DF601", DOCKERFILE, files, told)
    assert found.fix is not None
    return found.fix.files[0].after.decode()


def test_env_files_that_are_declared_to_be_read_stay() -> None:
    assert "\n.env\n" in ignored(NOTHING_TOLD)
    assert "\n.env\n" not in ignored(Told(reads_env=True))


def test_env_files_that_nobody_reads_by_declaration_go() -> None:
    reads = {"main__py": "from dotenv import load_dotenv\nload_dotenv()\n"}
    assert "\n.env\n" not in ignored(NOTHING_TOLD, **reads)
    assert "\n.env\n" in ignored(Told(reads_env=False), **reads)


def test_a_path_to_keep_is_not_hidden() -> None:
    assert "\n.env\n" not in ignored(Told(keep=(".env",)))


# seen


def seen(told: Told = NOTHING_TOLD, notes: str = NOTES, main: str = "import flask\n") -> Finding:
    return finding("DF501", DOCKERFILE, {**ANYWHERE, "main.py": main, OBSERVED_FILE: notes}, told)


def test_what_a_run_wrote_is_owned() -> None:
    found = seen()
    assert "/app/instance" in edits(found)
    assert "pycache" not in edits(found)
    assert "/tmp" not in edits(found)
    assert "seen in a run of 2026-12-01, not proven" in found.because


def test_a_run_settles_a_doubt_only_where_the_repair_is_tried_first() -> None:
    anywhere = ANYWHERE["main.py"]
    alone, tried = seen(main=anywhere), seen(replace(NOTHING_TOLD, on_trial=True), main=anywhere)
    assert alone.fix is not None
    assert tried.fix is not None
    assert alone.fix.applicability is Applicability.UNSAFE
    assert tried.fix.applicability is Applicability.SAFE


@pytest.mark.parametrize(
    "notes",
    ["[", "images = 5", "[images.Dockerfile]\nwrites = 5", "[images.other]\ndate = 2026-01-01"],
)
def test_notes_that_say_nothing_change_nothing(notes: str) -> None:
    assert edits(seen(notes=notes)) == edits(finding("DF501", DOCKERFILE, {**ANYWHERE, "main.py": "import flask\n"}))


def test_a_program_that_ran_keeps_the_full_image() -> None:
    text = DOCKERFILE.replace("python:3.12-slim", "python:latest")
    found = finding("DF101", text, {"requirements.txt": "flask\n", "main.py": "", OBSERVED_FILE: NOTES})
    assert "slim" not in edits(found)
    assert "it ran curl, which slim lacks (seen in a run of 2026-12-01, not proven)" in found.because


def test_an_env_file_that_was_opened_stays() -> None:
    assert "\n.env\n" not in ignored(NOTHING_TOLD, **{OBSERVED_FILE.replace(".", "__"): NOTES})


def test_the_settings_are_options_of_the_rules(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    for name, text in ANYWHERE.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "dockerfix.toml").write_text('[rules.root-user]\nwrites = ["/app/data"]\n')
    (target,), failures = find_targets(Options(paths=(str(tmp_path),), select=("DF501",)).checked())
    assert not failures
    outcome = prepared(Task(target)).repaired()
    assert "chown app:app /app/data" in outcome.after.text
    (tmp_path / "dockerfix.toml").write_text("[rules.root-user]\nwrites = 5\n")
    _, failures = find_targets(Options(paths=(str(tmp_path),)).checked())
    assert "rules.root-user.writes must be a list of texts" in failures[0].message
