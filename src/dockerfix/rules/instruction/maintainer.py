"""MAINTAINER, which has been deprecated since 2017."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.rule import Aspect, BuildContext, Example, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, Label, Maintainer, Stage, delete_lines, replace
from dockerfix.text import Edit

_KEY = "org.opencontainers.image.authors"


class MaintainerInstruction(Rule):
    """`MAINTAINER` is deprecated; a label says the same.

    Why: BuildKit warns of it with each build, and what it sets is seen by few tools.
    Fix: `LABEL org.opencontainers.image.authors="…"`, the key that BuildKit's page names. Of several in a stage the
    last one counts; the others go. Where the label is set already, MAINTAINER goes.
    Safety: safe: only the place where the name is kept changes.
    """

    code = "DF701"
    name = "maintainer"
    message = "MAINTAINER is deprecated"
    sources = ("BuildKit check MaintainerDeprecated", "hadolint DL4000", "OCI image specification: annotations")
    may_change = frozenset({Aspect.LABELS})
    examples = (
        Example(
            "a name",
            "FROM a:1\nMAINTAINER Jane Doe <jane@example.org>\n",
            f'FROM a:1\nLABEL {_KEY}="Jane Doe <jane@example.org>"\n',
        ),
        Example("one word", "FROM a:1\nMAINTAINER jane\n", f'FROM a:1\nLABEL {_KEY}="jane"\n'),
        Example(
            "quotes around it go",
            'FROM a:1\nMAINTAINER "Jane Doe <jane@example.org>"\n',
            f'FROM a:1\nLABEL {_KEY}="Jane Doe <jane@example.org>"\n',
        ),
        Example(
            "quotes inside stay",
            'FROM a:1\nMAINTAINER Jane "J" Doe\n',
            f'FROM a:1\nLABEL {_KEY}="Jane \\"J\\" Doe"\n',
        ),
        Example("a dollar is no variable", "FROM a:1\nMAINTAINER ca$h\n", f'FROM a:1\nLABEL {_KEY}="ca\\$h"\n'),
        Example("lower case and CRLF", "from a:1\r\nmaintainer jane\r\n", f'from a:1\r\nlabel {_KEY}="jane"\r\n'),
        Example(
            "the last of several counts",
            "FROM a:1\nMAINTAINER jane\n# since 2016\nMAINTAINER joe\n",
            f'FROM a:1\n# since 2016\nLABEL {_KEY}="joe"\n',
        ),
        Example(
            "a label is there already",
            f"FROM a:1\nLABEL {_KEY}=joe\nMAINTAINER jane\nRUN x\n",
            f"FROM a:1\nLABEL {_KEY}=joe\nRUN x\n",
        ),
        Example(
            "other letters, and several lines",
            "FROM a:1\nMAINTAINER Zoë \\\n  Doe\nRUN x\n",
            f'FROM a:1\nLABEL {_KEY}="Zoë   Doe"\nRUN x\n',
        ),
        Example.unchanged("a label", f"FROM a:1\nLABEL {_KEY}=jane\n"),
        Example.unchanged("the old label", "FROM a:1\nLABEL maintainer=jane\n"),
        Example.unchanged("a comment", "FROM a:1\n# MAINTAINER jane\n"),
        Example.unchanged("text", 'FROM a:1\nRUN echo "MAINTAINER jane"\n'),
        Example.unchanged("a heredoc", "FROM a:1\nRUN cat <<EOF\nMAINTAINER jane\nEOF\n"),
        Example.reported("comments stand inside", "FROM a:1\nMAINTAINER Jane \\\n  # of old\n  Doe\n"),
    )

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        for stage in dockerfile.stages:
            found = [*stage.find(Maintainer)]
            for one in found:
                yield self._judged(one, one is found[-1] and not _is_labelled(stage), dockerfile)

    def _judged(self, one: Maintainer, counts: bool, dockerfile: Dockerfile) -> Finding:
        if one.comments:
            return self.finding(one, because="comments stand between its words; write the label by hand")
        edit = _label(one, dockerfile) if counts else delete_lines(dockerfile, one)
        title, why = ("Write a label", "a label says the same") if counts else ("Drop it", "another line replaces it")
        return self.finding(one, Fix.safe(title, edit, because=why))


def _is_labelled(stage: Stage) -> bool:
    return any(name.value.strip("\"'") == _KEY for label in stage.find(Label) for name, _ in label.pairs)


def _label(one: Maintainer, dockerfile: Dockerfile) -> Edit:
    """The whole instruction written anew; MAINTAINER expands nothing, LABEL does."""
    value = one.arguments.text.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]:
        value = value[1:-1]
    for char in (one.escape, '"', "$"):
        value = value.replace(char, one.escape + char)
    keyword = "label" if one.keyword.islower() else "LABEL"
    return replace(dockerfile, one.span, f'{keyword} {_KEY}="{value}"')
