"""How sure it is that an order of steps leaves the same image, and what has to be left out of the build for that."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.plans.order.filled import ignoring
from dockerfix.plans.order.layout import Layout
from dockerfix.plans.order.walk import Order
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Dockerfile

__all__ = ["Certainty", "certainty"]


@frozen
class Certainty:
    """`doubt` is what may go wrong, empty where nothing may; `because` says why it may not.

    `change` is the change of the ignore file that certainty asks for: its path, its content before and after.
    """

    doubt: str = ""
    because: str = ""
    change: tuple[str, bytes, bytes] | None = None


def certainty(dockerfile: Dockerfile, context: BuildContext, order: Order, layout: Layout) -> Certainty:
    """What is known of an order that may be made."""
    doubt = order.doubt or (order.parting.doubt if order.parting is not None else "") or layout.doubt
    if doubt:
        return Certainty(doubt)
    because = "everything that the install reads is in the build context"
    if not order.exposed:
        return Certainty(because=because)
    change = ignoring(dockerfile, context, order.exposed)
    if change is None:
        return Certainty(
            f"no ignore file leaves out {order.exposed[0]}: one on your machine would replace what the image installs"
        )
    return Certainty(because=f"{because}, and {order.exposed[0]} is kept out of it", change=change)
