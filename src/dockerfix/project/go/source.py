"""What a package of the project's own Go source does to files, ports and programs when it runs.

The sources are parsed with tree-sitter, never built. Source: Go documentation of the packages os, io/ioutil, net,
net/http, database/sql, log/syslog.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import field, replace
from functools import cache
from typing import TYPE_CHECKING

from dockerfix.frozen import mutable
from dockerfix.memo import memoised_on
from dockerfix.project.formats.path_values import Value
from dockerfix.project.go.values import GoNames, arguments, called, import_paths, string
from dockerfix.project.javascript.values import text_of, walk
from dockerfix.project.known.go_libraries import go_library
from dockerfix.project.python.facts import Write
from dockerfix.project.python.writes import place
from dockerfix.text import encode, is_number

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

    from dockerfix.project.context.build_context import BuildContext

__all__ = ["GoFacts", "go_facts", "is_of_the_build"]

# Function of the standard library → the arguments that it writes to.
_WRITERS = {
    **{
        f"os.{name}": (0,)
        for name in "Create OpenFile WriteFile Mkdir MkdirAll Remove RemoveAll Truncate Chmod Chown Lchown Chtimes "
        "CopyFS".split()
    },
    **{f"os.{name}": (0, 1) for name in ("Rename",)},
    **{f"os.{name}": (1,) for name in ("Link", "Symlink")},
    "io/ioutil.WriteFile": (0,),
}
_FOLDERS = frozenset({"os.Mkdir", "os.MkdirAll", "os.CopyFS"})
_TEMPORARY = frozenset({"os.CreateTemp", "os.MkdirTemp", "io/ioutil.TempFile", "io/ioutil.TempDir"})
_DELETERS = frozenset({"os.Remove", "os.RemoveAll"})
_ELSEWHERE = {"os.OpenRoot": "opens a folder to write to by a handle", "os.StartProcess": "starts a program"}
# Packages of the standard library that reach past the functions above.
_REACHING = {
    "os/exec": "runs programs",
    "plugin": "loads a plugin",
    "net/http/cgi": "runs programs",
    "C": "uses cgo",
}
_SYSTEM_CALLS = frozenset({"syscall", "golang.org/x/sys/unix"})
# Besides the numbers of signals and errors.
_HARMLESS_CALLS = frozenset(
    "Signal Errno Getpid Getuid Getgid Getenv Getrlimit Rlimit Rusage Umask Statfs Uname".split()
)
_RAW = frozenset({"net.ListenIP", "net.DialIP"})
_LISTENERS = frozenset("Listen ListenAndServe ListenAndServeTLS Run RunTLS Start StartTLS ListenTLS".split())
_DATABASE_OPENERS = frozenset({"database/sql.Open", "github.com/jmoiron/sqlx.Open", "github.com/jmoiron/sqlx.Connect",
                               "github.com/jmoiron/sqlx.MustConnect", "github.com/jmoiron/sqlx.MustOpen"})  # fmt: skip
_SQLITE = frozenset({"sqlite", "sqlite3"})
_OTHER_SYSTEMS = tuple(f"_{name}.go" for name in "windows darwin freebsd netbsd openbsd plan9 js wasm android".split())


@mutable
class GoFacts:
    """One package. Each fact has its place, "main.go:12".

    Attributes:
        imports: what it imports, with the first place.
        writes: where it writes, as of Python modules.
        doubts: what it does that is not looked into.
        ports: what it listens on by a literal number.
    """

    imports: dict[str, str] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)
    ports: list[tuple[int, str]] = field(default_factory=list)


def is_of_the_build(context: BuildContext, path: str) -> bool:
    """Whether a file may be part of a package that is built for Linux; when in doubt, it is."""
    if not path.endswith(".go") or path.endswith(("_test.go", *_OTHER_SYSTEMS)):
        return False
    head = (context.text(path) or "").partition("\npackage ")[0]
    return "//go:build ignore" not in head and "// +build ignore" not in head


def go_facts(context: BuildContext, paths: Iterable[str]) -> GoFacts:
    """What the files of one package tell."""
    facts = GoFacts()
    roots: list[tuple[Node, dict[str, str]]] = []
    files: list[tuple[str, Node, dict[str, str]]] = []
    for path in paths:
        root = _parsed(context, path)
        if root is None or root.has_error:
            facts.doubts.append((path, "cannot be read with certainty"))
            continue
        imports = {name: module for name, module, _ in import_paths(root)}
        for _, module, line in import_paths(root):
            facts.imports.setdefault(module, f"{path}:{line}")
        roots.append((root, imports))
        files.append((path, root, imports))
    names = GoNames(roots)
    for path, root, imports in files:
        for top in root.named_children:
            _Reader(facts, names, path, imports, top.id).read(top)
    return facts


@memoised_on("code")
def _parsed(context: BuildContext, path: str) -> Node | None:
    text = context.text(path)
    return None if text is None else _parser().parse(encode(text)).root_node


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_go

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_go.language()))


class _Reader:
    """Reads one top-level node, `within`, of a file."""

    def __init__(self, facts: GoFacts, names: GoNames, path: str, imports: dict[str, str], within: int) -> None:
        self.facts = facts
        self.names = names
        self.path = path
        self.imports = imports
        self.within = within
        libraries = (go_library(module) for module in imports.values())
        self.libraries = [one for one in libraries if one is not None]

    def read(self, top: Node) -> None:
        functions = set()
        for node in walk(top):
            if node.type == "call_expression":
                function = node.child_by_field_name("function")
                if function is not None:
                    functions.add(function.id)
                    self._call(node, function)
            elif node.type == "selector_expression":
                self._named(node, is_called=node.id in functions)
            elif node.type == "keyed_element":
                self._field(node)

    def _where(self, node: Node) -> str:
        return f"{self.path}:{node.start_point[0] + 1}"

    def _doubt(self, node: Node, what: str) -> None:
        self.facts.doubts.append((self._where(node), what))

    def _value(self, node: Node | None) -> Value | None:
        return self.names.value(node, self.imports, self.within)

    def _call(self, node: Node, function: Node) -> None:
        name = called(function, self.imports)
        given = arguments(node)
        if name in _WRITERS:
            self._std(node, name, given)
        elif name in _TEMPORARY:
            if not given or string(given[0]) != "":
                self._note(self._value(given[0] if given else None), "folder", node)
        elif name in _RAW or (name.startswith("net.") and given and (string(given[0]) or "").startswith("ip")):
            self._doubt(node, "opens a raw socket, which takes root")
        elif name == "os.Chdir":
            self._doubt(node, "changes the working directory")
        elif name in _DATABASE_OPENERS:
            self._database(node, given)
        elif name == "net.Listen" and given and string(given[0]) in ("unix", "unixpacket"):
            self._note(self._value(given[1] if len(given) > 1 else None), "open", node)
        else:
            self._library(node, name, given)
        if name.rpartition(".")[2] in _LISTENERS:
            for one in given:
                self._port(one)

    def _std(self, node: Node, name: str, given: list[Node]) -> None:
        if name == "os.OpenFile" and len(given) > 1 and text_of(given[1]) == "os.O_RDONLY":
            return
        for at in _WRITERS[name]:
            value = self._value(given[at]) if at < len(given) else None
            if name in _DELETERS:
                if value is not None and value.exact:
                    self._note(value, "delete", node)
            else:
                self._note(value, "folder" if name in _FOLDERS else "open", node)

    def _library(self, node: Node, name: str, given: list[Node]) -> None:
        """A function or method of a library that writes to what it is given."""
        for library in self.libraries:
            at = library.argument(name)
            if at is not None:
                value = self._value(given[at]) if at < len(given) else None
                is_database = library.kind == "sqlite" and value is not None
                self._note(_database_file(value) if is_database and value is not None else value, library.kind, node)
                return

    def _database(self, node: Node, given: list[Node]) -> None:
        driver = self._value(given[0]) if given else None
        if driver is not None and driver.exact and driver.text not in _SQLITE:
            return
        if driver is None and not any(library.kind == "sqlite" for library in self.libraries):
            return
        found = self._value(given[1]) if len(given) > 1 else None
        self._note(None if found is None else _database_file(found), "sqlite", node)

    def _field(self, node: Node) -> None:
        """`Addr: ":80"` of http.Server, `Filename: "app.log"` of a logger."""
        parts = [child for child in node.named_children if child.type != "comment"]
        if len(parts) != 2:
            return
        key, value = text_of(parts[0]), parts[1].named_children[0] if parts[1].named_children else None
        if key == "Addr":
            self._port(value)
        for library in self.libraries:
            if key in library.doubtful:
                self._doubt(node, f"sets {key}, which may name a file")
            if key in library.fields:
                self._note(self._value(value), library.kind, node)

    def _named(self, node: Node, *, is_called: bool) -> None:
        """A function that is handed on instead of being called, and what reaches past the standard library."""
        name = called(node, self.imports)
        package, _, what = name.rpartition(".")
        if any(what in library.doubtful for library in self.libraries):
            self._doubt(node, f"uses {what}, which writes to a place that is not looked into")
        if name in _WRITERS and not is_called:
            self._doubt(node, f"hands on {name}, so that what it writes to is only known at run time")
        elif name in _ELSEWHERE:
            self._doubt(node, _ELSEWHERE[name])
        elif package in _SYSTEM_CALLS and not what.isupper() and what not in _HARMLESS_CALLS:
            self._doubt(node, f"calls {package}.{what}, which is not looked into")

    def _port(self, node: Node | None) -> None:
        value = self._value(node)
        number = value.text.rpartition(":")[2] if value is not None and value.exact and ":" in value.text else ""
        if is_number(number) and 0 < int(number) < 1024 and node is not None:
            self.facts.ports.append((int(number), self._where(node)))

    def _note(self, value: Value | None, kind: str, node: Node) -> None:
        if value is not None and value.text.startswith(":memory:"):
            return
        line = node.start_point[0] + 1
        if value is None:
            self.facts.writes.append(Write(None, "unknown", kind, self.path, line, exact=False))
            return
        path, base = place(value)
        known = (value.exact, value.environment, value.certain)
        self.facts.writes.append(Write(path, base, kind, self.path, line, *known, default=value.default))


def _database_file(value: Value) -> Value | None:
    """The file of a data source name: `file:app.db?cache=shared`."""
    text = value.text.removeprefix("file:")
    if "mode=memory" in text:
        return Value(":memory:")
    name, options, _ = text.partition("?")
    is_there = name or value.base == "variable"
    return replace(value, text=name, exact=value.exact or bool(options)) if is_there else None


def reaching(module: str) -> str | None:
    """What a package of the standard library does that is not looked into; None for any other."""
    return _REACHING.get(module)


def is_standard(module: str) -> bool:
    """Whether an import is of the standard library: the first part of any other has a dot."""
    return "." not in module.partition("/")[0]


def folder_of(module: str, own: str, top: str) -> str | None:
    """The folder of a package of a module whose name is `own` and which lies at `top`; None for another module's."""
    if module != own and not module.startswith(f"{own}/"):
        return None
    return posixpath.normpath(posixpath.join(top, module[len(own) :].lstrip("/")))
