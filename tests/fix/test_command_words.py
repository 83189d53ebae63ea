"""A rule that may change options of commands may change no command: the gate sees the difference."""

from __future__ import annotations

import pytest

from dockerfix.image import Aspect, differences, image
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse

_BEFORE = "FROM node:22\nRUN cd web && npm install --production && npm run build\n"
_ALLOWED = frozenset({Aspect.COMMAND_WORDS})


def _differs(after: str) -> bool:
    context = BuildContext.unknown()
    models = (image(parse(text), context) for text in (_BEFORE, after))
    return bool(differences(*models, _ALLOWED))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("install --production", "ci --omit=dev"),
        ("install", "install --frozen-lockfile"),
        ("run build", "run build -s"),
    ],
)
def test_options_and_verbs_may_change(old: str, new: str) -> None:
    assert not _differs(_BEFORE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" && npm run build", ""),
        ("npm run build", "rm -rf /"),
        ("&& npm run", "|| npm run"),
        ("npm run build", "npm run build > /dev/null"),
        ("cd web && ", ""),
        ("RUN", "RUN --network=none"),
        ("npm run", "npm ci\nRUN npm run"),
    ],
)
def test_no_command_may_come_or_go(old: str, new: str) -> None:
    assert _differs(_BEFORE.replace(old, new))
