"""The lines of a requirements file as pip reads them: encoding, continuations, comments, options."""

from __future__ import annotations

import codecs
import shlex
from collections.abc import Iterator
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from optparse import OptionParser, Values

__all__ = ["OptionLine", "decoded", "has_variable", "logical_lines", "read_line"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32, "utf-32"),
    (codecs.BOM_UTF16, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
)
_BLANKS = regex(r"[ \t\r\n]+")
_CODING = regex(rb"coding[:=]\s*([-\w.]+)")
_COMMENT = regex(r"(^|\s+)#.*$")
_VARIABLE = regex(r"\$\{[A-Z0-9_]+\}")

_OPTIONS = (
    (("-i", "--index-url", "--pypi-url"), "index_url"),
    (("--extra-index-url",), "extra_index_url"),
    (("-c", "--constraint"), "constraint"),
    (("-r", "--requirement"), "requirement"),
    (("-e", "--editable"), "editable"),
    (("-f", "--find-links"), "find_links"),
    (("--no-binary",), "no_binary"),
    (("--only-binary",), "only_binary"),
    (("--trusted-host",), "trusted_host"),
    (("--use-feature",), "use_feature"),
    (("--global-option",), "global_option"),
    (("-C", "--config-settings", "--config-setting"), "config_settings"),
    (("--hash",), "hash"),
)
_FLAGS = ("--no-index", "--prefer-binary", "--require-hashes", "--pre")


@frozen
class OptionLine:
    """One logical line: the requirement before its first option (maybe empty), and the options, by destination.

    `error` is pip's complaint about a line that it would refuse; then there are no options.
    """

    line: int
    requirement: str
    options: dict[str, list[str]] = field(default_factory=dict)
    error: str | None = None


def decoded(raw: bytes) -> str | None:
    """The text of a requirements file; None where its bytes are not in the encoding they announce.

    Source: pip's `auto_decode`: a byte order mark, else `# -*- coding: … -*-` in the first two lines, else
    UTF-8 (the locale of Python's images). UTF-32 is tried before UTF-16, whose mark it starts with.
    """
    try:
        for mark, encoding in _BOMS:
            if raw.startswith(mark):
                return raw[len(mark) :].decode(_own_order(mark, encoding))
        for line in raw.split(b"\n")[:2]:
            if line.startswith(b"#") and (found := _CODING.search(line)):
                return raw.decode(found[1].decode("ascii"))
        return raw.decode("utf-8")
    except (UnicodeDecodeError, LookupError):
        return None


def _own_order(mark: bytes, encoding: str) -> str:
    """The byte order that the mark tells: a decoder that gets no mark assumes the machine's."""
    if encoding not in {"utf-16", "utf-32"}:
        return encoding
    return f"{encoding}-{'le' if mark[0] == 0xFF else 'be'}"


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments and blanks, continuations joined, each with the 1-based number it starts at.

    Source: pip's `preprocess`: a backslash at the end of a comment line continues nothing.
    """
    for number, line in _joined(text):
        line = _COMMENT.sub("", line).strip()
        if line:
            yield number, line


def _joined(text: str) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            first = first if parts else number
            parts.append(line.strip("\\"))
            continue
        # pip puts a blank before a comment line, so that the comment is known as one once joined
        line = f" {line}" if comment else line
        yield (first, "".join((*parts, line))) if parts else (number, line)
        parts = []
    if parts:
        yield first, "".join(parts)


def has_variable(text: str) -> bool:
    """Whether pip would put an environment variable (`${NAME}`) into the text."""
    return bool(_VARIABLE.search(text))


def read_line(number: int, line: str) -> OptionLine:
    """A logical line split into requirement and options.

    Source: pip's `break_args_options` and its option parser: all up to the first word that starts with a
    dash is the requirement, the rest is read as a shell would split it.
    """
    words = line.split(" ")
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    requirement = " ".join(words[:first]).strip()
    if first == len(words):
        return OptionLine(number, requirement)
    try:
        values, _ = _parser().parse_args(_split(" ".join(words[first:])))
    except ValueError as error:
        return OptionLine(number, requirement, error=str(error))
    return OptionLine(number, requirement, _given(values))


def _split(text: str) -> list[str]:
    """As `shlex.split`, which goes letter by letter through the hashes of lock files."""
    if any(mark in text for mark in "\"'\\"):
        return shlex.split(text)
    return [word for word in _BLANKS.split(text) if word]


def _given(values: Values) -> dict[str, list[str]]:
    return {name: given for name, given in vars(values).items() if given}


@cache
def _parser() -> OptionParser:
    from optparse import OptionParser

    class Parser(OptionParser):
        def error(self, msg: str) -> None:  # type: ignore[override]
            raise ValueError(msg)

    parser = Parser(add_help_option=False)
    for names, destination in _OPTIONS:
        parser.add_option(*names, dest=destination, action="append")
    for name in _FLAGS:
        parser.add_option(name, dest=name[2:].replace("-", "_"), action="append_const", const="")
    return parser
