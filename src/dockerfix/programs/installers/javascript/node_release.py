"""Whether the npm of an image is one of today's (7 or later), as far as the Dockerfile tells."""

from __future__ import annotations

from dockerfix.image.model import StageImage, Step
from dockerfix.programs.installers.arguments import Arguments
from dockerfix.programs.installers.javascript.npm_calls import npm_call
from dockerfix.regexes import regex

__all__ = ["has_new_npm"]

_FIRST_NODE, _FIRST_NPM = 15, 7  # Source: Node.js, "Previous releases": npm 7 came with 15
_FLOATING = regex(r"(?:latest|lts|current|hydrogen|iron|jod|krypton|alpine|slim|bookworm|trixie|bullseye|[-\d.])*\Z")
_MAJOR = regex(r"[\^~]?v?(\d+)")


def has_new_npm(stage: StageImage, until: Step) -> bool | None:
    """Whether npm is 7 or later at a step; None where that is not known."""
    found: bool | None = None
    facts = stage.facts
    if facts is not None and facts.family == "node":
        major = _MAJOR.match(facts.version or "")
        if major is not None:
            found = int(major[1]) >= _FIRST_NODE
        elif facts.version is None and _FLOATING.match(facts.variant):
            found = True
    for step in stage.all_steps:
        if step is until:
            break
        for item in step.commands or ():
            found = _replaced(npm_call(item.program), found)
    return found


def _replaced(given: Arguments | None, found: bool | None) -> bool | None:
    """What `npm install -g npm@…` makes of it."""
    if given is None or not given.has("-g", "--global"):
        return found
    for word in given.operands[1:]:
        name, _, wanted = (word or "").partition("@")
        if name == "npm":
            major = _MAJOR.match(wanted)
            known = wanted in ("", "latest", "next", "lts")
            found = int(major[1]) >= _FIRST_NPM if major is not None else (True if known else None)
    return found
