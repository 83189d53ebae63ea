"""Modules that a framework finds and runs by itself: Celery's tasks, extensions of Discord bots, plugins of Pyrogram.

Sources: Celery documentation, `autodiscover_tasks`, `include`; discord.py, disnake and py-cord reference,
`load_extension`; Pyrogram documentation, "Smart Plugins".
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.project.python.facts import Import
from dockerfix.project.python.imports import resolved

if TYPE_CHECKING:
    from dockerfix.project.python.reader import ModuleReader

__all__ = ["bring_computed", "read_call"]

_EXTENSIONS = frozenset({"load_extension", "load_extensions", "reload_extension"})


def read_call(reader: ModuleReader, node: ast.Call, name: str) -> None:
    """Note what a call brings in as imports; where that is only known at run time, any module may run."""
    method = name.rpartition(".")[2]
    if method == "autodiscover_tasks":
        _tasks(reader, node)
    elif method in _EXTENSIONS and node.args:
        _extension(reader, node, node.args[0])
    elif name.startswith("celery."):
        for text in _texts(_keyword(node, "include")):
            _bring(reader, text, node.lineno)
    elif name.startswith(("pyrogram.", "hydrogram.")):
        _plugins(reader, node)


def _tasks(reader: ModuleReader, node: ast.Call) -> None:
    """`app.autodiscover_tasks(["shop", …])` runs `shop.tasks`; without a list Django's settings say where."""
    packages = node.args[0] if node.args else _keyword(node, "packages")
    related = _keyword(node, "related_name") or (node.args[1] if len(node.args) > 1 else None) or ast.Constant("tasks")
    names = list(_texts(packages))
    inner = next(_texts(related), None)
    if not names or inner is None:
        reader.facts.dynamic_imports.append(node.lineno)
    for text in names:
        _bring(reader, f"{text}.{inner}", node.lineno)


def _extension(reader: ModuleReader, node: ast.Call, target: ast.expr) -> None:
    if not bring_computed(reader, node, target):
        reader.facts.dynamic_imports.append(node.lineno)


def bring_computed(reader: ModuleReader, node: ast.Call, target: ast.expr) -> bool:
    """Note the modules that a computed name may mean: `bot.load_extension(f"cogs.{name}")` runs any of `cogs`.

    False where nothing of the name is known.
    """
    found = reader.evaluator.value(target, reader.scope)
    if found is None or found.base != "cwd":
        return False
    if found.exact and not _modules_of(reader, found.text):
        _bring(reader, found.text, node.lineno)
    else:
        package = found.text if found.exact else found.text.rpartition(".")[0]
        modules = list(_modules_of(reader, package)) if package else []
        for module in modules:
            _bring(reader, module, node.lineno)
        return bool(modules)
    return True


def _plugins(reader: ModuleReader, node: ast.Call) -> None:
    """`Client(plugins=dict(root="plugins"))` runs every module below the folder."""
    given = _keyword(node, "plugins")
    root = _keyword(given, "root") if isinstance(given, ast.Call) else None
    if isinstance(given, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
        root = given.values[keys.index("root")] if "root" in keys else None
    for text in _texts(root):
        for module in _modules_of(reader, text.replace("/", ".")):
            _bring(reader, module, node.lineno)


def _modules_of(reader: ModuleReader, package: str) -> list[str]:
    """The modules below a package or folder of the project; none for a module."""
    folder = _folder(reader, package)
    if folder is None:
        return []
    below = [path for path in reader.context.paths() if path.startswith(f"{folder}/") and path.endswith(".py")]
    inner = (posixpath.relpath(path, folder)[:-3].removesuffix("/__init__").replace("/", ".") for path in below)
    return [package if name == "__init__" else f"{package}.{name}" for name in inner]


def _folder(reader: ModuleReader, package: str) -> str | None:
    found = resolved(reader.context, reader.module, package)
    if found:
        last = found[-1].removesuffix("/__init__.py")
        return None if last.endswith(".py") else last
    name = package.replace(".", "/")
    places = (posixpath.join(posixpath.dirname(reader.module), name), name)
    return next((place for place in places if reader.context.is_folder(place)), None)


def _bring(reader: ModuleReader, module: str, line: int) -> None:
    if resolved(reader.context, reader.module, module):
        reader.facts.imports.append(Import(module, 0, (), line, required=False))


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)


def _texts(node: ast.expr | None) -> Iterator[str]:
    """The strings of a list, or the one string that is given."""
    for one in node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
