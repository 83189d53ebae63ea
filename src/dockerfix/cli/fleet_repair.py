"""What the process that looks at one repository of a fleet does: nothing but reading, and saying what it found."""

from __future__ import annotations

from pathlib import Path

from dockerfix.bot.proposal import Repairs, repairs_of
from dockerfix.cli.foreign import repairs_in
from dockerfix.cli.options import Options

__all__ = ["repairs_of_checkout"]


def repairs_of_checkout(folder: str, options: Options) -> Repairs:
    """The repairs of a checkout, with paths relative to it; the process changes its folder to the checkout."""
    return repairs_of(repairs_in(folder, options), Path(folder))
