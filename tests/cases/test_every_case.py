"""No case is without a test, and none makes a second run change something."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import CASES, repaired

from dockerfix.fix import repair
from dockerfix.rule import BuildContext
from dockerfix.rules import all_rules

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_a_second_run_changes_nothing(name: str, tmp_path: Path) -> None:
    outcome = repaired(name, tmp_path).outcome
    assert not outcome.held_back
    for change in outcome.files:
        (tmp_path / name / change.path).write_bytes(change.after)
    (tmp_path / name / "Dockerfile").write_bytes(outcome.after.source)
    context = BuildContext.at(tmp_path / name, "Dockerfile")
    assert not repair(outcome.after, context, [rule() for rule in all_rules()]).changed


def test_each_case_has_a_test() -> None:
    texts = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    assert [path.name for path in CASES.iterdir() if f'"{path.name}"' not in texts] == []
