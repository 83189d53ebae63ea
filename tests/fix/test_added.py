"""The gate asks whether what a repair adds can run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dockerfix.fix import repair
from dockerfix.rule import Aspect, BuildContext, Finding, Fix, Rule
from dockerfix.syntax import Dockerfile, parse
from dockerfix.text import Edit

BEFORE = "FROM debian:12\nWORKDIR /app\nCOPY . .\nRUN mkdir data\nCMD true\n"
FILES = {"app.py": "", "up/a.png": ""}


class Rewrite(Rule):
    """Makes a text of a test out of the file, once."""

    code = "XX001"
    name = "rewrite"
    message = "a test"
    sources = ()
    examples = ()
    may_change = frozenset({Aspect.USER})
    after = ""

    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterator[Finding]:
        """Replaces the line that differs."""
        if dockerfile.text != self.after:
            lines, new = dockerfile.text.splitlines(keepends=True), self.after.splitlines(keepends=True)
            at = next(at for at, (one, other) in enumerate(zip(lines, new, strict=False)) if one != other)
            behind = 0 if len(new) > len(lines) else 1
            start = sum(map(len, lines[:at]))
            end = start + (len(lines[at]) if behind else 0)
            text = "".join(new[at : len(new) - (len(lines) - at - behind)])
            edit = Edit(type(dockerfile.instructions[0].span)(start, end), text.encode())
            yield self.finding(dockerfile.instructions[0], Fix.safe("Rewrite", edit, because="a test says so"))


def refused(after: str, before: str = BEFORE) -> str | None:
    """Why the gate refuses to turn the one text into the other; None where it lets it through."""
    rule = type("Other", (Rewrite,), {"after": after})()
    outcome = repair(parse(before), BuildContext.of_files(FILES), [rule])
    if outcome.held_back:
        return outcome.held_back[0].reason
    assert outcome.after.text == after
    return None


def with_line(line: str, above: str) -> str:
    return BEFORE.replace(above, f"{line}\n{above}")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (with_line("USER app", "CMD"), "no line above it makes the user app"),
        (with_line("RUN chown nobody /app/data", "RUN mkdir"), "nothing is known to stand at /app/data by then"),
        (with_line("RUN useradd app && chown app /data", "CMD"), "nothing is known to stand at /data by then"),
        (with_line("RUN chown app /app/data", "CMD"), "no line above it makes the user app"),
        (with_line("RUN useradd -N app && chown app:app /app/data", "CMD"), "no line above it makes the group app"),
        (BEFORE.replace("COPY", "COPY --chown=app"), "no line above it makes the user app"),
        (BEFORE.replace("COPY", "COPY --link --chown=nobody"), "--link looks the name of a user up"),
    ],
)
def test_what_would_not_work(after: str, reason: str) -> None:
    before = BEFORE.replace("COPY", "COPY --link") if "--link" in after else BEFORE
    assert reason in (refused(after, before) or "")


def test_user_command_that_the_base_lacks() -> None:
    before = "FROM alpine:3.20\nCMD true\n"
    assert "the base image has no useradd" in (refused("FROM alpine:3.20\nRUN useradd app\nCMD true\n", before) or "")


@pytest.mark.parametrize(
    "after",
    [
        with_line("USER nobody", "CMD"),
        with_line("USER 10001:10001", "CMD"),
        with_line("RUN chown nobody /app/data /app/app.py && chown -R nobody /app/up", "CMD"),
        with_line("RUN useradd app && mkdir -p /app/x && chown app:app /app/x", "RUN mkdir"),
        BEFORE.replace("COPY", "COPY --chown=10001"),
    ],
)
def test_what_works(after: str) -> None:
    assert refused(after) is None


def test_user_of_an_unknown_base_may_be_there() -> None:
    before = "FROM corp/base:1\nCMD true\n"
    assert refused("FROM corp/base:1\nUSER app\nCMD true\n", before) is None


def test_what_stood_there_is_left_to_its_author() -> None:
    before = "FROM debian:12\nRUN echo a\nUSER odd\nRUN chown odd /nowhere\nCMD true\n"
    assert refused(before.replace("RUN echo a", "RUN echo a\nRUN useradd app"), before) is None
