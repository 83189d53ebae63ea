"""What an install reads because a word, a variable, or a file that it reads names it."""

from __future__ import annotations

import pytest
from installing import problem, read, split

UV = (
    '[project]\nname = "a"\nversion = "1"\ndependencies = ["x"]\n'
    '[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n'
)
PYTHON = {
    "pyproject.toml": UV,
    "uv.lock": "version = 1\n",
    "src/a/__init__.py": "",
    "wheels/x-1.whl": "",
    "certs/ca.pem": "",
}
NODE = {
    "package.json": '{"name": "a", "dependencies": {"x": "1"}}',
    "package-lock.json": '{"lockfileVersion": 3}',
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "yarn.lock": "__metadata:\n  version: 8\n",
    "bun.lock": "{}",
    "src/main.js": "",
    "certs/ca.pem": "",
    "vendor/x-1.tgz": "",
    "hooks/p.cjs": "module.exports = {}",
}


def _further(run: str, files: dict[str, str], changes: dict[str, str], above: str = "") -> list[str]:
    """What is read besides manifests and lock files."""
    known = {*files} & {"pyproject.toml", "uv.lock", "package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"}
    found = read(run, {**files, **changes}, above=f"{above}COPY . .\n")
    return [path for path in found if path not in {*known, "bun.lock", *changes}]


@pytest.mark.parametrize(
    "settings",
    [
        '[tool.uv]\nfind-links = ["wheels"]\n',
        '[tool.uv]\nfind-links = ["./wheels/"]\n',
        '[[tool.uv.index]]\nname = "own"\nurl = "wheels"\nformat = "flat"\n',
        '[[tool.uv.index]]\nurl = "file:///app/wheels"\nformat = "flat"\n',
        '[tool.uv]\nextra-index-url = ["./wheels"]\n',
        '[tool.uv.sources]\nx = {path = "wheels/x-1.whl"}\n',
    ],
)
def test_settings_of_uv_name_wheels(settings: str) -> None:
    found = split("uv sync --locked", {**PYTHON, "pyproject.toml": UV + settings})
    assert "wheels/x-1.whl" in found.reads.values()


@pytest.mark.parametrize(
    ("run", "above", "path"),
    [
        ("uv sync --find-links wheels", "", "wheels/x-1.whl"),
        ("uv sync -f ./wheels", "", "wheels/x-1.whl"),
        ("uv sync --an-option-of-tomorrow wheels", "", "wheels/x-1.whl"),
        ("uv sync --an-option-of-tomorrow=certs/ca.pem", "", "certs/ca.pem"),
        ("uv sync", "ENV UV_FIND_LINKS=wheels\n", "wheels/x-1.whl"),
        ("uv sync", "ENV SSL_CERT_FILE=certs/ca.pem\n", "certs/ca.pem"),
        ("uv sync", "ARG UV_INDEX=./wheels\n", "wheels/x-1.whl"),
        ("UV_FIND_LINKS=wheels uv sync", "", "wheels/x-1.whl"),
    ],
)
def test_words_and_variables_name_files(run: str, above: str, path: str) -> None:
    assert path in split(run, PYTHON, above=f"{above}COPY . .\n").reads.values()


def test_what_an_install_of_dependencies_does_not_read_is_left_where_it_is() -> None:
    manifest = (
        UV.replace('name = "a"', 'name = "a"\nreadme = "README.md"\nscripts = {a = "a:main"}\nlicense-files = ["docs"]')
        + '[tool.uv]\ndefault-groups = ["tests"]\ncache-keys = [{file = "README.md"}]\n'
        + '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n[tool.ruff]\nsrc = ["src"]\n[tool.hatch]\nx = "docs"\n'
    )
    files = {**PYTHON, "pyproject.toml": manifest, "README.md": "", "tests/t.py": "", "docs/a.py": "", "x/a.py": ""}
    reads = split("uv sync --locked --group tests --extra docs", files).reads
    assert sorted(reads.values()) == ["pyproject.toml", "uv.lock"]


def test_folder_of_code_that_a_setting_names_is_told() -> None:
    files = {**PYTHON, "pyproject.toml": UV + '[tool.uv]\nfind-links = ["src"]\n'}
    assert "pyproject.toml names src (tool.uv.find-links)" in problem("uv sync", files)


@pytest.mark.parametrize(
    ("run", "changes", "above", "paths"),
    [
        ("npm ci", {".npmrc": "cafile=certs/ca.pem\n"}, "", ["certs/ca.pem"]),
        ("npm ci", {".npmrc": "//r.example/:certfile = certs/ca.pem\n"}, "", ["certs/ca.pem"]),
        ("npm ci", {".npmrc": "access=src\nnode-linker=hooks\n"}, "", []),
        ("npm ci --cafile certs/ca.pem", {}, "", ["certs/ca.pem"]),
        ("npm ci --omit dev", {"dev/x.js": ""}, "", []),
        ("npm ci --userconfig ci/npmrc", {"ci/npmrc": "cafile=./certs/ca.pem\n"}, "", ["certs/ca.pem"]),
        ("npm ci", {}, "ENV NPM_CONFIG_CAFILE=certs/ca.pem\n", ["certs/ca.pem"]),
        ("npm ci", {}, "ENV NODE_OPTIONS='--require ./hooks/p.cjs'\n", ["hooks/p.cjs"]),
        ("npm ci", {"package.json": '{"dependencies": {"x": "vendor/x-1.tgz"}}'}, "", ["vendor/x-1.tgz"]),
        ("npm ci", {"package.json": '{"overrides": {"y": {"x": "file:vendor/x-1.tgz"}}}'}, "", ["vendor/x-1.tgz"]),
        ("npm ci", {"package.json": '{"main": "src/main.js", "files": ["src"], "jest": {"roots": ["src"]}}'}, "", []),
        ("npm ci", {"package.json": '{"volta": {"extends": "hooks/v.json"}}', "hooks/v.json": "{}"}, "", []),
        ("pnpm install --pnpmfile hooks/p.cjs", {}, "", ["hooks/p.cjs"]),
        ("pnpm install", {".npmrc": "pnpmfile=hooks/p.cjs\n"}, "", ["hooks/p.cjs"]),
        ("pnpm install", {"pnpm-workspace.yaml": "pnpmfile: [hooks/p.cjs]\n"}, "", ["hooks/p.cjs"]),
        ("pnpm install", {}, "ENV PNPM_CONFIG_PNPMFILE=hooks/p.cjs\n", ["hooks/p.cjs"]),
        ("pnpm install", {"pnpm-workspace.yaml": "cafile: certs/ca.pem\n"}, "", ["certs/ca.pem"]),
        (
            "pnpm install",
            {"pnpm-workspace.yaml": "catalogs:\n  a:\n    x: file:vendor/x-1.tgz\n    src: ^1\n"},
            "",
            ["vendor/x-1.tgz"],
        ),
        (
            "yarn install",
            {".yarnrc.yml": 'nodeLinker: pnpm\nnetworkSettings:\n  "*":\n    httpsCaFilePath: certs/ca.pem\n'},
            "",
            ["certs/ca.pem"],
        ),
        ("yarn install", {".yarnrc.yml": "supportedArchitectures:\n  os: [src]\n"}, "", []),
        ("yarn install", {}, "ENV YARN_HTTPS_CA_FILE_PATH=certs/ca.pem\n", ["certs/ca.pem"]),
        ("yarn install --use-yarnrc ci.yarnrc", {"ci.yarnrc": 'cafile "./certs/ca.pem"\n'}, "", ["certs/ca.pem"]),
        ("bun install", {"bunfig.toml": 'preload = ["src/main.js"]\n[test]\nroot = "src"\n'}, "", []),
        ("bun install --cafile=certs/ca.pem", {}, "", ["certs/ca.pem"]),
    ],
)
def test_settings_of_node(run: str, changes: dict[str, str], above: str, paths: list[str]) -> None:
    assert _further(run, NODE, changes, above) == paths


@pytest.mark.parametrize("lock", ["package-lock.json", "yarn.lock", "pnpm-lock.yaml"])
def test_bun_makes_its_lock_file_of_another_one(lock: str) -> None:
    assert read("bun install", {"package.json": "{}", lock: "", "a.js": ""}) == sorted(["package.json", lock])


def test_npm_leaves_the_lock_of_yarn_alone_where_it_has_its_own() -> None:
    assert "yarn.lock" not in read("npm install", NODE)


@pytest.mark.parametrize("script", ["dependencies", "pnpm:devPreinstall", "postinstall"])
def test_scripts_around_an_install_may_need_the_source(script: str) -> None:
    files = {"package.json": f'{{"scripts": {{"{script}": "node src/main.js"}}}}', "src/main.js": ""}
    assert "runs `node src/main.js`" in problem("npm install", files)


def test_constraints_that_yarn_checks_are_code_that_runs() -> None:
    settings = {".yarnrc.yml": "nodeLinker: pnpm\nenableConstraintsChecks: true\n"}
    code = {"yarn.config.cjs": "module.exports = require('./rules.cjs')", "rules.cjs": "", "other.cjs": ""}
    assert {"yarn.config.cjs", "rules.cjs"} < {*read("yarn install", {**NODE, **settings, **code})}
    assert "other.cjs" not in read("yarn install", {**NODE, **settings, **code})


def test_variables_of_the_program_are_no_settings_of_an_install() -> None:
    files = {"requirements.txt": "flask\n", "main.py": "", "data/x.csv": ""}
    above = "ENV FLASK_APP=main.py DATA=/app/data PYTHONPATH=/app\nCOPY . .\n"
    assert read("pip install -r requirements.txt", files, above=above) == ["requirements.txt"]


def test_name_of_a_package_is_no_folder() -> None:
    assert read("pip install --no-cache-dir flask", {"flask/__init__.py": "", "main.py": ""}) == []


def test_file_that_the_output_goes_to_is_not_read() -> None:
    files = {**PYTHON, "requirements.txt": ""}
    assert read("uv export --no-emit-project -o requirements.txt", files) == ["pyproject.toml", "uv.lock"]


def test_manifest_that_is_mounted_names_files_too() -> None:
    mounts = "--mount=type=bind,source=pyproject.toml,target=pyproject.toml"
    files = {**PYTHON, "pyproject.toml": UV + '[tool.uv]\nfind-links = ["wheels"]\n'}
    assert "wheels/x-1.whl" in read(f"{mounts} uv sync --no-install-project", files)


def test_version_of_pnpm_that_the_manifest_names_is_read_by_the_fetch() -> None:
    manifest = '{"packageManager": "pnpm@9.1.0", "scripts": {"postinstall": "node src/main.js"}}'
    found = split("pnpm install", {**NODE, "package.json": manifest})
    assert found.instead == "pnpm fetch"
    assert sorted(found.reads.values()) == ["package.json", "pnpm-lock.yaml"]
