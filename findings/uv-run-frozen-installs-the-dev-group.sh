#!/usr/bin/env bash
# uv: `--frozen` is about the lock file, not about the environment. An image that is built with `uv sync --frozen
# --no-dev` and started with `uv run --frozen app` downloads and installs the dev group at each start of a container,
# and a user who does not own the environment cannot start it at all. `--no-sync`, UV_NO_SYNC=1, or the same `--no-dev`
# leave the environment alone.
# Seen with uv 0.13.9 on 2026-12-01:
#   Installed 1 package in 3ms        <- by `uv run --frozen`
#   after --no-dev: idna; after run --frozen: idna iniconfig
# Exits non-zero where uv does otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$work/uv" uv==0.13.9
export PATH="$work/uv/bin:$PATH" UV_CACHE_DIR="$work/cache" UV_PYTHON_DOWNLOADS=never
mkdir "$work/app"
cd "$work/app"
cat >pyproject.toml <<'TOML'
[project]
name = "app"
version = "1"
requires-python = ">=3.9"
dependencies = ["idna==3.10"]
[dependency-groups]
dev = ["iniconfig==2.0.0"]
TOML
uv lock --quiet

installed() { uv pip list --quiet --format=freeze | cut -d= -f1 | tr '\n' ' '; }

uv sync --quiet --frozen --no-dev
built=$(installed)
uv run --no-sync python -c pass
kept=$(installed)
uv run --frozen --no-dev python -c pass
same=$(installed)
uv run --frozen python -c pass
started=$(installed)
echo "after --no-dev: $built; after run --frozen: $started"
[[ $built == "idna " && $kept == "$built" && $same == "$built" && $started == "idna iniconfig " ]]
