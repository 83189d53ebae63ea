"""What the JavaScript and TypeScript sources of a context tell: where they write, what they import, run and listen on.

The modules are parsed with tree-sitter, never run. Sources: Node.js documentation ("File system", "Child process",
"Net"), and the documentation of the libraries that are named.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from dockerfix.memo import memoised_on
from dockerfix.project.formats.path_values import Value
from dockerfix.project.javascript.facts import JavaScriptFacts
from dockerfix.project.javascript.names import bare_name, is_built_in, package_of
from dockerfix.project.javascript.privileges import TELLING, is_route, note_call, note_import, note_text, socket_of
from dockerfix.project.javascript.values import Names, arguments, pairs, string, text_of, walk
from dockerfix.project.known.libraries import Writing, javascript_libraries
from dockerfix.project.known.privileges import speaks_of_package
from dockerfix.project.python.facts import Write
from dockerfix.project.python.writes import place
from dockerfix.regexes import regex
from dockerfix.shell import parse_script
from dockerfix.text import MappedText, Span, encode, is_number

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

    from dockerfix.project.context.build_context import BuildContext

__all__ = ["ENDINGS", "imported_path", "javascript_facts", "may_tell", "speaks_of_writing"]

ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_LARGEST = 1_000_000  # characters; longer modules are bundles
_SQLITE_KINDS = frozenset({"sqlite", "sqlite3", "better-sqlite3", "sqljs"})
_IMPORTED = regex(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'./\s][^"'\s]*)["']""")
# Options that name a place, by their words.
_OF_PATHS = regex(r"path|dir|folder|file|location|storage|database|cache", re.IGNORECASE)
_READ_ONLY = ("/etc/", "/usr/", "/proc/", "/sys/", "/dev/")
# Words of which a module has at least one when it writes, runs or listens, whatever it imports.
_TELLING = regex(
    r"\bfs\b|writeFile|appendFile|createWriteStream|outputFile|ensureDir|\w+Sync\b|\.(?:mv|toFile|listen)\b|"
    rf"sqlite|sqljs|Bun\.write|filename|uploadDir|tempFileDir|chdir|child_process|execa|{TELLING}"
)


@memoised_on("code")
def may_tell(context: BuildContext, path: str) -> bool:
    """Whether a module may tell anything besides quiet imports; found without parsing it."""
    text = context.text(path)
    return speaks_of_writing(context, path) or any(map(_is_loud, _IMPORTED.findall(text or "")))


@memoised_on("code")
def speaks_of_writing(context: BuildContext, path: str) -> bool:
    """Whether a module has a word that one has to use to write, run or listen without a library."""
    text = context.text(path)
    return text is None or _TELLING.search(text) is not None or speaks_of_package(text)


@cache
def _is_loud(name: str) -> bool:
    """Whether an import is of a package that may write, or of which nothing is known."""
    record = javascript_libraries().of(bare_name(name))
    return (record is None or record.writes != "nothing") and not is_built_in(name)


@memoised_on("code")
def javascript_facts(context: BuildContext, path: str) -> JavaScriptFacts:
    """What one module of the context tells."""
    text = context.text(path)
    if text is None or len(text) > _LARGEST:
        return JavaScriptFacts(path, "cannot be read")
    root = _parser(path.rpartition(".")[2]).parse(encode(text)).root_node
    facts = JavaScriptFacts(path)
    if root.has_error:
        facts.problem = "cannot be read with certainty"
    _Reader(facts, Names(root, path)).read(root)
    return facts


@cache
def _parser(ending: str) -> Parser:
    import tree_sitter

    if ending in {"ts", "mts", "cts", "tsx"}:
        import tree_sitter_typescript

        language = (
            tree_sitter_typescript.language_tsx() if ending == "tsx" else tree_sitter_typescript.language_typescript()
        )
    else:
        import tree_sitter_javascript

        language = tree_sitter_javascript.language()
    return tree_sitter.Parser(tree_sitter.Language(language))


def imported_path(context: BuildContext, importer: str, name: str) -> str | None:
    """The module of the context that a relative import finds, as Node, TypeScript and bundlers look for it."""
    if not name.startswith("."):
        return None
    wanted = posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    stem, ending = posixpath.splitext(wanted)
    tried = [wanted, *(wanted + one for one in ENDINGS), *(f"{wanted}/index{one}" for one in ENDINGS)]
    if ending in {".js", ".mjs", ".cjs", ".jsx"}:  # TypeScript names the file that it will make
        tried += [stem + one for one in ENDINGS]
    return next((path for path in tried if context.is_file(path)), None)


class _Reader:
    def __init__(self, facts: JavaScriptFacts, names: Names) -> None:
        self.facts = facts
        self.names = names

    def read(self, root: Node) -> None:
        for node in walk(root):
            if node.type in {"call_expression", "new_expression"}:
                self._call(node)
            elif node.type in {"import_statement", "export_statement"}:
                name = string(node.child_by_field_name("source"))
                if name is not None and not text_of(node).startswith("import type"):
                    self._imported(name, _line(node))
            elif node.type in {"string", "template_string"} and not is_route(node):
                note_text(self.facts, text_of(node).strip("'\"`"), _line(node))
            elif node.type == "object":
                self._object(pairs(node), _line(node))

    def _call(self, node: Node) -> None:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        given = arguments(node)
        if function is None:
            return
        name, origin = text_of(function), self.names.origin(function) or ""
        method = (origin or name).rpartition(".")[2]
        self._privileged(node, origin, name.rpartition(".")[2])
        if name in {"require", "import"} and given:
            self._required(given[0])
        elif name == "process.chdir":
            self.facts.moves.append(_line(node))
        elif origin.startswith(("child_process.", "execa")):
            self._command(given, _line(node))
            self._redirections(given)
        elif method == "listen" and given:
            self._listens(given[0])
        elif name == "Worker" and given:
            self._required(given[0])
        else:
            self._writes(node, origin, method, given)

    def _privileged(self, node: Node, origin: str, last: str) -> None:
        note_call(self.facts, self.names, node, origin, self._port)
        socket = socket_of(node, last)
        if socket is not None:
            self._note(self.names.value(socket), "socket", _line(node))

    def _required(self, node: Node) -> None:
        name = string(node)
        if name is None:
            self.facts.computed.append(_line(node))
        else:
            self._imported(name, _line(node))

    def _imported(self, name: str, line: int) -> None:
        self.facts.imports.append((name.removeprefix("node:"), line))
        note_import(self.facts, name, line)

    def _command(self, given: list[Node], line: int) -> None:
        value = self.names.value(given[0]) if given else None
        words = value.text.split() if value is not None and not value.environment and value.base == "cwd" else []
        known = bool(words) and value is not None and (value.exact or len(words) > 1 or value.text.endswith(" "))
        self.facts.commands.append((posixpath.basename(words[0]) if known else None, line))

    def _redirections(self, given: list[Node]) -> None:
        """Note the files that a shell text redirects to: `exec("dump > /out/a")`."""
        value = self.names.value(given[0]) if given else None
        if value is None:
            return
        raw = encode(value.text)
        script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
        for target in (target for command in script.commands for target in command.outputs):
            if target is None or not target.startswith(("/dev/", "&")):
                self._note(Value(target) if target is not None else None, "open", _line(given[0]))
        if not value.exact and re.search(rb">(?!\s*(?:/dev/|&))", given[0].text or b""):
            self._note(None, "open", _line(given[0]))

    def _listens(self, node: Node) -> None:
        port = self._port(node)
        if port is not None:
            self.facts.ports.append((port, _line(node)))

    def _port(self, node: Node | None, depth: int = 0) -> int | None:
        """The number that stands for a port, also where a variable of the environment may replace it."""
        if node is None or depth > 8:
            return None
        match node.type:
            case "number" | "string":
                text = text_of(node).strip("'\"")
                return int(text) if is_number(text) else None
            case "identifier":
                found = self.names.bound.get(text_of(node), [])
                return self._port(found[0], depth + 1) if len(found) == 1 else None
            case "binary_expression":
                return self._port(node.child_by_field_name("right"), depth + 1)
            case "call_expression":
                return self._port(next(iter(arguments(node)), None), depth + 1)
            case "object":
                return self._port(pairs(node).get("port"), depth + 1)
            case "member_expression":
                holder = self.names.bound.get(text_of(node.child_by_field_name("object")), [])
                entries = pairs(holder[0]) if len(holder) == 1 else {}
                return self._port(entries.get(text_of(node.child_by_field_name("property"))), depth + 1)
            case "parenthesized_expression" | "as_expression" | "unary_expression":
                return self._port(node.named_children[0], depth + 1)
        return None

    def _writes(self, node: Node, origin: str, method: str, given: list[Node]) -> None:
        base = method.removesuffix("Sync")
        if origin:
            calls = self._calls(origin)
            for one in calls:
                self._given(one, given, _line(node))
            if not calls and node.type == "new_expression":
                self._handed(origin, given, _line(node))
        elif text_of(node.child_by_field_name("function")) == "Bun.write":
            self._note(self.names.value(given[0]) if given else None, "open", _line(node))
        else:
            plain = [one for one in javascript_libraries().method(base) if self._may_be(one)]
            for one in plain or (_file_system_calls(base) if method != base else ()):
                self._given(one, given, _line(node), certain=False)
        if origin == "multer.diskStorage" and given:
            self._destination(pairs(given[0]).get("destination"))

    def _calls(self, origin: str) -> tuple[Writing, ...]:
        """What a call of a package's function writes: `fs.promises.writeFile`, `level.Level`, `better-sqlite3`."""
        libraries = javascript_libraries()
        for whole in dict.fromkeys((origin, origin.removesuffix("Sync"))):
            parts = whole.removesuffix(".default").split(".")
            for end in (*range(len(parts) - 1, 0, -1), len(parts)):  # a name of its own before the package's default
                package, member = ".".join(parts[:end]), ".".join(parts[end:]) or "default"
                if libraries.of(package) is not None and (found := libraries.call(f"{package}.{member}", package)):
                    return found
        return ()

    def _handed(self, origin: str, given: list[Node], line: int) -> None:
        """Note absolute paths that an object of a package without a record is made with: it may write there."""
        package = package_of(origin)
        known = origin.startswith((".", "/")) or is_built_in(package) or _has_record(origin)
        named = [value for node in given for key, value in pairs(node).items() if _OF_PATHS.search(key)]
        for node in [] if known else [*given[:1], *named]:
            value = self.names.value(node)
            if value is not None and value.text.startswith("/") and not value.text.startswith(_READ_ONLY):
                self._note(value, "folder" if value.text.rstrip("/").count("/") == 1 else "sqlite", line)

    def _may_be(self, writing: Writing) -> bool:
        return not writing.vague or self._imports(writing.library)

    def _imports(self, library: str) -> bool:
        return any(f"{name}/".startswith(f"{library}/") for name, _ in self.facts.imports)

    def _given(self, writing: Writing, given: list[Node], line: int, *, certain: bool = True) -> None:
        """Note the argument of a call that names a place, or the default without it."""
        at = writing.at or 0
        node = given[at] if at < len(given) else None
        if node is not None and writing.keyword:
            node = pairs(node).get(writing.keyword)
        elif node is not None and node.type == "object" and (writing.vague or not certain or writing.kind == "sqlite"):
            return
        if node is None:
            if writing.default:
                found = Value("", exact=False) if writing.default == "." else Value(writing.default)
                self._note(found, writing.kind, line)
            return
        if writing.mode is not None and not _opens_for_writing(given, writing.mode):
            return
        value = self.names.value(node)
        if writing.vague and (value is None or not value.text):
            return
        if writing.kind != "delete" or (value is not None and value.exact):
            self._note(value, writing.kind, line)

    def _object(self, entries: dict[str, Node], line: int) -> None:
        """SQLite files, log files and upload folders that options name."""
        kind = next((string(entries[key]) for key in ("dialect", "type", "client") if key in entries), None)
        if kind in _SQLITE_KINDS:
            for key in ("storage", "database"):
                if key in entries:
                    self._note(self.names.value(entries[key]), "sqlite", line)
        for key, node in entries.items():
            for setting in javascript_libraries().settings(key):
                if node.type != "method_definition" and self._may_be(setting):
                    self._note(self._beside(entries, self.names.value(node)), setting.kind, _line(node))
                    break

    def _beside(self, entries: dict[str, Node], value: Value | None) -> Value | None:
        """A file of winston's, in the folder that `dirname` names beside it."""
        folder = self.names.value(entries.get("dirname"))
        return folder.joined(value) if folder is not None else value

    def _destination(self, node: Node | None) -> None:
        """multer's `destination`: a folder, or a function that hands one to its callback."""
        if node is None:
            return
        if node.type not in {"arrow_function", "function_expression", "function", "method_definition"}:
            self._named_folder(node)
            return
        for inner in walk(node):
            given = arguments(inner) if inner.type == "call_expression" else []
            if len(given) == 2 and given[0].type == "null":
                self._named_folder(given[1])

    def _named_folder(self, node: Node | None) -> None:
        if node is not None:
            self._note(self.names.value(node), "upload", _line(node))

    def _note(self, value: Value | None, kind: str, line: int) -> None:
        if value is not None and value.text.startswith("file:") and "://" not in value.text:
            value = replace(value, text=value.text.removeprefix("file:").partition("?")[0])
        if value is not None and (value.text in {":memory:", ""} and value.exact and kind == "sqlite"):
            return
        if value is not None and (value.text.startswith(":memory:") or "://" in value.text):
            return
        if value is None:
            self.facts.writes.append(Write(None, "unknown", kind, self.facts.path, line, exact=False))
            return
        path, base = place(value)
        write = Write(
            path,
            base,
            kind,
            self.facts.path,
            line,
            value.exact,
            value.environment,
            value.certain,
            default=value.default,
        )
        if self.facts.writes[-1:] != [write]:
            self.facts.writes.append(write)


def _has_record(origin: str) -> bool:
    parts = origin.split(".")
    return any(javascript_libraries().of(".".join(parts[:end])) is not None for end in range(1, len(parts) + 1))


def _file_system_calls(name: str) -> tuple[Writing, ...]:
    """What a function of that name writes, if it is one of Node's file system."""
    return javascript_libraries().call(f"fs-extra.{name}", "fs-extra")


def _opens_for_writing(given: list[Node], at: int) -> bool:
    flags = string(given[at]) if len(given) > at else "r"
    return flags is None or bool(set(flags) & set("wa+"))


def _line(node: Node) -> int:
    return node.start_point[0] + 1
