"""Reads what the kernel tells of a process: its capabilities, its program, the ports that are listened on."""

from __future__ import annotations

import posixpath
import re

__all__ = ["capability_names", "listening", "program_name"]

# Source: include/uapi/linux/capability.h, in the order of the bits.
_CAPABILITIES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore".split()
)
_LISTENS = "0A"
_PORT = re.compile(r"[0-9A-Fa-f]{1,4}")
_MOST_PORTS = 200
_SHEBANG_HOSTS = re.compile(r"python[\d.]*|node|ruby|perl|bash|sh|dash")


def capability_names(status: str) -> tuple[str, ...] | None:
    """The effective capabilities that `/proc/PID/status` holds as bits; None when it was not read."""
    line = re.search(r"^CapEff:\s+([0-9a-f]{1,32})$", status, re.MULTILINE)
    if line is None:
        return None
    bits = int(line[1], 16)
    return tuple(name for number, name in enumerate(_CAPABILITIES) if bits >> number & 1)


def program_name(cmdline: str) -> str | None:
    """What a process runs: `uvicorn` for `/usr/local/bin/python3 /usr/local/bin/uvicorn main:app`; None when unknown.

    A script's interpreter stands first in what the kernel tells, the script behind it.
    """
    words = [posixpath.basename(word) for word in cmdline.rstrip("\0").split("\0")]
    if not words or not words[0]:
        return None
    is_host = _SHEBANG_HOSTS.fullmatch(words[0]) is not None
    if is_host and len(words) > 1 and not words[1].startswith("-") and "." not in words[1]:
        return words[1]
    return words[0]


def listening(tcp: str | None, tcp6: str | None) -> tuple[tuple[int, bool], ...] | None:
    """The TCP ports that are listened on, each with whether it is reached from outside the container.

    Args:
        tcp, tcp6: `/proc/PID/net/tcp` and `tcp6`; None where they could not be read.
    """
    if tcp is None and tcp6 is None:
        return None
    reachable: dict[int, bool] = {}
    for line in [*(tcp or "").splitlines()[1:], *(tcp6 or "").splitlines()[1:]]:
        if len(reachable) >= _MOST_PORTS:
            break
        words = line.split()
        if len(words) > 3 and words[3] == _LISTENS:
            address, _, port = words[1].partition(":")
            if not _PORT.fullmatch(port):
                continue  # what the image's own `cat` prints may be anything
            number = int(port, 16)
            reachable[number] = reachable.get(number, False) or not _is_loopback(address)
    return tuple(sorted(reachable.items()))


def _is_loopback(address: str) -> bool:
    """Addresses are words of four bytes, little-endian on the machines that run containers."""
    return address.endswith("7F") if len(address) == 8 else address == "0" * 24 + "01000000"
