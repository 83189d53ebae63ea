"""A Gemfile read without being run: which files of the project it reads, and whether more than that is certain.

A Gemfile is Ruby code. It is followed as far as it keeps to words that are known to do nothing but describe gems.
Source: Bundler documentation, "gemfile(5)"; Ruby documentation, class File.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.regexes import regex

__all__ = ["Gemfile", "gemfile"]

_TOKEN = regex(
    r"""(?P<blank>[^\S\n]+|\\\n|\#[^\n]*)
    |(?P<line>[\n;])
    |(?P<list>%[wi](?:\[[^\]]*\]|\([^)]*\)|\{[^}]*\}))
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<key>[A-Za-z_]\w*[?!]?:(?!:))
    |(?P<symbol>:(?:[A-Za-z_]\w*[?!]?|"[^"]*"))
    |(?P<word>[A-Za-z_]\w*[?!]?)
    |(?P<number>\d[\d.]*)
    |(?P<sign>[=~!<>]=|=>|=~|&&|\|\||::|<<~?[A-Z"'].*|[-+*/%!<>=?:.,|&(){}\[\]]|[`\#@$].*)""",
    re.VERBOSE | re.DOTALL,
)
_INSIDE = regex(r"#\{([^}]*)\}")
_KNOWN = frozenset(
    "gem source group platforms platform git github gist ruby git_source install_if plugin env "
    "do end if unless else elsif then case when and or not in true false nil self return next begin def lambda proc "
    "ENV RUBY_VERSION RUBY_PLATFORM RUBY_ENGINE Gem Version Bundler VERSION Requirement Platform local "
    "new fetch key has_key dig each map compact flatten first last to_s to_i to_sym strip chomp split join freeze "
    "start_with? end_with? include? match? match empty? nil? any? none? key? downcase sub gsub zero? positive? "
    "puts warn raise win_platform? satisfied_by? segments RbConfig CONFIG host_os java? os darwin linux "
    "require File IO read exist? file? expand_path dirname __dir__ __FILE__ readlines frozen? merge! merge".split()
)
_FILES = ("File", "IO")
# A shell's output, variables that others set, and texts that go on in the lines below.
_UNKNOWN = ("`", "#", "@", "$", "<<")


@frozen
class Gemfile:
    """`files` are the context paths that it may read, itself aside; `problem` says why that is not certain."""

    path: str
    files: tuple[str, ...] = ()
    problem: str | None = None


@memoised_on("code")
def gemfile(context: BuildContext, path: str) -> Gemfile:
    """A Gemfile of the context, with those that it takes in."""
    return _read(context, path, (path,))


def _read(context: BuildContext, path: str, above: tuple[str, ...]) -> Gemfile:
    text = context.text(path)
    tokens = _tokens(text) if text is not None else None
    if tokens is None:
        return Gemfile(path, problem=f"{path} holds Ruby code that is not followed here")
    files: list[str] = []
    declared = _declared(tokens)
    for line in _lines(tokens):
        problem = _unknown(line, declared)
        if problem is not None:
            return Gemfile(path, tuple(files), f"{path} {problem}")
        for file in _named(line, path):
            if not context.is_file(file):
                continue
            files.append(file)
            if ("word", "eval_gemfile") in line and file not in above:
                inner = _read(context, file, (*above, file))
                files += inner.files
                if inner.problem is not None:
                    return Gemfile(path, tuple(files), inner.problem)
    return Gemfile(path, tuple(dict.fromkeys(files)))


_Token = tuple[str, str]


def _tokens(text: str) -> list[_Token] | None:
    """Kind and text of each token, those inside `#{…}` behind their string; None where one is not known."""
    found: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or (match["sign"] or "").startswith(_UNKNOWN):
            return None
        place = match.end()
        if match["blank"] is not None:
            continue
        found.append((match.lastgroup or "", match[0]))
        for inside in _INSIDE.findall(match[0]) if match[0].startswith('"') else ():
            inner = _tokens(inside)
            if inner is None:
                return None
            found += inner
    return found


def _lines(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """The statements, as far as a line that ends with a comma or an open bracket goes on in the next one."""
    line: list[_Token] = []
    for token in tokens:
        if token[0] != "line":
            line.append(token)
        elif not line or line[-1][1] not in (",", "("):
            yield line
            line = []
    yield line


def _declared(tokens: list[_Token]) -> set[str]:
    """The names of variables, of what a block is given, and of methods that the file defines."""
    texts = ["", *(text for _, text in tokens), ""]
    return {
        text
        for number, (kind, text) in enumerate(tokens)
        if kind == "word" and (texts[number] in ("def", "|") or texts[number + 2] in ("=", "|"))
    }


def _unknown(line: list[_Token], declared: set[str]) -> str | None:
    """What a line does that is not certain to leave the project alone."""
    words = [text for kind, text in line if kind == "word"]
    keys = [text.strip(":") for kind, text in line if kind in ("key", "symbol")]
    if "gemspec" in words:
        return "takes in the project's own gemspec"
    if "path" in words or "path" in keys:
        return "installs a gem from the project"
    if "require_relative" in words or ("require" in words and any(text[1:2] == "." for _, text in _strings(line))):
        return "runs another file of the project"
    if "eval_gemfile" in words:
        return None if len(words) == 1 and len(_strings(line)) == 1 else "takes in a Gemfile that is not certain"
    odd = next((word for word in words if word not in _KNOWN and word not in declared), None)
    return f"calls {odd}, which may read the source" if odd is not None else None


def _strings(line: list[_Token]) -> list[_Token]:
    return [token for token in line if token[0] == "string"]


def _named(line: list[_Token], path: str) -> Iterator[str]:
    """The context paths that a line may read."""
    words = [text for kind, text in line if kind == "word"]
    reads = any(name in words for name in (*_FILES, "eval_gemfile")) or ("key", "file:") in line
    for _, text in _strings(line) if reads else ():
        name = text[1:-1]
        if "__FILE__" in words and "dirname" not in words:
            name = name.removeprefix("../")
        yield posixpath.normpath(posixpath.join(posixpath.dirname(path), name.lstrip("/")))
