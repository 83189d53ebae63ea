"""Where a module writes and what it opens, found in calls, URLs, settings and assignments."""

from __future__ import annotations

import ast
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dockerfix.project.formats.path_values import BELOW, Value
from dockerfix.project.known.libraries import Writing, python_libraries
from dockerfix.project.python.calls import READERS, TEMPORARY, Argument
from dockerfix.project.python.facts import Read, Write
from dockerfix.project.python.names import Imported
from dockerfix.project.python.strangers import handed_paths
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["database_file", "read_assignment", "read_call", "read_dict", "read_setting", "read_text"]

_SQLITE = regex(r"sqlite(?:3)?(?:\+\w+)?:///?(?!:memory:)")  # Tortoise has two slashes in front of a relative path
_UPLOADS = regex(r"(?:UPLOAD|MEDIA)\w*(?:FOLDER|DIR|DIRECTORY|ROOT|PATH|DEST)|STATIC_ROOT", re.I)
_HOLE = regex(r"%s|\{\w*\}")
# What is given in place of a path and takes the bytes itself.
_BUFFERS = frozenset(
    "BytesIO StringIO ExcelWriter HttpResponse StreamingHttpResponse Response TemporaryFile NamedTemporaryFile "
    "SpooledTemporaryFile".split()
)
_WRITE_MODES = frozenset("wax+cn")  # the last two are flags of dbm
_WRITE_FLAGS = frozenset("O_WRONLY O_RDWR O_CREAT O_TRUNC O_APPEND O_TMPFILE".split())
_FILE = regex(r"[^\s<>|*?\"']*(?:/[^\s<>|*?\"']*|\.[A-Za-z]\w{0,7})\Z")
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/", "/proc/")


def place(found: Value) -> tuple[str, str]:
    """Path and base of a value, as `Write` holds them: of an unfinished one the folder that is known."""
    text = found.text if found.exact else found.text[: found.text.rfind("/") + 1]
    base = found.base
    if base == "variable":
        return text, base
    if text.startswith("/"):
        base = "temp" if f"{text}/".startswith(_TEMPORARY) else "absolute"
    path = posixpath.normpath(text) if text else ""
    return ("" if path == "." else path), base


def database_file(url: str) -> str | None:
    """The file in an SQLite URL; None for the URL of anything else."""
    found = _SQLITE.match(url)
    return url[found.end() :].partition("?")[0] or None if found is not None else None


def note(reader: ModuleReader, found: Value | None, kind: str, line: int, library: str = "") -> None:
    """Add a write; an unknown target is one too."""
    if found is None:
        write = Write(None, "unknown", kind, reader.module, line, False, main_only=reader.main, library=library)
    elif (found.text == ":memory:" and found.exact) or "://" in found.text:
        return
    else:
        path, base = place(found)
        known = (found.exact, found.environment, found.certain, reader.main)
        write = Write(path, base, kind, reader.module, line, *known, library, found.default)
    if reader.facts.writes[-1:] != [write]:
        reader.facts.writes.append(write)


def note_read(reader: ModuleReader, found: Value | None, kind: str, line: int) -> None:
    """Add a read, where what is read is known."""
    if found is not None and found.base != "variable" and (found.exact or found.text):
        path, base = place(found)
        if "://" not in found.text and (path or base != "cwd"):
            reader.facts.reads.append(Read(path, base, kind, reader.module, line, found.exact))


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note what a call writes or reads."""
    method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for keyword in node.keywords:
        read_setting(reader, keyword.arg or "", keyword.value)
    writings = python_libraries().call(name if "." in name else f"builtins.{name}")
    if writings and _is_of_a_library(reader, node.func):
        for one in writings:
            _written(reader, node, one)
        return
    for library, path, line in handed_paths(reader, node, name):
        is_top = path.text.rstrip("/").count("/") == 1
        note(reader, path, "folder" if is_top else "sqlite", line, library)
    if name in TEMPORARY and any(keyword.arg == "dir" for keyword in node.keywords):
        found = _value(reader, node)
        if found is None or found.base != "temp":
            note(reader, found, "folder", node.lineno)
    elif name in READERS:
        _read(reader, node, READERS[name])
    elif name.startswith("flask.Flask") or name == "flask.Blueprint":
        _flask_folders(reader, node)
    elif isinstance(node.func, ast.Attribute):
        _by_method(reader, node, node.func.value, python_libraries().method(method))
        _path_method(reader, node, node.func.value, method)


def _is_of_a_library(reader: ModuleReader, function: ast.expr) -> bool:
    """Whether the name that a call starts with is imported, or built in, and no variable of the module's own."""
    while isinstance(function, ast.Attribute | ast.Call):
        function = function.value if isinstance(function, ast.Attribute) else function.func
    found = reader.scope.lookup(function.id) if isinstance(function, ast.Name) else None
    return found is None or any(isinstance(binding, Imported) for binding in found[1])


def _argument(node: ast.Call, where: Argument) -> ast.expr | None:
    for keyword in node.keywords:
        if keyword.arg == where.keyword:
            return keyword.value
    at = where.at if where.at >= 0 else 0
    if where.at == -2 or at >= len(node.args):
        return None
    return None if isinstance(node.args[at], ast.Starred) else node.args[at]


def _value(reader: ModuleReader, node: ast.expr | None) -> Value | None:
    """The value of a path; where only a variable of the environment tells, that variable."""
    return reader.evaluator.value(node, reader.scope) or reader.evaluator.required(node, reader.scope)


def _mode(node: ast.Call, at: int) -> str | None:
    """The mode of an `open`: `r` where none is given, None where it is computed; of `os.open` by its flags."""
    given = next((keyword.value for keyword in node.keywords if keyword.arg in {"mode", "flag", "flags"}), None)
    if given is None or (isinstance(given, ast.Constant) and isinstance(given.value, int)):
        given = node.args[at] if len(node.args) > at else ast.Constant("r")
    flags = {getattr(one, "attr", getattr(one, "id", "")) for one in ast.walk(given)}
    if flags & {"O_RDONLY", "O_PATH", "O_DIRECTORY"} and not flags & _WRITE_FLAGS:
        return "r"
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _in_memory(reader: ModuleReader, target: ast.expr) -> bool:
    """Whether the target is a buffer, `io.BytesIO()`, or an Excel writer, which was noted when it was opened."""
    if isinstance(target, ast.Name):
        found = reader.scope.lookup(target.id)
        bound = [binding for binding in found[1] if isinstance(binding, ast.Call)] if found else []
        return bool(bound) and all(_in_memory(reader, binding) for binding in bound)
    return isinstance(target, ast.Call) and reader.dotted(target.func).split(".")[-1] in _BUFFERS


def _written(reader: ModuleReader, node: ast.Call, writing: Writing, library: str = "") -> None:
    target = _target(node, writing)
    if isinstance(target, ast.Constant) and not isinstance(target.value, str):
        return  # None, or a file descriptor
    if writing.mode is not None and not _opens_for_writing(node, writing.mode):
        note_read(reader, _value(reader, target), "open", node.lineno)
    elif target is None:
        if writing.default:
            found = Value("", exact=False) if writing.default == "." else Value(writing.default + writing.suffix)
            note(reader, found, writing.kind, node.lineno, library)
    elif not _in_memory(reader, target):
        given = _value(reader, target)
        if writing.beside and given is not None and given.base == "cwd" and not given.text.startswith(("/", ":")):
            folder = posixpath.dirname(reader.module)
            given = replace(given, text=posixpath.join(folder, given.text), base="module")
        if not writing.vague:
            note(reader, _with_suffix(given, writing.suffix), writing.kind, node.lineno, library)
        elif given is not None and given.base == "variable":
            note(reader, given, writing.kind, node.lineno, library)
        elif given is None and writing.kind == "save":
            if not isinstance(target, ast.Constant):
                note(reader, BELOW, writing.kind, node.lineno, library)
        elif given is not None and _looks_like_a_file(given):
            note(reader, given, writing.kind, node.lineno, library)


def _with_suffix(found: Value | None, suffix: str) -> Value | None:
    bare = found is not None and found.exact and "." not in posixpath.basename(found.text)
    return replace(found, text=found.text + suffix) if suffix and found is not None and bare else found


def _imports(reader: ModuleReader, library: str) -> bool:
    return any(f"{one.module}.".startswith(f"{library}.") for one in reader.facts.imports if not one.level)


def _target(node: ast.Call, writing: Writing) -> ast.expr | None:
    """The argument that names what is written; a starred one may."""
    for keyword in node.keywords:
        if keyword.arg in writing.keywords:
            return keyword.value
    if writing.at is None or not 0 <= writing.at < len(node.args):
        return None
    return node.args[writing.at]


def _opens_for_writing(node: ast.Call, at: int) -> bool:
    mode = _mode(node, at)
    return mode is None or bool(_WRITE_MODES & set(mode.partition(":")[0]))


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


def _by_method(reader: ModuleReader, node: ast.Call, holder: ast.expr, writings: tuple[Writing, ...]) -> None:
    """A method named like those of other things counts where the module imports its library.

    One that several libraries have counts where the project uses the library, any other one everywhere.
    """
    for writing in writings:
        library = writing.library if len(writings) > 1 and not writing.vague else ""
        if writing.at == -1:
            note(reader, _value(reader, holder), writing.kind, node.lineno, library)
        elif not writing.vague or _imports(reader, writing.library):
            _written(reader, node, writing, library)


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


def _looks_like_a_file(found: Value) -> bool:
    return _FILE.match(found.text) is not None if found.exact else "/" in found.text and " " not in found.text


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
    for key, value in entries.items():
        read_setting(reader, key, value)


def read_setting(reader: ModuleReader, key: str, value: ast.expr) -> None:
    """Note what a setting of a library names; of a dictionary (Scrapy's FEEDS) each key is a path."""
    if isinstance(value, ast.Constant) and not isinstance(value.value, str):
        return
    for setting in python_libraries().settings(key):
        for one in value.keys if isinstance(value, ast.Dict) else [value]:
            note(reader, _value(reader, one), setting.kind, value.lineno, setting.library)


def _constant(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def read_assignment(reader: ModuleReader, targets: list[ast.expr], value: ast.expr) -> None:
    """Note the folder that a setting names for uploads (`UPLOAD_FOLDER`, `MEDIA_ROOT`), where it is known."""
    for target in targets:
        name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
        if isinstance(target, ast.Subscript):
            name = _constant(target.slice)
        if name:
            read_setting(reader, name, value)
        if _UPLOADS.fullmatch(name):
            found = _value(reader, value)
            if found is not None and found.exact and found.text and "://" not in found.text:
                note(reader, found, "upload", value.lineno)
