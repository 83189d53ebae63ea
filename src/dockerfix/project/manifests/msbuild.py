"""Projects and solutions of .NET: what a restore reads of them.

Source: Microsoft documentation, "Common MSBuild project items" (ProjectReference), "Customize your build"
(Directory.Build.props), "MSBuild property functions" (GetPathOfFileAbove), "Solution (.sln) file", "nuget.config".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerfix.frozen import mutable
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.formats.xml import local_name, xml
from dockerfix.regexes import regex

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["MsBuild", "local_sources", "msbuild", "solution_projects"]

_SLN_PROJECT = regex(r'^Project\("\{([^}]*)\}"\)\s*=\s*"[^"]*",\s*"([^"]*)"', re.MULTILINE)
_SOLUTION_FOLDER = "2150E333-8FDC-42A3-9474-1A3956D46DE8"
_ABOVE = regex(r"GetPathOfFileAbove\(\s*['\"]?([\w.]+)")
_OWN_FOLDER = ("$(MSBuildThisFileDirectory)", "$(MSBuildProjectDirectory)/")
_PACKAGES = frozenset({"PackageReference", "PackageDownload"})
_SOURCES = frozenset({"RestoreSources", "RestoreAdditionalProjectSources", "RestoreConfigFile"})
_RESTORE_HOOKS = ("Restore", "CollectPackageReferences", "_GenerateRestoreGraph", "_GenerateRestoreProjectSpec")


@mutable
class MsBuild:
    """What a project, or a file that projects import, says; paths as written, with `/`.

    `references` are other projects, `imports` files that it takes in, `above` names of files that it takes in from
    the nearest folder above. `installs` tells whether it names packages, `artifacts` whether what is built goes to
    one folder for all. `problem` says why that is not certain.
    """

    references: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    installs: bool = False
    artifacts: bool = False
    problem: str | None = None


@memoised_on("code")
def msbuild(context: BuildContext, path: str) -> MsBuild:
    """A project (`.csproj`) or a file that it imports (`.props`, `.targets`)."""
    root = xml(context, path)
    if root is None:
        return MsBuild(problem=f"{path} cannot be read")
    elements = list(root.iter())
    imports = [
        _path(one.get("Project") or "") for one in elements if local_name(one) == "Import" and not one.get("Sdk")
    ]
    found = MsBuild(
        tuple(_path(one.get("Include") or "") for one in elements if local_name(one) == "ProjectReference"),
        tuple(text for text in imports if _ABOVE.search(text) is None),
        tuple(match[1] for text in imports if (match := _ABOVE.search(text))),
        any(local_name(one) in _PACKAGES for one in elements),
        any(local_name(one) in ("UseArtifactsOutput", "ArtifactsPath") for one in elements),
    )
    found.problem = next(_problems(path, root, found, context.text(path) or ""), None)
    return found


def _path(text: str) -> str:
    path = text.replace("\\", "/")
    for name in _OWN_FOLDER:
        path = path.removeprefix(name)
    return path


def _problems(path: str, root: Element, found: MsBuild, text: str) -> Iterator[str]:
    uncertain = [one for one in (*found.references, *found.imports) if "$" in one or "*" in one or ";" in one]
    if uncertain:
        yield f"{path} names {uncertain[0]}, which is only known at build time"
    if "System.IO." in text or root.get("InitialTargets"):
        yield f"{path} may read the source while packages are restored"
    for one in root.iter():
        hooks = f"{one.get('BeforeTargets', '')};{one.get('AfterTargets', '')}".split(";")
        if local_name(one) == "Target" and any(hook.strip() in _RESTORE_HOOKS for hook in hooks):
            yield f"{path} has a target of its own that runs while packages are restored"
        if local_name(one) in _SOURCES:
            yield f"{path} says where packages come from ({local_name(one)})"


def solution_projects(context: BuildContext, path: str) -> tuple[str, ...] | None:
    """The projects of a solution, as seen from its folder; None where it cannot be read."""
    if path.endswith(".slnx"):
        root = xml(context, path)
        if root is None:
            return None
        paths = [one.get("Path") or "" for one in root.iter() if local_name(one) == "Project"]
    else:
        text = context.text(path)
        if text is None:
            return None
        paths = [name for kind, name in _SLN_PROJECT.findall(text) if kind.upper() != _SOLUTION_FOLDER]
    return tuple(dict.fromkeys(_path(one) for one in paths if one))


def local_sources(context: BuildContext, path: str) -> list[str] | None:
    """The folders that a nuget.config names as sources of packages, as written; None where it cannot be read."""
    root = xml(context, path)
    if root is None:
        return None
    sources = [one for one in root.iter() if local_name(one) == "packageSources"]
    values = [entry.get("value") or "" for one in sources for entry in one if local_name(entry) == "add"]
    return [_path(value) for value in values if "://" not in value]
