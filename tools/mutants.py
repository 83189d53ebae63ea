"""Small changes to a Python file, each of which a test should notice: what `tools/mutate.py` tries."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_OTHERS: dict[type[ast.AST], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.BitOr: "&", ast.BitAnd: "|",
    ast.And: "or", ast.Or: "and",
}  # fmt: skip
_CALLS = {"any": "all", "all": "any", "min": "max", "max": "min", "startswith": "endswith", "endswith": "startswith"}
_CALLS |= {
    "lstrip": "rstrip",
    "rstrip": "lstrip",
    "find": "rfind",
    "partition": "rpartition",
    "rpartition": "partition",
}


@dataclass(frozen=True)
class Mutant:
    """A file with one place changed."""

    line: int
    old: str
    new: str
    source: str


def mutants(source: str) -> list[Mutant]:
    """All of one file, from top to bottom; annotations, docstrings and imports stay as they are."""
    return list(_Finder(source).walk(ast.parse(source)))


class _Finder:
    def __init__(self, source: str) -> None:
        self._bytes = source.encode()
        starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self._starts = starts

    def walk(self, node: ast.AST) -> Iterator[Mutant]:
        """The mutants of a node and of all below it."""
        yield from self._of(node)
        for child in _children(node):
            yield from self.walk(child)

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare(ops=[operator], left=left, comparators=[right]):
                yield from self._between(left, right, _OTHERS.get(type(operator)))
            case ast.BinOp(op=operator, left=left, right=right):
                yield from self._between(left, right, _OTHERS.get(type(operator)))
            case ast.BoolOp(op=operator, values=values):
                for left, right in pairwise(values):
                    yield from self._between(left, right, _OTHERS[type(operator)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._changed(node, f"({self._text(operand)})")
            case ast.Constant(value=value):
                yield from self._constant(node, value)
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                yield self._changed(value, "None")
            case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign():
                yield self._changed(node, "pass")
            case ast.Continue():
                yield self._changed(node, "break")
            case ast.Break():
                yield self._changed(node, "continue")
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield self._changed(test, f"(not ({self._text(test)}))")
            case ast.comprehension(ifs=[_, *_] as tests):
                yield from (self._changed(test, "True") for test in tests)
            case ast.Call(func=ast.Name(id=name) as called) if name in _CALLS:
                yield self._changed(called, _CALLS[name])
            case ast.Call(func=ast.Attribute(value=value, attr=name) as called) if name in _CALLS:
                yield self._changed(called, f"{self._text(value)}.{_CALLS[name]}")

    def _constant(self, node: ast.Constant, value: object) -> Iterator[Mutant]:
        if isinstance(value, bool):
            yield self._changed(node, str(not value))
        elif isinstance(value, int):
            yield self._changed(node, str(value + 1))
        elif isinstance(value, bytes):
            yield self._changed(node, repr(b"XX" + value))
        elif isinstance(value, str) and self._text(node)[:1] in "\"'":
            yield self._changed(node, repr(f"XX{value}"))

    def _between(self, left: ast.expr, right: ast.expr, operator: str | None) -> Iterator[Mutant]:
        if operator is None:
            return
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self._bytes[start:end].decode()
        words = gap.strip("()\n ")
        if words and not words.startswith("#"):
            before, _, after = gap.partition(words)
            yield self._replaced(left.end_lineno or 0, start, end, f"{before} {operator} {after}")

    def _changed(self, node: ast.AST, new: str) -> Mutant:
        start, end = self._span(node)
        return self._replaced(node.lineno, start, end, new)  # type: ignore[attr-defined]

    def _replaced(self, line: int, start: int, end: int, new: str) -> Mutant:
        source = self._bytes[:start] + new.encode() + self._bytes[end:]
        return Mutant(line, self._bytes[start:end].decode().strip(), new.strip(), source.decode())

    def _span(self, node: ast.AST) -> tuple[int, int]:
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return self._starts[place[0] - 1] + place[1], self._starts[place[2] - 1] + place[3]

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._bytes[start:end].decode()


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What may be changed below a node: no annotation, docstring, decorator, import or list of texts."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_fixed(child):
                yield child


def _is_fixed(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()) | ast.JoinedStr():
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "examples" | "sources")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
