"""Shell words in COPY, which no shell reads."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import Source, image, source_files
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Add, Copy, Dockerfile, delete_lines
from dockerfix.text import Edit, Span

_A = "FROM node:24-slim\n"
_OPERATORS = ("||", "&&", ";", "|", "2>", ">", "1>", "&>")
_FILES = {"package.json": "{}", ".npmrc": "a=b\n"}


class ShellInCopy(Rule):
    """`COPY .npmrc ./ 2>/dev/null || true`: COPY knows no shell, and takes these words for paths.

    Why: the build stops with `"/||": not found`. What was meant, a file that may be missing, COPY has no words for.
    Fix: the words go. Where the build context lacks the file, the whole line goes.
    Safety: safe where the build context is known, as nothing can be built the way it stands; else unsafe.
    """

    code = "DF705"
    name = "shell-in-copy"
    message = "COPY takes these words for paths: no shell reads them"
    sources = ("Docker reference: COPY",)
    may_change = frozenset({Aspect.FILES})
    worth = Worth.stops()
    examples = (
        Example("a redirection and ||", _A + "COPY .npmrc ./ 2>/dev/null || true\n", _A + "COPY .npmrc ./\n", _FILES),
        Example("the file is missing", _A + "COPY yarn.lock ./ 2>/dev/null || true\nRUN x\n", _A + "RUN x\n", _FILES),
        Example("|| alone", _A + "COPY .npmrc /app/ || true\n", _A + "COPY .npmrc /app/\n", _FILES),
        Example("&&", _A + "COPY .npmrc /app/ && echo done\n", _A + "COPY .npmrc /app/\n", _FILES),
        Example("ADD", _A + "ADD .npmrc /app/ || :\n", _A + "ADD .npmrc /app/\n", _FILES),
        Example(
            "flags stay", _A + "COPY --chown=node .npmrc ./ || true\n", _A + "COPY --chown=node .npmrc ./\n", _FILES
        ),
        Example("a comment above stays", _A + "# if any\nCOPY a ./ || true\nRUN x\n", _A + "# if any\nRUN x\n", _FILES),
        Example("lower case and CRLF", "from x\r\ncopy .npmrc ./ || true\r\n", "from x\r\ncopy .npmrc ./\r\n", _FILES),
        Example.unsafe("the context is not known", _A + "COPY .npmrc ./ || true\n", _A + "COPY .npmrc ./\n"),
        Example.unchanged("plain", _A + "COPY .npmrc ./\n", _FILES),
        Example.unchanged("a glob", _A + "COPY .npmr[c] ./\n", _FILES),
        Example.unchanged("JSON form", _A + 'COPY ["a", "||", "/x/"]\n', _FILES),
        Example.unchanged("a heredoc", _A + "COPY <<EOF /x\na || true\nEOF\n", _FILES),
        Example.unchanged("a RUN", _A + "RUN cp a ./ 2>/dev/null || true\n", _FILES),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        model = image(dockerfile, context)
        for instruction in dockerfile.find((Copy, Add)):
            assert isinstance(instruction, Copy | Add)
            at = _shell_starts(instruction)
            step = model.step(instruction)
            if at is not None and step is not None:
                sources = step.transfer.sources[: at - 1] if step.transfer is not None else ()
                yield self._judged(instruction, at, sources, dockerfile, context)

    def _judged(
        self,
        instruction: Copy | Add,
        at: int,
        sources: tuple[Source, ...],
        dockerfile: Dockerfile,
        context: BuildContext,
    ) -> Finding:
        words = instruction.words
        place = Span(words[at].mapped.whole.start, words[-1].mapped.whole.end)
        found = [source_files(source, context) for source in sources]
        if any(files == () for files in found):
            fix = Fix.safe("Drop the line", delete_lines(dockerfile, instruction), because=_missing(sources, found))
            return self.finding(place, fix)
        edit = Edit(Span(words[at - 1].mapped.whole.end, place.end), b"")
        if None in found:
            because = "the build stops as it stands; whether the file is there is not known"
            return self.finding(place, Fix.unsafe("Drop the shell's words", edit, because=because))
        because = "what is copied is there, and nothing can be built as it stands"
        return self.finding(place, Fix.safe("Drop the shell's words", edit, because=because))


def _shell_starts(instruction: Copy | Add) -> int | None:
    """The number of the first word that only a shell would read; None where there is none behind a destination."""
    if instruction.form == "json" or instruction.heredocs or instruction.comments:
        return None
    values = instruction.values
    starts = (number for number, value in enumerate(values) if value.startswith(_OPERATORS))
    return next((number for number in starts if number >= 2), None)


def _missing(sources: tuple[Source, ...], found: list[tuple[str, ...] | None]) -> str:
    lacking = next(source.path for source, files in zip(sources, found, strict=True) if files == ())
    return f"the build context has no {lacking}, and nothing can be built as it stands"
