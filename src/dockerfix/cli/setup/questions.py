"""What `dockerfix init` asks, and the files that it writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from dockerfix.cli.terminal import Terminal
from dockerfix.config import find_config
from dockerfix.errors import FileError, UsageError
from dockerfix.frozen import frozen
from dockerfix.report.names import quoted
from dockerfix.report.styled import Line, Part

__all__ = ["set_up"]

_CONFIGURATION = """# What dockerfix repairs here; all settings: docs/configuration.md of dockerfix.
# Each line shows the default.

# select = ["ALL"]        # rules to run: codes, prefixes of codes (DF4) or names
# ignore = []             # rules not to run
# exclude = []            # files and folders that a search leaves out, as in .gitignore
# unsafe-fixes = false    # also make repairs that may change behaviour
# strict = false          # fail on suggestions and findings without a repair, too
"""
_HOOK = """repos:
  - repo: local
    hooks:
      - id: dockerfix
        name: dockerfix
        entry: dockerfix --write --quiet --force-exclude
        language: system
        files: (^|/)([Dd]ocker|[Cc]ontainer)file(\\.[^/]+)?$|\\.([Dd]ocker|[Cc]ontainer)file$
        exclude: \\.dockerignore$
        require_serial: true
"""
_INSTALL = "git+https://… (the address that you had dockerfix from)"
_GITHUB = """name: dockerfix
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  dockerfix:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - run: pipx run --spec "$DOCKERFIX" dockerfix --format github
        env:
          DOCKERFIX: "{origin}"
"""
_GITLAB = """dockerfix:
  image: python:3.12-slim
  timeout: 15 minutes
  script:
    - pip install "$DOCKERFIX"
    - dockerfix --format gitlab > gl-code-quality-report.json || [ $? -eq 1 ]
  variables:
    DOCKERFIX: "{origin}"
  artifacts:
    reports:
      codequality: gl-code-quality-report.json
"""


@frozen
class _Step:
    """One file that may be written: the question, whether Enter means yes, and what has to be done afterwards."""

    question: str
    path: str
    content: str
    is_usual: bool = True
    then: str = ""


def set_up(folder: Path, terminal: Terminal, *, asks: bool) -> int:
    """Ask, write what was said yes to, and say what is left to do.

    Raises:
        FileError: a file cannot be written.
        UsageError: the folder is not there.
    """
    if not folder.is_dir():
        raise UsageError(f"{quoted(str(folder))}: no such folder")
    for step in _steps(folder):
        there = _there(folder, step)
        if there:
            _tell(terminal, f"{there} exists and is left as it is.", *_to_add(step))
        elif _wants(step, terminal, asks=asks):
            _write(folder / step.path, step.content)
            _tell(terminal, f"{step.path} written{step.then}.")
    _tell(terminal, "", "Next: dockerfix --diff shows the repairs, dockerfix --write makes them.")
    return 0


def _steps(folder: Path) -> Iterator[_Step]:
    yield _Step("Write a configuration file with the defaults to change?", "dockerfix.toml", _CONFIGURATION)
    from dockerfix.cli.setup.ignore_files import missing_ignore_files

    for path, text in missing_ignore_files(folder):
        yield _Step("Keep local files, caches and secrets out of the image's build?", path, text)
    run_once = "; run `pre-commit install` once"
    yield _Step("Repair Dockerfiles in each commit (pre-commit)?", ".pre-commit-config.yaml", _HOOK, then=run_once)
    is_gitlab = (folder / ".gitlab-ci.yml").exists()
    origin = _origin()
    if is_gitlab:
        yield _Step("Check merge requests in GitLab CI?", ".gitlab-ci.yml", _GITLAB.format(origin=origin))
        return
    usual = (folder / ".github").is_dir()
    job = _GITHUB.format(origin=origin)
    yield _Step("Check pull requests with GitHub Actions?", ".github/workflows/dockerfix.yml", job, usual)


def _origin() -> str:
    """Where this copy was had from, as pip takes it; a sentence to replace where that is not known."""
    from dockerfix.extras import requirement

    found = requirement()
    return found if found is not None and "git+" in found else _INSTALL


def _there(folder: Path, step: _Step) -> str:
    """The file that holds already what a step would write; "" for none."""
    if step.path == "dockerfix.toml":
        found = find_config(folder)
        return found.name if found is not None and found.parent == folder.absolute() else ""
    return step.path if (folder / step.path).exists() or (folder / step.path).is_symlink() else ""


def _to_add(step: _Step) -> tuple[str, ...]:
    if step.path == "dockerfix.toml":
        return ()
    return ("Add this to it, where it is missing:", *(f"    {line}" for line in step.content.splitlines()))


def _wants(step: _Step, terminal: Terminal, *, asks: bool) -> bool:
    letters = "Y/n" if step.is_usual else "y/N"
    question = f"{step.question} {step.path} [{letters}]"
    if not asks:
        _tell(terminal, f"{question} {'y' if step.is_usual else 'n'}")
        return step.is_usual
    terminal.ask(f"{question} ")
    typed = sys.stdin.readline()
    if not typed:
        raise UsageError("there is no one to answer; --yes takes the default answers")
    return typed.strip().lower()[:1] == "y" if typed.strip() else step.is_usual


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise FileError(f"{quoted(str(path))}: cannot be written ({error.strerror})") from error


def _tell(terminal: Terminal, *lines: str) -> None:
    terminal.show([Line((Part(line),)) for line in lines], "stderr")
