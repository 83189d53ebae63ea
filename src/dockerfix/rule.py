"""The contract between rules and the rest: what a rule author writes, and what a rule gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Literal

from dockerfix.frozen import frozen
from dockerfix.image.aspects import Aspect
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.facts import Fact, distinct
from dockerfix.syntax import Dockerfile, Instruction
from dockerfix.text import Edit, Span

__all__ = [
    "BY_FLAG",
    "Applicability",
    "Aspect",
    "BuildContext",
    "CacheStyle",
    "Example",
    "Fact",
    "FileChange",
    "Finding",
    "Fix",
    "Rule",
    "RuleOptions",
    "Worth",
    "WorthKind",
    "by_flag",
]


BY_FLAG = "by flag"  # key in the metadata of a field


class Applicability(Enum):
    """How far a fix was proved; the words are ruff's."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    SUGGESTION = "suggestion"

    @property
    def rank(self) -> int:
        """0 for safe, 1 for unsafe, 2 for a suggestion."""
        return list(Applicability).index(self)


@frozen
class FileChange:
    """New content for another file of the build context; `before` is None where there was none."""

    path: str
    before: bytes | None
    after: bytes


@frozen
class Fix:
    """A repair: edits of the Dockerfile, changes of other files, and why it may be trusted that far."""

    title: str
    applicability: Applicability
    edits: tuple[Edit, ...]
    because: str
    files: tuple[FileChange, ...] = ()

    @classmethod
    def safe(cls, title: str, *edits: Edit, because: str, files: Iterable[FileChange] = ()) -> Fix:
        """The image is proved to behave the same, or as every reviewer would want."""
        return cls(title, Applicability.SAFE, edits, because, tuple(files))

    @classmethod
    def unsafe(cls, title: str, *edits: Edit, because: str, files: Iterable[FileChange] = ()) -> Fix:
        """Probably right, may change behaviour; `because` names the doubt."""
        return cls(title, Applicability.UNSAFE, edits, because, tuple(files))

    @classmethod
    def suggestion(cls, title: str, *edits: Edit, because: str, files: Iterable[FileChange] = ()) -> Fix:
        """A person must decide; `because` says what."""
        return cls(title, Applicability.SUGGESTION, edits, because, tuple(files))

    @property
    def bounds(self) -> Span:
        """The smallest range that holds every edit; empty at 0 for a fix that leaves the Dockerfile alone."""
        if not self.edits:
            return Span(0, 0)
        return Span(min(e.span.start for e in self.edits), max(e.span.end for e in self.edits))


class WorthKind(Enum):
    """What a repair is worth, the most first; the value is the word for people."""

    STOPS = "the build stops here"
    SECURITY = "security"
    SECONDS = "seconds"
    MEGABYTES = "MB"

    @property
    def rank(self) -> int:
        """0 for what stops the build."""
        return list(WorthKind).index(self)


@frozen
class Worth:
    """What a repair is worth, in one number where that was measured; how, the rule's docstring says."""

    kind: WorthKind
    amount: float | None = None

    @classmethod
    def stops(cls) -> Worth:
        """Without it nothing can be built."""
        return cls(WorthKind.STOPS)

    @classmethod
    def security(cls) -> Worth:
        """It takes a way in from an attacker."""
        return cls(WorthKind.SECURITY)

    @classmethod
    def seconds(cls, amount: float) -> Worth:
        """That much time, each time that the container stops or the image is built."""
        return cls(WorthKind.SECONDS, amount)

    @classmethod
    def megabytes(cls, amount: float) -> Worth:
        """That much of the image."""
        return cls(WorthKind.MEGABYTES, amount)

    def __str__(self) -> str:
        return self.kind.value if self.amount is None else f"{self.amount:g} {self.kind.value}"


@frozen
class Finding:
    """Something a rule saw. Without a fix, `because` says why none is offered; `facts` are what that counts on.

    `declined` marks what is no mistake as it stands, or none that the rule would touch: shown with
    `--verbose` only, and counted by no exit code. `worth` is that of the rule, where nothing else was measured.
    """

    code: str
    name: str
    message: str
    span: Span
    fix: Fix | None = None
    because: str = ""
    declined: bool = False
    facts: tuple[Fact, ...] = ()
    worth: Worth | None = None


@frozen
class Example:
    """A documented case of a rule; each one is a test and part of the rule's page.

    `files` is the build context beside the Dockerfile; None stands for one of which nothing is known. With
    `after` the fix is safe; `unsafe` and `suggested` tell fixes that are only offered. `after_files` are the other
    files as the fix leaves them.
    """

    title: str
    before: str
    after: str | None = None
    files: Mapping[str, str] | None = None
    expected: Applicability | None = Applicability.SAFE
    after_files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def unchanged(cls, title: str, before: str, files: Mapping[str, str] | None = None) -> Example:
        """The rule has nothing to say (a declined note aside)."""
        return cls(title, before, None, files, None)

    @classmethod
    def reported(cls, title: str, before: str, files: Mapping[str, str] | None = None) -> Example:
        """The rule reports and offers no fix."""
        return cls(title, before, before, files, None)

    @classmethod
    def unsafe(cls, title: str, before: str, after: str, files: Mapping[str, str] | None = None) -> Example:
        """The fix needs `--unsafe-fixes`."""
        return cls(title, before, after, files, Applicability.UNSAFE)

    @classmethod
    def suggested(cls, title: str, before: str, after: str, files: Mapping[str, str] | None = None) -> Example:
        """The edit is shown and never applied."""
        return cls(title, before, after, files, Applicability.SUGGESTION)


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """The settings of one rule; a rule with settings subclasses this with fields that all have defaults.

    A field made with `by_flag` is set by an option of the command line and by no configuration file.
    """


@dataclass(frozen=True, slots=True)
class CacheStyle(RuleOptions):
    """What becomes of package managers' caches: none in the image, or mounts; the setting `cache` says it."""

    cache: Literal["none", "mount"] = "none"


def by_flag(default: str) -> str:
    """A field of `RuleOptions` that a repository must not set, as what it asks for reaches beyond the repository."""
    return field(default=default, metadata={BY_FLAG: True})


class Rule(ABC):
    """One mistake and its repair. A rule knows the file, its context and its own options, and no other rule.

    The class docstring has the parts `Why:`, `Fix:` and `Safety:`; the rule's page is made from it.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    message: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    may_change: ClassVar[frozenset[Aspect]]
    examples: ClassVar[tuple[Example, ...]]
    options_type: ClassVar[type[RuleOptions]] = RuleOptions
    worth: ClassVar[Worth | None] = None
    example_options: ClassVar[RuleOptions | None] = None  # of a rule that says nothing by default

    def __init__(self, options: RuleOptions | None = None) -> None:
        self.options = options if options is not None else self.options_type()

    @abstractmethod
    def check(self, dockerfile: Dockerfile, context: BuildContext) -> Iterable[Finding]:
        """Everything this rule sees in one Dockerfile; pure, in file order."""

    def finding(
        self,
        place: Instruction | Span,
        fix: Fix | None = None,
        *,
        because: str = "",
        message: str | None = None,
        facts: Iterable[Fact] = (),
        worth: Worth | None = None,
    ) -> Finding:
        """A mistake, with its repair or the reason why none is; `worth` where other than the rule's."""
        span = place if isinstance(place, Span) else place.span
        because = because or (fix.because if fix else "")
        return Finding(
            self.code,
            self.name,
            message or self.message,
            span,
            fix,
            because,
            facts=distinct(facts),
            worth=worth or self.worth,
        )

    def declined(self, place: Instruction | Span, because: str) -> Finding:
        """A note, for `--verbose`, of why something that looks like the mistake is left alone."""
        span = place if isinstance(place, Span) else place.span
        return Finding(self.code, self.name, self.message, span, None, because, declined=True)
