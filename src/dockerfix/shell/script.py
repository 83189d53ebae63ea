"""What a shell text holds: simple commands, words, operators, each with its place in the file."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.shell.words import ShellWord
from dockerfix.text import MappedText, Span

__all__ = ["NESTED", "Command", "Script"]

NESTED = "nested_script"
_OUTPUT = regex(r"[\d&]*>>?\|?(?!&)")


@frozen(eq=False)
class Command:
    """A simple command: assignments in front, words, redirections. A test (`[ … ]`, `[[ … ]]`, `(( … ))`) is one too.

    `within` names what stands around it, outermost first: `if_statement`, `for_statement`, `while_statement`,
    `case_statement`, `function_definition`, `subshell`, `compound_statement` (`{ … }`), `pipeline`,
    `negated_command`, `command_substitution`, `process_substitution`, and `nested_script` for the text that an
    inner shell receives. `operator` is what stands before it in its list (`&&`, `||`, `;`, `|`, a newline …) or
    empty. `start` and `end` are bytes of the script, `span` bytes of the file; they cover words, assignments and
    the redirections between them.

    `editable` is False where the quotes around an inner script change its text, so that what is written and what
    the inner shell reads differ. `opaque` tells that the command hands an inner shell a script that is not known
    here (`sh -c "$X"`, `eval`, `curl … | sh`), so that anything may run.
    """

    words: tuple[ShellWord, ...]
    assignments: tuple[tuple[str, ShellWord], ...]
    redirects: tuple[str, ...]
    within: tuple[str, ...]
    operator: str
    start: int
    end: int
    span: Span
    form: Literal["shell", "json"] = "shell"
    editable: bool = True
    opaque: bool = False

    @cached_property
    def name(self) -> str | None:
        """The program as called, without its folder; None when it is not literal or absent."""
        value = self.words[0].value if self.words else None
        return value.rsplit("/", 1)[-1] if value is not None else None

    @cached_property
    def argv(self) -> tuple[str | None, ...]:
        """The value of each word, None where it is only known at run time."""
        return tuple(word.value for word in self.words)

    @cached_property
    def last_parts(self) -> tuple[str, ...]:
        """Each word as it is meant, or else written, without the folders in front."""
        return tuple((word.value or word.raw).rsplit("/", 1)[-1] for word in self.words)

    @property
    def outputs(self) -> tuple[str | None, ...]:
        """The files that its redirections write, as written; None where one is only known at run time."""
        found = [(match, text) for text in self.redirects if (match := _OUTPUT.match(text))]
        targets = [text[match.end() :].strip().strip("\"'") for match, text in found]
        return tuple(None if "$" in target or "`" in target else target for target in targets if target)

    @property
    def is_nested(self) -> bool:
        """Whether an inner shell runs it: it stands in the text of a `sh -c '…'` or `bash <<EOF`."""
        return NESTED in self.within

    def without_first(self, count: int) -> Command:
        """The same command without its first words (a wrapper such as `sudo`)."""
        return replace(self, words=self.words[count:])


@frozen(eq=False)
class Script:
    """A shell text. `readable` is False where the grammar found an error: then nothing in it is certain.

    `commands` lists every simple command at any depth in the order of the text, each followed by the commands of
    the script that it hands to an inner shell. `operators` lists every operator outside inner scripts, a newline
    between two commands included.
    """

    source: MappedText
    readable: bool
    commands: tuple[Command, ...]
    operators: tuple[str, ...]
    comments: tuple[Span, ...]

    @property
    def own_commands(self) -> tuple[Command, ...]:
        """The commands that this shell runs itself, those of inner scripts left out."""
        return tuple(command for command in self.commands if not command.is_nested)

    @property
    def is_simple(self) -> bool:
        """Whether the text is one simple command and nothing else (what an inner shell runs not counted)."""
        return self.is_and_list and not self.operators

    @property
    def is_and_list(self) -> bool:
        """Whether the text is simple commands joined by `&&` and nothing else (inner shells not counted)."""
        commands = self.own_commands
        return (
            self.readable
            and bool(commands)
            and all(operator == "&&" for operator in self.operators)
            and not any(command.within for command in commands)
            and len(self.operators) == len(commands) - 1
        )
