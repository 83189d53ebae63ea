"""Python source that is newer than the Python that runs dockerfix, read all the same: one answer on every Python.

libcst's parser knows the syntax of 3.12 to 3.15. What an older `ast` lacks is put in words that it knows, line for
line: type parameters go, `except A, B:` gets its parentheses, strings with expressions in them are read part by part.
Importing it takes a while: only for source that `ast.parse` refuses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from dockerfix.project.formats.python_nesting import is_nested_deeply

__all__ = ["parsed_as_older"]

_DEPTH = 20  # strings in strings
_CONVERSIONS = {None: -1, "s": 115, "r": 114, "a": 97}
_String = cst.SimpleString | cst.FormattedString | cst.TemplatedString


def parsed_as_older(source: str | bytes, depth: int = 0) -> ast.Module | None:
    """The syntax tree of source that `ast.parse` refuses; None where it is no Python 3 of any release.

    Lines are those of the source, columns need not be. A `t"…"` becomes a call of a name that nobody knows, with its
    expressions as arguments, as it is no text.
    """
    if is_nested_deeply(source):
        return None
    try:
        module = cst.parse_module(source)
        older = _Older(module, depth)
        tree = ast.parse(module.visit(older).code)
        found = _StandIns(older.strings).visit(tree)
    except (cst.ParserSyntaxError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(found, ast.Module)  # the root stays
    return ast.fix_missing_locations(found)


class _Older(cst.CSTTransformer):
    """Makes the tree one of Python 3.11; `strings` holds what each stand-in stands for."""

    def __init__(self, module: cst.Module, depth: int) -> None:
        super().__init__()
        self.module = module
        self.depth = depth
        self.strings: dict[str, ast.expr] = {}

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return False

    def visit_TemplatedString(self, node: cst.TemplatedString) -> bool:
        return False

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> bool:
        return False

    def leave_FormattedString(self, original_node: cst.FormattedString, _: cst.FormattedString) -> cst.BaseExpression:
        return self._stand_in(original_node)

    def leave_TemplatedString(self, original_node: cst.TemplatedString, _: cst.TemplatedString) -> cst.BaseExpression:
        return self._stand_in(original_node)

    def leave_ConcatenatedString(
        self, original_node: cst.ConcatenatedString, _: cst.ConcatenatedString
    ) -> cst.BaseExpression:
        if all(isinstance(part, cst.SimpleString) for part in _flat(original_node)):
            return original_node
        return self._stand_in(original_node)

    def leave_ExceptHandler(self, _: cst.ExceptHandler, updated_node: cst.ExceptHandler) -> cst.ExceptHandler:
        return updated_node.with_changes(type=_in_parentheses(updated_node.type))

    def leave_ExceptStarHandler(
        self, _: cst.ExceptStarHandler, updated_node: cst.ExceptStarHandler
    ) -> cst.ExceptStarHandler:
        return updated_node.with_changes(type=_in_parentheses(updated_node.type))

    def leave_ClassDef(self, _: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        return updated_node.with_changes(type_parameters=None)

    def leave_FunctionDef(self, _: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        return updated_node.with_changes(type_parameters=None)

    def leave_TypeAlias(self, _: cst.TypeAlias, updated_node: cst.TypeAlias) -> cst.BaseSmallStatement:
        return cst.Expr(updated_node.value, semicolon=updated_node.semicolon)

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """3.15: `lazy import x`, `[*a for a in b]`, `{**d for d in e}`, known to newer releases of libcst."""
        kind = type(updated_node).__name__
        if kind == "LazyImport":
            return cst.Import(updated_node.names, semicolon=updated_node.semicolon)  # type: ignore[attr-defined]
        if kind == "LazyImportFrom":
            names = ("module", "names", "relative", "lpar", "rpar", "semicolon")
            return cst.ImportFrom(**{name: getattr(updated_node, name) for name in names})
        if kind == "StarredDictComp":
            return cst.SetComp(updated_node.value, updated_node.for_in)  # type: ignore[attr-defined]
        if isinstance(updated_node, cst.ListComp | cst.SetComp | cst.GeneratorExp):
            element: cst.CSTNode = updated_node.elt
            if isinstance(element, cst.StarredElement):
                return updated_node.with_changes(elt=element.value)
            return updated_node
        return super().on_leave(original_node, updated_node)  # type: ignore[return-value]

    def _stand_in(self, node: cst.FormattedString | cst.TemplatedString | cst.ConcatenatedString) -> cst.BaseExpression:
        """A name in as many lines as the string has."""
        name = f"__string_{len(self.strings)}__"
        self.strings[name] = self._joined(_flat(node))
        lines = self.module.code_for_node(node).count("\n")
        text = "(" + "\n" * lines + name + ")"
        return cst.parse_expression(text)

    def _joined(self, parts: tuple[_String, ...]) -> ast.expr:
        values: list[ast.expr] = []
        for part in parts:
            values += self._values(part)
        if any(isinstance(part, cst.TemplatedString) for part in parts):
            inner = [value.value for value in values if isinstance(value, ast.FormattedValue)]
            return ast.Call(ast.Name("__template__", ast.Load()), inner, [])
        return ast.JoinedStr(list(_merged(values)))

    def _values(self, part: _String) -> Iterator[ast.expr]:
        if isinstance(part, cst.SimpleString):
            yield ast.Constant(part.evaluated_value)
            return
        is_raw = "r" in part.prefix.lower()
        for piece in part.parts:
            yield from self._pieces(piece, is_raw=is_raw)

    def _pieces(self, piece: cst.CSTNode, *, is_raw: bool) -> Iterator[ast.expr]:
        if isinstance(piece, cst.FormattedStringText | cst.TemplatedStringText):
            yield ast.Constant(_text(piece.value, is_raw=is_raw))
            return
        assert isinstance(piece, cst.FormattedStringExpression | cst.TemplatedStringExpression)
        source = self.module.code_for_node(piece.expression)
        conversion = piece.conversion
        if piece.equal is not None:
            yield ast.Constant(source + "=")
            conversion = conversion or (None if piece.format_spec else "r")
        spec = [value for one in piece.format_spec or () for value in self._pieces(one, is_raw=is_raw)]
        value = _expression(source, self.depth)
        yield ast.FormattedValue(value, _CONVERSIONS[conversion], ast.JoinedStr(spec) if spec else None)


class _StandIns(ast.NodeTransformer):
    """Puts the strings where their stand-ins are, all of a string on the line of its end."""

    def __init__(self, strings: dict[str, ast.expr]) -> None:
        self.strings = strings

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.strings.get(node.id)
        if found is None:
            return node
        for inner in ast.walk(found):
            if isinstance(inner, ast.expr | ast.keyword | ast.arg):
                ast.copy_location(inner, node)
        return found


def _expression(source: str, depth: int) -> ast.expr:
    """An expression between the braces of a string.

    Raises:
        ValueError: it is none.
    """
    text = f"(\n{source}\n)"
    try:
        tree: ast.Module | None = ast.parse(text)
    except SyntaxError:
        tree = parsed_as_older(text, depth + 1) if depth < _DEPTH else None
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        raise ValueError(source)
    return tree.body[0].value


def _flat(node: cst.CSTNode) -> tuple[_String, ...]:
    if isinstance(node, cst.ConcatenatedString):
        return (*_flat(node.left), *_flat(node.right))
    assert isinstance(node, cst.SimpleString | cst.FormattedString | cst.TemplatedString)
    return (node,)


def _text(written: str, *, is_raw: bool) -> str:
    """What stands between the braces of a string, escapes and doubled braces read."""
    plain = written.replace("{{", "{").replace("}}", "}")
    if is_raw or "\\" not in plain:
        return plain
    for quote in ('"""', "'''"):
        if quote not in plain and not plain.endswith(quote[0]):
            return str(ast.literal_eval(f"{quote}{plain}{quote}"))
    return plain


def _merged(values: list[ast.expr]) -> Iterator[ast.expr]:
    """Texts that follow each other made one, as the parser does."""
    text: str | None = None
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text = (text or "") + value.value
            continue
        if text:
            yield ast.Constant(text)
        text = None
        yield value
    if text:
        yield ast.Constant(text)


def _in_parentheses(node: cst.BaseExpression | None) -> cst.BaseExpression | None:
    if not isinstance(node, cst.Tuple) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
