"""What the diffs of the surveyed repositories showed, rebuilt small."""

from __future__ import annotations

from collections.abc import Mapping

from dockerfix.fix import Outcome, repair
from dockerfix.rule import BuildContext, Rule
from dockerfix.rules.base.latest_tag import LatestTag
from dockerfix.rules.context.missing_ignore_file import MissingIgnoreFile
from dockerfix.rules.process.shell_form_cmd import ShellFormCmd
from dockerfix.rules.user.root_user import RootUser
from dockerfix.syntax import parse

SLIM = "FROM python:3.12-slim\nWORKDIR /app\n"
STRANGER = {"main.py": "import a_library_nobody_knows\n", "pyproject.toml": "[project]\nname = 'a'\nversion = '1'\n"}


def outcome_of(dockerfile: str, files: Mapping[str, str], rule: Rule, name: str = "Dockerfile") -> Outcome:
    return repair(parse(dockerfile), BuildContext.of_files({**files, name: dockerfile}, name), [rule])


def test_an_installer_that_names_the_folder_does_not_put_its_chown_behind_the_copies() -> None:
    before = f"{SLIM}\nCOPY pyproject.toml .\nRUN pip install -e .\nCOPY . .\nCMD python main.py\n"
    text = outcome_of(before, STRANGER, RootUser()).after.text
    assert "chown app:app /app\n\nCOPY --chown=app:app pyproject.toml ." in text
    assert text.count("chown app:app /app\n") == 1


def test_a_folder_that_is_made_anew_changes_hands_behind_the_copies() -> None:
    before = f"{SLIM}COPY main.py .\nRUN rm -rf /app && mkdir /app\nCOPY . .\nCMD python main.py\n"
    text = outcome_of(before, STRANGER, RootUser()).after.text
    assert text.index("chown app:app /app\n") > text.index("COPY --chown=app:app . .")


def test_a_file_that_a_copy_brings_later_is_not_given_twice() -> None:
    before = "FROM python:3.12-slim\nWORKDIR /app\nRUN touch main.py\nCOPY . .\nCMD python main.py\n"
    assert "/app/main.py" not in outcome_of(before, STRANGER, RootUser()).after.text


def test_a_file_that_bun_runs_is_read() -> None:
    before = 'FROM oven/bun:1\nWORKDIR /app\nCOPY . .\nCMD ["bun", "run", "src/index.ts"]\n'
    files = {"package.json": "{}", "src/index.ts": "Bun.serve({ fetch: () => new Response('x') })\n"}
    assert "USER bun" in outcome_of(before, files, RootUser()).after.text


def test_bun_install_runs_no_code_of_the_project() -> None:
    before = 'FROM oven/bun:1\nWORKDIR /app\nCOPY . .\nRUN bun install\nCMD ["bun", "index.ts"]\n'
    files = {"package.json": "{}", "index.ts": "import { Database } from 'bun:sqlite'\nnew Database('todo.db')\n"}
    assert "RUN chown bun:bun /app\n" in outcome_of(before, files, RootUser()).after.text


def test_packages_are_hidden_where_a_later_stage_takes_the_installed_ones() -> None:
    before = (
        "FROM node:22 AS deps\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\n"
        "FROM node:22\nWORKDIR /app\nCOPY --from=deps /app/node_modules ./node_modules\nCOPY . .\nCMD node index.js\n"
    )
    outcome = outcome_of(before, {"package.json": "{}", "index.js": ""}, MissingIgnoreFile())
    assert "**/node_modules" in outcome.files[0].after.decode()


def test_packages_are_hidden_beside_a_dockerfile_that_copies_no_package() -> None:
    before = "FROM node:22\nWORKDIR /app\nCOPY web/package.json .\nRUN npm install\nCOPY web/ .\nCMD node index.js\n"
    files = {
        "web/package.json": "{}",
        "web/index.js": "",
        "api/main.py": "",
        "api/Dockerfile": "FROM python:3.12\nCOPY api/ /app\nCMD python /app/main.py\n",
        "compose.yaml": "services:\n  web: {build: {context: ., dockerfile: web/Dockerfile}}\n"
        "  api: {build: {context: ., dockerfile: api/Dockerfile}}\n",
    }
    outcome = outcome_of(before, files, MissingIgnoreFile(), "web/Dockerfile")
    assert "**/node_modules" in outcome.files[0].after.decode()


def test_what_pip_list_printed_asks_for_no_compiler() -> None:
    before = "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"
    files = {"main.py": "", "requirements.txt": "flask\n", "req.txt": "Package    Version\nunheard-of 1.0\n"}
    assert outcome_of(before, files, LatestTag()).after.text.startswith("FROM python:3.12-slim\n")


def test_an_old_alpine_has_no_image_of_a_newer_python() -> None:
    before = "FROM python:3-alpine3.10\nCMD python main.py\n"
    assert outcome_of(before, {"main.py": ""}, LatestTag()).after.text.startswith("FROM python:3.8-alpine3.10\n")


def test_docker_run_with_words_for_the_entry_point_of_an_image_that_is_built_here() -> None:
    before = "FROM python:3.12-slim\nCOPY main.py /\nENTRYPOINT python /main.py\n"
    script = {"main.py": "", "run.sh": "#!/bin/sh\ndocker build -t tool .\ndocker run --rm tool --verbose\n"}
    assert "starts it with words" in str(outcome_of(before, script, ShellFormCmd()).remaining[0].finding.fix)
    other = {
        "main.py": "",
        "run.sh": "#!/bin/sh\ndocker build -t tool .\ndocker run --rm hadolint/hadolint --no-fail\n",
    }
    assert 'ENTRYPOINT ["python", "/main.py"]' in outcome_of(before, other, ShellFormCmd()).after.text


def test_a_server_that_reads_a_key_of_openssl_stays_root() -> None:
    key = "RUN openssl req -x509 -nodes -newkey rsa:2048 -keyout /opt/a.key -out /opt/a.crt -subj /CN=a\n"
    files = {
        "server.js": "const fs = require('fs')\nrequire('https').createServer({key: fs.readFileSync('/opt/a.key')})\n"
    }
    before = f'FROM node:22-slim\nWORKDIR /app\nCOPY . .\n{key}CMD ["node", "server.js"]\n'
    opened = before.replace("-subj /CN=a", "-subj /CN=a && chmod 644 /opt/a.key")
    assert outcome_of(before, files, RootUser()).after.text == before
    assert "USER node" in outcome_of(opened, files, RootUser()).after.text


def test_next_dev_gets_no_user_that_owns_the_cache_alone() -> None:
    manifest = '{"scripts": {"dev": "next dev", "start": "next start"}, "dependencies": {"next": "16.0.5"}}'
    before = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["npm", "run", "dev"]\n'
    served = before.replace('"run", "dev"', '"start"')
    assert outcome_of(before, {"package.json": manifest}, RootUser()).after.text == before
    assert "USER node" in outcome_of(served, {"package.json": manifest}, RootUser()).after.text


def test_a_project_that_is_its_own_virtual_environment_is_read() -> None:
    files = {"pyvenv.cfg": "home = /usr/bin\n", "main.py": "open('/data/notes', 'w')\n"}
    text = outcome_of(f'{SLIM}COPY . .\nCMD ["python", "main.py"]\n', files, RootUser()).after.text
    assert "USER app" not in text or "/data" in text
