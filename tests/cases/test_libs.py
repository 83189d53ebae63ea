"""What libraries write: known by a record, or unknown and said so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from cases import CASES, repaired

from dockerfix.image import image
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.plans.writes.written import SOME_NAME, Writes
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

ROOT = Path(__file__).parents[2]


def _of(dockerfile: str, context: BuildContext) -> Writes:
    model = image(parse(dockerfile), context)
    stage = model.final
    assert stage is not None
    start = started(model, stage)
    assert start is not None
    return start_writes(start, model, stage)


def _python(code: str, files: Mapping[str, str] | None = None, start: str = "python main.py") -> Writes:
    context = BuildContext.of_files({"main.py": code, **(files or {})})
    return _of(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD {start}\n", context)


def _node(code: str, files: Mapping[str, str] | None = None, start: str = "node server.js") -> Writes:
    package = '{"dependencies": {"some-store": "^1"}}'
    context = BuildContext.of_files({"server.js": code, "package.json": package, **(files or {})})
    return _of(f"FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD {start}\n", context)


def _places(found: Writes) -> list[str]:
    assert (found.unknown, found.doubts.texts) == ({}, ())
    return [one.path for one in found.places]


def test_a_vector_store_in_the_working_folder_is_given_to_the_app(tmp_path: Path) -> None:
    found = repaired("user-library-writes-are-unknown", tmp_path)
    assert "DF501" in found.applied
    assert "mkdir -p /app/qdata && chown app:app /app/qdata" in found.text


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ('from qdrant_client import QdrantClient as Store\nStore(path="x")', "/app/x"),
        ('import qdrant_client as q\nq.AsyncQdrantClient(path="x")', "/app/x"),
        ('import requests_cache\nrequests_cache.install_cache("http")', "/app/http.sqlite"),
        ("import requests_cache\nrequests_cache.CachedSession()", "/app/http_cache.sqlite"),
        ('from flask_caching import Cache\nCache(config={"CACHE_DIR": "cache"})', "/app/cache"),
        ('import flask_caching\napp.config["CACHE_DIR"] = "cache"', "/app/cache"),
        ('from cachelib import FileSystemCache\nFileSystemCache("cache")', "/app/cache"),
        ('import joblib\njoblib.Memory("cachedir")', "/app/cachedir"),
        ('from pony.orm import Database\nDatabase().bind(provider="sqlite", filename="x.db")', "/app/x.db"),
        ('from pony import orm\norm.Database("sqlite", "x.db")', "/app/x.db"),
        ('import tortoise\ntortoise.Tortoise.init(db_url="sqlite://db.sqlite3")', "/app/db.sqlite3"),
        ('from telegram.ext import PicklePersistence\nPicklePersistence("bot.pkl")', "/app/bot.pkl"),
        ('import scrapy\nclass S(scrapy.Spider):\n    custom_settings = {"FEEDS": {"out.json": {}}}', "/app/out.json"),
        ('from langchain_chroma import Chroma\nChroma.from_texts([], persist_directory="x")', "/app/x"),
        ('import lancedb\nlancedb.connect("./x")', "/app/x"),
        ("from torch.utils.tensorboard import SummaryWriter\nSummaryWriter()", "/app/runs"),
        ("from huey import SqliteHuey\nhuey = SqliteHuey()", "/app/huey.db"),
        ('import telebot\nbot = telebot.TeleBot("1:a")\nbot.enable_saving_states()', "/app/.state-save/states.pkl"),
        ("import catboost", "/app/catboost_info"),
        ('import shelve\nshelve.open("x")', "/app/x"),
        ('import mailbox\nmailbox.Maildir("mail")', "/app/mail"),
        ('import boto3\nboto3.client("s3").download_file("b", "k", "x.bin")', "/app/x.bin"),
    ],
)
def test_a_known_library_of_python_writes_where_it_is_told(code: str, place: str) -> None:
    assert _places(_python(code)) == [place]


@pytest.mark.parametrize(
    "code",
    [
        'from qdrant_client import QdrantClient\nQdrantClient(":memory:")',
        'from qdrant_client import QdrantClient\nQdrantClient(url="http://qdrant:6333")',
        "import joblib\njoblib.Memory(None)",
        "import chromadb\nchromadb.Client()",
        'import lancedb\nlancedb.connect("s3://bucket/x")',
        'import tortoise\ntortoise.Tortoise.init(db_url="sqlite://:memory:")',
        "import sys\nfrom loguru import logger\nlogger.add(sys.stderr)",
        'profile = make()\nprofile.run("a", "b.txt")',
        "from reportlab.pdfgen import canvas\nanswer = HttpResponse()\ncanvas.Canvas(answer)",
        'import lxml\nanswer = make()\nanswer.write("Hello. There")',
        "import fastapi, uvicorn, pydantic, sqlalchemy, redis, celery, httpx, jose, passlib, alembic",
        "import google.protobuf\nfrom google.cloud import bigquery",
    ],
)
def test_a_known_library_that_is_told_nothing_writes_nothing(code: str) -> None:
    assert _places(_python(code)) == []


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("import some_store", {"some_store": "main.py:1"}),
        ("import os\nfrom some_store.client import Client as C", {"some_store": "main.py:2"}),
        ("try:\n    import some_store\nexcept ImportError:\n    some_store = None", {"some_store": "main.py:2"}),
        ("def f():\n    import some_store", {"some_store": "main.py:2"}),
        ('import importlib\nimportlib.import_module("some_store")', {"some_store": "main.py:2"}),
        ("from google.cloud import some_store", {"google.cloud.some_store": "main.py:1"}),
        ("from credentials import *", {"credentials": "main.py:1"}),
        ("from .credentials import *", {"credentials": "main.py:1"}),
        ("import django\nINSTALLED_APPS = ['django.contrib.auth', 'some_store']", {"some_store": "main.py:2"}),
        ('def save(user):\n    open(f"{user}.json", "w")', {SOME_NAME: "main.py:2"}),
        ("from PIL import Image\ndef f(name):\n    Image.new().save(name)", {SOME_NAME: "main.py:3"}),
    ],
)
def test_what_no_record_speaks_for_is_unknown(code: str, unknown: dict[str, str]) -> None:
    found = _python(code)
    assert (found.unknown, found.doubts.texts) == (unknown, ())


@pytest.mark.parametrize(
    ("code", "places"),
    [
        ('import some_store\nsome_store.Store("/data/x")', ["/data/x"]),
        ('from some_store import connect\nconnect("/data/x.db")', ["/data/x.db"]),
        ('from some_store import make_one\nmake_one(cache_dir="/data")', ["/data"]),
        ('import some_store\nsome_store.Store("x", path="/tmp/x")', []),
        ('import some_store\n@some_store.get("/data/x")\ndef f():\n    pass', []),
        ('import some_store\nsome_store.Store("/etc/some.conf")', []),
    ],
)
def test_an_absolute_path_handed_to_an_unknown_library_is_given_to_the_app(code: str, places: list[str]) -> None:
    found = _python(code)
    assert [one.path for one in found.places] == places
    assert list(found.unknown) == ["some_store"]


def test_a_module_of_the_project_is_no_library() -> None:
    found = _python("import store\nfrom package import name", {"store.py": "import json", "package/__init__.py": ""})
    assert (found.unknown, found.known) == ({}, set())


@pytest.mark.parametrize("start", ["locust -f main.py", "python -m locust", "sh -c 'exec locust'"])
def test_a_program_that_the_project_installs_is_unknown_without_a_record(start: str) -> None:
    assert list(_python("", {"requirements.txt": "locust\n"}, start).unknown) == ["locust"]


def test_a_program_without_a_record_may_run_any_code_of_the_project() -> None:
    found = _python('open("/data/x", "w")', {"requirements.txt": "locust\n"}, "locust -f main.py")
    assert [one.path for one in found.places] == ["/data/x"]


def test_a_program_of_npm_that_runs_code_of_the_project_stays_a_doubt() -> None:
    package = '{"dependencies": {"quux": "^6"}, "scripts": {"start": "quux preview"}}'
    found = _node("", {"package.json": package}, "npm start")
    assert found.doubts.texts == ("package.json, start:1 starts quux, and what that writes is not looked into",)


def test_a_program_that_is_given_a_place_elsewhere_stays_a_doubt() -> None:
    found = _python("", {"requirements.txt": "locust\n"}, "locust --csv /data/x")
    assert found.doubts.texts == ("CMD starts locust, and what that writes is not looked into",)


def test_a_program_named_like_a_module_is_not_its_library() -> None:
    found = _python("", {"requirements.txt": "gitpython\n"}, "git pull && python main.py")
    assert found.doubts.texts == ("CMD starts git, and what that writes is not looked into",)


def test_modules_that_the_image_places_elsewhere_are_the_projects_own() -> None:
    files = {"app/main.py": "from services.api.app import store", "app/store.py": 'open("/data/x", "w")'}
    context = BuildContext.of_files(files)
    start = "WORKDIR /\nCOPY app /services/api/app\nCMD uvicorn services.api.app.main:app\n"
    found = _of(f"FROM python:3.12-slim\n{start}", context)
    assert (_places(found), found.known) == (["/data/x"], {"uvicorn"})


def test_a_program_with_a_record_writes_as_its_library_does() -> None:
    found = _python("", {"requirements.txt": "mlflow\n"}, "mlflow server --host 0.0.0.0")
    assert (_places(found), found.known) == (["/app"], {"mlflow"})


def test_a_level_store_is_given_to_the_app(tmp_path: Path) -> None:
    found = repaired("user-node-library-writes-are-unknown", tmp_path)
    assert "DF501" in found.applied
    assert "mkdir -p /app/ldb && chown node:node /app/ldb" in found.text


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ('import { Level } from "level"\nnew Level("x", { valueEncoding: "json" })', "/app/x"),
        ('require("rotating-file-stream").createStream("a.log", { path: "log" })', "/app/log"),
        ('const rfs = require("rotating-file-stream")\nrfs.createStream("a.log")', "/app"),
        ('const s = require("json-server")\ns.router("db.json")', "/app/db.json"),
        ('import { Database } from "bun:sqlite"\nnew Database("my.sqlite")', "/app/my.sqlite"),
        ('import { DatabaseSync } from "node:sqlite"\nnew DatabaseSync("my.sqlite")', "/app/my.sqlite"),
        ('const { JSONFilePreset } = require("lowdb/node")\nJSONFilePreset("db.json", {})', "/app/db.json"),
        ('require("session-file-store")(session)', "/app/sessions"),
        ('const storage = require("node-persist")\nstorage.init()', "/app/.node-persist"),
        ('import { createClient } from "@libsql/client"\ncreateClient({ url: "file:local.db" })', "/app/local.db"),
        ('const pino = require("pino")\npino(pino.destination("./x.log"))', "/app/x.log"),
        ('const w = require("winston")\nnew w.transports.File({ filename: "/l/a.log" })', "/l/a.log"),
    ],
)
def test_a_known_package_of_npm_writes_where_it_is_told(code: str, place: str) -> None:
    assert _places(_node(code)) == [place]


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ('require("some-store")', {"some-store": "server.js:1"}),
        ('import { put } from "@acme/some-store/file"', {"@acme/some-store": "server.js:1"}),
        ('const fs = require("fs")\nfs.writeFileSync(`${user.id}.json`, "")', {SOME_NAME: "server.js:2"}),
        ('const fs = require("fs")\nfs.writeFileSync(user + ".json", "")', {SOME_NAME: "server.js:2"}),
    ],
)
def test_what_no_record_of_npm_speaks_for_is_unknown(code: str, unknown: dict[str, str]) -> None:
    found = _node(code)
    assert (found.unknown, found.doubts.texts) == (unknown, ())


def test_an_absolute_path_handed_to_an_unknown_package_is_given_to_the_app() -> None:
    code = 'const { Store } = require("some-store")\nnew Store("/data/x")\nnew Store({ cacheDir: "/cache" })'
    found = _node(code)
    assert [one.path for one in found.places] == ["/data/x", "/cache"]
    assert list(found.unknown) == ["some-store"]


def test_an_alias_of_the_project_is_no_package() -> None:
    files = {"lib/store.js": "", "packages/x/package.json": '{"name": "@acme/x"}'}
    found = _node('import a from "@/a"\nimport b from "#b"\nimport c from "lib/store"\nimport d from "@acme/x"', files)
    assert found.unknown == {}


def test_sources_that_a_build_takes_are_asked_for_their_packages() -> None:
    files = {"src/main.ts": "import store from 'some-store'\nimport express from 'express'"}
    assert list(_node("", files, "node dist/main.js").unknown) == ["some-store"]


@pytest.mark.parametrize("folder", sorted((ROOT / "examples").glob("*/Dockerfile")), ids=lambda path: path.parent.name)
def test_ordinary_projects_are_wholly_known(folder: Path) -> None:
    found = _of(folder.read_text(), BuildContext.at(folder.parent, "Dockerfile"))
    assert found.unknown == {}


@pytest.mark.parametrize("name", ["user-library-writes-are-unknown", "user-node-library-writes-are-unknown"])
def test_the_cases_are_wholly_known(name: str) -> None:
    found = _of((CASES / name / "Dockerfile").read_text(), BuildContext.at(CASES / name, "Dockerfile"))
    assert found.unknown == {}


@pytest.mark.parametrize(
    ("start", "files", "place"),
    [
        ("flask --app main run", {}, "/app/instance"),
        ("python main.py", {}, "/app/instance"),
        ("gunicorn web:app", {"web/__init__.py": "{code}"}, "/app/instance"),
        ("gunicorn web.site:app", {"web/__init__.py": "", "web/site.py": "{code}"}, "/app/instance"),
        ("python src/run.py", {"src/run.py": "{code}"}, "/app/instance"),
        ("gunicorn --chdir src run:app", {"src/run.py": "{code}"}, "/app/src/instance"),
    ],
)
def test_flasks_instance_folder_lies_beside_the_top_package(start: str, files: dict[str, str], place: str) -> None:
    code = "import os\nfrom flask import Flask\napp = Flask(__name__)\nos.makedirs(app.instance_path, exist_ok=True)\n"
    given = {path: text.format(code=code) for path, text in files.items()}
    assert _places(_python(code if not files else "", given, start)) == [place]


def test_a_database_in_flasks_instance_folder() -> None:
    code = (
        "import os\nfrom flask import Flask, current_app\napp = Flask(__name__)\n"
        'app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///" + os.path.join(app.instance_path, "x.db")\n'
    )
    assert _places(_python(code, start="gunicorn main:app")) == ["/app/instance/x.db"]


def test_alembic_writes_the_database_that_its_settings_name() -> None:
    files = {"alembic.ini": "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///./data/x.db\n"}
    found = _python("", files, "alembic upgrade head && python main.py")
    assert _places(found) == ["/app/data/x.db"]


@pytest.mark.parametrize(
    ("scheduler", "places", "unknown"),
    [
        ("", ["/app/celerybeat-schedule"], []),
        ("-S celery.beat:PersistentScheduler", ["/app/celerybeat-schedule"], []),
        ("--scheduler=celery.beat.PersistentScheduler", ["/app/celerybeat-schedule"], []),
        ("--scheduler django_celery_beat.schedulers:DatabaseScheduler", [], []),
        ("-S redbeat.RedBeatScheduler", [], []),
        ("-S main.Scheduler", [], ["main.Scheduler"]),
        ("--schedule=/data/beat", ["/data/beat"], []),
    ],
)
def test_celery_beat_keeps_its_schedule_as_its_scheduler_does(
    scheduler: str, places: list[str], unknown: list[str]
) -> None:
    found = _python("from celery import Celery\napp = Celery()\n", start=f"celery -A main beat {scheduler}")
    assert ([one.path for one in found.places], list(found.unknown)) == (places, unknown)


_STORES = 'open("/data/x", "w")\n'


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ('from celery import Celery\napp = Celery()\napp.autodiscover_tasks(["shop"])', {"shop/tasks.py": _STORES}),
        ("from celery import Celery\napp = Celery()\napp.autodiscover_tasks()", {"shop/tasks.py": _STORES}),
        (
            'from celery import Celery\napp = Celery()\napp.autodiscover_tasks(["shop"], related_name="jobs")',
            {"shop/__init__.py": "", "shop/jobs.py": _STORES},
        ),
        ('from celery import Celery\napp = Celery("a", include=["tasks"])', {"tasks.py": _STORES}),
        ('async def f():\n    for n in names:\n        await bot.load_extension(f"cogs.{n}")', {"cogs/a.py": _STORES}),
        ('async def f():\n    for n in names:\n        await bot.load_extension("cogs." + n)', {"cogs/a.py": _STORES}),
        ('bot.load_extension("music")', {"music.py": _STORES}),
        ('bot.load_extension("cogs.music")', {"cogs/music.py": _STORES}),
        ('bot.load_extensions("cogs")', {"cogs/music.py": _STORES}),
        ("bot.load_extension(name)", {"cogs/music.py": _STORES}),
        (
            'from pyrogram import Client\nClient("/data/s", plugins=dict(root="plugins"))',
            {"plugins/admin/a.py": _STORES},
        ),
    ],
)
def test_a_module_that_a_framework_finds_by_itself_runs(code: str, files: dict[str, str]) -> None:
    found = _python(code, files)
    assert "/data/x" in [one.path for one in found.places]


def test_a_module_beside_the_extensions_does_not_run() -> None:
    files = {"cogs/a.py": "", "tools_of_mine.py": _STORES}
    assert _places(_python('bot.load_extension(f"cogs.{name}")', files)) == []


@pytest.mark.parametrize("variable", ["PROMETHEUS_MULTIPROC_DIR", "HF_HOME", "TMPDIR", "WANDB_DIR", "NLTK_DATA"])
def test_a_folder_that_a_variable_names_is_written_to(variable: str) -> None:
    context = BuildContext.of_files({"main.py": "import json"})
    found = _of(f"FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nENV {variable}=/x/y\nCMD python main.py\n", context)
    assert _places(found) == ["/x/y"]
