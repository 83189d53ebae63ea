"""Which serving calls run when a file is started, and what they are given."""

from __future__ import annotations

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.python.serving import ServingCall, serving_calls


def served(source: str, **others: str) -> tuple[ServingCall, ...]:
    """The serving calls of `python main.py`; other files by their module name."""
    files = {"main.py": source, **{f"{name}.py": text for name, text in others.items()}}
    return serving_calls(BuildContext.of_files(files), "main.py")


UVICORN = "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.mark.parametrize(
    "body",
    [
        "uvicorn.run(app)\n",
        'if __name__ == "__main__":\n    uvicorn.run(app)\n',
        "if '__main__' == __name__:\n    uvicorn.run(app)\n",
        'def main():\n    uvicorn.run(app)\n\nif __name__ == "__main__":\n    main()\n',
        "def main():\n    uvicorn.run(app)\n\nimport sys\nsys.exit(main())\n",
        "async def main():\n    uvicorn.run(app)\n\nimport asyncio\nasyncio.run(main())\n",
        "def serve():\n    uvicorn.run(app)\n\nfrom threading import Thread\nThread(target=serve).start()\n",
        "def main():\n    uvicorn.run(app)\n\nimport typer\ntyper.run(main)\n",
        "try:\n    uvicorn.run(app)\nexcept KeyboardInterrupt:\n    pass\n",
        "with open('log') as log:\n    uvicorn.run(app)\n",
        "while True:\n    uvicorn.run(app)\n",
    ],
)
def test_a_call_that_certainly_runs(body: str) -> None:
    (call,) = served(UVICORN + body)
    assert call.certain
    assert call.server.loopback


@pytest.mark.parametrize(
    "body",
    [
        "import os\nif os.getenv('DEV'):\n    uvicorn.run(app)\n",
        "import sys\nuvicorn.run(app) if sys.argv else None\n",
        "import sys\nsys.argv and uvicorn.run(app)\n",
        "for attempt in range(3):\n    uvicorn.run(app)\n",
        "import sys\nmatch sys.argv:\n    case []:\n        uvicorn.run(app)\n",
        "try:\n    import gunicorn\nexcept ImportError:\n    uvicorn.run(app)\n",
    ],
)
def test_a_call_that_a_condition_decides(body: str) -> None:
    (call,) = served(UVICORN + body)
    assert not call.certain


@pytest.mark.parametrize(
    "body",
    [
        "def main():\n    uvicorn.run(app)\n",
        'if __name__ != "__main__":\n    uvicorn.run(app)\n',
        "serve = lambda: uvicorn.run(app)\n",
        "class Server:\n    def run(self):\n        uvicorn.run(app)\n",
        "def main():\n    return\n    uvicorn.run(app)\n\nmain()\n",
        "# uvicorn.run(app)\n'uvicorn.run(app)'\n",
        "def run(app):\n    pass\n\nrun(app)\n",
    ],
)
def test_a_call_that_does_not_run(body: str) -> None:
    assert served(UVICORN + body) == ()


def test_functions_of_other_modules_are_followed() -> None:
    server = (
        UVICORN + '\ndef start():\n    uvicorn.run(app)\n\nif __name__ == "__main__":\n    uvicorn.run(app, port=1)\n'
    )
    for source in ("from server import start\nstart()\n", "import server\nserver.start()\n"):
        (call,) = served(source, server=server)
        assert str(call) == "server.py:7"


def test_arguments_by_keyword_and_position() -> None:
    source = "from flask import Flask\napp = Flask(__name__)\nPORT = 5000\napp.run('127.0.0.1', PORT, debug=True)\n"
    (call,) = served(source)
    assert (call.arguments["host"].value, call.arguments["host"].position) == ("127.0.0.1", 0)
    assert not call.arguments["#1"].is_constant
    assert call.is_on("debug")
    assert call.port == 5000
    assert not call.is_open


def test_arguments_that_may_be_anything() -> None:
    assert served(UVICORN + "uvicorn.run(app, **{'host': '0.0.0.0'})\n")[0].is_open
    assert served(UVICORN + "uvicorn.run(*[app])\n")[0].is_open


def test_two_serving_calls_on_one_line_are_not_told_apart() -> None:
    assert served(UVICORN + "uvicorn.run(app); uvicorn.run(app)\n") == ()
