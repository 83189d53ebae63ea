"""What the container starts, read in the project: its scripts, its package.json's, its own programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import repaired


def test_a_glob_between_stages_brings_what_the_other_stage_has(tmp_path: Path) -> None:
    assert "DF501" in repaired("missed-glob-between-stages", tmp_path).applied


@pytest.mark.parametrize(
    "copy",
    [
        "COPY --from=builder /app/*.json ./",
        "COPY --from=builder /a*/package.jso[n] /app/",
        "COPY --from=0 /app/package?json .",
        "COPY --from=builder /ap[a-z] ./",
    ],
)
def test_other_globs_do_so_too(copy: str, tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine AS builder\nWORKDIR /app\nCOPY . .\n\nFROM node:22-alpine\nWORKDIR /app\n"
        f'{copy}\nCOPY --from=builder /app/server.js ./\nCMD ["npm", "start"]\n'
    )
    assert "DF501" in repaired("missed-glob-between-stages", tmp_path, {"Dockerfile": text}).applied


def test_a_glob_that_matches_something_else_brings_nothing(tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine AS builder\nWORKDIR /app\nCOPY . .\n\nFROM node:22-alpine\nWORKDIR /app\n"
        'COPY --from=builder /app/pack?.json ./\nCOPY --from=builder /app/server.js ./\nCMD ["npm", "start"]\n'
    )
    assert "DF501" not in repaired("missed-glob-between-stages", tmp_path, {"Dockerfile": text}).applied


_NODE_IMAGE = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\n"
_SERVE = 'CMD ["python", "-m", "http.server"]\n'
_SWITCHES = '#!/bin/sh\nset -e\nchown -R web /data\nexec gosu web "$@"\n'


@pytest.mark.parametrize(
    "name",
    [
        "docker-entrypoint.sh",
        "wait-for-it.sh",
        "start.sh",
        "entrypoint.sh",
        "tini",
        "dockerize",
        "doppler",
        "init",
        "run",
    ],
)
@pytest.mark.parametrize(
    "lines",
    [
        'COPY {0} /usr/local/bin/\nENTRYPOINT ["{0}"]',
        'COPY {0} /\nENTRYPOINT ["/{0}"]',
        'COPY . /app\nRUN chmod +x /app/{0} && mv /app/{0} /usr/local/bin/{0}\nENTRYPOINT ["{0}", "--"]',
        'COPY . /app\nENV PATH=/app:$PATH\nENTRYPOINT ["{0}"]',
        'COPY {0} /opt/\nRUN ln -s /opt/{0} /usr/bin\nENTRYPOINT exec {0} "$0"',
    ],
)
def test_a_script_of_the_project_is_read_whatever_its_name(name: str, lines: str, tmp_path: Path) -> None:
    text = f"FROM python:3.12-slim\nRUN useradd web\nWORKDIR /app\n{lines.format(name)}\n{_SERVE}"
    after = repaired("missed-own-go-source", tmp_path, {"Dockerfile": text, name: _SWITCHES})
    assert "DF501" not in after.applied
    assert after.offered("DF501") is None


def test_a_heredoc_is_read_like_a_file(tmp_path: Path) -> None:
    text = (
        "FROM python:3.12-slim\nRUN useradd web\nCOPY <<'EOF' /docker-entrypoint.sh\n"
        + _SWITCHES
        + 'EOF\nENTRYPOINT ["/docker-entrypoint.sh"]\nCMD ["python", "-m", "http.server"]\n'
    )
    after = repaired("missed-own-go-source", tmp_path, {"Dockerfile": text})
    assert "DF501" not in after.applied
    assert after.offered("DF501") is None


@pytest.mark.parametrize(
    "run",
    [
        "RUN printf '#!/bin/sh\\nchown web /data\\nexec gosu web \"$@\"\\n' > {0}",
        "RUN printf '%s\\n' '#!/bin/sh' 'chown web /data' 'exec gosu web \"$@\"' > {0} && chmod +x {0}",
        "RUN echo '#!/bin/sh' > {0} && echo 'exec gosu web \"$@\"' >> {0}",
        "RUN cat > {0} <<'EOF'\n#!/bin/sh\nexec gosu web \"$@\"\nEOF",
        'RUN cat <<EOF > {0}\n#!/bin/sh\nexec gosu web "\\$@"\nEOF',
        "RUN <<X\ncat > {0} <<'EOF'\n#!/bin/sh\nexec gosu web \"$@\"\nEOF\nX",
        "RUN tee {0} <<'EOF' >/dev/null\n#!/bin/sh\nexec gosu web \"$@\"\nEOF",
    ],
)
@pytest.mark.parametrize("name", ["docker-entrypoint.sh", "run.sh"])
def test_a_script_that_the_build_prints_is_read(run: str, name: str, tmp_path: Path) -> None:
    place = f"/usr/local/bin/{name}"
    text = f'FROM python:3.12-slim\n{run.format(place)}\nENTRYPOINT ["{name}"]\n{_SERVE}'
    after = repaired("missed-own-go-source", tmp_path, {"Dockerfile": text})
    assert after.because("DF501").endswith("starts its program as another user with gosu")


@pytest.mark.parametrize(
    "run",
    [
        'RUN printf \'#!/bin/sh\\nexec %s "$@"\' "$TOOL" > {0}',
        "RUN cat > {0} <<EOF\n#!/bin/sh\nexec $TOOL\nEOF",
        "RUN cat /etc/head > {0}",
    ],
)
def test_a_script_that_the_build_computes_is_not_known_by_its_name(run: str, tmp_path: Path) -> None:
    text = f'FROM python:3.12-slim\n{run.format("/usr/bin/tini")}\nENTRYPOINT ["tini"]\n{_SERVE}'
    assert "DF501" not in repaired("missed-own-go-source", tmp_path, {"Dockerfile": text}).applied


_UPLOADS = {"server.js": "require('fs').writeFileSync('notes.txt', '')\n"}


@pytest.mark.parametrize(
    "words",
    [
        "dockerize -wait tcp://db:5432 -timeout 60s node server.js",
        "wait-for-it.sh db:5432 -- node server.js",
        "docker-init -- node server.js",
        "catatonit node server.js",
        "docker-entrypoint.sh node server.js",
        "pixi run -e prod node server.js",
        "setpriv --no-new-privs node server.js",
        "timeout -k 5 60 env A=b node server.js",
    ],
)
def test_what_a_runner_starts_is_read(words: str, tmp_path: Path) -> None:
    changes = {"Dockerfile": f"{_NODE_IMAGE}CMD exec {words}\n", **_UPLOADS}
    after = repaired("missed-glob-between-stages", tmp_path, changes)
    assert "/app" in after.text[after.text.find("chown") :] or "another user" in after.because("DF501")


@pytest.mark.parametrize(
    "words", ["env -S 'node server.js'", "poetry install", "doppler run --command=x", "op inject", "tini $PROGRAM"]
)
def test_a_runner_that_starts_who_knows_what_is_not_harmless(words: str, tmp_path: Path) -> None:
    changes = {"Dockerfile": f"{_NODE_IMAGE}CMD exec {words}\n"}
    assert "DF501" not in repaired("missed-glob-between-stages", tmp_path, changes).applied


def test_a_known_tool_from_elsewhere_is_what_its_name_says(tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine\nWORKDIR /app\nADD https://example.org/tini /tini\nCOPY . .\n"
        'ENTRYPOINT ["/tini", "--"]\nCMD ["node", "server.js"]\n'
    )
    assert "DF501" in repaired("missed-glob-between-stages", tmp_path, {"Dockerfile": text}).applied


def test_a_gosu_of_the_project_may_switch_to_nobody(tmp_path: Path) -> None:
    text = f'FROM python:3.12-slim\nCOPY gosu /usr/local/bin/\nENTRYPOINT ["gosu", "web"]\n{_SERVE}'
    script = '#!/bin/sh\nshift\nchown web /data\nexec "$@"\n'
    after = repaired("missed-own-go-source", tmp_path, {"Dockerfile": text, "gosu": script})
    assert "runs chown at each start" in after.because("DF501")


def test_words_for_an_entry_point_of_the_project_stay_as_they_are(tmp_path: Path) -> None:
    text = 'FROM node:22-alpine\nCOPY docker-entrypoint.sh /\nENTRYPOINT ["/docker-entrypoint.sh"]\nCMD node a.js\n'
    script = '#!/bin/sh\n[ "$1" = /bin/sh ] && set -- sh -c "umask 0; $3"\nexec "$@"\n'
    after = repaired("missed-own-go-source", tmp_path, {"Dockerfile": text, "docker-entrypoint.sh": script})
    assert "DF401" not in after.applied


def test_a_script_of_a_workspace_member_is_found(tmp_path: Path) -> None:
    assert "DF501" in repaired("missed-npm-workspace-script", tmp_path).applied


_NODE = "FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\n"
_PNPM = {"pnpm-workspace.yaml": "packages:\n  - 'services/*'\n", "package.json": '{"name": "r"}'}


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ("npm run start -w @r/api", {}),
        ("npm -w services/api start", {}),
        ("npm --prefix services/api start", {}),
        ("npm --prefix=./services/api run start", {}),
        ("yarn workspace @r/api start", {}),
        ("yarn --cwd services/api start", {}),
        ("bun --filter @r/api start", {}),
        ("pnpm --filter @r/api start", _PNPM),
        ("pnpm --filter=./services/api run start", _PNPM),
        ("pnpm -F api start", _PNPM),
        ("pnpm -C services/api start", _PNPM),
        ("pnpm --filter api exec node src/index.js", _PNPM),
        ("sh -c 'cd services/api && npm start'", {}),
    ],
)
def test_other_ways_to_choose_a_member_are_understood(words: str, files: dict[str, str], tmp_path: Path) -> None:
    api = "require('fs').writeFileSync('log.txt', 'x')\n"
    changes = {"Dockerfile": f"{_NODE}CMD exec {words}\n", "services/api/src/index.js": api, **files}
    if words.startswith("sh"):
        changes["Dockerfile"] = f"{_NODE}CMD {words[7:-1]}\n"
    after = repaired("missed-npm-workspace-script", tmp_path, changes)
    assert "DF501" in after.applied
    assert "node:node /app/services/api" in after.text  # the script works in its member's folder


@pytest.mark.parametrize(
    "changes",
    [
        {"services/other/package.json": '{"name": "@r/api", "scripts": {"start": "node x.js"}}'},  # the name twice
        {"package.json": '{"workspaces": ["packages/*"]}'},  # no member
        {"services/api/package.json": '{"name": "@r/api", "scripts": {}}'},
        {
            "services/api/package.json": '{"name": "@r/api", "scripts": {"start": "node src/index.js", "prestart": '
            '"node migrate.js"}}',
            "services/api/migrate.js": "require('fs').writeFileSync(process.argv[2], '')",
        },
    ],
)
def test_a_member_that_is_not_certain_stays_a_question(changes: dict[str, str], tmp_path: Path) -> None:
    text = f'{_NODE}CMD ["npm", "start", "--workspace", "@r/api"]\n'
    assert "DF501" not in repaired("missed-npm-workspace-script", tmp_path, {"Dockerfile": text, **changes}).applied


@pytest.mark.parametrize("words", ["npm install", "pnpm dlx serve", "npm start --workspaces", "pnpm -r start"])
def test_other_work_of_a_package_manager_is_not_harmless(words: str, tmp_path: Path) -> None:
    text = f"{_NODE}CMD exec {words}\n"
    assert "DF501" not in repaired("missed-npm-workspace-script", tmp_path, {"Dockerfile": text}).applied


_MADE = "RUN mkdir -p /app/.next/cache && chown -R node:node /app/.next\n"


@pytest.mark.parametrize("name", ["user-next-cache-not-owned", "user-next-standalone-cache"])
def test_the_build_of_next_js_belongs_to_the_user(name: str, tmp_path: Path) -> None:
    after = repaired(name, tmp_path)
    assert "DF501" in after.applied
    assert _MADE in after.text
    assert after.text.index(_MADE) > after.text.rindex("COPY")


_NEXT = "FROM node:22-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n"


@pytest.mark.parametrize(
    ("changes", "folder"),
    [
        ({"Dockerfile": _NEXT + 'CMD ["npx", "next", "start", "-p", "3000"]\n'}, "/app/.next"),
        ({"Dockerfile": _NEXT + 'CMD ["node_modules/.bin/next", "start"]\n'}, "/app/.next"),
        ({"Dockerfile": _NEXT + 'CMD ["node", "node_modules/next/dist/bin/next", "start"]\n'}, "/app/.next"),
        (
            {"Dockerfile": _NEXT + 'CMD ["node", "--no-deprecation", "./node_modules/.bin/next", "start"]\n'},
            "/app/.next",
        ),
        ({"Dockerfile": _NEXT + 'CMD ["pnpm", "exec", "next", "start"]\n'}, "/app/.next"),
        ({"next.config.mjs": "export default { distDir: 'build' }\n"}, "/app/build"),
        (
            {
                "Dockerfile": _NEXT + 'CMD ["node", "server.js"]\n',
                "server.js": "const next = require('next')\nnext({dev: false})\n",
            },
            "/app/.next",
        ),
        (
            {
                "Dockerfile": _NEXT + 'CMD ["npm", "start", "-w", "web"]\n',
                "package.json": '{"workspaces": ["web"]}',
                "web/package.json": '{"scripts": {"start": "next start"}, "dependencies": {"next": "15"}}',
            },
            "/app/web/.next",
        ),
    ],
)
def test_other_ways_to_start_next_js(changes: dict[str, str], folder: str, tmp_path: Path) -> None:
    after = repaired("user-next-cache-not-owned", tmp_path, changes)
    assert "DF501" in after.applied
    assert f"chown -R node:node {folder}\n" in after.text


@pytest.mark.parametrize(
    "changes",
    [
        {"next.config.js": "module.exports = { cacheHandler: require.resolve('./cache.js') }\n"},
        {"next.config.js": "module.exports = { distDir: process.env.OUT }\n"},
        {"app/api/route.js": "import fs from 'fs'\nexport const POST = (r) => fs.writeFileSync(r.url, '')\n"},
        {"package.json": '{"scripts": {"start": "next build && next start"}, "dependencies": {"next": "15"}}'},
        {"Dockerfile": _NEXT + 'CMD ["node", "node_modules/.bin/strapi", "start"]\n'},
        {"Dockerfile": _NEXT + 'CMD ["node", "-r", "./x.js", "node_modules/.bin/strapi"]\n', "x.js": ""},
        {"package.json": '{"scripts": {"start": "next start $DIR"}, "dependencies": {"next": "15"}}'},
    ],
)
def test_next_js_that_may_write_elsewhere_stays_a_question(changes: dict[str, str], tmp_path: Path) -> None:
    assert "DF501" not in repaired("user-next-cache-not-owned", tmp_path, changes).applied


def test_an_upload_of_a_next_js_app_is_owned_too(tmp_path: Path) -> None:
    route = "import fs from 'fs'\nexport const POST = (r) => fs.writeFileSync('uploads/' + r.id, '')\n"
    after = repaired("user-next-cache-not-owned", tmp_path, {"app/api/route.js": route})
    assert "DF501" in after.applied
    assert "/app/uploads" in after.text


def test_a_standalone_server_beside_its_package_json(tmp_path: Path) -> None:
    text = (
        "FROM node:22-alpine AS b\nWORKDIR /src\nCOPY . .\nRUN npm ci && npm run build\n\nFROM node:22-alpine\n"
        "WORKDIR /web\nCOPY --from=b /src/package*.json ./\nCOPY --from=b /src/.next/standalone/ .\n"
        'CMD ["node", "server.js"]\n'
    )
    after = repaired("user-next-standalone-cache", tmp_path, {"Dockerfile": text})
    assert "DF501" in after.applied
    assert "mkdir -p /web/.next/cache && chown -R node:node /web/.next" in after.text


_VITE = '{"scripts": {"start": "vite preview --host --port 4173", "dev": "vite"}, "devDependencies": {"vite": "7"}}'


def test_vite_preview_gets_the_folder_that_it_bundles_its_settings_to(tmp_path: Path) -> None:
    after = repaired("user-next-cache-not-owned", tmp_path, {"package.json": _VITE})
    assert "DF501" in after.applied
    assert "chown -R node:node /app/node_modules/.vite-temp" in after.text


def test_nest_start_gets_its_build_and_the_folder_that_it_makes_it_in(tmp_path: Path) -> None:
    changes = {
        "package.json": '{"scripts": {"start": "nest start"}, "devDependencies": {"@nestjs/cli": "11"}}',
        "tsconfig.json": '{"compilerOptions": {"outDir": "./build"}}',
        "src/main.ts": "console.log(1)\n",
    }
    after = repaired("user-next-cache-not-owned", tmp_path, changes)
    assert "DF501" in after.applied
    assert "mkdir -p /app/build && chown -R node:node /app/build && chown node:node /app\n" in after.text


_WORKSPACE = {
    "package.json": '{"name": "r", "workspaces": ["apps/*", "services/*", "libs/*"]}',
    "services/api/package.json": '{"name": "@r/api", "scripts": {"start": "node dist/index.js"}, "dependencies": '
    '{"@r/store": "*"}}',
    "services/api/src/index.ts": "import { put } from '@r/store'\nput()\n",
    "services/auth/package.json": '{"name": "@r/auth", "scripts": {"start": "node dist/index.js"}}',
    "services/auth/src/index.ts": "import fs from 'fs'\nfs.writeFileSync(process.argv[2], '')\n",
    "apps/admin/package.json": '{"name": "@r/admin", "dependencies": {"next": "15"}}',
    "apps/admin/pages/api/up.js": "import fs from 'fs'\nexport default (r) => fs.writeFileSync(r.body, '')\n",
    "libs/store/package.json": '{"name": "@r/store"}',
    "libs/store/src/index.ts": "import fs from 'fs'\nexport const put = () => fs.writeFileSync('notes.txt', '')\n",
    "services/api/src/index.js": None,
}
_STAGES = (
    "FROM node:22-alpine AS b\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n\n"
    "FROM node:22-alpine\nWORKDIR /app\n"
)


@pytest.mark.parametrize(
    "lines",
    [
        'COPY --from=b /app ./\nCMD ["npm", "run", "start", "--workspace=services/api"]\n',
        "COPY --from=b /app/package*.json ./\nCOPY --from=b /app/node_modules ./node_modules\n"
        'COPY --from=b /app/services/api ./services/api\nWORKDIR /app/services/api\nCMD ["node", "dist/index.js"]\n',
        'COPY --from=b /app/services/api/dist /srv/dist\nWORKDIR /srv\nCMD ["node", "dist/index.js"]\n',
    ],
)
def test_only_the_member_that_runs_and_what_it_needs_is_read(lines: str, tmp_path: Path) -> None:
    changes = {**_WORKSPACE, "Dockerfile": _STAGES + lines}
    after = repaired("missed-npm-workspace-script", tmp_path, changes)
    assert "DF501" in after.applied
    assert after.text.split("chown ")[1].split(" && ")[0].split("\n")[0].endswith(("/srv", "/app/services/api"))
    assert "node:node /app\n" not in after.text
