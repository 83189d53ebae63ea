"""The users that the RUNs of a stage make, with the group and the home folder that each of them really gets.

Sources: shadow useradd(8), Debian adduser(8), busybox loginutils/adduser.c. Tried with adduser 3.118, 3.134 and 3.152,
passwd 4.8.1, 4.13 and 4.17.4 (Debian 11, 12, 13):
- `adduser --system` makes no group without `--group`; since Debian 12 it makes no home folder without `--home`.
- `useradd -N` makes no group, `useradd` without `-m` no home folder (which is otherwise in the Red Hat family).
- No program touches a home folder that is there already: it stays root's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.made_folders import after_run
from dockerfix.image.model import StageImage, Step
from dockerfix.image.state import State, expand

__all__ = ["MadeUser", "made_groups", "users_made"]

_MAKERS = frozenset({"useradd", "adduser"})
_GROUP_MAKERS = frozenset({"groupadd", "addgroup"})
# Options that take a value. Sources: shadow useradd(8), Debian adduser(8), busybox adduser.
_VALUED = frozenset(
    "-b --base-dir -c --comment -d --home-dir --home -e --expiredate -f --inactive -F -g --gid -G --groups --ingroup "
    "-k --skel -K --key -p --password -R --root -P --prefix -s --shell -u --uid -Z --selinux-user --gecos --firstuid "
    "--lastuid --firstgid --lastgid --conf -h".split()
)
# Distributions whose `useradd` makes a group for each user (USERGROUPS_ENAB in their login.defs).
_GROUP_FOR_EACH = frozenset({"debian", "ubuntu", "alpine", "rhel", "amazon"})
# Those whose `adduser` is another name of useradd, and whose useradd makes a home folder unasked (CREATE_HOME).
_RED_HAT = frozenset({"rhel", "amazon"})
# Releases whose `adduser --system` makes /home/NAME: adduser before 3.122.
_SYSTEM_HOMES = frozenset("jessie stretch buster bullseye trusty xenial bionic focal jammy".split())


@frozen
class MadeUser:
    """A user that a RUN makes.

    `has_group` tells that a group of its name is there. `entry` is its home folder as /etc/passwd has it; `home_made`
    tells that the command made that folder, which then is its own. `step` is the RUN.
    """

    name: str
    has_group: bool
    entry: str
    home_made: bool
    step: Step


def users_made(stage: StageImage) -> tuple[MadeUser, ...]:
    """The users that the RUNs of a stage, and of those it starts from, make; those without a known name left out."""
    groups = {name for step in stage.all_steps for name in made_groups(step)}
    family = stage.facts.distribution if stage.facts is not None else None
    suite = stage.facts.suite_today if stage.facts is not None else None
    found = (user for step in stage.all_steps for user in _made(step, groups, family, suite))
    return tuple({user.name: user for user in found}.values())


def made_groups(step: Step) -> Iterator[str]:
    """The groups that a RUN makes by a command of their own."""
    for item in step.commands or ():
        if item.program.name in _GROUP_MAKERS:
            words, _ = _parsed(item, step.before)
            if words and words[-1]:
                yield words[-1]


def _made(step: Step, groups: set[str], family: str | None, suite: str | None) -> Iterator[MadeUser]:
    commands = step.commands or ()
    for number, item in enumerate(commands):
        if item.program.name not in _MAKERS:
            continue
        words, options = _parsed(item, step.before)
        if len(words) != 1 or not words[0]:  # `adduser USER GROUP` only adds to a group
            continue
        call = _Call(words[0], options, item.program.name == "adduser" and family not in _RED_HAT, family, suite)
        there = after_run(commands[:number], step.before.folders)
        home_made = call.makes_home and call.entry not in there
        yield MadeUser(words[0], call.has_group or words[0] in groups, call.entry, home_made, step)


@frozen
class _Call:
    """One command that makes a user; `friendly` tells that it is Debian's or busybox's `adduser`."""

    name: str
    options: Mapping[str, str | None]
    friendly: bool
    family: str | None
    suite: str | None

    def says(self, *names: str) -> bool:
        return any(name in self.options for name in names)

    def value(self, *names: str) -> str | None:
        return next((self.options[name] for name in names if self.options.get(name)), None)

    @property
    def is_busybox(self) -> bool:
        return self.friendly and (self.family == "alpine" or (self.family is None and not self.says("--system")))

    @property
    def has_group(self) -> bool:
        """Whether a group of the user's name comes with it, or is its own."""
        if self.is_busybox:
            given = self.value("-G", "--ingroup")
            return given == self.name if given is not None else not self.says("-S", "--system")
        if self.friendly:
            given = self.value("--ingroup", "--gid")
            return given == self.name if given is not None else self.says("--group") or not self.says("--system")
        given = self.value("-g", "--gid")
        if given is not None or self.says("-N", "--no-user-group"):
            return given == self.name
        return self.says("-U", "--user-group") or self.family in _GROUP_FOR_EACH

    @property
    def entry(self) -> str:
        given = self.value("-d", "--home-dir", "--home", "-h")
        if given is not None:
            return "/" + given.strip("/")
        if self._is_homeless_by_release:
            return "/nonexistent"
        return f"{(self.value('-b', '--base-dir') or '/home').rstrip('/')}/{self.name}"

    @property
    def makes_home(self) -> bool:
        if self.says("-M", "-H", "--no-create-home"):
            return False
        if self.friendly:
            return not self._is_homeless_by_release
        unasked = self.family in _RED_HAT and not self.says("-r", "--system")
        return unasked or self.says("-m", "--create-home")

    @property
    def _is_homeless_by_release(self) -> bool:
        is_debian = self.friendly and not self.is_busybox
        return is_debian and self.says("--system") and not self.value("--home") and self.suite not in _SYSTEM_HOMES


def _parsed(item: RunCommand, state: State) -> tuple[list[str | None], dict[str, str | None]]:
    """Positional words and options of an account command; single letters are read one by one (`-rm`)."""
    words: list[str | None] = []
    options: dict[str, str | None] = {}
    pending: str | None = None
    for word in item.program.words[1:]:
        value = word.value if word.value is not None else expand(word.raw, state, "\\")
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
