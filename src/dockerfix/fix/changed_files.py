"""The write gate for files other than the Dockerfile: what a repair may change in them."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator

from dockerfix.errors import GateError
from dockerfix.image import Aspect
from dockerfix.project.manifests.setup_files import parsed
from dockerfix.rule import BuildContext

__all__ = ["check_changed_files"]


def check_changed_files(
    paths: Iterable[str], before: BuildContext, after: BuildContext, may_change: frozenset[Aspect]
) -> None:
    """Nothing, when the changed files are of a kind that the rule declared, and Python source says the same.

    A rule with `PYTHON_SOURCE` may set constant arguments of one call in each file; all else of the source, its
    comments included, is the same, and it can still be parsed. Any other file takes `BUILD_CONTEXT`.

    Raises:
        GateError: a file is another one than that; the message says which.
    """
    for path in paths:
        old, new = before.read(path), after.read(path)
        if old == new:
            continue
        if path.endswith(".py") and old is not None and new is not None:
            if Aspect.PYTHON_SOURCE in may_change:  # what is not declared, the comparison of the images finds
                _check_source(path, old, new)
        elif Aspect.BUILD_CONTEXT not in may_change:
            raise GateError(f"it would write {path}, which this rule may not")


def _check_source(path: str, old: bytes, new: bytes) -> None:
    was, now = parsed(old), parsed(new)
    if was is None or now is None:
        raise GateError(f"{path} could not be parsed any more")
    try:
        calls = sum(1 for _ in _changed_calls(was, now))
    except _Different:
        raise GateError(f"{path} would change in more than the arguments of a call") from None
    if calls > 1:
        raise GateError(f"{path} would change in {calls} calls, which is more than one repair is about")
    if _comments(old) is None or _comments(old) != _comments(new):
        raise GateError(f"a comment of {path} would be lost or changed")


class _Different(Exception):
    """Two trees differ in something that no repair may touch."""


def _changed_calls(was: ast.AST, now: ast.AST) -> Iterator[ast.Call]:
    """The calls whose constant arguments differ.

    Raises:
        _Different: something else differs.
    """
    waiting: list[tuple[object, object]] = [(was, now)]
    while waiting:
        one, other = waiting.pop()
        if type(one) is not type(other):
            raise _Different
        if isinstance(one, ast.Call) and isinstance(other, ast.Call):
            pairs = [*_paired_arguments(one, other)]
            kept = [pair for pair in pairs if not _both_constants(*pair)]
            if any(_both_constants(*pair) and not _same(*pair) for pair in pairs) or _counts(one) != _counts(other):
                yield one
            waiting += [(one.func, other.func), *kept]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                raise _Different
            waiting += zip(one, other, strict=True)
        elif isinstance(one, ast.AST) and isinstance(other, ast.AST):
            waiting += ((getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
        elif one != other:
            raise _Different


def _counts(call: ast.Call) -> tuple[int, int]:
    return len(call.args), len(call.keywords)


def _paired_arguments(was: ast.Call, now: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each argument with what became of it; new ones must be constants with a keyword."""
    if len(was.args) != len(now.args):
        raise _Different
    yield from zip(was.args, now.args, strict=True)
    names = {keyword.arg for keyword in was.keywords}
    kept = [keyword for keyword in now.keywords if keyword.arg in names]
    if [keyword.arg for keyword in kept] != [keyword.arg for keyword in was.keywords]:
        raise _Different
    for before, after in zip(was.keywords, kept, strict=True):
        yield before.value, after.value
    if not all(isinstance(keyword.value, ast.Constant) for keyword in now.keywords if keyword not in kept):
        raise _Different


def _both_constants(one: ast.expr, other: ast.expr) -> bool:
    return isinstance(one, ast.Constant) and isinstance(other, ast.Constant)


def _same(one: ast.expr, other: ast.expr) -> bool:
    return ast.dump(one) == ast.dump(other)


def _comments(source: bytes) -> list[str] | None:
    try:
        tokens = [*tokenize.tokenize(io.BytesIO(source).readline)]
    except (tokenize.TokenError, SyntaxError):
        return None
    return [token.string for token in tokens if token.type == tokenize.COMMENT]
