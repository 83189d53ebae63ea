"""pip's cache, dealt with by a step further down, in the spellings that people have for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import Repaired

from dockerfix.api import fix_file

_HEAD = "FROM python:3.12-slim AS a\nWORKDIR /app\nCOPY . .\nRUN pip install flask\n"
_FILES = {
    "clean.sh": "#!/bin/sh\nrm -r /root/.cache\n",
    "Makefile": "clean:\n\trm -r ~/.cache\n",
    "package.json": '{"scripts": {"clean": "rm -r ~/.cache"}}',
}


def _repaired(folder: Path, step: str) -> Repaired:
    (folder / ".git").mkdir()
    for name, text in {**_FILES, "Dockerfile": f"{_HEAD}{step}\n"}.items():
        (folder / name).write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=["DF301"]))


@pytest.mark.parametrize(
    "step",
    [
        "RUN rm -rf /root/.cache/*",
        "RUN rm -fr $HOME/.cache/pip",
        "RUN rm -rf ~/.cache /tmp/*",
        "RUN rm -rf /root/.[!.]*",
        "RUN rm -rf /root/.c*",
        "RUN rm -rf ${PIP_CACHE:-/root/.cache}",
        'RUN ["rm", "-rf", "/root/.cache"]',
        "RUN <<EOT\nrm -rf /root/.cache\nEOT",
        "RUN cd /root && rm -rf .cache",
        "WORKDIR /root\nRUN rm -rf .cache",
        "WORKDIR /root/.cache\nRUN rm -rf pip",
        "ENV C=/root/.cache\nRUN rm -rf $C",
        "RUN python -m pip cache purge",
        "RUN find / -name pip -path '*cache*' -exec rm -rf {} +",
        "RUN find ~ -type d -name '.cache' | xargs rm -rf",
        "RUN bash -c 'rm -rf ~/.cache'",
        "RUN sh clean.sh",
        "RUN make clean",
        "RUN npm run clean",
        "RUN pip install --no-cache-dir --find-links /root/.cache/pip/wheels b",
        "RUN PIP_FIND_LINKS=file:///root/.cache pip install --no-cache-dir b",
        "RUN pip install --cache-dir /root/.cache/pip b",
        "FROM a AS b\nRUN rm -rf /root/.cache",
        "FROM a\nRUN pip cache list",
    ],
)
def test_a_later_step_that_has_to_do_with_the_cache_is_named(step: str, tmp_path: Path) -> None:
    found = _repaired(tmp_path, step)
    assert found.offered("DF301") == "unsafe"
    assert "names the cache" in found.because("DF301")


@pytest.mark.parametrize(
    "step",
    [
        "RUN rm -rf /root/* /tmp/* /var/lib/apt/lists/*",
        "RUN rm -rf /root/.cache/huggingface",
        "RUN rm -rf *",
        "RUN mkdir -p /root/.cache/pip",
        "RUN echo done > /app/cache",
        "ENV NODE_CACHE=/app/.caches\nRUN rm -rf $NODE_CACHE",
        "FROM python:3.12-slim\nRUN rm -rf /root/.cache",
    ],
)
def test_a_step_that_means_something_else_is_none(step: str, tmp_path: Path) -> None:
    assert "DF301" in _repaired(tmp_path, step).applied
