"""`npm ci` where no lock file is."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image import Image, RunCommand, StageImage, Step, image, script_of
from dockerfix.plans.order import installs
from dockerfix.plans.packages.copied_along import copied_along
from dockerfix.plans.packages.missing_files import is_missing
from dockerfix.programs.installers.javascript.npm import FROM_LOCK
from dockerfix.programs.installers.javascript.npm_calls import npm_call
from dockerfix.project.context.git_ignored import is_git_ignored
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell import replace_word
from dockerfix.syntax import Dockerfile, Run

_NODE = "FROM node:22-slim\nWORKDIR /app\n"
_COPIED = _NODE + "COPY package*.json ./\n"
_ONE = _NODE + "COPY package.json ./\n"
_BOTH = _NODE + "COPY package.json package-lock.json ./\n"
_BARE = {"package.json": "{}", "server.js": ""}
_LOCKED = {**_BARE, "package-lock.json": "{}"}
_NAMES = ("package-lock.json", "npm-shrinkwrap.json")


class NpmCiWithoutLock(Rule):
    """`npm ci` runs where no package-lock.json is: the build stops there.

    Why: npm ends with `The npm ci command can only install with an existing package-lock.json`.
    Fix: the lock file that the project has is copied beside package.json. Where the project has none, `npm install` is
    suggested; better is to commit a lock file.
    Safety: safe where the lock file is there and only the COPY lacks it, as nothing can be built the way it stands.
    Left alone where something above may make the file, and where the build goes on without it.
    """

    code = "DF905"
    name = "npm-ci-without-lock"
    message = "npm ci needs a lock file, and none is there: the build stops here"
    sources = ("npm documentation: npm ci", "tried: npm 11.19.1, EUSAGE")
    may_change = frozenset({Aspect.FILES, Aspect.COMMAND_WORDS})
    worth = Worth.stops()
    examples = (
        Example("it is not copied", _ONE + "RUN npm ci\n", _BOTH + "RUN npm ci\n", _LOCKED),
        Example(
            "with options, in a chain",
            _ONE + "RUN npm ci --omit=dev && npm cache clean --force\n",
            _BOTH + "RUN npm ci --omit=dev && npm cache clean --force\n",
            _LOCKED,
        ),
        Example(
            "lower case, CRLF",
            "from node:22\r\nworkdir /a\r\ncopy package.json ./\r\nrun npm ci\r\n",
            "from node:22\r\nworkdir /a\r\ncopy package.json package-lock.json ./\r\nrun npm ci\r\n",
            _LOCKED,
        ),
        Example(
            "in a list, by its path, with flags",
            _NODE + 'COPY --chown=node ["shop/package.json", "./"]\nRUN npm ci\n',
            _NODE + 'COPY --chown=node ["shop/package.json", "shop/package-lock.json", "./"]\nRUN npm ci\n',
            {f"shop/{path}": text for path, text in _LOCKED.items()},
        ),
        Example(
            "to a name of its own",
            _NODE + "COPY package.json /app/package.json\nRUN npm ci\n",
            _NODE + "COPY package.json /app/package.json\nCOPY package-lock.json /app/\nRUN npm ci\n",
            _LOCKED,
        ),
        Example.suggested("the project has none", _COPIED + "RUN npm ci\n", _COPIED + "RUN npm install\n", _BARE),
        Example.suggested(
            "options stay",
            _NODE + "COPY . .\nRUN npm ci --omit=dev\n",
            _NODE + "COPY . .\nRUN npm install --omit=dev\n",
            _BARE,
        ),
        Example.suggested(
            "Git ignores it",
            _COPIED + "RUN npm ci\n",
            _COPIED + "RUN npm install\n",
            {**_BARE, ".gitignore": "package-lock.json\n"},
        ),
        Example.reported(
            "the ignore file hides it", _COPIED + "RUN npm ci\n", {**_LOCKED, ".dockerignore": "*-lock.json\n"}
        ),
        Example.unchanged("it is there", _COPIED + "RUN npm ci\n", _LOCKED),
        Example.unchanged("by a second name", _NODE + "COPY . .\nRUN npm ci\n", {**_BARE, "npm-shrinkwrap.json": "{}"}),
        Example.unchanged("the build goes on", _COPIED + "RUN npm ci || npm install\n", _BARE),
        Example.unchanged(
            "the RUN looks for it", _COPIED + "RUN if [ -f package-lock.json ]; then npm ci; else npm i; fi\n", _BARE
        ),
        Example.unchanged("a command makes it", _COPIED + "RUN npm i --package-lock-only && npm ci\n", _BARE),
        Example.unchanged("another stage has it", "FROM a AS b\n" + _ONE + "COPY --from=b /a/ ./\nRUN npm ci\n", _BARE),
        Example.unchanged("a base image that is not known", _COPIED.replace("node", "corp/x") + "RUN npm ci\n", _BARE),
        Example.unchanged("the context is not known", _COPIED + "RUN npm ci\n"),
        Example.unchanged("another verb", _COPIED + "RUN npm install\n", _BARE),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages:
            for step in stage.steps:
                for item in step.commands or () if isinstance(step.instruction, Run) else ():
                    given = npm_call(item.program)
                    if given is not None and given.verb in FROM_LOCK and not _may_fail(step, item):
                        yield from self._judge(model, stage, step, item)

    def _judge(self, model: Image, stage: StageImage, step: Step, item: RunCommand) -> Iterator[Finding]:
        manifest = _manifest(model, step, item)
        if manifest is None or manifest[1].startswith("../"):
            return
        place, path = manifest
        folder, beside = posixpath.dirname(place), posixpath.dirname(path)
        if not all(is_missing(model, stage, step, item, posixpath.join(folder, name)) for name in _NAMES):
            return
        lock = posixpath.join(beside, _NAMES[0])
        if model.context.is_file(lock):
            yield self._to_copy(model, stage, step, item, (path, lock))
            return
        given = npm_call(item.program)
        edit = replace_word(item.program, given.verb_word, "install") if given and given.verb_word else None
        ignored = is_git_ignored(model.context, lock)
        because = f"Git ignores {lock}; commit it instead" if ignored else "commit a package-lock.json instead"
        fix = Fix.suggestion("Use npm install", edit, because=because) if edit is not None else None
        yield self.finding(item.program.span, fix, because=because)

    def _to_copy(
        self, model: Image, stage: StageImage, step: Step, item: RunCommand, paths: tuple[str, str]
    ) -> Finding:
        place = item.program.span
        if paths[1] not in (sent_files(model.context) or ()):
            return self.finding(place, because=f"the ignore file keeps {paths[1]} out of the build context")
        edit = copied_along(model, stage, step, *paths)
        if edit is None:
            return self.finding(place, because=f"{paths[1]} is not copied; copy it beside package.json")
        because = f"the project has {paths[1]}, and nothing can be built as it stands"
        return self.finding(place, Fix.safe(f"Copy {paths[1]}, too", edit, because=because))


def _may_fail(step: Step, item: RunCommand) -> bool:
    """Whether the build goes on without the command, or decides itself whether to run it."""
    run = step.instruction
    script = script_of(run) if isinstance(run, Run) else None
    return bool(item.command.within) or (script is not None and "||" in script.operators)


def _manifest(model: Image, step: Step, item: RunCommand) -> tuple[str, str] | None:
    """The package.json that the command reads: its place in the image and its path in the context."""
    found = installs(model.dockerfile, model.context).get(step.instruction.index, ())
    own = next((one for one in found if one.command is item.program), None)
    places = own.reads.items() if own is not None else ()
    return next(((place, path) for place, path in places if posixpath.basename(place) == "package.json"), None)
