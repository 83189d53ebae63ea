"""Folders below /tmp that the build made: they are root's, and /tmp itself is everybody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import repaired

_NODE = "FROM node:22-slim\nWORKDIR /app\nCOPY package.json server.js ./\n"
_PYTHON = "FROM python:3.12-slim\nWORKDIR /app\nCOPY main.py ./\n"
_GO = "FROM golang:1.24\nWORKDIR /app\nCOPY main.go go.mod ./\nRUN go build -o app .\n"
_SOURCES = {
    "server.js": "require('fs').writeFileSync('/tmp/work/a.txt', 'x')\n",
    "main.py": "open('/tmp/work/a.txt', 'w').write('x')\n",
    "main.go": 'package main\n\nimport "os"\n\nfunc main() { os.WriteFile("/tmp/work/a.txt", nil, 0o600) }\n',
    "go.mod": "module x\n",
    "work/seed.txt": "x",
}
_STARTS = [(_NODE, "CMD node server.js\n"), (_PYTHON, "CMD python main.py\n"), (_GO, "CMD ./app\n")]


@pytest.mark.parametrize(("head", "start"), _STARTS)
@pytest.mark.parametrize("made", ["COPY work /tmp/work\n", "COPY work/ /tmp/work/\n", "RUN mkdir -p /tmp/work\n"])
def test_a_folder_that_the_build_made_in_tmp_changes_hands(head: str, start: str, made: str, tmp_path: Path) -> None:
    after = repaired("missed-glob-between-stages", tmp_path, {**_SOURCES, "Dockerfile": head + made + start})
    assert "DF501" in after.applied
    assert " /tmp/work\n" in after.text[after.text.index("chown") :]


@pytest.mark.parametrize(("head", "start"), _STARTS)
def test_a_new_folder_in_tmp_needs_nothing(head: str, start: str, tmp_path: Path) -> None:
    after = repaired("missed-glob-between-stages", tmp_path, {**_SOURCES, "Dockerfile": head + start})
    assert "DF501" in after.applied
    assert "chown" not in after.text
