"""Where the JavaScript that a container starts writes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.plans.user.root_reasons import started
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.plans.writes.written import Writes
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse

_COPIED = "COPY . .\n"
_PACKAGE = '{"scripts": {"start": "node src/server.js", "prestart": "node migrate.js"}, "dependencies": {}}'
_UPLOADS = "const fs = require('fs'), path = require('path')\nfs.mkdirSync(path.join(__dirname, '../uploads'))"


def writes(start: str, files: Mapping[str, str], lines: str = _COPIED) -> Writes:
    model = image(parse(f"FROM node:22-slim\nWORKDIR /app\n{lines}{start}\n"), BuildContext.of_files(files))
    stage = model.final
    assert stage is not None
    found = started(model, stage)
    assert found is not None
    return start_writes(found, model, stage)


@pytest.mark.parametrize(
    "start",
    [
        'CMD ["node", "src/server.js"]',
        'CMD ["node", "--max-old-space-size=512", "-r", "dotenv/config", "src/server"]',
        'CMD ["npm", "start"]',
        'CMD ["npm", "run", "start"]',
        'CMD ["yarn", "start"]',
        "CMD cross-env NODE_ENV=production node src/server.js",
        'CMD ["pm2-runtime", "src/server.js"]',
    ],
)
def test_what_the_started_module_imports_is_read(start: str) -> None:
    files = {
        "src/server.js": "const { save } = require('./store')",
        "src/store/index.js": _UPLOADS.replace("../", "../../"),
        "package.json": _PACKAGE,
        "migrate.js": "",
    }
    found = writes(start, files)
    assert [place.path for place in found.places] == ["/app/uploads"]
    assert found.doubts.texts == ()


def test_a_module_that_nothing_imports_does_not_run() -> None:
    found = writes('CMD ["node", "src/server.js"]', {"src/server.js": "", "src/seed.js": _UPLOADS})
    assert (found.places, found.doubts.texts) == ([], ())


def test_behind_a_computed_import_any_module_may_run() -> None:
    files = {"src/server.js": "require(process.argv[2])", "src/models/x.js": _UPLOADS, "src/x.test.js": "unknown("}
    found = writes('CMD ["node", "src/server.js"]', files)
    assert [place.path for place in found.places] == ["/app/src/uploads"]


def test_the_script_before_the_start_counts() -> None:
    files = {"src/server.js": "", "migrate.js": "require('fs').writeFileSync('done', '')", "package.json": _PACKAGE}
    assert [place.path for place in writes('CMD ["npm", "start"]', files).places] == ["/app/done"]


def test_a_script_that_is_not_there_is_a_doubt() -> None:
    found = writes('CMD ["npm", "run", "serve"]', {"package.json": _PACKAGE})
    assert "the script serve of package.json is not found" in found.doubts.texts


def test_where_the_build_makes_what_is_started_the_sources_tell() -> None:
    files = {"src/main.ts": "import fs from 'fs'\nfs.mkdirSync('data')", "package.json": '{"scripts": {}}'}
    lines = "COPY . .\nRUN npx tsc\n"
    assert [place.path for place in writes('CMD ["node", "dist/main.js"]', files, lines).places] == ["/app/data"]


def test_a_path_beside_built_code_is_not_known() -> None:
    found = writes('CMD ["node", "dist/main.js"]', {"src/main.ts": _UPLOADS, "package.json": "{}"})
    assert found.doubts.texts == ("src/main.ts:2 writes to a path that is only known at run time",)


def test_a_package_manager_of_corepack_is_a_doubt() -> None:
    files = {"package.json": _PACKAGE, "src/server.js": "", "migrate.js": ""}
    found = writes('CMD ["pnpm", "start"]', files, "COPY . .\nRUN corepack enable\n")
    assert found.doubts.texts == ("corepack keeps pnpm in root's home; another user has to download it again",)


def test_next_keeps_a_cache_beside_its_build() -> None:
    files = {
        "package.json": '{"dependencies": {"next": "15"}, "scripts": {"start": "node server.js"}}',
        "server.js": "import next from 'next'",
    }
    found = writes('CMD ["node", "server.js"]', files)
    assert {place.path for place in found.places} == {"/app/.next", "/app/.next/cache"}
    assert found.doubts.texts == ()


def test_a_low_port_needs_a_look() -> None:
    found = writes('CMD ["node", "a.js"]', {"a.js": "app.listen(process.env.PORT || 80)"})
    assert [need.split(";")[0] for need in found.needs] == ["a.js:1 listens on port 80"]


def test_a_variable_that_the_image_sets_replaces_the_default() -> None:
    files = {"a.js": "require('fs').mkdirSync(process.env.OUT || 'out')"}
    assert [place.path for place in writes('CMD ["node", "a.js"]', files).places] == ["/app/out"]
    found = writes('CMD ["node", "a.js"]', files, "COPY . .\nENV OUT=/x\n")
    assert [place.path for place in found.places] == ["/x"]
    assert not found.doubts.texts


def test_a_module_that_an_option_loads_first_is_read() -> None:
    found = writes('CMD ["node", "-r", "./trace.js", "a.js"]', {"a.js": "", "trace.js": _UPLOADS.replace("../", "")})
    assert [place.path for place in found.places] == ["/app/uploads"]


def test_a_started_module_is_read_wherever_it_lies() -> None:
    files = {"dist/a.js": f"require(name)\n{_UPLOADS}"}
    assert [place.path for place in writes('CMD ["node", "dist/a.js"]', files).places] == ["/app/uploads"]


@pytest.mark.parametrize("said", ["workspace:*", "*"])
def test_a_member_of_the_workspace_is_no_package_from_a_registry(said: str) -> None:
    files = {
        "a.js": "require('@acme/store')",
        "package.json": f'{{"dependencies": {{"@acme/store": "{said}"}}}}',
        "packages/store/package.json": '{"name": "@acme/store"}',
        "packages/store/index.js": "require('fs').mkdirSync('data')",
    }
    assert [place.path for place in writes('CMD ["node", "a.js"]', files).places] == ["/app/data"]


def test_a_package_from_a_registry_brings_no_other_module_in() -> None:
    files = {"a.js": "require('express')", "b.js": _UPLOADS, "package.json": '{"dependencies": {"express": "^4"}}'}
    assert writes('CMD ["node", "--watch", "a.js"]', files).places == []
