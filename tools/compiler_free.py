"""Tell which installed packages of Python name no C compiler in their code, for `data/build_packages.toml`.

    python tools/compiler_free.py FOLDER…     # folders of site-packages, as `pip install --target` makes them

Prints the names of those in which no module imports what compiles, or has a text that is a compiler's name; tests
and what only builds a package (setup.py) are left out. Each of the others is printed to standard error with its place.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import PurePosixPath

_MODULES = frozenset(
    "distutils setuptools pyximport Cython cppyy numba triton torch theano pytensor pythran llvmlite weave".split()
)
_PARTS = frozenset("ccompiler build_ext f2py cpp_extension new_compiler load_inline verify customize_compiler".split())
_NAMES = frozenset(
    "gcc g++ cc c++ clang clang++ cl cl.exe icc nvcc gfortran ld make cmake ninja CC CXX LDSHARED rustc cargo".split()
)
_ASIDE = frozenset(
    "tests test testing examples benchmarks conftest.py setup.py _pyinstaller _hooks __pyinstaller".split()
)


def main(folders: list[str]) -> None:
    """Print what was found in folders of installed packages."""
    for one in sorted(distributions(path=folders), key=lambda one: one.name.lower()):
        place = next(_markers(one), None)
        if place is None:
            print(one.name.lower().replace("_", "-"))
        else:
            print(f"{one.name}: {place}", file=sys.stderr)


def _markers(package: Distribution) -> Iterator[str]:
    for file in package.files or ():
        path = PurePosixPath(file)
        if path.suffix != ".py" or _ASIDE & set(path.parts) or path.name.startswith("test_") or ".." in path.parts:
            continue
        try:
            tree = ast.parse(package.locate_file(file).read_bytes())  # type: ignore[attr-defined]
        except (OSError, SyntaxError, ValueError, RecursionError):
            yield f"{file} cannot be read"
            continue
        for node in ast.walk(tree):
            word = _marker(node)
            if word is not None:
                yield f"{file}:{node.lineno} {word}"  # type: ignore[attr-defined]


def _marker(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names):
            modules = [one.name for one in names]
        case ast.ImportFrom(module=str(module), level=0, names=names):
            modules = [f"{module}.{one.name}" for one in names]
        case ast.Constant(value=str(text)):
            return text if text in _NAMES or text.split(" ")[0] in _NAMES - {"make", "cc", "cl", "ld"} else None
        case ast.Call(func=ast.Attribute(attr="verify"), keywords=keywords) if any(
            k.arg == "libraries" for k in keywords
        ):
            return "verify"
        case _:
            return None
    found = [one for one in modules if one.split(".")[0] in _MODULES or _PARTS & set(one.split("."))]
    return found[0] if found else None


if __name__ == "__main__":
    main(sys.argv[1:])
