"""Which release of a package manager the image has, as far as the Dockerfile tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.programs.installers.call import Call
from dockerfix.regexes import regex
from dockerfix.shell import pip_command

__all__ = ["NEWEST", "Release", "release", "stated_version"]

Release = tuple[int, ...]
NEWEST: Release = (9999,)
_REQUIREMENT = regex(r"(?P<name>[\w.-]+?)(?:\[[^]]*\])?\s*(?P<limit>(?:[<>=~!]=?=?.*)?)\Z")
_LEAST = regex(r">=\s*v?(\d[\d.]*)")
_EXACT = regex(r"===?\s*v?(\d[\d.]*)")


def release(text: str) -> Release:
    """The numbers of a version; none for what is no version."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(map(int, found[1].split("."))) if found is not None else ()


def stated_version(call: Call, tool: str) -> Release | None:
    """The release that the steps above, or the variable `TOOL_VERSION`, say; None where nothing does.

    `NEWEST` stands for what pip finds on the day of the build: it installs the newest release where no limit is set,
    but leaves one alone that is there, unless told to upgrade.
    """
    said = call.setting(f"{tool.upper()}_VERSION")
    if said is not None:
        return release(said) or None
    found = (_installed(item, tool) for item in _above(call))
    return next((version for version in found if version is not None), None)


def _above(call: Call) -> Iterator[RunCommand]:
    """The commands above a call, nearest first."""
    own = list(call.step.commands or ())
    names = [item.command for item in own]
    at = names.index(call.item.command) if call.item.command in names else 0
    yield from reversed(own[:at])
    step = call.step.previous
    while step is not None:
        yield from reversed(step.commands or ())
        step = step.previous


def _installed(item: RunCommand, tool: str) -> Release | None:
    pip = pip_command(item.program)
    if pip is None or pip.verb != "install" or pip.has("-t", "--target", "--prefix", "--root"):
        return None
    for text in pip.packages:
        found = _REQUIREMENT.match(text or "")
        if found is None or found["name"].lower() != tool:
            continue
        exact = _EXACT.search(found["limit"])
        if exact is not None:
            return release(exact[1])
        least = _LEAST.search(found["limit"])
        if least is not None:
            return release(least[1])
        is_upgraded = tool != "pip" or pip.has("-U", "--upgrade")
        return NEWEST if is_upgraded and "<" not in found["limit"] and "~" not in found["limit"] else None
    return None
