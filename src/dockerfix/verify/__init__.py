"""The proof that costs a build: an image built before and after the repairs, and measured by a real engine."""

from dockerfix.verify.engine import EngineError
from dockerfix.verify.plan import Plan
from dockerfix.verify.proof import Dropped, Proof, Verdict
from dockerfix.verify.report.html_page import html
from dockerfix.verify.report.json_text import json_text
from dockerfix.verify.report.markdown import markdown
from dockerfix.verify.report.terminal import text
from dockerfix.verify.session import Session, session
from dockerfix.verify.subject import Subject
from dockerfix.verify.verify import Verified, verify

__all__ = [
    "Dropped",
    "EngineError",
    "Plan",
    "Proof",
    "Session",
    "Subject",
    "Verdict",
    "Verified",
    "html",
    "json_text",
    "markdown",
    "session",
    "text",
    "verify",
]
