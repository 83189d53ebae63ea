"""What of a project asks Git about its own history: code, and libraries and build tools that do so by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import is_test_path
from dockerfix.project.known.context_readers import any_of, reader_names
from dockerfix.project.readers.project_texts import CI_FOLDERS, CODE_ENDS, is_manifest, library_names, project_texts
from dockerfix.regexes import regex

__all__ = ["ASKS_GIT", "git_asker"]

# Text is searched, not understood: a mention that means nothing only keeps `.git`.
ASKS_GIT = regex(
    r"\bgit\b[^\n|;&]*\s(?:describe|rev-parse|rev-list|log|show|shortlog|name-rev|symbolic-ref|ls-files|ls-tree|status|diff|"
    r"branch|tag|submodule|for-each-ref|cat-file|blame|archive|stash|worktree|notes|merge-base|var|hash-object)\b"
    r"|(?<![\w.])\.git/(?:HEAD|refs|index|logs|packed-refs|config|objects)|git-commit-id|\bvergen\b|\bgitversion\b|\bgoreleaser\b"
    r"|-buildvcs(?:=true)?(?![=\w])|\bvcs\.(?:revision|time|modified)\b|\bReadBuildInfo\b|\bshowLastUpdate(?:Time|Author)\b"
    r"|\bfind_package\(\s*Git\b|\bGIT_EXECUTABLE\b|\bvcs_tag\(|\bgit-version-gen\b"
    r"|\blastUpdated\s*:\s*(?:true|\{)|\benableGitInfo\s*[=:]\s*true",
    re.IGNORECASE,
)
_CODE = (*CODE_ENDS, ".cmake", ".gemspec", ".build")
_SCRIPTS = regex(
    r"(?:.*/)?(?:[\w.-]*Makefile[\w.-]*|\.?[Jj]ustfile|[Tt]askfile\.ya?ml|Jenkinsfile.*|Rakefile|package\.json|[\w.-]*gitlab-ci[\w.-]*|"
    r"[\w.-]*compose[\w.-]*\.ya?ml|.*\.(?:sh|bash|zsh|fish|bat|cmd|ps1|mk|txt|in))"
)
_HINTS = tuple(
    "git vcs buildinfo lastupdate vergen goreleaser dulwich versioneer dunamai versioning pbr miniver _scm".split()
)
_LONG = 500  # characters of a line, on average, in what a program has put together
# The program as a word of its own, the folder as a path of its own: `["git", "rev-parse"]`, `Repo(".git")`.
_IN_CODE = regex(
    r"""(["'`])(?:/usr/bin/|/usr/local/bin/)?(?:git(?:\.exe)?|(?:[^"'`\s]*/)?\.git(?:/[^"'`\s]*)?)\1|\bwhich\s+git\b"""
)


@memoised_on("code")
def git_asker(context: BuildContext) -> str | None:
    """What asks Git, in words; None where nothing in code, manifests and settings is seen to.

    Scripts and Makefiles are left to those who know whether the image runs them.
    """
    paths = (path for path in project_texts(context) if not path.startswith(CI_FOLDERS) and not is_test_path(path))
    return next((said for path in paths for said in _in_file(context, path)), None)


def _in_file(context: BuildContext, path: str) -> Iterator[str]:
    text = context.text(path) or ""
    if is_manifest(path):
        yield from _by_library(path, text)
    small = text.lower()
    if not any(word in small for word in _HINTS) or len(text) > _LONG * (text.count("\n") + 10):
        return
    if path.endswith(_CODE):
        match = (
            _IN_CODE.search(text) or ASKS_GIT.search(text) or (path.endswith(".py") and _imports(context).search(text))
        )
        if match:
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1} asks Git"
    elif (path.endswith("CMakeLists.txt") or not _SCRIPTS.fullmatch(path)) and (match := ASKS_GIT.search(text)):
        yield f"{path}:{text.count(chr(10), 0, match.start()) + 1} asks Git"


def _by_library(path: str, text: str) -> Iterator[str]:
    if path.endswith((".txt", ".in", "Pipfile", "environment.yml", "environment.yaml")):
        return  # lists what is installed, and with it what others bring along: the code tells what is used
    for match in library_names(path, text):
        if is_git_library(match[0].lower()):
            yield f"{path} asks for {match[0]}, which asks Git"
            return


def is_git_library(name: str) -> bool:
    """Whether a library or plug-in is known to ask Git, or has `git`, `scm` or `vcs` as a word of its name."""
    name = re.sub(r"/v\d+\Z", "", name)
    last = name.rpartition("/")[2]
    others = reader_names("git", "harmless") | reader_names("git", "libraries")
    if name in others or last in others:
        return False
    if name in reader_names("git", "names") or last in reader_names("git", "names"):
        return True
    words = re.split(r"[-_/.@:]", last if "github.com" in name or "gitlab.com" in name else name)
    return (
        bool({"git", "scm", "vcs", "git2", "gitinfo"} & set(words))
        and len(words) > 1
        and name not in ("git.com", "gitlab.com")
    )


@memoised_on("code")
def _imports(context: BuildContext) -> re.Pattern[str]:
    """Imports of a library that asks Git; a module of the project's own by that name is none."""
    own = {
        path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
        for path in context.paths()
        if path.endswith(".py")
    }
    return _importing(tuple(sorted(reader_names("git", "modules") - own)))


@cache
def _importing(modules: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*(?:from|import)[ \t]+{any_of(modules)}\b(?!\s*\()", re.M)
