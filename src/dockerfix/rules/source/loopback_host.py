"""The app that the image starts listens on the container's own loopback, where nobody reaches it."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, image
from dockerfix.plans.serving.python_servers import started_servers
from dockerfix.plans.serving.reach import loopback_is_meant, open_ports, truthy
from dockerfix.plans.serving.start_commands import StartInstruction, own_start, start_instruction
from dockerfix.plans.serving.uses import variable
from dockerfix.project.python.serving import LOOPBACK, ServingCall
from dockerfix.project.python.sources import python_sources
from dockerfix.rule import Applicability, Aspect, BuildContext, Example, FileChange, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile

_EVERYWHERE = "0.0.0.0"
_RUN = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
_MAIN = _RUN + 'EXPOSE 8000\nCMD ["python", "main.py"]\n'
_UVICORN = "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n"
_FLASK = "from flask import Flask\n\napp = Flask(__name__)\n\n"
_GUARD = 'if __name__ == "__main__":\n'
_LINES = 'import uvicorn\n\nuvicorn.run(\n    "main:app",\n    # as EXPOSE says\n    port=8000,\n)\n'


def _example(title: str, before: str, after: str, dockerfile: str = _MAIN, path: str = "main.py") -> Example:
    """An example that changes nothing but one Python file."""
    files = {path: before, "server/__init__.py": ""}
    return Example(title, dockerfile, dockerfile, files, Applicability.UNSAFE, {path: after})


class LoopbackHost(Rule):
    """The Python code that the image starts listens on 127.0.0.1.

    Why: inside a container 127.0.0.1 is the container's own loopback. A published port leads to another interface,
    so nobody outside gets an answer, whatever EXPOSE says.
    Fix: the serving call gets `host="0.0.0.0"`, in its own place and in the quotes of the file; every other byte of
    the source stays. A host that an environment variable, a setting or a command line option decides is left alone.
    Safety: unsafe, for whoever reaches the port will reach the app, on a developer's machine too; it needs
    `--unsafe-fixes`. A suggestion, never made, while a debugger is on, which would be reachable with it. Only calls
    that certainly run in the image are looked at, and only where a port is EXPOSEd, no proxy and no other server stands
    in the container, and no compose file starts it otherwise.
    """

    code = "DF801"
    name = "loopback-host"
    message = "it listens on 127.0.0.1 inside the container, which no published port reaches"
    sources = (
        "Docker documentation: Networking, Published ports",
        "Uvicorn documentation: Settings, Socket Binding",
        "Flask documentation: Quickstart, Externally Visible Server",
    )
    may_change = frozenset({Aspect.PYTHON_SOURCE})
    examples = (
        _example(
            "uvicorn, told to listen on the loopback",
            _UVICORN + _GUARD + '    uvicorn.run(app, host="127.0.0.1", port=8000)  # the API\n',
            _UVICORN + _GUARD + '    uvicorn.run(app, host="0.0.0.0", port=8000)  # the API\n',
        ),
        _example(
            "uvicorn, told nothing",
            _UVICORN + _GUARD + '    uvicorn.run("main:app", port=8000)\n',
            _UVICORN + _GUARD + '    uvicorn.run("main:app", host="0.0.0.0", port=8000)\n',
        ),
        _example(
            "Flask, told nothing",
            _FLASK + _GUARD + "    app.run()\n",
            _FLASK + _GUARD + '    app.run(host="0.0.0.0")\n',
        ),
        _example(
            "a positional host, in single quotes",
            _FLASK + _GUARD + "    app.run('localhost', 8000)\n",
            _FLASK + _GUARD + "    app.run('0.0.0.0', 8000)\n",
        ),
        _example(
            "one argument a line, with comments, and lines that end in CRLF",
            _LINES.replace("\n", "\r\n"),
            _LINES.replace("    #", '    host="0.0.0.0",\n    #').replace("\n", "\r\n"),
        ),
        _example(
            "a package run with -m, and a function called at its end",
            _UVICORN + 'def main() -> None:\n    uvicorn.run(app, host="localhost")\n\n\nmain()\n',
            _UVICORN + 'def main() -> None:\n    uvicorn.run(app, host="0.0.0.0")\n\n\nmain()\n',
            _RUN + "EXPOSE 8000\nCMD exec python -m server\n",
            "server/__main__.py",
        ),
        _example(
            "aiohttp, from a source that another stage hands on",
            "from aiohttp import web\n\nweb.run_app(web.Application(), host='localhost')\n",
            "from aiohttp import web\n\nweb.run_app(web.Application(), host='0.0.0.0')\n",
            "FROM python:3.12 AS build\nWORKDIR /src\nCOPY . .\n\n"
            'FROM python:3.12-slim\nCOPY --from=build /src /app\nEXPOSE 8080\nENTRYPOINT ["python", "/app/main.py"]\n',
        ),
        _example(
            "what a string or a comment says stays",
            '"""Serves on host="127.0.0.1"."""\n' + _FLASK + "# app.run(host='127.0.0.1')\napp.run(host='127.0.0.1')\n",
            '"""Serves on host="127.0.0.1"."""\n' + _FLASK + "# app.run(host='127.0.0.1')\napp.run(host='0.0.0.0')\n",
        ),
        _example(
            "inside an event loop",
            _UVICORN + "async def main():\n    config = uvicorn.Config(app, port=8000)\n"
            "    await uvicorn.Server(config).serve()\n\n\nimport asyncio\n\nasyncio.run(main())\n",
            _UVICORN + 'async def main():\n    config = uvicorn.Config(app, host="0.0.0.0", port=8000)\n'
            "    await uvicorn.Server(config).serve()\n\n\nimport asyncio\n\nasyncio.run(main())\n",
        ),
        Example(
            "a debugger would be reachable with it",
            _MAIN,
            _MAIN,
            {"main.py": _FLASK + "app.run(debug=True)\n"},
            Applicability.SUGGESTION,
            {"main.py": _FLASK + 'app.run(host="0.0.0.0", debug=True)\n'},
        ),
        Example.reported("a call that a person has to change", _MAIN, {"main.py": _FLASK + "app.run(\n)\n"}),
        Example.unchanged(
            "it listens everywhere", _MAIN, {"main.py": _UVICORN + 'uvicorn.run(app, host="0.0.0.0", port=8000)\n'}
        ),
        Example.unchanged(
            "the call does not run: a server imports the module",
            _RUN + 'EXPOSE 8000\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n',
            {"main.py": _UVICORN + _GUARD + '    uvicorn.run(app, host="127.0.0.1")\n'},
        ),
        Example.unchanged(
            "the environment decides",
            _MAIN,
            {"main.py": "import os\n" + _UVICORN + 'uvicorn.run(app, host=os.getenv("HOST", "127.0.0.1"))\n'},
        ),
        Example.unchanged(
            "a condition decides",
            _MAIN,
            {"main.py": "import sys\n" + _UVICORN + 'if "--dev" in sys.argv:\n    uvicorn.run(app)\n'},
        ),
        Example.unchanged(
            "nobody outside is told of a port",
            _RUN + 'CMD ["python", "main.py"]\n',
            {"main.py": _UVICORN + "uvicorn.run(app)\n"},
        ),
        Example.unchanged(
            "a proxy in the same container asks it",
            "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y nginx\nWORKDIR /app\nCOPY . .\n"
            "EXPOSE 80\nCMD nginx && exec python main.py\n",
            {"main.py": _UVICORN + "uvicorn.run(app)\n"},
        ),
        Example.unchanged(
            "a socket, not a host", _MAIN, {"main.py": _UVICORN + 'uvicorn.run(app, uds="/run/app.sock")\n'}
        ),
        Example.unchanged("nothing is known of the project", _MAIN),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        start = own_start(model)
        instruction = start_instruction(model.final) if model.final is not None else None
        if start is None or instruction is None:
            return
        found = [call for call in started_servers(model, start) if _listens_on_loopback(call, model)]
        meant = loopback_is_meant(model, start) if found else None
        for call in found:
            host = call.arguments.get(call.server.host)
            if host is not None and not host.is_constant:
                yield self.declined(instruction, f"{call} takes a host that is decided elsewhere")
            elif meant is not None:
                yield self.declined(instruction, f"{call} listens on 127.0.0.1: {meant}")
            elif not call.certain:
                yield self.declined(instruction, f"{call} listens on 127.0.0.1: a condition decides whether it runs")
            else:
                yield self._judge(instruction, call, model)

    def _judge(self, instruction: StartInstruction, call: ServingCall, model: Image) -> Finding:
        from dockerfix.project.python.rewrites import with_arguments

        message = f"{call}: {self.message}"
        source = model.context.read(call.path) or b""
        host = call.server.host
        given = call.arguments.get(host)
        positions = {host: given.position} if given is not None and given.position is not None else {}
        rewrite = with_arguments(source, call.place, {host: _EVERYWHERE}, positions)
        if rewrite.after is None:
            return self.finding(instruction, because=f"{call.path} is left alone: {rewrite.problem}", message=message)
        change = FileChange(call.path, source, rewrite.after)
        title = f"Listen on {_EVERYWHERE}"
        if _debugs(call, model):
            why = "its debugger, which runs the code that it is sent, would be reachable too; turn it off first"
            return self.finding(instruction, Fix.suggestion(title, because=why, files=[change]), message=message)
        why = "whoever reaches the port will reach the app"
        ports = open_ports(model)
        if call.port is not None and ports and call.port not in ports:
            why += f"; it listens on port {call.port}, and the port that is opened is another one"
        return self.finding(instruction, Fix.unsafe(title, because=why, files=[change]), message=message)


def _listens_on_loopback(call: ServingCall, model: Image) -> bool:
    """Whether a call binds to the loopback, or to a host that is not written there."""
    server = call.server
    if call.is_open or not server.elsewhere.isdisjoint(call.arguments):
        return False
    given = call.arguments.get(server.host)
    if given is not None and (not given.is_constant or given.value is not None):
        return not given.is_constant or given.value in LOOPBACK
    behind = (name for name in call.arguments if name.startswith("#") and int(name[1:]) >= server.first)
    if not server.loopback or any(behind) or variable(model, *server.variables) is not None:
        return False
    return server.setting is None or not _names_setting(server.setting, model.context)


def _names_setting(name: str, context: BuildContext) -> bool:
    return any(name in (context.text(path) or "") for path in python_sources(context).paths)


def _debugs(call: ServingCall, model: Image) -> bool:
    """Whether a debugger may be on."""
    switch = call.server.debugger
    if switch is None:
        return False
    given = call.arguments.get(switch)
    if given is not None:
        return not given.is_constant or bool(given.value)
    stage = model.final
    return stage is not None and truthy(stage.final.env.get("FLASK_DEBUG"))
