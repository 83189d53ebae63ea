"""Which recogniser reads a command, by the name of its program. A new package manager is one file and one line here."""

from __future__ import annotations

import re
from importlib import import_module

from dockerfix.image.installers.call import Call
from dockerfix.image.installers.contract import Install, Recogniser

__all__ = ["install_of"]

# Program to module and function; a module is imported when its program is met.
_RECOGNISERS: dict[str, tuple[str, str]] = {
    "pip": ("pip", "pip_install"),
    "python": ("pip", "pip_install"),
    "uv": ("pip", "pip_install"),
}
_VERSION = re.compile(r"(?<=[a-z])[\d.]+\Z")


def install_of(call: Call) -> Install | None:
    """The dependency install that a command is; None for any other command."""
    name = call.program.name
    found = _RECOGNISERS.get(_VERSION.sub("", name)) if name is not None else None
    if found is None:
        return None
    recogniser: Recogniser = getattr(import_module(f"dockerfix.image.installers.{found[0]}"), found[1])
    return recogniser(call)
