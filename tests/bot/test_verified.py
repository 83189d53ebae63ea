"""`pr --verified`: what is proven is proposed, and the table stands in the body."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.cli.fleet.request import request_from, request_to_json
from dockerfix.cli.forge.proving import Proven, proven_in
from dockerfix.cli.forge.requests import RequestOptions
from dockerfix.cli.forge.stages import RepairedFolder
from dockerfix.cli.options import Options
from dockerfix.errors import UsageError
from dockerfix.report.model import Report


@pytest.mark.parametrize(
    "options",
    [RequestOptions(branch="x/{rule}"), RequestOptions(commit_per_rule=True), RequestOptions(evidence=Path("x.md"))],
)
def test_a_proof_is_of_all_repairs_together(options: RequestOptions) -> None:
    from dataclasses import replace

    with pytest.raises(UsageError, match="--verified proves all repairs together"):
        replace(options, is_verified=True).checked()


def test_what_was_proven_is_proposed_with_its_measurements(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim\nRUN pip install flask\nCMD python -V\n")
    found = RepairedFolder(tmp_path, Options(), prove=lambda folder, options: Proven(Report((), ()), "| table |"))
    assert not found.repairs.changes
    assert found.evidence == "| table |"


def test_where_no_engine_is_there_the_repairs_stay_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.12-slim\nRUN pip install flask\nCMD python -V\n")
    proven = proven_in(str(folder), Options())
    assert proven.evidence == ""
    assert any(one.changed for one in proven.report.files)
    assert "nothing was built to prove the repairs: no engine to verify with" in proven.report.failures[-1].message


def test_workers_of_a_fleet_hear_of_it() -> None:
    assert request_from(request_to_json(RequestOptions(is_verified=True))).is_verified
    assert not request_from({**request_to_json(RequestOptions()), "is_verified": False}).is_verified
