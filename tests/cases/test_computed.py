"""Code and programs of which the sources do not tell what they do: the app gets the folder that it works in."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_PYTHON = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
_JAVA = (
    "FROM maven:3.9-eclipse-temurin-21 AS build\nWORKDIR /src\nCOPY . .\nRUN mvn package\n"
    "FROM eclipse-temurin:21-jre\nWORKDIR /app\nCOPY --from=build /src/target/*.jar app.jar\n"
    'ENTRYPOINT ["java", "-jar", "app.jar"]\n'
)
_PROPERTIES = "src/main/resources/application.properties"


def _repaired(folder: Path, dockerfile: str, files: dict[str, str]) -> Repaired:
    for name, text in {"Dockerfile": dockerfile, ".git/HEAD": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF501"]))


@pytest.mark.parametrize(
    ("main", "why"),
    [
        ('exec(open("a.txt").read())', "runs text as code"),
        ("import sys\nprint(eval(input()))", "runs text as code"),
        ('import os, sys\ngetattr(os, sys.argv[1])("a")', "takes a function of os by a computed name"),
        ("import importlib, sys\nimportlib.import_module(sys.argv[1])", "imports a module"),
        ("import sys\n__import__(sys.argv[1])", "imports a module"),
        ("import runpy, sys\nrunpy.run_path(sys.argv[1])", "imports a module"),
        ('import importlib.util as u\nu.spec_from_file_location("a", input())', "imports a module"),
        ('import ctypes\nctypes.CDLL("libx.so").save()', "loads a compiled library"),
        ('import ctypes\nctypes.cdll.LoadLibrary("libx.so")', "loads a compiled library"),
        ("import subprocess, sys\nsubprocess.run(sys.argv[1:])", "runs a command"),
        ('import subprocess, sys\nsubprocess.run([sys.executable, "b.py"])', "main.py:2 runs python, and what that"),
        ('import subprocess\nsubprocess.run(["pandoc", "a.md"])', "pandoc (main.py:2) is not known"),
    ],
)
def test_the_folder_is_given_where_code_is_computed(main: str, why: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _PYTHON, {"main.py": main + "\n"})
    assert "COPY --chown=app:app . ." in found.text
    assert why in found.because("DF501")


@pytest.mark.parametrize(
    "main",
    [
        'import ast\nast.literal_eval(input())\nimport re\nre.compile(input())\nx = getattr(x, "a", None)',
        'import importlib\nfor name in ("a", "b"):\n    importlib.import_module(f"jobs.{name}")',
        'import subprocess\nsubprocess.run(["uptime"])',
        "import ctypes\nctypes.c_int(3)",
    ],
)
def test_least_is_given_where_all_is_known(main: str, tmp_path: Path) -> None:
    files = {"main.py": main + "\n", "jobs/__init__.py": "", "jobs/a.py": "", "jobs/b.py": ""}
    found = _repaired(tmp_path, _PYTHON, files)
    assert "chown" not in found.text
    assert "DF501" in found.applied


def test_a_command_that_takes_root_is_named(tmp_path: Path) -> None:
    main = 'import subprocess\nsubprocess.run(["tcpdump", "-c", "1"])\n'
    found = _repaired(tmp_path, _PYTHON, {"main.py": main})
    assert found.offered("DF501") == "suggestion"
    assert "main.py:2 runs tcpdump, which needs root" in found.because("DF501")


def test_a_path_that_a_command_is_given_may_be_written(tmp_path: Path) -> None:
    main = 'import subprocess\nsubprocess.run(["ffmpeg", "-i", "a", "/media/out.mp4"])\n'
    assert "chown app:app /app /media" in _repaired(tmp_path, _PYTHON, {"main.py": main}).text


def test_an_application_of_java_gets_its_folder(tmp_path: Path) -> None:
    found = _repaired(tmp_path, _JAVA, {_PROPERTIES: "spring.datasource.url=jdbc:h2:file:./data/db\n"})
    assert "chown app:app /app" in found.text
    assert "app.jar (ENTRYPOINT) is not known to this version" in found.because("DF501")


@pytest.mark.parametrize("line", ["logging.file.name=/var/log/a.log", "storage.location=/data/uploads"])
def test_a_place_that_settings_of_java_name_may_be_written(line: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _JAVA, {_PROPERTIES: f"{line}\n"})
    assert found.offered("DF501") == "unsafe"
    assert f"{_PROPERTIES}:1 names" in found.because("DF501")


def test_a_low_port_of_java_needs_a_look(tmp_path: Path) -> None:
    assert _repaired(tmp_path, _JAVA, {_PROPERTIES: "server.port=80\n"}).offered("DF501") == "suggestion"


@pytest.mark.parametrize(
    "line", ["CMD redis-server /redis.conf", 'CMD ["sh", "-c", "redis-server --requirepass $PASSWORD"]']
)
def test_redis_behind_a_shell_stays_root(line: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, f"FROM redis:7\n{line}\n", {})
    assert "is handed sh here" in found.because("DF501")


def test_redis_by_its_entry_point_changes_the_user(tmp_path: Path) -> None:
    found = _repaired(tmp_path, 'FROM redis:7\nCMD ["redis-server", "--save", ""]\n', {})
    assert found.findings("DF501")[0].declined
