"""dockerfix repairs Dockerfiles the way a careful reviewer would merge.

    outcome = dockerfix.fix_source("FROM python\\nCMD python app.py\\n", context=".")
    print(outcome.after.text)

Importing this package loads nothing but this file; what is used is loaded when it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerfix.api import fix_file, fix_source

    __version__: str

__all__ = ["__version__", "fix_file", "fix_source"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("dockerfix")
    if name in ("fix_file", "fix_source"):
        from dockerfix import api

        return getattr(api, name)
    raise AttributeError(f"module 'dockerfix' has no attribute {name!r}")
