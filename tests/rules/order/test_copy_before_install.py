"""DF201: where the lines go, with their comments and blank lines, and what stays where it is."""

from __future__ import annotations

import pytest
from ordering import assert_becomes, assert_unchanged, findings, repaired, written

from dockerfix.rules.order.copy_before_install import CopyBeforeInstall

APP = {"requirements.txt": "flask\n", "main.py": "", "alembic.ini": "", ".dockerignore": ".venv\nnode_modules\n"}


def test_manifests_stand_right_above_the_install_below_what_is_in_between() -> None:
    before = """
        FROM python:3.12-slim
        COPY . /app
        WORKDIR /app
        RUN apt-get update && apt-get install -y gcc
        RUN pip install --upgrade pip
        RUN pip install -r requirements.txt
        CMD ["python", "main.py"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        RUN apt-get update && apt-get install -y gcc
        RUN pip install --upgrade pip
        COPY requirements.txt /app/
        RUN pip install -r requirements.txt
        COPY . /app
        CMD ["python", "main.py"]
        """
    assert_becomes(before, after, APP)


def test_manifests_stand_above_the_comment_of_the_install() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app

        # the application
        COPY . .

        # system packages
        RUN apt-get update && apt-get install -y gcc

        # the dependencies
        RUN pip install -r requirements.txt

        # start
        CMD ["python", "main.py"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app

        # system packages
        RUN apt-get update && apt-get install -y gcc

        COPY requirements.txt .

        # the dependencies
        RUN pip install -r requirements.txt

        # the application
        COPY . .

        # start
        CMD ["python", "main.py"]
        """
    assert_becomes(before, after, APP)


def test_manifest_does_not_land_above_a_comment_that_announces_it() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        # the code
        COPY . .

        # Copy the requirements
        #COPY requirements.txt .

        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app

        # Copy the requirements
        #COPY requirements.txt .

        COPY requirements.txt .

        RUN pip install -r requirements.txt

        # the code
        COPY . .
        """
    assert_becomes(before, after, APP)


def test_environment_whose_folder_an_env_names_needs_no_source() -> None:
    before = """
        FROM python:3.12-slim
        ENV VIRTUAL_ENV=/opt/venv
        WORKDIR /app
        COPY . .
        RUN python -m venv "$VIRTUAL_ENV" && rm -rf ${VIRTUAL_ENV}/include && pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        ENV VIRTUAL_ENV=/opt/venv
        WORKDIR /app
        COPY requirements.txt .
        RUN python -m venv "$VIRTUAL_ENV" && rm -rf ${VIRTUAL_ENV}/include && pip install -r requirements.txt
        COPY . .
        """
    assert_becomes(before, after, APP)


def test_environment_in_the_project_has_to_be_left_out_of_the_build() -> None:
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN python -m venv env
        RUN env/bin/pip install -r requirements.txt
        """
    (finding,) = findings(text, {"requirements.txt": "flask\n", "main.py": ""}, CopyBeforeInstall)
    assert "no ignore file leaves out env" in finding.because
    assert repaired(text, {**APP, ".dockerignore": "env\n"}).endswith("COPY . .\n")


@pytest.mark.parametrize("setting", ["export VIRTUAL_ENV=/app/lib", "VIRTUAL_ENV=/app/lib", "read VIRTUAL_ENV"])
def test_variable_that_the_shell_sets_itself_stays_unknown(setting: str) -> None:
    text = f"""
        FROM python:3.12-slim
        ENV VIRTUAL_ENV=/opt/venv
        WORKDIR /app
        COPY . .
        RUN {setting} && python -m venv $VIRTUAL_ENV
        RUN pip install -r requirements.txt
        """
    assert_unchanged(text, APP)


def test_step_that_reads_the_manifest_keeps_it_above() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN cat requirements.txt
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        RUN cat requirements.txt
        RUN pip install -r requirements.txt
        COPY . .
        """
    assert_becomes(before, after, APP)


def test_copies_side_by_side_move_together_with_their_comments() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        # settings of the migrations
        COPY alembic.ini .
        # the program
        COPY main.py .

        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .

        RUN pip install -r requirements.txt

        # settings of the migrations
        COPY alembic.ini .
        # the program
        COPY main.py .
        """
    assert_becomes(before, after, APP)


def test_copy_beside_the_source_stays_where_a_step_in_between_reads_it() -> None:
    files = {**APP, "packages.txt": "gcc\n"}
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY main.py .
        COPY packages.txt .
        RUN pip install -r https://example.org/requirements.txt
        RUN tail packages.txt
        RUN pip install flask
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY packages.txt .
        RUN pip install -r https://example.org/requirements.txt
        RUN tail packages.txt
        RUN pip install flask
        COPY main.py .
        """
    assert_becomes(before, after, files)


@pytest.mark.parametrize("setting", ["home/.npmrc", "company.crt", "auth.json"])
def test_setting_beside_the_source_stays_above_what_may_look_for_it(setting: str) -> None:
    files = {**APP, setting: ""}
    before = f"""
        FROM node:22-slim
        COPY {setting} /home/node/
        COPY main.py /app/
        RUN npm install -g serve
        """
    after = f"""
        FROM node:22-slim
        COPY {setting} /home/node/
        RUN npm install -g serve
        COPY main.py /app/
        """
    assert_becomes(before, after, files)


@pytest.mark.parametrize(
    "folder", ["/usr/app", "/usr/src/app", "/usr/local/app", "/var/www/html", "/opt/app", "/library"]
)
def test_source_in_a_folder_of_its_own_is_moved(folder: str) -> None:
    text = f"FROM python:3.12-slim\nCOPY . {folder}/\nRUN pip install flask\n"
    assert repaired(text, APP).endswith(f"RUN pip install flask\nCOPY . {folder}/\n")


@pytest.mark.parametrize("folder", ["/usr/local/lib/python3.12/site-packages", "/usr/bin", "/etc/app", "/tmp/x"])
def test_source_in_a_folder_of_the_system_is_left_alone(folder: str) -> None:
    assert_unchanged(f"FROM python:3.12-slim\nCOPY . {folder}/\nRUN pip install flask\n", APP)


def test_certificate_that_a_variable_names_comes_along() -> None:
    before = """
        FROM python:3.12-slim
        ENV PIP_CERT=/app/certs/ca.crt
        WORKDIR /app
        COPY . .
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        ENV PIP_CERT=/app/certs/ca.crt
        WORKDIR /app
        COPY requirements.txt .
        COPY certs/ca.crt ./certs/
        RUN pip install -r requirements.txt
        COPY . .
        """
    assert_becomes(before, after, {**APP, "certs/ca.crt": ""})


def test_setting_of_the_system_is_not_moved_along() -> None:
    files = {**APP, "sources.list": ""}
    before = """
        FROM debian:12-slim
        COPY sources.list /etc/apt/sources.list
        COPY main.py /app/
        RUN apt-get update && apt-get install -y python3
        """
    after = """
        FROM debian:12-slim
        COPY sources.list /etc/apt/sources.list
        RUN apt-get update && apt-get install -y python3
        COPY main.py /app/
        """
    assert_becomes(before, after, files)


def test_copy_that_was_a_paragraph_stays_one() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .

        RUN pip install -r requirements.txt
        RUN python -m compileall .
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .

        RUN pip install -r requirements.txt

        COPY . .

        RUN python -m compileall .
        """
    assert_becomes(before, after, APP)


def test_copies_that_leave_a_paragraph_leave_no_double_blank_line() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app

        COPY main.py .
        COPY alembic.ini .

        RUN pip install flask

        CMD ["python", "main.py"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app

        RUN pip install flask

        COPY main.py .
        COPY alembic.ini .

        CMD ["python", "main.py"]
        """
    assert_becomes(before, after, APP)


def test_commented_out_instruction_stays_where_it_is() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        # RUN pip install poetry
        COPY . .
        RUN pip install -r requirements.txt
        # RUN pip install gunicorn

        CMD ["python", "main.py"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        # RUN pip install poetry
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        # RUN pip install gunicorn
        COPY . .

        CMD ["python", "main.py"]
        """
    assert_becomes(before, after, APP)


def test_comment_below_the_install_that_speaks_of_what_follows_stays_with_it() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN pip install flask
        # no build: nothing is compiled

        CMD ["python", "main.py"]
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        RUN pip install flask
        COPY . .
        # no build: nothing is compiled

        CMD ["python", "main.py"]
        """
    assert_becomes(before, after, APP)


def test_banner_of_a_section_stays() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        ###############
        # Application #
        ###############
        COPY . .
        RUN pip install flask
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        ###############
        # Application #
        ###############
        RUN pip install flask
        COPY . .
        """
    assert_becomes(before, after, APP)


def test_banner_that_speaks_of_the_copy_moves_with_it() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        # ----------------
        # Copy the sources
        # ----------------
        COPY . .
        RUN pip install flask
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        RUN pip install flask
        # ----------------
        # Copy the sources
        # ----------------
        COPY . .
        """
    assert_becomes(before, after, APP)


@pytest.mark.parametrize(
    "comment",
    ["# copy everything before the install", "# 2. Copy the code", "# Step 3: the code", "## 4) code", "# 먼저 복사"],
)
def test_comment_that_speaks_of_the_order_leaves_it_to_the_user(comment: str) -> None:
    text = f"""
        FROM python:3.12-slim
        WORKDIR /app
        {comment}
        COPY . .
        RUN pip install flask
        """
    assert repaired(text, APP) == written(text)
    (finding,) = findings(text, APP, CopyBeforeInstall)
    assert finding.because == f"a comment speaks of the order: {comment}"


def test_crlf_is_kept() -> None:
    text = "FROM python:3.12-slim\r\nWORKDIR /app\r\nCOPY . .\r\n\r\nRUN pip install -r requirements.txt\r\n"
    expected = (
        "FROM python:3.12-slim\r\nWORKDIR /app\r\nCOPY requirements.txt .\r\n\r\n"
        "RUN pip install -r requirements.txt\r\n\r\nCOPY . .\r\n"
    )
    assert repaired(text, APP) == expected


def test_owner_of_a_folder_that_the_copy_makes_is_kept() -> None:
    before = """
        FROM python:3.12-slim
        COPY --chown=1000 . /service
        WORKDIR /service
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        COPY --chown=1000 requirements.txt /service/
        WORKDIR /service
        RUN pip install -r requirements.txt
        COPY --chown=1000 . /service
        """
    assert_becomes(before, after, APP)


def test_relative_copy_names_its_folder_below_another_working_directory() -> None:
    files = {"app/requirements.txt": "flask\n", "app/main.py": ""}
    before = """
        FROM python:3.12-slim
        WORKDIR /srv
        COPY . .
        WORKDIR /srv/app
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /srv
        WORKDIR /srv/app
        COPY app/requirements.txt ./
        RUN pip install -r requirements.txt
        COPY . /srv/
        """
    assert_becomes(before, after, files)


def test_variable_that_holds_an_absolute_folder_stays_as_it_is_written() -> None:
    before = """
        FROM python:3.12-slim
        ENV HOME_OF_APP=/srv/app
        COPY . ${HOME_OF_APP}
        WORKDIR ${HOME_OF_APP}
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        ENV HOME_OF_APP=/srv/app
        WORKDIR ${HOME_OF_APP}
        COPY requirements.txt ${HOME_OF_APP}/
        RUN pip install -r requirements.txt
        COPY . ${HOME_OF_APP}
        """
    assert_becomes(before, after, APP)


def test_owner_that_a_copy_in_between_gives_is_kept() -> None:
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY --chown=1000 . .
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        """
    assert_unchanged(text, APP)
    (finding,) = findings(text, APP, CopyBeforeInstall)
    assert "somebody else" in finding.because


def test_owner_of_a_folder_that_nothing_else_makes_keeps_the_copy_where_it_is() -> None:
    text = """
        FROM python:3.12-slim
        COPY --chown=1000 . /service
        WORKDIR /service
        RUN pip install flask
        """
    assert_unchanged(text, APP)


@pytest.mark.parametrize(
    "install",
    [
        "pip install --upgrade pip",
        "pip install -U pip setuptools wheel",
    ],
)
def test_upgrade_of_pip_alone_moves_nothing(install: str) -> None:
    text = f"""
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN {install}
        RUN pip install -r missing.txt
        """
    assert_unchanged(text, APP, CopyBeforeInstall)


def test_sync_without_and_then_with_the_project_is_left_alone() -> None:
    project = '[project]\nname = "app"\nversion = "1"\ndependencies = ["flask"]\n'
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        RUN --mount=type=cache,target=/root/.cache/uv \\
            --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
            uv sync --no-install-project
        COPY . .
        RUN --mount=type=cache,target=/root/.cache/uv \\
            uv sync
        """
    for manifest in (project, project + '[build-system]\nbuild-backend = "x"\n'):
        files = {**APP, "pyproject.toml": manifest, ".python-version": "3.12\n"}
        assert_unchanged(text, files)
        assert not findings(text, files, CopyBeforeInstall)


def test_part_of_the_source_that_an_install_needs_is_no_mistake() -> None:
    files = {
        ".dockerignore": "node_modules\n",
        "package.json": '{"scripts": {"postinstall": "node bin/env.js"}}',
        "package-lock.json": "{}",
        "bin/env.js": "",
        "src/index.js": "",
    }
    text = """
        FROM node:22-slim
        WORKDIR /app
        COPY package.json package-lock.json ./
        COPY bin/ ./bin/
        RUN npm ci
        COPY . .
        """
    assert not findings(text, files, CopyBeforeInstall)
    assert findings(text.replace("COPY bin/ ./bin/", "COPY . ."), files, CopyBeforeInstall)


def test_second_install_of_other_packages_is_moved_all_the_same() -> None:
    files = {**APP, "dev.txt": "pytest\n"}
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        COPY . .
        RUN pip install -r dev.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        COPY dev.txt .
        RUN pip install -r dev.txt
        COPY . .
        """
    assert_becomes(before, after, files)


def test_members_of_a_workspace_are_copied_by_their_manifests() -> None:
    files = {
        ".dockerignore": "**/node_modules\n",
        "package.json": '{"workspaces": ["apps/*"]}',
        "yarn.lock": "",
        "apps/web/package.json": "{}",
        "apps/web/index.js": "",
        "apps/api/package.json": "{}",
        "apps/api/index.js": "",
    }
    before = """
        FROM node:22-slim
        WORKDIR /app
        COPY . .
        RUN yarn install --frozen-lockfile
        """
    after = """
        FROM node:22-slim
        WORKDIR /app
        COPY package.json yarn.lock ./
        COPY apps/api/package.json ./apps/api/
        COPY apps/web/package.json ./apps/web/
        RUN yarn install --frozen-lockfile
        COPY . .
        """
    assert_becomes(before, after, files)


def test_requirements_of_a_subfolder_and_their_constraints() -> None:
    files = {
        "api/requirements/prod.txt": "-r base.txt\n-c ../limits.txt\n",
        "api/requirements/base.txt": "flask\n",
        "api/limits.txt": "flask<4\n",
        "api/main.py": "",
    }
    before = """
        FROM python:3.12-slim
        WORKDIR /srv
        COPY api .
        RUN pip install -r requirements/prod.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /srv
        COPY api/limits.txt .
        COPY api/requirements/base.txt api/requirements/prod.txt ./requirements/
        RUN pip install -r requirements/prod.txt
        COPY api .
        """
    assert_becomes(before, after, files)


def test_wheels_of_the_project_come_along() -> None:
    files = {**APP, "requirements.txt": "./wheels/x-1-py3-none-any.whl\n", "wheels/x-1-py3-none-any.whl": ""}
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        COPY wheels/x-1-py3-none-any.whl ./wheels/
        RUN pip install -r requirements.txt
        COPY . .
        """
    assert_becomes(before, after, files)


def test_folder_that_pip_finds_packages_in_is_copied_whole() -> None:
    files = {**APP, "wheels/a-1-py3-none-any.whl": "", "wheels/b-1-py3-none-any.whl": ""}
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN pip install --no-index --find-links=wheels -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt .
        COPY wheels/ ./wheels/
        RUN pip install --no-index --find-links=wheels -r requirements.txt
        COPY . .
        """
    assert_becomes(before, after, files)


def test_hashes_and_markers_read_no_further_file() -> None:
    lines = 'flask==3.0.0 ; python_version > "3.8" \\\n    --hash=sha256:' + "0" * 64 + "\n"
    text = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN pip install --require-hashes -r requirements.txt
        """
    assert "COPY requirements.txt .\n" in repaired(text, {**APP, "requirements.txt": lines})


def test_folder_of_releases_and_settings_of_yarn_come_along() -> None:
    files = {
        ".dockerignore": "node_modules\n",
        "package.json": '{"packageManager": "yarn@4.1.0"}',
        "yarn.lock": "",
        ".yarnrc.yml": "nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.1.0.cjs\n",
        ".yarn/releases/yarn-4.1.0.cjs": "",
        "index.js": "",
    }
    before = """
        FROM node:22-slim
        WORKDIR /app
        COPY . .
        RUN yarn install --immutable
        """
    after = """
        FROM node:22-slim
        WORKDIR /app
        COPY package.json yarn.lock .yarnrc.yml ./
        COPY .yarn/ ./.yarn/
        RUN yarn install --immutable
        COPY . .
        """
    assert_becomes(before, after, files)


@pytest.mark.parametrize("change", ["USER app", "ENV A=1", 'SHELL ["/bin/bash", "-c"]', "WORKDIR /srv"])
def test_step_of_the_source_does_not_go_where_it_would_mean_something_else(change: str) -> None:
    text = f"""
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN chmod +x main.py
        {change}
        RUN pip install flask
        """
    assert_unchanged(text, APP)
    (finding,) = findings(text, APP, CopyBeforeInstall)
    assert finding.because == "a step in between belongs to the source, and cannot go with it"


def test_step_of_the_source_goes_with_it() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY . .
        RUN chmod +x main.py
        LABEL a=b
        RUN pip install flask
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        LABEL a=b
        RUN pip install flask
        COPY . .
        RUN chmod +x main.py
        """
    assert_becomes(before, after, APP)


def test_file_that_a_step_changes_is_taken_out_of_a_list() -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY main.py requirements.txt ./
        RUN echo gunicorn >> requirements.txt
        RUN pip install -r requirements.txt
        """
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY requirements.txt ./
        RUN echo gunicorn >> requirements.txt
        RUN pip install -r requirements.txt
        COPY main.py ./
        """
    assert_becomes(before, after, APP)
