"""What a stranger's container may do: the least that lets an image start as its Dockerfile means it."""

from __future__ import annotations

from dockerfix.frozen import frozen

__all__ = ["Confinement", "confinement"]

# What root keeps of the fourteen that Docker gives by default: enough to hand files over, to become another user
# (gosu, su, setpriv; sudo writes to the audit log) and to bind a low port. Without NET_RAW, MKNOD, SETFCAP, SETPCAP and
# SYS_CHROOT, which no start of a service needs. Tried with Docker 20.10 on Debian 13.
_OF_ROOT = (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID", "AUDIT_WRITE",
)  # fmt: skip
# A user has none in effect; the kernel refuses to start a program whose file asks for one that is not allowed.
_OF_USERS = ("NET_BIND_SERVICE",)


@frozen
class Confinement:
    """How a container is kept.

    Attributes:
        capabilities: the only ones that it and its programs can ever have.
        may_gain: programs with a setuid bit give their rights (no `no-new-privileges`).
    """

    capabilities: tuple[str, ...] = _OF_ROOT
    may_gain: bool = False


def confinement(user: str, *, changes_user: bool) -> Confinement:
    """How to keep the container of an image.

    Root becomes somebody else without a setuid bit, so that `no-new-privileges` takes nothing from gosu, su, setpriv,
    and sudo; called by another user than root, sudo and su need the bit.

    Args:
        user: of the image's configuration; empty for root.
        changes_user: a program of the start is known to go on as another user.
    """
    if user.partition(":")[0] in ("", "root", "0"):
        return Confinement()
    return Confinement(may_gain=True) if changes_user else Confinement(_OF_USERS)
