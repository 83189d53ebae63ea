"""A Dockerfile on disk, repaired in all its build contexts: the one path of API, command line, verify and bot."""

from dockerfix.run.contexts import Location, shown
from dockerfix.run.on_disk import OnDisk, on_disk
from dockerfix.run.several import repair_in_all

__all__ = ["Location", "OnDisk", "on_disk", "repair_in_all", "shown"]
