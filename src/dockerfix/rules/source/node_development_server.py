"""The command that starts the image runs a development server of Node."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, image
from dockerfix.plans.serving.development import comments_at, for_developers, perhaps_meant
from dockerfix.plans.serving.start_commands import own_start, start_commands, start_instruction
from dockerfix.plans.serving.uses import started_otherwise
from dockerfix.programs.starts import Program
from dockerfix.project.known.dev_servers import DevServer, dev_server
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import replace_word
from dockerfix.syntax import Dockerfile

_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_DEV = 'CMD ["npm", "run", "dev"]\n'


def _files(script: str, **others: str) -> dict[str, str]:
    return {
        "package.json": f'{{"scripts": {{"dev": "{script}", "start": "node server.js"}}}}',
        "server.js": "",
        **others,
    }


class NodeDevelopmentServer(Rule):
    """CMD starts `nodemon`, `vite`, `next dev` or another server for developing.

    Why: it compiles at each start and for each visitor, watches files that never change in an image, shows source and
    errors to visitors, and needs the development dependencies.
    Fix: `nodemon X` becomes `node X`. For the others the build in a RUN and a server for what it made is a change that
    a person has to make; the message says which.
    Safety: a suggestion, never made: people may use the image while developing. Left alone where the file or its last
    stage is for developers by its name, and where whatever is known to start it has a command of its own.
    """

    code = "DF806"
    name = "node-development-server"
    message = "the image starts a development server"
    sources = ("the servers' own documentation (data/dev_servers.toml)",)
    may_change = frozenset({Aspect.START_COMMAND})
    examples = (
        Example.suggested(
            "nodemon",
            _NODE + 'CMD ["nodemon", "server.js"]\n',
            _NODE + 'CMD ["node", "server.js"]\n',
            _files(""),
        ),
        Example.suggested(
            "by npx, shell form",
            _NODE + "CMD npx nodemon server.js\n",
            _NODE + "CMD npx node server.js\n",
            _files(""),
        ),
        Example.suggested(
            "lower case, CRLF, among others",
            'from node:22\r\ncmd ["sh", "-c", "sleep 1 && nodemon server.js"]\r\n',
            'from node:22\r\ncmd ["sh", "-c", "sleep 1 && node server.js"]\r\n',
            _files(""),
        ),
        Example.reported("vite, by a script", _NODE + _DEV, _files("vite --host")),
        Example.reported("next dev", _NODE + _DEV, _files("next dev -p 3000")),
        Example.reported("next dev in CMD", _NODE + 'CMD ["npx", "next", "dev"]\n', _files("x")),
        Example.reported("react-scripts", _NODE + _DEV, _files("react-scripts start")),
        Example.reported("Angular", _NODE + 'CMD ["ng", "serve", "--host", "0.0.0.0"]\n', _files("x")),
        Example.reported("tsx", _NODE + _DEV, _files("tsx watch src/index.ts")),
        Example.unchanged("node", _NODE + 'CMD ["node", "server.js"]\n', _files("vite")),
        Example.unchanged("a script that starts node", _NODE + 'CMD ["npm", "start"]\n', _files("vite")),
        Example.unchanged("next start", _NODE + 'CMD ["npx", "next", "start"]\n', _files("x")),
        Example.unchanged("the build", _NODE + "RUN npx vite build\n" + 'CMD ["node", "server.js"]\n', _files("x")),
        Example.unchanged("an image for developers", _NODE.replace("slim", "slim AS dev") + _DEV, _files("vite")),
        Example.unchanged(
            "compose starts it with a command of its own",
            _NODE + _DEV,
            _files("vite", **{"compose.yaml": "services:\n  a:\n    build: .\n    command: node server.js\n"}),
        ),
        Example.unchanged("text", _NODE + "CMD echo vite\n", _files("x")),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        start, instruction = own_start(model), start_instruction(model.final) if model.final is not None else None
        if start is None or instruction is None:
            return
        for program in start.programs:
            server = dev_server(program.name)
            if server is None or program.is_own or _verb(program) not in server.verbs:
                continue
            told = " ".join(part for part in (server.name, _verb(program)) if part)
            left = for_developers(model) or started_otherwise(model)
            if left is not None:
                yield self.declined(instruction, f"it starts {told}; {left}")
            else:
                meant = perhaps_meant(model, comments_at(dockerfile, instruction))
                because = meant or f"in its place: {server.instead}"
                fix = _fix(model, program, server, because)
                yield self.finding(instruction, fix, because=because, message=f"the image starts {told}")
            return


def _verb(program: Program) -> str:
    """The subcommand; "" where options or a file follow the name."""
    word = program.argv[1] if len(program.argv) > 1 else ""
    server = dev_server(program.name)
    known = word is not None and word.isalpha() and not (server is not None and server.program)
    return word if word is not None and known else ""


def _fix(model: Image, program: Program, server: DevServer, because: str) -> Fix | None:
    """The program that takes the same words in its place, where the command stands in the Dockerfile."""
    start = own_start(model)
    plain = len(program.argv) == 2 and not (program.argv[1] or "-").startswith("-")
    if not server.program or start is None or not plain:
        return None
    written = next((one for one in start_commands(model, start) if one.program.argv == program.argv), None)
    edit = replace_word(written.program, written.program.words[0], server.program) if written is not None else None
    return Fix.suggestion(f"Start {server.program}", edit, because=because) if edit is not None else None
