"""What 107 repositories of 2024–2026 that nobody had looked at showed, and what is of its kind."""

from __future__ import annotations

import json

import pytest

from dockerfix.fix import Outcome, repair
from dockerfix.rule import BuildContext, Rule
from dockerfix.rules.base.latest_tag import LatestTag
from dockerfix.rules.context.missing_ignore_file import MissingIgnoreFile
from dockerfix.rules.order.install_with_source import InstallWithSource
from dockerfix.rules.packages.compiler_without_headers import CompilerWithoutHeaders
from dockerfix.rules.user.chown_after_copy import ChownAfterCopy
from dockerfix.rules.user.root_user import RootUser
from dockerfix.syntax import parse

MANIFEST = json.dumps(
    {"scripts": {"dev": "vite"}, "dependencies": {"vue": "3"}, "devDependencies": {"vite": "6", "vite-plugin-new": "1"}}
)
VITE = {
    "package.json": MANIFEST,
    "package-lock.json": "{}",
    "vite.config.js": "import fresh from 'vite-plugin-new'\nexport default { plugins: [fresh()] }\n",
    "src/main.js": "import { createApp } from 'vue'\n",
}


def of(text: str, files: dict[str, str], *rules: Rule) -> Outcome:
    outcome = repair(parse(text), BuildContext.of_files(files), list(rules))
    assert not outcome.held_back, outcome.held_back[0].reason
    return outcome


def because(outcome: Outcome) -> str:
    found = [one.finding for one in (*outcome.applied, *outcome.remaining)]
    return "\n".join((one.fix.because if one.fix is not None else one.because) or "" for one in found)


@pytest.mark.parametrize("tag", ["tip-bookworm", "tip", "rc-alpine", "tip-20250906-alpine"])
def test_a_tag_of_what_is_not_released_is_not_pinned(tag: str) -> None:
    text = f"FROM golang:{tag}\nRUN go version\n"
    assert of(text, {"go.mod": "module a\n\ngo 1.26\n"}, LatestTag()).after.text == text


def test_a_nightly_of_node_is_not_pinned() -> None:
    text = "FROM node:current-alpine AS a\nRUN npm -v\nFROM node:nightly-alpine\nRUN npm -v\n"
    after = of(text, {".nvmrc": "22\n"}, LatestTag()).after.text
    assert after == text.replace("current", "22")


def test_the_release_that_go_mod_asks_for_stays_while_it_gets_fixes() -> None:
    outcome = of("FROM golang:alpine\nRUN go version\n", {"go.mod": "module a\n\ngo 1.26\n"}, LatestTag())
    assert outcome.after.text == "FROM golang:1.26-alpine\nRUN go version\n"


def test_an_old_go_that_is_named_exactly_stays() -> None:
    outcome = of("FROM golang:latest\nRUN go version\n", {".tool-versions": "golang 1.21.3\n"}, LatestTag())
    assert outcome.after.text == "FROM golang:1.21\nRUN go version\n"


@pytest.mark.parametrize("install", ["npm ci", "npm install", "yarn", "pnpm install", "yarn install --immutable"])
def test_the_folder_of_packages_is_given_for_the_caches_of_tools(install: str) -> None:
    text = f'FROM node:22-slim\nWORKDIR /app\nCOPY package*.json ./\nRUN {install}\nCOPY . .\nCMD ["npx", "vite"]\n'
    after = of(text, VITE, RootUser()).after.text
    assert "\nUSER node\n" in after
    late = after.partition("COPY --chown=node:node . .\n")[2]
    assert "mkdir -p /app/node_modules && chown node:node " in late
    assert "/app/node_modules\nUSER node\n" in late


def test_packages_that_a_copy_brings_are_given_by_it() -> None:
    text = (
        "FROM node:22-slim AS deps\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\n"
        "FROM node:22-slim\nWORKDIR /app\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\n"
        'CMD ["npx", "vite"]\n'
    )
    after = of(text, VITE, RootUser()).after.text
    assert "COPY --from=deps --chown=node:node /app/node_modules ./node_modules\n" in after
    assert "mkdir" not in after


WATCHED = """\
services:
  app:
    build:
      context: .
      dockerfile: %s
    develop:
      watch:
        - path: ./src
          action: %s
          target: /app/src
        - path: package.json
          action: rebuild
"""
APP = {"package.json": '{"dependencies": {"express": "4"}}', "src/index.js": "const express = require('express')\n"}
WATCH = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["node", "src/index.js"]\n'


@pytest.mark.parametrize("action", ["sync", "sync+restart", "sync+exec"])
@pytest.mark.parametrize("name", ["Dockerfile", "${FILE:-Dockerfile.dev}"])
def test_what_compose_watch_writes_belongs_to_the_user(action: str, name: str) -> None:
    outcome = of(WATCH, {**APP, "compose.yaml": WATCHED % (name, action)}, RootUser())
    assert "chown -R node:node /app/src\n" in outcome.after.text
    assert "compose.yaml:8" in because(outcome)


@pytest.mark.parametrize(("name", "action"), [("Dockerfile", "rebuild"), ("Dockerfile.dev", "sync")])
def test_a_rebuild_writes_nothing_nor_does_another_file(name: str, action: str) -> None:
    outcome = of(WATCH, {**APP, "compose.yaml": WATCHED % (name, action)}, RootUser())
    assert "\nUSER node\n" in outcome.after.text
    assert "chown" not in outcome.after.text


TEMPLATE = "__pycache__/\n*.egg-info/\n.tox/\n.coverage\nhtmlcov/\n.pypirc\n.hypothesis/\n.idea/\n"
FRONT = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"


def test_a_project_without_python_gets_none_of_its_caches() -> None:
    files = {"package.json": "{}", "index.html": "", ".gitignore": TEMPLATE}
    written = of(FRONT, files, MissingIgnoreFile()).files[0].after.decode()
    assert "egg-info" not in written
    assert ".pypirc" not in written
    assert ".idea\n" in written


def test_a_cache_that_stands_there_is_named() -> None:
    files = {"package.json": "{}", "htmlcov/index.html": "", ".gitignore": TEMPLATE}
    assert "\nhtmlcov\n" in of(FRONT, files, MissingIgnoreFile()).files[0].after.decode()


def test_an_ignore_file_that_no_copied_folder_can_feel_is_not_safe() -> None:
    text = "FROM eclipse-temurin:21-jdk\nWORKDIR /app\nCOPY src ./src\n"
    outcome = of(text, {"src/A.java": "", "pom.xml": ""}, MissingIgnoreFile())
    assert not outcome.files
    assert "no folder that is copied can hold what it would hide" in because(outcome)


def test_a_comment_that_speaks_of_the_compiler_holds_it() -> None:
    text = (
        "FROM python:3.12-slim\n# gcc: compilar extensiones C\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev\nCOPY . .\n"
        'RUN pip install flask\nCMD ["flask", "run"]\n'
    )
    outcome = of(text, {"app.py": "import flask\n"}, CompilerWithoutHeaders())
    assert outcome.after.text == text
    assert "the comment above it speaks of gcc" in because(outcome)


def test_a_moved_user_keeps_the_blank_line_of_the_file() -> None:
    text = (
        "FROM python:3.12-slim\nWORKDIR /app\n\n# code\nCOPY . .\n\n# user\nRUN useradd -m app && \\\n"
        '    chown -R app:app /app\n\nUSER app\nCMD ["python", "a.py"]\n'
    )
    after = of(text, {"a.py": ""}, ChownAfterCopy()).after.text
    assert "chown app:app /app\n\n# code\nCOPY --chown=app:app . .\n\nUSER app\n" in after


NEXT = {
    "package.json": '{"scripts": {"build": "next build"}}',
    "apps/web/package.json": '{"dependencies": {"next": "15", "react": "19"}, "scripts": {"build": "next build"}}',
    "apps/web/next.config.js": 'module.exports = { output: "standalone" }\n',
    "apps/web/app/page.tsx": "import Image from 'next/image'\n",
}


def test_a_standalone_server_works_in_its_own_folder() -> None:
    text = (
        "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN cd apps/web && npm run build\n"
        "FROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app/apps/web/.next/standalone ./\n"
        'COPY --from=build /app/apps/web/.next/static ./apps/web/.next/static\nCMD ["node", "apps/web/server.js"]\n'
    )
    after = of(text, NEXT, RootUser()).after.text
    assert "/app/apps/web/.next" in after
    assert "/app/.next" not in after.replace("/app/apps/web/.next", "")


def test_what_only_an_earlier_repair_wrote_is_no_finding() -> None:
    text = (
        "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"
        "FROM node:22-slim\nWORKDIR /app\nCOPY --from=build /app/package.json ./\n"
        "COPY --from=build /app/.next ./.next\nCOPY --from=build /app/node_modules ./node_modules\n"
        'CMD ["npx", "next", "start"]\n'
    )
    files = {"package.json": '{"dependencies": {"next": "15"}, "scripts": {"build": "next build"}}'}
    outcome = of(text, files, RootUser(), ChownAfterCopy())
    assert {one.finding.code for one in outcome.applied} == {"DF501"}


MAIL = "import aiosmtplib\nfrom fastapi import FastAPI\n\nfrom settings import settings\n\napp = FastAPI()\n\n\n"
SETTINGS = 'class Settings:\n    SMTP_HOST: str = ""\n    SMTP_PORT: int = 587\n\n\nsettings = Settings()\n'
SERVE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["uvicorn", "main:app"]\n'


@pytest.mark.parametrize(
    "call",
    [
        "async def mail():\n    await aiosmtplib.send('m', hostname=settings.SMTP_HOST, port=settings.SMTP_PORT)\n",
        "async def mail():\n    await deliver('m', host=settings.SMTP_HOST, port=settings.SMTP_PORT)\n",
    ],
)
def test_who_sends_mail_does_not_listen(call: str) -> None:
    outcome = of(SERVE, {"main.py": MAIL + call, "settings.py": SETTINGS}, RootUser())
    assert "\nUSER app\n" in outcome.after.text


def test_who_listens_everywhere_on_a_low_port_still_does() -> None:
    code = MAIL + "def serve():\n    deliver('', host='0.0.0.0', port=87)\n"
    assert "listens on port 87" in because(of(SERVE, {"main.py": code, "settings.py": SETTINGS}, RootUser()))


def test_modules_that_are_downloaded_already_are_not_downloaded_twice() -> None:
    text = (
        "FROM golang:1.26\nWORKDIR /src\nCOPY go.mod ./\nRUN go mod download || true\nCOPY . .\n"
        "RUN go build -o /out/api ./cmd/api\n"
    )
    files = {"go.mod": "module a\n\ngo 1.26\n\nrequire b.example/b v1.0.0\n", "go.sum": "x\n", "cmd/api/main.go": ""}
    assert of(text, files, InstallWithSource()).after.text == text


def test_a_comment_on_the_install_stays_on_it_where_the_first_half_only_fetches() -> None:
    text = (
        "FROM node:22-slim\nRUN corepack enable\nWORKDIR /app\n"
        "COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./\nCOPY packages ./packages\n"
        "# Install dependencies with postinstall (native modules)\nRUN pnpm install --frozen-lockfile\n"
    )
    files = {
        "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
        "package.json": '{"packageManager": "pnpm@9.15.0"}',
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "packages/a/package.json": '{"name": "a", "scripts": {"postinstall": "node build.js"}}',
        "packages/a/build.js": "",
        ".dockerignore": "**/node_modules\n",
    }
    after = of(text, files, InstallWithSource()).after.text
    assert "RUN pnpm fetch\n" in after
    assert "(native modules)\nRUN pnpm install" in after


def test_a_named_pipe_of_windows_is_no_endless_path() -> None:
    text = "FROM oven/bun:1-slim\nWORKDIR /app\nCOPY package.json .\nRUN bun install\nCOPY src/ ./src/\n"
    text += 'CMD ["bun", "run", "src/index.ts"]\n'
    source = 'import Docker from "dockerode";\nconst docker = new Docker({ socketPath: "//./pipe/docker_engine" });\n'
    outcome = of(text, {"package.json": '{"dependencies": {"dockerode": "4"}}', "src/index.ts": source}, RootUser())
    assert "dockerode" in because(outcome)
