"""A second CMD, ENTRYPOINT or HEALTHCHECK in a stage: only the last one counts."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.rule import BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Cmd, Dockerfile, Entrypoint, Healthcheck, Instruction, delete_lines

_A = "FROM a:1\n"
_BASH = 'SHELL ["/bin/bash", "-c"]\n'


class OverriddenInstruction(Rule):
    """Of several `CMD`, `ENTRYPOINT` or `HEALTHCHECK` in a stage only the last one counts.

    Why: whoever reads the first one believes that it runs. BuildKit warns of it with each build.
    Fix: the earlier ones go; comments stay.
    Safety: safe, as the image is the same. That something was meant to run and never did is for people to see.
    """

    code = "DF704"
    name = "overridden-instruction"
    message = "a later instruction of the stage replaces this one"
    sources = ("BuildKit check MultipleInstructionsDisallowed", "hadolint DL4003", "hadolint DL4004", "hadolint DL3012")
    may_change = frozenset()
    examples = (
        Example("two CMDs", _A + 'CMD ["a"]\nCMD ["b"]\n', _A + 'CMD ["b"]\n'),
        Example("three", _A + "CMD a\nCMD b\nCMD c\n", _A + "CMD c\n"),
        Example("its comment stays", _A + "# the worker\nCMD a\nCMD b\n", _A + "# the worker\nCMD b\n"),
        Example("several lines", _A + 'CMD ["a", \\\n     "b"]\nRUN x\nCMD ["c"]\n', _A + 'RUN x\nCMD ["c"]\n'),
        Example(
            "ENTRYPOINTs, with a CMD between", _A + "ENTRYPOINT a\nCMD b\nENTRYPOINT c\n", _A + "CMD b\nENTRYPOINT c\n"
        ),
        Example("health checks", _A + "HEALTHCHECK CMD a\nHEALTHCHECK NONE\n", _A + "HEALTHCHECK NONE\n"),
        Example("lower case and CRLF", "from a:1\r\ncmd a\r\ncmd b\r\n", "from a:1\r\ncmd b\r\n"),
        Example("in an earlier stage", _A + "CMD a\nCMD b\nFROM b:1\nCMD c\n", _A + "CMD b\nFROM b:1\nCMD c\n"),
        Example(
            "another shell in between",
            _A + 'CMD a\nSHELL ["/bin/bash", "-c"]\nCMD b\n',
            _A + 'SHELL ["/bin/bash", "-c"]\nCMD b\n',
        ),
        Example.reported("a comment inside it", _A + "CMD a \\\n  # of old\n  b\nCMD c\n"),
        Example.unchanged("one of each", _A + "ENTRYPOINT a\nCMD b\nHEALTHCHECK CMD c\n"),
        Example.unchanged("one in each stage", _A + "CMD a\nFROM b:1\nCMD b\n"),
        Example.unchanged("a stage on another", _A.replace("\n", " AS x\n") + "CMD a\nFROM x\nCMD b\n"),
        Example.unchanged("several RUNs", _A + "RUN a\nRUN b\n"),
        Example.unchanged("ONBUILD", _A + "ONBUILD CMD a\nCMD b\n"),
        Example.unchanged("a heredoc", _A + "RUN <<EOF\nCMD a\nCMD b\nEOF\nCMD c\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for stage in dockerfile.stages:
            last = {one.kind: one for one in stage.find((Cmd, Entrypoint, Healthcheck))}
            for one in stage.find((Cmd, Entrypoint, Healthcheck)):
                if one is not last[one.kind]:
                    yield self._judged(one, last[one.kind], dockerfile)

    def _judged(self, one: Instruction, last: Instruction, dockerfile: Dockerfile) -> Finding:
        message = f"line {last.start_line} replaces this {one.kind}"
        if one.comments:
            return self.finding(one, message=message, because="a comment stands inside it; take it out by hand")
        because = f"only the last {one.kind} of a stage counts, so the image stays the same"
        return self.finding(one, Fix.safe("Drop it", delete_lines(dockerfile, one), because=because), message=message)
