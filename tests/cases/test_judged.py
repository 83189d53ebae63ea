"""What forty projects, made to break a repair, broke at first look."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_PYTHON = 'FROM python:3.12-slim\nWORKDIR /app\n{}COPY . .\nCMD ["python", "main.py"]\n'
_NODE = 'FROM node:22-slim\nWORKDIR /srv\nCOPY . .\nCMD ["node", "src/index.mjs"]\n'
_MANIFEST = '{"name": "a", "dependencies": {"lowdb": "7"}}'


def _repaired(folder: Path, dockerfile: str, files: dict[str, str]) -> Repaired:
    for name, text in {"Dockerfile": dockerfile, ".git/HEAD": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF501"]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.toml", 'url = "sqlite:////data/app.db"\n'),
        ("config/base.yaml", "database:\n  url: sqlite+aiosqlite:////data/app.db?timeout=3\n"),
        ("app.ini", "[db]\nurl = sqlite:////data/app.db\n"),
    ],
)
def test_a_database_that_settings_name_is_written(name: str, text: str, tmp_path: Path) -> None:
    main = f'from sqlalchemy import create_engine\nfrom conf import load\ncreate_engine(load("{name}").url)\n'
    found = _repaired(tmp_path, _PYTHON.format(""), {"main.py": main, "conf.py": "load = None\n", name: text})
    assert "chown app:app /data" in found.text


def test_a_database_that_a_variable_names_is_written(tmp_path: Path) -> None:
    main = 'import os\nfrom sqlalchemy import create_engine\ncreate_engine(os.environ["DATABASE_URL"])\n'
    env = "ENV DATABASE_URL=sqlite:///var/app.db\n"
    assert "chown app:app /app/var" in _repaired(tmp_path, _PYTHON.format(env), {"main.py": main}).text


def test_the_settings_of_tests_are_no_matter(tmp_path: Path) -> None:
    files = {"main.py": "import sqlalchemy\n", "tests/settings.toml": 'url = "sqlite:////data/app.db"\n'}
    assert "chown" not in _repaired(tmp_path, _PYTHON.format(""), files).text


def test_a_file_beside_a_module_by_its_url(tmp_path: Path) -> None:
    main = (
        'import {JSONFilePreset} from "lowdb/node"\nawait JSONFilePreset(new URL("../db.json", import.meta.url), {})\n'
    )
    found = _repaired(tmp_path, _NODE, {"src/index.mjs": main, "package.json": _MANIFEST})
    assert "chown node:node /srv" in found.text


def test_a_part_of_a_package_writes_as_the_package(tmp_path: Path) -> None:
    main = 'import {JSONFilePreset} from "lowdb/node"\nawait JSONFilePreset(where(), {})\n'
    found = _repaired(tmp_path, _NODE, {"src/index.mjs": main, "package.json": _MANIFEST})
    assert found.offered("DF501") == "unsafe"


def test_the_folder_for_the_heartbeat_of_workers(tmp_path: Path) -> None:
    start = 'CMD ["gunicorn", "--worker-tmp-dir", "/run/gunicorn", "main:app"]\n'
    dockerfile = f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install gunicorn\n{start}"
    found = _repaired(tmp_path, dockerfile, {"main.py": "app = None\n"})
    assert found.offered("DF501") == "suggestion"
