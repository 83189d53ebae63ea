"""What a Python module does that the system may deny to another user than root.

Which calls listen is concluded from how they are written, not from a list of servers: an address that nobody can
connect to (`""`, `0.0.0.0`), or a name that speaks of serving beside a port below 1024.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.project.known.privileges import library_need, named_by, privileged_call, unprivileged_option
from dockerfix.project.python.facts import PrivilegedUse
from dockerfix.project.python.imports import resolved
from dockerfix.project.python.writes import note
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["RAW_SOCKETS", "read_call", "read_import", "read_mapping", "read_text"]

_LISTENS = regex(
    r"bind|listen|serve|(?<![a-z])run(?!_sync|_in|_co|_until)|start|launch|site|controller|endpoint|add_\w*port", re.I
)
_CONNECTS = regex(r"connect|client|request|session|ldap|imap|pop3|smtp\b|ftp\b|ssh\b|proxy|open_|(?<![a-z])send", re.I)
_EVERYWHERE = frozenset({"", "0.0.0.0", "::", "[::]", "*", "0"})
_HOST = regex(r"host|addr|interface|listen|bind|\bip\b", re.I)
_PARTS = 4  # of an address of IPv4
RAW_SOCKETS = frozenset({"SOCK_RAW", "AF_PACKET", "PF_PACKET"})
_PORT_KEYWORD = regex(r"(?:\w*_)?port|bind|listen|address|addr|server_address|sockname|interface", re.I)
_PORT_SETTING = regex(r"(?:server|listen)[._](?:socket_)?(?:port|host|address)|insecure_bind|bind", re.I)
# Calls whose first argument is a port, and what `listen` of a socket takes instead: how many may wait.
_PORT_FIRST = regex(r"serve|listen\w|site|endpoint|http|port", re.I)
_BACKLOGS = frozenset({*range(1, 20), 20, 30, 32, 40, 50, 60, 64, 100, 128, 150, 200, 250, 256, 500, 511, 512, 1000})
_SOCKET_KEYWORD = frozenset("uds unix unix_socket socket_path unix_path".split())
_UNIX = regex(r"unix|run_app", re.I)
_BOUND = regex(r"(?:\w+://)?(?:\[[\da-f:]*\]|[\w.*-]*):(\d{1,5})/?\Z", re.I)  # `0.0.0.0:80`, `[::]:80`, `tcp://*:80`
_TWISTED = regex(r"(?:tcp|tcp4|tcp6|ssl|udp):(?:port=)?(\d{1,5})(?::|\Z)")
_SOCKET_TEXT = regex(r"(?:unix|ipc):(?://)?")


def read_import(reader: ModuleReader, module: str, line: int) -> None:
    """Note a library that is made for devices, raw sockets and the like; a module of the project goes first."""
    top = module.partition(".")[0]
    what = library_need("python", top)
    if what is not None and not resolved(reader.context, reader.module, module, 0):
        _note(reader, "library", f"imports {top} {what}", line, library=top)


def read_text(reader: ModuleReader, text: str, line: int) -> None:
    """Note a device, or a path of root's own, that a text names; what stands in a decorator is a route."""
    what = named_by(text) if not reader.decorates else None
    if what is not None:
        _note(reader, "path", what, line)


def read_mapping(reader: ModuleReader, key: str, value: ast.expr) -> None:
    """Note a port below 1024, or a socket, that a setting names: `config.bind`, `{"server.socket_port": 80}`.

    A plain name is one in a configuration of gunicorn.
    """
    if _PORT_SETTING.fullmatch(key):
        _note_ports(reader, [value], value.lineno)
        items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
        for one in items:
            _note_socket(reader, one, value.lineno)


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note what a call needs: root, a port below 1024, a socket in a folder that may belong to the system."""
    what = privileged_call(name)
    if what is not None:
        _note(reader, "call", f"{what}, which takes root", node.lineno)
    names = (one for one in ast.walk(node) if isinstance(one, ast.Attribute | ast.Name))
    if reader.names_raw and any(_last(one) in RAW_SOCKETS for one in names):
        _note(reader, "raw", "opens a raw socket, which takes root", node.lineno)
    if name == "cv2.VideoCapture" and node.args and reader.evaluator.number(node.args[0], reader.scope) is not None:
        _note(reader, "device", "opens a camera, which belongs to a group of the host", node.lineno)
    _note_privileged(reader, node, name)
    if _listens(reader, node, name):
        _note_ports(reader, list(_addresses(reader, node)), node.lineno)
        _note_sockets(reader, node, name)


def _note(
    reader: ModuleReader, kind: str, what: str, line: int, *, library: str = "", environment: tuple[str, ...] = ()
) -> None:
    use = PrivilegedUse(kind, what, reader.module, line, reader.main, library, environment)
    if use not in reader.facts.privileged:
        reader.facts.privileged.append(use)


def _note_privileged(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note that a call tells its library to do without: `icmplib.ping(…, privileged=False)`; or that it does not."""
    top = name.partition(".")[0]
    option = unprivileged_option(top)
    if option is None:
        return
    given = [one.value for one in node.keywords if one.arg == option[0]]
    without = bool(given) and isinstance(given[0], ast.Constant) and given[0].value == option[1]
    _note(reader, "spared" if without else "asked", name, node.lineno, library=top)


def _last(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _listens(reader: ModuleReader, node: ast.Call, name: str) -> bool:
    last = _last(node.func)
    if any(_is_everywhere(reader, host) for host in _hosts(reader, node)):
        return not _CONNECTS.search(last)
    return bool(_LISTENS.search(last)) and not _CONNECTS.search(f"{name} {last}")


def _is_everywhere(reader: ModuleReader, host: ast.expr) -> bool:
    """Whether a host is one to listen on; a setting that is empty by default (`settings.SMTP_HOST`) is rather none."""
    text = _text(reader, host)
    return text in _EVERYWHERE and not (text == "" and isinstance(host, ast.Attribute))


def _hosts(reader: ModuleReader, node: ast.Call) -> Iterator[ast.expr]:
    """The hosts of a call: of pairs, of keywords that are called so; a plain argument where it is an address."""
    for given in node.args:
        one = _named_pair(reader, given)
        if isinstance(one, ast.Tuple) and len(one.elts) == 2:
            yield one.elts[0]
        elif isinstance(one, ast.Constant | ast.Name) and _is_address(reader, one):
            yield one
    for keyword in node.keywords:
        one = _named_pair(reader, keyword.value)
        if isinstance(one, ast.Tuple) and len(one.elts) == 2:
            yield one.elts[0]
        elif _HOST.search(keyword.arg or ""):
            yield one


def _is_address(reader: ModuleReader, node: ast.Constant | ast.Name) -> bool:
    if isinstance(node, ast.Constant):  # by far the most, and what it is needs no asking
        return isinstance(node.value, str) and node.value.count(".") + 1 == _PARTS
    return (_text(reader, node) or "").count(".") + 1 == _PARTS


def _is_host(node: ast.expr) -> bool:
    """Whether an argument is a host, by its value or its name, so that a port may stand behind it."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return bool(_HOST.search(_last(node)))


def _text(reader: ModuleReader, node: ast.expr) -> str | None:
    found = reader.evaluator.value(node, reader.scope) if not _is_number(node) else None
    return found.text if found is not None and found.exact else None


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _addresses(reader: ModuleReader, node: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that may be a port, an address or a list of addresses."""
    last = _last(node.func)
    before: ast.expr | None = None
    for given in node.args:
        one = _named_pair(reader, given)
        if isinstance(one, ast.Tuple) and len(one.elts) >= 2:
            yield one.elts[1]
        elif _may_be_port(one, before, last):
            yield one
        before = one
    for keyword in node.keywords:
        if keyword.arg and _PORT_KEYWORD.fullmatch(keyword.arg):
            value = _named_pair(reader, keyword.value)
            yield value.elts[1] if isinstance(value, ast.Tuple) and len(value.elts) >= 2 else value


def _named_pair(reader: ModuleReader, node: ast.expr) -> ast.expr:
    """The pair that a name stands for (`server_address = ("", 80)`), else the node."""
    found = reader.scope.lookup(node.id) if isinstance(node, ast.Name) else None
    bound = found[1][0] if found is not None and len(found[1]) == 1 else None
    return bound if isinstance(bound, ast.Tuple) else node


def _may_be_port(node: ast.expr, before: ast.expr | None, last: str) -> bool:
    """Whether a positional argument may be a port, by what stands in front of it and by the names."""
    if isinstance(node, ast.List) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return True
    if before is not None and _is_host(before):
        return True
    if isinstance(node, ast.Constant):
        is_first = before is None and last == "listen" and node.value not in _BACKLOGS
        return is_first or bool(_PORT_FIRST.search(last))
    return "port" in ast.unparse(node).lower()


def _note_ports(reader: ModuleReader, nodes: list[ast.expr], line: int) -> None:
    for node in nodes:
        names = tuple(_variables(reader, node))
        port = _port(reader, node)
        if port is not None and 0 < port < 1024:
            _note(reader, "port", str(port), line, environment=names)
        elif names:
            _note(reader, "port", "", line, environment=names)


def _port(reader: ModuleReader, node: ast.expr) -> int | None:
    number = reader.evaluator.number(node, reader.scope)
    if number is not None:
        return number if not isinstance(node, ast.Constant) or isinstance(node.value, int) else None
    ports = [int(found[1]) for text in _texts(node) if (found := _BOUND.match(text) or _TWISTED.match(text))]
    return min(ports, default=None)


def _texts(node: ast.expr) -> Iterator[str]:
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    yield from (one.value for one in items if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _variables(reader: ModuleReader, node: ast.expr, depth: int = 0) -> Iterator[str]:
    """The variables of the environment that decide an argument: `int(os.environ["WEB_PORT"])`, by a name too."""
    if depth > 4:
        return
    for one in ast.walk(node):
        if isinstance(one, ast.Subscript) and reader.dotted(one.value) == "os.environ":
            yield from _texts(one.slice)
        elif isinstance(one, ast.Call) and reader.dotted(one.func) in ("os.getenv", "os.environ.get", "getenv"):
            yield from _texts(one.args[0]) if one.args else ()
        elif isinstance(one, ast.Name):
            found = reader.scope.lookup(one.id)
            for bound in found[1] if found is not None else ():
                if isinstance(bound, ast.expr) and bound is not node:
                    yield from _variables(reader, bound, depth + 1)


def _note_sockets(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note the socket's file, which the server makes in its folder."""
    named = [one.value for one in node.keywords if one.arg in _SOCKET_KEYWORD]
    if _UNIX.search(name):
        named += [one.value for one in node.keywords if one.arg == "path"]
        named += [one for one in node.args if (_text(reader, one) or "").startswith(("/", "./"))]
    elif _last(node.func) == "bind" and len(node.args) == 1 and not isinstance(node.args[0], ast.Tuple):
        text = _text(reader, node.args[0]) or ""
        named += [node.args[0]] if text.startswith(("/", "./")) or text.endswith((".sock", ".socket")) else []
    for one in named:
        if not (isinstance(one, ast.Constant) and one.value is None):
            note(reader, reader.evaluator.value(one, reader.scope), "socket", node.lineno)
    for one in (*node.args, *(keyword.value for keyword in node.keywords)):
        _note_socket(reader, one, node.lineno)


def _note_socket(reader: ModuleReader, node: ast.expr, line: int) -> None:
    """Note the path of `unix:/run/app.sock`."""
    value = reader.evaluator.value(node, reader.scope) if not _is_number(node) else None
    found = _SOCKET_TEXT.match(value.text) if value is not None else None
    if value is not None and found is not None:
        note(reader, replace(value, text=value.text[found.end() :]), "socket", line)
