"""YAML as text with lines: every value as it is written, so that YAML 1.1 and 1.2 read the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Yaml", "YamlList", "YamlMap", "YamlText", "yaml_documents"]

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_KEPT_TAG = "!override"  # Compose: the value takes the place of the one it would be merged with


class YamlText(str):
    """A scalar as it is written (`no` and `1.10` are texts). `line` is the 1-based line its text starts on."""

    line: int


class YamlMap(dict[str, "Yaml"]):
    """A mapping; merge keys are worked in. `line` is 1-based."""

    line: int = 0
    key_lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """The 1-based line on which a key stands; the mapping's own for one that was merged in or is missing."""
        return self.key_lines.get(key, self.line)


class YamlList(list["Yaml"]):
    """A sequence. `line` is 1-based."""

    line: int = 0


Yaml: TypeAlias = "YamlText | YamlMap | YamlList | None"


def yaml_documents(text: str) -> tuple[Yaml, ...]:
    """The documents of a YAML text; none where it cannot be read.

    An alias gives the value that it stands for, a value with a tag of its own (`!reference`, `!Sub`) None, an alias
    to something that it lies in None as well.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        nodes = list(yaml.compose_all(text, Loader=loader))
        return tuple(_Reader().value(node) for node in nodes if node is not None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()


class _Reader:
    def __init__(self) -> None:
        self._known: dict[int, Yaml] = {}

    def value(self, node: Node) -> Yaml:
        if id(node) not in self._known:
            self._known[id(node)] = None  # what an alias inside gets
            self._known[id(node)] = self._read(node)
        return self._known[id(node)]

    def _read(self, node: Node) -> Yaml:
        if node.tag.startswith("!") and node.tag not in ("!", _KEPT_TAG):
            return None
        if node.id == "scalar":
            return _text(cast("ScalarNode", node))
        if node.id == "sequence":
            items = YamlList(self.value(item) for item in cast("SequenceNode", node).value)
            items.line = node.start_mark.line + 1
            return items
        return self._mapping(cast("MappingNode", node))

    def _mapping(self, node: MappingNode) -> YamlMap:
        found = YamlMap()
        found.line = node.start_mark.line + 1
        found.key_lines = {}
        merged: dict[str, Yaml] = {}
        for key_node, value_node in node.value:
            key = key_node.value if key_node.id == "scalar" else None
            if key == "<<" and not key_node.style:
                for source in self._merged(self.value(value_node)):
                    merged = {**source, **merged}
            elif isinstance(key, str):
                found[key] = self.value(value_node)
                found.key_lines[key] = key_node.start_mark.line + 1
        found.update({key: value for key, value in merged.items() if key not in found})
        return found

    def _merged(self, value: Yaml) -> Iterator[YamlMap]:
        """The mappings that a merge key names, the first one winning."""
        for item in value if isinstance(value, YamlList) else (value,):
            if isinstance(item, YamlMap):
                yield item


def _text(node: ScalarNode) -> YamlText | None:
    if not node.style and node.value in _NULL:
        return None
    text = YamlText(node.value)
    text.line = node.start_mark.line + 1 + (node.style in ("|", ">"))
    return text
