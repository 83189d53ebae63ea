"""Places that are the system's, and commands that do nothing but account work: what the gate lets a user repair add."""

from __future__ import annotations

from itertools import takewhile

from dockerfix.image.commands import RunCommand
from dockerfix.shell.cd import absolute_word

__all__ = ["is_account_work", "is_system_place", "owner_change"]

_ACCOUNT_COMMANDS = frozenset("useradd adduser groupadd addgroup usermod groupmod chown chgrp".split())
_TESTS = frozenset("-path -prune -o -user".split())  # of find(1); they name what is left out
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


def owner_change(argv: tuple[str | None, ...]) -> tuple[str | None, tuple[str | None, ...]] | None:
    """Owner and paths of a `chown` or `chgrp`, or of a `find` that does nothing else; None for other commands."""
    if argv[:1] == ("find",) and "-exec" in argv:
        paths = tuple(takewhile(lambda word: word is None or word[:1] not in ("-", "!", "("), argv[1:]))
        tests, run = argv[len(paths) + 1 : argv.index("-exec")], argv[argv.index("-exec") + 1 :]
        is_plain = {word for word in tests if word is None or word.startswith("-")} <= _TESTS
        done = owner_change(run[:-2]) if run[-2:] == ("{}", "+") else None
        return (done[0], paths) if is_plain and done is not None and not done[1] else None
    if argv[:1] not in (("chown",), ("chgrp",)):
        return None
    owner, *rest = [word for word in argv[1:] if word is None or not word.startswith("-")] or [None]
    return owner, tuple(rest)


def is_account_work(item: RunCommand) -> bool:
    """Whether a command adds accounts, sets the owner of a folder that is not the system's, or makes an empty one."""
    program = item.program
    changed = owner_change(program.argv)
    is_known = program.name in _ACCOUNT_COMMANDS | {"mkdir"} or changed is not None
    if not is_known or item.command.redirects or item.command.within:
        return False
    if any(value is None for value in program.argv) or any(word.expands for word in program.words):
        return False
    if changed is None and program.name != "mkdir":
        return True
    words = [value for value in program.argv[1:] if value and not value.startswith("-")]
    targets = words if changed is None else [path for path in changed[1] if path]
    places = [absolute_word(target, item.workdir) for target in targets]
    return bool(places) and all(place is not None and not is_system_place(place) for place in places)
