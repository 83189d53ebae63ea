"""The words that an install is told, each with the option that it may be the value of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.project.manifests.named_paths import options
from dockerfix.shell import parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["ToldWord", "told_words"]


@frozen
class ToldWord:
    """A text, and the option that stands in front of it; "" where none does, or one that is known to name no path."""

    text: str
    option: str = ""


def told_words(call: Call, install: Install) -> Iterator[ToldWord]:
    """What may be a path among the words of an install, or of the command that is to run instead of it.

    Whether an option takes a value is not asked: the word behind an unknown one may be its value, whatever it is.
    """
    instead = install.split.instead if install.split is not None else ""
    commands = _commands(instead) if instead else [call.program.argv]
    for argv in commands:
        yield from _told(argv[1:])


def _commands(text: str) -> list[tuple[str | None, ...]]:
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    return [command.argv for command in script.commands]


def _told(argv: Sequence[str | None]) -> Iterator[ToldWord]:
    before = ""
    for word in argv:
        text = word or ""
        name, equals, value = text.partition("=")
        if text.startswith("-"):
            before = "" if equals else text
            if name not in options()["written"]:
                yield from _values(_option(name), value if equals else _joined(text))
            continue
        if before not in options()["written"]:
            yield from _values(_option(before), text)
            yield from _values("", value)
        before = ""


def _option(name: str) -> str:
    return "" if name in options()["no_path"] else name


def _joined(text: str) -> str:
    """What stands right behind a short option: `-rrequirements.txt`."""
    return text[2:] if not text.startswith("--") else ""


def _values(option: str, text: str) -> Iterator[ToldWord]:
    """A value, and each part of one that is a list."""
    if not text:
        return
    yield ToldWord(text.removeprefix("@"), option)
    for part in text.split(",") if "," in text else ():
        yield ToldWord(part, option)
