"""A proof whose texts may be shown: what a build, a container or a repository says is words, and orders nobody."""

from __future__ import annotations

import dataclasses
from typing import Any

from dockerfix.report.printed import several_lines
from dockerfix.verify.proof import Proof

__all__ = ["printable"]


def printable(proof: Proof) -> Proof:
    """The same proof with escape codes, signs that turn text around, and commands of CI runners spelled out."""
    shown = _shown(proof)
    assert isinstance(shown, Proof)
    return shown


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return several_lines(value)
    if isinstance(value, tuple):
        return tuple(map(_shown, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{name: _shown(getattr(value, name)) for name in names})
    return value
