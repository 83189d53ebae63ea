"""Who reads `.env`: the project's code, its scripts and the libraries that do so by themselves. Whether one is there
decides nothing: a clone has none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.builds.compose_names import is_compose_name
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import is_test_path
from dockerfix.project.known.context_readers import any_of, reader_names
from dockerfix.project.readers.project_texts import (
    CI_FOLDERS,
    CODE_ENDS,
    is_manifest,
    library_names,
    project_texts,
    without_development,
)
from dockerfix.regexes import regex

_LARGEST_TREE = 256 * 1024  # characters; a syntax tree takes thirty times as much
__all__ = ["EnvReader", "brings_dotenv", "env_reader", "names_env_file", "names_template", "reads_template"]

_TOKEN = regex(r"(?<![\w\])}$.*-])\.env(?![\w(-])(?P<more>(?:\.[\w.${}%-]*)?\*?)")
_TEMPLATE = regex(r"\.[\w.-]*(?:example|sample|template|tmpl|dist|default|defaults|ci|test|testing|schema|vault)\b.*")
_QUOTED = regex(r"""(["'`])((?:\\.|(?!\1)[^\\\n])*)\1""")
_RUNS = regex(r"\b(?:exec\w*|spawn\w*|system|popen\w*|subprocess|shell|run|sh|command|check_output|check_call)\b", re.I)
_HOST = regex(
    r"\b(?:docker|podman|nerdctl|compose|docker-compose|kubectl|finch)\b[^\n;&|]*|^\s*-?\s*env_file\b.*", re.M
)
_WRITTEN = regex(
    r"(?:\b(?:cp|mv|install|ln)\b(?![^;&|\n]*\s-\w*[nui])(?![^;&|\n]*--(?:no-clobber|update))[^;&|\n]*\s|>{1,2}\s*|\btee\s+(?:-a\s+)?)"
    r"[\"']?[\w./${}-]*\.env[\"']?\s*(?=$|[;&|)\n])",
    re.M,
)
_BUILDS = regex(r"\b(?:docker|podman|nerdctl|compose|buildx|build-push-action)\b")
_CODE = (*CODE_ENDS, ".json")
_LOADS = regex(
    r"dotenv(?!-(?:linter|vault|webpack-defaults))|\benv_file\b|\bread_?env(?:_?file)?\b|\bloadEnv(?:File|Config)?\b|\bDotNetEnv\b",
    re.I,
)


_BY_MANIFEST = (
    (r"package\.json|deno\.jsonc?|docusaurus\.config\..*", ("javascript",)),
    (r"go\.mod", ("go",)),
    (r"Cargo\.toml", ("rust",)),
    (r"Gemfile|gems\.rb|.*\.gemspec", ("ruby",)),
    (r"composer\.json", ("php",)),
    (r"pom\.xml|.*\.gradle(?:\.kts)?|libs\.versions\.toml|build\.sbt", ("java",)),
    (r"mix\.exs", ("elixir",)),
    (r".*\.(?:cs|fs|vb)proj|Directory\..*", ("dotnet",)),
)


@frozen
class EnvReader:
    """Who reads it. `path` is a file of the context, with the 1-based `line`; `what` it is that reads, for people."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@memoised_on("code")
def env_reader(context: BuildContext) -> EnvReader | None:
    """What of the project reads `.env` or its like; None where its code, scripts and manifests speak of no such file.

    The `env_file` of a compose file and `docker run --env-file` are none: they hand the values over from outside.
    """
    found = (reader for path in project_texts(context) if _counts(path) for reader in _in_file(context, path))
    return next(found, None)


def _counts(path: str) -> bool:
    return not is_test_path(path) and not is_compose_name(path.rpartition("/")[2])


def _in_file(context: BuildContext, path: str) -> Iterator[EnvReader]:
    text = without_development(path, context.text(path)) or ""
    if is_manifest(path):
        yield from _by_library(path, text)
    if path.endswith(".py"):
        yield from _by_import(path, text)
    elif "env" in text or "Env" in text:
        yield from _found(path, text, _LOADS.search(_without_comments(text)), text, "loads an env file")
    if ".env" in text:
        yield from _by_name(path, text)


def _found(path: str, text: str, match: re.Match[str] | None, searched: str, what: str) -> Iterator[EnvReader]:
    if match is not None:
        at = text.find(match[0])
        yield EnvReader(path, text.count("\n", 0, max(at, 0)) + 1, what)


def _without_comments(text: str) -> str:
    return re.sub(r"^\s*(?:#|//|\*).*$", "", text, flags=re.M)


def _by_library(path: str, text: str) -> Iterator[EnvReader]:
    beside = reader_names("env_files", "own_folder") if "/" in path else frozenset[str]()
    for match in library_names(path, text):
        if match[0].lower() not in beside and _is_loader(match[0].lower(), _languages(path)):
            line = text.count("\n", 0, match.start()) + 1
            yield EnvReader(path, line, f"asks for {match[0]}, which reads env files")
            return


def _languages(path: str) -> tuple[str, ...]:
    name = path.rpartition("/")[2]
    known = next((languages for pattern, languages in _BY_MANIFEST if re.fullmatch(pattern, name)), None)
    return known or ("python",)


@cache
def _loaders(languages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for language in languages for name in reader_names("env_files", language))


def _is_loader(name: str, languages: tuple[str, ...]) -> bool:
    """Whether a library is one of the records, or has `dotenv` or the word `env` in its name."""
    if any(
        f"/{other}/" in f"/{name}/" or name.endswith("-" + other) for other in reader_names("env_files", "harmless")
    ):
        return False
    if any(name == other or name.startswith(other + "/") for other in _loaders(languages)):
        return True
    return "dotenv" in name or ("env" in re.split(r"[-_/.@]", name) and not name.startswith("."))


def _by_import(path: str, text: str) -> Iterator[EnvReader]:
    match = _imports().search(text)
    if match is not None:
        line = text.count("\n", 0, match.start(match.lastgroup or 0)) + 1
        yield EnvReader(path, line, f"reads an env file ({match['name'] or match['call']})")


@cache
def _imports() -> re.Pattern[str]:
    modules = {name.replace("-", "_") for name in reader_names("env_files", "python")}
    calls = r"load_dotenv|dotenv_values|find_dotenv|_?env_file|read_env(?:file)?"
    return re.compile(
        rf"^[ \t]*(?:from|import)[ \t]+(?P<name>\w*dotenv\w*|{any_of(modules)})\b|\b(?P<call>{calls})\b", re.M
    )


def _by_name(path: str, text: str) -> Iterator[EnvReader]:
    for line in _lines_naming(path, text):
        yield EnvReader(path, line, "names .env")
        return


def _lines_naming(path: str, text: str) -> Iterator[int]:
    """The 1-based lines on which a text names `.env` or its like as a file that is read; templates do not count."""
    if path.endswith(".py"):
        yield from _in_python(text)
    elif path.endswith(_CODE) and not path.endswith("package.json"):
        yield from _in_literals(text)
    else:
        yield from _in_script(path, text)


def _in_python(text: str) -> Iterator[int]:
    if len(text) > _LARGEST_TREE:
        yield from _in_literals(text)
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from _in_literals(text)
        return
    lines = text.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ".env" in node.value:
            line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
            if _is_path(node.value, line):
                yield node.lineno


def _in_literals(text: str) -> Iterator[int]:
    for number, line in enumerate(text.splitlines(), 1):
        if ".env" in line and any(_is_path(match[2], line) for match in _QUOTED.finditer(line)):
            yield number


def _is_path(text: str, line: str) -> bool:
    """Whether a literal is the path of an env file, or a command that names one; prose is neither."""
    if not names_env_file(text):
        return False
    return not re.search(r"\s", text.strip()) or bool(_RUNS.search(line)) or text.lstrip().startswith((". ", "source "))


def names_env_file(text: str) -> bool:
    """Whether a text names `.env` or its like, templates aside."""
    return any(not _TEMPLATE.fullmatch(match["more"]) for match in _TOKEN.finditer(text))


def _in_script(path: str, text: str) -> Iterator[int]:
    """In CI, and in a script that builds images, a file that is written is there for the build."""
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    for_build = path.startswith(CI_FOLDERS) or bool(_BUILDS.search(text))
    text = _HOST.sub("", text)
    if not for_build:
        text = _WRITTEN.sub("", text)
    for number, line in enumerate(text.split("\n"), 1):
        if ".env" in line and names_env_file(line):
            yield number


@memoised_on("code")
def reads_template(context: BuildContext) -> EnvReader | None:
    """What names `.env.example` or its like, or any `.env.…`."""
    for path in project_texts(context):
        text = context.text(path) or ""
        if ".env" in text and not is_compose_name(path.rpartition("/")[2]):
            for number, line in enumerate(_without_comments(text).split("\n"), 1):
                if names_template(line):
                    return EnvReader(path, number, "names a file that it would hide")
    return None


def names_template(text: str) -> bool:
    """Whether a text names a file `.env.…`, or several by a wildcard."""
    return ".env" in text and any(match["more"] for match in _TOKEN.finditer(text))


@memoised_on("code")
def brings_dotenv(context: BuildContext) -> bool:
    """Whether python-dotenv is installed, as the manifests tell: `flask` and `quart` then read `.env`."""
    names = any_of(reader_names("env_programs", "brings_python_dotenv"))
    pattern = re.compile(rf"(?<![\w.-]){names}(?![\w.-])", re.I)
    texts = (
        context.text(path) or "" for path in context.paths() if is_manifest(path) or path.endswith((".lock", "Pipfile"))
    )
    return any(pattern.search(text) for text in texts)
