"""What is known of the programs of Node packages that serve a project's build: data/node_tools.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from dockerfix.frozen import frozen
from dockerfix.project.context.build_context import BuildContext
from dockerfix.tables import table

__all__ = ["NodeTool", "ToolWrites", "node_tool"]

_FILE = Path(__file__).parents[1] / "data" / "node_tools.toml"


@frozen
class ToolWrites:
    """Folders below that of the package: `whole` change hands with what is in them, `made` are made."""

    whole: tuple[str, ...]
    made: tuple[str, ...]


@frozen
class NodeTool:
    """One program; `verbs` are its subcommands that are known.

    `runs_package` tells that it runs code of the package, and not only its settings.
    """

    name: str
    runs_package: bool
    settings: tuple[str, ...]
    doubtful: tuple[str, ...]
    build: str
    build_setting: str
    verbs: Mapping[str, ToolWrites]

    def writes(self, verb: str, context: BuildContext, folder: str) -> ToolWrites | str:
        """What a subcommand writes for the package in a folder of the context; else why that is not known."""
        known = self.verbs.get(verb)
        if known is None:
            return f"runs {self.name} {verb}".rstrip() + ", and what that writes is not looked into"
        build = self.build
        for name in self.settings:
            path = f"{folder}/{name}".lstrip("/")
            text = context.text(path) or ""
            word = next((word for word in self.doubtful if word in text), None)
            if word is not None:
                return f"finds {word} in {path}, which says where it writes"
            if self.build_setting and self.build_setting in text:
                named = re.findall(rf"""\b{self.build_setting}['"]?\s*:\s*(['"])([\w./-]+)\1""", text)
                if len(named) != 1 or text.count(self.build_setting) != 1:
                    return f"finds {self.build_setting} in {path}, whose value is only known at run time"
                build = named[0][1].removeprefix("./").rstrip("/")
        return ToolWrites(
            tuple(one.replace("{build}", build) for one in known.whole),
            tuple(one.replace("{build}", build) for one in known.made),
        )


@cache
def node_tool(name: str | None) -> NodeTool | None:
    """The record of a program; None where there is none."""
    return _tools().get(name or "")


@cache
def _tools() -> Mapping[str, NodeTool]:
    return {name: _tool(name, row) for name, row in table(_FILE).items()}


def _tool(name: str, row: Mapping[str, object]) -> NodeTool:
    verbs = {
        verb: ToolWrites(tuple(said.get("whole", ())), tuple(said.get("made", ())))
        for verb, said in row.items()
        if isinstance(said, dict)
    }
    return NodeTool(
        name,
        row.get("runs", "package") == "package",
        _words(row.get("settings")),
        _words(row.get("doubtful")),
        str(row.get("build", "")),
        str(row.get("build_setting", "")),
        verbs,
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
