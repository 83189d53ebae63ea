"""Where a variable of the environment says where code writes: what is set there counts, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_PYTHON = 'FROM python:3.12-slim\nWORKDIR /app\n{env}COPY . .\nCMD ["python", "main.py"]\n'
_NODE = 'FROM node:22-slim\nWORKDIR /app\n{env}COPY . .\nCMD ["node", "main.js"]\n'
_GO = (
    "FROM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /server .\n"
    'FROM debian:12-slim\nWORKDIR /app\n{env}COPY --from=build /server /server\nCMD ["/server"]\n'
)
_GO_MAIN = 'package main\n\nimport (\n\t"os"\n\t"path/filepath"\n)\n\nfunc main() {{\n\t{0}\n}}\n'
_SETTINGS = (
    "from pathlib import Path\nfrom pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n"
    "    data_dir: Path\n\nsettings = Settings()\n(settings.data_dir / 'a.txt').write_text('a')\n"
)
_SPELLINGS = {
    "item": 'import os\nopen(os.environ["DATA_DIR"] + "/a.txt", "w")\n',
    "getenv": 'import os\nopen(os.path.join(os.getenv("DATA_DIR"), "a.txt"), "w")\n',
    "from import": 'from os import environ\nopen(environ["DATA_DIR"] + "/a.txt", "w")\n',
    "path": 'import os, pathlib\nDATA = pathlib.Path(os.environ["DATA_DIR"])\n(DATA / "a.txt").write_text("a")\n',
    "f-string": 'import os\nDATA = os.getenv("DATA_DIR")\nopen(f"{DATA}/a.txt", "w")\n',
    "decouple": 'from decouple import config\nopen(config("DATA_DIR") + "/a.txt", "w")\n',
    "settings": _SETTINGS,
    "default": 'import os\nopen(os.getenv("DATA_DIR", "x") + "/a.txt", "w")\n',
    "replaced": 'import os\nDATA = os.getenv("DATA_DIR")\nif not DATA:\n    DATA = "x"\nopen(DATA + "/a.txt", "w")\n',
    "or": 'import os\nDATA = os.environ.get("DATA_DIR") or "x"\nopen(DATA + "/a.txt", "w")\n',
}


def _repaired(folder: Path, dockerfile: str, **files: str) -> Repaired:
    (folder / ".git").mkdir()
    for name, text in {"Dockerfile": dockerfile, **files}.items():
        (folder / name.replace("__", ".")).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF501"]))


@pytest.mark.parametrize("main", _SPELLINGS.values(), ids=_SPELLINGS)
def test_the_value_that_the_image_sets_counts(main: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _PYTHON.format(env="ENV DATA_DIR=/var/lib/notes\n"), main__py=main)
    assert "chown app:app /var/lib/notes" in found.text
    assert "USER app" in found.text


@pytest.mark.parametrize("name", [name for name in _SPELLINGS if name not in ("default", "replaced", "or")])
def test_what_nothing_sets_is_unknown(name: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _PYTHON.format(env=""), main__py=_SPELLINGS[name])
    assert found.offered("DF501") == "unsafe"
    assert "which nothing here sets" in found.because("DF501")


def test_what_is_set_to_something_unknown_is_unknown(tmp_path: Path) -> None:
    env = "ARG PLACE\nENV DATA_DIR=$PLACE\n"
    found = _repaired(tmp_path, _PYTHON.format(env=env), main__py=_SPELLINGS["item"])
    assert found.offered("DF501") == "unsafe"


@pytest.mark.parametrize("setting", ["environment:\n      DATA_DIR: /srv/notes", "environment: [DATA_DIR=/srv/notes]"])
def test_what_a_compose_file_sets_counts(setting: str, tmp_path: Path) -> None:
    compose = f"services:\n  app:\n    build: .\n    {setting}\n"
    found = _repaired(tmp_path, _PYTHON.format(env=""), main__py=_SPELLINGS["item"], compose__yaml=compose)
    assert "chown app:app /srv/notes" in found.text


def test_an_env_file_of_the_repository_counts(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: .\n    env_file: app.env\n"
    files = {"compose__yaml": compose, "app__env": "DATA_DIR=/srv/notes\n"}
    found = _repaired(tmp_path, _PYTHON.format(env=""), main__py=_SPELLINGS["item"], **files)
    assert "chown app:app /srv/notes" in found.text


def test_an_env_file_that_git_ignores_is_one_machines_own(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: .\n    env_file:\n      - .env\n"
    files = {"compose__yaml": compose, "__env": "DATA_DIR=/srv/notes\n", "__gitignore": ".env\n"}
    found = _repaired(tmp_path, _PYTHON.format(env=""), main__py=_SPELLINGS["item"], **files)
    assert found.offered("DF501") == "unsafe"


def test_the_url_of_a_server_names_no_file(tmp_path: Path) -> None:
    main = 'import os\nimport sqlite3\nsqlite3.connect(os.environ["DATABASE_URL"])\n'
    env = "ENV DATABASE_URL=postgresql://db/app\n"
    found = _repaired(tmp_path, _PYTHON.format(env=env), main__py=main)
    assert "chown" not in found.text


def test_what_a_variable_adds_to_a_folder_of_the_app_lies_below_it(tmp_path: Path) -> None:
    main = 'const path = require("path")\nrequire("fs").mkdirSync(path.join(__dirname, process.env.UPLOADS))\n'
    found = _repaired(tmp_path, _NODE.format(env=""), main__js=main)
    assert "COPY --chown=node:node . ." in found.text


@pytest.mark.parametrize(
    "main",
    [
        'require("fs").writeFileSync(process.env.DATA_DIR + "/a.txt", "a")\n',
        'const fs = require("fs"), path = require("path")\nfs.mkdirSync(path.join(process.env["DATA_DIR"], "b"))\n',
        'import fs from "fs"\nconst dir = process.env.DATA_DIR ?? "x"\nfs.writeFileSync(`${dir}/a.txt`, "a")\n',
        'const fs = require("fs")\nconst dir = process.env.DATA_DIR || "x"\nfs.writeFileSync(dir + "/a.txt", "a")\n',
    ],
)
def test_javascript_gives_the_same_answer(main: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _NODE.format(env="ENV DATA_DIR=/var/lib/notes\n"), main__js=main)
    assert "/var/lib/notes" in found.text
    assert "USER node" in found.text


def test_javascript_without_a_value_is_unknown(tmp_path: Path) -> None:
    main = 'require("fs").writeFileSync(process.env.DATA_DIR + "/a.txt", "a")\n'
    found = _repaired(tmp_path, _NODE.format(env=""), main__js=main)
    assert found.offered("DF501") == "unsafe"
    assert "main.js:1 writes where DATA_DIR says, which nothing here sets" in found.because("DF501")


@pytest.mark.parametrize(
    "code",
    [
        'os.WriteFile(filepath.Join(os.Getenv("DATA_DIR"), "a.txt"), nil, 0o644)',
        'dir := os.Getenv("DATA_DIR")\n\tif dir == "" {\n\t\tdir = "x"\n\t}\n\tos.Create(filepath.Join(dir, "a"))',
    ],
)
def test_go_gives_the_same_answer(code: str, tmp_path: Path) -> None:
    files = {"main__go": _GO_MAIN.format(code), "go__mod": "module example.org/a\n\ngo 1.24\n"}
    found = _repaired(tmp_path, _GO.format(env="ENV DATA_DIR=/var/lib/notes\n"), **files)
    assert "chown app:app /var/lib/notes" in found.text


def test_go_without_a_value_is_unknown(tmp_path: Path) -> None:
    code = 'os.WriteFile(filepath.Join(os.Getenv("DATA_DIR"), "a.txt"), nil, 0o644)'
    files = {"main__go": _GO_MAIN.format(code), "go__mod": "module example.org/a\n\ngo 1.24\n"}
    found = _repaired(tmp_path, _GO.format(env=""), **files)
    assert found.offered("DF501") == "unsafe"


@pytest.mark.parametrize(
    "setting",
    [
        "environment: {SETTINGS: tests/settings.yaml}",
        "environment:\n      - SETTINGS=/app/tests/settings.yaml",
        "env_file: vars.txt",
    ],
)
def test_what_a_variable_names_is_not_hidden(setting: str, tmp_path: Path) -> None:
    files = {
        "main.py": 'import os\nopen(os.environ["SETTINGS"])\n',
        "tests/settings.yaml": "a: 1\n",
        "docs/index.md": "",
        "vars.txt": "SETTINGS=tests/settings.yaml\n",
        "compose.yaml": f"services:\n  app:\n    build: .\n    {setting}\n",
        "Dockerfile": _PYTHON.format(env=""),
        ".git/HEAD": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = Repaired(fix_file(tmp_path / "Dockerfile", write=False, select=["DF601"]))
    lines = (found.ignore_file or "").splitlines()
    assert "tests" not in lines
    assert "docs" in lines
