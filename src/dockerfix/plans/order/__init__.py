"""Package managers: what their commands read, one file each, and the order of steps that follows from it."""

from dockerfix.plans.order.cargo_chef import chef_edits
from dockerfix.plans.order.certainty import Certainty, certainty
from dockerfix.plans.order.early import EarlyCopy
from dockerfix.plans.order.layout import Layout
from dockerfix.plans.order.parting import Parting
from dockerfix.plans.order.read_files import read_files
from dockerfix.plans.order.stage_installs import installs
from dockerfix.plans.order.walk import Order, parted_orders, stage_orders
from dockerfix.programs.installers.call import Call, Reading
from dockerfix.programs.installers.contract import Install, Recogniser, Split

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
    "read_files",
    "stage_orders",
]
