"""The words of a command sorted into options, their values, and the rest."""

from __future__ import annotations

from collections.abc import Sequence

from dockerfix.frozen import frozen
from dockerfix.shell import ShellWord

__all__ = ["Arguments", "arguments"]


@frozen
class Arguments:
    """`options` in order with their values, "" for a flag and None for what is only known at run time.

    `operands` are the words that are no options; one that is only known at run time is None.
    """

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str | None, ...]
    words: tuple[ShellWord, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options is given."""
        return any(name in names for name, _ in self.options)

    def values(self, *names: str) -> list[str | None]:
        """The values of these options."""
        return [value for name, value in self.options if name in names]

    @property
    def verb(self) -> str | None:
        """The first operand."""
        return self.operands[0] if self.operands else None

    @property
    def verb_word(self) -> ShellWord | None:
        """The word of the first operand."""
        return self.words[0] if self.words else None

    @property
    def is_certain(self) -> bool:
        """Whether every operand is known, so that no hidden option stands among them."""
        return None not in self.operands


def arguments(words: Sequence[ShellWord], valued: frozenset[str] = frozenset()) -> Arguments:
    """What stands behind the name of a program.

    Args:
        valued: the options that take the next word as their value, each by every name it has.
    """
    options: list[tuple[str, str | None]] = []
    operands: list[ShellWord] = []
    pending: str | None = None
    ended = False
    for word in words:
        text = word.value
        if pending is not None:
            options.append((pending, text))
            pending = None
        elif ended or not _is_option(word):
            operands.append(word)
        elif text == "--":
            ended = True
        else:
            name, equals, value = (text if text is not None else word.raw).partition("=")
            if equals:
                options.append((name, value if text is not None else None))
            elif name in valued:
                pending = name
            else:
                options.append((name, ""))
    if pending is not None:
        options.append((pending, None))
    return Arguments(tuple(options), tuple(word.value for word in operands), tuple(operands))


def _is_option(word: ShellWord) -> bool:
    if word.value is not None:
        return word.value.startswith("-") and word.value != "-"
    return word.raw.startswith("--") and "=" in word.raw and "$" not in word.raw.partition("=")[0]
