"""Files that the commands of a Dockerfile expect where a copied folder should have left them."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.model import Image
from dockerfix.image.state import absolute
from dockerfix.programs.entry import start_words
from dockerfix.regexes import regex
from dockerfix.shell import Command, pip_command

__all__ = ["expected_files"]

# What a program looks for in its folder: one of these. Source: documentation of the tools.
_MANIFESTS: dict[str, tuple[str, ...]] = {
    "npm": ("package.json",),
    "yarn": ("package.json",),
    "pnpm": ("package.json",),
    "bun": ("package.json",),
    "go": ("go.mod", "go.work", "main.go"),
    "cargo": ("Cargo.toml",),
    "mvn": ("pom.xml",),
    "make": ("Makefile", "makefile", "GNUmakefile"),
    "composer": ("composer.json",),
    "bundle": ("Gemfile",),
    "poetry": ("pyproject.toml",),
    "pipenv": ("Pipfile",),
    "pdm": ("pyproject.toml",),
    "mix": ("mix.exs",),
}
_VERBS = {
    "npm": frozenset({"ci", "run"}),
    "yarn": frozenset({"build", "run"}),
    "pnpm": frozenset({"run", "build"}),
    "bun": frozenset({"run"}),
    "go": frozenset({"build", "mod"}),
    "cargo": frozenset({"build"}),
    "composer": frozenset({"install"}),
    "bundle": frozenset({"install"}),
    "poetry": frozenset({"install", "export"}),
    "pdm": frozenset({"install", "sync"}),
    "mix": frozenset({"deps.get", "compile", "release"}),
}
_INTERPRETERS = frozenset("python python3 node sh bash ruby php".split())
_SOURCES = (".py", ".js", ".sh", ".rb", ".php", ".mjs", ".cjs")
_GRADLE_PROJECT = regex(r":([\w-]+):")
_SERVERS = frozenset("uvicorn gunicorn hypercorn daphne granian".split())
_APPLICATION = regex(r"([A-Za-z_]\w*)(?:\.\w+)*:\w+\Z")
_MODULE_FOLDERS = ("--app-dir", "--chdir", "--pythonpath", "--root-path", "-c", "--config")
_FOLDER_OPTIONS = ("-C", "--directory", "--prefix", "-f", "--file", "--manifest-path", "--cwd")


def expected_files(model: Image) -> Iterator[tuple[str, ...]]:
    """Paths in the build context, one of each tuple being needed: `RUN make` behind `COPY . /app` needs a Makefile.

    Other copies and commands may bring such a file, too: what is missing proves nothing by itself.
    """
    for stage in model.stages:
        tops: list[str] = []  # places in the image that the whole context is copied to
        for step in stage.all_steps:
            item = step.transfer
            if item is not None and item.destination is not None:
                tops += [item.destination for source in item.sources if source.kind == "context" and source.path == "."]
            for command in step.commands or () if tops else ():
                for names in _named(command.program):
                    yield from _in_context(names, command.workdir, tops)
        if stage is model.final and tops:
            for argv, folder in start_words(stage.start.argv or (), stage.final.workdir):
                for names in _started(argv, "PYTHONPATH" in stage.final.env):
                    yield from _in_context(names, folder, tops)


def _started(argv: tuple[str | None, ...], has_path: bool) -> Iterator[tuple[str, ...]]:
    """What a start command looks for: its script, or the module of `main:app`."""
    name = (argv[0] or "").rsplit("/", 1)[-1] if argv else ""
    words = [word for word in argv if word is not None]
    if name in _INTERPRETERS or (name.endswith(_SOURCES) and name):
        script = next((word for word in words if word.endswith(_SOURCES)), None)
        if script is not None:
            yield (script,)
    if name in _SERVERS and not has_path and not any(word.startswith(_MODULE_FOLDERS) for word in words):
        for match in filter(None, map(_APPLICATION.match, words)):
            yield (f"{match[1]}.py", match[1])


def _named(program: Command) -> Iterator[tuple[str, ...]]:
    """What a command looks for, each as one of several names."""
    name, argv = program.name or "", program.argv
    pip = pip_command(program)
    if pip is not None and pip.verb == "install":
        yield from ((path,) for path in (*pip.requirements, *pip.constraints) if path is not None)
        if "." in pip.local:
            yield ("pyproject.toml", "setup.py", "setup.cfg")
        return
    if any(value is None or value.startswith(_FOLDER_OPTIONS) for value in argv):
        return
    words = [value for value in argv[1:] if value is not None]
    if name in _MANIFESTS and (name not in _VERBS or _VERBS[name] & set(words[:1])):
        yield _MANIFESTS[name]
    if name in ("gradle", "gradlew"):
        yield from ((match[1],) for word in words if (match := _GRADLE_PROJECT.match(word)))
    if name in _INTERPRETERS and words and words[0].endswith(_SOURCES):
        yield (words[0],)


def _in_context(names: tuple[str, ...], workdir: str | None, tops: list[str]) -> Iterator[tuple[str, ...]]:
    """The paths of the context that land where a command looks for these names."""
    places = [absolute(name, workdir) for name in names if "://" not in name]
    for top in reversed(tops):
        prefix = top.rstrip("/") + "/"
        found = tuple(place[len(prefix) :] for place in places if place is not None and place.startswith(prefix))
        if found and len(found) == len(names):
            yield found
            return
