"""`--only=production` and `--production`: names of npm 6 for what is called `--omit=dev` since."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import StageImage, Step, image
from dockerfix.programs.installers.javascript.node_release import has_new_npm
from dockerfix.programs.installers.javascript.npm_calls import fetches, npm_call
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import Command, ShellWord
from dockerfix.shell.editing import remove_word, replace_word
from dockerfix.syntax import Dockerfile, Run
from dockerfix.text import Edit

_NODE = "FROM node:22-slim\n"
_OLD = frozenset({"--only=production", "--only=prod", "--production", "--production=true"})
_VALUES = frozenset({"production", "prod"})


class ProductionOnly(Rule):
    """`npm ci --only=production` or `npm install --production` leaves development dependencies out.

    Why: npm 7 gave these options another name; it warns about the old ones, which may go.
    Fix: `--omit=dev`.
    Safety: safe where the image has npm 7 or later, which reads both alike (tried with npm 10.9, 11.19 and 12.2). Left
    alone with npm 6, which does not know the new name, where the release is not known, and for other package managers.
    """

    code = "DF902"
    name = "production-only"
    message = "npm 7 renamed this option"
    sources = ("npm documentation: config, only, production, omit",)
    may_change = frozenset({Aspect.COMMAND_WORDS})
    examples = (
        Example("npm ci", before=_NODE + "RUN npm ci --only=production\n", after=_NODE + "RUN npm ci --omit=dev\n"),
        Example("npm install", before=_NODE + "RUN npm i --production\n", after=_NODE + "RUN npm i --omit=dev\n"),
        Example(
            "two words", before=_NODE + "RUN npm ci --only production -s\n", after=_NODE + "RUN npm ci --omit=dev -s\n"
        ),
        Example(
            "before the verb",
            before=_NODE + "RUN npm --only=prod install\n",
            after=_NODE + "RUN npm --omit=dev install\n",
        ),
        Example(
            "exec form",
            before=_NODE + 'RUN ["npm", "ci", "--production"]\n',
            after=_NODE + 'RUN ["npm", "ci", "--omit=dev"]\n',
        ),
        Example(
            "a heredoc, CRLF and lower case",
            before="from node:20\r\nrun <<EOF\r\nnpm ci --only=production\r\nEOF\r\n",
            after="from node:20\r\nrun <<EOF\r\nnpm ci --omit=dev\r\nEOF\r\n",
        ),
        Example(
            "inside a chain with comments",
            before=_NODE
            + "RUN cd web \\\n    # no tools\n    && npm ci --only=production \\\n    && npm cache clean -f\n",
            after=_NODE + "RUN cd web \\\n    # no tools\n    && npm ci --omit=dev \\\n    && npm cache clean -f\n",
        ),
        Example(
            "npm that a line above brings up to date",
            before="FROM node:14\nRUN npm install -g npm@8\nRUN npm ci --production\n",
            after="FROM node:14\nRUN npm install -g npm@8\nRUN npm ci --omit=dev\n",
        ),
        Example.unchanged("the new name", _NODE + "RUN npm ci --omit=dev\n"),
        Example.unchanged("npm 6", "FROM node:14\nRUN npm ci --only=production\n"),
        Example.unchanged("a release that is not known", "FROM debian:9\nRUN npm ci --only=production\n"),
        Example.unchanged("Yarn has its own --production", _NODE + "RUN yarn install --production\n"),
        Example.unchanged("pnpm too", _NODE + "RUN pnpm install --production\n"),
        Example.unchanged("development alone", _NODE + "RUN npm install --only=dev\n"),
        Example.unchanged("turned off", _NODE + "RUN npm install --production=false\n"),
        Example.unchanged("both names", _NODE + "RUN npm ci --production --omit=dev\n"),
        Example.unchanged("text is no command", _NODE + 'RUN echo "npm ci --production"\n'),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for stage in image(dockerfile, context).stages:
            for step in stage.steps:
                if isinstance(step.instruction, Run):
                    yield from self._judge(stage, step, dockerfile.source)

    def _judge(self, stage: StageImage, step: Step, source: bytes) -> Iterator[Finding]:
        for item in step.commands or ():
            given = npm_call(item.program)
            word = _old_option(item.program) if given is not None and fetches(item) else None
            if given is None or word is None or given.has("--omit", "--include", "--dev", "--also"):
                continue
            if not has_new_npm(stage, step):
                yield self.declined(word.span, "the image has npm 6, or which one it has is not known")
                continue
            edits = _edits(item.program, word, source)
            if edits is None:
                yield self.finding(word.span, because="the command stands inside quotes; edit it by hand")
            else:
                why = "npm 7 and later read both alike"
                yield self.finding(word.span, Fix.safe("Use --omit=dev", *edits, because=why))


def _old_option(program: Command) -> ShellWord | None:
    """The option under its old name; None too where it stands there twice."""
    words = program.words
    pairs = zip(words, [*words[1:], None], strict=True)
    found = [word for word, value in pairs if word.value in _OLD or _is_split(word, value)]
    return found[0] if len(found) == 1 else None


def _is_split(word: ShellWord, value: ShellWord | None) -> bool:
    return word.value == "--only" and value is not None and value.value in _VALUES


def _edits(program: Command, word: ShellWord, source: bytes) -> list[Edit] | None:
    edits = [replace_word(program, word, "--omit=dev")]
    if word.value == "--only":
        edits.append(remove_word(program, program.words[program.words.index(word) + 1], source))
    known = [edit for edit in edits if edit is not None]
    return known if len(known) == len(edits) else None
