"""What the parts of a body are made from."""

from __future__ import annotations

from dockerfix.bot.proposal import Repairs
from dockerfix.frozen import frozen

__all__ = ["Facts"]


@frozen
class Facts:
    """Everything that a body may tell.

    Attributes:
        base: the branch and commit that the repairs were made from.
        rule_page: the address of a rule's page, with `{code}` and `{name}` in it; "" where there is none.
        evidence: Markdown that `dockerfix verify` made; "" where it did not run.
        configuration: options that were given, as a person would type them.
        version: of dockerfix.
    """

    repairs: Repairs
    base: str
    commit: str
    version: str
    configuration: str = ""
    rule_page: str = ""
    evidence: str = ""
