"""Dockerfiles for hypothesis: realistic ones, written in every ugly way that BuildKit reads.

A file is drawn as a list of instructions, each a list of pieces that may be parted by a continuation; how the
pieces are joined, and which newline, escape character and indentation are used, is drawn apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

__all__ = ["any_bytes", "dockerfiles", "nasty_bytes"]

_NAMES = st.sampled_from(["a", "app", "PATH", "X_1", "b-c"])
_WORDS = st.sampled_from(
    ["a", "/app", "./x.txt", "$HOME", "${X:-y}", "'b c'", '"d e"', '"f\\"g"', "h\\ i", "\u00e4\u00f6", "--flag", "*.py"]
)
_COMMANDS = st.sampled_from(
    [
        "pip install flask",
        "pip install 'a>=1' b==2 > log",
        "apt-get update",
        "apt-get install -y --no-install-recommends curl",
        'echo "a && b"',
        "echo 'it''s'",
        "sh -c 'x && y'",
        'bash -lc "z \\"w\\""',
        "if [ -f a ]; then b; fi",
        "for i in 1 2; do c $i; done",
        "x=$(date) y",
        "(cd /tmp; make)",
        "curl -fsSL x | tar xz",
        "sudo -E env A=1 true",
    ]
)
_COMMENTS = st.sampled_from(["# why", "#", "# a \\", "# pip install x", "#!x", "# \u00fc"])
_PLACES = st.sampled_from(["", " ", "  ", "\t", "    "])


@dataclass(frozen=True)
class _Layout:
    newline: str
    escape: str
    indent: str


def _case(keyword: str) -> st.SearchStrategy[str]:
    return st.sampled_from([keyword, keyword, keyword.lower(), keyword.capitalize()])


@st.composite
def _joined(draw: st.DrawFn, pieces: list[str], layout: _Layout) -> str:
    """The pieces on one line or several, comment lines and empty lines in between."""
    text = pieces[0]
    for piece in pieces[1:]:
        if draw(st.integers(0, 3)):
            text += draw(st.sampled_from([" ", " ", "  ", "\t"])) + piece
            continue
        text += draw(st.sampled_from([" ", ""])) + layout.escape + draw(st.sampled_from(["", "", " ", "\t"]))
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            text += layout.newline + draw(_PLACES) + draw(st.one_of(_COMMENTS, st.just("")))
        text += layout.newline + " " + layout.indent + piece
    return text


@st.composite
def _json(draw: st.DrawFn) -> list[str]:
    words = draw(st.lists(st.sampled_from(["a", "b c", '\\"', "\\\\", "\\u00e9", "sh", "-c", "\u00e4"]), max_size=4))
    return (
        ["[" + ",".join(f'"{word}"' for word in words) + "]"]
        if draw(st.booleans()) or not words
        else [
            "[",
            *(f'"{word}",' for word in words[:-1]),
            f'"{words[-1]}"',
            "]",
        ]
    )


@st.composite
def _flags(draw: st.DrawFn, flags: list[str]) -> list[str]:
    return draw(st.lists(st.sampled_from(flags), max_size=2, unique=True))


@st.composite
def _run(draw: st.DrawFn) -> list[str]:
    flags = draw(_flags(["--mount=type=cache,target=/x", '--mount="type=ssh,id=a b"', "--network=none"]))
    if draw(st.integers(0, 5)) == 0:
        return ["RUN", *flags, *draw(_json())]
    commands = draw(st.lists(_COMMANDS, min_size=1, max_size=4))
    return ["RUN", *flags, *[piece for command in commands[:-1] for piece in (command, "&&")], commands[-1]]


@st.composite
def _transfer(draw: st.DrawFn) -> list[str]:
    flags = draw(_flags(["--from=build", "--chown=a:b", "--link", "--chmod=755"]))
    keyword = draw(st.sampled_from(["COPY", "ADD"]))
    if draw(st.booleans()):
        return [keyword, *flags, '["a b",', '"c"]']
    return [keyword, *flags, *draw(st.lists(_WORDS.filter(lambda w: not w.startswith("-")), min_size=2, max_size=4))]


@st.composite
def _pairs(draw: st.DrawFn) -> list[str]:
    keyword = draw(st.sampled_from(["ENV", "LABEL"]))
    if draw(st.integers(0, 3)) == 0:
        return [keyword, draw(_NAMES), *draw(st.lists(_WORDS, min_size=1, max_size=3))]
    return [keyword, *(f"{name}={draw(_WORDS)}" for name in draw(st.lists(_NAMES, min_size=1, max_size=3)))]


@st.composite
def _simple(draw: st.DrawFn) -> list[str]:
    keyword = draw(st.sampled_from(["USER", "WORKDIR", "EXPOSE", "STOPSIGNAL", "VOLUME", "ARG", "CMD", "ENTRYPOINT"]))
    if keyword in ("CMD", "ENTRYPOINT", "VOLUME") and draw(st.booleans()):
        return [keyword, *draw(_json())]
    return [keyword, *draw(st.lists(_WORDS.filter(lambda w: not w.startswith("-")), min_size=1, max_size=3))]


@st.composite
def _health(draw: st.DrawFn) -> list[str]:
    return ["HEALTHCHECK", *draw(_flags(["--interval=5s", "--retries=3"])), "CMD", *draw(st.one_of(_json(), _simple()))]


@st.composite
def _from(draw: st.DrawFn) -> list[str]:
    flags = draw(_flags(["--platform=$X"]))
    return [
        "FROM",
        *flags,
        draw(st.sampled_from(["a", "a:1", "${X}/b@sha256:0"])),
        *draw(st.sampled_from([[], ["AS", "build"], ["as", "Two"]])),
    ]


@st.composite
def _heredoc(draw: st.DrawFn, layout: _Layout) -> str:
    """RUN or COPY with one or two heredocs, bodies and all."""
    marks = [("<<EOF", "EOF"), ("<<-EOF", "\tEOF"), ("<<'E F'", "E F"), ('3<<"Q"', "Q"), ("<<-$X", "\t\t$X")]
    chosen = draw(st.lists(st.sampled_from(marks), min_size=1, max_size=2, unique=True))
    names = [mark for mark, _ in chosen]
    heads = [["RUN"], ["RUN", "cat"], ["RUN", "bash"], ["COPY"], ["ONBUILD", "RUN"]]
    head = draw(st.sampled_from(heads))
    tail = ["/dest"] if head == ["COPY"] else draw(st.sampled_from([[], [">", "f", "&&", "true"]]))
    text = draw(_joined([*head, *names, *tail], layout))
    line = st.sampled_from(["a b", "\tpip install x", "# c", "", "x \\", "y `", "RUN z", "'q", "\u00e4"])
    for _, end in chosen:
        text += "".join(layout.newline + line for line in [*draw(st.lists(line, max_size=3)), end])
    return text


@st.composite
def _instruction(draw: st.DrawFn, layout: _Layout) -> str:
    if draw(st.integers(0, 7)) == 0:
        return draw(_heredoc(layout))
    keyword, *pieces = draw(st.one_of(_run(), _transfer(), _pairs(), _simple(), _health(), _from()))
    start = [draw(_case(keyword))]
    if keyword != "FROM" and draw(st.integers(0, 9)) == 0:
        start = [draw(_case("ONBUILD")), *start]
    return draw(_joined([*start, *pieces], layout))


@st.composite
def dockerfiles(draw: st.DrawFn) -> bytes:
    """A file that BuildKit's parser nearly always accepts, with comments, directives and perhaps a BOM."""
    escape = draw(st.sampled_from(["\\", "\\", "\\", "`"]))
    layout = _Layout(draw(st.sampled_from(["\n", "\n", "\r\n"])), escape, draw(_PLACES))
    lines = draw(st.lists(st.sampled_from(["# syntax=docker/dockerfile:1"]), max_size=1))
    lines += [f"# escape={escape}"] if escape == "`" or draw(st.integers(0, 5)) == 0 else []
    lines += [draw(_joined(["FROM", "a"], layout))]
    for _ in range(draw(st.integers(0, 7))):
        gap = draw(st.lists(st.one_of(_COMMENTS, st.just("")), max_size=2))
        lines += [draw(_PLACES) + line for line in gap]
        lines += [draw(_PLACES) + draw(_instruction(layout))]
    if draw(st.integers(0, 7)) == 0:
        lines += [f"CMD breaks off {layout.escape}", *draw(st.lists(_COMMENTS, max_size=1))]
    text = layout.newline.join(lines) + draw(st.sampled_from([layout.newline, layout.newline, "", "\n\n"]))
    return draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"])) + text.encode()


_FRAGMENTS = st.one_of(
    st.sampled_from(
        [b"FROM a\n", b"RUN ", b"COPY a b\n", b"ENV a=b ", b"ARG x\n", b'CMD ["a"]', b"LABEL ", b"ONBUILD "]
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r", b" ", b"\t", b"\\\n", b"\\ \n", b"\\", b"`\n", b"#", b"# escape=`\n"]),
    st.sampled_from([b"<<EOF", b"EOF\n", b"<<-'A B'", b"A B\n", b"sh -c ", b"bash <<E\n", b"E\n", b"LABEL "]),
    st.sampled_from(
        [b"'", b'"', b"[", b"]", b"=", b"$", b"${", b"}", b"--x=", b"&&", b"|", b"`", b"(", b")", b";", b">"]
    ),
    st.sampled_from([b"\xef\xbb\xbf", b"\xff", b"\x00", b"\xc2\xa0", b"\x85", b"\xe2\x80\x83", b"\xc3\xa4"]),
)


def nasty_bytes() -> st.SearchStrategy[bytes]:
    """Pieces of Dockerfiles in no order at all."""
    return st.lists(_FRAGMENTS, max_size=25).map(b"".join)


def any_bytes() -> st.SearchStrategy[bytes]:
    """Anything: random bytes, pieces of Dockerfiles, whole ones."""
    return st.one_of(st.binary(max_size=60), nasty_bytes(), dockerfiles())
