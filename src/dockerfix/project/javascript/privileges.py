"""What a JavaScript module does that the system may deny to another user than root; as of Python modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from dockerfix.project.javascript.values import arguments, pairs, string, text_of, walk
from dockerfix.project.known.privileges import library_need, named_by, privileged_call
from dockerfix.project.python.facts import PrivilegedUse
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from tree_sitter import Node

    from dockerfix.project.javascript.facts import JavaScriptFacts
    from dockerfix.project.javascript.values import Names

__all__ = ["TELLING", "is_route", "note_call", "note_import", "note_text", "socket_of"]

TELLING = r"/dev/|/root/|Server\(|\bserve\(|createSocket|\bset[ug]id\b|\bchown"  # of a module with something to note
_LISTENS = regex(r"serve|listen|bind|(?<![a-z])(?:run|start|launch)", re.I)
_CONNECTS = regex(r"connect|client|request|transport|session|agent|proxy", re.I)
_ROUTES = frozenset("get post put patch delete all use route head options fetch redirect push register".split())
_VARIABLE = regex(r"""process\.env(?:\.(\w+)|\[["'](\w+)["']\])""")


def note_import(facts: JavaScriptFacts, name: str, line: int) -> None:
    """Note a package that is made for devices, raw sockets and the like."""
    parts = name.split("/")
    package = "/".join(parts[:2]) if name.startswith("@") else parts[0]
    what = library_need("node", package)
    if what is not None:
        _note(facts, "library", f"imports {package} {what}", line)


def is_route(node: Node) -> bool:
    """Whether a text is the first argument of `app.get(…)` and the like, or of a request."""
    call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
    function = call.child_by_field_name("function") if call is not None else None
    return text_of(function).rpartition(".")[2] in _ROUTES


def note_text(facts: JavaScriptFacts, text: str, line: int) -> None:
    """Note a device, or a path of root's own, that a text names."""
    what = named_by(text)
    if what is not None:
        _note(facts, "path", what, line)


def note_call(
    facts: JavaScriptFacts, names: Names, node: Node, origin: str, number: Callable[[Node], int | None]
) -> None:
    """Note what a call needs: root, or a port below 1024, as `number` reads it."""
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    written = text_of(function)
    line = node.start_point[0] + 1
    what = privileged_call(origin or written)
    if what is not None:
        _note(facts, "call", f"{what}, which takes root", line)
    last = written.rpartition(".")[2]
    if _LISTENS.search(last) and not _CONNECTS.search(last):
        for port in _ports(node, last):
            _note_port(facts, number(port), tuple(_variables(names, port)), line)


def socket_of(node: Node, last: str) -> Node | None:
    """The path of the socket that a call listens on: `listen("/run/x.sock")`, `serve({unix: …})`."""
    if not _LISTENS.search(last) or _CONNECTS.search(last):
        return None
    given = arguments(node)
    if last == "listen" and given and (string(given[0]) or "").startswith(("/", "./")):
        return given[0]
    for one in given:
        for key in ("unix", "path"):
            value = pairs(one).get(key)
            if value is not None and (key == "unix" or last == "listen"):
                return value
    return None


def _note(
    facts: JavaScriptFacts, kind: str, what: str, line: int, *, library: str = "", environment: tuple[str, ...] = ()
) -> None:
    use = PrivilegedUse(kind, what, facts.path, line, False, library, environment)
    if use not in facts.privileged:
        facts.privileged.append(use)


def _ports(node: Node, last: str) -> Iterator[Node]:
    """The arguments of a call that may be a port."""
    for at, one in enumerate(arguments(node)):
        if one.type == "object":
            found = pairs(one).get("port")
            yield from [found] if found is not None else []
        elif at == 0 and last in ("listen", "bind"):
            yield one


def _note_port(facts: JavaScriptFacts, number: int | None, variables: tuple[str, ...], line: int) -> None:
    is_low = number is not None and 0 < number < 1024
    if is_low or variables:
        _note(facts, "port", str(number) if is_low else "", line, environment=variables)


def _variables(names: Names, node: Node, depth: int = 0) -> Iterator[str]:
    """The variables of the environment that decide an expression, by a name of the module too."""
    for match in _VARIABLE.finditer(text_of(node)):
        yield match[1] or match[2]
    for inner in walk(node) if depth < 4 else ():
        if inner.type in ("identifier", "shorthand_property_identifier"):
            for bound in names.bound.get(text_of(inner), []):
                if bound is not None:
                    yield from _variables(names, bound, depth + 1)
