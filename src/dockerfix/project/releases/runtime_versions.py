"""Which release of Node, Go or Ruby a project says that it runs on, each said in files of the ecosystem's own.

Sources: Node's `.nvmrc` and `.node-version` (nvm, fnm documentation), npm's `engines`, Volta; Go modules reference,
"go directive"; Ruby's `.ruby-version` and Bundler's "RUBY VERSION"; asdf's `.tool-versions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.project.manifests.package_json import package_json
from dockerfix.project.manifests.pyproject import table
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = ["StatedVersion", "stated_versions"]

_NUMBER = regex(r"v?(\d+)(?:\.(\d+|x|\*))?(?:\.(?:\d+|x|\*))?")
_NODE_RANGE = regex(r"[~^]?v?(\d+)(?:\.(?:\d+|x|\*))*|(\d+)\s*-\s*(\d+)")
_GO_LINE = regex(r"(go|toolchain)\s+(?:go)?(\d+\.\d+)")
_GO_BINDS = 21  # Go 1.21
_RUBY_LOCKED = regex(r"RUBY VERSION\s+ruby (\d+\.\d+)")
_TOOLS = {"node": ("nodejs", "node"), "golang": ("golang", "go"), "ruby": ("ruby",)}


@frozen
class StatedVersion:
    """A release line as the image's tags have it ("20", "1.23"), and what says so, for people."""

    version: str
    because: str


def stated_versions(context: BuildContext, image: str) -> tuple[StatedVersion, ...]:
    """What the files at the root of the context say, the strongest first; nothing for images besides those named above.

    Args:
        image: the familiar name of the base image: "node", "golang" or "ruby".
    """
    readers = {"node": _node, "golang": _go, "ruby": _ruby}
    if image not in readers:
        return ()
    return (*readers[image](context), *_tool_versions(context, image))


def _first_line(context: BuildContext, path: str) -> str:
    lines = (line.split("#")[0].strip() for line in (context.text(path) or "").splitlines())
    return next((line for line in lines if line), "")


def _node(context: BuildContext) -> Iterator[StatedVersion]:
    for path in (".nvmrc", ".node-version"):
        found = _NUMBER.fullmatch(_first_line(context, path))
        if found:
            yield StatedVersion(found[1], f"{path} says {found[0]}")
    if not context.is_file("package.json"):
        return
    data = package_json(context, "package.json").data
    for key, said in (("volta", table(data, "volta")), ("engines", table(data, "engines"))):
        wanted = said.get("node")
        found = _NODE_RANGE.fullmatch(wanted.strip()) if isinstance(wanted, str) else None
        if found and found[1]:
            yield StatedVersion(found[1], f'package.json says {key}.node "{wanted}"')


def _go(context: BuildContext) -> Iterator[StatedVersion]:
    """The `toolchain` line is newer than the `go` line where both stand; before Go 1.21 neither was binding."""
    for path in ("go.work", "go.mod"):
        found = [match for line in (context.text(path) or "").splitlines() if (match := _GO_LINE.match(line.strip()))]
        for match in sorted(found, key=lambda one: one[1] != "toolchain"):
            if int(match[2].partition(".")[2]) >= _GO_BINDS:
                yield StatedVersion(match[2], f"{path} says {match[0]}")
            break


def _ruby(context: BuildContext) -> Iterator[StatedVersion]:
    found = re.fullmatch(r"(?:ruby-)?(\d+\.\d+)(?:\.\d+)?", _first_line(context, ".ruby-version"))
    if found:
        yield StatedVersion(found[1], f".ruby-version says {found[0]}")
    locked = _RUBY_LOCKED.search(context.text("Gemfile.lock") or "")
    if locked:
        yield StatedVersion(locked[1], f"Gemfile.lock says ruby {locked[1]}")


def _tool_versions(context: BuildContext, image: str) -> Iterator[StatedVersion]:
    for line in (context.text(".tool-versions") or "").splitlines():
        words = line.split()
        found = _NUMBER.fullmatch(words[1]) if len(words) > 1 and words[0] in _TOOLS[image] else None
        if found and image == "node":
            yield StatedVersion(found[1], f".tool-versions says {found[0]}")
        elif found and found[2] and found[2].isdigit():
            yield StatedVersion(f"{found[1]}.{found[2]}", f".tool-versions says {found[0]}")
