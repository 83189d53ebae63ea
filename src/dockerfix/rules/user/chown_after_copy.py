"""`chown -R` behind COPY: every file that it touches stands in the image twice."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Image, StageImage, image, source_files
from dockerfix.plans.user.recursive_chown import RecursiveChown, recursive_chowns
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.shell.editing import insert_words, remove_word
from dockerfix.syntax import Dockerfile, Instruction, set_flag, whole_lines
from dockerfix.syntax.paragraphs import insert_block
from dockerfix.text import Edit, Span, apply_edits, decode

_HEAD = "FROM python:3.12-slim\nRUN useradd -m app\nWORKDIR /app\n"
_BARE = "FROM python:3.12-slim\nWORKDIR /app\n"


class ChownAfterCopy(Rule):
    """A RUN changes the owner of what a COPY above it brought.

    Why: a layer holds whole files, so each one that only changes hands is stored a second time.
    Fix: `--chown` on the copies, and `chown` without `-R` for the folders that WORKDIR and `mkdir` made; a RUN that
    makes the user goes above the copies.
    Safety: safe where everything below the path is known to come from copies, WORKDIR or `mkdir`. Left alone where
    another command may have made files there, where the base image has some, or where the user cannot be had above.
    """

    code = "DF502"
    name = "chown-after-copy"
    message = "chown -R stores every copied file a second time"
    sources = ("Docker documentation: COPY --chown", "Docker documentation: Building best practices")
    may_change = frozenset({Aspect.USER, Aspect.COMMANDS, Aspect.LAYER_ORDER})
    examples = (
        Example(
            "the user is there",
            before=_HEAD + "COPY . .\nRUN chown -R app:app /app\nUSER app\n",
            after=_HEAD + "COPY --chown=app:app . .\nRUN chown app:app /app\nUSER app\n",
        ),
        Example(
            "a user of the base image, and a folder that mkdir makes",
            before="FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN mkdir -p logs && chown -R node:node /app\n",
            after="FROM node:22-slim\nWORKDIR /app\nCOPY --chown=node:node . .\n"
            "RUN mkdir -p logs && chown node:node /app /app/logs\n",
        ),
        Example(
            "the user is made in the same RUN",
            before=_BARE + "COPY . .\n\n# no root\nRUN useradd -m app && \\\n    chown -R app:app /app\n\nUSER app\n",
            after=_BARE
            + "# no root\nRUN useradd -m app && \\\n    chown app:app /app\nCOPY --chown=app:app . .\n\nUSER app\n",
        ),
        Example(
            "several copies, one from another stage",
            before="FROM node:22 AS build\nRUN make\n"
            + _HEAD.replace("useradd -m", "useradd")
            + "COPY req.txt ./\nRUN pip install --no-cache-dir -r req.txt\nCOPY --from=build /out web\nCOPY . .\n"
            "RUN chown -R app .\nUSER app\n",
            after="FROM node:22 AS build\nRUN make\n"
            + _HEAD.replace("useradd -m", "useradd")
            + "COPY --chown=app:root req.txt ./\nRUN pip install --no-cache-dir -r req.txt\n"
            "COPY --from=build --chown=app:root /out web\nCOPY --chown=app:root . .\nRUN chown app .\nUSER app\n",
            files={"req.txt": "flask\n", "main.py": ""},
        ),
        Example(
            "a copy that has the owner already",
            before=_HEAD + "COPY --chown=app:app a.py .\nCOPY b.py .\nRUN chown -R app:app /app\n",
            after=_HEAD + "COPY --chown=app:app a.py .\nCOPY --chown=app:app b.py .\nRUN chown app:app /app\n",
        ),
        Example(
            "lower case, CRLF, a number",
            before="from alpine:3.20\r\nworkdir /web\r\ncopy . .\r\nrun chown -R 1000:1000 /web\r\n",
            after="from alpine:3.20\r\nworkdir /web\r\ncopy --chown=1000:1000 . .\r\nrun chown 1000:1000 /web\r\n",
        ),
        Example(
            "a comment inside, and more behind it",
            before=_HEAD + "COPY . .\nRUN true \\\n    # hand over\n    && chown --recursive app:app /app \\\n"
            "    && chmod 700 /app\n",
            after=_HEAD + "COPY --chown=app:app . .\nRUN true \\\n    # hand over\n    && chown app:app /app \\\n"
            "    && chmod 700 /app\n",
        ),
        Example(
            "the user is made by a RUN of its own",
            before=_BARE + "COPY . .\nRUN groupadd app && useradd -g app app\nRUN chown -R app:app /app\n",
            after=_BARE + "RUN groupadd app && useradd -g app app\nCOPY --chown=app:app . .\nRUN chown app:app /app\n",
        ),
        Example.unchanged(
            "a RUN made files there", _HEAD + "COPY . .\nRUN python -m venv .venv\nRUN chown -R app:app /app\n"
        ),
        Example.unchanged(
            "packages were installed there",
            "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN chown -R node:node /app\n",
        ),
        Example.unchanged("the same RUN made them", _HEAD + "COPY . .\nRUN make && chown -R app:app /app\n"),
        Example.unchanged("nothing was copied there", _HEAD + "RUN chown -R app:app /app\n"),
        Example.unchanged("without -R", _HEAD + "COPY . .\nRUN chown app:app /app\n"),
        Example.unchanged("only known at run time", _HEAD + "ARG U=app\nCOPY . .\nRUN chown -R $U:$U /app\n"),
        Example.unchanged("another owner before", _HEAD + "COPY --chown=daemon . .\nRUN chown -R app:app /app\n"),
        Example.unchanged("a copy from above the path", _HEAD + "COPY root/ /\nCOPY . .\nRUN chown -R app:app /app\n"),
        Example.unchanged(
            "the RUN that makes the user needs a file",
            _BARE + "COPY . .\nRUN ./make-user.sh && useradd app && chown -R app:app /app\n",
        ),
        Example.unchanged("folders of the system", _HEAD + "COPY a /etc/app\nRUN chown -R app:app /etc/app\n"),
        Example.unchanged(
            "pip writes beside the project",
            _HEAD + "COPY . .\nRUN pip install --no-cache-dir -r req.txt\nRUN chown -R app:app /app\n",
            {"req.txt": "flask\n-e .\n", "setup.py": ""},
        ),
        Example.unchanged("what may fail", _HEAD + "COPY . .\nRUN chown -R app:app /app || true\n"),
        Example.unchanged("a user nobody knows", "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN chown -R ghost /app\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for stage in model.stages:
            found = [*recursive_chowns(model, stage)]
            for one in found:
                place = one.item.program.span
                edits = _edits(model, stage, one) if one.problem is None and len(found) == 1 else None
                if edits is None:
                    yield self.declined(place, one.problem or "the command cannot be edited")
                else:
                    why = f"all that lies below {one.path} comes from copies, WORKDIR or mkdir"
                    fix = Fix.safe("Copy with the owner", *edits, because=why)
                    yield self.finding(place, fix, worth=_worth(model, one))


def _worth(model: Image, one: RecursiveChown) -> Worth | None:
    """The size of what is stored twice, as far as it comes from the build context."""
    files = [path for copy in one.copies if copy.transfer is not None
             for source in copy.transfer.sources for path in source_files(source, model.context) or ()]  # fmt: skip
    megabytes = model.context.total_size(files) / 1_000_000
    return Worth.megabytes(round(megabytes, 1)) if megabytes >= 1 else None


def _edits(model: Image, stage: StageImage, one: RecursiveChown) -> list[Edit] | None:
    command, source = one.item.command, model.dockerfile.source
    flag = next(word for word in command.words if (word.value or "").startswith("-"))
    edits = [remove_word(command, flag, source)]
    if one.folders:
        edits.append(insert_words(command, command.words[-1], one.folders))
    known = [edit for edit in edits if edit is not None]
    if len(known) < len(edits):
        return None
    owner = one.owner if ":" in one.owner else f"{one.owner}:root"  # COPY would take the group of the user's number
    owners = [set_flag(copy.instruction, "chown", owner) for copy in one.copies if copy.transfer
              and copy.transfer.owner is None]  # fmt: skip
    if one.maker is None:
        return [*owners, *known]
    first = one.copies[0].instruction
    if one.maker is not one.step:
        return [*_moved(model.dockerfile, one.maker.instruction, first, []), *owners, *known]
    is_there = one.path in one.copies[0].before.folders
    return [*_moved(model.dockerfile, one.maker.instruction, first, known), *owners] if is_there else None


def _moved(dockerfile: Dockerfile, run: Instruction, above: Instruction, edits: list[Edit]) -> list[Edit]:
    """A RUN with the comments on it, edited, put above another instruction; a blank line that parted it goes too."""
    span = whole_lines(dockerfile, run, comments=True)
    inside = [Edit(Span(edit.span.start - span.start, edit.span.end - span.start), edit.text) for edit in edits]
    text = decode(apply_edits(dockerfile.source[span.start : span.end], inside)).replace("\r\n", "\n")
    end = span.end
    rest = dockerfile.source[end:]
    blank = next((mark for mark in (b"\r\n", b"\n") if rest.startswith(mark)), b"")
    if blank and dockerfile.source[: span.start].endswith(b"\n" + blank):
        end += len(blank)
    return [insert_block(dockerfile, above, text.removesuffix("\n")), Edit(Span(span.start, end), b"")]
