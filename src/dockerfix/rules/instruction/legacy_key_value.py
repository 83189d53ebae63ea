"""`ENV key value`, the form without `=`."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.rule import BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Env, Label
from dockerfix.text import Edit, Span

_BY_HAND = "the value has quotes or escapes that mean something else between quotes; write it by hand"


class LegacyKeyValue(Rule):
    """`ENV key value`: the old form, which takes the rest of the line and only one variable.

    Why: BuildKit warns of it with each build, and may drop it; `ENV A=1 B 2` and `ENV A 1 B=2` are easily misread.
    Fix: `ENV key=value`, with quotes around a value with blanks. The value is not touched, byte for byte.
    Safety: safe, as the variable has the same value, which is checked for each. Left alone where quotes or escapes
    stand in a value with blanks.
    """

    code = "DF702"
    name = "legacy-key-value"
    message = "the form without = is deprecated"
    sources = ("BuildKit check LegacyKeyValueFormat", "Docker reference: ENV, alternative syntax")
    may_change = frozenset()
    examples = (
        Example("a word", "FROM a:1\nENV PORT 8000\n", "FROM a:1\nENV PORT=8000\n"),
        Example("blanks", "FROM a:1\nENV MOTD hello   world\n", 'FROM a:1\nENV MOTD="hello   world"\n'),
        Example("a variable", "FROM a:1\nENV PATH /opt/bin:$PATH\n", "FROM a:1\nENV PATH=/opt/bin:$PATH\n"),
        Example(
            "a variable and blanks",
            "FROM a:1\nENV JAVA_OPTS -Xmx1g ${MORE:-x}\n",
            'FROM a:1\nENV JAVA_OPTS="-Xmx1g ${MORE:-x}"\n',
        ),
        Example("quotes around it", 'FROM a:1\nENV A "x y"\n', 'FROM a:1\nENV A="x y"\n'),
        Example("single quotes", "FROM a:1\nENV A 'x $y'\n", "FROM a:1\nENV A='x $y'\n"),
        Example("more blanks, lower case, CRLF", "from a:1\r\nenv  A \t 1\r\n", "from a:1\r\nenv  A=1\r\n"),
        Example("a value with =", "FROM a:1\nENV OPTS a=1 b=2\n", 'FROM a:1\nENV OPTS="a=1 b=2"\n'),
        Example("no comment: a hash", "FROM a:1\nENV A x # y\n", 'FROM a:1\nENV A="x # y"\n'),
        Example(
            "several lines",
            "FROM a:1\nENV A x \\\n    y\nRUN z\n",
            'FROM a:1\nENV A="x \\\n    y"\nRUN z\n',
        ),
        Example("a label", "FROM a:1\nLABEL version 1.0 beta\n", 'FROM a:1\nLABEL version="1.0 beta"\n'),
        Example("quotes in one word", "FROM a:1\nENV A x'y'\n", "FROM a:1\nENV A=x'y'\n"),
        Example("an apostrophe escaped", "FROM a:1\nENV A it\\'s\n", "FROM a:1\nENV A=it\\'s\n"),
        Example.reported("quotes among blanks", 'FROM a:1\nENV A hello "quoted" # not\n'),
        Example.reported("a backslash among blanks", "FROM a:1\nENV A C:\\\\x y\n"),
        Example.unchanged("the form with =", 'FROM a:1\nENV A=1 B="x y"\n'),
        Example.unchanged("the first has one", "FROM a:1\nENV A=1 B=2\n"),
        Example.unchanged("an ARG has no such form", "FROM a:1\nARG A=1\n"),
        Example.unchanged("a script", "FROM a:1\nRUN ENV A 1\n"),
        Example.unchanged("text", "FROM a:1\nRUN <<EOF\nENV A 1\nEOF\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for instruction in dockerfile.find((Env, Label)):
            assert isinstance(instruction, Env | Label)
            if len(instruction.pairs) == 1 and _is_legacy(instruction):
                yield self._judged(instruction)

    def _judged(self, instruction: Env | Label) -> Finding:
        name, value = instruction.pairs[0]
        gap = name.mapped.whole.end, value.mapped.whole.start
        if any(gap[0] <= comment.start < gap[1] for comment in instruction.comments):
            return self.finding(instruction, because="a comment stands between name and value; write it by hand")
        quote = _quote(value.value, instruction.escape)
        if quote is None:
            return self.finding(instruction, because=_BY_HAND)
        edits = [Edit(Span(*gap), b"=" + quote)]
        edits += [Edit.insert(value.mapped.whole.end, quote)] if quote else []
        title = f"Write {name.value}=…"
        return self.finding(instruction, Fix.safe(title, *edits, because="the value stays what it is"))


def _is_legacy(instruction: Env | Label) -> bool:
    """Whether blanks part name and value, not `=`."""
    text = instruction.arguments.text.strip()
    return not text[len(instruction.pairs[0][0].value) :].startswith("=")


def _quote(value: str, escape: str) -> bytes | None:
    """What to put around a value so that it is one word of the same meaning; None where nothing does that."""
    if not any(char in value for char in " \t"):
        return b"" if value else None
    if not any(char in value for char in ("'", '"', "\\", escape)):
        return b'"'
    mark = value[0]
    is_one = len(value) > 1 and mark in "\"'" and value[-1] == mark and not {mark, "\\", escape} & {*value[1:-1]}
    return b"" if is_one else None
