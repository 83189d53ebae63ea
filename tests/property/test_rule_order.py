"""The order in which rules are asked is moot: every order gives the same text."""

from __future__ import annotations

import random

import pytest

from dockerfix.fix import repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.syntax import parse

_PROJECT = {
    "requirements.txt": "-r base.txt\nuvicorn\n",
    "base.txt": "fastapi\n",
    "main.py": "from fastapi import FastAPI\napp = FastAPI()\nopen('data/log.txt', 'a')\n",
    ".env": "SECRET=1\n",
}
_FILES = {
    "lesson": """\
FROM python:latest

# app dir
WORKDIR /app
COPY . .
# deps
RUN pip install -r requirements.txt

EXPOSE 8000
CMD uvicorn main:app --host 0.0.0.0 --port 8000
""",
    "continuations": """\
from python:3 as build
copy . /src
run pip install --upgrade pip && \\
    # pinned elsewhere
    pip install -r /src/requirements.txt
from python:3-slim
workdir /src
copy --from=build /usr/local /usr/local
copy . .
cmd cd /src && uvicorn main:app --port $PORT
""",
    "heredoc": """\
FROM python:slim
WORKDIR /srv
ADD . .
RUN <<EOF
set -e
pip install -r requirements.txt
EOF
ENTRYPOINT python main.py
""",
}


@pytest.mark.parametrize("name", _FILES)
def test_shuffled_rules_give_the_same_text(name: str) -> None:
    rules = [rule() for rule in all_rules()]
    results = set()
    for seed in range(8):
        random.Random(seed).shuffle(rules)
        outcome = repair(parse(_FILES[name]), BuildContext.of_files(_PROJECT), rules)
        assert not outcome.held_back, outcome.held_back[0].reason
        results.add((outcome.after.source, tuple(sorted(change.after for change in outcome.files))))
    assert len(results) == 1
