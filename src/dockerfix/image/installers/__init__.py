"""Package managers: what their commands read, one file each, and the order of steps that follows from it."""

from dockerfix.image.installers.call import Call, Reading
from dockerfix.image.installers.contract import Install, Recogniser, Split
from dockerfix.image.installers.filled import ignoring
from dockerfix.image.installers.layout import Layout
from dockerfix.image.installers.order import EarlyCopy, Order, stage_orders
from dockerfix.image.installers.stage_installs import installs

__all__ = [
    "Call",
    "EarlyCopy",
    "Install",
    "Layout",
    "Order",
    "Reading",
    "Recogniser",
    "Split",
    "ignoring",
    "installs",
    "stage_orders",
]
