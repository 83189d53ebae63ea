"""What is known about the image that a stage starts from: users, commands, entry point, environment, tools.

The facts live in data/base_images.toml with their sources and dates; this module finds the entry of an image, reads
the tag and puts the facts together, from the distribution up. What nobody looked up stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from dockerfix.frozen import frozen
from dockerfix.project.bases.data import Entry, entry, fits, fitting_key, table
from dockerfix.project.bases.facts import Facts, Image, facts_of, inherited, number_count
from dockerfix.project.bases.tags import MOVING_WORDS, PythonTag, TagParts, python_tag, tag_parts
from dockerfix.syntax.references import ImageReference

__all__ = [
    "BaseImage",
    "FullOnly",
    "PythonRelease",
    "PythonTag",
    "ReadyUser",
    "base_image",
    "is_floating_tag",
    "missing_in_slim",
    "python_releases",
    "python_tag",
]

_ROOT = frozenset({"", "root", "0"})


class ReadyUser(NamedTuple):
    """An unprivileged user that an image brings along."""

    uid: int
    gid: int
    home: str


@frozen
class BaseImage:
    """Facts about a base image, as a build would find it that pulls the tag on the data's date.

    None means unknown, unless said otherwise.

    Attributes:
        family: what kind of image ("python", "node", "debian"), for people and for rules that know a kind.
        version: of the family, as the tag writes it; None where the tag leaves it open.
        variant: the other words of the tag ("slim", "alpine", "jdk-alpine"), "" without.
        distribution: "debian", "ubuntu", "alpine", "rhel", "amazon", "wolfi", "distroless", "busybox", "windows", …
        suite: release of the distribution that the tag itself names ("bookworm", "3.19", "noble"), None if it floats.
        suite_today: `suite`, else the one behind the tag on the data's date.
        package_manager: "apt", "apk", "dnf", "microdnf", "yum", …; None also where there is none.
        shell: what a shell-form instruction runs under; None where the image has no shell.
        default_user: as in the image's configuration; "" and "root" are root.
        existing_users: ready-made unprivileged users that are known, by name.
        user_commands: those of useradd, groupadd, adduser, addgroup that are known to exist; of the others nothing is
            known where `suite_today` is unknown.
        entrypoint, default_cmd: argv; empty where the image sets none.
        default_env: variables that are known to be set, with the value or None where it varies.
        workdir: where instructions start.
        python_version: "3.12" of the Python inside.
        has_python: a `python3` command (`python` in images of Python 2); has_pip: a `pip` command.
        tools: programs known to be there; `has_tool` also tells of absent ones.
        source, date: where the entry's facts were read, and when.
    """

    family: str
    version: str | None = None
    variant: str = ""
    distribution: str | None = None
    suite: str | None = None
    suite_today: str | None = None
    package_manager: str | None = None
    shell: tuple[str, ...] | None = None
    default_user: str | None = None
    existing_users: Mapping[str, ReadyUser] = field(default_factory=dict, hash=False)
    user_commands: frozenset[str] | None = None
    entrypoint: tuple[str, ...] | None = None
    default_cmd: tuple[str, ...] | None = None
    default_env: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    workdir: str | None = None
    python_version: str | None = None
    has_python: bool | None = None
    has_pip: bool | None = None
    tools: frozenset[str] = frozenset()
    tools_complete: bool = False
    source: str = ""
    date: date | None = None

    @property
    def sets_entrypoint(self) -> bool | None:
        """Whether the image has an ENTRYPOINT that a CMD would be handed to."""
        return None if self.entrypoint is None else bool(self.entrypoint)

    @property
    def runs_as_root(self) -> bool | None:
        """Whether instructions and containers start as root."""
        return None if self.default_user is None else self.default_user.partition(":")[0] in _ROOT

    def has_tool(self, name: str) -> bool | None:
        """Whether a program is there; None for one that the data does not follow."""
        if name in self.tools:
            return True
        return False if self.tools_complete and name in _tracked_tools() else None


@frozen
class FullOnly:
    """What a full `python:X.Y` has and `python:X.Y-slim` lacks.

    Names of commands, Debian packages, headers (files and folders in /usr/include), pkg-config modules and shared
    libraries ("libpq.so.5"), those of Debian 12 and Debian 13 together.
    """

    commands: frozenset[str]
    packages: frozenset[str]
    headers: frozenset[str]
    pkg_config: frozenset[str]
    shared_libraries: frozenset[str]


class PythonRelease(NamedTuple):
    """A release line of CPython that has official images.

    `suites` are the Debian releases it has tags for, the one behind the plain tags first; `maintained` tells that its
    images were still rebuilt on the data's date.
    """

    end_of_life: date
    suites: tuple[str, ...]
    maintained: bool


@cache
def missing_in_slim() -> FullOnly:
    """What a Dockerfile may use on the full Python image and not on the slim one."""
    lists = table("full_only")
    return FullOnly(**{name: frozenset(lists[name].split()) for name in FullOnly.__annotations__})


@cache
def python_releases() -> Mapping[str, PythonRelease]:
    """Python release lines with official images ("3.12"), oldest first."""
    rows = table("python")["releases"].items()
    return MappingProxyType(
        {
            line: PythonRelease(row["end_of_life"], tuple(row["suites"]), row.get("maintained", False))
            for line, row in rows
        }
    )


def base_image(reference: ImageReference, extra: Mapping[str, Entry] | None = None) -> BaseImage | None:
    """The facts about an image, None for one that is not known at all.

    Args:
        reference: the image; without a tag it is `latest`. Behind a digest the suite that the tag leaves open is
            unknown, and a digest alone says nothing but the family.
        extra: entries of the user's configuration by image name (`*` allowed), in the shape of the data file's; they
            come first. `{"registry.corp/python": {"like": "python"}}`
    Raises:
        ConfigError: an entry is said to be like an image that is not known.
    """
    return _facts_about(reference, extra) if extra else _known(reference)


def is_floating_tag(reference: ImageReference, extra: Mapping[str, Entry] | None = None) -> bool:
    """Whether the tag moves to another release line by itself: no tag, `latest`, `python:3`, `node:lts`, `alpine:3`.

    A digest never does. Of images that are not known, only tags made of nothing but words like `latest`, `stable`
    and `alpine` are taken to.
    """
    if reference.digest is not None or reference.is_scratch:
        return False
    parts = tag_parts(reference.tag or "latest")
    found = _entry_of(reference, extra)
    if found is None:
        return not parts.version and not parts.numbers and not parts.suite and set(parts.words) <= MOVING_WORDS
    row = inherited(found[1])
    if row.get("python") == "number" and number_count(parts.numbers.get("python", "")) >= 2:
        return False
    if parts.dated or (row.get("suites_pin") and parts.suite not in ("", "sid")):
        return False
    if set(parts.words) & set(row.get("codenames", ())):
        return False
    if not parts.version and row.get("family") in ("application", "tool"):
        return set(parts.words) <= MOVING_WORDS
    return number_count(parts.version) < int(row.get("pin", 1))


@cache
def _known(reference: ImageReference) -> BaseImage | None:
    return _facts_about(reference, None)


def _facts_about(reference: ImageReference, extra: Mapping[str, Entry] | None) -> BaseImage | None:
    found = _entry_of(reference, extra)
    if found is None:
        return None
    key, row = found
    family = str(inherited(row).get("family", row.get("like", key)))
    if reference.tag is None and reference.digest is not None:
        return BaseImage(family, source=row.get("source", ""), date=row.get("date"))
    parts = tag_parts(reference.tag or "latest")
    image = Image(reference.familiar_name, parts, None if reference.digest is None else "")
    facts = facts_of(row, image)
    return _composed(facts.get("family", family), parts, facts)


def _entry_of(reference: ImageReference, extra: Mapping[str, Entry] | None) -> tuple[str, Entry] | None:
    name = "scratch" if reference.is_scratch else reference.familiar_name
    for pattern, row in (extra or {}).items():
        if fits(pattern, name) or fits(pattern, reference.name):
            return pattern, row
    key = fitting_key(name)
    if key is None or (key == "scratch" and not reference.is_scratch):
        return None
    return key, entry(key)


def _composed(family: str, parts: TagParts, facts: Facts) -> BaseImage:
    users = {name: ReadyUser(*row) for name, row in facts.get("users", {}).items() if row != "-"}
    argv = {name: _argv(facts.get(name)) for name in ("entrypoint", "cmd", "shell")}
    commands = facts.get("user_commands")
    return BaseImage(
        family=family,
        version=parts.version or None,
        variant="-".join(word for word in parts.words if word != "latest"),
        distribution=facts.get("distribution"),
        suite=facts.get("suite"),
        suite_today=facts.get("suite_today"),
        package_manager=facts.get("package_manager") or None,
        shell=argv["shell"] or None,
        default_user=facts.get("default_user"),
        existing_users=MappingProxyType(users),
        user_commands=None if commands is None else frozenset(commands),
        entrypoint=argv["entrypoint"],
        default_cmd=argv["cmd"],
        default_env=MappingProxyType(facts.get("env", {})),
        workdir=facts.get("workdir"),
        python_version=facts.get("python_version"),
        has_python=facts.get("has_python"),
        has_pip=facts.get("has_pip"),
        tools=frozenset(facts.get("tools") or ()),
        tools_complete=bool(facts.get("tools_complete")),
        source=facts.get("source", ""),
        date=facts.get("date"),
    )


def _argv(value: list[str] | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(value)


@cache
def _tracked_tools() -> frozenset[str]:
    return frozenset(table("tools")["tracked"].split())
