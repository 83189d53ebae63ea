"""Which way an app gets what it writes to, and how the folder that it works in is given."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.accounts import account_for
from dockerfix.plans.user.layout import UserLayout
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.user.ways import Own, Way, way_to_own
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse
from dockerfix.text import apply_edits

APP = {"app.py": "import chromadb\n", "requirements.txt": ""}
USER = (
    "RUN groupadd --gid 10001 app && \\\n    useradd --uid 10001 --gid app --create-home --shell /usr/sbin/nologin app"
)
START = "CMD python app.py\n"


def chosen(
    text: str, files: Mapping[str, str] | None = None, *, unknown: str = "chromadb", own: Own = "auto"
) -> tuple[Way, str]:
    """The way, and what becomes of the text. Args: unknown, libraries of which nothing is known."""
    model = image(parse(text), BuildContext.of_files(files or APP))
    stage = model.final
    assert stage is not None
    start, account = started(model, stage), account_for(stage)
    assert start is not None
    assert account is not None
    writes = start_writes(start, model, stage)
    writes.unknown.update(dict.fromkeys(unknown.split(), "app.py:1"))
    layout = UserLayout(stage, account, model.dockerfile)
    way = way_to_own(model, stage, start, writes, account, layout.above, own)
    return way, apply_edits(text.encode(), layout.edits(way.owned)).decode()


def changed(body: str, files: Mapping[str, str] | None = None, *, base: str = "python:3.12-slim") -> str:
    """What becomes of a stage's body where a library is not known; there must be no doubt."""
    way, after = chosen(f"FROM {base}\n{body}{START}", files)
    assert way.doubts == ()
    assert way.folders
    return after.removeprefix(f"FROM {base}\n").removesuffix(START)


# ---- which way -----------------------------------------------------------------------------------------------------


def test_all_known_is_least() -> None:
    way, after = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}", unknown="")
    assert (way.folders, way.doubts) == ((), ())
    assert "chown" not in after


def test_unknown_library_gets_the_folder() -> None:
    way, _ = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}")
    assert (way.folders, way.doubts) == (("/app",), ())
    assert way.why == "chromadb (app.py:1) is not known to this version"


def test_several_unknown_libraries_are_counted() -> None:
    way, _ = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}", unknown="chromadb foo bar")
    assert way.why == "chromadb (app.py:1) and 2 more are not known to this version"


def test_name_that_is_only_known_at_run_time() -> None:
    files = {"app.py": ""}
    model = image(
        parse(f"FROM python:3.12-slim\nRUN useradd web\nWORKDIR /app\nCOPY . .\n{START}"), BuildContext.of_files(files)
    )
    stage = model.final
    assert stage is not None
    start, account = started(model, stage), account_for(stage)
    assert start is not None
    assert account is not None
    writes = start_writes(start, model, stage)
    writes.unknown["a file name that is only known at run time"] = "app.py:3"
    way = way_to_own(model, stage, start, writes, account, None)
    assert (way.folders, way.doubts) == (("/app",), ())
    assert way.why == "app.py:3 writes to a file name that is only known at run time"


def test_least_is_a_doubt_where_something_is_unknown() -> None:
    way, after = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}", own="least")
    assert way.doubts == ("chromadb (app.py:1) is not known to this version",)
    assert "chown" not in after


def test_folder_on_demand() -> None:
    way, after = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}", unknown="", own="workdir")
    assert way.why == "the configuration asks for it"
    assert "COPY --chown=app:app . .\n" in after


@pytest.mark.parametrize("place", ["/", "/opt", "/usr/local/bin", "/root", "$WHERE"])
def test_folder_that_cannot_be_given(place: str) -> None:
    way, after = chosen(f"FROM python:3.12-slim\nARG WHERE\nWORKDIR {place}\nCOPY . .\n{START}")
    assert way.folders == ()
    assert len(way.doubts) == 1
    assert "chown" not in after


def test_data_that_may_be_replaced_is_given_with_its_folder() -> None:
    files = {"app.py": 'import sys\n\nopen("data/" + sys.argv[1], "w")\n', "data/a.py": "", "data/x.json": ""}
    way, after = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{START}", files, unknown="")
    assert (way.folders, way.doubts) == (("/app",), ())
    assert "COPY --chown=app:app . .\n" in after


def test_place_elsewhere_is_given_too() -> None:
    files = {**APP, "app.py": 'open("/data/x", "w")\n'}
    after = changed("WORKDIR /app\nCOPY . .\n", files)
    assert "mkdir -p /data && chown app:app /app /data\n" in after


# ---- how the folder is given ---------------------------------------------------------------------------------------


def test_copies_carry_the_owner() -> None:
    assert changed("WORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n") == (
        f"WORKDIR /app\n{USER} && \\\n    chown app:app /app\nCOPY --chown=app:app requirements.txt .\n"
        "RUN pip install -r requirements.txt\nCOPY --chown=app:app . .\nUSER app\n"
    )


def test_folder_is_made_where_it_is_not_there_yet() -> None:
    assert f"{USER} && \\\n    mkdir -p /app && chown app:app /app\nCOPY --chown=app:app . /app\n" in changed(
        "COPY . /app\nWORKDIR /app\n"
    )


def test_copies_elsewhere_stay_roots() -> None:
    assert "COPY app.py /etc/app/\n" in changed("WORKDIR /app\nCOPY app.py .\nCOPY app.py /etc/app/\n")


def test_copies_from_a_stage_too() -> None:
    build = "FROM python:3.12 AS build\nRUN true\n"
    text = f"{build}FROM python:3.12-slim\nWORKDIR /app\nCOPY --from=build /x lib\nCOPY . .\n{START}"
    assert "COPY --from=build --chown=app:app /x lib\n" in chosen(text)[1]


def test_linked_copy_gets_a_number() -> None:
    assert "COPY --link --chown=10001:10001 app.py .\n" in changed("WORKDIR /app\nCOPY --link app.py .\n")


def test_folder_above_a_destination() -> None:
    # The legacy builder makes /app/a as root's.
    assert "mkdir -p /app/a && chown app:app /app /app/a\n" in changed("WORKDIR /app\nCOPY . .\nCOPY app.py a/b/\n")


@pytest.mark.parametrize(
    ("run", "given"),
    [
        ("mkdir -p data", "chown -R app:app /app/data"),
        ("mkdir -p data/x && echo a > data/x/y", "chown -R app:app /app/data"),
        ("touch x.log", "chown app:app /app/x.log"),
        ("python manage.py migrate", "chown -R app:app /app"),
        ("git clone https://example.com/x", "chown -R app:app /app"),
        ("wget https://example.com/x", "chown -R app:app /app"),
        ("curl -o model/x https://example.com/x", "chown -R app:app /app"),
        ("cp /etc/hosts here", "chown -R app:app /app"),
    ],
)
def test_what_a_run_leaves_there(run: str, given: str) -> None:
    assert f"RUN {given}\nUSER app\n" in changed(f"WORKDIR /app\nCOPY . .\nRUN {run}\n")


@pytest.mark.parametrize(
    "run",
    [
        "apt-get update && apt-get install -y curl",
        "curl -fsSL https://example.com/x | bash",
        "curl -o /tmp/x https://example.com/x",
        "wget -qO- https://example.com/x | sh",
        "pip install x",
    ],
)
def test_what_a_run_leaves_elsewhere(run: str) -> None:
    assert "chown -R" not in changed(f"WORKDIR /app\nRUN {run}\nCOPY . .\n")


@pytest.mark.parametrize(
    "copy",
    [
        "ADD x.tar.gz /app/",
        "COPY . /",
        "COPY app.py $WHERE",
        "COPY a /app/a\nRUN ./a",
    ],
)
def test_copy_that_cannot_carry_the_owner(copy: str) -> None:
    after = changed(f"ARG WHERE\nWORKDIR /app\n{copy}\nCOPY app.py .\n", {**APP, "x.tar.gz": "", "app/x": "", "a": ""})
    assert after.endswith("RUN chown -R app:app /app\nUSER app\n")
    assert "--chown" not in after


def test_added_files_carry_the_owner() -> None:
    assert "ADD --chown=app:app . .\n" in changed("WORKDIR /app\nADD . .\n")
    assert "ADD --chown=app:app https://example.com/x .\n" in changed("WORKDIR /app\nADD https://example.com/x .\n")


def test_account_that_is_made_below_a_copy() -> None:
    assert changed("WORKDIR /app\nCOPY . .\nRUN useradd -m web\n").endswith(
        "COPY . .\nRUN useradd -m web\nRUN chown -R web:web /app\nUSER web\n"
    )


def test_account_that_is_made_above_the_copies() -> None:
    assert changed("RUN useradd -m web\nWORKDIR /app\nCOPY . .\n").endswith(
        "WORKDIR /app\nCOPY --chown=web:web . .\nRUN chown web:web /app\nUSER web\n"
    )


def test_folder_that_the_file_gives_by_itself() -> None:
    body = "RUN useradd -m web\nWORKDIR /app\nCOPY . .\nRUN chown -R web:web /app\n"
    assert changed(body) == f"{body}USER web\n"


def test_copies_of_a_stage_below() -> None:
    text = f"FROM python:3.12-slim AS base\nWORKDIR /app\nCOPY . .\nFROM base\nCOPY app.py .\n{START}"
    assert "RUN chown -R app:app /app\nUSER app\n" in chosen(text)[1]


def test_history_keeps_its_owner_while_the_build_may_ask_git() -> None:
    project = (
        '[build-system]\nrequires = ["setuptools", "setuptools-scm"]\n[project]\nname = "x"\ndynamic = ["version"]\n'
    )
    files = {**APP, ".git/HEAD": "", "pyproject.toml": project}
    after = changed("WORKDIR /app\nCOPY . .\nRUN pip install .\n", files)
    assert after.endswith("COPY . .\nRUN pip install .\nRUN chown -R app:app /app\nUSER app\n")


def test_history_that_nobody_asks_for_is_no_reason_to_wait() -> None:
    after = changed(
        "WORKDIR /app\nCOPY . .\nRUN python manage.py collectstatic\n", {**APP, ".git/HEAD": "", "manage.py": ""}
    )
    assert "chown app:app /app\n" in after.partition("COPY")[0]


def test_npm_keeps_its_folder_while_it_installs() -> None:
    body = "WORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .\n"
    after = changed(body, {**APP, "package.json": "{}"}, base="debian:12")
    assert "chown app:app /app\nUSER app\n" in after.replace("RUN chown", "chown")
    assert f"{USER}\nCOPY --chown" in after


def test_copy_with_another_owner_is_a_doubt() -> None:
    way, _ = chosen(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY --chown=33 . .\n{START}")
    assert way.doubts == ("line 3 gives what it copies to 33",)


def test_account_without_a_home_is_a_doubt() -> None:
    way, _ = chosen(f"FROM python:3.12-slim\nRUN useradd web\nWORKDIR /app\nCOPY . .\n{START}")
    assert way.doubts == ("chromadb (app.py:1) is not known to this version, and web has no home folder for caches",)


def test_home_that_is_roots_is_given_too() -> None:
    assert "chown web:web /home/web" in changed("WORKDIR /home/web\nRUN useradd -m web\nWORKDIR /app\nCOPY . .\n")


def test_folder_that_the_start_goes_to() -> None:
    way, after = chosen("FROM python:3.12-slim\nCOPY . /app/\nCMD cd /app && python app.py\n")
    assert way.folders == ("/app",)
    assert "COPY --chown=app:app . /app/\n" in after
