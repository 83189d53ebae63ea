"""Texts of a project that programs may read or run: its code, settings, manifests and scripts, no prose and no data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.discovery import is_dockerfile_name
from dockerfix.project.context.own_paths import own_paths
from dockerfix.project.known.context_readers import any_of, reader_names
from dockerfix.regexes import regex

__all__ = ["CI_FOLDERS", "CODE_ENDS", "is_manifest", "library_names", "project_texts", "without_development"]

CI_FOLDERS = (".github/", ".gitlab/", ".circleci/", ".buildkite/", ".woodpecker/", ".forgejo/", ".gitea/", ".azure")
CODE_ENDS = tuple(
    ".py .pyi .js .mjs .cjs .ts .mts .cts .jsx .tsx .vue .svelte .astro .go .rs .rb .php .java .kt .kts .scala .groovy "
    ".gradle .cs .fs .ex .exs .pl .lua .dart .swift .c .cc .cpp .h .hpp .clj .erl .cr .nim .zig .r .R .jl .tf".split()
)
_LARGEST = 512 * 1024  # bytes; larger files are made by programs
_MOST = 5_000  # files
_PROSE = regex(
    r".*\.(?:md|mdx|rst|adoc|html?|xhtml|css|scss|less|svg|png|jpe?g|gif|ico|webp|pdf|docx?|xlsx?|pptx?|csv|tsv|parquet|jsonl|"
    r"ndjson|log|ipynb|woff2?|ttf|otf|eot|mp[34]|wav|zip|gz|tgz|xz|bz2|whl|jar|exe|dll|so|a|o|bin|dat|db|sqlite3?|pkl|npy|npz|pt|"
    r"onnx|h5|po|mo|pot|map|lock|sum|min\.js|snap|pem|key|crt|drawio|xsd|geojson)"
    r"|(?:.*/)?(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS|CHANGELOG|CHANGES|README|CONTRIBUTING)[^/]*"
    r"|(?:.*/)?(?:package-lock|npm-shrinkwrap|composer\.lock|packages\.lock)\.json|(?:.*/)?pnpm-lock\.ya?ml|(?:.*/)?go\.sum",
    re.IGNORECASE,
)
_IGNORE_FILE = regex(r"(?:.*/)?[ .][\w. -]*ignore|(?:.*/)?[\w.-]*\.(?:dockerignore|containerignore)|(?:.*/)?\.git\w+")
_ENV_FILE = regex(r"(?:.*/)?(?:\.env(?:[._-][^/]*)?|[\w.-]+\.env|\.envrc|\.flaskenv)")
_MANIFEST = regex(
    r"(?:.*/)?(?:package\.json|pyproject\.toml|Pipfile|setup\.(?:py|cfg)|[\w.-]*requirements[\w.-]*\.(?:txt|in)|"
    r"requirements/[\w.-]+\.(?:txt|in)|environment\.ya?ml|constraints[\w.-]*\.txt|go\.mod|Cargo\.toml|Gemfile|gems\.rb|"
    r"[\w.-]+\.gemspec|composer\.json|pom\.xml|[\w.-]+\.gradle(?:\.kts)?|libs\.versions\.toml|[\w.-]+\.(?:cs|fs|vb)proj|"
    r"Directory\.(?:Build|Packages)\.(?:props|targets)|mix\.exs|deno\.jsonc?|pubspec\.yaml|mkdocs\.ya?ml|_config\.ya?ml|"
    r"pixi\.toml|build\.sbt|docusaurus\.config\.[jt]s)"
)


_KEY = regex(r"(?<=\")[\w@/.-]+(?=\"\s*:)")
_WORD = regex(r"(?<![\w@/.:-])[\w@/.-]*\w(?![\w@/-]|://|\()")


def project_texts(context: BuildContext) -> tuple[str, ...]:
    """The paths of these texts, sorted. Tests are among them, folders of editors and tools are not, those of CI are.

    Dockerfiles, ignore files and env files are left out: others read them.
    """
    return _project_texts(context.without_dockerfile)


@memoised_on("code")
def _project_texts(context: BuildContext) -> tuple[str, ...]:
    paths = (path for path in own_paths(context) if not _PROSE.fullmatch(path) and _is_read(path))
    return tuple(path for path in paths if context.size(path) <= _LARGEST)[:_MOST]


def _is_read(path: str) -> bool:
    name = path.rpartition("/")[2]
    hidden = path.startswith(".") and "/" in path and not path.startswith(CI_FOLDERS)
    if hidden or _IGNORE_FILE.fullmatch(path) or _ENV_FILE.fullmatch(path):
        return False
    return not is_dockerfile_name(name) and name not in (
        ".pre-commit-config.yaml",
        ".editorconfig",
        "devcontainer.json",
    )


def is_manifest(path: str) -> bool:
    """Whether a file names the libraries and build tools of the project."""
    return _MANIFEST.fullmatch(path) is not None


def library_names(path: str, text: str) -> Iterator[re.Match[str]]:
    """The words of a manifest that may name a library or a build tool; comments, addresses and values are none."""
    if path.endswith(("package.json", "composer.json", "deno.json", "deno.jsonc")):
        yield from (match for match in _KEY.finditer(text) if not match[0].startswith("."))
        return
    for match in _WORD.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].lstrip()
        if not line.startswith(("#", "//")) and "://" not in line and not match[0].startswith((".", "/", "-")):
            yield match


def without_development(path: str, text: str | None) -> str | None:
    """A text without what it says to tools for developing, and without the addresses of FastAPI's pages."""
    name = path.rpartition("/")[2]
    if text is None or name in reader_names("development", "files"):
        return text and ""
    if name in ("pyproject.toml", "setup.cfg"):
        tables = any_of(reader_names("development", "tables"))
        head = rf"^\[\[?(?:tool[.:])?{tables}(?:[.:][^\]]*)?\]\]?[ \t]*$"
        return re.sub(rf"{head}(?:\n(?!\[[\w\"]).*)*", "", text, flags=re.M)
    return re.sub(r"""\b(?:docs|redoc|openapi)_url\s*=\s*f?(["'])[^"'\n]*\1""", "", text)
