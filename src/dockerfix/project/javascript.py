"""What the JavaScript and TypeScript sources of a context tell: where they write, what they import, run and listen on.

The modules are parsed with tree-sitter, never run. Sources: Node.js documentation ("File system", "Child process",
"Net"), and the documentation of the libraries that are named.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from dockerfix.memo import memoised
from dockerfix.project.javascript_privileges import TELLING, is_route, note_call, note_import, note_text, socket_of
from dockerfix.project.javascript_values import Names, arguments, pairs, string, text_of, walk
from dockerfix.project.path_values import Value
from dockerfix.project.privileges import speaks_of_package
from dockerfix.project.python_facts import PrivilegedUse, Write
from dockerfix.project.python_writes import place
from dockerfix.text import encode

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

    from dockerfix.project.context import BuildContext

__all__ = ["ENDINGS", "JavaScriptFacts", "imported_path", "javascript_facts", "may_tell"]

ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_LARGEST = 1_000_000  # characters; longer modules are bundles
_FILE_SYSTEMS = frozenset({"fs", "fs/promises", "fs.promises", "fs-extra", "fs-extra.promises", "graceful-fs"})
# Function → which argument is written.
_WRITERS = {
    name: at
    for at, names in (
        (
            0,
            "writeFile appendFile mkdir mkdtemp rm rmdir unlink truncate outputFile outputJson outputJSON writeJson "
            "writeJSON ensureDir ensureFile emptyDir remove createWriteStream mkdirp mkdirs chmod chown utimes",
        ),
        (1, "copyFile rename cp copy move symlink link"),
    )
    for name in names.split()
}
_DELETERS = frozenset({"rm", "rmdir", "unlink", "remove"})
_FOLDERS = frozenset({"mkdir", "mkdtemp", "ensureDir", "emptyDir", "mkdirp", "mkdirs"})
# Names that no other library gives to something else, so that they tell without an import.
_PLAIN = frozenset("writeFile appendFile createWriteStream outputFile ensureDir".split())
_BUFFERED = frozenset({"toFile", "mv"})  # sharp, express-fileupload
_DATABASES = frozenset("better-sqlite3 sqlite3.Database sqlite3.cached.Database sqlite.DatabaseSync".split())
_SQLITE_KINDS = frozenset({"sqlite", "sqlite3", "better-sqlite3", "sqljs"})
_LOGGERS = ("winston", "log4js", "pino", "bunyan", "rotating-file-stream", "nedb", "@seald-io/nedb", "knex", "sqlite")
_FOLDER_KEYS = frozenset({"uploadDir", "tempFileDir"})
# Libraries that write below the working directory, or start a browser, by themselves.
_OWN_FILES = frozenset(
    "session-file-store node-persist node-localstorage whatsapp-web.js connect-sqlite3 venom-bot puppeteer playwright "
    "playwright-core electron wppconnect @wppconnect-team/wppconnect lowdb/node hugo-bin contentlayer keystone strapi "
    "@strapi/strapi @keystone-6/core ghost directus".split()
)

# Words of which a module has at least one when it writes, runs or listens: all that the reader below looks for.
_TELLING = re.compile(
    r"\bfs\b|writeFile|appendFile|createWriteStream|outputFile|ensureDir|\w+Sync\b|\.(?:mv|toFile|listen)\b|"
    r"sqlite|sqljs|multer|useMultiFileAuthState|pino|JSONFile|Bun\.write|filename|uploadDir|tempFileDir|chdir|"
    rf"child_process|execa|{TELLING}|" + "|".join(re.escape(name) for name in sorted(_OWN_FILES))
)


@dataclass(slots=True)
class JavaScriptFacts:
    """One module. `line`s are 1-based.

    Attributes:
        problem: why it could not be read; None where it was.
        imports: what it imports by a literal name, with the line.
        computed: lines of imports whose name is computed.
        writes: where it writes; `path` and `base` as of Python modules.
        commands: programs that it runs, None for a computed one, with the line.
        ports: what it listens on by a literal number, with the line.
        moves: lines that change the working directory.
        privileged: what the system may deny to another user than root.
    """

    path: str
    problem: str | None = None
    imports: list[tuple[str, int]] = field(default_factory=list)
    computed: list[int] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    commands: list[tuple[str | None, int]] = field(default_factory=list)
    ports: list[tuple[int, int]] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    privileged: list[PrivilegedUse] = field(default_factory=list)

    @property
    def own_files(self) -> list[tuple[str, int]]:
        """Imported libraries that write where they like."""
        return [(name, line) for name, line in self.imports if name in _OWN_FILES]


def may_tell(context: BuildContext, path: str) -> bool:
    """Whether a module may tell anything besides what it imports; found without parsing it."""
    text = context.text(path)
    return text is None or _TELLING.search(text) is not None or speaks_of_package(text)


@memoised
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
                return int(text) if text.isdigit() else None
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
        package = origin.rpartition(".")[0]
        base = method.removesuffix("Sync")
        if package in _FILE_SYSTEMS or (not origin and (base in _PLAIN or (base in _WRITERS and method != base))):
            self._file(base, given, _line(node), certain=package in _FILE_SYSTEMS)
        elif origin == "xlsx.writeFile" and len(given) > 1:
            self._note(self.names.value(given[1]), "open", _line(node))
        elif method in _BUFFERED and given and not origin:
            self._note(self.names.value(given[0]), "open", _line(node))
        elif origin in _DATABASES or origin.removesuffix(".default") in _DATABASES:
            if given:
                self._note(self.names.value(given[0]), "sqlite", _line(node))
        elif origin == "multer" and given:
            self._named_folder(pairs(given[0]).get("dest"))
        elif origin == "multer.diskStorage" and given:
            self._destination(pairs(given[0]).get("destination"))
        elif origin.endswith((".useMultiFileAuthState", "pino.destination", ".JSONFilePreset", ".JSONFile")) and given:
            self._note(self.names.value(given[0]), "folder" if "Auth" in origin else "log", _line(node))
        elif origin == "Bun.write" or text_of(node.child_by_field_name("function")) == "Bun.write":
            self._note(self.names.value(given[0]) if given else None, "open", _line(node))

    def _file(self, method: str, given: list[Node], line: int, *, certain: bool) -> None:
        if method == "open":
            flags = string(given[1]) if len(given) > 1 else "r"
            if flags is None or set(flags) & set("wa+"):
                self._note(self.names.value(given[0]) if given else None, "open", line)
            return
        at = _WRITERS.get(method)
        if at is None or len(given) <= at or (not certain and given[at].type == "object"):
            return
        value = self.names.value(given[at])
        if method in _DELETERS:
            if value is not None and value.exact:
                self._note(value, "delete", line)
        else:
            self._note(value, "folder" if method in _FOLDERS else "copy" if at else "open", line)

    def _object(self, entries: dict[str, Node], line: int) -> None:
        """SQLite files, log files and upload folders that options name."""
        kind = next((string(entries[key]) for key in ("dialect", "type", "client") if key in entries), None)
        if kind in _SQLITE_KINDS:
            for key in ("storage", "database"):
                if key in entries:
                    self._note(self.names.value(entries[key]), "sqlite", line)
        file = entries.get("filename")
        logs = any(name.startswith(_LOGGERS) for name, _ in self.facts.imports)
        if logs and file is not None and file.type != "method_definition":
            self._note(self.names.value(file), "log", line)
        for key in _FOLDER_KEYS & entries.keys():
            self._named_folder(entries[key])

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
        if value is not None and value.text == ":memory:":
            return
        if value is None or (value.environment and not value.text):
            self.facts.writes.append(Write(None, "unknown", kind, self.facts.path, line, exact=False))
            return
        path, base = place(value)
        self.facts.writes.append(
            Write(path, base, kind, self.facts.path, line, value.exact, value.environment, value.certain)
        )


def _line(node: Node) -> int:
    return node.start_point[0] + 1
