"""Places that are the system's, and commands that do nothing but account work: what the gate lets a user repair add."""

from __future__ import annotations

from dockerfix.image.commands import RunCommand
from dockerfix.shell.cd import absolute_word

__all__ = ["is_account_work", "is_system_place"]

_ACCOUNT_COMMANDS = frozenset("useradd adduser groupadd addgroup usermod groupmod chown chgrp".split())
_SYSTEM_FOLDERS = frozenset(
    # of each distribution. Source: Filesystem Hierarchy Standard 3.0, and what Debian's base-files brings along
    "/ /bin /boot /dev /etc /home /lib /lib64 /opt /proc /root /run /sbin /sys /tmp /usr /usr/local "
    "/usr/src /var /var/backups /var/lib /var/local /var/log /var/mail /var/opt /var/spool /var/spool/cron "
    "/var/spool/mail /var/tmp".split()
)
_SYSTEM_TREES = tuple(
    "/bin/ /boot/ /dev/ /etc/ /lib/ /lib64/ /proc/ /root/ /run/ /sbin/ /sys/ /usr/bin/ /usr/sbin/ /usr/lib/ "
    "/usr/share/ /usr/local/bin/ /usr/local/sbin/ /usr/local/lib/ /usr/include/ /var/log/ /var/run/ /var/cache/".split()
)


def is_system_place(path: str) -> bool:
    """Whether an absolute path is a folder of the system, or lies in one, so that it is given to nobody else."""
    return path in _SYSTEM_FOLDERS or f"{path}/".startswith(_SYSTEM_TREES)


def is_account_work(item: RunCommand) -> bool:
    """Whether a command adds accounts, sets the owner of a folder that is not the system's, or makes an empty one."""
    program = item.program
    if program.name not in _ACCOUNT_COMMANDS | {"mkdir"} or item.command.redirects or item.command.within:
        return False
    if any(value is None for value in program.argv) or any(word.expands for word in program.words):
        return False
    if program.name not in ("chown", "chgrp", "mkdir"):
        return True
    words = [value for value in program.argv[1:] if value and not value.startswith("-")]
    targets = words if program.name == "mkdir" else words[1:]
    places = [absolute_word(target, item.workdir) for target in targets]
    return bool(places) and all(place is not None and not is_system_place(place) for place in places)
