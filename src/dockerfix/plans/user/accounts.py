"""Users: those that a stage makes or brings along, how its base makes one, and commands that do nothing else."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.image.account_work import is_system_place
from dockerfix.image.made_users import MadeUser, made_groups, users_made
from dockerfix.image.model import StageImage, Step
from dockerfix.project.bases.images import BaseImage
from dockerfix.shell.cd import absolute_word

__all__ = [
    "Account",
    "account_for",
    "foreign_home",
    "is_given",
    "made_by",
    "made_users",
]

UID = 10001  # above what distributions hand out by themselves, as in `docker init` and most hardening guides
_DELETERS = frozenset({"userdel", "deluser"})
# Users of a base image that are there to run programs, as opposed to `www-data`, `postgres` or Ubuntu's `ubuntu`.
_READY = ("node", "nonroot", "app", "bun", "deno", "pwuser", "mambauser")


@frozen
class Account:
    """A user to run a program as.

    `name` is what USER says and `owner` what `chown` takes. `creation` are the shell commands that make it, none
    where it is there already. `home` is None where it has no home folder; `home_is_roots` tells that it has one that
    was there before it, and belongs to root. `number` is its "uid:gid" where that is known.
    """

    name: str
    owner: str
    creation: tuple[str, ...] = ()
    home: str | None = None
    home_is_roots: bool = False
    number: str | None = None


def made_users(stage: StageImage) -> tuple[Account, ...]:
    """The users that the RUNs of a stage, and of those it starts from, make; those without a known name left out."""
    return tuple(_account_of(user, stage) for user in users_made(stage))


def _account_of(user: MadeUser, stage: StageImage) -> Account:
    owner = f"{user.name}:{user.name}" if user.has_group else user.name
    there = user.home_made or user.entry in stage.final.folders
    if not there or is_system_place(user.entry):
        return Account(user.name, owner)
    given = user.home_made or is_given(stage, user.name, user.entry)
    return Account(user.name, owner, (), user.entry, home_is_roots=not given)


def made_by(stage: StageImage, name: str) -> Step | None:
    """The RUN that makes a user; None where no RUN of the file does."""
    return next((user.step for user in users_made(stage) if user.name == name), None)


def foreign_home(stage: StageImage, account: Account) -> str | None:
    """The home of somebody else in which the app lies: Debian 13 and Ubuntu 24.04 shut it to others.

    Source: login.defs, HOME_MODE (0700, 0750); adduser 3.134 makes 0700 in Debian 12 already.
    """
    homes = {user.entry for user in users_made(stage) if user.name != account.name and user.home_made}
    ready = stage.facts.existing_users if stage.facts is not None else {}
    homes |= {user.home for name, user in ready.items() if name != account.name}
    places = [step.transfer.destination for step in stage.all_steps if step.transfer is not None]
    inside = (home for place in (*places, stage.final.workdir) for home in homes
              if place is not None and home != "/" and f"{place}/".startswith(f"{home}/"))  # fmt: skip
    return next((home for home in inside if home != account.home), None)


def is_given(stage: StageImage, name: str, folder: str) -> bool:
    """Whether a RUN gives a folder to a user by a literal `chown`, and none after it makes the folder anew."""
    found = False
    for step in stage.all_steps:
        for item in step.commands or ():
            program = item.program
            words = [value for value in program.argv[1:] if value and not value.startswith("-")]
            places = [absolute_word(word, item.workdir) for word in words]
            if program.name == "chown" and words[:1] and not item.command.within:
                deep = folder in step.before.folders and any(value and value.startswith("-R") for value in program.argv)
                above = any(place and f"{folder}/".startswith(f"{place}/") for place in places[1:])
                if folder in places[1:] or (deep and above):
                    found = words[0].partition(":")[0] == name
            elif program.name in ("rm", "mv", "cp") and folder in places:
                found = False
    return found


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
            user = facts.existing_users[name]
            return Account(name, f"{name}:{name}", (), user.home, number=f"{user.uid}:{user.gid}")
    return _new_account(stage, facts)


def _new_account(stage: StageImage, facts: BaseImage) -> Account:
    name, uid = _free_name(stage), _free_uid(stage)
    commands = facts.user_commands or frozenset()
    number = f"{uid}:{uid}"
    if {"useradd", "groupadd"} <= commands:
        # No --system: shadow warns about a system user above SYS_UID_MAX.
        create = f"useradd --uid {uid} --gid {name} --create-home --shell /usr/sbin/nologin {name}"
        creation = (f"groupadd --gid {uid} {name}", create)
    elif {"adduser", "addgroup"} <= commands:
        creation = (f"addgroup -S -g {uid} {name}", f"adduser -S -u {uid} -G {name} {name}")
    else:
        return Account(number, number, number=number)
    return Account(name, f"{name}:{name}", creation, f"/home/{name}", number=number)


def _free_name(stage: StageImage) -> str:
    """`app`, unless the name or its home folder is in use."""
    taken = {account.name for account in made_users(stage)} | set(stage.facts.existing_users if stage.facts else ())
    taken |= {name for step in stage.all_steps for name in made_groups(step)}
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
