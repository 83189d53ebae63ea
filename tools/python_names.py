"""Renews `src/dockerfix/project/data/python_added.json`: what the standard library gained in each release of Python.

    python tools/python_names.py [--checked DATE]

Read from typeshed's stubs, which come with mypy: `stdlib/VERSIONS` for modules, `if sys.version_info >= (3, N)` at the
top of a stub for names. Run it with the newest mypy, after each release of Python.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from dockerfix.project.releases.python_features import DATA

_OLDEST = 9  # of Python 3: older releases have no image that is still rebuilt
_CONSTANTS = frozenset({"configparser", "csv", "datetime", "uuid", "zipfile"})  # elsewhere they are the platform's
_LINE = re.compile(r"([\w.]+): 3\.(\d+)-")


def main() -> None:
    """Writes the data file anew."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--checked", default=str(date.today()), metavar="DATE")
    given = options.parse_args()
    stubs = Path(str(files("mypy"))) / "typeshed" / "stdlib"
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    modules = {name: int(minor) for name, minor in _LINE.findall((stubs / "VERSIONS").read_text("utf-8"))}
    for name, minor in modules.items():
        if minor >= _OLDEST and not _is_private(name):
            found[f"3.{minor}"][""].add(name)
    for path in sorted(stubs.rglob("*.pyi")):
        module = ".".join(path.relative_to(stubs).with_suffix("").parts).removesuffix(".__init__")
        stub = ast.parse(path.read_text("utf-8"))
        if _is_private(module) or any(ast.unparse(node).endswith("import *") for node in stub.body):
            continue
        for minor, names in _added(stub, modules.get(module, 0)):
            package = "asyncio" if module.startswith("asyncio.") else module  # hands on all that its modules export
            found[f"3.{minor}"][package] |= {n for n in names if _counts(package, n, minor)}
    source = (
        f"typeshed's stubs, as mypy {version('mypy')} brings them; tools/python_names.py. Under the empty name: modules"
    )
    table = {minor: {m: " ".join(sorted(n)) for m, n in sorted(found[minor].items()) if n} for minor in _ordered(found)}
    head = f'{{"source": {json.dumps(source)},\n"checked": "{given.checked}",\n"added": '
    DATA.write_text(head + json.dumps(table, indent=0) + "}\n", "utf-8")


def _is_private(module: str) -> bool:
    return any(part.startswith("_") for part in module.split("."))


def _counts(module: str, name: str, minor: int) -> bool:
    plain = name.isidentifier() and not (name.isupper() and module not in _CONSTANTS)
    return plain and not _is_older(module, name, minor)


def _is_older(module: str, name: str, minor: int) -> bool:
    """Whether the Python that runs this has a name that should have come later: stubs sort some by other things."""
    if sys.version_info.minor >= minor:
        return False
    try:
        return hasattr(import_module(module), name)
    except ImportError:
        return False


def _ordered(minors: dict[str, dict[str, set[str]]]) -> list[str]:
    return sorted(minors, key=lambda minor: int(minor.partition(".")[2]))


def _added(stub: ast.Module, module_since: int) -> Iterator[tuple[int, set[str]]]:
    """The names that a stub has from some release on, and in no form before it; all, where the module came then."""
    always = {name for node in stub.body if not isinstance(node, ast.If) for name in _names(node)}
    since = {name: module_since for node in stub.body for name in _exported(node)} if module_since >= _OLDEST else {}
    for node in stub.body:
        if isinstance(node, ast.If):
            for minor, names in _branches(node, 0):
                for name in names - always:
                    since[name] = min(minor, since.get(name, minor))
    for name, minor in since.items():
        if minor >= _OLDEST and not name.startswith("_"):
            yield minor, {name}


def _exported(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return [str(name) for name in ast.literal_eval(node.value)]
    return []


def _branches(node: ast.If, outside: int) -> Iterator[tuple[int, set[str]]]:
    """The names of each branch, with the lowest release of Python 3 that takes it; 0 where any may."""
    minor = _floor(node.test)
    for body, least in ((node.body, max(outside, minor)), (node.orelse, outside)):
        for one in body:
            if isinstance(one, ast.If):
                yield from _branches(one, least)
            else:
                yield least, _names(one)


def _floor(test: ast.expr) -> int:
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    for part in parts:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.GtE):
            bound = part.comparators[0]
            if ast.unparse(part.left) == "sys.version_info" and isinstance(bound, ast.Tuple) and len(bound.elts) > 1:
                return int(ast.unparse(bound.elts[1]))
    return 0


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ImportFrom | ast.Import):
        return {one.asname or one.name for one in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


if __name__ == "__main__":
    main()
