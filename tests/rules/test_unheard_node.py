"""Node as process 1 has no handler for SIGTERM by itself: exec form alone gains nothing, and the report says so."""

from __future__ import annotations

import pytest

from dockerfix.rules.process.shell_form_cmd import ShellFormCmd
from dockerfix.testing import findings

_FILE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD node server.js\n"
_SERVER = "const s = require('http').createServer().listen(80)\n"


@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        (_SERVER, True),
        (_SERVER + "process.on('SIGTERM', () => s.close())\n", False),
        (_SERVER + "process.once('SIGTERM', () => process.exit())\n", False),
        ("console.log('done')\n", False),
    ],
)
def test_exec_form_says_that_it_still_takes_ten_seconds(code: str, is_told: bool) -> None:
    because = findings(_FILE, ShellFormCmd, {"server.js": code})[0].because
    assert ("still takes ten seconds" in because) == is_told


def test_other_programs_are_not_spoken_of() -> None:
    found = findings(_FILE.replace("node server.js", "./serve"), ShellFormCmd, {"serve": ""})
    assert "ten seconds" not in found[0].because
