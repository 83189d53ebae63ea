"""Renews `locks/`: what the action, the GitLab template and our image install, each file by its hash.

`bot.txt` holds what `dockerfix[forgejo,github,gitlab]` needs, `build.txt` what builds dockerfix itself, `uv.txt` the
uv of our image. Run it with uv at hand, read the change, and commit it. Versions that are locked already stay, unless
`--upgrade` is given.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ROOT / "locks"
EXTRAS = ("forgejo", "github", "gitlab")
_HEADER = "# Written by tools/lock.py; `pip install --require-hashes -r` takes nothing else.\n"


def lock(source: Path, target: Path, words: list[str]) -> None:
    """Resolve one file of requirements for every platform and write it with hashes. Raises CalledProcessError."""
    command = ["uv", "pip", "compile", str(source), "--output-file", str(target), "--quiet", "--universal"]
    command += ["--generate-hashes", "--python-version", "3.11", "--no-header", "--no-annotate", *words]
    subprocess.run(command, cwd=ROOT, check=True)
    text = target.read_text(encoding="utf-8")
    target.write_text(_HEADER + text.removeprefix(_HEADER), encoding="utf-8")


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest version of everything")
    words = ["--upgrade"] if parser.parse_args().upgrade else []
    LOCKS.mkdir(exist_ok=True)
    project = ROOT / "pyproject.toml"
    lock(project, LOCKS / "bot.txt", words + [word for extra in EXTRAS for word in ("--extra", extra)])
    needs = {
        "build.txt": tomllib.loads(project.read_text(encoding="utf-8"))["build-system"]["requires"],
        "uv.txt": ["uv"],
    }
    for name, requirements in needs.items():
        with tempfile.NamedTemporaryFile("w", suffix=".in") as source:
            source.write("\n".join(requirements))
            source.flush()
            lock(Path(source.name), LOCKS / name, words)


if __name__ == "__main__":
    main()
