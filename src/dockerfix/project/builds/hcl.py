"""HCL read as far as it is literal: blocks, attributes, texts with variables. What has to be computed is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.text import decode, encode

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["Block", "Expression", "Lookup", "Value", "hcl_blocks", "value_of"]

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
Lookup: TypeAlias = Callable[[str], Value]

_ESCAPE = regex(r'\\(["\\nrt])')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_INNER = ("expression", "literal_value", "template_expr", "quoted_template", "collection_value")


@frozen
class Expression:
    """The right side of an attribute. `line` is 1-based."""

    node: Node
    source: bytes
    line: int


@frozen
class Block:
    """A block: `target "app" { … }` has the kind `target` and the label `app`. `line` is 1-based."""

    kind: str
    label: str
    line: int
    attributes: Mapping[str, Expression]


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def hcl_blocks(text: str) -> tuple[Block, ...]:
    """The outermost blocks of an HCL file; none where it cannot be parsed."""
    source = encode(text)
    root = _parser().parse(source).root_node
    if root.has_error:
        return ()
    return tuple(_block(node, source) for body in _named(root, "body") for node in _named(body, "block"))


def _block(node: Node, source: bytes) -> Block:
    words = (child for child in node.named_children if child.type in ("identifier", "string_lit"))
    names = [_text(word, source).strip('"') for word in words]
    attributes = {
        _text(attribute.named_children[0], source): Expression(
            attribute.named_children[1], source, attribute.start_point[0] + 1
        )
        for body in _named(node, "body")
        for attribute in _named(body, "attribute")
    }
    return Block(names[0], names[1] if len(names) > 1 else "", node.start_point[0] + 1, attributes)


def value_of(expression: Expression, lookup: Lookup) -> Value:
    """What an expression is, numbers and booleans as they are written; None where it is null or not known.

    Args:
        lookup: the value of a variable by its name; None for one that is not known.
    """
    return _Evaluation(expression.source, lookup).value(expression.node)


@frozen
class _Evaluation:
    source: bytes
    lookup: Lookup

    def value(self, node: Node) -> Value:
        parts = node.named_children
        if node.type == "expression" and len(parts) > 1:
            return self._reached(parts)
        if node.type in _INNER and len(parts) == 1 and parts[0].type != "template_literal":
            return self.value(parts[0])
        if node.type in ("string_lit", "quoted_template"):
            return self._template(parts)
        if node.type in ("numeric_lit", "bool_lit"):
            return _text(node, self.source)
        if node.type == "variable_expr":
            return self.lookup(_text(node, self.source))
        if node.type == "tuple":
            return [self.value(item) for item in _named(node, "expression")]
        if node.type == "object":
            return dict(self._pairs(node))
        if node.type == "conditional":
            return self._conditional(parts)
        return None

    def _template(self, parts: list[Node]) -> str | None:
        found: list[str] = []
        for part in parts:
            if part.type == "template_literal":
                raw = _text(part, self.source)
                found.append(_ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), raw).replace("$${", "${"))
            elif part.type == "template_interpolation":
                inner = [self.value(child) for child in _named(part, "expression")]
                if len(inner) != 1 or not isinstance(inner[0], str):
                    return None
                found.append(inner[0])
            elif not part.type.startswith("quoted_template"):
                return None
        return "".join(found)

    def _reached(self, parts: list[Node]) -> Value:
        """`item.folder`, `item["folder"]`."""
        value = self.value(parts[0])
        for part in parts[1:]:
            key: Value = None
            if part.type == "get_attr":
                key = _text(part.named_children[0], self.source)
            elif part.type == "index":
                key = next((self.value(node) for inner in part.named_children for node in inner.named_children), None)
            value = value.get(key) if isinstance(value, dict) and isinstance(key, str) else None
        return value

    def _pairs(self, node: Node) -> Iterator[tuple[str, Value]]:
        for item in _named(node, "object_elem"):
            key, value = item.child_by_field_name("key"), item.child_by_field_name("val")
            if key is None or value is None:
                continue
            written = _text(key, self.source)
            name = written if written.isidentifier() else self.value(key)
            if isinstance(name, str):
                yield name, self.value(value)

    def _conditional(self, parts: list[Node]) -> Value:
        if len(parts) != 3:
            return None
        test = self._test(parts[0])
        either = [self.value(parts[1]), self.value(parts[2])]
        if test is None:
            return either[0] if either[0] == either[1] else None
        return either[0] if test else either[1]

    def _test(self, node: Node) -> bool | None:
        """Whether `a == b` or `a != b` holds; None for other conditions and where a side is not known."""
        while node.type in ("expression", "operation") and len(node.named_children) == 1:
            node = node.named_children[0]
        if node.type != "binary_operation" or len(node.named_children) != 2:
            return None
        left, right = (self.value(side) for side in node.named_children)
        operator = self.source[node.named_children[0].end_byte : node.named_children[1].start_byte].strip()
        if left is None or right is None or operator not in (b"==", b"!="):
            return None
        return (left == right) == (operator == b"==")


def _named(node: Node, kind: str) -> list[Node]:
    return [child for child in node.named_children if child.type == kind]


def _text(node: Node, source: bytes) -> str:
    return decode(source[node.start_byte : node.end_byte])
