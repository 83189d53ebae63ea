"""What a build leaves in the folder of the app, given to it without what nothing writes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_BUILD = (
    "FROM node:22-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n"
    'CMD ["node", "server.js"]\n'
)
_MANIFEST = '{"scripts": {"build": "node build.js"}, "dependencies": {"express": "4"}}'
_RUNS = 'require("express");\nrequire("child_process").spawn("ffmpeg", ["-i", "a.mp4", "b.mp3"]);\n'


def _repaired(folder: Path, dockerfile: str, server: str) -> Repaired:
    files = {"Dockerfile": dockerfile, ".git/HEAD": "", "package.json": _MANIFEST, "server.js": server}
    for name, text in {**files, "package-lock.json": "{}", "build.js": "\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF501"]))


@pytest.mark.parametrize("install", ["npm ci", "npm install", "pnpm i --frozen-lockfile", "yarn", "bun install"])
def test_packages_stay_roots(install: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _BUILD.replace("npm ci", install), _RUNS)
    kept = "find /app -path /app/node_modules -prune -o ! -user node -exec chown -h node:node {} +\n"
    assert f"RUN npm run build\nRUN {kept}USER node\n" in found.text


def test_a_library_of_which_nothing_is_known_may_write_beside_itself(tmp_path: Path) -> None:
    server = _RUNS + 'require("acme-cache")\n'
    assert "RUN chown -R node:node /app\nUSER node\n" in _repaired(tmp_path, _BUILD, server).text


def test_without_packages_all_changes_hands(tmp_path: Path) -> None:
    found = _repaired(tmp_path, _BUILD.replace("RUN npm ci\n", ""), _RUNS)
    assert "RUN chown -R node:node /app\nUSER node\n" in found.text
