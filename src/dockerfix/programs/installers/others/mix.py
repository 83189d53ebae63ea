"""`mix deps.get` and `mix deps.compile`.

Source: Elixir documentation, "mix deps.get", "mix deps.compile", "mix do"; Phoenix documentation, "Releases" (its
Dockerfile gets dependencies before the configuration is there, and compiles them with it).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Split
from dockerfix.project.manifests.mix_exs import mix_file

__all__ = ["recognise"]

_GETS = frozenset({"deps.get", "deps.compile"})
# Tools for all projects, by their name.
_HARMLESS = frozenset({"local.hex", "local.rebar", "hex.config", "archive.install"})
_WRITES = frozenset({"deps.update", "deps.unlock"})
_MOST_APPS = 8
_CONFIG = "config"


def recognise(call: Call) -> Install | None:
    """The install that a call of mix is, be it one task or several (`mix do`)."""
    words = [word.value or word.raw for word in call.program.words[1:]]
    tasks = _tasks(words)
    names = [task[0] for task in tasks]
    if names and set(names) <= _HARMLESS:
        return Install("hex", call.program)
    if not _GETS & set(names) and not _WRITES & set(names):
        return None
    project = _Project(call)
    problem = project.problem(compiles="deps.compile" in names)
    if problem is None and not project.requires:
        return None
    split = None
    other = next((number for number, name in enumerate(names) if name not in _GETS | _HARMLESS), None)
    if problem is None and other is not None:
        problem = f"mix {names[other]} may need the source"
        if _GETS & set(names[:other]):
            split = Split(dict(project.reading.reads), instead=_together(tasks[:other]))
    writes = call.place("mix.lock") if _WRITES & set(names) else None
    return Install(
        "mix",
        call.program,
        project.reading.reads,
        tuple(project.folders),
        tuple(place for name in ("deps", "_build") if (place := call.place(name)) is not None),
        makes=(writes,) if writes is not None else (),
        problem=problem,
        split=split,
        is_project=split is not None,
    )


def _tasks(words: Sequence[str]) -> list[list[str]]:
    """The tasks of a call, each with its words: one, or those of `mix do a, b` and `mix do a + b`."""
    if words[:1] != ["do"]:
        return [list(words)] if words else []
    tasks: list[list[str]] = [[]]
    for word in words[1:]:
        if word == "+":
            tasks.append([])
            continue
        tasks[-1].append(word.removesuffix(","))
        if word.endswith(","):
            tasks.append([])
    return [task for task in tasks if task]


def _together(tasks: Sequence[Sequence[str]]) -> str:
    texts = [" ".join(task) for task in tasks]
    return f"mix {texts[0]}" if len(texts) == 1 else f"mix do {', '.join(texts)}"


class _Project:
    """One project, or an umbrella of several, as Mix sees it."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.reading = Reading(call, call.workdir)
        self.folders: list[str] = []
        self.requires = False

    def problem(self, *, compiles: bool) -> str | None:
        """Fills `reading` and `folders`; why that is not certain, or None."""
        return next((problem for problem in self._problems(compiles) if problem is not None), None)

    def _problems(self, compiles: bool) -> Iterator[str | None]:
        if self.call.workdir is None or self.call.setting("MIX_EXS") is not None:
            yield "the project is only known at build time"
            return
        yield from self._of_project("")
        self.reading.take("mix.lock")
        if compiles:
            yield from self._configuration()

    def _of_project(self, folder: str) -> Iterator[str | None]:
        name = posixpath.join(folder, "mix.exs")
        origin = self.reading.take(name)
        if origin is None:
            yield f"{name} is not among the files copied from the build context"
            return
        said = mix_file(self.call.context, origin)
        yield said.problem
        self.requires = self.requires or said.requires
        for file in said.files:
            self.reading.take(posixpath.join(folder, file))
        if said.apps is not None:
            yield from self._umbrella(said.apps)

    def _umbrella(self, apps: str) -> Iterator[str | None]:
        top = self.call.place(apps) or "/"
        inside = [place[len(top) + 1 :] for place, _ in self.call.below(top)]
        manifests = [path for path in inside if path.count("/") == 1 and path.endswith("/mix.exs")]
        names = sorted(path.partition("/")[0] for path in manifests)
        if len(names) > _MOST_APPS:
            yield f"the umbrella has {len(names)} projects, each with a mix.exs to copy first"
            return
        for name in names:
            yield from self._of_project(posixpath.join(apps, name))

    def _configuration(self) -> Iterator[str | None]:
        """The configuration, which dependencies are compiled with."""
        if not any(True for _ in self.call.below(self.call.place(_CONFIG) or "/")):
            return
        folder = self.reading.take_below(_CONFIG)
        if folder is None:
            yield "the configuration comes from more than one folder"
            return
        self.folders.append(folder)
        for path in self.reading.reads.values():
            if path.startswith(f"{folder}/") and path.endswith(".exs") and not path.endswith("/runtime.exs"):
                yield mix_file(self.call.context, path).problem
