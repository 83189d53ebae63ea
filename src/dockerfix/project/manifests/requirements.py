"""Requirements files as pip reads them, and all that one of them pulls in."""

from __future__ import annotations

import posixpath
import re
from dataclasses import field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dockerfix.frozen import frozen, mutable
from dockerfix.memo import memoised_on
from dockerfix.project.manifests.dependencies import Dependency, archive_name, dependency, normal_name
from dockerfix.project.manifests.requirement_lines import OptionLine, decoded, has_variable, logical_lines, read_line
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from dockerfix.project.context.build_context import BuildContext

__all__ = [
    "Include",
    "IndexOption",
    "LocalPath",
    "Problem",
    "RequirementsFile",
    "VcsRequirement",
    "requirements_file",
]

_REMOTE = regex(r"(?:https?|ftp):", re.I)
_VCS = regex(r"(git|hg|svn|bzr)(?:\+[a-z+]+)?:", re.I)
_DIRECT_VCS = regex(r"(?:[\w.-]+(?:\[[^\]]*\])?\s*@\s*)?(git|hg|svn|bzr)\+", re.I)
_ARCHIVES = tuple(".whl .zip .tar.gz .tgz .tar .tar.bz2 .tbz .tar.xz .txz .tlz .tar.lz .tar.lzma".split())
_EXTRAS = regex(r"^(.+)(\[[^\]]+\])$")


@frozen
class Problem:
    """Why a requirements file is not fully known.

    `kind` is `missing`, `remote` (a URL whose content nobody can know), `outside` (leaves the context),
    `cycle`, `variable` (an environment variable decides), `unreadable` or `invalid` (pip would refuse it).
    `line` is 1-based, None where the whole file is meant.
    """

    kind: str
    message: str
    path: str
    line: int | None = None


@frozen
class Include:
    """Another file named by `-r` (`constraint` False) or `-c`; `path` is None where it is no file of the context."""

    text: str
    path: str | None
    line: int
    constraint: bool
    problem: str | None = None


@frozen
class LocalPath:
    """A path of the project that the install reads.

    `kind` is `editable`, `project` (a folder to install), `archive` (a wheel or sdist) or `find-links`; `text`
    is the path as written, without extras and `file:`; `path` is where it leads in the context, None where
    it does not lead into it or is not there. `source` and `line` (1-based) are where it is written.
    """

    text: str
    kind: str
    path: str | None
    source: str
    line: int


@frozen
class VcsRequirement:
    """A requirement fetched by a version control tool; `tool` is `git`, `hg`, `svn` or `bzr`."""

    url: str
    tool: str
    name: str | None
    source: str
    line: int


@frozen
class IndexOption:
    """An option that says where packages come from, or which.

    `option` is pip's long name without dashes (`extra-index-url`); `value` is empty for a flag.
    """

    option: str
    value: str
    source: str
    line: int


@mutable
class RequirementsFile:
    """One requirements file, read by itself: what it asks for, and what else it names.

    `lines` are the logical lines without comments, each with the 1-based number it starts at. A line that
    pip would refuse is a problem and nothing else.
    """

    path: str
    lines: tuple[tuple[int, str], ...] = ()
    requirements: list[Dependency] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    local_paths: list[LocalPath] = field(default_factory=list)
    index_options: list[IndexOption] = field(default_factory=list)
    vcs: list[VcsRequirement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def editable(self) -> tuple[LocalPath, ...]:
        """The local paths installed with `-e`."""
        return tuple(local for local in self.local_paths if local.kind == "editable")


@memoised_on("code")
def requirements_file(context: BuildContext, path: str, folder: str = "") -> RequirementsFile:
    """A requirements file of the context.

    Args:
        path: where it stands in the context.
        folder: the context folder that stands at pip's working directory, for pip takes `-e ./lib` and
            `./lib` from there; where nothing stands there, the file's own folder is tried.
    Returns:
        The file; one that is not there or not readable has a problem and no lines.
    Source: pip's requirements file format; pip `_internal/req/req_file.py`, `constructors.py`.
    """
    found = RequirementsFile(path)
    raw = context.read(path)
    text = decoded(raw) if raw is not None else None
    if text is None:
        kind = "unreadable" if context.is_file(path) else "missing"
        found.problems.append(Problem(kind, f"{path} {_WORDS[kind]}", path))
        return found
    found.lines = tuple(logical_lines(text))
    reader = _Reader(context, found, folder)
    for number, line in found.lines:
        reader.read(read_line(number, line))
    return found


class _Reader:
    """Puts what each line says into a `RequirementsFile`."""

    def __init__(self, context: BuildContext, into: RequirementsFile, folder: str) -> None:
        self.context = context
        self.into = into
        self.folder = folder

    def read(self, line: OptionLine) -> None:
        options = line.options
        if line.error:
            self._problem("invalid", line.error, line.line)
        elif line.requirement:
            self._requirement(line)
        elif "editable" in options:
            self._editable(options["editable"][0], line.line)
        elif "requirement" in options or "constraint" in options:
            self._includes(line)
        else:
            self._index_options(line)

    def _problem(self, kind: str, message: str, line: int) -> None:
        self.into.problems.append(Problem(kind, message, self.into.path, line))

    def _includes(self, line: OptionLine) -> None:
        # pip follows the first -r of a line, else the first -c, and forgets the others
        constraint = "requirement" not in line.options
        text = line.options["constraint" if constraint else "requirement"][0]
        path, problem = self._included(text)
        self.into.includes.append(Include(text, path, line.line, constraint, problem))
        if problem:
            self._problem(problem, f"{text} is included and {_WORDS[problem]}", line.line)

    def _included(self, text: str) -> tuple[str | None, str | None]:
        if has_variable(text):
            return None, "variable"
        if _REMOTE.match(text):
            return None, "remote"
        place = _file_url(text) or text
        resolved = _joined(posixpath.dirname(self.into.path), place)
        if resolved is None:
            return None, "outside"
        return (resolved, None) if self.context.is_file(resolved) else (resolved, "missing")

    def _index_options(self, line: OptionLine) -> None:
        for option, values in line.options.items():
            for value in values:
                self.into.index_options.append(IndexOption(option.replace("_", "-"), value, self.into.path, line.line))
        # pip's parser keeps all of them and its reader takes the first
        for text in line.options.get("find_links", ())[:1]:
            if not _REMOTE.match(text):
                self._local(_file_url(text) or text, "find-links", line.line, file_first=True)

    def _editable(self, text: str, line: int) -> None:
        if found := _VCS.match(text):
            self._vcs(text, found[1], line)
            return
        place = _file_url(text) or text
        if extras := _EXTRAS.match(place):
            place = extras[1]
        self._local(place.partition(";")[0].strip().partition("#")[0], "editable", line)

    def _requirement(self, line: OptionLine) -> None:
        text = line.requirement
        if has_variable(text):
            self._problem("variable", f"{text} depends on an environment variable", line.line)
        if found := _DIRECT_VCS.match(text):
            self._vcs(text, found[1], line.line)
        elif kind := self._local_kind(text):
            self._local(_local_text(text), kind, line.line)
            return
        elif _REMOTE.match(text):
            self._archive_url(text, line)
            return
        self._named(line)

    def _named(self, line: OptionLine) -> None:
        read = dependency(line.requirement, self.into.path, line.line)
        if read is None or (not read.valid and _DIRECT_VCS.match(line.requirement)):
            if not _DIRECT_VCS.match(line.requirement):
                self._problem("invalid", f"{line.requirement} is no requirement", line.line)
            return
        if not read.valid:
            self._problem("invalid", f"{line.requirement} is no PEP 508 requirement", line.line)
        self.into.requirements.append(replace(read, hashes=tuple(line.options.get("hash", ()))))
        if read.url and read.url.lower().startswith("file:"):
            self._local(_file_url(read.url) or "", "archive" if read.url.endswith(_ARCHIVES) else "project", line.line)

    def _archive_url(self, text: str, line: OptionLine) -> None:
        url = text.split("; ")[0].strip()
        name = _egg(url) or archive_name(unquote(posixpath.basename(urlsplit(url).path)))
        if name:
            hashes = tuple(line.options.get("hash", ()))
            self.into.requirements.append(Dependency(name, "", self.into.path, line.line, url=url, hashes=hashes))

    def _vcs(self, text: str, tool: str, line: int) -> None:
        name, at, url = text.partition("@")
        direct = bool(at) and ":" not in name
        url = url.strip().split(" ;")[0] if direct else text
        known = normal_name(name.partition("[")[0].strip()) if direct else _egg(text)
        self.into.vcs.append(VcsRequirement(url, tool.lower(), known, self.into.path, line))
        if known and not direct:
            self.into.requirements.append(Dependency(known, "", self.into.path, line, url=url))

    def _local_kind(self, text: str) -> str | None:
        """pip takes a line for a path where a folder stands there, or where it ends like an archive."""
        if "@" in text.split("/")[0] or _REMOTE.match(text):
            return None
        place = _local_text(text)
        if place.lower().endswith(_ARCHIVES):
            return "archive"
        if text.lower().startswith("file:") or place.startswith((".", "/")) or ("/" in place and self._place(place)):
            return "project"
        return None

    def _local(self, text: str, kind: str, line: int, file_first: bool = False) -> None:
        path = None if has_variable(text) else self._place(text, file_first)
        self.into.local_paths.append(LocalPath(text, kind, path, self.into.path, line))
        if path is None:
            inside = any(_joined(folder, text) is not None for folder in self._folders)
            problem = "variable" if has_variable(text) else "missing" if inside else "outside"
            self._problem(problem, f"{text} is installed from and {_WORDS[problem]}", line)

    @property
    def _folders(self) -> tuple[str, str]:
        return self.folder, posixpath.dirname(self.into.path)

    def _place(self, text: str, file_first: bool = False) -> str | None:
        """Where a local path leads: to a project, where one of the folders it may start from holds one there."""
        folders = reversed(self._folders) if file_first else self._folders
        joined = [path for folder in folders if (path := _joined(folder, text)) is not None]
        there = [path for path in joined if self.context.exists(path)]
        return next((path for path in there if self._is_project(path)), there[0] if there else None)

    def _is_project(self, path: str) -> bool:
        return any(self.context.is_file(posixpath.join(path, name)) for name in ("pyproject.toml", "setup.py"))


_WORDS = {
    "variable": "depends on an environment variable",
    "remote": "stands on another machine",
    "outside": "lies outside the build context",
    "missing": "is not in the build context",
    "unreadable": "cannot be read as text",
}


def _local_text(text: str) -> str:
    place = text.split("; ")[0].partition(";")[0].strip()
    place = _file_url(place) or place
    extras = _EXTRAS.match(place)
    return (extras[1] if extras else place).partition("#")[0]


def _file_url(text: str) -> str | None:
    """The path in a `file:` URL; None for anything else."""
    if not text.lower().startswith("file:"):
        return None
    path = unquote(text[5:].partition("#")[0])
    return path[2:] if path.startswith("//") else path


def _egg(url: str) -> str | None:
    found = re.search(r"[#&]egg=([^&\[]+)", url)
    return normal_name(re.split(r"[=<>!~;\s]", found[1])[0]) if found else None


def _joined(folder: str, text: str) -> str | None:
    """A path below a context folder, "" for the root; None where it leaves the context or is absolute."""
    if text.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(folder, text))
    return None if path.split("/")[0] == ".." else "" if path == "." else path
