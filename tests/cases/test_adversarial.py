"""Small projects written to break safe repairs: what an app writes in ways that are easy to overlook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

PYTHON = "FROM python:3.12-slim\nWORKDIR /app\n"
NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\n"
UV = "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/\nWORKDIR /app\n"
IGNORED = {".dockerignore": ".git\n.env\nnode_modules\n"}
SETTINGS = "from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n"
PACKAGE = (
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["flask"]\n'
)


@dataclass(frozen=True)
class Maker:
    """Writes a project into a folder and repairs it."""

    folder: Path

    def repaired(self, files: dict[str, str], dockerfile: str = "Dockerfile") -> Repaired:
        (self.folder / ".git").mkdir()
        for path, text in {**IGNORED, **files}.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        return Repaired(fix_file(self.folder / dockerfile, write=False))

    def python(self, app: str, requirements: str = "", above: str = "", **others: str) -> Repaired:
        text = PYTHON + above + 'COPY . .\nCMD ["python", "app.py"]\n'
        return self.repaired({"Dockerfile": text, "app.py": app, "requirements.txt": requirements, **others})

    def node(self, app: str, dependencies: str = "", command: str = '["node", "app.js"]') -> Repaired:
        package = f'{{"name": "r", "dependencies": {{{dependencies}}}}}'
        return self.repaired({"Dockerfile": f"{NODE}CMD {command}\n", "package.json": package, "app.js": app})


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


READS_DIR = 'import os\n\nD = os.getenv("DATA_DIR", "./data")\nos.makedirs(D, exist_ok=True)\n'
PARSES = (
    'import argparse\n\np = argparse.ArgumentParser()\np.add_argument("-o", "--out-file", default="o.txt")\n'
    'a = p.parse_args()\nopen(a.out_file, "w")\n'
)


def owned(found: Repaired) -> set[str]:
    """The folders that the repair gives to the app."""
    lines = (line for line in found.text.splitlines() if "chown " in line and not line.startswith("COPY"))
    return {word for line in lines for word in line.partition("chown ")[2].split()[1:]}


@pytest.mark.parametrize(
    ("field", "above"),
    [
        ('data: str = "./data"', "ENV DATA=/data\n"),
        ('data: str = Field("./data", validation_alias="STORE")', "ENV STORE=/data\n"),
        ('model_config = SettingsConfigDict(env_prefix="APP_")\n    data: str = "./data"', "ENV APP_DATA=/data\n"),
    ],
)
def test_a_field_of_settings_takes_the_variable_of_the_image(maker: Maker, field: str, above: str) -> None:
    app = f"import os\n{SETTINGS}\n\nclass S(BaseSettings):\n    {field}\n\n\nos.makedirs(S().data, exist_ok=True)\n"
    assert owned(maker.python(app, "pydantic-settings\n", above)) == {"/data"}


def test_a_field_of_settings_that_nothing_sets_keeps_its_default(maker: Maker) -> None:
    app = f'import os\n{SETTINGS}\n\nclass S(BaseSettings):\n    data: str = "./data"\n\n\nos.makedirs(S().data)\n'
    assert owned(maker.python(app, "pydantic-settings\n")) == {"/app/data"}


def test_a_plain_class_is_no_settings(maker: Maker) -> None:
    app = 'import os\n\n\nclass S:\n    data = "./data"\n\n\nos.makedirs(S.data, exist_ok=True)\n'
    assert owned(maker.python(app, above="ENV DATA=/data\n")) == {"/app/data"}


def test_a_variable_of_the_image_takes_the_place_of_a_default(maker: Maker) -> None:
    assert owned(maker.python(READS_DIR, above="ENV DATA_DIR=/data\n")) == {"/data"}


def test_each_service_may_set_another_folder(maker: Maker) -> None:
    compose = (
        "services:\n  a:\n    build: .\n    environment: {DATA_DIR: /a}\n"
        "  b:\n    build: .\n    environment:\n      - DATA_DIR=/b\n"
    )
    found = maker.python(READS_DIR, **{"docker-compose.yml": compose})
    assert owned(found) == {"/app/data", "/a", "/b"}


def test_a_variable_that_compose_sets_counts_for_node_too(maker: Maker) -> None:
    app = 'const fs = require("fs");\nfs.mkdirSync(process.env.DATA_DIR || "./data");\n'
    compose = "services:\n  a:\n    build: .\n    environment: {DATA_DIR: /a}\n"
    files = {"Dockerfile": NODE + 'CMD ["node", "app.js"]\n', "package.json": "{}", "app.js": app}
    found = maker.repaired({**files, "docker-compose.yml": compose})
    assert "DF501" in found.applied
    assert {"/a", "/app/data"} <= owned(found)


@pytest.mark.parametrize("words", ["-o /res/x.txt", "--out-file /res/x.txt", "--out-file=/res/x.txt"])
def test_an_option_of_the_command_takes_the_place_of_its_default(maker: Maker, words: str) -> None:
    found = maker.repaired({"Dockerfile": f"{PYTHON}COPY . .\nCMD python app.py {words}\n", "app.py": PARSES})
    assert owned(found) == {"/res"}


def test_an_option_that_the_command_leaves_out_keeps_its_default(maker: Maker) -> None:
    assert owned(maker.python(PARSES)) == {"/app"}


@pytest.mark.parametrize(
    "app",
    [
        'import subprocess\n\nsubprocess.run("echo x > /out/a", shell=True)\n',
        'import os\n\nos.system("date && date >> /out/a")\n',
        'import tempfile\n\ntempfile.mkdtemp(dir="/out")\n',
        'import tempfile\n\ntempfile.NamedTemporaryFile(dir="/out", delete=False)\n',
        'import os\n\nos.open("/out/lock", os.O_CREAT | os.O_RDWR)\n',
        'import zipfile\n\nzipfile.ZipFile("a.zip").extractall("/out")\n',
    ],
)
def test_quiet_ways_to_write_count(maker: Maker, app: str) -> None:
    assert owned(maker.python(app)) == {"/out"}


@pytest.mark.parametrize(
    "app",
    [
        "import tempfile\n\ntempfile.mkdtemp()\ntempfile.NamedTemporaryFile(dir=None)\n",
        'import subprocess\n\nsubprocess.run("date > /dev/null 2>&1; ls | cat", shell=True)\n',
        'import os\n\nos.open("/etc/hostname", os.O_RDONLY)\n',
    ],
)
def test_what_writes_nowhere_needs_nothing(maker: Maker, app: str) -> None:
    found = maker.python(app)
    assert "DF501" in found.applied
    assert owned(found) == set()


def test_a_redirection_to_a_computed_file_is_not_known(maker: Maker) -> None:
    found = maker.python('import subprocess, sys\n\nsubprocess.run(f"date > {sys.argv[1]}", shell=True)\n')
    assert found.offered("DF501") == "unsafe"


def test_a_redirection_of_node_counts(maker: Maker) -> None:
    assert owned(maker.node('require("child_process").execSync("date > /out/a")\n')) == {"/out"}


def test_a_computed_redirection_of_node_is_not_known(maker: Maker) -> None:
    found = maker.node("require('child_process').exec(`date > ${process.argv[2]}`)\n")
    assert found.offered("DF501") == "unsafe"


def test_what_loads_variables_is_looked_through(maker: Maker) -> None:
    command = '["npx", "dotenv", "-e", ".env", "--", "node", "app.js"]'
    found = maker.node('require("fs").writeFileSync("/out/a", "x")\n', '"dotenv-cli": "7"', command)
    assert owned(found) == {"/out"}


@pytest.mark.parametrize("command", ['["bun", "run", "app.ts"]', '["bun", "app.ts"]', '["bun", "run", "./app.ts"]'])
def test_bun_runs_a_file(maker: Maker, command: str) -> None:
    text = f"FROM oven/bun:1.2-slim\nWORKDIR /app\nCOPY . .\nCMD {command}\n"
    found = maker.repaired({"Dockerfile": text, "package.json": "{}", "app.ts": 'Bun.write("/out/a", "x")\n'})
    assert owned(found) == {"/out"}


def test_a_service_may_start_in_another_folder(maker: Maker) -> None:
    compose = "services:\n  a:\n    build: .\n    working_dir: /work\n    command: python /app/app.py\n"
    found = maker.python('open("x.txt", "w")\n', **{"docker-compose.yml": compose})
    assert owned(found) == {"/app", "/work"}


def test_the_folder_of_all_spools_is_nobodys(maker: Maker) -> None:
    files = {
        "app.py": 'from celery import Celery\n\napp = Celery(broker="redis://r")\n',
        "requirements.txt": "celery\n",
    }
    command = 'CMD ["celery", "-A", "app", "beat", "-s", "/var/spool/beat"]\n'
    found = maker.repaired({**files, "Dockerfile": f"{PYTHON}COPY . .\n{command}"})
    assert found.offered("DF501") == "suggestion"


def test_a_start_by_compose_alone_names_what_the_image_lacks(maker: Maker) -> None:
    compose = "services:\n  a:\n    build: .\n    command: uvicorn app.main:app\n"
    text = PYTHON + "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
    others = {"app/main.py": "app = 1\n", "docker-compose.yml": compose}
    found = maker.repaired({"Dockerfile": text, "requirements.txt": "uvicorn\n", **others})
    assert found.offered("DF501") == "unsafe"
    assert "the module that uvicorn runs" in found.because("DF501")


def test_a_file_that_copies_twice_keeps_one_copy(maker: Maker) -> None:
    text = (
        PYTHON
        + 'COPY . .\nRUN pip install --no-cache-dir -r requirements.txt\n\nCOPY . .\n\nCMD ["python", "app.py"]\n'
    )
    found = maker.repaired({"Dockerfile": text, "requirements.txt": "flask\n", "app.py": "print(1)\n"})
    assert found.text.count("COPY . .") == 1
    assert "COPY requirements.txt .\nRUN pip" in found.text


@pytest.mark.parametrize(
    ("comment", "offered"),
    [("# NOTE: uv sync needs src/ because of its layout\n", "unsafe"), ("# What tells of the dependencies\n", None)],
)
def test_a_comment_that_wants_the_source_first_is_left_to_people(
    maker: Maker, comment: str, offered: str | None
) -> None:
    text = f'{UV}{comment}COPY pyproject.toml uv.lock ./\nCOPY src/ ./src/\nRUN uv sync --frozen --no-dev\nCMD ["x"]\n'
    files = {"pyproject.toml": PACKAGE, "uv.lock": "version = 1\n", "src/x/__init__.py": "def main(): ...\n"}
    found = maker.repaired({"Dockerfile": text, **files})
    assert found.offered("DF202") == offered
    assert ("DF202" in found.applied) == (offered is None)


def test_a_link_is_built_as_the_file_behind_it(maker: Maker) -> None:
    maker.folder.joinpath("docker").mkdir()
    maker.folder.joinpath("Dockerfile").symlink_to("docker/Dockerfile")
    workflow = (
        "on: push\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n        with: {context: ., file: ./Dockerfile}\n"
    )
    files = {"docker/Dockerfile": PYTHON + 'COPY . .\nCMD ["python", "app.py"]\n', "app.py": 'open("a", "w")\n'}
    found = maker.repaired({**files, ".github/workflows/b.yml": workflow}, "docker/Dockerfile")
    assert owned(found) == {"/app"}


PROMETHEUS = "import prometheus_client\nfrom flask import Flask\n\napp = Flask(__name__)\n"


@pytest.mark.parametrize(
    "made", ["", "RUN mkdir -p $PROMETHEUS_MULTIPROC_DIR\n", "RUN mkdir /prom && chmod 755 /prom\n"]
)
def test_a_folder_that_a_variable_names_changes_hands_while_it_is_empty(maker: Maker, made: str) -> None:
    above = f"ENV PROMETHEUS_MULTIPROC_DIR=/prom\n{made}RUN pip install --no-cache-dir flask prometheus-client\n"
    assert owned(maker.python(PROMETHEUS, "flask\nprometheus-client\n", above)) == {"/prom"}


@pytest.mark.parametrize("fill", ["RUN curl -o /prom/a.db https://example.org/a\n", "RUN python -c 'import app'\n"])
def test_a_folder_that_the_build_may_have_filled_is_left_to_people(maker: Maker, fill: str) -> None:
    above = f"ENV PROMETHEUS_MULTIPROC_DIR=/prom\nRUN mkdir /prom\n{fill}"
    assert maker.python(PROMETHEUS, "flask\nprometheus-client\n", above).offered("DF501") == "unsafe"


@pytest.mark.parametrize(("words", "offered"), [('sh -c "cp app.py /out/"', "suggestion"), ("", None)])
def test_a_job_of_ci_may_write_to_what_is_mounted(maker: Maker, words: str, offered: str | None) -> None:
    workflow = (
        "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: docker build -t a .\n"
        f"      - run: docker run --rm -v $PWD:/out a {words}\n"
    )
    assert maker.python("print(1)\n", **{".github/workflows/t.yml": workflow}).offered("DF501") == offered
