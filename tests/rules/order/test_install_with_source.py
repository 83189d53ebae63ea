"""DF202: how a RUN is parted, and when it is not."""

from __future__ import annotations

import pytest
from ordering import assert_becomes, assert_unchanged, findings, repaired, written

from dockerfix.rules.order.copy_before_install import CopyBeforeInstall
from dockerfix.rules.order.install_with_source import InstallWithSource

IGNORED = {".dockerignore": ".venv\nnode_modules\n"}
UV = {
    **IGNORED,
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n[build-system]\nbuild-backend = "hatchling.build"\n',
    "uv.lock": "version = 1\n",
    "app.py": "",
}
POETRY = {**IGNORED, "pyproject.toml": '[tool.poetry]\nname = "app"\nversion = "1"\n', "poetry.lock": "", "app.py": ""}
PDM = {**IGNORED, "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n', "pdm.lock": "", "app.py": ""}
NPM = {**IGNORED, "package.json": "{}", "package-lock.json": "{}", "index.js": ""}


def reason(run: str, files: dict[str, str]) -> str:
    """Why a RUN below `COPY . .` cannot be parted."""
    (finding,) = findings(f"FROM debian:12-slim\nWORKDIR /app\nCOPY . .\nRUN {run}\n", files, InstallWithSource)
    assert finding.fix is None
    return finding.because


def parted(run: str, files: dict[str, str]) -> str:
    """What stands below WORKDIR once a RUN below `COPY . .` is parted."""
    head = "FROM debian:12-slim\nWORKDIR /app\n"
    return repaired(f"{head}COPY . .\nRUN {run}\n", files).removeprefix(head)


def test_both_rules_together_move_the_tool_and_part_the_install() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN apt-get update && apt-get install -y gcc
        RUN pip install poetry
        RUN poetry install
        CMD ["app"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        RUN apt-get update && apt-get install -y gcc
        RUN pip install poetry
        COPY pyproject.toml poetry.lock ./
        RUN poetry install --no-root
        COPY . .
        RUN poetry install
        CMD ["app"]
        """
    for rules in ((CopyBeforeInstall, InstallWithSource), (InstallWithSource, CopyBeforeInstall)):
        assert_becomes(before, after, POETRY, *rules)


def test_comment_of_the_install_stays_with_the_dependencies() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app

        # the project
        COPY . .

        # install it
        RUN uv sync --locked

        CMD ["app"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app

        COPY pyproject.toml uv.lock ./

        # install it
        RUN uv sync --no-install-project --locked

        # the project
        COPY . .

        RUN uv sync --locked

        CMD ["app"]
        """
    assert_becomes(before, after, UV)


def test_pdm() -> None:
    assert parted("pdm install --check --prod --no-editable", PDM) == written(
        """
        COPY pyproject.toml pdm.lock ./
        RUN pdm install --no-self --check --prod --no-editable
        COPY . .
        RUN pdm install --check --prod --no-editable
        """
    )


def test_pnpm_fetches_what_the_install_then_finds() -> None:
    files = {**IGNORED, "package.json": '{"scripts": {"prepare": "tsc"}}', "pnpm-lock.yaml": "", "index.ts": ""}
    assert parted("corepack enable && pnpm install --frozen-lockfile", files) == written(
        """
        COPY pnpm-lock.yaml ./
        RUN corepack enable && pnpm fetch
        COPY . .
        RUN pnpm install --frozen-lockfile
        """
    ).replace("pnpm-lock.yaml ./", "pnpm-lock.yaml .")


def test_list_is_cut_in_front_of_the_first_command_that_needs_the_source() -> None:
    assert parted("npm ci && npm --version && npm run build && npm test", NPM) == written(
        """
        COPY package.json package-lock.json ./
        RUN npm ci && npm --version
        COPY . .
        RUN npm run build && npm test
        """
    )


def test_lines_of_a_list_stay_as_they_are_written() -> None:
    assert parted("npm ci \\\n && npm run build \\\n && npm test", NPM) == written(
        """
        COPY package.json package-lock.json ./
        RUN npm ci
        COPY . .
        RUN npm run build \\
         && npm test
        """
    )


def test_another_command_stands_on_the_line_of_the_one_it_is_for() -> None:
    assert parted("pip install uv && \\\n    uv pip install --system .", UV) == written(
        """
        COPY pyproject.toml .
        RUN pip install uv && \\
            uv pip install --system -r pyproject.toml
        COPY . .
        RUN uv pip install --system .
        """
    )


def test_what_follows_the_install_runs_below_the_source_where_it_needs_it() -> None:
    assert parted("pip install uv && uv sync && uv cache clean && uv run build.py", {**UV, "build.py": ""}) == written(
        """
        COPY pyproject.toml uv.lock ./
        RUN pip install uv && uv sync --no-install-project && uv cache clean
        COPY . .
        RUN uv sync && uv run build.py
        """
    )


def test_what_tidies_up_behind_the_install_stays_with_the_dependencies() -> None:
    assert parted("poetry install && rm -rf /root/.cache", POETRY) == written(
        """
        COPY pyproject.toml poetry.lock ./
        RUN poetry install --no-root && rm -rf /root/.cache
        COPY . .
        RUN poetry install
        """
    )


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("npm ci && npm run build && rm -rf node_modules", "rm tidies up"),
        ("npm ci && npm run build && npm prune --omit=dev", "npm tidies up"),
        ("npm ci && npm run build && chown -R 1000 /app", "chown tidies up"),
        ("export CI=1 && npm ci && npm run build", "export in the same RUN holds"),
        ("cd . && npm ci && npm run build", "cd in the same RUN holds"),
        ("npm ci; npm run build", "not a plain list"),
        ("npm ci && npm run build > log", "redirections"),
        ("npm ci && \\\n    # build it\n    npm run build", "comments"),
        ("npm ci && sh -c 'npm run build'", "a shell of its own"),
        ("if true; then npm ci && npm run build; fi", "not a plain list"),
    ],
)
def test_run_that_is_not_parted(run: str, words: str) -> None:
    assert words in reason(run, NPM)


def test_setting_of_the_shell_is_no_reason_to_keep_a_list_whole() -> None:
    assert parted("set -ex && npm ci && npm run build", NPM) == written(
        """
        COPY package.json package-lock.json ./
        RUN set -ex && npm ci
        COPY . .
        RUN npm run build
        """
    )


def test_system_packages_alone_are_not_parted_from_what_is_built() -> None:
    text = """
        FROM debian:12-slim
        WORKDIR /app
        COPY . .
        RUN apt-get update && apt-get install -y gcc && make
        """
    assert_unchanged(text, {"Makefile": ""})


def test_one_command_with_a_semicolon_behind_it_is_parted() -> None:
    assert parted("poetry install --with dev;", POETRY) == written(
        """
        COPY pyproject.toml poetry.lock ./
        RUN poetry install --no-root --with dev
        COPY . .
        RUN poetry install --with dev;
        """
    )


def test_exec_form_is_not_parted() -> None:
    text = """
        FROM debian:12-slim
        WORKDIR /app
        COPY . .
        RUN ["uv", "sync"]
        """
    (finding,) = findings(text, UV, InstallWithSource)
    assert (
        finding.because
        == "it installs the project itself, which needs the source; its RUN is not a plain list of commands"
    )


def test_environment_in_the_project_that_is_sent_to_the_builder_is_no_longer_replaced() -> None:
    files = {**UV, ".dockerignore": "", ".venv/bin/python": ""}
    assert "would replace what uv installs" in reason("uv sync", files)


def test_dependencies_that_another_run_installed_leave_nothing_to_part() -> None:
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY pyproject.toml uv.lock ./
        RUN uv pip install --system -r pyproject.toml
        COPY . .
        RUN uv pip install --system -e .
        """
    assert_unchanged(text, UV)
    assert not findings(text, UV, InstallWithSource)


def test_fetch_is_not_done_twice() -> None:
    files = {**IGNORED, "package.json": '{"scripts": {"prepare": "tsc"}}', "pnpm-lock.yaml": "", ".npmrc": ""}
    text = """
        FROM node:22-slim
        WORKDIR /app
        COPY package.json pnpm-lock.yaml ./
        RUN pnpm fetch
        COPY . .
        RUN pnpm install --offline
        """
    assert_unchanged(text, {**files, "index.ts": ""})


def test_what_only_the_second_half_reads_is_not_copied_first() -> None:
    files = {**NPM, "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n'}
    assert parted("npm ci && npm run build && pip install -e .", files) == written(
        """
        COPY package.json package-lock.json ./
        RUN npm ci
        COPY . .
        RUN npm run build && pip install -e .
        """
    )


def test_project_alone_is_no_finding() -> None:
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN pip install --no-deps -e .
        """
    assert not findings(text, UV, InstallWithSource)


def test_stage_after_the_one_that_installed() -> None:
    before = """
        FROM python:3.12-slim AS base
        WORKDIR /app
        RUN pip install uv
        FROM base
        COPY . .
        RUN uv sync
        """
    after = """
        FROM python:3.12-slim AS base
        WORKDIR /app
        RUN pip install uv
        FROM base
        COPY pyproject.toml uv.lock ./
        RUN uv sync --no-install-project
        COPY . .
        RUN uv sync
        """
    assert_becomes(before, after, UV)
