"""What names and expressions of a JavaScript or TypeScript module stand for, as far as the module alone tells."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.project.formats.path_values import BELOW, Value, at_home, is_file_name, variable
from dockerfix.text import decode

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Names", "arguments", "package_name", "pairs", "string", "text_of", "walk"]

_FUNCTIONS = frozenset(
    {"required_parameter", "optional_parameter", "formal_parameters", "rest_pattern", "catch_clause"}
)
_WRAPPERS = frozenset(
    {"parenthesized_expression", "await_expression", "as_expression", "non_null_expression", "satisfies_expression"}
)
_WHOLE_IMPORTS = frozenset({"import_clause", "namespace_import"})
_ENVIRONMENTS = frozenset({"process.env", "Bun.env", "Deno.env"})
_PATH = frozenset({"path", "path/posix", "path.posix", "upath"})


def text_of(node: Node | None) -> str:
    """The source of a node; empty for none."""
    return decode(node.text) if node is not None and node.text is not None else ""


def walk(node: Node) -> Iterator[Node]:
    """A node and all that stands in it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(found.named_children))


def arguments(node: Node) -> list[Node]:
    """The arguments of a call or of `new`, comments left out."""
    found = node.child_by_field_name("arguments")
    return [one for one in found.named_children if one.type != "comment"] if found is not None else []


def pairs(node: Node | None) -> dict[str, Node]:
    """The entries of an object literal by their key, shorthand ones too."""
    found: dict[str, Node] = {}
    for child in node.named_children if node is not None and node.type == "object" else ():
        if child.type == "pair":
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if value is not None:
                found[text_of(key).strip("'\"")] = value
        elif child.type == "shorthand_property_identifier":
            found[text_of(child)] = child
        elif child.type == "method_definition":
            found[text_of(child.child_by_field_name("name"))] = child
    return found


class Names:
    """The names of one module: which package an imported one comes from, which value a constant one has.

    Scopes are not told apart: a name that is bound twice in a module, or is a parameter anywhere, has no value.
    """

    def __init__(self, root: Node, path: str) -> None:
        self.path = path
        self.imported: dict[str, str] = {}
        self.bound: defaultdict[str, list[Node | None]] = defaultdict(list)
        for node in walk(root):
            if node.type == "import_statement":
                self._import(node)
            elif node.type == "variable_declarator":
                self._declared(node)
            elif node.type in {"assignment_expression", "augmented_assignment_expression"}:
                self._assigned(node)
            elif node.type in _FUNCTIONS:
                self._parameters(node)
            elif node.type == "arrow_function" and (only := node.child_by_field_name("parameter")) is not None:
                self.bound[text_of(only)].append(None)

    def _import(self, node: Node) -> None:
        package = package_name(string(node.child_by_field_name("source")) or "")
        for inner in walk(node):
            if inner.type == "import_specifier":
                name = text_of(inner.child_by_field_name("name"))
                self.imported[text_of(inner.child_by_field_name("alias")) or name] = f"{package}.{name}"
            elif inner.type == "identifier" and inner.parent and inner.parent.type in _WHOLE_IMPORTS:
                self.imported[text_of(inner)] = package

    def _declared(self, node: Node) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return
        origin = self.origin(value) if value is not None else None
        if name.type == "identifier":
            if origin is not None and value is not None and value.type != "new_expression":
                self.imported[text_of(name)] = origin
            self.bound[text_of(name)].append(value)
            return
        for inner in walk(name):
            if inner.type == "shorthand_property_identifier_pattern":
                self._member(text_of(inner), text_of(inner), origin)
            elif inner.type == "pair_pattern":
                self._member(
                    text_of(inner.child_by_field_name("value")), text_of(inner.child_by_field_name("key")), origin
                )
            elif inner.type == "identifier":
                self.bound[text_of(inner)].append(None)

    def _member(self, name: str, member: str, origin: str | None) -> None:
        self.bound[name].append(None)
        if origin is not None:
            self.imported[name] = f"{origin}.{member}"

    def _assigned(self, node: Node) -> None:
        left = node.child_by_field_name("left")
        if left is not None and left.type == "identifier":
            right = node.child_by_field_name("right") if node.type == "assignment_expression" else None
            self.bound[text_of(left)].append(right)

    def _parameters(self, node: Node) -> None:
        for child in node.named_children:
            if child.type == "identifier":
                self.bound[text_of(child)].append(None)
            elif child.type == "assignment_pattern":
                self.bound[text_of(child.child_by_field_name("left"))].append(None)
            elif child.type == "object_pattern":
                for inner in walk(child):
                    if inner.type == "shorthand_property_identifier_pattern":
                        self.bound[text_of(inner)].append(None)

    def origin(self, node: Node | None) -> str | None:
        """The package, and what of it, that an expression stands for: "fs.promises.writeFile"; None for anything else.

        What a call of a package's function returns counts as that package: `sqlite3.verbose()` is sqlite3.
        """
        if node is None:
            return None
        if node.type in _WRAPPERS and node.named_children:
            return self.origin(node.named_children[0])
        if node.type == "identifier":
            return self.imported.get(text_of(node))
        if node.type == "member_expression":
            holder = self.origin(node.child_by_field_name("object"))
            return f"{holder}.{text_of(node.child_by_field_name('property'))}" if holder is not None else None
        if node.type == "call_expression":
            return self._called(node)
        return None

    def _called(self, node: Node) -> str | None:
        function, given = node.child_by_field_name("function"), arguments(node)
        name = text_of(function)
        if name in {"require", "import"} and given:
            found = string(given[0])
            return package_name(found) if found is not None else None
        called = self.origin(function)
        if called in {"util.promisify", "promisify"} and given:
            return self.origin(given[0])
        return called.rpartition(".")[0] if called is not None and called.endswith(".verbose") else None

    def value(self, node: Node | None, depth: int = 0) -> Value | None:
        """The string or path that an expression gives, as far as it is known; None where nothing of it is."""
        if node is None or depth > 12:
            return None
        inner = depth + 1
        match node.type:
            case "string":
                return at_home(Value(string(node) or ""))
            case "template_string":
                return self._template(node, inner)
            case "identifier" | "shorthand_property_identifier":
                return self._named(text_of(node), inner)
            case "member_expression":
                return self._property(text_of(node))
            case "new_expression":
                return self._of_url(node, inner)
            case "subscript_expression":
                return self._item(node)
            case "binary_expression":
                return self._operated(node, inner)
            case "call_expression":
                return self._computed(node, inner)
            case "ternary_expression":
                return self._one_of(node, inner)
            case kind if kind in _WRAPPERS and node.named_children:
                return self.value(node.named_children[0], inner)
        return None

    def _here(self) -> Value:
        return Value(posixpath.dirname(self.path), "module")

    def _named(self, name: str, depth: int) -> Value | None:
        if name == "__dirname" and not any(self.bound[name]):
            return self._here()
        if name == "__filename":
            return Value(self.path, "module")
        found = self.bound.get(name, [])
        return self.value(found[0], depth) if len(found) == 1 else None

    def _property(self, text: str) -> Value | None:
        if text == "import.meta.dirname":
            return self._here()
        holder, _, name = text.rpartition(".")
        return variable(name) if holder in _ENVIRONMENTS else None

    def _item(self, node: Node) -> Value | None:
        """`process.env["DATA_DIR"]`."""
        name = string(node.child_by_field_name("index"))
        is_variable = text_of(node.child_by_field_name("object")) in _ENVIRONMENTS
        return variable(name) if name and is_variable else None

    def _template(self, node: Node, depth: int) -> Value | None:
        found = Value("")
        first = next(iter(node.named_children), None)
        if first is not None and first.type == "template_substitution":
            behind = "".join(text_of(one) for one in node.named_children if one.type != "template_substitution")
            unknown = first.named_children[0] if first.named_children else None
            if self.value(unknown, depth) is None and self._is_file_name(unknown, behind):
                return BELOW
        for part in node.named_children:
            if part.type == "template_substitution":
                piece = self.value(part.named_children[0], depth) if part.named_children else None
            else:
                piece = Value(text_of(part))
            found = piece if not found.text and found.exact and piece is not None else found.followed(piece)
        return at_home(found) if found.text or found.base != "cwd" else None

    def _operated(self, node: Node, depth: int) -> Value | None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if operator == "+":
            first = self.value(left, depth)
            second = self.value(right, depth)
            if first is None and second is not None and second.base == "cwd":
                return BELOW if self._is_file_name(left, second.text) else None
            return first.followed(second) if first is not None and first.exact else first
        if operator not in {"||", "??"}:
            return None
        first, second = self.value(left, depth), self.value(right, depth)
        if second is None or first is None or first.base != "variable" or first.text or second.base == "variable":
            return None
        return replace(second.or_of(*first.environment), certain=False)

    def _is_file_name(self, node: Node | None, behind: str) -> bool:
        """Whether an unknown beginning is no path; the command line or the environment may give any."""
        text = text_of(node)
        bound = [text_of(one) for one in self.bound.get(text, []) if one is not None]
        is_outside = any(word in one for one in (text, *bound) for word in ("process.", "Bun.argv", "Deno."))
        return node is not None and not is_outside and is_file_name(_spoken(text), behind)

    def _one_of(self, node: Node, depth: int) -> Value | None:
        first = self.value(node.child_by_field_name("consequence"), depth)
        return first if first == self.value(node.child_by_field_name("alternative"), depth) else None

    def _computed(self, node: Node, depth: int) -> Value | None:
        function, given = node.child_by_field_name("function"), arguments(node)
        origin = self.origin(function) or ""
        package, _, method = origin.rpartition(".")
        if package in _PATH or (not origin and text_of(function) in {"path.join", "path.resolve"}):
            return self._path(method or text_of(function).rpartition(".")[2], given, depth)
        if text_of(function) == "process.cwd":
            return Value("")
        if origin == "os.tmpdir":
            return Value("", "temp")
        if origin == "os.homedir":
            return Value("", "home")
        if origin == "url.fileURLToPath" and given:
            return self._of_url(given[0], depth)
        return None

    def _path(self, method: str, given: list[Node], depth: int) -> Value | None:
        values = [self.value(one, depth) for one in given]
        if method == "dirname" and values:
            return values[0].parent() if values[0] is not None else None
        if method not in {"join", "resolve", "normalize"} or not values or values[0] is None:
            return None
        found = values[0]
        for value in values[1:]:
            if method == "join" and value is not None and value.base == "variable" and found.base in ("cwd", "module"):
                return BELOW if not found.text.startswith(("/", "..")) else found.joined(value)
            if method == "join" and value is not None and value.base == "cwd":
                value = replace(value, text=value.text.lstrip("/"))
            found = found.joined(value)
        return found

    def _of_url(self, node: Node, depth: int) -> Value | None:
        """`import.meta.url`, or `new URL("./x", import.meta.url)`."""
        if text_of(node) == "import.meta.url":
            return Value(self.path, "module")
        given = arguments(node) if node.type == "new_expression" else []
        if len(given) == 2 and text_of(given[1]) == "import.meta.url":
            return self._here().joined(self.value(given[0], depth))
        return None


def _spoken(text: str) -> str:
    """The last name of an expression, what people call its value: `id` of `req.user.id`, `slug` of `slug(title)`."""
    return text.partition("(")[0].rpartition(".")[2]


def string(node: Node | None) -> str | None:
    """The text of a string literal, or of a template without holes; None for anything else."""
    if node is None or node.type not in {"string", "template_string"}:
        return None
    if any(child.type == "template_substitution" for child in node.named_children):
        return None
    return text_of(node)[1:-1]


def package_name(text: str) -> str:
    """What is imported, without the `node:` that marks Node's own modules."""
    return text.removeprefix("node:")
