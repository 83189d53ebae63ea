"""Commands that a module runs, and what it keeps in the home folder."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.project.formats.path_values import Value
from dockerfix.project.known.libraries import python_libraries
from dockerfix.project.python.extensions import bring_computed
from dockerfix.project.python.facts import HomeUse, ToolCall
from dockerfix.project.python.strangers import READ_ONLY
from dockerfix.project.python.writes import note
from dockerfix.shell import parse_script, unwrapped
from dockerfix.text import MappedText, Span, encode

if TYPE_CHECKING:
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["read_call", "read_home_cache"]

_LISTS = frozenset(
    "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen "
    "asyncio.create_subprocess_exec asyncio.subprocess.create_subprocess_exec os.execv os.execve os.execvp os.execvpe "
    "os.execl os.execle os.execlp os.execlpe os.posix_spawn os.posix_spawnp pexpect.spawn pexpect.run".split()
)
_SHELLS = frozenset(
    "os.system os.popen subprocess.getoutput subprocess.getstatusoutput asyncio.create_subprocess_shell "
    "asyncio.subprocess.create_subprocess_shell".split()
)
_DYNAMIC = frozenset(
    "importlib.import_module __import__ pkgutil.iter_modules pkgutil.walk_packages runpy.run_path runpy.run_module "
    "importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader imp.load_source "
    "werkzeug.utils.import_string django.utils.module_loading.import_string".split()
)


# Of these, the ones that take a file as their second argument, and those that only list names.
_BY_FILE = frozenset(
    "importlib.util.spec_from_file_location importlib.machinery.SourceFileLoader imp.load_source".split()
)
_LISTING = frozenset({"pkgutil.iter_modules", "pkgutil.walk_packages"})
_EVALUATING = frozenset({"exec", "eval", "builtins.exec", "builtins.eval"})
_REACHING = frozenset("os shutil pathlib io builtins subprocess".split())  # modules whose functions write
_LOADERS = frozenset("CDLL PyDLL WinDLL OleDLL LoadLibrary".split())


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note a command, a change of directory, a computed import, a use of the home folder."""
    first = node.args[0] if node.args else None
    if name in _LISTS or name in _SHELLS:
        for tool in _commands(reader, node, shell=name in _SHELLS):
            reader.facts.tools.append(ToolCall(tool, reader.module, node.lineno))
    elif name == "shutil.which" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        reader.facts.tools.append(ToolCall(first.value, reader.module, node.lineno))
    elif name == "os.chdir":
        reader.facts.directory_changes.append(node.lineno)
    elif name in _DYNAMIC:
        _dynamic(reader, node, name)
    elif what := _computed(reader, node, name):
        reader.facts.computed.append((node.lineno, what))
    elif name in {"os.path.expanduser", "Path.home", "pathlib.Path.home"} or name.endswith(".expanduser"):
        found = reader.evaluator.value(node, reader.scope)
        if found is None or found.base == "home":
            reader.facts.home_uses.append(HomeUse(name, found.text if found else "", reader.module, node.lineno))


def _dynamic(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """A module by its name; by a computed one, those of the folder that it starts with."""
    at = 1 if name in _BY_FILE else 0
    target = node.args[at] if len(node.args) > at else None
    if isinstance(target, ast.Constant) and isinstance(target.value, str) and not at:
        reader.facts.plugins.append((target.value, node.lineno))
    elif name in _LISTING or target is None or not bring_computed(reader, node, target):
        reader.facts.dynamic_imports.append(node.lineno)
        if name not in _LISTING:
            reader.facts.computed.append((node.lineno, "imports a module that is only known at run time"))


def _computed(reader: ModuleReader, node: ast.Call, name: str) -> str | None:
    """What a call runs that no source tells: text, an attribute of a module by a computed name, a compiled library."""
    is_text = bool(node.args) and not isinstance(node.args[0], ast.Constant)
    if name in _EVALUATING and is_text and reader.scope.lookup(name) is None:
        return "runs text as code"
    if name == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
        holder = reader.dotted(node.args[0])
        return f"takes a function of {holder} by a computed name" if holder in _REACHING else None
    if name.startswith("ctypes.") and name.rpartition(".")[2] in _LOADERS:
        return "loads a compiled library"
    return None


def _commands(reader: ModuleReader, node: ast.Call, shell: bool) -> Iterator[str | None]:
    first = node.args[0] if node.args else next((one.value for one in node.keywords if one.arg == "args"), None)
    if isinstance(first, ast.Name):
        found = reader.scope.lookup(first.id)
        bound = found[1][0] if found and len(found[1]) == 1 else None
        first = bound if isinstance(bound, ast.expr) else first
    if isinstance(first, ast.List | ast.Tuple):
        yield _argv0(reader, first.elts[0]) if first.elts else None
        _note_handed(reader, first.elts[1:])
        return
    found_value = reader.evaluator.value(first, reader.scope)
    if found_value is None:
        yield None
    elif shell or any(one.arg == "shell" for one in node.keywords):
        yield from _shell_commands(reader, first, found_value)
    else:
        yield posixpath.basename((found_value.text.split() or [""])[0])


def _note_handed(reader: ModuleReader, words: list[ast.expr]) -> None:
    """Note the absolute paths that a command is given: whatever they are for, they may be written."""
    for word in words:
        found = reader.evaluator.value(word, reader.scope)
        if found is not None and found.text.startswith("/") and not found.text.startswith(READ_ONLY):
            note(reader, found, "sqlite", word.lineno)


def _shell_commands(reader: ModuleReader, node: ast.expr | None, text: Value) -> Iterator[str | None]:
    """The programs of a shell text, as far as it is known; the files that it redirects to are noted as writes."""
    raw = encode(text.text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not script.readable:
        yield None
    for command in (unwrapped(one) for one in script.commands):
        if command.words:
            yield command.name
        for target in command.outputs:
            found = Value(target) if target is not None else None
            if target is None or not target.startswith(("/dev/", "&")):
                note(reader, found, "open", node.lineno if node is not None else 0)
    if not text.exact and node is not None and _redirects_behind(node):
        note(reader, None, "open", node.lineno)


def _redirects_behind(node: ast.expr) -> bool:
    """Whether a text that is computed in part has a redirection: `f"dump {name} > {place}"`."""
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(">" in text.replace(">/dev/null", "").replace("> /dev/null", "").replace(">&", "") for text in texts)


def _argv0(reader: ModuleReader, node: ast.expr) -> str | None:
    if reader.dotted(node) == "sys.executable":
        return "python"
    found = reader.evaluator.value(node, reader.scope)
    return posixpath.basename(found.text) if found and found.exact else None


def read_home_cache(reader: ModuleReader, module: str, line: int) -> None:
    """Note a library that keeps files in the home folder."""
    record = python_libraries().of(module)
    if record is not None and record.home and all(use.what != record.name for use in reader.facts.home_uses):
        reader.facts.home_uses.append(HomeUse(record.name, record.home, reader.module, line))
