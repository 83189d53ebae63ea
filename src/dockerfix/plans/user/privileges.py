"""What of an image needs root when it starts: programs, commands of its scripts, files that only root can read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from enum import Enum

from dockerfix.frozen import frozen
from dockerfix.image.model import StageImage
from dockerfix.image.state import POSIX_SHELLS
from dockerfix.programs.starts import Program, Start
from dockerfix.project.context.build_context import BuildContext

__all__ = ["Need", "RootNeed", "locked_programs", "start_needs", "unreadable_file"]


class Need(Enum):
    """What a need for root means for an image that shall run as somebody else."""

    SETTLED = "it changes to a user of its own by itself"
    ROOT = "it cannot run without root"
    DECISION = "a person has to change something first"


@frozen
class RootNeed:
    """One reason why an image runs as root, in words for people."""

    need: Need
    text: str


# Programs that give up root by themselves. Source: their manuals.
_SWITCHES = frozenset("gosu su-exec setpriv setuidgid s6-setuidgid chpst su runuser start-stop-daemon".split())
_OWN_USER = frozenset(
    "nginx httpd httpd-foreground apache2 apache2ctl apachectl apache2-foreground php-fpm postgres mysqld mysqld_safe "
    "mariadbd haproxy varnishd named unbound dnsmasq squid postfix dovecot exim memcached slapd rabbitmq-server".split()
)
_OWN_USER_FAMILIES = frozenset("nginx httpd postgres mysql mariadb redis mongo".split())
_ENTRY = "docker-entrypoint.sh"
_BY_FIRST_WORD = frozenset({"redis", "mongo"})
_ROOT_PROGRAMS = {
    "cron": "cron starts jobs of other users",
    "crond": "crond starts jobs of other users",
    "sshd": "sshd opens sessions of other users",
    "dockerd": "dockerd manages the kernel's namespaces",
    "dockerd-entrypoint.sh": "dockerd manages the kernel's namespaces",
    "containerd": "containerd manages the kernel's namespaces",
    "supervisord": "supervisord starts each program as the user that its section names",
    "systemd": "systemd is the system's own process 1",
    "init": "init starts services as users of their own",
    "my_init": "my_init starts services as users of their own",
    "s6-svscan": "s6 starts each service as the user that its script names",
    "runsvdir": "runit starts each service as the user that its script names",
    "rsyslogd": "rsyslogd writes the system's logs",
    "openvpn": "openvpn sets up network devices",
    "wg-quick": "wg-quick sets up network devices",
    "iptables": "iptables changes the network",
    "tcpdump": "tcpdump reads the network",
    "fail2ban-server": "fail2ban changes the network",
}
_ROOT_IN_SCRIPTS = frozenset(
    "chown chgrp chmod apt-get apt apk yum dnf microdnf dpkg useradd adduser groupadd addgroup usermod groupmod "
    "userdel service systemctl mount umount sysctl update-ca-certificates update-rc.d ldconfig locale-gen ip chroot "
    "dpkg-reconfigure passwd chpasswd modprobe setcap sudo doas".split()
)


def start_needs(stage: StageImage, start: Start) -> Iterator[RootNeed]:
    """What the programs of a start need root for."""
    if stage.facts is not None and stage.facts.family in _OWN_USER_FAMILIES:
        settled = _of_family(stage, stage.facts.family)
        yield from [settled] if settled is not None else []
    for program in start.programs:
        found = _program_need(program, in_script=":" in program.place)
        if found is not None:
            yield found


def _of_family(stage: StageImage, family: str) -> RootNeed | None:
    """Whether the server of a base image is started so that it changes the user; None where that is not known.

    The entry points of Redis and MongoDB look at their first word, and an ENTRYPOINT of the file's own goes round them.
    Source: docker-library, redis/docker-entrypoint.sh and mongo/docker-entrypoint.sh: `if [ "$1" = 'redis-server' ]`.
    """
    words = stage.start.argv or ()
    goes_round = bool(words) and posixpath.basename(words[0]) != _ENTRY
    if family in _BY_FIRST_WORD and goes_round:
        return None
    first = posixpath.basename(words[1]) if len(words) > 1 else ""
    if family in _BY_FIRST_WORD and first in POSIX_SHELLS:
        text = f"the entry point changes to the user {family} for the server alone, and is handed {first} here"
        return RootNeed(Need.ROOT, f"{text}: let the words of CMD begin with the server")
    return RootNeed(Need.SETTLED, f"{family} starts as root and then changes to a user of its own")


def _program_need(program: Program, *, in_script: bool) -> RootNeed | None:
    if program.is_own:
        return None  # what it runs is looked at by itself
    name = re.sub(r"(?<=[a-z])[\d.]+$", "", program.name or "")
    if name in _SWITCHES or (name in ("sudo", "doas") and {"-u", "--user"} & set(program.argv)):
        return RootNeed(Need.SETTLED, f"{program.place} starts its program as another user with {name}")
    if name in ("gunicorn", "uwsgi") and any(
        (value or "").startswith(("--user", "--uid", "-u")) for value in program.argv[1:]
    ):
        return RootNeed(Need.SETTLED, f"{name} changes to the user that its options name")
    if name in _OWN_USER:
        return RootNeed(Need.SETTLED, f"{name} starts as root and runs its workers as a user of its own")
    if name in _ROOT_PROGRAMS:
        return RootNeed(Need.ROOT, f"{program.place} starts {name}: {_ROOT_PROGRAMS[name]}")
    if name in _ROOT_IN_SCRIPTS:
        return RootNeed(Need.DECISION, f"{program.place} runs {name} at each start, which takes root")
    if in_script and name in ("docker", "podman"):
        return RootNeed(Need.DECISION, f"{program.place} runs {name}, which needs the engine's socket")
    return None


def locked_programs(stage: StageImage, start: Start, context: BuildContext) -> Iterator[str]:
    """Scripts of the project that only their owner may execute, and that no `chmod` of the build opens."""
    texts = [word.raw for s in stage.all_steps for i in s.commands or () if i.program.name == "chmod"
             for word in i.program.words]  # fmt: skip
    for program in start.programs:
        mode = context.mode(program.file) if program.file is not None else None
        if mode is None or program.file is None or not mode & 0o100 or mode & 0o001:
            continue
        name = posixpath.basename(program.file)
        if not any(text.endswith(name) or text == "-R" for text in texts):
            yield f"{program.file} has mode {mode:o}, and COPY keeps it: nobody but root could execute it"


def unreadable_file(files: Iterable[tuple[str, str]], context: BuildContext) -> str | None:
    """The first file of the context, among those copied, that others than its owner cannot read.

    Args:
        files: image path and context path.
    """
    paths = [path for _, path in files]
    folders: dict[str, bool] = {"": False}
    for path, mode in zip(paths, context.modes(paths), strict=True):
        if mode is not None and not mode & 0o004:
            return path
        folder = path.rpartition("/")[0]
        if folder not in folders and (shut := _shut_folder(context, folder, folders)):
            return shut
    return None


def _shut_folder(context: BuildContext, folder: str, seen: dict[str, bool]) -> str | None:
    """A folder itself, or one above it, whose files others cannot read; notes in `seen` those that it looks at."""
    while folder not in seen:
        mode = context.mode(folder)
        seen[folder] = mode is not None and mode & 0o005 != 0o005
        if seen[folder]:
            return folder
        folder = folder.rpartition("/")[0]
    return folder if seen[folder] else None
