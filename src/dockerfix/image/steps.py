"""One instruction with the state around it, and what a COPY or ADD among them says: values alone."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand, run_commands
from dockerfix.image.state import State
from dockerfix.project.context.wildcards import has_wildcard
from dockerfix.syntax import Add, Copy, Instruction

__all__ = ["Source", "SourceKind", "Step", "Transfer"]

SourceKind = Literal["context", "stage", "image", "url", "heredoc"]


@frozen
class Source:
    """One source: a path below the context or another stage (without leading slash), a URL, a heredoc's text.

    `path` is None when a variable in it is unknown. `origin` names the stage or image of `--from`, or the heredoc.
    `varies` tells that an ARG decides the path, so that a build with other arguments brings something else.
    `pivot` is the text with the `/./` that tells `--parents` which folders to keep; "" where none stands there.
    """

    kind: SourceKind
    origin: str
    path: str | None
    varies: bool = False
    pivot: str = ""

    @property
    def has_wildcard(self) -> bool:
        """Whether the path is a pattern."""
        return self.path is not None and self.kind != "heredoc" and has_wildcard(self.path)


@frozen(eq=False)
class Transfer:
    """A COPY or ADD.

    `destination` is absolute, None when unknown; `into_folder` tells that it is written as a folder, or is known to
    be one (`landing.lands_in_folder` knows more). `options` are the flags other than `--from`, `--chown` and
    `--chmod`. `previous` is the step before it.
    """

    instruction: Copy | Add
    sources: tuple[Source, ...]
    destination: str | None
    into_folder: bool
    owner: str | None
    mode: str | None
    options: tuple[str, ...]
    before: State
    previous: Step | None = None
    memo: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def from_context(self) -> bool:
        """Whether any source comes from the build context."""
        return any(source.kind == "context" for source in self.sources)

    @property
    def is_plain(self) -> bool:
        """Whether no flag makes other than whole paths of the sources (`--parents`, `--exclude`)."""
        return not any(option.startswith(("--parents", "--exclude", "--unpack")) for option in self.options)

    @property
    def is_linked(self) -> bool:
        """Whether `--link` makes it a layer that does not depend on those below."""
        return any(option in ("--link", "--link=true") for option in self.options)


@frozen(eq=False)
class Step:
    """One instruction with the state around it; `transfer` is set for COPY and ADD.

    `previous` is the step before it, in the stage that this one starts from too.
    """

    instruction: Instruction
    before: State
    after: State
    transfer: Transfer | None = None
    previous: Step | None = None

    @cached_property
    def commands(self) -> tuple[RunCommand, ...] | None:
        """What a RUN executes, () for other instructions; None when the script cannot be read."""
        return run_commands(self.instruction, self.before)
