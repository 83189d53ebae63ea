"""Users: those that a stage makes or brings along, how its base makes one, and commands that do nothing else."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import StageImage, Step
from dockerfix.image.state import expand
from dockerfix.project.base_images import BaseImage

__all__ = ["Account", "account_for", "is_account_work", "is_system_place", "made_users"]

UID = 10001  # above what distributions hand out by themselves, as in `docker init` and most hardening guides
_MAKERS = frozenset({"useradd", "adduser"})
_GROUP_MAKERS = frozenset({"groupadd", "addgroup"})
_DELETERS = frozenset({"userdel", "deluser"})
_ACCOUNT_COMMANDS = _MAKERS | _GROUP_MAKERS | {"usermod", "groupmod", "chown", "chgrp"}
# Options that take a value. Sources: shadow useradd(8), Debian adduser(8), busybox adduser.
_VALUED = frozenset(
    "-b --base-dir -c --comment -d --home-dir --home -e --expiredate -f --inactive -F -g --gid -G --groups --ingroup "
    "-k --skel -K --key -p --password -R --root -P --prefix -s --shell -u --uid -Z --selinux-user --gecos --firstuid "
    "--lastuid --conf -h".split()
)
# Users of a base image that are there to run programs, as opposed to `www-data`, `postgres` or Ubuntu's `ubuntu`.
_READY = ("node", "nonroot", "app", "bun", "deno", "pwuser", "mambauser")
_SYSTEM_FOLDERS = frozenset(
    "/ /bin /boot /dev /etc /home /lib /lib64 /opt /proc /root /run /sbin /sys /tmp /usr /usr/local /usr/src /var "
    "/var/lib /var/log".split()
)
_SYSTEM_TREES = tuple(
    "/bin/ /boot/ /dev/ /etc/ /lib/ /lib64/ /proc/ /root/ /run/ /sbin/ /sys/ /usr/bin/ /usr/sbin/ /usr/lib/ "
    "/usr/share/ /usr/local/bin/ /usr/local/sbin/ /usr/local/lib/ /usr/include/ /var/log/ /var/run/ /var/cache/".split()
)


@frozen
class Account:
    """A user to run a program as.

    `name` is what USER says and `owner` what `chown` takes. `creation` are the shell commands that make it, none
    where it is there already. `home` is None where it has no folder of its own to write to.
    """

    name: str
    owner: str
    creation: tuple[str, ...] = ()
    home: str | None = None


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
    places = [posixpath.normpath(posixpath.join(item.workdir or "", target)) for target in targets]
    return bool(places) and all(place.startswith("/") and not is_system_place(place) for place in places)


def made_users(stage: StageImage) -> tuple[Account, ...]:
    """The users that the RUNs of a stage, and of those it starts from, make; those without a known name left out."""
    groups = {name for step in stage.all_steps for name in _made_groups(step)}
    found = (account for step in stage.all_steps for account in _made(step, groups))
    return tuple({account.name: account for account in found}.values())


def _made(step: Step, groups: set[str]) -> Iterator[Account]:
    for item in step.commands or ():
        if item.program.name not in _MAKERS:
            continue
        words, options = _parsed(item, step)
        if len(words) != 1 or not words[0]:  # `adduser USER GROUP` only adds to a group
            continue
        name = words[0]
        home = options.get("-d") or options.get("--home-dir") or options.get("--home") or options.get("-h")
        makes_home = item.program.name == "adduser" or bool({"-m", "--create-home"} & options.keys())
        if {"-M", "-H", "--no-create-home"} & options.keys():
            makes_home = False
        group = options.get("-g") or options.get("--gid") or options.get("-G") or options.get("--ingroup")
        owner = f"{name}:{name}" if group in (None, name) or name in groups else name
        yield Account(name, owner, (), (home or f"/home/{name}") if makes_home else None)


def _made_groups(step: Step) -> Iterator[str]:
    for item in step.commands or ():
        if item.program.name in _GROUP_MAKERS:
            words, _ = _parsed(item, step)
            if words and words[-1]:
                yield words[-1]


def _parsed(item: RunCommand, step: Step) -> tuple[list[str | None], dict[str, str | None]]:
    """Positional words and options of an account command; single letters are read one by one (`-rm`)."""
    words: list[str | None] = []
    options: dict[str, str | None] = {}
    pending: str | None = None
    for word in item.program.words[1:]:
        value = word.value if word.value is not None else expand(word.raw, step.before, "\\")
        if pending is not None:
            options[pending], pending = value, None
        elif value is not None and value.startswith("--"):
            name, equals, given = value.partition("=")
            options[name] = given if equals else None
            pending = name if name in _VALUED and not equals else None
        elif value is not None and value.startswith("-") and len(value) > 1:
            letters = [f"-{letter}" for letter in value[1:]]
            options.update(dict.fromkeys(letters))
            pending = letters[-1] if letters[-1] in _VALUED else None
        else:
            words.append(value)
    return words, options


def account_for(stage: StageImage) -> Account | None:
    """The user that a stage's program should run as; None where the base image is unknown.

    One that the Dockerfile makes comes first, then one that the base image brings for this, else a new one in the
    base's own dialect; without such commands a number, which has no home folder.
    """
    made = made_users(stage)
    if len(made) == 1:
        return made[0]
    facts = stage.facts
    if facts is None:
        return None
    deleted = {value for s in stage.all_steps for i in s.commands or () if i.program.name in _DELETERS
               for value in i.program.argv}  # fmt: skip
    for name in _READY:
        if name in facts.existing_users and name not in deleted:
            return Account(name, f"{name}:{name}", (), facts.existing_users[name].home)
    return _new_account(stage, facts)


def _new_account(stage: StageImage, facts: BaseImage) -> Account:
    name, uid = _free_name(stage), _free_uid(stage)
    commands = facts.user_commands or frozenset()
    if {"useradd", "groupadd"} <= commands:
        # No --system: shadow warns about a system user above SYS_UID_MAX.
        create = f"useradd --uid {uid} --gid {name} --create-home --shell /usr/sbin/nologin {name}"
        return Account(name, f"{name}:{name}", (f"groupadd --gid {uid} {name}", create), f"/home/{name}")
    if {"adduser", "addgroup"} <= commands:
        create = f"adduser -S -u {uid} -G {name} {name}"
        return Account(name, f"{name}:{name}", (f"addgroup -S -g {uid} {name}", create), f"/home/{name}")
    return Account(f"{uid}:{uid}", f"{uid}:{uid}")


def _free_name(stage: StageImage) -> str:
    """`app`, unless the name or its home folder is in use."""
    taken = {account.name for account in made_users(stage)} | set(stage.facts.existing_users if stage.facts else ())
    taken |= {name for step in stage.all_steps for name in _made_groups(step)}
    places = [step.after.workdir for step in stage.all_steps]
    places += [step.transfer.destination for step in stage.all_steps if step.transfer is not None]
    texts = [word.raw for step in stage.all_steps for item in step.commands or () for word in item.command.words]
    for name in ("app", "appuser"):
        home = f"/home/{name}"
        used = any(f"{place}/".startswith(f"{home}/") for place in places if place)
        if name not in taken and not used and not any(home in text for text in texts):
            return name
    return "app-user"


def _free_uid(stage: StageImage) -> int:
    texts = {word.raw for step in stage.all_steps for item in step.commands or () for word in item.command.words}
    return UID if str(UID) not in texts else UID + 1
