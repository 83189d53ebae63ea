"""The text that a command of the build prints into a file: `cat > run.sh <<EOF`, `printf '…' > run.sh`."""

from __future__ import annotations

import re

from dockerfix.image.commands import RunCommand
from dockerfix.regexes import regex
from dockerfix.syntax import Instruction, Run

__all__ = ["appends", "printed_text"]

_MARK = regex(r"<<(-?)\s*(['\"]?)(\w+)\2\Z")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\\": "\\"}
_ESCAPE = regex(r"\\[nt\\]")


def appends(item: RunCommand) -> bool:
    """Whether a command writes behind what its file holds already."""
    return any(">>" in redirect for redirect in item.program.redirects) or "-a" in item.program.argv


def printed_text(item: RunCommand, instruction: Instruction) -> str | None:
    """What a command prints; None where that is only known when it runs."""
    program = item.program
    if item.command.within or any(value is None for value in program.argv):
        return None
    words = [value for value in program.argv[1:] if value is not None]
    match program.name:
        case "cat" | "tee":
            return _heredoc(program.redirects, instruction)
        case "echo":
            return _unescaped(" ".join(word for word in words if word not in ("-e", "-n"))) + "\n"
        case "printf" if words:
            return _formatted(words[0], words[1:])
    return None


def _formatted(text: str, given: list[str]) -> str | None:
    """A format with its arguments; only `%s` is known."""
    if "%" not in text:
        return _unescaped(text)
    if text.replace("%s", "").count("%") or text.count("%s") != 1:
        return None
    return "".join(_unescaped(text).replace("%s", one) for one in given)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def _heredoc(redirects: tuple[str, ...], instruction: Instruction) -> str | None:
    marks = [found for redirect in redirects if (found := _MARK.match(redirect))]
    if len(marks) != 1 or not isinstance(instruction, Run):
        return None
    dash, quote, name = marks[0].groups()
    text = next((one.content for one in instruction.heredocs if one.name == name), None)
    if text is None:
        text = next((inner for one in instruction.heredocs if (inner := _inside(one.content, name, dash))), None)
    if text is None or (not quote and re.search(r"(?<!\\)[$`]", text)):
        return None
    text = text if quote else re.sub(r"\\([$`\\])", r"\1", text)
    return "".join(line.lstrip("\t") for line in text.splitlines(keepends=True)) if dash else text


def _inside(script: str, name: str, dash: str) -> str | None:
    """The body of a heredoc of a script that is one itself."""
    lines = script.splitlines(keepends=True)
    opened = next((at for at, line in enumerate(lines) if re.search(rf"<<-?\s*['\"]?{name}\b", line)), None)
    if opened is None:
        return None
    body = lines[opened + 1 :]
    closed = next(
        (at for at, line in enumerate(body) if (line.lstrip("\t") if dash else line).rstrip("\n") == name), None
    )
    return None if closed is None else "".join(body[:closed])
