"""Changes of Python source that leave everything but one argument as it was: comments, blanks, newlines, encoding.

The work is libcst's, which is imported when a rewrite is asked for and not before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.project.formats.python_nesting import is_nested_deeply
from dockerfix.project.python.serving import CallPlace
from dockerfix.regexes import regex

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Rewrite", "with_arguments"]

_LINES = regex(r"\r\n|\r|\n")
_QUOTED = regex(r"""(?<![\w'"])["'](?!["'])""")
_PORTS = frozenset({"port", "server_port"})
_APPS = frozenset({"app", "import_string", "target"})


@frozen
class Rewrite:
    """The new source; None, with the reason in `problem`, where it cannot be made."""

    after: bytes | None
    problem: str = ""


def with_arguments(
    source: bytes, place: CallPlace, arguments: Mapping[str, str | bool], positions: Mapping[str, int] | None = None
) -> Rewrite:
    """The source with arguments of one call set.

    Args:
        place: the call, as `ast` tells where it stands.
        arguments: new values by keyword. An argument that is there as a constant gets the new value in its place,
            in the quotes it has; another one is put in front of the port, else in front of the other keywords.
        positions: the 0-based positions of those that are given without their keyword.
    """
    import libcst as cst

    if is_nested_deeply(source):
        return Rewrite(None, "it is nested too deeply to be read")
    try:
        module = cst.parse_module(source)
    except (cst.ParserSyntaxError, SyntaxError, ValueError, LookupError, RecursionError):
        return Rewrite(None, "it cannot be parsed")
    if module.bytes != source:
        return Rewrite(None, "libcst does not give it back byte by byte")
    call = _call_at(module, place)
    if call is None:
        return Rewrite(None, "the call is not found again")
    changed: cst.Call | None = call
    for keyword, value in arguments.items():
        position = (positions or {}).get(keyword)
        changed = _with_argument(module, changed, keyword, value, position) if changed is not None else None
    if changed is None:
        return Rewrite(None, "the argument list is one that a person has to change")
    rewritten = module.deep_replace(call, changed)
    assert isinstance(rewritten, cst.Module)  # only the call was replaced
    return Rewrite(rewritten.bytes)


def _call_at(module: cst.Module, place: CallPlace) -> cst.Call | None:
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider

    lines = _LINES.split(module.code)
    start = _character(lines, place.line, place.column)
    end = _character(lines, place.end_line, place.end_column)
    positions = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    for node, found in positions.items():
        where = ((found.start.line, found.start.column), (found.end.line, found.end.column))
        if isinstance(node, cst.Call) and where == (start, end):
            return node
    return None


def _character(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """A place of `ast`, which counts bytes of UTF-8, in characters."""
    text = lines[line - 1] if line <= len(lines) else ""
    return line, len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


def _with_argument(
    module: cst.Module, call: cst.Call, keyword: str, value: str | bool, position: int | None
) -> cst.Call | None:
    """The call with one argument set; None where that is no plain matter."""
    for number, arg in enumerate(call.args):
        is_it = number == position if position is not None else arg.keyword is not None and arg.keyword.value == keyword
        if is_it:
            changed = _with_value(module, arg, value)
            if changed is None:
                return None
            return call.with_changes(args=[*call.args[:number], changed, *call.args[number + 1 :]])
    return _with_new(module, call, keyword, value)


def _with_value(module: cst.Module, arg: cst.Arg, value: str | bool) -> cst.Arg | None:
    import libcst as cst

    old = arg.value
    if isinstance(value, bool):
        return arg.with_changes(value=old.with_changes(value=str(value))) if isinstance(old, cst.Name) else None
    if isinstance(old, cst.SimpleString) and not old.prefix:
        return arg.with_changes(value=old.with_changes(value=f"{old.quote}{value}{old.quote}"))
    if isinstance(old, cst.Name) and old.value == "None":
        return arg.with_changes(value=_string(module, value))
    return None


def _string(module: cst.Module, value: str) -> cst.SimpleString:
    """A string in the quotes that the file prefers."""
    import libcst as cst

    found = [match[0] for match in _QUOTED.finditer(module.code)]
    quote = "'" if found.count("'") > found.count('"') else '"'
    return cst.SimpleString(f"{quote}{value}{quote}")


def _with_new(module: cst.Module, call: cst.Call, keyword: str, value: str | bool) -> cst.Call | None:
    import libcst as cst

    written = cst.Name(str(value)) if isinstance(value, bool) else _string(module, value)
    new = cst.Arg(written, keyword=cst.Name(keyword), equal=_equal(call))
    if not call.args:
        plain = isinstance(call.whitespace_before_args, cst.SimpleWhitespace)
        return call.with_changes(args=[new]) if plain else None
    at = _place_for_new(call)
    return _inserted(call, new, at) if at < len(call.args) else _appended(call, new)


def _equal(call: cst.Call) -> cst.AssignEqual:
    """The equals sign as the call's other keywords have it."""
    import libcst as cst

    found = next((arg.equal for arg in call.args if isinstance(arg.equal, cst.AssignEqual)), None)
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    simple = found is not None and isinstance(found.whitespace_before, cst.SimpleWhitespace)
    return found if found is not None and simple else tight


def _place_for_new(call: cst.Call) -> int:
    """Where a reader looks for a host: in front of the port, else in front of what is no app."""
    names = [arg.keyword.value if arg.keyword is not None else arg.star for arg in call.args]
    ports = [at for at, name in enumerate(names) if name in _PORTS]
    others = [at for at, name in enumerate(names) if name and name not in _APPS]
    return next(iter(ports + others), len(names))


def _inserted(call: cst.Call, new: cst.Arg, at: int) -> cst.Call | None:
    """The new argument in front of another one; comments above that one stay above it."""
    import libcst as cst

    args = list(call.args)
    if not at:
        first, second = _divided(call.whitespace_before_args)
        second = cst.SimpleWhitespace(" ") if isinstance(second, cst.SimpleWhitespace) else second
        args.insert(0, new.with_changes(comma=cst.Comma(whitespace_after=second)))
        return call.with_changes(whitespace_before_args=first, args=args)
    before = args[at - 1].comma
    if not isinstance(before, cst.Comma):
        return None
    first, second = _divided(before.whitespace_after)
    args[at - 1] = args[at - 1].with_changes(comma=before.with_changes(whitespace_after=first))
    args.insert(at, new.with_changes(comma=cst.Comma(whitespace_after=second)))
    return call.with_changes(args=args)


def _divided(
    gap: cst.BaseParenthesizableWhitespace,
) -> tuple[cst.BaseParenthesizableWhitespace, cst.BaseParenthesizableWhitespace]:
    """A gap as two: the first keeps a comment at the end of its line, the second the lines of their own below it."""
    import libcst as cst

    if isinstance(gap, cst.ParenthesizedWhitespace):
        bare = cst.TrailingWhitespace(cst.SimpleWhitespace(""), None, gap.first_line.newline)
        return gap.with_changes(empty_lines=[]), gap.with_changes(first_line=bare)
    is_joined = isinstance(gap, cst.SimpleWhitespace) and "\n" in gap.value
    return gap, cst.SimpleWhitespace(" ") if is_joined else gap


def _appended(call: cst.Call, new: cst.Arg) -> cst.Call:
    """The new argument behind the last one, on a line of its own where the others are."""
    import libcst as cst

    args = list(call.args)
    last = args[-1]
    trailing = last.comma if isinstance(last.comma, cst.Comma) else None
    tail = trailing.whitespace_after if trailing else last.whitespace_after_arg
    between = args[-2].comma if len(args) > 1 else cst.MaybeSentinel.DEFAULT
    gap = between.whitespace_after if isinstance(between, cst.Comma) else call.whitespace_before_args
    if isinstance(gap, cst.ParenthesizedWhitespace) and isinstance(tail, cst.ParenthesizedWhitespace):
        gap = gap.with_changes(first_line=tail.first_line, empty_lines=[])
        tail = _divided(tail)[1]
    elif isinstance(tail, cst.ParenthesizedWhitespace) and tail.first_line.comment is not None:
        gap, tail = _divided(tail)
    else:
        gap = cst.SimpleWhitespace(" ") if isinstance(gap, cst.SimpleWhitespace) else _divided(gap)[1]
    args[-1] = last.with_changes(comma=cst.Comma(whitespace_after=gap), whitespace_after_arg=cst.SimpleWhitespace(""))
    if trailing:
        new = new.with_changes(comma=trailing.with_changes(whitespace_after=tail))
    else:
        new = new.with_changes(whitespace_after_arg=tail)
    return call.with_changes(args=[*args, new])
