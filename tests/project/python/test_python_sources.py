import textwrap

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.python.facts import AppObject, ModuleFacts, ServerCall
from dockerfix.project.python.module import module_facts
from dockerfix.project.python.names import Modules
from dockerfix.project.python.sources import PythonSources, imported_files, python_sources, reachable_modules


def sources(main: str, **others: str) -> PythonSources:
    return python_sources(context({"main.py": main, **others}))


def context(files: dict[str, str]) -> BuildContext:
    return BuildContext.of_files({path: textwrap.dedent(text) for path, text in files.items()})


# --- applications ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "framework", "interface"),
    [
        ("from fastapi import FastAPI\napp = FastAPI(title='x')\n", "fastapi", "asgi"),
        ("import fastapi as fa\napp = fa.FastAPI()\n", "fastapi", "asgi"),
        ("from starlette.applications import Starlette\napp = Starlette()\n", "starlette", "asgi"),
        ("from flask import Flask\napp = Flask(__name__)\n", "flask", "wsgi"),
        ("from quart import Quart\napp = Quart(__name__)\n", "quart", "asgi"),
        ("from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()\n", "django", "wsgi"),
        ("from aiohttp import web\napp = web.Application()\n", "aiohttp", "server"),
        ("import dash\napp = dash.Dash()\n", "dash", "wsgi"),
        ("import gradio as gr\napp = gr.Interface(fn=len)\n", "gradio", "server"),
    ],
)
def test_an_application_at_the_top_of_a_module(code: str, framework: str, interface: str) -> None:
    assert sources(code).apps == (AppObject("app", framework, interface, "main.py", 2),)


def test_a_class_of_the_same_name_from_elsewhere_is_no_application() -> None:
    assert sources("from lib import FastAPI\napp = FastAPI()\n").apps == ()


def test_a_subclass_makes_an_application() -> None:
    code = "from fastapi import FastAPI\nclass Api(FastAPI):\n    pass\napp = Api()\n"
    assert [(one.name, one.framework) for one in sources(code).apps] == [("app", "fastapi")]


def test_a_factory_and_what_it_makes() -> None:
    factory = "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n"
    found = sources("from web import create_app\napp = create_app()\n", **{"web/__init__.py": factory})
    assert [(one.name, one.module, one.factory) for one in found.apps] == [
        ("app", "main.py", False),
        ("create_app", "web/__init__.py", True),
    ]


def test_a_streamlit_script() -> None:
    assert sources("import streamlit as st\nst.title('x')\n").apps == (
        AppObject("", "streamlit", "script", "main.py", 2),
    )


# --- servers --------------------------------------------------------------------------------------------------------


def test_a_call_of_uvicorn() -> None:
    run = 'uvicorn.run("main:app", host="0.0.0.0", port=80, reload=True)'
    code = f'import uvicorn\nif __name__ == "__main__":\n    {run}\n'
    given = ("app", "host", "port", "reload")
    assert sources(code).servers == (
        ServerCall("uvicorn", "main.py", 3, "main:app", "0.0.0.0", 80, reload=True, given=given, main_only=True),
    )


def test_a_port_from_the_environment_has_its_default() -> None:
    code = 'import os, uvicorn\nPORT = int(os.environ.get("PORT", 8000))\nuvicorn.run("a:b", port=PORT)\n'
    (call,) = sources(code).servers
    assert (call.port, call.environment) == (8000, ("PORT",))


def test_a_port_that_only_the_environment_knows_is_unknown() -> None:
    (call,) = sources('import os, uvicorn\nuvicorn.run("a:b", port=int(os.environ["PORT"]))\n').servers
    assert (call.port, call.given) == (None, ("app", "port"))


def test_a_port_from_the_command_line_has_its_default() -> None:
    code = """\
        import argparse, uvicorn
        parser = argparse.ArgumentParser()
        parser.add_argument("--port", type=int, default=9000)
        args = parser.parse_args()
        uvicorn.run("a:b", port=args.port)
        """
    assert [call.port for call in sources(code).servers] == [9000]


def test_an_application_that_runs_itself() -> None:
    code = 'from flask import Flask\napp = Flask(__name__)\napp.run("0.0.0.0", 5001, debug=True)\n'
    (call,) = sources(code).servers
    assert (call.server, call.host, call.port, call.debug) == ("flask", "0.0.0.0", 5001, True)


def test_an_imported_application_that_runs_itself() -> None:
    files = {"web.py": "from flask import Flask\napp = Flask(__name__)\n"}
    (call,) = sources("from web import app\napp.run(port=5001)\n", **files).servers
    assert (call.server, call.port) == ("flask", 5001)


def test_the_method_run_of_anything_else_is_no_server() -> None:
    assert sources("import asyncio\nbot = asyncio.Runner()\nbot.run(port=1)\n").servers == ()


# --- commands, home, reads ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('subprocess.run(["git", "log"])', ["git"]),
        ('subprocess.check_output("ffmpeg -i a b", shell=True)', ["ffmpeg"]),
        ('os.system("cat a | /usr/bin/convert - b; FOO=1 wget c")', ["cat", "convert", "wget"]),
        ("subprocess.run([sys.executable, '-m', 'pip'])", ["python"]),
        ("cmd = ['node', 'a.js']\nsubprocess.run(cmd)", ["node"]),
        ("subprocess.run(argv())", [None]),
        ('shutil.which("tesseract")', ["tesseract"]),
    ],
)
def test_commands_that_are_run(code: str, names: list[str | None]) -> None:
    assert [tool.name for tool in sources(f"import os, shutil, subprocess, sys\n{code}\n").tools] == names


def test_a_library_that_fills_the_home_folder() -> None:
    found = sources("from transformers import pipeline\nimport transformers\n")
    assert [(use.what, use.path, use.line) for use in found.home_uses] == [("transformers", ".cache/huggingface", 1)]


def test_a_path_below_home() -> None:
    found = sources('import os\nopen(os.path.expanduser("~/.app/token"), "w")\n')
    assert [use.path for use in found.home_uses] == [".app/token"]
    assert [(write.base, write.path) for write in found.writes] == [("home", ".app/token")]


def test_dotenv_is_loaded() -> None:
    assert sources("from dotenv import load_dotenv\nload_dotenv()\n").loads_dotenv
    assert not sources("import os\n").loads_dotenv


def test_flask_reads_templates_beside_its_module() -> None:
    found = sources("", **{"web/app.py": "from flask import Flask\napp = Flask(__name__, static_folder='assets')\n"})
    assert [(read.path, read.base, read.kind) for read in found.reads] == [
        ("web/templates", "module", "templates"),
        ("web/assets", "module", "static"),
    ]


def test_files_that_are_opened() -> None:
    found = sources(
        'import json\nfrom pathlib import Path\njson.load(open("data/a.json"))\nPath("b.txt").read_text()\n'
    )
    assert [(read.path, read.line) for read in found.reads] == [("data/a.json", 3), ("b.txt", 4)]


def test_tests_environments_and_hidden_folders_are_left_out() -> None:
    found = sources(
        "", **{"tests/a.py": "", "conftest.py": "", "venv/pyvenv.cfg": "", "venv/b.py": "", ".github/c.py": ""}
    )
    assert [module.path for module in found.modules] == ["main.py"]


def test_what_cannot_be_parsed_is_a_problem() -> None:
    (problem,) = sources("print 'hello'\n").problems
    assert problem.startswith("main.py is no source of Python 3")


def test_a_cyclic_constant_has_no_value() -> None:
    assert [write.path for write in sources('a = b\nb = a\nopen(a, "w")\n').writes] == [None]


# --- imports --------------------------------------------------------------------------------------------------------


def test_imports_are_resolved_to_files_of_the_context() -> None:
    files = {
        "app/main.py": "from . import db\nfrom .core.config import settings\nimport credentials\nimport os\n",
        "app/db.py": "",
        "app/core/config.py": "",
        "credentials.py": "",
    }
    assert imported_files(context(files), "app/main.py") == ("app/core/config.py", "app/db.py", "credentials.py")


def test_packages_on_the_way_are_imported_too() -> None:
    files = {
        "main.py": "import app.core.config\n",
        "app/__init__.py": "",
        "app/core/__init__.py": "",
        "app/core/config.py": "",
    }
    assert imported_files(context(files), "main.py") == (
        "app/__init__.py",
        "app/core/__init__.py",
        "app/core/config.py",
    )


def test_a_string_names_a_module_for_a_server() -> None:
    files = {"run.py": 'import uvicorn\nuvicorn.run("app.main:app")\n', "app/main.py": ""}
    assert imported_files(context(files), "run.py") == ("app/main.py",)


def test_an_import_of_another_project_of_a_monorepo_is_found() -> None:
    files = {
        "packages/api/main.py": "from shared.core import log\nimport kit\n",
        "packages/shared/pyproject.toml": "",
        "packages/shared/shared/__init__.py": "",
        "packages/shared/shared/core/log.py": "",
        "packages/tool/setup.py": "",
        "packages/tool/src/kit.py": "",
    }
    assert imported_files(context(files), "packages/api/main.py") == (
        "packages/shared/shared/__init__.py",
        "packages/shared/shared/core/log.py",
        "packages/tool/src/kit.py",
    )


def test_modules_reached_from_an_entry() -> None:
    files = {"main.py": "import a\n", "a.py": "import b\n", "b.py": "import a\n", "train.py": 'open("m.pkl", "wb")\n'}
    assert reachable_modules(context(files), "main.py") == {"main.py", "a.py", "b.py"}


@pytest.mark.parametrize(
    "code", ["import importlib\nimportlib.import_module(name)\n", "from django.urls import path\n", "print 'x'\n"]
)
def test_what_finds_modules_by_itself_leaves_their_set_unknown(code: str) -> None:
    assert reachable_modules(context({"main.py": "import a\n", "a.py": code}), "main.py") is None


def test_an_entry_outside_the_project_leaves_the_set_unknown() -> None:
    assert reachable_modules(context({"main.py": ""}), "other.py") is None


# --- only what is asked for is parsed -------------------------------------------------------------------------------


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that are parsed, in order."""
    seen: list[str] = []

    def noted(modules: Modules, path: str) -> ModuleFacts:
        seen.append(path)
        return module_facts(modules, path)

    monkeypatch.setattr("dockerfix.project.python.sources.module_facts", noted)
    return seen


def test_naming_the_modules_parses_none(parsed: list[str]) -> None:
    assert python_sources(context({"a.py": "", "b.py": ""})).paths == ("a.py", "b.py")
    assert parsed == []


def test_a_start_parses_what_it_imports_and_nothing_else(parsed: list[str]) -> None:
    files = {"main.py": "import used\n", "used.py": "", "unused.py": "", "other/unused.py": ""}
    assert reachable_modules(context(files), "main.py") == frozenset({"main.py", "used.py"})
    assert parsed == ["main.py", "used.py"]


def test_a_module_is_parsed_once(parsed: list[str]) -> None:
    project = context({"main.py": "import main\n"})
    reachable_modules(project, "main.py")
    assert [module.path for module in python_sources(project).modules] == ["main.py"]
    assert parsed == ["main.py"]
