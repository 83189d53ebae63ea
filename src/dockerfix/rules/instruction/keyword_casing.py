"""Keywords in another letter case than their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.rule import BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, From, Instruction
from dockerfix.text import Edit, encode

_WHY = "letter case means nothing to the builder"


class KeywordCasing(Rule):
    """A keyword in another letter case than the rest of the file, `FROM … as` above all.

    Why: BuildKit warns of it with each build, and such warnings hide others.
    Fix: `AS` in the letter case of its FROM; other keywords in the case of the majority of the file's.
    Safety: safe, as letter case means nothing to the builder. A file all in small letters is consistent and stays.
    """

    code = "DF703"
    name = "keyword-casing"
    message = "this keyword is cased differently from its neighbours"
    sources = ("BuildKit check FromAsCasing", "BuildKit check ConsistentInstructionCasing")
    may_change = frozenset()
    examples = (
        Example("as below FROM", "FROM python:3.12 as build\nRUN x\n", "FROM python:3.12 AS build\nRUN x\n"),
        Example("AS below from", "from python:3.12 AS build\nrun x\n", "from python:3.12 as build\nrun x\n"),
        Example(
            "each stage",
            "FROM a:1 as a\nFROM b:1 As b\nFROM c:1 AS c\n",
            "FROM a:1 AS a\nFROM b:1 AS b\nFROM c:1 AS c\n",
        ),
        Example("one keyword among many", "FROM a:1\nrun x\nCMD y\n", "FROM a:1\nRUN x\nCMD y\n"),
        Example("a mixed keyword", "FROM a:1\nRun x\nEntryPoint y\n", "FROM a:1\nRUN x\nENTRYPOINT y\n"),
        Example("the majority is small", "from a:1\nrun x\nCMD y\n", "from a:1\nrun x\ncmd y\n"),
        Example(
            "flags, comments and continuations stay",
            "FROM --platform=linux/amd64 a:1 \\\n    # the one\n    as b\nRUN x\n",
            "FROM --platform=linux/amd64 a:1 \\\n    # the one\n    AS b\nRUN x\n",
        ),
        Example("CRLF", "FROM a:1 as b\r\nRUN x\r\n", "FROM a:1 AS b\r\nRUN x\r\n"),
        Example("FROM in mixed case: both change", "From a:1 as b\nRUN x\n", "FROM a:1 AS b\nRUN x\n"),
        Example.unchanged("all small", "from a:1 as b\nrun x\ncmd y\n"),
        Example.unchanged("all capitals", "FROM a:1 AS b\nRUN x\n"),
        Example.unchanged("a program in a heredoc", "FROM a:1\nRUN <<EOF python\nfrom pathlib import Path\nEOF\n"),
        Example.unchanged("an image or stage named as", "FROM as AS as\nCOPY --from=as /a /a\n"),
        Example.unchanged("words of a script", "FROM a:1\nRUN cat x \\\n  && from y as z\n"),
        Example.unchanged("an ARG above FROM does not count", "arg X=1\nFROM a:1\nRUN x\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        inside = [instruction for stage in dockerfile.stages for instruction in stage.instructions]
        small = _is_majority_small(inside)
        for instruction in inside:
            wanted = instruction.keyword.lower() if small else instruction.keyword.upper()
            edits = [Edit(instruction.keyword_span, encode(wanted))] if instruction.keyword != wanted else []
            if isinstance(instruction, From) and instruction.name is not None:
                word = instruction.words[1]
                written = "as" if wanted.islower() else "AS"
                if word.value != written:
                    edits.append(Edit(word.mapped.whole, encode(written)))
            if edits:
                title = f"Write {' and '.join(edit.text.decode() for edit in edits)}"
                yield self.finding(edits[0].span, Fix.safe(title, *edits, because=_WHY))


def _is_majority_small(instructions: list[Instruction]) -> bool:
    """As BuildKit counts: keywords in mixed case count for neither. Source: dockerfile2llb, validateCommandCasing."""
    small = sum(one.keyword.islower() for one in instructions)
    return small > sum(one.keyword.isupper() for one in instructions)
