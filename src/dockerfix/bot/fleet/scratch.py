"""Folders for the checkouts of a fleet."""

from __future__ import annotations

from dockerfix.bot.scratch import held, lock, scratch

__all__ = ["held", "lock", "scratch"]
