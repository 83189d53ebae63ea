"""From findings to a repaired file: conflicts, passes, the write gate, the atomic write."""

from dockerfix.fix.conflicts import choose
from dockerfix.fix.gate import pass_gate
from dockerfix.fix.outcome import Applied, HeldBack, Outcome, Remaining
from dockerfix.fix.repair import repair
from dockerfix.fix.write import write

__all__ = ["Applied", "HeldBack", "Outcome", "Remaining", "choose", "pass_gate", "repair", "write"]
