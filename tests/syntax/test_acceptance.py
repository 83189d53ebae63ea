"""Whether BuildKit would start to build; messages and rules are those of its instruction reader."""

from __future__ import annotations

import pytest

from dockerfix.errors import ParseError
from dockerfix.syntax import check, parse


@pytest.mark.parametrize(
    "line",
    [
        "RUN",
        "CMD",
        "CMD []",
        "ENTRYPOINT []",
        "HEALTHCHECK NONE",
        "HEALTHCHECK --bogus NONE",
        "HEALTHCHECK --interval=1m30s --retries=3 --start-interval=.5s cmd a",
        "COPY --link=TRUE --exclude=a --exclude=b --chmod=a+x c d",
        "ADD --keep-git-dir --checksum=sha256:0 c d",
        "RUN --mount=type=ssh --mount=type=cache,target=/x --network=none --security=insecure --device=a b",
        "ARG --bogus A",
        "STOPSIGNAL --bogus A",
        "FROM --platform=$X b AS c-d.e_f9",
        "ONBUILD COPY a b",
        "VOLUME a b",
        "LABEL a=",
        "COPY <<A /x\nA",
        'SHELL ["a"]',
    ],
)
def test_what_buildkit_builds_is_accepted(line: str) -> None:
    check(parse(f"ARG V\nFROM a\n{line}\n"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BOGUS a", "unknown instruction: BOGUS"),
        ("COPPY . .", "unknown instruction: COPPY (did you mean COPY?)"),
        ("\\", "unknown instruction: an empty line"),
        ("ENV", "ENV requires at least one argument"),
        ("ONBUILD", "ONBUILD requires at least one argument"),
        ("SHELL []", "SHELL requires at least one argument"),
        ("SHELL a", "JSON form"),
        ("USER", "USER requires exactly one argument"),
        ("COPY a", "COPY requires at least two arguments"),
        ("COPY a <<A\nA", "cannot accept a heredoc as a destination"),
        ("COPY --bogus=a b c", "unknown flag: --bogus"),
        ("COPY --From=a b c", "unknown flag: --From (did you mean --from?)"),
        ("COPY --from=a --from=b c d", "duplicate flag specified: --from"),
        ("COPY --from c d", "missing a value on flag: --from"),
        ("COPY --link= c d", "missing a value on flag: --link"),
        ("COPY --link=1 c d", "expecting boolean value"),
        ("CMD --mount=a b", "unknown flag: --mount"),
        ("ENV =a", "ENV names can not be blank"),
        ("ARG =a", "ARG names can not be blank"),
        ('VOLUME ["a", " "]', "VOLUME specified can not be an empty string"),
        ("FROM b c", "FROM requires either one or three arguments"),
        ("FROM b AS 9c", "invalid name for build stage"),
        ("HEALTHCHECK", "HEALTHCHECK requires at least one argument"),
        ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"),
        ("HEALTHCHECK TCP 80", 'Unknown type "TCP"'),
        ("HEALTHCHECK NONE a", "HEALTHCHECK NONE takes no arguments"),
        ("HEALTHCHECK --interval=soon CMD a", "invalid value for flag --interval: soon"),
        ("HEALTHCHECK --retries=-1 CMD a", "invalid value for flag --retries: -1"),
        ("ONBUILD FROM b", "FROM isn't allowed as an ONBUILD trigger"),
        ("ONBUILD ONBUILD RUN b", "chaining ONBUILD"),
        ("ONBUILD COPY b", "COPY requires at least two arguments"),
    ],
)
def test_what_buildkit_refuses_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        check(parse(f"# c\nFROM a\n{line}\n"))
    assert message in caught.value.message
    assert caught.value.line == 3


def test_a_file_needs_a_from() -> None:
    with pytest.raises(ParseError, match="no FROM"):
        check(parse("ARG a\n"))


def test_only_arg_may_stand_above_the_first_from() -> None:
    with pytest.raises(ParseError, match="RUN before the first FROM") as caught:
        check(parse("ARG a\nRUN b\nFROM c\n"))
    assert caught.value.line == 2


def test_the_first_mistake_is_named() -> None:
    with pytest.raises(ParseError, match="BOGUS"):
        check(parse("FROM a\nBOGUS\nCOPY b\n"))
