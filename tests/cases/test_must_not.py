"""Inputs at which a repair of today's Dockerfiles must hold still, or do something else: one of each kind seen."""

from __future__ import annotations

import json

import pytest

from dockerfix.config import Settings
from dockerfix.fix import Outcome, repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules
from dockerfix.selection import rules_for
from dockerfix.syntax import parse

NODE = "FROM node:22-slim\nWORKDIR /app\n"
START = 'CMD ["node", "server.js"]\n'


def _repaired(text: str, files: dict[str, str], *codes: str, cache: str | None = None) -> Outcome:
    rules = rules_for(all_rules(), Settings(select=codes or None, cache=cache))
    return repair(parse(text), BuildContext.of_files(files), rules)


def _stays(text: str, files: dict[str, str], code: str) -> None:
    assert not _repaired(text, files, code).changed


def _express(code: str = "require('express')()\n", **others: str) -> dict[str, str]:
    package = {"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}
    return {"package.json": json.dumps(package), "server.js": code, **others}


def test_node_env_goes_below_the_last_install_and_build() -> None:
    text = NODE + "COPY . .\nRUN npm ci\nRUN npm run build\n" + START
    lines = _repaired(text, _express(), "DF904").after.text.splitlines()
    assert lines.index("ENV NODE_ENV=production") > lines.index("RUN npm run build")


@pytest.mark.parametrize(
    "code",
    [
        "app.use(session({cookie: {secure: process.env.NODE_ENV === 'production'}}))\n",
        "const ssl = process.env['NODE_ENV'] === 'production' ? {} : false\n",
        "const { NODE_ENV } = process.env\nif (NODE_ENV != 'production') seed()\n",
        "const env = process.env.NODE_ENV || 'development'\nmodule.exports = require('./config')[env]\n",
    ],
)
def test_node_env_that_the_code_asks_for_is_a_persons_to_set(code: str) -> None:
    outcome = _repaired(NODE + "COPY . .\nRUN npm ci\n" + START, _express(code), "DF904")
    assert not outcome.changed
    assert "server.js:1 asks for it" in outcome.remaining[0].finding.because


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["npx", "vite", "preview"]\n',
        'CMD ["npx", "tsx", "server.ts"]\n',
        'CMD ["nodemon", "server.js"]\n',
        "CMD npx next\n",
    ],
)
def test_node_env_is_left_to_tools_that_set_it_or_develop(start: str) -> None:
    _stays(NODE + "COPY . .\nRUN npm ci\n" + start, _express(), "DF904")


def test_node_env_of_an_env_file_that_compose_names_stays_the_only_one() -> None:
    compose = "services:\n  web:\n    build: .\n    env_file: prod.env\n"
    files = _express(**{"compose.yaml": compose, "prod.env": "NODE_ENV=staging\n"})
    _stays(NODE + "COPY . .\nRUN npm ci\n" + START, files, "DF904")


@pytest.mark.parametrize("options", ["--no-frozen-lockfile", "--frozen-lockfile", "--force", "--lockfile-only"])
def test_pnpm_told_about_its_lock_file_is_left_alone(options: str) -> None:
    lock = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n"
    files = {"package.json": "{}", "pnpm-lock.yaml": lock}
    _stays(NODE + f"RUN npm i -g pnpm@10\nCOPY . .\nRUN pnpm i {options}\n", files, "DF903")


def test_a_lock_file_of_another_manager_says_nothing() -> None:
    files = {"package.json": '{"packageManager": "yarn@1.22.22"}', "pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}
    _stays(NODE + "COPY . .\nRUN yarn\n", files, "DF903")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  version", "  extra"),  # nothing that counts
        ("left-pad@^1.3.0", "left-pad@^1.2.0"),
    ],
)
def test_yarn_counts_what_package_json_asks_for(old: str, new: str) -> None:
    lock = '# yarn lockfile v1\n\n\nleft-pad@^1.3.0:\n  version "1.3.0"\n'.replace(old, new)
    files = {"package.json": '{"dependencies": {"left-pad": "^1.3.0"}}', "yarn.lock": lock}
    changed = _repaired(NODE + "COPY . .\nRUN yarn\n", files, "DF903").changed
    assert changed == ("left-pad@^1.3.0" in lock)


def test_the_cache_of_plug_n_play_is_no_cache() -> None:
    files = {"package.json": '{"packageManager": "yarn@4.9.2"}', "yarn.lock": "__metadata:\n  version: 8\n"}
    _stays(NODE + "COPY . .\nRUN corepack enable && yarn install --immutable\n", files, "DF303")


def test_the_version_of_the_project_counts_for_uv() -> None:
    project = '[project]\nname = "a"\nversion = "2"\ndependencies = []\n'
    lock = '[[package]]\nname = "a"\nversion = "1"\nsource = { virtual = "." }\n'
    outcome = _repaired(
        "FROM python:3.12-slim\nWORKDIR /a\nCOPY . .\nRUN uv sync\n",
        {"pyproject.toml": project, "uv.lock": lock},
        "DF319",
    )
    assert not outcome.changed
    assert "not up to date" in outcome.remaining[0].finding.because


@pytest.mark.parametrize("name", ["app.jar", "dist", "build/static", "server", ".env", "certs/tls.key"])
def test_what_a_build_makes_is_not_called_missing(name: str) -> None:
    found = _repaired(f"FROM debian:13\nCOPY {name} /srv/\n", {"README.md": ""}, "DF706").remaining
    assert all(one.finding.declined for one in found)


def test_npm_ci_without_a_lock_file_is_not_repaired_by_guess() -> None:
    outcome = _repaired(NODE + "COPY package*.json ./\nRUN npm ci\n", {"package.json": "{}"}, "DF905")
    assert not outcome.changed
    assert outcome.remaining[0].offered is not None


@pytest.mark.parametrize("name", ["VITE_API_KEY", "NEXT_PUBLIC_STRIPE_TOKEN", "REACT_APP_SECRET_KEY"])
def test_keys_of_pages_are_public(name: str) -> None:
    found = _repaired(f"FROM node:22\nARG {name}=pk_live_1\n", {}, "DF707").remaining
    assert not found


def test_only_one_stage_of_two_is_never_moved_to_another_release() -> None:
    text = "FROM node:18 AS build\nRUN npm ci\nFROM node:18-bullseye\nCOPY --from=build /a /a\n"
    found = _repaired(text, {}, "DF102").remaining
    assert [one.finding.fix for one in found] == [None]


@pytest.mark.parametrize("user", ["node", "1000", "$U"])
def test_a_cache_mount_is_only_where_the_users_cache_lies(user: str) -> None:
    text = f"FROM node:22-slim\nARG U=node\nUSER {user}\nRUN npm ci\n"
    assert "type=cache" not in _repaired(text, {}, cache="mount").after.text


def test_mounts_and_deleted_caches_do_not_undo_each_other() -> None:
    text = (
        "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"
        'RUN pip install --no-cache-dir flask\nCMD ["python", "-c", "1"]\n'
    )
    first = _repaired(text, {}, "DF3", cache="mount")
    again = _repaired(first.after.text, {}, "DF3", cache="mount")
    assert "--no-cache-dir" not in first.after.text
    assert not again.changed
    back = _repaired(first.after.text, {}, "DF3", cache="none")
    assert not back.changed  # what a person chose to mount stays


def test_a_comment_in_a_list_of_commands_survives_the_mounts() -> None:
    text = "FROM node:22\nRUN npm ci \\\n    # nothing stays\n    && npm cache clean --force\n"
    assert "# nothing stays" in _repaired(text, {}, "DF304", cache="mount").after.text
