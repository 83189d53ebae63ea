"""Mounts that only a README names."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.api import fix_file
from dockerfix.project.builds.readmes import readme_runs
from dockerfix.project.context.build_context import BuildContext

_DOCKERFILE = 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n'


def _runs(text: str) -> list[tuple[int, tuple[str, ...]]]:
    context = BuildContext.of_files({"README.md": text})
    return [(run.line, tuple(mount.target for mount in run.mounts)) for run in readme_runs(context, "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# App\n\n```sh\ndocker run -v ./data:/app/data notes\n```\n", [(4, ("/app/data",))]),
        ("~~~\n$ docker run -d \\\n    -v notes:/data \\\n    notes\n~~~\n", [(2, ("/data",))]),
        ("Start it:\n\n    docker run -v $PWD/x:/x notes\n", [(3, ("/x",))]),
        ("```console\nuser@host:~$ sudo podman run -v /srv/a:/a:Z notes\n```\n", [(2, ("/a",))]),
        ("```\nclient = docker.from_env()\n```\n```\ndocker run notes\n```\n", [(5, ())]),
        ("Say docker run -v ./data:/data notes to start it.\n", []),
        ("```\ndocker build -t notes .\n```\n", []),
    ],
)
def test_code_blocks_are_read(text: str, expected: list[tuple[int, tuple[str, ...]]]) -> None:
    assert _runs(text) == expected


def test_words_and_variables_are_examples() -> None:
    context = BuildContext.of_files({"README.md": "```\ndocker run -e A=1 notes --help\n```\n"})
    (run,) = readme_runs(context, "")
    assert (run.command, run.environment) == (None, ())


def test_a_mount_where_the_app_writes_is_for_a_person(tmp_path: Path) -> None:
    readme = "```\ndocker run -v $(pwd)/data:/app/data notes\n```\n"
    files = {"Dockerfile": _DOCKERFILE, "main.py": 'open("data/a.txt", "w")\n', "README.md": readme, ".git/HEAD": ""}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    outcome = fix_file(tmp_path / "Dockerfile", write=False, select=["DF501"])
    (finding,) = [one.finding for one in outcome.remaining]
    assert finding.fix is not None
    assert finding.fix.applicability.value == "suggestion"
    assert finding.because.startswith("README.md:2 mounts")
