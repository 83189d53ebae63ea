"""What docs/library.md and the example codemod show is what happens."""

from __future__ import annotations

import doctest
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from dockerfix.syntax import editing

_ROOT = Path(__file__).parents[2]
_CODEMOD = _ROOT / "examples" / "codemod.py"


def test_every_snippet_of_the_page_runs() -> None:
    result = doctest.testfile(str(_ROOT / "docs" / "library.md"), module_relative=False)
    assert result.attempted > 30
    assert result.failed == 0


def test_the_snippets_of_the_editor_run() -> None:
    assert doctest.testmod(editing).failed == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "FROM debian\r\nRUN apt-get update && \\\r\n    # tools\r\n    apt-get install -y \\\r\n    curl\r\n",
            "FROM debian\r\nRUN apt-get update && \\\r\n    # tools\r\n"
            "    apt-get install --no-install-recommends -y \\\r\n    curl\r\n",
        ),
        (
            "FROM debian\nRUN <<EOF\nsudo apt-get -y install git\nEOF\n",
            "FROM debian\nRUN <<EOF\nsudo apt-get -y install --no-install-recommends git\nEOF\n",
        ),
        ("RUN sh -c 'apt-get install a'", "RUN sh -c 'apt-get install --no-install-recommends a'"),
        ("RUN apt-get install --no-install-recommends a\n", "RUN apt-get install --no-install-recommends a\n"),
        ('RUN echo "apt-get install a"\n', 'RUN echo "apt-get install a"\n'),
    ],
)
def test_the_example_codemod_changes_what_it_says(before: str, after: str) -> None:
    rewrite = runpy.run_path(str(_CODEMOD))["without_recommends"]
    assert rewrite(before.encode()) == after.encode()
    assert rewrite(after.encode()) == after.encode()


def test_the_example_codemod_rewrites_files(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_bytes(b"FROM debian\nRUN apt-get install a\n")
    subprocess.run([sys.executable, str(_CODEMOD), str(dockerfile)], check=True)
    assert dockerfile.read_bytes() == b"FROM debian\nRUN apt-get install --no-install-recommends a\n"
