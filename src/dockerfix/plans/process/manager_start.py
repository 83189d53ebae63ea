"""A start command that a package manager hands over: the program in its script, and who hears SIGTERM."""

from __future__ import annotations

import posixpath

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.programs.node_start import node_start
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.package_calls import package_call
from dockerfix.project.manifests.package_json import package_json
from dockerfix.shell import Command, parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["ManagedStart", "hears_sigterm", "managed_start", "unheard_by_node", "why_managed"]

_MANAGERS = frozenset({"npm", "yarn", "pnpm"})
_INITS = frozenset({"tini", "dumb-init", "catatonit", "docker-init"})
_SILENT = frozenset({"-s", "--silent", "--quiet", "-q"})
_LISTENS = ("process.on", "process.once", "process.addListener", "process.prependListener")
# Source: NestJS documentation, "Lifecycle events"; the readme files of the packages.
_LISTENING_PACKAGES = (
    "enableShutdownHooks",
    "close-with-grace",
    "@godaddy/terminus",
    "lightship",
    "http-graceful-shutdown",
)
_STARTS_PROGRAMS = ("child_process", "execa", "shelljs", "cross-spawn")


@frozen
class ManagedStart:
    """`script` is the text of package.json that `npm start` runs, `words` what it comes down to, None for a shell's."""

    manifest: str
    name: str
    script: str
    words: tuple[str, ...] | None

    @property
    def is_node(self) -> bool:
        """Whether it is `node [options] file`."""
        words = self.words or ()
        operands = [word for word in words[1:] if not word.startswith("-")]
        return words[:1] == ("node",) and len(operands) > 0


def managed_start(model: Image, stage: StageImage, argv: tuple[str, ...]) -> ManagedStart | str | None:
    """What a package manager starts; the reason why that is not followed, or None where it is no such command."""
    if not argv or posixpath.basename(argv[0]) not in _MANAGERS:
        return None
    call = package_call(argv)
    if call is None or not call.name:
        return None
    if call.folder or call.members or call.everywhere:
        return "the script runs in another folder"
    rest = [word for word in argv[1:] if word not in ("run", "run-script", call.name, *_SILENT)]
    if rest:
        return f"the script is given {' '.join(rest)}"
    path = context_files(model, stage).get(posixpath.join(stage.final.workdir or "?", "package.json"))
    if path is None:
        return "package.json is not found in the folder where it starts"
    scripts = package_json(model.context, path).scripts
    if call.name not in scripts:
        return f"{path} has no script {call.name}"
    for name in (f"pre{call.name}", f"post{call.name}"):
        if name in scripts:
            return f"{path} has a script {name} too"
    return ManagedStart(path, call.name, scripts[call.name], _plain_words(scripts[call.name]))


def _plain_words(script: str) -> tuple[str, ...] | None:
    """The words of a script that is one command and needs no shell; None for any other."""
    raw = encode(script)
    parsed = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not parsed.is_simple:
        return None
    command: Command = parsed.commands[0]
    if command.assignments or command.redirects or any(word.value is None or word.expands for word in command.words):
        return None
    return tuple(word.value or "" for word in command.words)


def why_managed(model: Image, stage: StageImage, start: ManagedStart) -> str | None:
    """What the program may need of the package manager; None where nothing is found."""
    context = model.context
    folder = posixpath.dirname(start.manifest)
    settings = context.text(posixpath.join(folder, ".npmrc")) or ""
    if any(key in settings for key in ("node-options", "script-shell")):
        return "the project's .npmrc has settings for scripts"
    if _is_plug_and_play(context, folder):
        return "Yarn finds the packages itself (Plug'n'Play)"
    modules = _modules(model, stage)
    for path in modules or ():
        text = context.text(path) or ""
        if "npm_" in text or "INIT_CWD" in text:
            return f"{path} speaks of variables that npm sets"
        if any(word in text for word in _STARTS_PROGRAMS):
            return f"{path} starts other programs, which npm makes known by PATH"
    return None if modules is not None else "which of the project's files run is only known at run time"


def _is_plug_and_play(context: BuildContext, folder: str) -> bool:
    settings = context.text(posixpath.join(folder, ".yarnrc.yml"))
    has_map = any(context.is_file(posixpath.join(folder, name)) for name in (".pnp.cjs", ".pnp.js"))
    return has_map or (settings is not None and "node-modules" not in settings)


def _modules(model: Image, stage: StageImage) -> tuple[str, ...] | None:
    """The modules of the project that run; None where that may not be all of them."""
    start = start_of(model, stage)
    found = node_start(start, model, stage) if start is not None and not start.problems else None
    return found.modules if found is not None and found.modules and not found.doubts else None


def hears_sigterm(model: Image, stage: StageImage) -> str | None:
    """What sees to it that SIGTERM ends the program when it is process 1; None where nothing is found.

    The kernel drops signals for which process 1 has no handler, and Node sets none of its own. Run with Node 20.20 and
    npm 11.19 in a PID namespace: `node server.js` lived on; `npm start` ended at once, and the program with it.
    """
    init = next((word for word in stage.start.entrypoint or () if posixpath.basename(word) in _INITS), None)
    if init is not None:
        return f"{posixpath.basename(init)} hands SIGTERM on"
    for path in _modules(model, stage) or ():
        text = model.context.text(path) or ""
        if ("SIGTERM" in text and any(call in text for call in _LISTENS)) or any(
            name in text for name in _LISTENING_PACKAGES
        ):
            return f"{path} has a handler for SIGTERM"
    return None


def unheard_by_node(model: Image, stage: StageImage, program: str) -> str | None:
    """The module that serves, where Node is process 1 and no module that runs has a handler for SIGTERM.

    None for other programs, and where not all modules that run are known.
    """
    if posixpath.basename(program) not in ("node", "nodejs") or hears_sigterm(model, stage) is not None:
        return None
    texts = ((path, model.context.text(path) or "") for path in _modules(model, stage) or ())
    return next((path for path, text in texts if ".listen(" in text), None)
