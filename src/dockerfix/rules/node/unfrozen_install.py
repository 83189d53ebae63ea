"""Yarn, pnpm and Bun may leave the versions of their lock file, unless they are told not to."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dockerfix.image import Image, StageImage, Step, image
from dockerfix.plans.packages.copied_along import copied_along
from dockerfix.plans.packages.frozen_installs import FrozenInstall, frozen_installs, why_lock_is_away
from dockerfix.plans.serving.development import for_developers
from dockerfix.rule import Aspect, BuildContext, Example, Fact, Finding, Fix, Rule
from dockerfix.shell import add_option
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_NODE = "FROM node:22-slim\nWORKDIR /app\n"
_YARN = _NODE + "COPY package.json yarn.lock ./\n"
_PNPM = _NODE + "RUN npm install -g pnpm@10\nCOPY package.json pnpm-lock.yaml ./\n"
_BUN = "FROM oven/bun:1\nWORKDIR /app\nCOPY package.json bun.lock ./\n"
_PACKAGE = json.dumps({"name": "shop", "dependencies": {"express": "^4.18.0"}})
_LOCK1 = '# yarn lockfile v1\n\n\nexpress@^4.18.0:\n  version "4.22.1"\n'
_LOCK4 = (
    "__metadata:\n  version: 8\n\n"
    '"express@npm:^4.18.0":\n  version: 4.22.1\n\n'
    '"shop@workspace:.":\n  version: 0.0.0-use.local\n  dependencies:\n    express: "npm:^4.18.0"\n'
)
_PNPM_LOCK = (
    "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      express:\n"
    "        specifier: ^4.18.0\n        version: 4.22.1\n"
)
_BUN_LOCK = (
    '{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": {\n      "name": "shop",\n      "dependencies": {\n'
    '        "express": "^4.18.0",\n      },\n    },\n  },\n}\n'
)
_YARN_FILES = {"package.json": _PACKAGE, "yarn.lock": _LOCK1, "server.js": ""}
_BERRY_FILES = {
    "package.json": _PACKAGE[:-1] + ', "packageManager": "yarn@4.9.2"}',
    "yarn.lock": _LOCK4,
    ".yarnrc.yml": "nodeLinker: node-modules\n",
}
_PNPM_FILES = {"package.json": _PACKAGE, "pnpm-lock.yaml": _PNPM_LOCK}
_BUN_FILES = {"package.json": _PACKAGE, "bun.lock": _BUN_LOCK}
_OLDER = _PACKAGE.replace("4.18", "4.17")


class UnfrozenInstall(Rule):
    """`yarn install`, `pnpm install` or `bun install` beside a lock file, without the option that makes it count.

    Why: where package.json and the lock file have drifted apart, other versions are picked without a word.
    Fix: `--frozen-lockfile`; `--immutable` for Yarn 2 and later. A COPY that brings package.json alone brings the lock
    file, too.
    Safety: safe when the lock file is proved to fit package.json, in the way in which the manager looks itself. Unsafe
    where overrides or the manager's release leave a doubt, and for `bun.lockb`. Only reported where it does not fit.
    Left alone where an option, a variable (`CI`) or a setting decides, where commands change package.json, and for a
    lock file of another release's format.
    """

    code = "DF903"
    name = "unfrozen-install"
    message = "the install is free to leave the versions of the lock file"
    sources = (
        "Yarn 1 documentation: yarn install; Yarn documentation: yarn install",
        "pnpm documentation: pnpm install",
        "Bun documentation: bun install",
        "tried: Yarn 1.22.22 and 4.18.1",
    )
    may_change = frozenset({Aspect.COMMAND_WORDS, Aspect.FILES})
    examples = (
        Example("Yarn 1", _YARN + "RUN yarn install\n", _YARN + "RUN yarn install --frozen-lockfile\n", _YARN_FILES),
        Example("a lone yarn", _YARN + "RUN yarn\n", _YARN + "RUN yarn --frozen-lockfile\n", _YARN_FILES),
        Example(
            "with options, in a chain, with a comment",
            _YARN + "RUN yarn install --production \\\n    # smaller\n    && yarn cache clean\n",
            _YARN + "RUN yarn install --frozen-lockfile --production \\\n    # smaller\n    && yarn cache clean\n",
            _YARN_FILES,
        ),
        Example(
            "Yarn 4",
            _NODE + "RUN corepack enable\nCOPY . .\nRUN yarn install\n",
            _NODE + "RUN corepack enable\nCOPY . .\nRUN yarn install --immutable\n",
            _BERRY_FILES,
        ),
        Example("pnpm", _PNPM + "RUN pnpm i -P\n", _PNPM + "RUN pnpm i --frozen-lockfile -P\n", _PNPM_FILES),
        Example("Bun", _BUN + "RUN bun install\n", _BUN + "RUN bun install --frozen-lockfile\n", _BUN_FILES),
        Example(
            "the lock file is copied along",
            _NODE + "COPY package.json ./\nRUN yarn\nCOPY . .\n",
            _NODE + "COPY package.json yarn.lock ./\nRUN yarn --frozen-lockfile\nCOPY . .\n",
            _YARN_FILES,
        ),
        Example(
            "exec form",
            _YARN + 'RUN ["yarn", "install"]\n',
            _YARN + 'RUN ["yarn", "install", "--frozen-lockfile"]\n',
            _YARN_FILES,
        ),
        Example(
            "lower case, CRLF, in a folder",
            "from node:22\r\nworkdir /a\r\ncopy web web\r\nrun cd web && \\\r\n  yarn install\r\n",
            "from node:22\r\nworkdir /a\r\ncopy web web\r\nrun cd web && \\\r\n  yarn install --frozen-lockfile\r\n",
            {f"web/{path}": text for path, text in _YARN_FILES.items()},
        ),
        Example.unsafe(
            "a lock file that cannot be read",
            _BUN.replace("bun.lock", "bun.lockb") + "RUN bun install\n",
            _BUN.replace("bun.lock", "bun.lockb") + "RUN bun install --frozen-lockfile\n",
            {"package.json": _PACKAGE, "bun.lockb": "\0"},
        ),
        Example.reported("Yarn's does not fit", _YARN + "RUN yarn\n", {**_YARN_FILES, "package.json": _OLDER}),
        Example.reported("pnpm's neither", _PNPM + "RUN pnpm i\n", {**_PNPM_FILES, "package.json": _OLDER}),
        Example.unchanged("frozen", _YARN + "RUN yarn install --frozen-lockfile\n", _YARN_FILES),
        Example.unchanged("bun ci", _BUN + "RUN bun ci\n", _BUN_FILES),
        Example.unchanged("turned off on purpose", _PNPM + "RUN pnpm i --no-frozen-lockfile\n", _PNPM_FILES),
        Example.unchanged("CI is set, where pnpm is so by itself", _PNPM + "ENV CI=true\nRUN pnpm i\n", _PNPM_FILES),
        Example.unchanged("a lock file of pnpm 9, and pnpm 8", _PNPM.replace("10", "8") + "RUN pnpm i\n", _PNPM_FILES),
        Example.unchanged(
            "a lock file of Yarn 4, and Yarn 1", _YARN + "RUN yarn\n", {**_YARN_FILES, "yarn.lock": _LOCK4}
        ),
        Example.unchanged("a package by its name", _YARN + "RUN yarn add left-pad\n", _YARN_FILES),
        Example.unchanged("what failed is tried again", _YARN + "RUN yarn --offline || yarn\n", _YARN_FILES),
        Example.unchanged(
            "package.json is changed first", _YARN + "RUN npm pkg delete scripts.x && yarn\n", _YARN_FILES
        ),
        Example.unchanged("there is no lock file", _NODE + "COPY . .\nRUN yarn\n", {"package.json": _PACKAGE}),
        Example.unchanged("text", _YARN + 'RUN echo "yarn install"\n', _YARN_FILES),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        if not context.known:
            return
        for stage in model.stages:
            for step in stage.steps:
                if isinstance(step.instruction, Run):
                    for one in frozen_installs(model, stage, step):
                        yield self._judge(model, stage, step, one)

    def _judge(self, model: Image, stage: StageImage, step: Step, one: FrozenInstall) -> Finding:
        place = one.item.program.span
        kept = one.meant or for_developers(model)
        if kept is not None:
            return self.declined(place, kept)
        check, away = one.check(model.context), why_lock_is_away(model.context, one.lock)
        if away is not None or check.fault:
            return self.finding(place, because=away or f"the lock file is not up to date: {check.fault}")
        option = add_option(one.item.program, one.behind, one.option)
        copied = None if one.brought else copied_along(model, stage, step, one.manifest, one.lock)
        if option is None or not (one.brought or copied):
            what = "edit the command by hand" if option is None else f"copy {one.lock} beside package.json"
            return self.finding(place, because=f"the lock file would count; {what}")
        edits: list[Edit] = [copied, option] if copied is not None else [option]
        doubt = check.doubt or one.doubt
        because = doubt or f"{one.lock} has all that package.json asks for"
        make = Fix.unsafe if doubt else Fix.safe
        fix = make(f"Install with {one.option}", *edits, because=because)
        return self.finding(place, fix, facts=[Fact("fixes the versions", one.lock)])
