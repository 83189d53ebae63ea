"""The proof that costs a build: an image built before and after the repairs, and measured by a real engine."""

from dockerfix.verify.engine import EngineError
from dockerfix.verify.plan import Plan
from dockerfix.verify.proof import Dropped, Proof, Verdict
from dockerfix.verify.subject import Subject
from dockerfix.verify.verify import Verified, verify

__all__ = ["Dropped", "EngineError", "Plan", "Proof", "Subject", "Verdict", "Verified", "verify"]
