"""The repairs of a checkout, all together, rule by rule, or one rule alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from dockerfix.bot.offering import stage_of
from dockerfix.bot.proposal import Repairs, Stage, conventional_title, repairs_of
from dockerfix.cli.forge.foreign import repairs_in
from dockerfix.cli.forge.proving import Proven
from dockerfix.cli.options import Options
from dockerfix.report.model import Report
from dockerfix.rules import all_rules

__all__ = ["RepairedFolder"]


class RepairedFolder:
    """What can be repaired in a folder.

    Args:
        look: finds the repairs; `foreign.repairs_apart` where this process has to outlive whatever it meets.
        prove: finds them, and keeps those that a build has proven; None where none is asked for.
    Attributes:
        evidence: what was measured, as Markdown; "" where nothing was.
        repairs: with all rules that the options allow.
    """

    def __init__(
        self,
        folder: Path,
        options: Options,
        look: Callable[[str, Options], Report] = repairs_in,
        prove: Callable[[str, Options], Proven] | None = None,
    ) -> None:
        self._folder, self._options, self._look = folder, options, look
        proven = prove(os.fspath(folder), options) if prove is not None else None
        self.evidence = proven.evidence if proven is not None else ""
        self.repairs = repairs_of(proven.report, folder) if proven is not None else self._repairs(options)

    def by_rule(self, code: str) -> Repairs:
        """The repairs that one rule makes by itself."""
        if code in self._codes():
            return self._repairs(self._only({code}))
        return Repairs({}, {}, self.repairs.failures)

    def stages(self, kind: str) -> tuple[Stage, ...]:
        """A commit for each rule, the last of which ends where all rules together do.

        Args:
            kind: what each title begins with.
        """
        stages: list[Stage] = []
        codes = self._codes()
        for count, code in enumerate(codes, start=1):
            repairs = self.repairs if count == len(codes) else self._repairs(self._only(set(codes[:count])))
            made = [(path, entry) for path, entry in repairs.repaired() if entry.code == code]
            stages.append(stage_of(conventional_title(kind, made), made, repairs.changes))
        return tuple(stages)

    def _codes(self) -> list[str]:
        return sorted({entry.code for _, entry in self.repairs.repaired()})

    def _only(self, codes: set[str]) -> Options:
        """The options with all other rules ignored, so that what the repository ignores stays ignored."""
        others: Iterable[str] = (rule.code for rule in all_rules() if rule.code not in codes)
        chosen = None if self._options.select is None else tuple(sorted(codes))
        ignored = self._options.ignore if chosen else (*self._options.ignore, *others)
        return replace(self._options, select=chosen, ignore=tuple(dict.fromkeys(ignored)))

    def _repairs(self, options: Options) -> Repairs:
        return repairs_of(self._look(os.fspath(self._folder), options), self._folder)
