"""The settings that every uv command reads in the folder it runs in.

Source: uv documentation, "Configuration files".
"""

from __future__ import annotations

from dockerfix.programs.installers.call import Reading
from dockerfix.project.manifests.pyproject import table, toml

__all__ = ["take_uv_settings"]


def take_uv_settings(reading: Reading) -> None:
    """Note `uv.toml`, or a `pyproject.toml` that holds settings of uv."""
    if reading.take("uv.toml") is not None:
        return
    place = reading.call.place("pyproject.toml", reading.folder)
    origin = reading.call.origin(place) if place is not None else None
    if origin is not None and table(toml(reading.call.context, origin) or {}, "tool", "uv"):
        reading.take("pyproject.toml")
