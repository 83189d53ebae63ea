"""The app that the image starts reloads itself, or lets its visitors debug it."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, image
from dockerfix.plans.serving.development import comments_in_source, for_developers, perhaps_meant
from dockerfix.plans.serving.python_servers import started_servers
from dockerfix.plans.serving.start_commands import StartInstruction, own_start, start_instruction
from dockerfix.plans.serving.uses import started_otherwise
from dockerfix.project.python.serving import ServingCall
from dockerfix.rule import Applicability, Aspect, BuildContext, Example, FileChange, Finding, Fix, Rule, Worth
from dockerfix.syntax import Dockerfile

_RUN = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
_MAIN = _RUN + 'CMD ["python", "main.py"]\n'
_UVICORN = "import uvicorn\n\n"
_FLASK = "from flask import Flask\n\napp = Flask(__name__)\n\n"
_GUARD = 'if __name__ == "__main__":\n'
_LINES = 'uvicorn.run(\n    "main:app",\n    host="0.0.0.0",\n    reload=True,  # as the README says\n)\n'


def _example(title: str, before: str, after: str, dockerfile: str = _MAIN, path: str = "main.py") -> Example:
    """An example that changes nothing but one Python file."""
    return Example(title, dockerfile, dockerfile, {path: before}, Applicability.UNSAFE, {path: after})


class DebugServer(Rule):
    """The Python code that the image starts turns on reloading or a debugger.

    Why: a reloader starts the program twice and watches files that never change in an image. Werkzeug's debugger
    runs the code that a visitor sends it, with the rights of the app.
    Fix: `reload=True`, `debug=True` and their like become `False` where they stand; every other byte of the source
    stays.
    Safety: unsafe, for people may start the same file on their own machines and miss the reloading there;
    it needs `--unsafe-fixes`. A suggestion, never made, where a comment at the call says that it is meant, and where
    a compose file mounts the sources over those of the image, as people do to work in it. Images that are for
    developers by the name of their file or last stage are left alone, and so are calls that a condition guards.
    """

    code = "DF802"
    name = "debug-server"
    message = "the image starts it with a reloader or debugger on"
    sources = (
        "Flask documentation: Debugging Application Errors",
        "Werkzeug documentation: Debugging Applications",
        "Uvicorn documentation: Settings, Development",
    )
    may_change = frozenset({Aspect.PYTHON_SOURCE})
    worth = Worth.security()
    examples = (
        _example(
            "uvicorn reloads",
            _UVICORN + _GUARD + '    uvicorn.run("main:app", host="0.0.0.0", reload=True)\n',
            _UVICORN + _GUARD + '    uvicorn.run("main:app", host="0.0.0.0", reload=False)\n',
        ),
        _example(
            "Flask debugs",
            _FLASK + _GUARD + "    app.run(debug=True, host='0.0.0.0')\n",
            _FLASK + _GUARD + "    app.run(debug=False, host='0.0.0.0')\n",
        ),
        _example(
            "both at once",
            _UVICORN + 'uvicorn.run(app="main:app", reload=True, debug=True)\n',
            _UVICORN + 'uvicorn.run(app="main:app", reload=False, debug=False)\n',
        ),
        _example(
            "one argument a line, with its comment, and lines that end in CRLF",
            (_UVICORN + _LINES).replace("\n", "\r\n"),
            (_UVICORN + _LINES.replace("True", "False")).replace("\n", "\r\n"),
        ),
        _example(
            "blanks around the equals sign stay",
            _FLASK + "app.run( '0.0.0.0', 5000, debug = True )\n",
            _FLASK + "app.run( '0.0.0.0', 5000, debug = False )\n",
        ),
        _example(
            "a file that ENTRYPOINT starts, in a folder",
            _FLASK + "def main():\n    app.run(use_reloader=True)\n\n\nmain()\n",
            _FLASK + "def main():\n    app.run(use_reloader=False)\n\n\nmain()\n",
            _RUN + 'ENTRYPOINT ["python", "-u", "src/run.py"]\n',
            "src/run.py",
        ),
        _example(
            "Dash",
            "import dash\n\napp = dash.Dash(__name__)\napp.run_server(debug=True, port=8050)\n",
            "import dash\n\napp = dash.Dash(__name__)\napp.run_server(debug=False, port=8050)\n",
        ),
        _example(
            "what a string or a comment says stays",
            _FLASK + "# app.run(debug=True)\nprint('debug=True')\napp.run(debug=True)\n",
            _FLASK + "# app.run(debug=True)\nprint('debug=True')\napp.run(debug=False)\n",
        ),
        Example(
            "the sources are mounted over the image",
            _MAIN,
            _MAIN,
            {
                "main.py": _FLASK + "app.run(debug=True)\n",
                "compose.yaml": "services:\n  web:\n    build: .\n    volumes:\n      - .:/app\n",
            },
            Applicability.SUGGESTION,
            {"main.py": _FLASK + "app.run(debug=False)\n"},
        ),
        Example(
            "a comment says that it is meant",
            _MAIN,
            _MAIN,
            {"main.py": _FLASK + "# Start the development server\napp.run(debug=True)\n"},
            Applicability.SUGGESTION,
            {"main.py": _FLASK + "# Start the development server\napp.run(debug=False)\n"},
        ),
        Example.reported(
            "libcst would not give the file back as it was", _MAIN, {"main.py": _FLASK + "\x0capp.run(debug=True)\n"}
        ),
        Example.unchanged("both are off", _MAIN, {"main.py": _FLASK + "app.run(debug=False)\n"}),
        Example.unchanged(
            "the call does not run: a server imports the module",
            _RUN + 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "main:app"]\n',
            {"main.py": _FLASK + _GUARD + "    app.run(debug=True)\n"},
        ),
        Example.unchanged(
            "a setting decides",
            _MAIN,
            {"main.py": "import os\n\n" + _FLASK + 'app.run(debug=os.getenv("DEBUG") == "1")\n'},
        ),
        Example.unchanged(
            "a condition decides",
            _MAIN,
            {"main.py": "import os\n\n" + _FLASK + 'if os.getenv("DEV"):\n    app.run(debug=True)\n'},
        ),
        Example.unchanged(
            "an image for developers, by the name of its stage",
            "FROM python:3.12-slim AS dev\nWORKDIR /app\nCOPY . .\n" + 'CMD ["python", "main.py"]\n',
            {"main.py": _FLASK + "app.run(debug=True)\n"},
        ),
        Example.unchanged(
            "Gradio's debug only keeps the program in front",
            _MAIN,
            {"main.py": "import gradio as gr\n\ndemo = gr.Blocks()\ndemo.launch(debug=True)\n"},
        ),
        Example.unchanged("nothing is known of the project", _MAIN),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        start = own_start(model)
        instruction = start_instruction(model.final) if model.final is not None else None
        if start is None or instruction is None:
            return
        found = [call for call in started_servers(model, start) if _switched_on(call)]
        left = (for_developers(model) or started_otherwise(model)) if found else None
        for call in found:
            words = ", ".join(f"{name}=True" for name in _switched_on(call))
            if left is not None:
                yield self.declined(instruction, f"{call}: {words}; {left}")
            elif not call.certain:
                yield self.declined(instruction, f"{call}: {words}; a condition decides whether it runs")
            else:
                yield self._judge(instruction, call, model, words)

    def _judge(self, instruction: StartInstruction, call: ServingCall, model: Image, words: str) -> Finding:
        from dockerfix.project.python.rewrites import with_arguments

        message = f"{call}: the image starts it with {words}"
        source = model.context.read(call.path) or b""
        rewrite = with_arguments(source, call.place, dict.fromkeys(_switched_on(call), False))
        if rewrite.after is None:
            return self.finding(instruction, because=f"{call.path} is left alone: {rewrite.problem}", message=message)
        change = FileChange(call.path, source, rewrite.after)
        doubt = perhaps_meant(model, comments_in_source(source, call.place.line, call.place.end_line))
        if doubt is not None:
            return self.finding(
                instruction, Fix.suggestion("Turn it off", because=doubt, files=[change]), message=message
            )
        why = "who starts this file while developing loses it there too"
        return self.finding(instruction, Fix.unsafe("Turn it off", because=why, files=[change]), message=message)


def _switched_on(call: ServingCall) -> tuple[str, ...]:
    return tuple(name for name in call.server.switches if call.is_on(name))
