"""One shell text as tree-sitter-bash reads it: simple commands, words, operators, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from dockerfix.shell.words import ShellWord, shell_word
from dockerfix.text import MappedText, Span, decode

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["Command", "Script", "exec_command", "parse_script"]

_COMPOUND = {
    "if_statement",
    "for_statement",
    "c_style_for_statement",
    "while_statement",
    "case_statement",
    "function_definition",
    "subshell",
    "compound_statement",
    "negated_command",
    "test_command",
    "command_substitution",
    "process_substitution",
    "pipeline",
}
_OPERATORS = {"&&", "||", ";", "&", "|", "|&", ";;", "!"}
_SIMPLE = {"command", "declaration_command", "unset_command", "test_command"}


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A simple command: assignments in front, words, redirections.

    `within` names the compound commands around it, outermost first (`if_statement`, `subshell`, `pipeline`,
    `command_substitution` …); `operator` is what stands before it in its list (`&&`, `||`, `;`, a newline) or
    empty. `start` and `end` are bytes of the script, `span` bytes of the file.
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

    @property
    def name(self) -> str | None:
        """The program as called, without its folder; None when it is not literal or absent."""
        value = self.words[0].value if self.words else None
        return value.rsplit("/", 1)[-1] if value is not None else None

    @property
    def argv(self) -> tuple[str | None, ...]:
        """The value of each word, None where it is only known at run time."""
        return tuple(word.value for word in self.words)

    def without_first(self, count: int) -> Command:
        """The same command without its first words (a wrapper such as `sudo`)."""
        return replace(self, words=self.words[count:])


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """A shell text. `readable` is False where the grammar found an error: then nothing in it is certain.

    `commands` lists every simple command at any depth in the order of the text; `operators` every operator.
    """

    source: MappedText
    readable: bool
    commands: tuple[Command, ...]
    operators: tuple[str, ...]
    comments: tuple[Span, ...]

    @property
    def is_simple(self) -> bool:
        """Whether the text is one simple command and nothing else."""
        return self.readable and len(self.commands) == 1 and not self.operators and not self.commands[0].within

    @property
    def is_and_list(self) -> bool:
        """Whether the text is simple commands joined by `&&` and nothing else."""
        return (
            self.readable
            and bool(self.commands)
            and all(operator == "&&" for operator in self.operators)
            and not any(command.within for command in self.commands)
            and len(self.operators) == len(self.commands) - 1
        )


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse_script(source: MappedText) -> Script:
    """The commands of a shell text. Text that the grammar cannot read gives `readable=False`, never an error."""
    root = _parser().parse(source.raw).root_node
    reader = _Reader(source)
    reader.statement(root, ())
    return Script(source, not root.has_error, tuple(reader.commands), tuple(reader.operators), tuple(reader.comments))


def exec_command(words: tuple[tuple[str, MappedText], ...], span: Span) -> Command:
    """The command of an exec form: each word with the JSON string that it stands in."""
    found = tuple(ShellWord(mapped.text, value, False, 0, 0, mapped.whole) for value, mapped in words)
    return Command(found, (), (), (), "", 0, 0, span, "json")


class _Reader:
    def __init__(self, source: MappedText) -> None:
        self.source = source
        self.commands: list[Command] = []
        self.operators: list[str] = []
        self.comments: list[Span] = []
        self._operator = ""

    def statement(self, node: Node, within: tuple[str, ...]) -> None:
        kind = node.type
        if kind in ("command", "declaration_command", "unset_command"):
            self._command(node, within)
        elif kind == "redirected_statement":
            self._redirected(node, within)
        elif kind == "variable_assignment" or kind == "variable_assignments":
            self._assignment(node, within)
        elif kind == "comment":
            self.comments.append(self.source.span(node.start_byte, node.end_byte))
        elif kind in ("heredoc_body", "heredoc_end", "heredoc_start"):
            self._substitutions(node, within)
        else:
            inner = (*within, kind) if kind in _COMPOUND else within
            for child in node.children:
                if child.is_named:
                    self.statement(child, inner)
                elif child.type in _OPERATORS or child.type == "\n":
                    self._note_operator(child.type, node)

    def _note_operator(self, kind: str, node: Node) -> None:
        if kind == "\n" and node.type != "program":
            return
        self._operator = kind
        if kind != "\n" or self.commands:
            self.operators.append(kind)

    def _redirected(self, node: Node, within: tuple[str, ...]) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self.statement(body, within)
        redirects: list[str] = []
        stray: list[ShellWord] = []
        last = len(self.commands) - 1
        for redirect in node.children_by_field_name("redirect"):
            redirects.append(decode(self.source.raw[redirect.start_byte : redirect.end_byte]))
            # The grammar counts every word behind `>file` as a target; the shell takes one, the rest are arguments.
            stray += [self._word(target) for target in redirect.children_by_field_name("destination")[1:]]
            self._heredoc(redirect, within)
        if last >= 0 and body is not None and body.type != "subshell":
            command = self.commands[last]
            words = tuple(sorted((*command.words, *stray), key=lambda word: word.start))
            end = max([command.end, *(word.end for word in stray)])
            span = self.source.span(command.start, end)
            both = command.redirects + tuple(redirects)
            self.commands[last] = replace(command, words=words, redirects=both, end=end, span=span)

    def _heredoc(self, redirect: Node, within: tuple[str, ...]) -> None:
        """What the grammar hangs below a heredoc mark: the rest of the line, further commands included."""
        if redirect.type != "heredoc_redirect":
            return
        for child in redirect.children:
            if child.type in _OPERATORS:
                self._note_operator(child.type, redirect)
            elif child.is_named and child.type not in ("heredoc_start", "heredoc_end", "file_redirect"):
                self.statement(child, within)

    def _assignment(self, node: Node, within: tuple[str, ...]) -> None:
        pairs = tuple(self._pairs(node))
        span = self.source.span(node.start_byte, node.end_byte)
        self._substitutions(node, within)
        self._append(Command((), pairs, (), within, "", node.start_byte, node.end_byte, span))

    def _pairs(self, node: Node) -> Iterator[tuple[str, ShellWord]]:
        for part in [node] if node.type == "variable_assignment" else node.children:
            name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
            if part.type == "variable_assignment" and name is not None:
                word = self._word(value) if value is not None else self._nothing(part.end_byte)
                yield decode(self.source.raw[name.start_byte : name.end_byte]), word

    def _nothing(self, at: int) -> ShellWord:
        return ShellWord("", "", False, at, at, self.source.span(at, at))

    def _command(self, node: Node, within: tuple[str, ...]) -> None:
        words: list[ShellWord] = []
        assignments: list[tuple[str, ShellWord]] = []
        redirects: list[str] = []
        operator, self._operator = self._operator, ""
        for child in node.children:
            if child.type == "variable_assignment" and node.type == "command":
                assignments += self._pairs(child)
            elif child.type in ("file_redirect", "herestring_redirect", "heredoc_redirect"):
                redirects.append(decode(self.source.raw[child.start_byte : child.end_byte]))
                words += [self._word(target) for target in child.children_by_field_name("destination")[1:]]
            else:
                place = child.children[0] if child.type == "command_name" and child.children else child
                words.append(self._word(place))
        start, end = node.start_byte, node.end_byte
        span = self.source.span(start, end)
        self._operator = operator
        self._append(Command(tuple(words), tuple(assignments), tuple(redirects), within, "", start, end, span))
        self._substitutions(node, within)

    def _append(self, command: Command) -> None:
        self.commands.append(replace(command, operator=self._operator))
        self._operator = ""

    def _word(self, node: Node) -> ShellWord:
        return shell_word(node, self.source)

    def _substitutions(self, node: Node, within: tuple[str, ...]) -> None:
        if b"$(" not in node.text and b"`" not in node.text and b"(" not in node.text:  # type: ignore[operator]
            return
        for child in node.children:
            if child.type in ("command_substitution", "process_substitution"):
                self.statement(child, within)
            elif child.child_count:
                self._substitutions(child, within)
