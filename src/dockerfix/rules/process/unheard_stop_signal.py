"""A Python or Node program as process 1 that does not hear SIGTERM."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import image
from dockerfix.plans.serving.development import for_developers
from dockerfix.plans.signals.unheard_signal import unheard_node, unheard_signal
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, insert_before

_SLIM = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"
_CMD = 'CMD ["python", "bot.py"]\n'
_NODE = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "a.js"]\n'
_STOP = "STOPSIGNAL SIGINT\n"
_BOT = {"bot.py": "import time\n\nwhile True:\n    time.sleep(60)\n"}
_FLASK = {"bot.py": 'from flask import Flask\n\napp = Flask(__name__)\napp.run(host="0.0.0.0")\n'}
_HANDLER = {"bot.py": "import signal\n\nsignal.signal(signal.SIGTERM, print)\nwhile True:\n    signal.pause()\n"}


class UnheardStopSignal(Rule):
    """A Python or Node program is process 1 and has no handler for SIGTERM: `docker stop` waits ten seconds.

    Why: the kernel drops signals for process 1 that it has no handler for. Python handles SIGINT by itself, and SIGTERM
    not: nothing is closed, no `finally` runs, and each deployment waits.
    Fix: `STOPSIGNAL SIGINT` above the start command: Python then ends with KeyboardInterrupt. Node handles neither by
    itself, so that its code needs a handler, or the container an init: that is only told.
    Safety: safe where each module that runs was read, none handles signals, and each library is known to handle none.
    Unsafe where the code catches every exception or starts threads that Python waits for at its end. Left alone where a
    server or library may handle SIGTERM itself (uvicorn, gunicorn, aiohttp, celery …), behind an init, and where a
    compose file decides.
    """

    code = "DF404"
    name = "unheard-stop-signal"
    message = "process 1 does not hear SIGTERM: it is killed after ten seconds"
    sources = (
        "pid_namespaces(7): signals for process 1",
        "Python documentation: signal, default_int_handler",
        "tried: Python 3.11 as process 1 of a pid namespace lives on after SIGTERM and ends after SIGINT",
    )
    may_change = frozenset({Aspect.STOP_SIGNAL})
    worth = Worth.seconds(10)
    examples = (
        Example("a loop", _SLIM + _CMD, _SLIM + _STOP + _CMD, _BOT),
        Example("Flask's own server", _SLIM + _CMD, _SLIM + _STOP + _CMD, _FLASK),
        Example(
            "above the comment of the start command",
            _SLIM + "\n# start\n" + _CMD,
            _SLIM + "\n" + _STOP + "# start\n" + _CMD,
            _BOT,
        ),
        Example(
            "ENTRYPOINT and CMD",
            _SLIM + 'ENTRYPOINT ["python"]\nCMD ["bot.py"]\n',
            _SLIM + _STOP + 'ENTRYPOINT ["python"]\nCMD ["bot.py"]\n',
            _BOT,
        ),
        Example(
            "handed over by a shell",
            _SLIM + 'CMD ["sh", "-c", "exec python bot.py"]\n',
            _SLIM + _STOP + 'CMD ["sh", "-c", "exec python bot.py"]\n',
            _BOT,
        ),
        Example(
            "the last stage",
            "FROM python:3.12 AS a\nCMD x\n" + _SLIM + _CMD,
            "FROM python:3.12 AS a\nCMD x\n" + _SLIM + _STOP + _CMD,
            _BOT,
        ),
        Example(
            "lower case and CRLF",
            'from python:3.12-slim\r\ncopy . .\r\ncmd ["python3", "bot.py"]\r\n',
            'from python:3.12-slim\r\ncopy . .\r\nstopsignal SIGINT\r\ncmd ["python3", "bot.py"]\r\n',
            _BOT,
        ),
        Example(
            "it cleans up at the end",
            _SLIM + _CMD,
            _SLIM + _STOP + _CMD,
            {"bot.py": "try:\n    while True:\n        input()\nexcept KeyboardInterrupt:\n    pass\n"},
        ),
        Example.unsafe(
            "it catches everything",
            _SLIM + _CMD,
            _SLIM + _STOP + _CMD,
            {"bot.py": "while True:\n    try:\n        input()\n    except:\n        pass\n"},
        ),
        Example.unsafe(
            "threads that Python waits for",
            _SLIM + _CMD,
            _SLIM + _STOP + _CMD,
            {"bot.py": "import threading\n\nthreading.Thread(target=print).start()\nwhile True:\n    input()\n"},
        ),
        Example.reported("Node", _NODE, {"a.js": "require('http').createServer().listen(80)\n"}),
        Example.unchanged(
            "Node with a handler",
            _NODE,
            {"a.js": "const s = require('http').createServer().listen(80)\nprocess.on('SIGTERM', () => s.close())\n"},
        ),
        Example.unchanged(
            "Node behind an init of compose",
            _NODE,
            {
                "a.js": "require('http').createServer().listen(80)\n",
                "compose.yaml": "services:\n  a:\n    build: .\n    init: true\n",
            },
        ),
        Example.unchanged("Node that serves nothing", _NODE, {"a.js": "console.log(1)\n"}),
        Example.unchanged("it handles SIGTERM", _SLIM + _CMD, _HANDLER),
        Example.unchanged(
            "uvicorn does",
            _SLIM + _CMD,
            {"bot.py": 'import uvicorn\n\nuvicorn.run("app:app")\n', "app.py": "app = 1\n"},
        ),
        Example.unchanged(
            "a library that nobody looked at", _SLIM + _CMD, {"bot.py": "import acme\n\nwhile True:\n    acme.poll()\n"}
        ),
        Example.unchanged("the signal is chosen", _SLIM + "STOPSIGNAL SIGTERM\n" + _CMD, _BOT),
        Example.unchanged("an init", _SLIM + 'ENTRYPOINT ["tini", "--"]\n' + _CMD, _BOT),
        Example.unchanged(
            "an init by compose",
            _SLIM + _CMD,
            {**_BOT, "compose.yaml": "services:\n  a:\n    build: .\n    init: true\n"},
        ),
        Example.unchanged("behind a shell", _SLIM + "CMD python bot.py\n", _BOT),
        Example.unchanged("a program that ends", _SLIM + _CMD, {"bot.py": "print(1)\n"}),
        Example.unchanged("nginx", "FROM nginx:1.29\n", {}),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        starts = [*stage.stage.find((Cmd, Entrypoint))] if stage is not None else []
        if stage is None or not starts or for_developers(model) is not None:
            return
        found = unheard_signal(model, stage)
        if found is None:
            server = unheard_node(model, stage)
            if server is not None:
                because = f"add a handler for SIGTERM to {server}, or start the container with an init"
                message = "node, as process 1, does not hear SIGTERM: it is killed after ten seconds"
                yield self.finding(starts[0], because=because, message=message)
            return
        comments = dockerfile.comments_above(starts[0])
        edit = insert_before(dockerfile, comments[0] if comments else starts[0], "STOPSIGNAL SIGINT")
        if found.doubt is not None:
            yield self.finding(starts[0], Fix.unsafe("Stop it with SIGINT", edit, because=found.doubt))
            return
        because = f"Python runs on from {found.place}, nothing handles SIGTERM, and Python itself handles SIGINT"
        yield self.finding(starts[0], Fix.safe("Stop it with SIGINT", edit, because=because))
