"""What a go.mod or go.work says of other modules.

Source: Go modules reference, "go.mod files", "go.work files" (lexical elements, `use`, `replace`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext

__all__ = ["GoModules", "go_modules"]


@frozen
class GoModules:
    """What one of these files names; folders as written, from its own folder on.

    `name` is that of the module, "" in a go.work. `requires` are modules by name, `replacements` the folders that stand
    for modules, by the name of the module, `uses` the folders of a workspace's modules.
    """

    requires: tuple[str, ...]
    replacements: Mapping[str, str]
    uses: tuple[str, ...]
    name: str = ""

    @property
    def downloads(self) -> bool:
        """Whether it requires a module that no folder stands for."""
        return any(name not in self.replacements for name in self.requires)


@memoised_on("code")
def go_modules(context: BuildContext, path: str) -> GoModules | None:
    """A go.mod or go.work of the context; None where it cannot be read."""
    text = context.text(path)
    if text is None:
        return None
    lines = list(_directives(text))
    return GoModules(
        tuple(words[0] for verb, words in lines if verb == "require" and words),
        dict(_replacements(words for verb, words in lines if verb == "replace")),
        tuple(words[0] for verb, words in lines if verb == "use" and words),
        next((words[0] for verb, words in lines if verb == "module" and words), ""),
    )


def _replacements(lines: Iterable[list[str]]) -> Iterator[tuple[str, str]]:
    """`example.org/x => ./x`; a replacement that names a version is no folder."""
    for words in lines:
        target = words[words.index("=>") + 1 :] if "=>" in words else []
        if len(target) == 1:
            yield words[0], target[0]


def _directives(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each verb with its words; the lines of a block have the verb that opens it."""
    block: str | None = None
    for line in text.splitlines():
        words = [word.strip('"`') for word in line.partition("//")[0].split()]
        if words[:1] == [")"]:
            block = None
        elif words[1:] == ["("]:
            block = words[0]
        elif words and block is not None:
            yield block, words
        elif words:
            yield words[0], words[1:]
