"""Makefiles read for the images that their recipes build."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerfix.project.builds.commands import Scene, speaks_of_images, uses_in_script
from dockerfix.project.builds.container_run import Use
from dockerfix.project.builds.shell_variables import REPOSITORY, UNKNOWN
from dockerfix.regexes import regex

__all__ = ["makefile_uses"]

_VARIABLE = regex(r" *(?:export +|override +)*([\w.-]+) *(\?=|:{0,3}=|\+=) *(.*)")
_OF_TARGET = regex(r"[^\t#=][^#=]*: *(?:export +|override +|private +)*([\w.-]+) *(?:\?|:{0,3}|\+)= ")
_DEFINE = regex(r" *(?:override +)?define +([\w.-]+)")
_REFERENCE = regex(r"\$(?:\(([^()$]*)\)|\{([^{}$]*)\}|([^(){}$\s\0]))")
_DEEPEST = 10
_HERE = frozenset({"CURDIR", "PWD", "shell pwd"})
_FUNCTIONS = frozenset("firstword lastword realpath abspath strip patsubst dir shell if".split())


def makefile_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What the recipes of a Makefile build. `scene.folder` is the Makefile's own folder."""
    if not speaks_of_images(text) and "docker" not in text.lower():
        return
    lines = _logical_lines(text)
    values = _Values(lines, f"{REPOSITORY}/{scene.folder}".rstrip("/"))
    for number, line in lines:
        if not line.startswith("\t"):
            continue
        recipe = values.expanded(line.lstrip("\t").lstrip("@-+ "))
        if speaks_of_images(recipe):
            yield from uses_in_script(recipe, replace(scene, line=number))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """The lines with their continuations, newlines kept, each with its 1-based number."""
    found: list[tuple[int, str]] = []
    continues = False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if continues:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line}")
        else:
            found.append((number, line))
        continues = line.endswith("\\") and not line.endswith("\\\\")
    return found


class _Values:
    """The variables that have one certain value, and texts expanded with them."""

    def __init__(self, lines: list[tuple[int, str]], folder: str) -> None:
        self._folder = folder
        self._raw = _definitions(lines)

    def expanded(self, text: str, depth: int = 0) -> str:
        """A text as the shell receives it, with `UNKNOWN` for what is not known."""

        def value(match: re.Match[str]) -> str:
            return self._value((match[1] or match[2] or match[3] or "").strip(), depth)

        text = text.replace("$$", "\0")
        for _ in range(_DEEPEST):  # what stands inside comes first: $(firstword $(MAKEFILE_LIST))
            before, text = text, _REFERENCE.sub(value, text)
            if text == before:
                break
        return text.replace("\0", "$") if depth == 0 else text

    def _value(self, name: str, depth: int) -> str:
        if name in _HERE:
            return self._folder
        if name == "MAKEFILE_LIST":
            return f"{self._folder}/Makefile"
        if name == "shell git rev-parse --show-toplevel":
            return REPOSITORY
        function, _, argument = name.partition(" ")
        argument = argument.strip()
        if function in _FUNCTIONS:
            return _called(function, argument)
        raw = self._raw.get(name)
        return self.expanded(raw, depth + 1) if raw is not None and depth < _DEEPEST else UNKNOWN


def _called(function: str, argument: str) -> str:
    """What a function of make gives for an argument that is expanded already."""
    if UNKNOWN in argument:
        return UNKNOWN
    if function == "if":
        condition, then, otherwise = (*argument.split(",", 2), "", "")[:3]
        return then if condition.strip() else otherwise
    path = argument.removeprefix("%/,%,").removeprefix("dirname ").strip()
    if not path.startswith(REPOSITORY) or " " in path:
        return UNKNOWN
    return posixpath.dirname(path) if function in ("dir", "shell") else path


def _definitions(lines: list[tuple[int, str]]) -> Mapping[str, str]:
    values: dict[str, str] = {}
    count: Counter[str] = Counter()
    for _, line in lines:
        if line.startswith("\t"):
            continue
        found = _VARIABLE.fullmatch(line.replace("\\\n", " "))
        if found is not None:
            count[found[1]] += 1
            values[found[1]] = found[3].partition(" #")[0].strip()
        else:
            other = _OF_TARGET.match(line) or _DEFINE.match(line)
            if other is not None:
                count[other[1]] += 2
    return {name: value for name, value in values.items() if count[name] == 1}
