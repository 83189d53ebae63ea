"""Commands that only make users and settle who owns what."""

from __future__ import annotations

from dockerfix.image.commands import RunCommand

__all__ = ["is_account_work"]

_ALWAYS = {"useradd", "groupadd", "adduser", "addgroup", "usermod", "groupmod", "chown", "chgrp"}
_FOLDERS = {"mkdir", "install"}


def is_account_work(item: RunCommand) -> bool:
    """Whether a command adds accounts, sets an owner, or makes an empty folder for one."""
    name = item.program.name
    if name in _FOLDERS:
        return name == "mkdir" or "-d" in item.program.argv
    return name in _ALWAYS
