"""Whether a file that is copied to a path becomes that path, or goes into the folder that stands there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dockerfix.image.steps import Step, Transfer
from dockerfix.syntax import Run
from dockerfix.text import encode

__all__ = ["USUAL_FOLDERS", "Landing", "lands_in_folder"]

# Folders that every distribution brings along. Source: Filesystem Hierarchy Standard 3.0; seen in Debian, Alpine, UBI.
USUAL_FOLDERS = frozenset(
    "/ /bin /dev /etc /home /lib /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/lib "
    "/usr/local /usr/local/bin /usr/local/lib /usr/local/share /usr/sbin /usr/share /var /var/cache /var/lib /var/log "
    "/var/tmp".split()
)
_OF_THE_SYSTEM = ("/etc/", "/usr/", "/var/", "/lib/", "/opt/", "/srv/", "/home/", "/root/", "/run/")
_PROGRAM_FOLDERS = ("bin", "sbin")


class Landing(NamedTuple):
    """A destination, the steps before (nearest first), and what copies among them left there or around it.

    What `lands_in_folder` answers for the file tool, below `FROM debian:13`:

        COPY src /app      False: nothing is there, src becomes /app; copies=[]
        COPY tool /app     True: copies=[{/app/main.c}] has files below it; tool becomes /app/tool
        COPY tool /data    False: Debian has no such folder; tool becomes /data
        COPY tool /etc/x   None: Debian may have a folder of that name
    """

    destination: str
    steps: Sequence[Step]
    copies: Sequence[Mapping[str, object] | None]


def lands_in_folder(item: Transfer, landing: Landing) -> bool | None:
    """Whether the files that a transfer names go into its destination as a folder; None when unknown.

    Source: BuildKit dispatchCopy; fsutil copy.prepareTargetDir. A destination without final slash is a folder where
    one stands there.
    """
    if item.into_folder:
        return True
    for copied in landing.copies:
        if copied is None:
            return None
        if landing.destination in copied:
            return False
        if any(place.startswith(f"{landing.destination}/") for place in copied):
            return _listed(copied) or None
    if _looks_like_file(item, landing.destination):
        return False
    if _is_mentioned(landing) or not all(_listed(copied) for copied in landing.copies if copied is not None):
        return None
    return _of_base(item, landing.destination)


def _listed(copied: Mapping[str, object]) -> bool:
    """Whether a copy tells each of its files."""
    return not any(place.endswith(">") for place in copied)


def _looks_like_file(item: Transfer, destination: str) -> bool:
    """Whether the last name has an extension, or is that of the source."""
    name = posixpath.basename(destination)
    if "." in name[1:]:
        return True
    return any(source.path is not None and posixpath.basename(source.path) == name for source in item.sources)


def _is_mentioned(landing: Landing) -> bool:
    """Whether a RUN speaks of such a name; the folders that one certainly makes are known before (`State.folders`)."""
    name = encode(posixpath.basename(landing.destination))
    runs = (step.instruction for step in landing.steps if isinstance(step.instruction, Run))
    return any(name in (run.script or run.arguments).raw for run in runs)


def _of_base(item: Transfer, destination: str) -> bool | None:
    """What the base image says, where nothing in the file speaks of the place."""
    ground = item.before.ground
    if ground == "empty":
        return False
    in_programs = posixpath.basename(posixpath.dirname(destination)) in _PROGRAM_FOLDERS
    if ground == "usual" and (in_programs or not destination.startswith(_OF_THE_SYSTEM)):
        return False
    return None
