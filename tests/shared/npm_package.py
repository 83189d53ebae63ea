"""Packages of the npm registry that tests judge by; without npm or its registry those tests are skipped, and say so."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["npm_package"]

_KEPT = Path.home() / ".cache" / "dockerfix-npm"


def npm_package(name: str, version: str) -> Path:
    """The folder of an installed package, kept for the next run."""
    folder = _KEPT / f"{name.replace('/', '+')}@{version}"
    installed = folder / "node_modules" / name
    if not installed.is_dir():
        if shutil.which("npm") is None:
            pytest.skip(f"npm is missing: {name} cannot be fetched")
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--ignore-scripts", "--prefix", str(folder)]
        done = subprocess.run([*command, f"{name}@{version}"], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"{name} cannot be fetched: {done.stderr.strip()[-200:]}")
    return installed
