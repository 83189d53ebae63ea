"""Facts read from JavaScript and TypeScript modules."""

from __future__ import annotations

from textwrap import dedent

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.javascript.facts import JavaScriptFacts
from dockerfix.project.javascript.modules import imported_path, javascript_facts, may_tell


def _facts(text: str, path: str = "src/server.js") -> JavaScriptFacts:
    return javascript_facts(BuildContext.of_files({path: dedent(text)}), path)


def _writes(text: str, path: str = "src/server.js") -> list[tuple[str | None, str, bool]]:
    return [(write.path, write.base, write.exact) for write in _facts(text, path).writes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const fs = require('fs');\nfs.writeFileSync('data/a.json', '{}')", ("data/a.json", "cwd", True)),
        ("import fs from 'node:fs/promises'\nawait fs.mkdir('./uploads')", ("uploads", "cwd", True)),
        ("import { writeFile } from 'fs/promises'\nwriteFile('x', '')", ("x", "cwd", True)),
        ("import { promises as fs } from 'fs'\nfs.appendFile('x', '')", ("x", "cwd", True)),
        ("const { promises: { writeFile: put } } = require('fs')\nput(a)", (None, "unknown", False)),
        ("const write = require('util').promisify(require('fs').writeFile)\nwrite('a', '')", ("a", "cwd", True)),
        ("const fs = require('fs')\nfs.copyFileSync('a', '/data/b')", ("/data/b", "absolute", True)),
        ("const fs = require('fs')\nfs.writeFileSync(name, '')", (None, "unknown", False)),
        ("const fs = require('fs')\nfs.openSync('log.txt', 'a')", ("log.txt", "cwd", True)),
        ("const fs = require('fs')\nfs.openSync('log.txt', 'r')", None),
        ("const fs = require('fs')\nfs.readFileSync('log.txt')", None),
        ("const fs = require('fs')\nfs.writeFileSync('/tmp/x', '')", ("/tmp/x", "temp", True)),
        ("const Database = require('better-sqlite3')\nnew Database('db/app.sqlite')", ("db/app.sqlite", "cwd", True)),
        ("const sqlite3 = require('sqlite3').verbose()\nnew sqlite3.Database(':memory:')", None),
        ("const sqlite3 = require('sqlite3').verbose()\nnew sqlite3.Database('app.db')", ("app.db", "cwd", True)),
        ("new Sequelize({ dialect: 'sqlite', storage: './database.sqlite' })", ("database.sqlite", "cwd", True)),
        ("const multer = require('multer')\nmulter({ dest: 'uploads/' })", ("uploads", "cwd", True)),
        ("const multer = require('multer')\nmulter({ storage: multer.memoryStorage() })", None),
        (
            "import multer from 'multer'\nmulter.diskStorage({ destination: (req, f, cb) => cb(null, 'up') })",
            ("up", "cwd", True),
        ),
        (
            "import winston from 'winston'\nnew winston.transports.File({ filename: 'logs/error.log' })",
            ("logs/error.log", "cwd", True),
        ),
    ],
)
def test_a_write_is_found_with_its_place(text: str, expected: tuple[str | None, str, bool] | None) -> None:
    assert _writes(text) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("path.join(__dirname, 'uploads')", ("src/uploads", "module", True)),
        ("path.resolve(__dirname, '..', 'data', 'x')", ("data/x", "module", True)),
        ("path.join(process.cwd(), 'logs')", ("logs", "cwd", True)),
        ("`${__dirname}/files`", ("src/files", "module", True)),
        ("`uploads/${file}`", ("uploads", "cwd", False)),
        ("'uploads/' + file", ("uploads", "cwd", False)),
        ("path.join(os.tmpdir(), 'x')", ("x", "temp", True)),
        ("path.join(os.homedir(), '.x')", (".x", "home", True)),
        ("DIR", ("var", "cwd", True)),
        ("process.env.OUT", ("", "variable", True)),
    ],
)
def test_a_path_is_worked_out(expression: str, expected: tuple[str | None, str, bool]) -> None:
    head = "const fs = require('fs'), path = require('path'), os = require('os')\nconst DIR = 'var'\n"
    assert _writes(f"{head}fs.mkdirSync({expression})") == [expected]


def test_a_default_behind_a_variable_of_the_environment_names_it() -> None:
    (write,) = _facts("const fs = require('fs')\nfs.mkdirSync(process.env.OUT || 'out')").writes
    assert (write.path, write.environment, write.certain) == ("out", ("OUT",), False)


def test_a_name_that_is_a_parameter_too_has_no_value() -> None:
    text = "const fs = require('fs')\nconst dir = 'a'\nfunction save(dir) { fs.mkdirSync(dir) }"
    assert _writes(text) == [(None, "unknown", False)]


def test_the_folder_of_an_es_module_is_worked_out() -> None:
    text = """
        import path from 'path'
        import { fileURLToPath } from 'url'
        import fs from 'fs'
        const __filename = fileURLToPath(import.meta.url)
        const __dirname = path.dirname(__filename)
        fs.mkdirSync(path.join(__dirname, 'up'))
    """
    assert _writes(text) == [("src/up", "module", True)]


def test_typescript_is_read() -> None:
    text = "import * as fs from 'fs';\nexport const save = (a: string): void => { fs.writeFileSync('a' as string, a) };"
    assert _writes(text, "src/a.ts") == [("a", "cwd", True)]


def test_what_cannot_be_parsed_is_a_problem() -> None:
    assert _facts("const = = (").problem == "cannot be read with certainty"


def test_imports_and_computed_imports_are_told_apart() -> None:
    facts = _facts(
        "require('./a'); require(name); import('./b'); import type { X } from './c'\nexport * from './d'", "a.ts"
    )
    assert [name for name, _ in facts.imports] == ["./a", "./b", "./d"]
    assert facts.computed == [1]


def test_commands_ports_and_moves_are_found() -> None:
    text = """
        const { exec, spawn } = require('child_process')
        exec('ffmpeg -i ' + file)
        spawn(tool)
        const PORT = process.env.PORT || 80
        app.listen(PORT)
        other.listen({ port: parseInt(process.env.OTHER, 10) })
        third.listen(Number(process.env.THIRD || '443'))
        process.chdir('/srv')
    """
    facts = _facts(text)
    assert [name for name, _ in facts.commands] == ["ffmpeg", None]
    assert [port for port, _ in facts.ports] == [80, 443]
    assert facts.moves == [9]


def test_an_import_finds_the_typescript_file_that_it_will_be_made_from() -> None:
    context = BuildContext.of_files({"src/a.ts": "", "src/lib/index.js": ""})
    assert imported_path(context, "src/b.ts", "./a.js") == "src/a.ts"
    assert imported_path(context, "src/b.ts", "./lib") == "src/lib/index.js"
    assert imported_path(context, "src/b.ts", "express") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export const sum = (a, b) => a + b", False),
        ("import React from 'react'", False),
        ("import { writeFile } from 'node:fs/promises'", True),
        ("app.listen(80)", True),
        ("new Sequelize({ dialect: 'sqlite', storage })", True),
        ("import puppeteer from 'puppeteer'", True),
    ],
)
def test_a_module_that_can_tell_nothing_need_not_be_parsed(text: str, expected: bool) -> None:
    assert may_tell(BuildContext.of_files({"a.js": text}), "a.js") is expected
