"""How often a large build context is looked at: once, whatever the rules ask."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

import dockerfix

FOLDERS, FILES = 40, 25
DOCKERFILE = "FROM python:latest\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    files = {"Dockerfile": DOCKERFILE, "main.py": "", "requirements.txt": "flask\n"}
    files |= {f"data{folder}/{file}.json": "{}" for folder in range(FOLDERS) for file in range(FILES)}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_each_folder_is_listed_and_each_file_looked_at_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: Counter[str] = Counter()
    looked_at: Counter[str] = Counter()
    scandir, lstat = os.scandir, os.lstat

    def noted_scandir(path: str) -> object:
        listed[str(path)] += 1
        return scandir(path)

    def noted_lstat(path: str) -> os.stat_result:
        looked_at[str(path)] += 1
        return lstat(path)

    monkeypatch.setattr(os, "scandir", noted_scandir)
    monkeypatch.setattr(os, "lstat", noted_lstat)
    outcome = dockerfix.fix_file(project / "Dockerfile", write=False)
    assert {applied.finding.code for applied in outcome.applied} >= {"DF101", "DF201", "DF301", "DF601"}
    data = {place: count for place, count in listed.items() if "/data" in place}
    assert data == {f"{project}/data{folder}": 1 for folder in range(FOLDERS)}
    assert max(count for place, count in looked_at.items() if place.endswith(".json")) == 1
