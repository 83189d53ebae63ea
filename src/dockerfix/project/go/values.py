"""What expressions of Go are worth: the names of a package, and paths as far as its sources tell them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.project.formats.path_values import Value, variable
from dockerfix.project.javascript.values import text_of, walk

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["GoNames", "arguments", "called", "import_paths", "string"]

_SAME_PATH = frozenset({"filepath.Clean", "path.Clean", "filepath.Abs", "filepath.ToSlash", "filepath.FromSlash"})
_JOINS = frozenset({"path/filepath.Join", "path.Join"})
_HOME = frozenset({"os.UserHomeDir", "os.UserCacheDir", "os.UserConfigDir"})
_DEPTH = 8


def string(node: Node | None) -> str | None:
    """The text of a string literal; None for anything else, and where it has escapes."""
    if node is None or node.type not in ("interpreted_string_literal", "raw_string_literal"):
        return None
    text = text_of(node)[1:-1]
    return None if "\\" in text and node.type == "interpreted_string_literal" else text


def arguments(node: Node) -> list[Node]:
    """The arguments of a call."""
    found = node.child_by_field_name("arguments")
    return [one for one in found.named_children if one.type != "comment"] if found is not None else []


def import_paths(root: Node) -> Iterator[tuple[str, str, int]]:
    """Each import of a file: the name that the file uses for it, its path and its line; "." and "_" are names too."""
    for node in walk(root):
        if node.type == "import_spec":
            path = string(node.child_by_field_name("path")) or ""
            named = text_of(node.child_by_field_name("name"))
            yield named or _usual_name(path), path, node.start_point[0] + 1


def _usual_name(path: str) -> str:
    """The name of a package by its path: the last part that is no version."""
    parts = path.split("/")
    last = parts[-1]
    if len(parts) > 1 and last[:1] == "v" and last[1:].isdigit():
        last = parts[-2]
    return last.partition(".v")[0].removeprefix("go-")


def called(node: Node, imports: dict[str, str]) -> str:
    """What a selector or name stands for: "os.Create"; ".Method" for a method of a value; "f" for a plain name."""
    if node.type == "selector_expression":
        operand, field = node.child_by_field_name("operand"), text_of(node.child_by_field_name("field"))
        package = imports.get(text_of(operand)) if operand is not None and operand.type == "identifier" else None
        return f".{field}" if package is None else f"{package}.{field}"
    return text_of(node) if node.type == "identifier" else ""


class GoNames:
    """What the names of a package stand for: those of its top, and for each function its own.

    A name that gets several values, a parameter and a loop variable are not known.
    """

    def __init__(self, roots: Sequence[tuple[Node, dict[str, str]]]) -> None:
        self._top: dict[str, list[tuple[Node | None, dict[str, str]]]] = {}
        self._inner: dict[int, dict[str, list[tuple[Node | None, dict[str, str]]]]] = {}
        for root, imports in roots:
            for node in root.named_children:
                is_function = node.type in ("function_declaration", "method_declaration")
                names = self._inner.setdefault(node.id, {}) if is_function else self._top
                for name, value in _bindings(node):
                    names.setdefault(name, []).append((value, imports))

    def value(self, node: Node | None, imports: dict[str, str], within: int, depth: int = 0) -> Value | None:
        """A string or path as far as it is known; None where nothing is.

        Args:
            within: the id of the top-level node that the expression stands in.
        """
        if node is None or depth > _DEPTH:
            return None
        if (text := string(node)) is not None:
            return Value(text)
        match node.type:
            case "identifier":
                name = text_of(node)
                found = self._inner.get(within, {}).get(name) or self._top.get(name, [])
                return self._named(found, within, depth + 1)
            case "parenthesized_expression":
                return self.value(node.named_children[0], imports, within, depth + 1)
            case "binary_expression" if text_of(node.child_by_field_name("operator")) == "+":
                left = self.value(node.child_by_field_name("left"), imports, within, depth + 1)
                right = self.value(node.child_by_field_name("right"), imports, within, depth + 1)
                return left.followed(right) if left is not None else None
            case "call_expression":
                return self._call(node, imports, within, depth)
        return None

    def _named(self, found: list[tuple[Node | None, dict[str, str]]], within: int, depth: int) -> Value | None:
        """What a name stands for; `dir := os.Getenv("X")` with `dir = "data"` behind it has a default."""
        values = [self.value(node, imports, within, depth) for node, imports in found]
        if len(values) == 1:
            return values[0]
        first, second = values if len(values) == 2 else (None, None)
        if first is None or second is None or first.base != "variable" or first.text or second.base == "variable":
            return None
        return replace(second.or_of(*first.environment), certain=False)

    def _call(self, node: Node, imports: dict[str, str], within: int, depth: int) -> Value | None:
        function = node.child_by_field_name("function")
        name = called(function, imports) if function is not None else ""
        given = arguments(node)
        if name in _JOINS:
            found: Value | None = None
            for number, one in enumerate(given):
                value = self.value(one, imports, within, depth + 1)
                if number == 0:
                    found = value
                elif found is not None:
                    found = found.joined(_relative(value))
            return found
        if name == "fmt.Sprintf" and given:
            return _formatted(self.value(given[0], imports, within, depth + 1))
        if name in ("os.TempDir", "os.MkdirTemp"):
            return Value("", "temp", exact=name == "os.TempDir")
        if name in ("os.Getenv", "syscall.Getenv", "os.LookupEnv") and given:
            asked = string(given[0])
            return variable(asked) if asked else None
        if name in _HOME:
            return Value("", "home")
        if name == "os.Getwd":
            return Value("")
        if f"{name.rpartition('/')[2]}" in _SAME_PATH and given:
            return self.value(given[0], imports, within, depth + 1)
        return None


def _relative(value: Value | None) -> Value | None:
    """What filepath.Join makes of a part behind the first: a leading slash counts for nothing there."""
    if value is None or value.base != "cwd":
        return None
    return replace(value, text=value.text.lstrip("/"))


def _formatted(value: Value | None) -> Value | None:
    """The beginning of a format that its first verb leaves certain; None where there is none."""
    if value is None or not value.exact:
        return None
    before, verb, _ = value.text.partition("%")
    return Value(before, exact=not verb) if before or not verb else None


def _bindings(node: Node) -> Iterator[tuple[str, Node | None]]:
    """The names that a declaration or function binds, each with its value; None for one that is not known."""
    for one in walk(node):
        if one.type in ("const_spec", "var_spec"):
            names = [text_of(child) for child in one.children_by_field_name("name")]
            yield from _paired(names, one.child_by_field_name("value"))
        elif one.type in ("short_var_declaration", "assignment_statement"):
            left = one.child_by_field_name("left")
            names = [text_of(child) for child in left.named_children] if left is not None else []
            is_plain = text_of(one.child_by_field_name("operator")) in ("", "=", ":=")
            yield from _paired(names, one.child_by_field_name("right") if is_plain else None)
        elif one.type == "range_clause":
            left = one.child_by_field_name("left")
            yield from ((text_of(child), None) for child in (left.named_children if left is not None else ()))
        elif one.type in ("parameter_declaration", "variadic_parameter_declaration"):
            yield from ((text_of(child), None) for child in one.children_by_field_name("name"))


def _paired(names: list[str], values: Node | None) -> Iterator[tuple[str, Node | None]]:
    found = list(values.named_children) if values is not None else []
    for number, name in enumerate(names):
        if len(found) == len(names):
            yield name, found[number]
        else:  # `file, err := os.Create(…)`
            yield name, found[0] if found and number == 0 else None
