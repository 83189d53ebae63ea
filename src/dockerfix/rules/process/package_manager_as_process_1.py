"""A package manager as process 1: it ends on SIGTERM, and the program behind it never hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, StageImage, image
from dockerfix.plans.process.handed_words import looked_at_by
from dockerfix.plans.process.manager_start import ManagedStart, hears_sigterm, managed_start, why_managed
from dockerfix.plans.serving.development import for_developers
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, exec_form
from dockerfix.text import Edit, encode

_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\n"
_NPM = _NODE + 'CMD ["npm", "start"]\n'
_PLAIN = _NODE + 'CMD ["node", "server.js"]\n'
_HEARS = "process.on('SIGTERM', () => server.close());\n"


def _files(script: str = "node server.js", source: str = _HEARS, **others: str) -> dict[str, str]:
    scripts = f'{{"start": "{script}"' + "".join(f', "{name}": "x"' for name in others if "." not in name) + "}"
    files = {path: text for path, text in others.items() if "." in path}
    return {"package.json": f'{{"name": "shop", "scripts": {scripts}}}', "server.js": source, **files}


class PackageManagerAsProcess1(Rule):
    """CMD or ENTRYPOINT starts the program by `npm start`, `yarn start` or the like.

    Why: on SIGTERM npm ends, and the container with it: the program is killed without having heard that it is to
    stop, so that requests and transactions break off. npm also stays in memory beside it.
    Fix: the words of the script in package.json in place of `npm start`.
    Safety: safe for `node [options] file` without a pre or post script, where the project's files that run neither
    read variables that npm sets nor start other programs, and either have a handler for SIGTERM or stand behind an
    init: as process 1, Node without a handler does not hear it at all and is killed after ten seconds, where npm ends
    at once. A suggestion where no handler is found, and for programs of packages (`next start`).
    """

    code = "DF403"
    name = "package-manager-as-process-1"
    message = "the package manager is process 1, and the program never hears SIGTERM"
    sources = ("docker-node: Best Practices, CMD", "npm documentation: npm start")
    may_change = frozenset({Aspect.START_COMMAND})
    examples = (
        Example("npm start", before=_NPM, after=_PLAIN, files=_files()),
        Example("npm run", before=_NODE + 'CMD ["npm", "run", "start"]\n', after=_PLAIN, files=_files()),
        Example("Yarn", before=_NODE + 'CMD ["yarn", "start"]\n', after=_PLAIN, files=_files()),
        Example("pnpm", before=_NODE + 'CMD ["pnpm", "run", "start"]\n', after=_PLAIN, files=_files()),
        Example(
            "options of node",
            before=_NPM,
            after=_NODE + 'CMD ["node", "--enable-source-maps", "server.js"]\n',
            files=_files("node --enable-source-maps server.js"),
        ),
        Example(
            "an init in front hands SIGTERM on",
            before=_NODE + 'ENTRYPOINT ["tini", "--"]\nCMD ["npm", "start"]\n',
            after=_NODE + 'ENTRYPOINT ["tini", "--"]\nCMD ["node", "server.js"]\n',
            files=_files(source="require('http').createServer().listen(80)\n"),
        ),
        Example(
            "ENTRYPOINT, lower case, CRLF, silent",
            before='from node:22\r\nworkdir /app\r\ncopy . .\r\nentrypoint ["npm", "start", "--silent"]\r\n',
            after='from node:22\r\nworkdir /app\r\ncopy . .\r\nentrypoint ["node", "server.js"]\r\n',
            files=_files(),
        ),
        Example(
            "the handler stands in a module that is imported",
            before=_NPM,
            after=_PLAIN,
            files=_files(source="require('./stop');\n", **{"stop.js": _HEARS}),
        ),
        Example.suggested(
            "without a handler, Node as process 1 would not stop at all",
            _NPM,
            _PLAIN,
            files=_files(source="require('http').createServer().listen(80)\n"),
        ),
        Example.suggested(
            "a program of a package",
            _NPM,
            _NODE + 'CMD ["node_modules/.bin/next", "start"]\n',
            files=_files("next start"),
        ),
        Example.unsafe(
            "npm's variables", _NPM, _PLAIN, files=_files(source=_HEARS + "log(process.env.npm_package_version)\n")
        ),
        Example.reported("the script sets a variable", _NPM, files=_files("NODE_ENV=production node server.js")),
        Example.reported("two commands", _NPM, files=_files("prisma migrate deploy && node server.js")),
        Example.reported("a script before it", _NPM, files=_files(prestart="x")),
        Example.reported("a member of the workspace", _NODE + 'CMD ["npm", "start", "-w", "api"]\n', files=_files()),
        Example.reported("more words", _NODE + 'CMD ["npm", "start", "--", "--port=1"]\n', files=_files()),
        Example.reported("no such script", _NODE + 'CMD ["npm", "run", "serve"]\n', files=_files()),
        Example.reported(
            "an ENTRYPOINT that may look at the words",
            _NODE + 'ENTRYPOINT ["./run.sh"]\nCMD ["npm", "start"]\n',
            files=_files(**{"run.sh": '#!/bin/sh\n[ "$1" = npm ] && npm run migrate\nexec "$@"\n'}),
        ),
        Example.unchanged("the program itself", _PLAIN, files=_files()),
        Example.unchanged("shell form is another rule's", _NODE + "CMD npm start\n", files=_files()),
        Example.unchanged(
            "another command of npm", _NODE + 'CMD ["npm", "test"]\n'.replace("test", "ci"), files=_files()
        ),
        Example.unchanged(
            "for developers", _NODE.replace("\n", " AS dev\n", 1) + 'CMD ["npm", "start"]\n', files=_files()
        ),
        Example.unchanged("a program of npx", _NODE + 'CMD ["npx", "serve"]\n', files=_files()),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        stage = model.final
        instruction = _starting(stage) if stage is not None and context.known else None
        if stage is None or instruction is None:
            return
        words = tuple(word.value for word in instruction.words)
        start = managed_start(model, stage, words)
        if start is None:
            return
        developers = for_developers(model)
        if developers is not None:
            yield self.declined(instruction, developers)
        elif isinstance(start, str):
            yield self.finding(instruction, because=start)
        else:
            yield self._judge(model, stage, instruction, start)

    def _judge(self, model: Image, stage: StageImage, instruction: Cmd | Entrypoint, start: ManagedStart) -> Finding:
        program = looked_at_by(model, stage) if isinstance(instruction, Cmd) else None
        if program is not None:
            return self.finding(
                instruction, because=f"the ENTRYPOINT {program} is given the words and may look at them"
            )
        if start.words is None or instruction.comments:
            return self.finding(instruction, because=f"the script {start.name} needs a shell: {start.script}")
        facts = [Fact(f"the script {start.name}", start.manifest)]
        title = "Start the program itself"
        if not start.is_node:
            return self._of_package(instruction, start, facts, title)
        edit = _edit(instruction, start.words)
        hears = hears_sigterm(model, stage)
        if hears is None:
            why = "no handler for SIGTERM is found, and as process 1 Node hears it by none else: add one, or an init"
            return self.finding(instruction, Fix.suggestion(title, edit, because=why), facts=facts)
        doubt = why_managed(model, stage, start)
        make = Fix.unsafe if doubt is not None else Fix.safe
        why = doubt or f"the script is just that, and {hears}"
        return self.finding(instruction, make(title, edit, because=why), facts=facts)

    def _of_package(self, instruction: Cmd | Entrypoint, start: ManagedStart, facts: list[Fact], title: str) -> Finding:
        words = start.words or ()
        if "/" in words[0] or words[0] in ("npm", "npx", "yarn", "pnpm", "cross-env", "sh", "bash"):
            return self.finding(instruction, because=f"the script {start.name} starts {words[0]} on the way")
        edit = _edit(instruction, (f"node_modules/.bin/{words[0]}", *words[1:]))
        why = f"whether {words[0]} ends on SIGTERM as process 1 is not known here"
        return self.finding(instruction, Fix.suggestion(title, edit, because=why), facts=facts)


def _starting(stage: StageImage) -> Cmd | Entrypoint | None:
    """The instruction in exec form that names the program: CMD, or an ENTRYPOINT that is given nothing."""
    own = [one for one in stage.stage.instructions if isinstance(one, Cmd | Entrypoint)]
    commands = [one for one in own if isinstance(one, Cmd)]
    entries = [one for one in own if isinstance(one, Entrypoint)]
    found = commands[-1] if commands else entries[-1] if entries and not stage.start.cmd else None
    return found if found is not None and found.form == "json" and found.words else None


def _edit(instruction: Cmd | Entrypoint, words: tuple[str, ...]) -> Edit:
    return Edit(instruction.arguments.whole, encode(exec_form(words)))
