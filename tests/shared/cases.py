"""The projects of `tests/fixtures/cases`, repaired in a copy as `dockerfix` on the command line would."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockerfix.api import fix_file
from dockerfix.fix import Outcome
from dockerfix.rule import Finding

CASES = Path(__file__).parents[1] / "fixtures" / "cases"


@dataclass(frozen=True)
class Repaired:
    """What became of a project's Dockerfile."""

    outcome: Outcome

    @property
    def text(self) -> str:
        """The Dockerfile with all safe repairs."""
        return self.outcome.after.text

    @property
    def applied(self) -> set[str]:
        """Codes of the rules whose repairs were made, being safe."""
        return {one.finding.code for one in self.outcome.applied}

    def findings(self, code: str) -> list[Finding]:
        """What a rule says and did not repair, declined notes included."""
        return [one.finding for one in self.outcome.remaining if one.finding.code == code]

    def offered(self, code: str) -> str | None:
        """`unsafe` or `suggestion` where a rule shows a fix and does not apply it; None without one."""
        fixes = [finding.fix for finding in self.findings(code) if finding.fix is not None]
        return fixes[0].applicability.value if fixes else None

    def because(self, code: str) -> str:
        """The reasons that a rule gives, applied or not, one a line."""
        findings = [one.finding for one in self.outcome.applied if one.finding.code == code]
        return "\n".join(
            (one.fix.because if one.fix is not None else one.because) or "" for one in (*findings, *self.findings(code))
        )

    @property
    def ignore_file(self) -> str | None:
        """The text of the ignore file that is written or changed; None where none is."""
        texts = [change.after for change in self.outcome.files if change.path.endswith("ignore")]
        return texts[0].decode() if texts else None


def repaired(
    name: str, tmp_path: Path, changes: Mapping[str, str | None] | None = None, select: Sequence[str] | None = None
) -> Repaired:
    """Repair a copy of a case, safe repairs only.

    Args:
        changes: texts of files to add or replace, by their path in the project; None takes a file away.
        select: the rules to run; None for all.
    """
    folder = tmp_path / name
    shutil.copytree(CASES / name, folder)
    (folder / ".git").mkdir()  # the root of a repository, so that Git's ignore files count
    for path, text in (changes or {}).items():
        file = folder / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return Repaired(fix_file(folder / "Dockerfile", write=False, select=select))
