"""The lines for Neovim in docs/editors.md, run by Neovim."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = "FROM python:3.12-slim\nRUN pip install flask\n"
SAVE = """
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)
for _, found in ipairs(vim.diagnostic.get(0)) do print('seen ' .. found.code) end
vim.cmd('write')
vim.cmd('wall')
vim.cmd('qall!')
"""


def _is_new_enough() -> bool:
    if shutil.which("nvim") is None:
        return False
    said = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= (0, 11)


@pytest.mark.skipif(not _is_new_enough(), reason="Neovim 0.11 is not installed")
def test_neovim_shows_findings_and_repairs_what_is_saved(folder: Path) -> None:
    lines = re.findall(r"```lua\n(.*?)```", (ROOT / "docs" / "editors.md").read_text(), re.DOTALL)
    settings = folder / "settings" / "nvim"
    settings.mkdir(parents=True)
    (settings / "init.lua").write_text("\n".join(lines))
    (folder / "save.lua").write_text(SAVE)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    places = {f"XDG_{kind}_HOME": str(folder / "settings") for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    words = ["nvim", "--headless", "Dockerfile", "+luafile save.lua"]
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **places, "PATH": path}, capture_output=True, text=True, timeout=120
    )
    assert "seen DF301" in done.stdout + done.stderr
    assert (folder / "Dockerfile").read_text() == DOCKERFILE.replace("install", "install --no-cache-dir")
