"""A pom.xml: what Maven reads besides it to know the dependencies of a project.

Source: Maven documentation, "POM reference" (modules, parent, activation, systemPath), "Configuring Maven" (.mvn).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerfix.frozen import frozen
from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.formats.xml import local_name, xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["Pom", "pom"]

_OWN_FOLDER = (
    "${basedir}",
    "${project.basedir}",
    "${project.baseUri}",
    "${maven.multiModuleProjectDirectory}",
    "file:",
)


@frozen
class Pom:
    """What a pom.xml says; paths as written, from its own folder on.

    `parent` is where its parent is looked for before any repository, None where it has none. `problem` says why what
    it reads is not certain.
    """

    modules: tuple[str, ...] = ()
    parent: str | None = None
    has_dependencies: bool = False
    problem: str | None = None


@memoised_on("code")
def pom(context: BuildContext, path: str) -> Pom:
    """A pom.xml of the context."""
    root = xml(context, path)
    if root is None:
        return Pom(problem=f"{path} cannot be read")
    named = [one for one in root.iter() if local_name(one) in ("dependencies", "parent", "plugins")]
    return Pom(
        tuple(_text(one) for one in root.iter() if local_name(one) == "module" and _text(one)),
        _parent(root),
        any(len(one) for one in named),
        _problem(path, root),
    )


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _parent(root: Element) -> str | None:
    """The place of the parent: `../pom.xml` unless told otherwise; none at all for an empty `relativePath`."""
    parent = next((one for one in root if local_name(one) == "parent"), None)
    if parent is None:
        return None
    return next((_text(one) for one in parent if local_name(one) == "relativePath"), "../pom.xml") or None


def _problem(path: str, root: Element) -> str | None:
    for one in root.iter():
        name = local_name(one)
        if name == "systemPath":
            return f"{path} takes {_text(one)} from the project"
        if name == "activation" and any(local_name(inner) == "file" for inner in one):
            return f"{path} has a profile that looks at files"
        if name in ("repository", "pluginRepository") and any(_is_own(inner) for inner in one):
            return f"{path} has a repository in the project"
    return None


def _is_own(element: Element) -> bool:
    return local_name(element) == "url" and any(name in _text(element) for name in _OWN_FOLDER)
