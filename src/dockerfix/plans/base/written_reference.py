"""Where the tag of a base image is written: in the FROM itself, in the default of an ARG, or in `${NAME:-default}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, From, Word
from dockerfix.syntax.references import ImageReference
from dockerfix.text import Edit, Span, encode

if TYPE_CHECKING:
    from dockerfix.image.model import Image, StageImage

__all__ = ["WrittenReference", "defaulted_reference", "written_reference"]

# The forms of BuildKit's shell lexer that name one value: $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}.
_PART = regex(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<kind>:?-)(?P<default>[^{}$]*))?\})|(?P<text>[^$]+)")


@frozen
class _Part:
    """A piece of the reference: its value, and where that is written; `variable` is the ARG that supplies it."""

    value: str
    place: Span | None
    variable: str | None = None


@frozen
class WrittenReference:
    """A reference in the pieces that it is put together from; `text` is all of it."""

    parts: tuple[_Part, ...]

    @property
    def text(self) -> str:
        """The reference that the pieces make."""
        return "".join(part.value for part in self.parts)

    @property
    def variables(self) -> frozenset[str]:
        """The ARGs that the tag comes from."""
        part = self.parts[self._tag_part()]
        return frozenset() if part.variable is None else frozenset({part.variable})

    @property
    def is_prefixed(self) -> bool:
        """Whether an ARG supplies what stands before the tag, such as the registry, and not the tag."""
        return any(part.variable is not None for part in self.parts[: self._tag_part()])

    def edit(self, new: str) -> Edit | None:
        """The edit that makes the reference `new`, in the piece that the tag starts in; None where others forbid it."""
        at = self._tag_part()
        part = self.parts[at]
        before = "".join(one.value for one in self.parts[:at])
        after = "".join(one.value for one in self.parts[at + 1 :])
        inner = new.removeprefix(before)
        inner = inner.removesuffix(after) if after else inner
        if part.place is None or not inner or before + inner + after != new:
            return None
        return Edit(part.place, encode(inner))

    def _tag_part(self) -> int:
        text = self.text
        colon = text.rfind(":")
        start = colon + 1 if colon > text.rfind("/") else len(text)
        end = 0
        for at, part in enumerate(self.parts):
            end += len(part.value)
            if start < end or end == len(text):
                return at
        return len(self.parts) - 1


def written_reference(dockerfile: Dockerfile, start: From, values: dict[str, str | None]) -> WrittenReference | None:
    """The pieces of a FROM's reference.

    Args:
        values: the global ARGs' values, None for one that is not known.
    Returns:
        None where a piece is not known, or where another FROM uses the ARG in another way.
    """
    word = start.image
    if word is None:
        return None
    if "$" not in word.value:
        return WrittenReference((_Part(word.value, word.span),))
    parts = tuple(_parts(dockerfile, word, values))
    if any(part is None for part in parts):
        return None
    found = WrittenReference(tuple(part for part in parts if part is not None))
    return None if _is_shared(dockerfile, start, found.variables) else found


def _parts(dockerfile: Dockerfile, word: Word, values: dict[str, str | None]) -> Iterator[_Part | None]:
    end = 0
    for match in _PART.finditer(word.value):
        if match.start() != end:
            break
        end = match.end()
        yield _part(dockerfile, word, match, values)
    if end != len(word.value):
        yield None


def _part(dockerfile: Dockerfile, word: Word, match: re.Match[str], values: dict[str, str | None]) -> _Part | None:
    if match["text"] is not None:
        return _Part(match["text"], _inside(word, *match.span("text")))
    name = match["plain"] or match["name"]
    value = values.get(name)
    if value is None or (not value and match["kind"] == ":-"):
        return (
            None if match["default"] is None else _Part(match["default"], _inside(word, *match.span("default")), None)
        )
    return _Part(value, _default_of(dockerfile, name), name)


def _inside(word: Word, start: int, end: int) -> Span:
    value = word.value
    return word.mapped.slice(len(encode(value[:start])), len(encode(value[:end]))).whole


def _default_of(dockerfile: Dockerfile, name: str) -> Span | None:
    for arg in dockerfile.global_args:
        for given, default in arg.pairs:
            if given == name and default is not None and "$" not in default.value:
                return _unquoted(default)
    return None


def _is_shared(dockerfile: Dockerfile, start: From, names: frozenset[str]) -> bool:
    """Whether another FROM has the ARG in another reference: it would change, too."""
    own = start.image.value if start.image else ""
    others = [one for one in dockerfile.find(From) if one is not start and one.image and one.image.value != own]
    used = {match["plain"] or match["name"] for one in others if one.image for match in _PART.finditer(one.image.value)}
    return bool(names & used)


def _unquoted(word: Word) -> Span:
    span = word.span
    quoted = len(word.value) > 1 and word.value[0] in "'\"" and word.value[-1] == word.value[0]
    return Span(span.start + 1, span.end - 1) if quoted else span


def defaulted_reference(stage: StageImage, model: Image) -> ImageReference | None:
    """The reference of a stage; where an ARG without value has a default in place (`${PY:-latest}`), with that."""
    if stage.reference is not None or stage.base is not None:
        return stage.reference
    written = written_reference(model.dockerfile, stage.stage.start, dict(model.global_args))
    return ImageReference.parse(written.text) if written is not None else None
