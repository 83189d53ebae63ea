"""Import the libraries that are said to write nothing, as an unprivileged user, and tell what they wrote.

    python tools/check_libraries.py VENV/bin/python

For every record of `libraries_python.toml` with `writes = "nothing"` whose package the given interpreter has, its
modules are imported as uid 10001 in an empty folder of root, with an empty home folder. Each file that comes to stand
in the home folder, and each import that fails for want of a permission, is a line of the output; the exit code is 1
with any that no record foretells. Run as root; the records' source `imported` names the day.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dockerfix.project.known.libraries import Library, python_libraries

_UID = 10001
_IMPORT = """
import importlib, sys
try:
    importlib.import_module(sys.argv[1])
except PermissionError as error:
    print("PERMISSION", error)
except Exception as error:
    print("SKIPPED", type(error).__name__, error)
"""


def main(python: str) -> int:
    """Check all records that the interpreter can import; the number of surprises, at most 1."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    installed = {re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() for line in listed.stdout.split()}
    quiet = [one for one in python_libraries().records.values() if one.writes == "nothing" and one.package in installed]
    surprises = [found for record in quiet if (found := _surprise(python, record))]
    print(*surprises, f"{len(quiet)} records checked, {len(surprises)} surprises", sep="\n")
    return min(1, len(surprises))


def _surprise(python: str, record: Library) -> str:
    with tempfile.TemporaryDirectory() as top:
        work, home = Path(top, "work"), Path(top, "home")
        for folder in (Path(top), work, home):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        os.chown(home, _UID, _UID)
        command = [
            "setpriv",
            f"--reuid={_UID}",
            f"--regid={_UID}",
            "--clear-groups",
            python,
            "-c",
            _IMPORT,
            record.name,
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, timeout=120)
        made = [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]
        foretold = bool(record.home) and all(path.startswith(record.home.split("/")[0]) for path in made)
        if made and not foretold:
            return f"{record.name} keeps {', '.join(made)} at home"
        return f"{record.name}: {run.stdout.strip()}" if "PERMISSION" in run.stdout else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
