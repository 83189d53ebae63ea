"""The line that an ignore file gets for what an install fills."""

from __future__ import annotations

import pytest
from modelled import modelled

from dockerfix.plans.order.filled import ignoring

HEAD = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


def after(ignore: str, *paths: str) -> str | None:
    """What becomes of an ignore file that is to leave paths out; None where that cannot be."""
    model = modelled(HEAD, {"package.json": "{}", "index.js": "", ".dockerignore": ignore})
    found = ignoring(model.dockerfile, model.context, paths)
    return None if found is None else found[2].decode()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", "node_modules\n"),
        (".git\n", ".git\nnode_modules\n"),
        (".git", ".git\nnode_modules\n"),
        (".git\r\n.env\r\n", ".git\r\n.env\r\nnode_modules\r\n"),
        (
            "# environments\n.venv\n\n# the build\nDockerfile\n",
            "# environments\n.venv\nnode_modules\n\n# the build\nDockerfile\n",
        ),
        ("venv/\n*.log\n", "venv/\nnode_modules\n*.log\n"),
        ("venv\n*.log\n!keep.log\n", "venv\n*.log\n!keep.log\nnode_modules\n"),
    ],
)
def test_line_stands_beside_others_of_its_kind(before: str, expected: str) -> None:
    assert after(before, "node_modules") == expected


def test_folder_of_a_member_is_left_out_everywhere() -> None:
    assert after("", "node_modules", "apps/web/node_modules") == "**/node_modules\n"


def test_what_is_sent_now_is_not_left_out() -> None:
    assert after("", "index.js") is None
