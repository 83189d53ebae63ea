"""Programs that an app's code runs: known ones, the project's own, and those of which nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_PYTHON = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'
_NODE = 'FROM node:22-slim\nWORKDIR /app\nCOPY . .\nCMD ["node", "main.js"]\n'


def _repaired(folder: Path, dockerfile: str, files: dict[str, str]) -> Repaired:
    for name, text in {"Dockerfile": dockerfile, ".git/HEAD": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF501"]))


def _python(call: str) -> dict[str, str]:
    return {"main.py": f"import os\nimport subprocess\n\n{call}\n"}


@pytest.mark.parametrize(
    "call",
    [
        'subprocess.run(["/opt/vendor/agent", "--once"])',
        'subprocess.run(["nfqueue-tool"])',
        'os.system("cd /tmp && nfqueue-tool -q")',
        'os.spawnlp(os.P_WAIT, "nfqueue-tool", "nfqueue-tool")',
        'os.system(f"cd {os.getcwd()} && nfqueue-tool")',
    ],
)
def test_a_program_of_which_nothing_is_known_is_not_safe(call: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _PYTHON, _python(call))
    assert found.offered("DF501") == "unsafe"
    assert "of which it is not known whether it needs root" in found.because("DF501")


@pytest.mark.parametrize(
    "call",
    [
        'subprocess.run(["ffmpeg", "-i", "a.mp4", "b.mp3"])',
        'subprocess.run(["git", "clone", "https://example.org/a"])',
        'os.system(f"convert {os.getcwd()}/a.png b.jpg && rm a.png")',
        'subprocess.check_output("tesseract a.png out | grep x", shell=True)',
    ],
)
def test_an_ordinary_program_writes_in_the_folder_of_the_app(call: str, tmp_path: Path) -> None:
    assert "COPY --chown=app:app . ." in _repaired(tmp_path, _PYTHON, _python(call)).text


@pytest.mark.parametrize(
    ("script", "offered"),
    [
        ("#!/bin/sh\nset -e\ntar czf out.tgz data\n", None),
        ("#!/bin/sh\niptables -A INPUT -j DROP\n", "suggestion"),
        ("#!/bin/sh\nvendor-tool\n", "unsafe"),
        ('#!/bin/bash\nlog() { echo "$1"; }\nlog start\npandoc a.md -o a.pdf\n', None),
    ],
)
@pytest.mark.parametrize("call", ['subprocess.run(["./job.sh"])', 'subprocess.run(["bash", "job.sh"])'])
def test_a_script_of_the_project_is_read(script: str, offered: str | None, call: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, _PYTHON, {**_python(call), "job.sh": script})
    assert (found.offered("DF501") if "DF501" not in found.applied else None) == offered


def test_a_module_that_is_started_is_read(tmp_path: Path) -> None:
    job = 'import subprocess\n\nsubprocess.run(["iptables", "-L"])\n'
    found = _repaired(tmp_path, _PYTHON, {**_python('subprocess.run(["python", "job.py"])'), "job.py": job})
    assert "job.py:3 runs iptables, which needs root" in found.because("DF501")


@pytest.mark.parametrize(
    ("package", "is_safe"), [("ffmpeg", True), ("libpq5", True), ("wireguard-tools", False), ("nmap", False)]
)
def test_a_computed_command_is_one_that_the_image_has(package: str, is_safe: bool, tmp_path: Path) -> None:
    install = f"RUN apt-get update && apt-get install -y {package}\n"
    dockerfile = _PYTHON.replace("WORKDIR", f"{install}WORKDIR")
    found = _repaired(tmp_path, dockerfile, {"main.py": "import subprocess, sys\n\nsubprocess.run(sys.argv[1:])\n"})
    assert ("DF501" in found.applied) is is_safe


@pytest.mark.parametrize(
    ("call", "offered"),
    [
        ('spawn("ffmpeg", ["-i", "a"])', None),
        ('spawn("vendor-tool", ["-i"])', "unsafe"),
        ('exec("cd /srv && vendor-tool")', "unsafe"),
        ("exec(`git -C ${process.cwd()} pull && iptables -L`)", "suggestion"),
    ],
)
def test_commands_of_javascript(call: str, offered: str | None, tmp_path: Path) -> None:
    main = f'const {{ spawn, exec }} = require("child_process");\n{call};\n'
    found = _repaired(tmp_path, _NODE, {"main.js": main, "package.json": "{}"})
    assert (found.offered("DF501") if "DF501" not in found.applied else None) == offered
