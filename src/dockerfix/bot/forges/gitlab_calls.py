"""The addresses of GitLab's REST interface (version 4)."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["project"]


def project(path: str) -> str:
    """The address of a project below `/api/v4`."""
    return f"/projects/{quote(path, safe='')}"
