"""Package managers: what their commands read, one file each, and the order of steps that follows from it."""

from dockerfix.image.installers.call import Call, Reading
from dockerfix.image.installers.cargo_chef import chef_edits
from dockerfix.image.installers.certainty import Certainty, certainty
from dockerfix.image.installers.contract import Install, Recogniser, Split
from dockerfix.image.installers.early import EarlyCopy
from dockerfix.image.installers.layout import Layout
from dockerfix.image.installers.order import Order, parted_orders, stage_orders
from dockerfix.image.installers.parting import Parting
from dockerfix.image.installers.stage_installs import installs

__all__ = [
    "Call",
    "Certainty",
    "EarlyCopy",
    "Install",
    "Layout",
    "Order",
    "Parting",
    "Reading",
    "Recogniser",
    "Split",
    "certainty",
    "chef_edits",
    "installs",
    "parted_orders",
    "stage_orders",
]
