"""NODE_ENV, which Express and its like take for `development` where nobody sets it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dockerfix.image import StageImage, image
from dockerfix.plans.process.node_environment import NodeEnvironment, node_environment
from dockerfix.plans.serving.development import for_developers
from dockerfix.plans.serving.uses import started_otherwise, variable
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule, Worth
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Instruction, Run, insert_after, insert_before
from dockerfix.text import Edit

_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_CMD = 'CMD ["node", "server.js"]\n'
_SET = "ENV NODE_ENV=production\n"


def _files(*others: str, code: str = "", **more: str) -> dict[str, str]:
    wanted = dict.fromkeys(("express", *others), "^1")
    package = {"name": "shop", "scripts": {"start": "node server.js"}, "dependencies": wanted}
    return {"package.json": json.dumps(package), "server.js": code or "require('express')().listen(80)\n", **more}


class NodeEnvUnset(Rule):
    """A program that uses Express runs with NODE_ENV unset, which Express reads as `development`.

    Why: Express then sends the stack trace of each error to the visitor and reads its templates anew for each page.
    Fix: `ENV NODE_ENV=production` above the start command, below the last RUN: above an install it would leave out the
    development dependencies, with which the build goes by.
    Safety: safe where no line of the project's code asks for NODE_ENV, a comparison with `test` aside, and each
    dependency was looked into. Unsafe where one was not. A suggestion that quotes the line where the code asks for it:
    secure cookies and database settings hang on it. Left alone where another file or what starts the image sets it,
    where the program is no plain `node` (`next start` sets it itself; vite, nodemon, tsx are for development), and
    where no dependency gains by it.
    """

    code = "DF904"
    name = "node-env-unset"
    message = "NODE_ENV is not set, so Express runs as in development"
    sources = (
        "Express documentation: Production best practices, Set NODE_ENV to production",
        "the packages' own sources, searched for NODE_ENV (data/node_env.toml)",
    )
    may_change = frozenset({Aspect.ENVIRONMENT})
    worth = Worth.security()
    examples = (
        Example("above the start command", _NODE + _CMD, _NODE + _SET + _CMD, _files()),
        Example(
            "above its comment",
            _NODE + "\n# start\n" + _CMD,
            _NODE + "\n" + _SET + "# start\n" + _CMD,
            _files("cors", "dotenv"),
        ),
        Example(
            "started by npm",
            _NODE + 'CMD ["npm", "start"]\n',
            _NODE + _SET + 'CMD ["npm", "start"]\n',
            _files(),
        ),
        Example(
            "the last stage",
            "FROM node:22 AS build\n" + _NODE.partition("\n")[2] + "RUN npm run build\n"
            "FROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app /app\nUSER node\n" + _CMD,
            "FROM node:22 AS build\n" + _NODE.partition("\n")[2] + "RUN npm run build\n"
            "FROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app /app\nUSER node\n" + _SET + _CMD,
            _files(),
        ),
        Example(
            "lower case, CRLF, shell form",
            "from node:22\r\nworkdir /a\r\ncopy . .\r\nrun npm ci\r\ncmd node server.js\r\n",
            "from node:22\r\nworkdir /a\r\ncopy . .\r\nrun npm ci\r\nenv NODE_ENV=production\r\ncmd node server.js\r\n",
            _files(),
        ),
        Example(
            "a comparison with test, false in both",
            _NODE + _CMD,
            _NODE + _SET + _CMD,
            _files(code="if (process.env.NODE_ENV !== 'test') require('express')().listen(80)\n"),
        ),
        Example(
            "a RUN below the start command",
            _NODE + _CMD + "RUN npm run build\n",
            _NODE + _CMD + "RUN npm run build\n" + _SET,
            _files(),
        ),
        Example.unsafe(
            "a dependency that nobody looked into", _NODE + _CMD, _NODE + _SET + _CMD, _files("acme-platform")
        ),
        Example.suggested(
            "the code asks for it",
            _NODE + _CMD,
            _NODE + _SET + _CMD,
            _files(code="const secure = process.env.NODE_ENV === 'production'\n"),
        ),
        Example.unchanged("it is set", _NODE + _SET + _CMD, _files()),
        Example.unchanged(
            "compose sets it",
            _NODE + _CMD,
            _files(**{"compose.yaml": "services:\n  a:\n    build: .\n    environment:\n      NODE_ENV: staging\n"}),
        ),
        Example.unchanged("an env file sets it", _NODE + _CMD, _files(**{".env.example": "NODE_ENV=development\n"})),
        Example.unchanged("nodemon", _NODE + 'CMD ["npx", "nodemon", "server.js"]\n', _files()),
        Example.unchanged("next sets it itself", _NODE + 'CMD ["npx", "next", "start"]\n', _files("next")),
        Example.unchanged(
            "nothing gains by it", _NODE + _CMD, {"package.json": '{"dependencies": {"ws": "8"}}', "server.js": ""}
        ),
        Example.unchanged("for developers", _NODE.replace("slim", "slim AS dev") + _CMD, _files()),
        Example.unchanged("the context is not known", _NODE + _CMD),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        if stage is None or not context.known or variable(model, "NODE_ENV") or "NODE_ENV" in stage.final.args:
            return
        start = next((one for one in stage.stage.instructions if isinstance(one, Cmd | Entrypoint)), None)
        if start is None or for_developers(model) or started_otherwise(model):
            return
        found = node_environment(model, stage)
        if found is not None:
            yield self._judged(found, start, _edit(dockerfile, stage, start))

    def _judged(self, found: NodeEnvironment, start: Instruction, edit: Edit) -> Finding:
        title, message = "Set NODE_ENV to production", f"NODE_ENV is not set, so {found.gain} runs as in development"
        if found.branch is not None:
            path, line, text = found.branch
            because = f"{path}:{line} asks for it: {text[:80]}"
            fix = Fix.suggestion(title, edit, because=because)
            return self.finding(start, fix, message=message, facts=[Fact("asks for NODE_ENV", path, line)])
        if found.unknown is not None:
            because = f"what {found.unknown} makes of it is not known"
            return self.finding(start, Fix.unsafe(title, edit, because=because), message=message)
        because = "no line of the project's code asks for it, and of its dependencies none that would act otherwise"
        return self.finding(start, Fix.safe(title, edit, because=because), message=message)


def _edit(dockerfile: Dockerfile, stage: StageImage, start: Instruction) -> Edit:
    """A line above the start command and its comment; below the last RUN, where that stands below."""
    line = "ENV NODE_ENV=production"
    last = next((one for one in reversed(stage.stage.instructions) if isinstance(one, Run)), None)
    if last is not None and last.index > start.index:
        return insert_after(dockerfile, last, line)
    comments = dockerfile.comments_above(start)
    return insert_before(dockerfile, comments[0] if comments else start, line)
