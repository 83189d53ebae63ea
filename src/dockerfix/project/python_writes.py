"""Where a module writes and what it opens, found in calls, URLs, settings and assignments."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.project.path_values import Value
from dockerfix.project.python_calls import READERS, WRITERS, WRITING_METHODS, Argument
from dockerfix.project.python_facts import Read, Write

if TYPE_CHECKING:
    from dockerfix.project.python_module import ModuleReader

__all__ = ["read_assignment", "read_call", "read_dict", "read_text"]

_OPENERS = frozenset(
    "open io.open codecs.open aiofiles.open gzip.open bz2.open lzma.open anyio.open_file zipfile.ZipFile tarfile.open "
    "h5py.File pandas.ExcelWriter builtins.open dbm.open".split()
)
_SQLITE = re.compile(r"sqlite(?:3)?(?:\+\w+)?:///(?!:memory:)")
_UPLOADS = re.compile(r"(?:UPLOAD|MEDIA)\w*(?:FOLDER|DIR|DIRECTORY|ROOT|PATH|DEST)|STATIC_ROOT", re.I)
_HOLE = re.compile(r"%s|\{\w*\}")
_BUFFERS = frozenset({"BytesIO", "StringIO", "ExcelWriter"})
_WRITE_MODES = frozenset("wax+")
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/", "/proc/")


def place(found: Value) -> tuple[str, str]:
    """Path and base of a value, as `Write` holds them: of an unfinished one the folder that is known."""
    text = found.text if found.exact else found.text[: found.text.rfind("/") + 1]
    base = found.base
    if text.startswith("/"):
        base = "temp" if f"{text}/".startswith(_TEMPORARY) else "absolute"
    path = posixpath.normpath(text) if text else ""
    return ("" if path == "." else path), base


def note(reader: ModuleReader, found: Value | None, kind: str, line: int) -> None:
    """Add a write; an unknown target is one too."""
    if found is None:
        write = Write(None, "unknown", kind, reader.module, line, exact=False, main_only=reader.main)
    elif found.text == ":memory:" and found.exact:
        return
    else:
        path, base = place(found)
        write = Write(path, base, kind, reader.module, line, found.exact, found.environment, found.certain, reader.main)
    reader.facts.writes.append(write)


def note_read(reader: ModuleReader, found: Value | None, kind: str, line: int) -> None:
    """Add a read, where what is read is known."""
    if found is not None and (found.exact or found.text):
        path, base = place(found)
        if "://" not in found.text and (path or base != "cwd"):
            reader.facts.reads.append(Read(path, base, kind, reader.module, line, found.exact))


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note what a call writes or reads."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if name in _OPENERS:
        _opened(reader, node, _argument(node, Argument(0, "file", "")), name)
    elif name in WRITERS:
        _written(reader, node, WRITERS[name])
    elif name == "logging.basicConfig":
        _log_file(reader, node)
    elif name in READERS:
        _read(reader, node, READERS[name])
    elif name.startswith("flask.Flask") or name == "flask.Blueprint":
        _flask_folders(reader, node)
    elif method in WRITING_METHODS and isinstance(node.func, ast.Attribute):
        _by_method(reader, node, node.func.value, WRITING_METHODS[method])
    elif isinstance(node.func, ast.Attribute):
        _path_method(reader, node, node.func.value, method)


def _argument(node: ast.Call, where: Argument) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == where.keyword:
            return keyword.value
    at = where.at if where.at >= 0 else 0
    if where.at == -2 or at >= len(node.args):
        return None
    return None if isinstance(node.args[at], ast.Starred) else node.args[at]


def _value(reader: ModuleReader, node: ast.expr | None) -> Value | None:
    return reader.evaluator.value(node, reader.scope)


def _mode(node: ast.Call, at: int) -> str | None:
    """The mode of an `open`: `r` where none is given, None where it is computed."""
    given = next((keyword.value for keyword in node.keywords if keyword.arg == "mode"), None)
    if given is None:
        given = node.args[at] if len(node.args) > at else ast.Constant("r")
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _opened(reader: ModuleReader, node: ast.Call, target: ast.expr | None, name: str) -> None:
    mode = "w" if name == "pandas.ExcelWriter" else _mode(node, 1)
    if isinstance(target, ast.Constant) and isinstance(target.value, int):
        return
    if target is not None and (mode is None or _WRITE_MODES & set(mode.split(":")[0])):
        if not _in_memory(reader, target):
            note(reader, _value(reader, target), "open", node.lineno)
    elif target is not None:
        note_read(reader, _value(reader, target), "open", node.lineno)


def _in_memory(reader: ModuleReader, target: ast.expr) -> bool:
    """Whether the target is a buffer, `io.BytesIO()`, or an Excel writer, which was noted when it was opened."""
    if isinstance(target, ast.Name):
        found = reader.scope.lookup(target.id)
        bound = [binding for binding in found[1] if isinstance(binding, ast.Call)] if found else []
        return bool(bound) and all(_in_memory(reader, binding) for binding in bound)
    return isinstance(target, ast.Call) and reader.dotted(target.func).split(".")[-1] in _BUFFERS


def _written(reader: ModuleReader, node: ast.Call, where: Argument) -> None:
    target = _argument(node, where)
    if where.keyword == "sink" and target is not None:
        found = _value(reader, target)
        if found is not None:
            note(reader, found, where.kind, node.lineno)
        return
    if target is None and where.kind == "sqlite":
        return
    if target is None or not _in_memory(reader, target):
        note(reader, _value(reader, target), where.kind, node.lineno)


def _log_file(reader: ModuleReader, node: ast.Call) -> None:
    for keyword in node.keywords:
        if keyword.arg == "filename" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None):
            note(reader, _value(reader, keyword.value), "log", node.lineno)


def _read(reader: ModuleReader, node: ast.Call, where: Argument) -> None:
    target = _argument(node, where)
    if target is None and where.kind == "dotenv":
        reader.facts.reads.append(Read(".env", "cwd", "dotenv", reader.module, node.lineno))
    note_read(reader, _value(reader, target), where.kind, node.lineno)


def _flask_folders(reader: ModuleReader, node: ast.Call) -> None:
    """Flask looks for templates and static files beside the module unless told where."""
    folder = posixpath.dirname(reader.module)
    for kind in ("templates", "static"):
        keyword = f"{kind.removesuffix('s')}_folder"
        given = next((one.value for one in node.keywords if one.arg == keyword), ast.Constant(kind))
        found = _value(reader, given)
        if found is not None and found.base == "cwd" and not found.text.startswith("/"):
            found = Value(posixpath.join(folder, found.text), "module", found.exact)
        note_read(reader, found, kind, node.lineno)


def _by_method(reader: ModuleReader, node: ast.Call, holder: ast.expr, where: Argument) -> None:
    if where.at < 0:
        note(reader, _value(reader, holder), where.kind, node.lineno)
        return
    target = _argument(node, where)
    if target is None and where.keyword == "path" and where.kind == "copy":
        note(reader, Value("", exact=False), where.kind, node.lineno)  # extractall() fills the working directory
    elif target is not None and not _in_memory(reader, target):
        note(reader, _value(reader, target), where.kind, node.lineno)


def _path_method(reader: ModuleReader, node: ast.Call, holder: ast.expr, method: str) -> None:
    """Methods that paths share with other objects: only a known path, or a mode that writes, tells them apart."""
    if method == "save" and node.args:
        found = _value(reader, node.args[0])
        if (found is not None and "/" in found.text + "." and _looks_written(found)) or _is_built(node.args[0]):
            note(reader, found, "save", node.lineno)
        return
    if method not in {"mkdir", "open", "unlink", "rmdir", "rename", "replace", "read_text", "read_bytes", "dump"}:
        return
    found = _value(reader, holder)
    if method == "open":
        mode = _mode(node, 0)
        if mode is not None and _WRITE_MODES & set(mode) and set(mode) <= set("rwaxbt+U"):
            note(reader, found, "open", node.lineno)
        elif found is not None:
            note_read(reader, found, "open", node.lineno)
    elif method in {"read_text", "read_bytes"}:
        note_read(reader, found, "open", node.lineno)
    elif method == "mkdir":
        note(reader, found, "folder", node.lineno)
    elif found is not None and method in {"unlink", "rmdir"}:
        note(reader, found, "delete", node.lineno)
    elif found is not None and method == "rename" and node.args:
        note(reader, _value(reader, node.args[0]), "copy", node.lineno)


def _looks_written(found: Value) -> bool:
    return not found.exact or "." in found.text or "/" in found.text


def _is_built(node: ast.expr) -> bool:
    """Whether an argument is put together as a path is."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"


def read_text(reader: ModuleReader, node: ast.expr) -> bool:
    """Note the database file in an SQLite URL, whether a constant or put together; False where it is none."""
    parts = _parts(node)
    first = parts[0] if parts else None
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return False
    found = _SQLITE.match(first.value)
    if found is None or (len(parts) == 1 and found.end() == len(first.value)) or ":memory:" in first.value:
        return found is not None
    rest = first.value[found.end() :].partition("?")[0]
    value = Value(rest, exact=not _HOLE.search(rest))
    for part in parts[1:]:
        piece = _value(reader, part)
        value = piece if not value.text and value.exact and piece is not None else value.followed(piece)
    value = replace(value, text=value.text.partition("?")[0])
    note(reader, value if value.text or value.base != "cwd" else None, "sqlite", node.lineno)
    return True


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.JoinedStr():
            return [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
        case ast.BinOp(op=ast.Add()):
            return [*_parts(node.left), *_parts(node.right)]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return _filled(text, node.right)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=[argument], keywords=[]
        ):
            return _filled(text, argument)
        case _:
            return [node]


def _filled(text: str, argument: ast.expr) -> list[ast.expr]:
    """A format string with one hole and what fills it; with more holes, the string alone."""
    before, *after = _HOLE.split(text)
    if isinstance(argument, ast.Tuple) and len(argument.elts) == 1:
        argument = argument.elts[0]
    if len(after) != 1 or isinstance(argument, ast.Tuple):
        return [ast.Constant(text)]
    return [ast.Constant(before), argument, ast.Constant(after[0])]


def read_dict(reader: ModuleReader, node: ast.Dict) -> None:
    """Note a Django database in a file, a log file of `dictConfig`, a cache in a folder."""
    entries = {
        key.value: value
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    name = _constant(entries.get("ENGINE")) or _constant(entries.get("BACKEND")) or _constant(entries.get("class"))
    if name.endswith("sqlite3") and "NAME" in entries:
        note(reader, _value(reader, entries["NAME"]), "sqlite", node.lineno)
    elif name.endswith("FileBasedCache") and "LOCATION" in entries:
        note(reader, _value(reader, entries["LOCATION"]), "folder", node.lineno)
    elif name.endswith("FileHandler") and "filename" in entries:
        note(reader, _value(reader, entries["filename"]), "log", node.lineno)


def _constant(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def read_assignment(reader: ModuleReader, targets: list[ast.expr], value: ast.expr) -> None:
    """Note the folder that a setting names for uploads (`UPLOAD_FOLDER`, `MEDIA_ROOT`), where it is known."""
    for target in targets:
        name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
        if isinstance(target, ast.Subscript):
            name = _constant(target.slice)
        if _UPLOADS.fullmatch(name):
            found = _value(reader, value)
            if found is not None and found.exact and found.text and "://" not in found.text:
                note(reader, found, "upload", value.lineno)
