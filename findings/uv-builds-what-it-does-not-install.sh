#!/usr/bin/env bash
# `uv sync --no-install-project` builds the project all the same where its version is dynamic and no uv.lock is there.
#
# Seen on 2026-12-01 with uv 0.13.9 and setuptools: the form that uv's documentation has for images (manifest, then
# dependencies, then source) fails in its first step, because the build backend is asked for the version of a project
# whose source is not there yet:
#   × Failed to build `app @ file:///…/app`  …  ModuleNotFoundError: app
# With a uv.lock beside it (made where the source is), the same command builds nothing and installs the dependency.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME="$folder" UV_PYTHON_PREFERENCE=only-system
python3 -m venv tool
tool/bin/pip install --quiet 'uv==0.13.9'
mkdir -p whole/app early
cat > whole/pyproject.toml <<'TOML'
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "app"
dynamic = ["version"]
requires-python = ">=3.9"
dependencies = ["iniconfig==2.0.0"]
[tool.setuptools.dynamic]
version = {attr = "app.__version__"}
TOML
echo '__version__ = "1.0"' > whole/app/__init__.py
cp whole/pyproject.toml early/
! (cd early && ../tool/bin/uv sync --no-install-project) 2> sync.log
grep -q 'ModuleNotFoundError: app' sync.log
(cd whole && ../tool/bin/uv lock)
cp whole/uv.lock early/
(cd early && ../tool/bin/uv sync --no-install-project) 2>&1 | tee locked.log
grep -q 'iniconfig==2.0.0' locked.log
