#!/usr/bin/env bash
# `pdm install --frozen-lockfile` installs unlocked versions, with exit code 0, where its lock file is not there.
#
# Seen on 2026-12-01 with PDM 2.29.4 (and hishel 1.4.0, which it needs): the option's help says "Don't try to create or
# update the lockfile". A Dockerfile that copies pyproject.toml without the lock file, or names another one with -L or
# PDM_LOCKFILE, so gets what is newest on the day of the build, and nothing fails:
#   ✔ Install iniconfig 2.1.0 successful
# `pdm sync` stops there: "[ProjectError]: Lockfile does not exist, nothing to install". So does `uv sync --frozen`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME="$folder" PDM_CHECK_UPDATE=0
python3 -m venv tool
tool/bin/pip install --quiet 'pdm==2.29.4' 'hishel==1.4.0'
mkdir app
cd app
cat > pyproject.toml <<'TOML'
[project]
name = "app"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["iniconfig"]
[tool.pdm]
distribution = false
TOML
../tool/bin/pdm install --prod --frozen-lockfile -L pdm.prod.lock | tee ../install.log
grep -q 'Install iniconfig' ../install.log
test ! -e pdm.prod.lock
! ../tool/bin/pdm sync --prod -L pdm.prod.lock 2> ../sync.log
grep -q 'Lockfile does not exist' ../sync.log
