"""Cases of what an app has to own: groups and homes as the programs really make them, folders in the order of steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired, repaired

from dockerfix.fix import Outcome, repair
from dockerfix.rule import BuildContext
from dockerfix.rules.user.root_user import RootUser
from dockerfix.syntax import parse

WRITER = {"app.py": 'open("data.txt", "a").write("x")\n', "data.txt": ""}
HOME = {"app.py": 'import os\n\nos.makedirs(os.path.expanduser("~/.myapp"), exist_ok=True)\n'}
NOTES = {
    "app.py": 'import os\nimport sqlite3\n\nos.makedirs("/data", exist_ok=True)\nsqlite3.connect("/data/notes.db")\n'
}


def added(text: str, files: dict[str, str]) -> list[str]:
    """The lines that a safe repair adds, in their order."""
    outcome = of(text, files)
    before = text.splitlines()
    return [line for line in outcome.after.text.splitlines() if line not in before]


def of(text: str, files: dict[str, str]) -> Outcome:
    outcome = repair(parse(text), BuildContext.of_files(files), [RootUser()])
    assert not outcome.held_back
    return outcome


def test_group_of_a_system_user(tmp_path: Path) -> None:
    found = repaired("adduser-system-has-no-group", tmp_path)
    assert "RUN chown app /app/data.txt\nUSER app\n" in found.text


def test_group_of_a_system_user_of_alpine(tmp_path: Path) -> None:
    found = repaired("alpine-adduser-system-has-no-group", tmp_path)
    assert "RUN chown app /app/data.txt\nUSER app\n" in found.text


def with_line(name: str, tmp_path: Path, old: str, new: str) -> Repaired:
    text = (Path(__file__).parents[1] / "fixtures" / "cases" / name / "Dockerfile").read_text()
    assert old in text
    return repaired(name, tmp_path, {"Dockerfile": text.replace(old, new)})


@pytest.mark.parametrize(
    ("made", "owner"),
    [
        ("adduser --system --group app", "app:app"),
        ("addgroup --system app && adduser --system --ingroup app app", "app:app"),
        ("adduser --system --ingroup users app", "app"),
        ("adduser --disabled-password --gecos '' app", "app:app"),
        ("useradd -N app", "app"),
        ("useradd --no-user-group app", "app"),
        ("useradd -r app", "app:app"),
        ("useradd -m -G sudo app", "app:app"),
        ("useradd -g users app", "app"),
    ],
)
def test_group_by_the_command(made: str, owner: str, tmp_path: Path) -> None:
    found = with_line("adduser-system-has-no-group", tmp_path, "adduser --system app", made)
    assert f"RUN chown {owner} /app/data.txt\nUSER app\n" in found.text


def test_no_home_since_debian_12(tmp_path: Path) -> None:
    found = repaired("adduser-system-has-no-home", tmp_path)
    assert "DF501" not in found.applied
    assert found.offered("DF501") == "unsafe"
    assert "keeps files in a home folder, which app lacks" in found.because("DF501")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bookworm", "bullseye"),
        ("adduser --system app", "adduser --system --home /home/app app"),
        ("adduser --system app", "adduser --disabled-password --gecos '' app"),
        ("adduser --system app", "useradd -m app"),
    ],
)
def test_home_that_is_made(old: str, new: str, tmp_path: Path) -> None:
    assert "DF501" in with_line("adduser-system-has-no-home", tmp_path, old, new).applied


@pytest.mark.parametrize("new", ["useradd app", "useradd -r app", "useradd -rM app", "adduser --system --group app"])
def test_home_that_is_not_made(new: str, tmp_path: Path) -> None:
    found = with_line("adduser-system-has-no-home", tmp_path, "adduser --system app", new)
    assert found.offered("DF501") == "unsafe"


def test_home_that_was_there_before_the_user(tmp_path: Path) -> None:
    found = repaired("home-made-by-workdir-before-useradd", tmp_path)
    assert "RUN chown app:app /home/app\nUSER app\n" in found.text


@pytest.mark.parametrize(
    "made",
    [
        "RUN mkdir -p /home/web && useradd -m web",
        "RUN mkdir /home/web\nRUN adduser --disabled-password web",
        "COPY app.py /home/web/src/\nRUN useradd -m web",
        "RUN useradd web && mkdir -p /home/web",
        "WORKDIR /srv/web\nRUN useradd -md /srv/web web",
    ],
)
def test_home_is_roots(made: str) -> None:
    home = "/srv/web" if "/srv/web" in made else "/home/web"
    text = f"FROM python:3.12-bookworm\n{made}\nWORKDIR /app\nCOPY . .\nCMD python app.py\n"
    assert added(text, HOME) == [f"RUN chown web:web {home}", "USER web"]


def test_home_that_a_run_gives_by_itself() -> None:
    text = (
        "FROM python:3.12-slim\nRUN useradd web && mkdir /home/web && chown web:web /home/web\nWORKDIR /app\nCOPY . .\n"
        "CMD python app.py\n"
    )
    assert added(text, HOME) == ["USER web"]


def test_copied_file_in_a_home(tmp_path: Path) -> None:
    found = repaired("home-of-existing-user-holds-roots-files", tmp_path)
    assert "RUN chown app:app /home/app/data.txt\nUSER app\n" in found.text


def test_folder_that_workdir_makes_in_a_home(tmp_path: Path) -> None:
    found = repaired("node-workdir-in-home-of-node", tmp_path)
    assert "RUN chown node:node /home/node/app\nUSER node\n" in found.text


def test_new_file_in_a_home_needs_nothing() -> None:
    text = "FROM python:3.12-slim\nRUN useradd -m web\nWORKDIR /home/web\nCOPY app.py .\nCMD python app.py\n"
    assert added(text, {"app.py": 'open("new.txt", "a")\n'}) == ["USER web"]


@pytest.mark.parametrize(
    ("made", "written"),
    [
        ("RUN mkdir -p data", "data/x.txt"),
        ("RUN mkdir data && echo x > data/y", "data/x.txt"),
        ("WORKDIR data\nWORKDIR ..", "data/x.txt"),
        ("COPY up up", "up/x.txt"),
    ],
)
def test_folder_in_a_home_that_the_build_makes(made: str, written: str) -> None:
    text = f"FROM python:3.12-slim\nRUN useradd -m web\nWORKDIR /home/web\nCOPY app.py .\n{made}\nCMD python app.py\n"
    files = {"app.py": f'open("{written}", "a")\n', "up/a.txt": ""}
    folder = written.rpartition("/")[0]
    assert [line.replace("-R ", "") for line in added(text, files)] == [
        f"RUN chown web:web /home/web/{folder}",
        "USER web",
    ]


# ---- which folders exist, by step ----------------------------------------------------------------------------------


def test_folder_that_a_later_run_makes_is_made_before_it_is_given() -> None:
    text = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN mkdir -p data\nCMD python app.py\n"
    lines = added(text, {"app.py": 'import sqlite3\n\nsqlite3.connect("data/notes.db")\n'})
    assert lines[1].strip().startswith("useradd")
    assert lines[2].strip() == "mkdir -p /app/data && chown app:app /app/data"


@pytest.mark.parametrize(
    "made", ["cd ~ && mkdir data", "mkdir -p $TOOL && cd $TOOL && mkdir data", "cd $TOOL; mkdir data"]
)
def test_folder_made_in_a_place_that_is_not_known(made: str) -> None:
    text = f"FROM python:3.12-slim\nARG TOOL\nWORKDIR /app\nRUN {made}\nCOPY . .\nCMD python app.py\n"
    assert "    mkdir -p /data && chown app:app /data" in added(text, NOTES)


@pytest.mark.parametrize(
    "made", ["cd ~ && mkdir data", "mkdir $DIR", "cd $TOOL && git clone https://example.com/x data"]
)
def test_folder_that_a_later_run_may_make(made: str) -> None:
    text = f"FROM python:3.12-slim\nARG TOOL\nWORKDIR /app\nCOPY . .\nRUN {made}\nCMD python app.py\n"
    assert "RUN mkdir -p /data && chown app:app /data" in added(text, NOTES)


@pytest.mark.parametrize("made", ["rm -rf /data && mkdir -p /data", "rm -rf /data"])
def test_folder_that_a_later_run_makes_anew(made: str) -> None:
    text = f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN {made}\nCMD python app.py\n"
    assert added(text, NOTES)[-2].startswith("RUN ")
    assert added(text, NOTES)[-2].endswith("chown app:app /data")


@pytest.mark.parametrize(
    "made", ["mkdir /data || true", "test -d x && mkdir /data; true", "if true; then mkdir /data; fi"]
)
def test_folder_that_may_not_have_been_made(made: str) -> None:
    text = f"FROM python:3.12-slim\nWORKDIR /app\nRUN {made}\nCOPY . .\nCMD python app.py\n"
    assert "    mkdir -p /data && chown app:app /data" in added(text, NOTES)


def test_folder_that_is_there_is_not_made() -> None:
    text = "FROM python:3.12-slim\nRUN install -d /data\nWORKDIR /app\nCOPY . .\nCMD python app.py\n"
    assert "    chown app:app /data" in added(text, NOTES)


@pytest.mark.parametrize("gone", ["rm -r /data", "rm -rf /dat*", "cd / && rm -rf data", "rmdir /data"])
def test_folder_that_is_taken_away_again_is_made(gone: str) -> None:
    text = f"FROM python:3.12-slim\nRUN mkdir /data && {gone}\nWORKDIR /app\nCOPY . .\nCMD python app.py\n"
    assert "    mkdir -p /data && chown app:app /data" in added(text, NOTES)
