"""Reads a shell text through tree-sitter-bash into commands, words and operators."""

from __future__ import annotations

import re
from dataclasses import field, replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from dockerfix.frozen import mutable
from dockerfix.regexes import regex
from dockerfix.shell.heredocs import ShellHeredoc, find_heredocs, without_heredocs
from dockerfix.shell.nested import RUNNERS, InnerScript, script_place, text_of_body, text_of_word
from dockerfix.shell.runners import unwrapped
from dockerfix.shell.script import NESTED, Command, Script
from dockerfix.shell.words import ShellWord, word_value
from dockerfix.text import MappedText, Span, decode

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["inner_commands", "parse_script"]

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
    "command_substitution",
    "process_substitution",
    "pipeline",
}
_OPERATORS = {"&&", "||", ";", "&", "|", "|&", ";;", ";&", ";;&", "!"}
_LIST_STARTS = {"then", "do", "else", "elif"}
_COMMANDS = {"command", "declaration_command", "unset_command"}
_ASSIGNMENTS = {"variable_assignment", "variable_assignments"}
_REDIRECTS = {"file_redirect", "herestring_redirect"}
_LEFT_DEEP = {"list", "redirected_statement"}
_ENDS_IN_COMMAND = {"pipeline", "negated_command"}
_SUBSTITUTIONS = {"command_substitution", "process_substitution"}
_STATEMENTS = _COMMANDS | _ASSIGNMENTS | (_COMPOUND - _SUBSTITUTIONS) | {"redirected_statement", "test_command", "list"}
_EXPRESSION = regex(r"(unary|binary|ternary|postfix|parenthesized)_expression\Z")
_REPLACED = regex(r"[$`]")
# A comment among words, which runs nothing and stands for nothing; two subshells, which the grammar takes for sums.
_COMMENT_IN_BACKTICKS = regex(rb"(?<![^ \t\n])`[ \t]*#[^`]*`(?=[ \t\n;&|)]|\Z)")
_TWO_SUBSHELLS = regex(rb"(?:(?<=[ \t\n;&|])\(\([ \t]|[ \t]\(\()")
_DEEPEST = 8  # inner scripts inside inner scripts


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse_script(source: MappedText) -> Script:
    """The commands of a shell text. Text that the grammar cannot read gives `readable=False`, never an error."""
    reader = _Reader(source, source)
    commands = reader.commands()
    if commands is None:
        return Script(source, False, (), (), ())
    comments = tuple(source.span(*comment) for comment in reader.comments)
    return Script(source, True, tuple(commands), tuple(reader.operators), comments)


def inner_commands(inner: InnerScript) -> list[Command] | None:
    """The commands of a script that stands in an exec form, mapped to the file; None when it is not known."""
    return _Reader(inner.text, None, inner, (NESTED,), 1).known_commands()


@mutable
class _Entry:
    """A command that is still being read; later redirections may bring it more words."""

    within: tuple[str, ...]
    operator: str
    start: int
    end: int
    words: list[Node] = field(default_factory=list)
    assignments: list[Node] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)
    heredocs: list[ShellHeredoc] = field(default_factory=list)
    in_heredocs: list[Command] = field(default_factory=list)
    is_test: bool = False

    def add_word(self, node: Node) -> None:
        """A word that the grammar took for the target of a redirection; words come in the order of the text."""
        self.words.append(node)
        self.words.sort(key=lambda word: word.start_byte)
        self.end = max(self.end, node.end_byte)


class _Reader:
    """Reads one text: the outermost script, mapped to the file, or a part of it.

    A part is mapped to the outermost script, `source`; without one (exec form), to the file.
    """

    def __init__(
        self,
        text: MappedText,
        source: MappedText | None,
        inner: InnerScript | None = None,
        within: tuple[str, ...] = (),
        depth: int = 0,
    ) -> None:
        self.text, self.source, self.inner = text, source, inner
        self.raw = text.raw
        self.within = within
        self.depth = depth
        self.entries: list[_Entry] = []
        self.operators: list[str] = []
        self.comments: list[tuple[int, int]] = []
        self.heredocs: dict[int, ShellHeredoc] = {}
        self.expanded = inner is not None and inner.expanded
        self._operator = ""
        self._lost = False
        self._has_continuations = b"\\\n" in self.raw

    def commands(self) -> list[Command] | None:
        """Every command, each followed by those of its inner script; None when the text cannot be read."""
        try:
            root = self._tree()
            if root is None:
                return None
            self._statement(root, self.within)
            found = [command for entry in self.entries for command in self._finished(entry)]
            return None if self._lost else found
        except RecursionError:
            return None

    def known_commands(self) -> list[Command] | None:
        """As `commands`; None too when the outer shell puts a program's name in, which may be more than a name."""
        found = self.commands()
        if self.expanded and found is not None and any(one.words and one.name is None for one in found):
            return None
        return found

    @property
    def _in_script(self) -> MappedText:
        """The text, mapped to the outermost script, or to the file in exec form."""
        return MappedText(self.raw, ((0, 0, len(self.raw)),)) if self.text is self.source else self.text

    def _tree(self) -> Node | None:
        heredocs = find_heredocs(self.raw)
        self.heredocs = {heredoc.mark: heredoc for heredoc in heredocs}
        masked = without_heredocs(self.raw, heredocs) if heredocs else self.raw
        root = _parser().parse(masked).root_node
        for blank, mask in ((_COMMENT_IN_BACKTICKS, b""), (_TWO_SUBSHELLS, b"( (")):
            if root.has_error and blank.search(masked):
                masked, root = _read_again(masked, root, blank, mask)
        return None if root.has_error else root

    def _statement(self, node: Node, within: tuple[str, ...]) -> _Entry | None:
        """Reads a node; gives the simple command that a redirection behind it belongs to, if there is one."""
        kind = node.type
        if kind in _COMMANDS:
            return self._command(node, within)
        if kind in _LEFT_DEEP:
            return self._chain(node, within)
        if kind in _ASSIGNMENTS:
            return self._assignment(node, within)
        if kind == "test_command" or (kind == "compound_statement" and self.raw.startswith(b"((", node.start_byte)):
            return self._test(node, within)
        if kind == "comment":
            self.comments.append((node.start_byte, node.end_byte))
            return None
        return self._parts(node, (*within, kind) if kind in _COMPOUND else within)

    def _chain(self, node: Node, within: tuple[str, ...]) -> _Entry | None:
        """Reads `a && b > c && …`, which the grammar nests as deep as it is long."""
        outer: list[Node] = []
        inner: Node | None = node
        while inner is not None and inner.type in _LEFT_DEEP:
            outer.append(inner)
            inner = inner.children[0] if inner.type == "list" else inner.child_by_field_name("body")
        last = self._statement(inner, within) if inner is not None else None
        for parent in reversed(outer):
            if parent.type == "redirected_statement":
                last = self._redirections(parent, last, within)
            else:
                last = self._children(parent.children[1:], within)
        return last

    def _parts(self, node: Node, within: tuple[str, ...]) -> _Entry | None:
        last = self._children(node.children, within)
        return last if node.type in _ENDS_IN_COMMAND else None

    def _children(self, children: list[Node], within: tuple[str, ...]) -> _Entry | None:
        last: _Entry | None = None
        follows = False
        for child in children:
            kind = child.type
            if child.is_named:
                is_statement = kind in _STATEMENTS
                if follows and is_statement:
                    self._note_operator("\n")
                found = self._statement(child, within)
                last = found if kind != "comment" else last
                follows = follows or is_statement
            elif kind in _OPERATORS:
                self._note_operator(kind)
                follows = False
            elif kind in _LIST_STARTS:
                self._operator = ""
                follows = False
        return last

    def _note_operator(self, kind: str) -> None:
        self._operator = kind
        self.operators.append(kind)

    def _entry(self, node: Node, within: tuple[str, ...]) -> _Entry:
        entry = _Entry(within, self._operator, node.start_byte, node.end_byte)
        self._operator = ""
        self.entries.append(entry)
        return entry

    def _command(self, node: Node, within: tuple[str, ...]) -> _Entry:
        entry = self._entry(node, within)
        is_command = node.type == "command"
        for child in node.children:
            kind = child.type
            if kind == "command_name":
                entry.words.append(child.children[0] if child.child_count else child)
            elif kind == "variable_assignment" and is_command:
                entry.assignments.append(child)
            elif kind in _REDIRECTS:
                self._redirect(child, entry)
            else:
                entry.words.append(child)
        self._substitutions(node, within)
        return entry

    def _test(self, node: Node, within: tuple[str, ...]) -> _Entry:
        entry = self._entry(node, within)
        entry.words += _leaves(node)
        entry.is_test = True
        self._substitutions(node, within)
        return entry

    def _assignment(self, node: Node, within: tuple[str, ...]) -> _Entry:
        entry = self._entry(node, within)
        entry.assignments += [node] if node.type == "variable_assignment" else node.named_children
        self._substitutions(node, within)
        return entry

    def _redirections(self, node: Node, entry: _Entry | None, within: tuple[str, ...]) -> _Entry | None:
        """Reads what stands behind a command, or behind a compound one, which keeps no redirections here."""
        redirects = node.children_by_field_name("redirect")
        if entry is None and node.child_by_field_name("body") is None:
            entry = self._entry(node, within)
        for redirect in redirects:
            if redirect.type not in _REDIRECTS:
                self._lost = True  # a heredoc that only the grammar sees
            elif entry is not None:
                self._redirect(redirect, entry)
            self._substitutions(redirect, within)
        return entry

    def _redirect(self, node: Node, entry: _Entry) -> None:
        """Notes a redirection. The grammar takes every word behind `>file` for a target; a shell takes one."""
        targets = node.children_by_field_name("destination")
        end = targets[0].end_byte if targets else node.end_byte
        entry.redirects.append(decode(self.raw[node.start_byte : end]))
        for target in targets[1:]:
            entry.add_word(target)
        heredoc = self.heredocs.get(self.raw.find(b"<", node.start_byte, node.end_byte))
        if heredoc is not None:
            entry.heredocs.append(heredoc)
            self._body_substitutions(heredoc, entry)

    def _substitutions(self, node: Node, within: tuple[str, ...]) -> None:
        """The commands inside `$(…)`, backticks, `<(…)`; in an inner script the outer shell has run them."""
        text = self.raw[node.start_byte : node.end_byte]
        if self.expanded or (b"(" not in text and b"`" not in text):
            return
        operator = self._operator
        for child in node.children:
            if child.type in _SUBSTITUTIONS:
                self._operator = ""
                self._statement(child, within)
            elif child.child_count:
                self._substitutions(child, within)
        self._operator = operator

    def _body_substitutions(self, heredoc: ShellHeredoc, entry: _Entry) -> None:
        """The commands in `$(…)` of an unquoted body, which the text given to the grammar lacks."""
        body = self.raw[heredoc.body : heredoc.body_end]
        if heredoc.literal or self.expanded or b"$(" not in body:
            return
        part = self._in_script.slice(heredoc.body, heredoc.body_end)
        place = part.offset(0)
        opening, closing = (MappedText(text, ((0, place, len(text)),)) for text in (b"x <<\x04\n", b"\x04\n"))
        text = MappedText.concatenated((opening, part, closing))
        root = _parser().parse(text.raw).root_node
        if root.has_error:
            self._lost = True
            return
        reader = _Reader(text, self.source, None, entry.within, self.depth)
        reader._substitutions(root, entry.within)
        entry.in_heredocs += (command for found in reader.entries for command in reader._finished(found))
        self._lost = self._lost or reader._lost

    def _finished(self, entry: _Entry) -> list[Command]:
        """The command, those of its inner script, and those that its heredocs hold."""
        start, end, span = self._place(entry.start, entry.end)
        if self._has_continuations and any(
            self.raw[left.end_byte : right.start_byte] == b"\\\n" for left, right in pairwise(entry.words)
        ):
            self._lost = True  # the shell reads one word where the grammar sees two
        command = Command(
            tuple([self._word(node) for node in entry.words]),
            tuple([pair for node in entry.assignments if (pair := self._pair(node))]),
            tuple(entry.redirects),
            entry.within,
            entry.operator,
            start,
            end,
            span,
            editable=not entry.is_test and (self.inner is None or not self.inner.is_broken(entry.start, entry.end)),
        )
        program = unwrapped(command)
        place = script_place(program.argv) if program.name in RUNNERS else None
        if place is None:
            return [command, *entry.in_heredocs]
        number = len(command.words) - len(program.words) + place if isinstance(place, int) else None
        nested = self._nested(entry, number)
        return [replace(command, opaque=nested is None), *(nested or ()), *entry.in_heredocs]

    def _nested(self, entry: _Entry, number: int | None) -> list[Command] | None:
        """The commands of the inner script in a word, or in a heredoc; None where they are not known."""
        inner: InnerScript | None = None
        if number is not None:
            inner = text_of_word(entry.words[number], self._in_script)
        elif entry.heredocs:
            last = entry.heredocs[-1]
            inner = text_of_body(self._in_script, last.body, last.body_end, literal=last.literal)
        if inner is None or self.depth >= _DEEPEST:
            return None
        if self.expanded and not inner.expanded:
            inner = replace(inner, expanded=True)
        return _Reader(inner.text, self.source, inner, (*entry.within, NESTED), self.depth + 1).known_commands()

    def _word(self, node: Node) -> ShellWord:
        raw, value, expands = word_value(node, self.raw)
        if node.type == "concatenation" and any(part.type.startswith("`") for part in node.children):
            self._lost = True  # the grammar takes "` `" in "`a` `b`" for an empty substitution
        if self.expanded and value is not None and _REPLACED.search(raw):
            value = None
        return ShellWord(raw, value, expands, *self._place(node.start_byte, node.end_byte))

    def _pair(self, node: Node) -> tuple[str, ShellWord] | None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return None
        nothing = ShellWord("", "", False, *self._place(node.end_byte, node.end_byte))
        return decode(self.raw[name.start_byte : name.end_byte]), self._word(value) if value is not None else nothing

    def _place(self, start: int, end: int) -> tuple[int, int, Span]:
        """The bytes of the outermost script, and of the file, that a part of the text came from."""
        if self.text is self.source:
            return start, end, self.source.span(start, end)
        place = self.text.span(start, end)
        if self.source is None:
            return 0, 0, place
        return place.start, place.end, self.source.span(place.start, place.end)


def _leaves(node: Node) -> list[Node]:
    """The words of a test: brackets, operators and operands."""
    found: list[Node] = []
    for child in node.children:
        found += _leaves(child) if _EXPRESSION.match(child.type) else [child]
    return found


def _read_again(raw: bytes, root: Node, pattern: re.Pattern[bytes], mask: bytes) -> tuple[bytes, Node]:
    """Reads a text anew with what the grammar does not know masked, byte for byte; as it was if that is in quotes."""
    masked = pattern.sub(lambda match: mask.ljust(len(match[0])), raw)
    again = _parser().parse(masked).root_node
    for match in pattern.finditer(raw):
        around = again.descendant_for_byte_range(match.start(), match.end() - 1)
        if around is not None and "string" in around.type:
            return raw, root
    return masked, again
