"""Scripts and task runners read for the images that they build: shell scripts, package.json, justfile, Jenkinsfile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from dockerfix.project.builds.commands import Scene, speaks_of_images, uses_in_script
from dockerfix.project.builds.container_run import Use
from dockerfix.project.builds.shell_variables import UNKNOWN
from dockerfix.project.builds.use import BuildUse
from dockerfix.project.formats.json import json_line, read_json
from dockerfix.regexes import regex

__all__ = ["jenkins_uses", "justfile_uses", "of_either_folder", "package_uses"]

_JUST_VARIABLE = regex(r"(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(?:'([^']*)'|\"([^\"\\]*)\")\s*(?:#.*)?\Z")
_JUST_USE = regex(r"\{\{\s*(.*?)\s*\}\}")
_GROOVY_SH = regex(
    r"""\bsh\b\s*\(?\s*(?:script\s*:\s*)?(?:'''(.*?)'''|\"\"\"(.*?)\"\"\"|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")""",
    re.DOTALL,
)
_GROOVY_FOLDER = regex(r"\bdir\s*\(")


def of_either_folder(scene: Scene, folders: tuple[str, ...], read: Callable[[Scene], Iterator[Use]]) -> Iterator[Use]:
    """What a file builds that is called from one of several folders.

    Where its words name a Dockerfile that exists from one folder only, they can mean no other; where from several,
    each reading is given and none is certain.
    """
    readings: list[dict[int, list[Use]]] = []
    for folder in dict.fromkeys(folders):
        lines: dict[int, list[Use]] = {}
        for use in read(replace(scene, folder=folder)):
            if not isinstance(use, BuildUse) or scene.repository.is_file(use.dockerfile):
                lines.setdefault(use.line, []).append(use)
        readings.append(lines)
    for line in dict.fromkeys(line for reading in readings for line in reading):
        found = [reading[line] for reading in readings if line in reading]
        one = all({_places(use) for use in uses} == {_places(use) for use in found[0]} for uses in found)
        uses = dict.fromkeys(use for uses in (found[:1] if one else found) for use in uses)
        yield from uses if one else map(_uncertain, uses)


def _uncertain(use: Use) -> Use:
    return replace(use, certain=False) if isinstance(use, BuildUse) else use


def _places(use: Use) -> object:
    return (use.dockerfile, use.context) if isinstance(use, BuildUse) else use


def package_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What the scripts of a package.json build; they run in its folder."""
    if not speaks_of_images(text):
        return
    content = read_json(text)
    scripts = content.get("scripts") if isinstance(content, dict) else None
    for name, command in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(command, str) and speaks_of_images(command):
            yield from uses_in_script(command.replace("\n", " "), replace(scene, line=json_line(text, str(name))))


def justfile_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What the recipes of a justfile build; they run in its folder, each line in a shell of its own."""
    if not speaks_of_images(text):
        return
    lines = text.splitlines()
    values = {match[1]: match[2] or match[3] or "" for line in lines if (match := _JUST_VARIABLE.match(line))}
    values |= {"justfile_directory()": ".", "invocation_directory()": "."}
    for number, line in enumerate(lines, 1):
        if line.startswith((" ", "\t")) and speaks_of_images(_continued(lines, number)):
            recipe = _JUST_USE.sub(lambda match: values.get(match[1], UNKNOWN), _continued(lines, number))
            yield from uses_in_script(recipe.strip().lstrip("@-"), replace(scene, line=number))


def _continued(lines: list[str], number: int) -> str:
    """A line (1-based) with the lines that it goes on in; nothing for one that another goes on in."""
    if number > 1 and lines[number - 2].endswith("\\"):
        return ""
    end = number
    while lines[end - 1].endswith("\\") and end < len(lines):
        end += 1
    return "\n".join(lines[number - 1 : end])


def jenkins_uses(text: str, scene: Scene) -> Iterator[Use]:
    """What the `sh` steps of a Jenkinsfile build, where none of them moves to another folder."""
    certain = _GROOVY_FOLDER.search(text) is None
    for match in _GROOVY_SH.finditer(text):
        group = next(number for number in range(1, 5) if match[number] is not None)
        if speaks_of_images(match[group]):
            line = text.count("\n", 0, match.start(group)) + 1
            script = match[group].replace("\\$", "$") if group in (2, 4) else match[group]
            yield from uses_in_script(script, replace(scene, line=line, certain=certain))
