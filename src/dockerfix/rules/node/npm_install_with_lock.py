"""`npm install` beside a lock file: it goes by the lock file as long as that fits, and by itself where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dockerfix.image import Image, StageImage, Step, image, script_of
from dockerfix.plans.packages.copied_along import copied_along
from dockerfix.plans.packages.npm_locks import LockedInstall, locked_installs, why_not_by_lock
from dockerfix.plans.serving.development import for_developers
from dockerfix.programs.installers.javascript.node_release import has_new_npm
from dockerfix.programs.installers.javascript.npm_calls import npm_call
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule
from dockerfix.shell.editing import replace_word
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_NODE = "FROM node:22-slim\nWORKDIR /app\n"
_COPIED = _NODE + "COPY package*.json ./\n"
_BRANCHES = frozenset({"if_statement", "case_statement", "subshell", "compound_statement"})


def _files(asked: str = "^4.18.0", locked: str = "4.19.2", **others: str) -> dict[str, str]:
    """A project that asks for Express, which asks for Accepts."""
    root = {"name": "shop", "dependencies": {"express": asked}}
    packages = {
        "": {"name": "shop", "dependencies": {"express": "^4.18.0"}},
        "node_modules/express": {"version": locked, "dependencies": {"accepts": "~1.3.8"}},
        "node_modules/accepts": {"version": "1.3.8"},
    }
    lock = {"name": "shop", "lockfileVersion": 3, "packages": packages}
    return {"package.json": json.dumps(root), "package-lock.json": json.dumps(lock), "server.js": "", **others}


def _without(name: str) -> dict[str, str]:
    files = _files()
    lock = json.loads(files["package-lock.json"])
    del lock["packages"][f"node_modules/{name}"]
    return files | {"package-lock.json": json.dumps(lock)}


class NpmInstallWithLock(Rule):
    """`npm install` installs a project that has a package-lock.json.

    Why: where package.json and the lock file have drifted apart, `npm install` picks other versions without a word;
    `npm ci` installs what the lock file says or stops. Where only package.json is copied, no version is fixed at all.
    Fix: `npm ci` with the same options; a COPY that brings package.json alone brings the lock file too.
    Safety: safe when the lock file is proved to be taken: in the format of npm 7 or later, the same dependencies as
    package.json says, every edge of its tree leading to a version that fits, optional packages of other systems
    included; and when the image has npm 7 or later. Unsafe when one of these is not known. Only reported where the
    lock file is not up to date. Left alone beside another manager's lock file, where commands change package.json, and
    where node_modules is brought or mounted.
    """

    code = "DF901"
    name = "npm-install-with-lock"
    message = "npm install may depart from package-lock.json"
    sources = ("npm documentation: npm ci", "docker-node: Best Practices")
    may_change = frozenset({Aspect.COMMAND_WORDS, Aspect.FILES})
    examples = (
        Example(
            "the lock file fits", before=_COPIED + "RUN npm install\n", after=_COPIED + "RUN npm ci\n", files=_files()
        ),
        Example(
            "options stay",
            before=_COPIED + "RUN npm i --omit=dev --no-audit && npm cache clean --force\n",
            after=_COPIED + "RUN npm ci --omit=dev --no-audit && npm cache clean --force\n",
            files=_files(),
        ),
        Example(
            "the lock file is copied along",
            before=_NODE + "COPY package.json ./\nRUN npm install\nCOPY . .\n",
            after=_NODE + "COPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n",
            files=_files(),
        ),
        Example(
            "in a list, by its path, with flags",
            before=_NODE + 'COPY --chown=node ["shop/package.json", "./"]\nRUN npm install --silent\n',
            after=_NODE
            + 'COPY --chown=node ["shop/package.json", "shop/package-lock.json", "./"]\nRUN npm ci --silent\n',
            files={f"shop/{path}": text for path, text in _files().items()},
        ),
        Example(
            "package.json is copied to a name of its own",
            before=_NODE + "COPY package.json /app/package.json\nRUN npm install\n",
            after=_NODE + "COPY package.json /app/package.json\nCOPY package-lock.json /app/\nRUN npm ci\n",
            files=_files(),
        ),
        Example(
            "the whole project",
            before=_NODE + "COPY . .\nRUN npm install && npm run build\n",
            after=_NODE + "COPY . .\nRUN npm ci && npm run build\n",
            files=_files(),
        ),
        Example(
            "a folder that the command names; a builder",
            before=_NODE.replace("\n", " AS build\n", 1) + "COPY web web\nRUN cd web && \\\r\n    npm install\n"
            "FROM nginx:1.27\n",
            after=_NODE.replace("\n", " AS build\n", 1) + "COPY web web\nRUN cd web && \\\r\n    npm ci\n"
            "FROM nginx:1.27\n",
            files={f"web/{path}": text for path, text in _files().items()},
        ),
        Example(
            "both branches",
            before=_COPIED + 'ARG MODE\nRUN if [ "$MODE" = dev ]; then npm install; else npm install --omit=dev; fi\n',
            after=_COPIED + 'ARG MODE\nRUN if [ "$MODE" = dev ]; then npm ci; else npm ci --omit=dev; fi\n',
            files=_files(),
        ),
        Example(
            "lower case, exec form",
            before='from node:22\nworkdir /app\ncopy . .\nrun ["npm", "install"]\n',
            after='from node:22\nworkdir /app\ncopy . .\nrun ["npm", "ci"]\n',
            files=_files(),
        ),
        Example.unsafe(
            "which npm the image has is not known",
            "FROM registry.example.com/base\nWORKDIR /app\nCOPY . .\nRUN npm install\n",
            "FROM registry.example.com/base\nWORKDIR /app\nCOPY . .\nRUN npm ci\n",
            files=_files(),
        ),
        Example.reported(
            "package.json asks for another version", _COPIED + "RUN npm install\n", files=_files("^5.0.0")
        ),
        Example.reported("a package is missing deep in the tree", _COPIED + "RUN npm install\n", _without("accepts")),
        Example.reported("a version does not fit", _COPIED + "RUN npm install\n", files=_files(locked="3.0.0")),
        Example.reported(
            "the lock file does not reach the builder",
            _COPIED + "RUN npm install\n",
            files=_files(**{".dockerignore": "package-lock.json\n"}),
        ),
        Example.reported(
            "Git ignores the lock file", _COPIED + "RUN npm install\n", files=_files(**{".gitignore": "*-lock.json\n"})
        ),
        Example.unchanged("npm ci", _COPIED + "RUN npm ci\n", files=_files()),
        Example.unchanged("a package by its name", _COPIED + "RUN npm install -g pm2\n", files=_files()),
        Example.unchanged(
            "there is no lock file", _COPIED + "RUN npm install\n", files={"package.json": _files()["package.json"]}
        ),
        Example.unchanged(
            "Yarn's lock file beside it", _COPIED + "RUN npm install\n", files=_files(**{"yarn.lock": "# yarn\n"})
        ),
        Example.unchanged("npm 6", _COPIED.replace("22-slim", "14") + "RUN npm install\n", files=_files()),
        Example.unchanged(
            "the lock file is thrown away", _COPIED + "RUN rm -f package-lock.json && npm install\n", files=_files()
        ),
        Example.unchanged(
            "package.json is changed first",
            _COPIED + "RUN npm pkg delete scripts.prepare && npm install\n",
            files=_files(),
        ),
        Example.unchanged("a second try", _COPIED + "RUN npm ci || npm install\n", files=_files()),
        Example.unchanged(
            "node_modules is brought",
            _COPIED + "COPY node_modules node_modules\nRUN npm install\n",
            files=_files(**{"node_modules/a/index.js": ""}),
        ),
        Example.unchanged(
            "node_modules is mounted",
            _COPIED + "RUN --mount=type=cache,target=/app/node_modules npm install\n",
            files=_files(),
        ),
        Example.unchanged("no lock file is wanted", _COPIED + "RUN npm install --no-package-lock\n", files=_files()),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        if not context.known:
            return
        for stage in model.stages:
            for step in stage.steps:
                if isinstance(step.instruction, Run):
                    for one in locked_installs(model, step):
                        yield self._judge(model, stage, step, one)

    def _judge(self, model: Image, stage: StageImage, step: Step, one: LockedInstall) -> Finding:
        place = one.item.program.span
        is_new = has_new_npm(stage, step)
        kept = for_developers(model) or _meant(step, one) or ("npm 6 does not read it so" if is_new is False else None)
        reason = why_not_by_lock(model, stage, step, one)
        if kept is not None or (reason is not None and not _is_fault(reason)):
            return self.declined(place, kept or reason or "")
        check = one.check(model.context)
        if reason is not None or check.fault:
            return self.finding(place, because=reason or f"the lock file is not up to date: {check.fault}")
        if check.is_old:
            return self.finding(place, because=f"{check.doubt}; write it anew with npm install")
        edits = self._edits(model, stage, step, one)
        if edits is None:
            return self.finding(place, because=f"{one.lock} is not copied into the image; copy it beside package.json")
        doubt = check.doubt or ("" if is_new else "which npm the image has is not known")
        why = f"{one.lock} is what package.json asks for, and each package in it has what it needs"
        make = Fix.unsafe if doubt else Fix.safe
        facts = [Fact("fixes the versions", one.lock)]
        return self.finding(place, make("Install by the lock file", *edits, because=doubt or why), facts=facts)

    def _edits(self, model: Image, stage: StageImage, step: Step, one: LockedInstall) -> list[Edit] | None:
        given = npm_call(one.item.program)
        verb = given.verb_word if given is not None else None
        edit = replace_word(one.item.program, verb, "ci") if verb is not None else None
        if edit is None:
            return None
        if one.brought:
            return [edit]
        copied = copied_along(model, stage, step, one.manifest, one.lock)
        return [copied, edit] if copied is not None else None


def _is_fault(reason: str) -> bool:
    """Whether it is the project that is wrong, and not the look of it that is in doubt."""
    return reason.startswith(("Git ignores", "the ignore file"))


def _meant(step: Step, one: LockedInstall) -> str | None:
    """What tells that `npm install` is there on purpose."""
    commands = step.commands or ()
    script = script_of(step.instruction) if isinstance(step.instruction, Run) else None
    verbs = {given.verb for item in commands if (given := npm_call(item.program)) is not None}
    if "ci" in verbs or (script is not None and "||" in script.operators):
        return "it only runs when something else fails"
    if not set(one.item.command.within) <= _BRANCHES:
        return "it stands in a loop, a pipe or another shell"
    if any("lock" in word.raw for item in commands if item.program.name in ("[", "[[", "test")
           for word in item.program.words):  # fmt: skip
        return "the RUN looks itself whether a lock file is there"
    return None
