"""Containers that a README tells people to start: what they mount and are granted holds for them, too."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from dockerfix.memo import memoised
from dockerfix.project.builds.commands import Scene, uses_in_script
from dockerfix.project.builds.container_run import ContainerRun
from dockerfix.project.context.build_context import BuildContext

__all__ = ["readme_runs"]

_NAME = re.compile(r"(?:README|INSTALL|DEPLOY\w*|DOCKER|USAGE)(?:[.-][\w-]+)*\.(?:md|mdx|rst|adoc|txt)|README", re.I)
_SIZE_LIMIT = 256 * 1024
_FENCE = re.compile(r"\s*(```+|~~~+)")
_PROMPT = re.compile(r"(\s*)(?:[$#>]|\w+@[\w-]+:\S*[$#])\s+(?=\S)")
_STARTS = re.compile(r"\b(?:docker|podman|nerdctl)\b.*\b(?:run|create)\b")


@memoised
def readme_runs(repository: BuildContext, folder: str) -> tuple[ContainerRun, ...]:
    """The containers that the code blocks of a folder's READMEs start.

    What they run is an example, and so are variables: only mounts, rights, ports and the user are kept.
    """
    found: list[ContainerRun] = []
    for name, kind in sorted((repository.entries(folder) or {}).items()):
        path = posixpath.join(folder, name)
        if kind != "file" or not _NAME.fullmatch(name) or repository.size(path) > _SIZE_LIMIT:
            continue
        for line, text in _commands(repository.text(path) or ""):
            uses = uses_in_script(text, Scene(repository, path, folder, line=line))
            found += [
                replace(use, command=None, entrypoint=None, environment=())
                for use in uses
                if isinstance(use, ContainerRun)
            ]
    return tuple(found)


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """Each command of a code block that starts a container: its 1-based line, and its text without a prompt."""
    held: list[str] = []
    for number, line in enumerate(_code_lines(text)):
        plain = _PROMPT.sub(r"\1", line, count=1) if not held else line
        if not held and not _STARTS.search(plain) and not plain.rstrip().endswith("\\"):
            continue
        held.append(plain.rstrip())
        if not plain.rstrip().endswith("\\"):
            command = "\n".join(held)
            if _STARTS.search(command.replace("\\\n", " ")):
                yield number - len(held) + 2, command + "\n"
            held = []


def _code_lines(text: str) -> Iterator[str]:
    """The lines of a text as far as they are code, between fences or indented; empty ones for the rest."""
    fence = ""
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if mark is not None and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            yield ""
        else:
            yield line if fence or line.startswith(("    ", "\t")) else ""
