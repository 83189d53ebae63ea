"""COPY and ADD of a file that the build context does not have."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image import Image, Source, Step, image, source_files
from dockerfix.plans.packages.missing_files import why_produced
from dockerfix.project.context.ignore_file import ignore_file, sent_files
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule, Worth
from dockerfix.syntax import Add, Copy, Dockerfile, Word
from dockerfix.text import Edit, Span, encode

_A = "FROM python:3.12-slim\nWORKDIR /app\n"
_FILES = {"requirements.txt": "flask\n", "main.py": "", "web/nginx.conf": "", "Dockerfile": ""}
_HIDDEN = {**_FILES, ".dockerignore": "*.conf\nweb\n"}


class MissingCopySource(Rule):
    """COPY or ADD names a file that the build context lacks: the build stops there.

    Why: BuildKit ends with `failed to compute cache key: "/requirments.txt": not found`, behind all that it built.
    Fix: the name that differs in the case of its letters alone.
    Safety: safe for a file that is there under a name of other letter case, as nothing can be built the way it stands;
    a suggestion for a name that is close. Else reported. Left alone where the file may be made before the build: Git
    ignores it, another file of the project speaks of it, or it is no text (`app.jar`, `dist`); patterns, which may
    fit nothing; and where the build context is not known.
    """

    code = "DF706"
    name = "missing-copy-source"
    message = "the build context has no such file, so the build stops here"
    sources = ("Docker reference: COPY", "BuildKit: contenthash, checksum")
    may_change = frozenset({Aspect.FILES})
    worth = Worth.stops()
    examples = (
        Example(
            "other letters",
            _A + "COPY Requirements.txt ./\n",
            _A + "COPY requirements.txt ./\n",
            _FILES,
        ),
        Example(
            "among others, to a name of its own",
            _A + "COPY main.py WEB/Nginx.conf /srv/\n",
            _A + "COPY main.py web/nginx.conf /srv/\n",
            _FILES,
        ),
        Example("exec form", _A + 'COPY ["Main.py", "./"]\n', _A + 'COPY ["main.py", "./"]\n', _FILES),
        Example(
            "ADD, lower case, CRLF, flags",
            "from a\r\nadd --chown=1 ./MAIN.py /x/\r\n",
            "from a\r\nadd --chown=1 ./main.py /x/\r\n",
            _FILES,
        ),
        Example.suggested("a slip", _A + "COPY requirments.txt ./\n", _A + "COPY requirements.txt ./\n", _FILES),
        Example.suggested("in a folder", _A + "COPY web/ngnix.conf /e/\n", _A + "COPY web/nginx.conf /e/\n", _FILES),
        Example.reported("nothing like it", _A + "COPY settings.toml ./\n", _FILES),
        Example.reported("the ignore file hides it", _A + "COPY web/nginx.conf /etc/\n", _HIDDEN),
        Example.unchanged("it is there", _A + "COPY requirements.txt web/nginx.conf ./\n", _FILES),
        Example.unchanged("a pattern may fit nothing", _A + "COPY settings.tom[l] poetry.lock* ./\n", _FILES),
        Example.unchanged(
            "Git ignores it, so something makes it", _A + "COPY conf.json ./\n", {**_FILES, ".gitignore": "conf.json\n"}
        ),
        Example.unchanged(
            "CI makes it", _A + "COPY version.txt ./\n", {**_FILES, "ci.sh": "git describe > version.txt\n"}
        ),
        Example.unchanged("what a build makes", _A + "COPY dist/app.jar target server ./\n", _FILES),
        Example.unchanged("another stage has it", "FROM a AS b\nFROM c\nCOPY --from=b settings.toml ./\n", _FILES),
        Example.unchanged("an ARG decides", "FROM a\nARG F=settings.toml\nCOPY $F ./\n", _FILES),
        Example.unchanged("a URL, a heredoc", "FROM a\nADD https://x.y/z.py /\nCOPY <<a.py /b/\nx\na.py\n", _FILES),
        Example.unchanged("the context is not known", _A + "COPY settings.toml ./\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if not context.known or not context.complete or not context.paths():
            return
        model = image(dockerfile, context)
        for instruction in dockerfile.find((Copy, Add)):
            assert isinstance(instruction, Copy | Add)
            step = model.step(instruction)
            for word, source in _pairs(step, instruction):
                if source_files(source, context) == ():
                    yield from self._judged(word, source, model)

    def _judged(self, word: Word, source: Source, model: Image) -> Iterator[Finding]:
        context, path, place = model.context, source.path or "", word.span
        if context.exists(path):
            ignore = ignore_file(context)
            if ignore is not None and context.is_file(path):
                because = f"{ignore.path} keeps it out of the build context"
                yield self.finding(
                    place, because=because, message=f"{path} does not reach the builder: the build stops"
                )
            return
        message = f"the build context has no {path}, so the build stops here"
        produced = why_produced(context, path)
        if produced is not None:
            yield self.declined(place, produced)
            return
        same, near = _meant(context, path)
        edit = _renamed(model, word, path, same or near or "")
        if edit is None:
            yield self.finding(place, because="nothing in the project makes it", message=message)
        elif same is not None:
            because = f"{same} is there, and nothing can be built as it stands"
            yield self.finding(place, Fix.safe(f"Copy {same}", edit, because=because), message=message)
        else:
            because = f"{near} is there: was it meant?"
            yield self.finding(place, Fix.suggestion(f"Copy {near}", edit, because=because), message=message)


def _pairs(step: Step | None, instruction: Copy | Add) -> Iterator[tuple[Word, Source]]:
    """The sources that must be in the build context."""
    item = step.transfer if step is not None else None
    for word, source in zip(instruction.sources, item.sources if item is not None else (), strict=False):
        if source.kind == "context" and source.path and not source.varies and not source.has_wildcard:
            yield word, source


def _meant(context: BuildContext, path: str) -> tuple[str | None, str | None]:
    """The one file of the same letters in another case, and the one whose name is close."""
    from difflib import get_close_matches

    sent = sent_files(context) or ()
    same = [one for one in sent if one.lower() == path.lower()]
    folder, ending = posixpath.dirname(path), posixpath.splitext(path)[1]
    beside = [one for one in sent if posixpath.dirname(one) == folder and one.endswith(ending)]
    near = get_close_matches(path, beside, n=2, cutoff=0.85)
    return same[0] if len(same) == 1 else None, near[0] if len(near) == 1 else None


def _renamed(model: Image, word: Word, path: str, to: str) -> Edit | None:
    written, old = model.dockerfile.source[word.span.start : word.span.end], encode(path)
    if not to or written.count(old) != 1:
        return None
    start = word.span.start + written.index(old)
    return Edit(Span(start, start + len(old)), encode(to))
