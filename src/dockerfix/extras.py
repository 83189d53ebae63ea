"""How to install what an extra brings, from where this copy of dockerfix came.

The name `dockerfix` on a package index is never part of the sentence: until a release is there, whoever takes the name
would run code on the machine of everybody who follows it.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["install_line", "requirement"]

_ELSEWHERE = "git+https://… (the address that you had dockerfix from)"


def install_line(extra: str) -> str:
    """The command that adds an extra: `pip install '/home/me/dockerfix[gitlab]'`, or with a Git address and commit."""
    found = requirement(extra)
    return f"pip install '{found}'" if found else f"pip install 'dockerfix[{extra}] @ {_ELSEWHERE}'"


def requirement(extra: str = "") -> str | None:
    """Where this copy came from, as pip takes it; None where that is not known.

    Source: PEP 610, `direct_url.json`, which pip and uv write for what was not installed from an index.
    """
    try:
        text = distribution("dockerfix").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    try:
        return _requirement(f"[{extra}]" if extra else "", json.loads(text or "{}"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _requirement(extra: str, origin: dict[str, dict[str, str]]) -> str:
    url = str(origin["url"])
    if "vcs_info" in origin:
        commit = origin["vcs_info"].get("commit_id", "")
        return f"dockerfix{extra} @ git+{url}" + (f"@{commit}" if commit else "")
    folder = Path(unquote(urlsplit(url).path))
    if url.startswith("file:") and folder.is_dir():
        return f"{folder}{extra}"
    raise KeyError("url")
