"""DF801 and DF802 in cases about several repairs, several files, and what surrounds the image."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from dockerfix.fix import repair
from dockerfix.rule import Applicability, BuildContext, Finding, Rule
from dockerfix.rules.source.debug_server import DebugServer
from dockerfix.rules.source.loopback_host import LoopbackHost
from dockerfix.syntax import parse

START = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
MAIN = START + 'EXPOSE 8000\nCMD ["python", "main.py"]\n'
FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
UVICORN = "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
ON_LOOPBACK = {"main.py": UVICORN + "uvicorn.run(app)\n"}


def the_finding(rule: Rule, text: str, files: Mapping[str, str]) -> Finding:
    (finding,) = rule.check(parse(text), BuildContext.of_files(files))
    return finding


def reason_to_leave(text: str, files: Mapping[str, str], rule: Rule | None = None) -> str:
    finding = the_finding(rule or LoopbackHost(), text, files)
    assert finding.declined
    return finding.because


def test_the_debugger_is_turned_off_before_the_host_is_opened() -> None:
    context = BuildContext.of_files({"main.py": FLASK + "app.run(debug=True)\n"})
    rules = [LoopbackHost(), DebugServer()]
    outcome = repair(parse(MAIN), context, rules, unsafe=True)
    assert [applied.finding.code for applied in outcome.applied] == ["DF802", "DF801"]
    (change,) = outcome.files
    assert change.after.decode() == FLASK + 'app.run(host="0.0.0.0", debug=False)\n'
    again = repair(outcome.after, context.with_files({change.path: change.after}), rules, unsafe=True)
    assert not again.changed


def test_the_host_alone_is_not_opened_while_a_debugger_is_on() -> None:
    context = BuildContext.of_files({"main.py": FLASK + "app.run(debug=True)\n"})
    outcome = repair(parse(MAIN), context, [LoopbackHost()], unsafe=True)
    assert not outcome.changed
    assert outcome.remaining[0].offered is Applicability.SUGGESTION


@pytest.mark.parametrize("line", ["app.run(debug=DEBUG)\n", "app.run()\n"])
def test_a_debugger_may_be_on_by_other_means(line: str) -> None:
    text = MAIN.replace("EXPOSE", "ENV FLASK_DEBUG=1\nEXPOSE")
    fix = the_finding(LoopbackHost(), text, {"main.py": FLASK + line}).fix
    assert fix is not None
    assert fix.applicability is Applicability.SUGGESTION


def test_two_calls_of_one_file_are_repaired_one_after_the_other() -> None:
    source = FLASK + "admin = Flask('admin')\n\nadmin.run(debug=True)\napp.run(debug=True)\n"
    outcome = repair(parse(MAIN), BuildContext.of_files({"main.py": source}), [DebugServer()], unsafe=True)
    assert [change.after.decode() for change in outcome.files] == [source.replace("=True", "=False")]


def test_a_finding_names_the_line_of_the_source() -> None:
    finding = the_finding(LoopbackHost(), MAIN, ON_LOOPBACK)
    assert finding.message.startswith("main.py:5: ")
    assert MAIN[finding.span.start :].startswith("CMD")


def test_a_port_that_compose_publishes_is_as_good_as_an_exposed_one() -> None:
    text = START + 'CMD ["python", "main.py"]\n'
    compose = "services:\n  web:\n    build: .\n    ports: ['80:8000']\n"
    assert "EXPOSEd or published" in reason_to_leave(text, ON_LOOPBACK)
    assert the_finding(LoopbackHost(), text, {**ON_LOOPBACK, "compose.yaml": compose}).fix is not None


def test_another_port_than_the_opened_one_is_told() -> None:
    finding = the_finding(LoopbackHost(), MAIN, {"main.py": UVICORN + "uvicorn.run(app, port=9000)\n"})
    assert "port 9000" in finding.because


@pytest.mark.parametrize(
    ("start", "why"),
    [
        ("CMD caddy run & python main.py", "caddy"),
        ("CMD python main.py & exec node server.js", "another program"),
        ("CMD uvicorn other:app --port 80 & python main.py & gunicorn third:app", "another program"),
    ],
)
def test_another_program_of_the_container_may_ask_it(start: str, why: str) -> None:
    assert why in reason_to_leave(f"{START}EXPOSE 80\n{start}\n", ON_LOOPBACK)


def test_compose_may_start_it_otherwise() -> None:
    compose = "services:\n  web:\n    build: .\n    command: uvicorn main:app --host 0.0.0.0\n"
    files = {**ON_LOOPBACK, "compose.yaml": compose}
    assert "command of its own" in reason_to_leave(MAIN, files)
    more = compose + "  other:\n    build: .\n"
    assert the_finding(LoopbackHost(), MAIN, {**files, "compose.yaml": more}).fix is not None


def test_a_host_that_is_decided_elsewhere_is_told_with_verbose_only() -> None:
    source = "from settings import HOST\n" + UVICORN + "uvicorn.run(app, host=HOST)\n"
    assert "decided elsewhere" in reason_to_leave(MAIN, {"main.py": source, "settings.py": "HOST = '127.0.0.1'\n"})


def test_the_name_of_the_server_may_decide_the_host_of_flask() -> None:
    source = FLASK + "app.config['SERVER_NAME'] = '0.0.0.0:8000'\napp.run()\n"
    assert not list(LoopbackHost().check(parse(MAIN), BuildContext.of_files({"main.py": source})))


@pytest.mark.parametrize(
    "name", ["Dockerfile.dev", "dev.Dockerfile", "docker/local/Dockerfile", ".devcontainer/Dockerfile"]
)
def test_a_file_for_developers_keeps_its_debugger(name: str) -> None:
    context = BuildContext.of_files({"main.py": FLASK + "app.run(debug=True)\n"}, name)
    (finding,) = DebugServer().check(parse(MAIN), context)
    assert finding.declined


def _dockerfix(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "dockerfix", "--select=DF8", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _project(folder: Path, source: str, *names: str) -> None:
    (folder / ".git").mkdir()
    (folder / "main.py").write_text(source)
    for name in names or ("Dockerfile",):
        (folder / name).write_text(MAIN)


def test_two_dockerfiles_change_one_source_once(tmp_path: Path) -> None:
    _project(tmp_path, UVICORN + "uvicorn.run(app, reload=True)\n", "Dockerfile", "Dockerfile.web")
    shown = _dockerfix(tmp_path, "--unsafe-fixes", "--diff")
    assert shown.stdout.count("+++ b/main.py") == 1
    assert _dockerfix(tmp_path, "--unsafe-fixes", "--write").returncode == 0
    assert (tmp_path / "main.py").read_text() == UVICORN + 'uvicorn.run(app, host="0.0.0.0", reload=False)\n'
    assert _dockerfix(tmp_path, "--unsafe-fixes", "--diff").stdout == ""


def test_nothing_is_written_without_the_option(tmp_path: Path) -> None:
    _project(tmp_path, UVICORN + "uvicorn.run(app)\n")
    done = _dockerfix(tmp_path, "--write")
    assert done.returncode == 0
    assert (tmp_path / "main.py").read_text() == UVICORN + "uvicorn.run(app)\n"


@pytest.mark.parametrize(
    ("line", "is_loaded"),
    [
        ("uvicorn.run(app)", True),
        ('uvicorn.run(app, host="0.0.0.0")', False),
        ('uvicorn.run(app, host="127.0.0.1") if app.debug else None', False),
    ],
)
def test_libcst_is_loaded_for_a_rewrite_alone(tmp_path: Path, line: str, is_loaded: bool) -> None:
    _project(tmp_path, UVICORN + line + "\n")
    told = _dockerfix(tmp_path).stderr
    assert ("libcst" in told) is is_loaded
