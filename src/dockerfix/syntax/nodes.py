"""Instructions: every value knows where it stands in the file."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import ClassVar, Literal

from dockerfix.frozen import frozen
from dockerfix.syntax.arguments import (
    Flag,
    Word,
    health_parts,
    json_words,
    name_value_words,
    quoted_words,
    space_words,
)
from dockerfix.syntax.heredocs import Heredoc, run_script
from dockerfix.syntax.lines import PhysicalLine
from dockerfix.text import MappedText, Span

__all__ = [
    "Add",
    "Arg",
    "Cmd",
    "Copy",
    "Entrypoint",
    "Env",
    "Expose",
    "Form",
    "From",
    "Healthcheck",
    "Instruction",
    "Label",
    "Maintainer",
    "Onbuild",
    "Run",
    "Shell",
    "Stopsignal",
    "Unknown",
    "User",
    "Volume",
    "Workdir",
]

Form = Literal["json", "shell"]


@frozen(eq=False)
class Instruction:
    """One instruction with its continuation lines and heredocs.

    `span` runs from the keyword to the end of the last line, without its newline; `extent` covers whole
    lines. Line numbers are 1-based, as BuildKit counts. `arguments` is the logical line behind keyword
    and flags: continuations, comment lines and empty lines inside are gaps of the mapping.
    """

    keyword: str
    keyword_span: Span
    span: Span
    extent: Span
    start_line: int
    end_line: int
    lines: tuple[PhysicalLine, ...]
    logical: MappedText
    flags: tuple[Flag, ...]
    arguments: MappedText
    heredocs: tuple[Heredoc, ...]
    escape: str
    index: int
    memo: dict[object, object] = field(default_factory=dict, repr=False)

    kind: ClassVar[str] = ""
    splits: ClassVar[Literal["text", "json", "json-list", "spaces", "words", "pairs"]] = "text"

    @cached_property
    def _json(self) -> tuple[Word, ...] | None:
        return json_words(self.arguments) if self.splits in ("json", "json-list") else None

    @property
    def form(self) -> Form:
        """`json` for the exec form, `shell` for everything else, text that only looks like JSON included.

        Raises:
            ArgumentError: a JSON array of other things than strings.
        """
        return "shell" if self._json is None else "json"

    @property
    def words(self) -> tuple[Word, ...]:
        """The arguments as BuildKit splits them for this instruction, each with its place in the file.

        Raises:
            ArgumentError: BuildKit refuses these arguments.
        """
        return self._words

    @cached_property
    def _words(self) -> tuple[Word, ...]:
        if self._json is not None:
            return self._json
        if not len(self.arguments):
            return ()
        if self.splits in ("json-list", "spaces"):
            return space_words(self.arguments)
        if self.splits == "words":
            return quoted_words(self.arguments, self.escape)
        if self.splits == "pairs":
            return name_value_words(self.arguments, self.escape, self.kind)
        return (Word(self.arguments.text, self.arguments),)

    @property
    def values(self) -> tuple[str, ...]:
        """The words as text, as BuildKit's parser hands them on: quotes kept, variables not replaced."""
        return tuple(word.value for word in self.words)

    def flag(self, name: str) -> Flag | None:
        """The last flag of that name (`chown` for `--chown=…`), or None."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    @property
    def comments(self) -> tuple[Span, ...]:
        """The comment lines inside the instruction, newline included."""
        return tuple(line.span for line in self.lines if line.kind == "comment")


@frozen(eq=False)
class Unknown(Instruction):
    """A keyword that BuildKit does not know."""


@frozen(eq=False)
class From(Instruction):
    """`FROM [--platform=…] image [AS name]`."""

    kind = "FROM"
    splits = "spaces"

    @property
    def image(self) -> Word | None:
        """The image reference or stage name, variables not replaced."""
        return self.words[0] if self.words else None

    @property
    def name(self) -> str | None:
        """The stage name in lower case, as BuildKit compares it."""
        return self.words[2].value.lower() if len(self.words) == 3 and self.words[1].value.lower() == "as" else None


@frozen(eq=False)
class _Process(Instruction):
    splits = "json"

    @property
    def script(self) -> MappedText | None:
        """The text that the shell receives in shell form; None in exec form."""
        return self.arguments if self.form == "shell" else None


@frozen(eq=False)
class Run(_Process):
    """`RUN`: a script in shell form, an argv in exec form."""

    kind = "RUN"

    @cached_property
    def _script(self) -> MappedText | None:
        return run_script(self.arguments, self.heredocs) if self.form == "shell" else None

    @property
    def script(self) -> MappedText | None:
        """The text that the shell receives, heredocs included; None in exec form.

        None too for a lone heredoc whose `#!` line names another interpreter than a shell.
        """
        return self._script


@frozen(eq=False)
class Cmd(_Process):
    """`CMD`."""

    kind = "CMD"


@frozen(eq=False)
class Entrypoint(_Process):
    """`ENTRYPOINT`."""

    kind = "ENTRYPOINT"


@frozen(eq=False)
class Shell(Instruction):
    """`SHELL`, which knows only the JSON form."""

    kind = "SHELL"
    splits = "json"


@frozen(eq=False)
class _Transfer(Instruction):
    splits = "json-list"

    @property
    def sources(self) -> tuple[Word, ...]:
        """Where from, heredoc markers included; variables not replaced."""
        return self.words[:-1]

    @property
    def destination(self) -> Word | None:
        """Where to; None when the instruction has no arguments."""
        return self.words[-1] if self.words else None


@frozen(eq=False)
class Copy(_Transfer):
    """`COPY`."""

    kind = "COPY"

    @property
    def source_stage(self) -> str | None:
        """What `--from` names: a stage, its number, an image or a named context; None for the build context."""
        flag = self.flag("from")
        return flag.value if flag else None


@frozen(eq=False)
class Add(_Transfer):
    """`ADD`."""

    kind = "ADD"


@frozen(eq=False)
class Volume(Instruction):
    """`VOLUME`."""

    kind = "VOLUME"
    splits = "json-list"


@frozen(eq=False)
class _Pairs(Instruction):
    splits = "pairs"

    @property
    def pairs(self) -> tuple[tuple[Word, Word], ...]:
        """Name and value of each assignment, quotes kept."""
        return tuple(zip(self.words[::2], self.words[1::2], strict=False))


@frozen(eq=False)
class Env(_Pairs):
    """`ENV`."""

    kind = "ENV"


@frozen(eq=False)
class Label(_Pairs):
    """`LABEL`."""

    kind = "LABEL"


@frozen(eq=False)
class Arg(Instruction):
    """`ARG name[=default] …`."""

    kind = "ARG"
    splits = "words"

    @property
    def pairs(self) -> tuple[tuple[str, Word | None], ...]:
        """Each name with its default, or None where it has none; quotes kept."""
        found = []
        for word in self.words:
            name, equals, _ = word.value.partition("=")
            found.append((name, word.from_character(len(name) + 1) if equals else None))
        return tuple(found)


@frozen(eq=False)
class Expose(Instruction):
    """`EXPOSE`."""

    kind = "EXPOSE"
    splits = "spaces"


@frozen(eq=False)
class User(Instruction):
    """`USER`."""

    kind = "USER"


@frozen(eq=False)
class Workdir(Instruction):
    """`WORKDIR`."""

    kind = "WORKDIR"


@frozen(eq=False)
class Stopsignal(Instruction):
    """`STOPSIGNAL`."""

    kind = "STOPSIGNAL"


@frozen(eq=False)
class Maintainer(Instruction):
    """`MAINTAINER`, deprecated."""

    kind = "MAINTAINER"


@frozen(eq=False)
class Healthcheck(Instruction):
    """`HEALTHCHECK NONE` or `HEALTHCHECK CMD …`."""

    kind = "HEALTHCHECK"

    @cached_property
    def _parts(self) -> tuple[Word, MappedText] | None:
        return health_parts(self.arguments)

    @cached_property
    def _json(self) -> tuple[Word, ...] | None:
        return json_words(self.command)

    @property
    def type(self) -> str:
        """`CMD` or `NONE`, as written."""
        return self._parts[0].value if self._parts else ""

    @property
    def command(self) -> MappedText:
        """The text behind `CMD`."""
        return self._parts[1] if self._parts else self.arguments

    @cached_property
    def _words(self) -> tuple[Word, ...]:
        if self._parts is None:
            return ()
        if self._json is not None:
            return (self._parts[0], *self._json)
        rest = (Word(self.command.text, self.command),) if len(self.command) else ()
        return (self._parts[0], *rest)


@frozen(eq=False)
class Onbuild(Instruction):
    """`ONBUILD` with the instruction that a child image will run."""

    kind = "ONBUILD"
    trigger: Instruction | None = None

    @property
    def innermost(self) -> Instruction | None:
        """The trigger, or the last of a chain of ONBUILDs, which BuildKit's parser reads and its builder refuses."""
        node = self.trigger
        while isinstance(node, Onbuild):
            node = node.trigger
        return node

    @property
    def form(self) -> Form:
        return self.innermost.form if self.innermost else "shell"

    @cached_property
    def _words(self) -> tuple[Word, ...]:
        return self.innermost.words if self.innermost else ()


BY_KEYWORD: dict[str, type[Instruction]] = {
    node.kind: node
    for node in list(vars().values())
    if isinstance(node, type) and issubclass(node, Instruction) and node.kind
}
