"""What the programs that serve a Node project's build write beside it, by their records."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from dockerfix.frozen import frozen
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import absolute
from dockerfix.plans.writes.written import Writes, Written
from dockerfix.programs.node_packages import built_from, ways
from dockerfix.programs.node_start import NodeStart, is_node
from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.known.node_tools import NodeTool, node_tool
from dockerfix.project.manifests.package_json import package_json
from dockerfix.regexes import regex

__all__ = ["note_node_tools"]

_NEXT_SERVER = regex(r"""import\s+\w+\s+from\s+['"]next['"]|require\(\s*['"]next['"]\s*\)""")


def note_node_tools(start: Start, model: Image, stage: StageImage, node: NodeStart, found: Writes) -> None:
    """Add what the programs of packages that a start runs write, and Next.js where a server of the project holds it."""
    for program in start.programs:
        tool = node_tool(program.name)
        if tool is not None and not program.is_own:
            app = _app_of(program, tool, model, stage)
            if app is None:
                found.doubts.note(program.place, f"starts {tool.name} for a package that is not found")
            else:
                app.note(model.context, found)
        elif is_node(program) and (app := _next_app(program, model, stage, node)) is not None:
            app.note(model.context, found)


@frozen
class _App:
    """A tool at work: `place` is the folder in the image and `folder` that of its package in the context."""

    program: Program
    tool: NodeTool
    verb: str
    place: str
    folder: str

    def note(self, context: BuildContext, found: Writes) -> None:
        known = self.tool.writes(self.verb, context, self.folder)
        if isinstance(known, str):
            found.doubts.note(self.program.place, known)
            return
        if self.tool.build and self.place != self.program.workdir:  # it works there, and not where it was started
            elsewhere = posixpath.join(self.program.workdir or "/", self.tool.build)
            found.places[:] = [one for one in found.places if one.path != elsewhere]
        for inside in (*known.whole, *known.made):
            path = posixpath.normpath(posixpath.join(self.place, inside))
            whole = inside in known.whole
            service = self.program.service
            found.places.append(Written(path, self.tool.name, is_folder=True, service=service, with_content=whole))


def _app_of(program: Program, tool: NodeTool, model: Image, stage: StageImage) -> _App | None:
    """The package that a tool serves, where its words name none or one that is found."""
    plain = list(_plain(program.argv[1:]))
    verb = plain.pop(0) if plain and (plain[0] in tool.verbs or "" not in tool.verbs) else ""
    place = absolute(plain[0] if plain else ".", program.workdir)
    origin = built_from(model, stage, posixpath.join(place, "package.json")) if place is not None else None
    if place is None or origin is None or len(plain) > (0 if verb == "" else 1):
        return None
    if posixpath.basename(origin.top) != posixpath.basename(place):
        return None
    return _App(program, tool, verb, place, origin.folder)


def _plain(words: Sequence[str | None]) -> Iterator[str]:
    """The words that are neither option nor value: an option takes the next word unless that is one too."""
    takes_next = False
    for word in words:
        is_option = word is not None and word.startswith("-")
        if not is_option and not takes_next:
            yield word or "?"
        takes_next = is_option and "=" not in (word or "")


def _next_app(program: Program, model: Image, stage: StageImage, node: NodeStart) -> _App | None:
    """The Next.js app that a script serves: its own server, or one that imports it; None for none."""
    tool = node_tool("next")
    given = next((word for word in program.argv[1:] if word and not word.startswith("-")), None)
    place = absolute(given, program.workdir) if given is not None else None
    if tool is None or place is None or program.workdir is None:
        return None
    # The server.js that `output: "standalone"` makes changes to its own folder.
    is_standalone = any("/standalone/" in path for _, path in ways(model, stage, place))
    texts = (model.context.text(path) or "" for path in node.modules)
    if not is_standalone and not any(map(_NEXT_SERVER.search, texts)):
        return None
    origin = built_from(model, stage, place)
    if origin is None:
        return None
    manifest = package_json(model.context, f"{origin.folder}/package.json".lstrip("/"))
    if "next" not in manifest.dependencies:
        return None
    return _App(program, tool, "start", posixpath.dirname(place) if is_standalone else program.workdir, origin.folder)
