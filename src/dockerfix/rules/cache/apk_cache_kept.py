"""apk's index, which stays in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image import RunCommand, Step, image, mount_fields
from dockerfix.image.cache_cleaning import cleans
from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.shell import add_option
from dockerfix.syntax import Dockerfile, Run

_BASE = "FROM alpine:3.22\n"
_SETTLED = frozenset({"--no-cache", "--cache-dir", "--root", "-p"})


class ApkCacheKept(Rule):
    """`apk add` leaves its index of packages in the layer.

    Why: a few MB in `/var/cache/apk` that are out of date the next day; with `--no-cache` apk fetches the index, uses
    it and keeps none.
    Fix: add `--no-cache` behind `add`.
    Safety: safe, as the same packages are installed. Left alone under a cache mount, and where the same RUN removes the
    cache or fetches the index by itself (`apk update`).
    """

    code = "DF314"
    name = "apk-cache-kept"
    message = "apk keeps its index in the image"
    sources = ("hadolint DL3019", "Alpine wiki: Alpine Package Keeper")
    may_change = frozenset({Aspect.BUILD_CACHE})
    examples = (
        Example("one command", _BASE + "RUN apk add curl\n", _BASE + "RUN apk add --no-cache curl\n"),
        Example(
            "each of a chain, options in front",
            _BASE + "RUN apk -U add a && apk add --virtual .deps b && make\n",
            _BASE + "RUN apk -U add --no-cache a && apk add --no-cache --virtual .deps b && make\n",
        ),
        Example(
            "several lines with comments",
            _BASE + "RUN apk add \\\n    # a tool\n    curl \\\n    git\n",
            _BASE + "RUN apk add --no-cache \\\n    # a tool\n    curl \\\n    git\n",
        ),
        Example(
            "exec form", _BASE + 'RUN ["apk", "add", "curl"]\n', _BASE + 'RUN ["apk", "add", "--no-cache", "curl"]\n'
        ),
        Example(
            "lower case and CRLF", "from alpine:3\r\nrun apk add a\r\n", "from alpine:3\r\nrun apk add --no-cache a\r\n"
        ),
        Example("a heredoc", _BASE + "RUN <<EOF\napk add a\nEOF\n", _BASE + "RUN <<EOF\napk add --no-cache a\nEOF\n"),
        Example(
            "a builder stage",
            "FROM golang:1.27-alpine AS b\nRUN apk add git\nFROM scratch\nCOPY --from=b /x /x\n",
            "FROM golang:1.27-alpine AS b\nRUN apk add --no-cache git\nFROM scratch\nCOPY --from=b /x /x\n",
        ),
        Example(
            "inside if, behind sudo",
            _BASE + "RUN if [ -n x ]; then sudo apk add curl; fi\n",
            _BASE + "RUN if [ -n x ]; then sudo apk add --no-cache curl; fi\n",
        ),
        Example.unchanged("the flag is there", _BASE + "RUN apk add --no-cache curl\n"),
        Example.unchanged("in front of the verb", _BASE + "RUN apk --no-cache add curl\n"),
        Example.unchanged("the same RUN removes it", _BASE + "RUN apk add curl && rm -rf /var/cache/apk/*\n"),
        Example.unchanged("a cache mount", _BASE + "RUN --mount=type=cache,target=/var/cache/apk apk add curl\n"),
        Example.unchanged(
            "a mount of apk's other folder", _BASE + "RUN --mount=type=cache,target=/etc/apk/cache apk add curl\n"
        ),
        Example.unchanged("text", _BASE + 'RUN echo "apk add vim"\n'),
        Example.unchanged("another verb", _BASE + "RUN apk upgrade\n"),
        Example.reported("the index is fetched by itself", _BASE + "RUN apk update && apk add curl\n"),
        Example.unchanged("a cache that is meant", _BASE + "RUN ln -s /var/cache/apk /etc/apk/cache && apk add curl\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        if b"apk" not in dockerfile.source:
            return
        model = image(dockerfile, context)
        for run in dockerfile.find(Run):
            step = model.step(run)
            if step is not None and not _is_settled(step):
                for item in step.commands or ():
                    if item.program.name == "apk" and "add" in item.program.argv and not _says_so(item):
                        yield self._judged(item, step)

    def _judged(self, item: RunCommand, step: Step) -> Finding:
        program = item.program
        verb = next(word for word in program.words if word.value == "add")
        if any(one.program.name == "apk" and "update" in one.program.argv for one in step.commands or ()):
            return self.finding(verb.span, because="apk update leaves an index too: take it out, and add --no-cache")
        edit = add_option(program, verb, "--no-cache")
        if edit is None:
            return self.finding(verb.span, because="the command stands inside quotes; edit it by hand")
        return self.finding(verb.span, Fix.safe("Add --no-cache", edit, because="the flag only drops the index"))


def _says_so(item: RunCommand) -> bool:
    return any((value or "").partition("=")[0] in _SETTLED for value in item.program.argv)


def _is_settled(step: Step) -> bool:
    """Whether something else decides over the cache: a mount, a link to a folder for it, or a removal."""
    targets = (mount_fields(flag.value).get("target", "") for flag in step.instruction.flags if flag.name == "mount")
    if any("apk" in target or target in ("/var/cache", "/etc") for target in targets):
        return True
    words = [value or "" for item in step.commands or () for value in item.program.argv]
    return any("/etc/apk/cache" in word for word in words) or any(
        cleans(item) or (item.program.name == "rm" and any("/var/cache" in (v or "") for v in item.program.argv))
        for item in step.commands or ()
    )
