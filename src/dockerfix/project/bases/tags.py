"""What the tag of an image says: version, variant, the suite of its distribution; and whether it floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache

from dockerfix.frozen import frozen
from dockerfix.project.bases.data import table
from dockerfix.regexes import regex

__all__ = ["MOVING_WORDS", "PythonTag", "TagParts", "is_early", "pinned_tag", "python_tag", "suite_number", "tag_parts"]

_DATE = regex(r"(?:19|20)\d{6}(?:\.\d+)?")
_VERSION = regex(r"v?\d[\w.+]*")
_NUMBERED_WORD = regex(r"([a-z]+)v?(\d[\d.]*)")
_PYTHON_VERSION = regex(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:a|b|rc)\d+)?")
_DISTRIBUTION_WORDS = {
    **{name: name for name in ("alpine", "debian", "ubuntu", "azurelinux")},
    **dict.fromkeys(("ubi", "rockylinux", "oraclelinux", "centos"), "rhel"),
    **dict.fromkeys(("windowsservercore", "nanoserver", "ltsc"), "windows"),
}
_MOVING = frozenset({"latest", "lts", "current", "stable", "mainline"})
MOVING_WORDS = frozenset(
    "alpha alpine beta canary current dev devel develop edge experimental head latest lts main mainline master nightly "
    "next pre preview rc rolling slim snapshot stable testing tip trunk unstable".split()
)
# Moving words that stand for a release, so that a number may take their place; variants are no such words.
_OF_RELEASES = frozenset("alpine current latest lts mainline slim stable".split())
_EARLY = (MOVING_WORDS - _OF_RELEASES) | {"sid"}
_PYTHON_VARIANTS = ("slim", "alpine", "windowsservercore", "nanoserver", "onbuild")


@frozen
class TagParts:
    """A tag taken apart; "" and nothing stand for what the tag doesn't say.

    `version` is as written ("3.12.1"); `words` the rest in order, without their numbers ("slim", "alpine"); `numbers`
    those of `python3.12` or `cuda12.1` by word; `distribution` what the tag names or implies, `suite` its release
    ("bookworm", "3.20", "noble", "ltsc2022"); `dated` tells of a snapshot such as `noble-20240429`.
    """

    version: str = ""
    words: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    distribution: str = ""
    suite: str = ""
    dated: bool = False

    def has_version(self, wanted: str) -> bool:
        """Whether the version is `wanted` or one of its line: "3.1" is "3.1" or "3.1.4", "3.1*" also "3.12"."""
        return version_fits(self.version, wanted)


def version_fits(version: str, wanted: str) -> bool:
    """See `TagParts.has_version`; a leading `v` of the version does not count."""
    version = version.removeprefix("v")
    if wanted.endswith("*"):
        return version.startswith(wanted[:-1])
    return version == wanted or version.startswith(wanted + ".")


@cache
def tag_parts(tag: str) -> TagParts:
    """Take a tag apart; it never fails, what it doesn't know becomes a word."""
    version, distribution, suite, dated = "", "", "", False
    words: list[str] = []
    numbers: dict[str, str] = {}
    for token in tag.lower().split("-"):
        numbered = _NUMBERED_WORD.fullmatch(token)
        if _DATE.fullmatch(token):
            dated = True
        elif token in _codenames():
            distribution, suite = _codenames()[token], token
        elif _VERSION.fullmatch(token):
            last = words[-1] if words else ""
            if last in _DISTRIBUTION_WORDS and not suite:
                suite = suite_of(_DISTRIBUTION_WORDS[last], token)
            elif not version and not numbers:
                version = token
            elif last:
                numbers.setdefault(last, token)
        elif numbered is not None:
            word, number = numbered.groups()
            words.append(word)
            numbers[word] = number
            if word in _DISTRIBUTION_WORDS:
                distribution = _DISTRIBUTION_WORDS[word]
                suite = token if word == "ltsc" else suite_of(distribution, number)
        elif token:
            words.append(token)
            distribution = distribution or _DISTRIBUTION_WORDS.get(token, "")
    return TagParts(version, tuple(word for word in words if word != "ltsc"), numbers, distribution, suite, dated)


def pinned_tag(tag: str | None, version: str) -> str:
    """A floating tag with a version in front of what it says of variant and suite: `lts-alpine` and 22, `22-alpine`.

    Source: docker-library's tags of node, golang and ruby, which all put the version first.
    """
    kept = [part for part in (tag or "").split("-") if part not in _MOVING and not part.removeprefix("v").isdigit()]
    return "-".join((version, *(part for part in kept if part)))


def is_early(tag: str | None) -> bool:
    """Whether a tag says that it is meant to move, or is no release yet: `edge`, `nightly`, `2.0-rc1`."""
    parts = tag_parts(tag or "latest")
    return not _EARLY.isdisjoint((parts.suite, *(word.partition(".")[0] for word in parts.words)))


def suite_of(distribution: str, version: str) -> str:
    """The suite that a version of a distribution is: "bookworm" for Debian 12.5, "3.20" for Alpine 3.20.1.

    "" where it is not known which.
    """
    numbers = version.removeprefix("v").split(".")
    if distribution == "debian":
        return str(table("suites")["debian"].get(numbers[0], ""))
    if distribution == "ubuntu":
        number = ".".join(numbers[:2]) if len(numbers) > 1 else f"{version[:2]}.{version[2:]}"  # nvidia writes 2204 too
        return str(table("suites")["ubuntu"].get(number, ""))
    if distribution == "alpine":
        return ".".join(numbers[:2]) if len(numbers) > 1 else ""
    return version


def suite_number(distribution: str, suite: str) -> str:
    """The version that a suite is: "12" for Debian's "bookworm"; a suite that is a number stays what it is."""
    return next((number for number, name in table("suites").get(distribution, {}).items() if name == suite), suite)


@cache
def _codenames() -> dict[str, str]:
    suites = table("suites")
    return {name: distribution for distribution in ("debian", "ubuntu") for name in suites[distribution].values()}


@frozen
class PythonTag:
    """A tag of the official `python` image.

    `major`, `minor`, `patch` are None where not written. `variant` is "", "slim", "alpine", "windowsservercore",
    "nanoserver" or "onbuild"; `suite` None or as the tag has it ("bookworm", "3.20", "ltsc2022"); `other` holds words
    that no official tag has.
    """

    major: int | None = None
    minor: int | None = None
    patch: int | None = None
    prerelease: bool = False
    variant: str = ""
    suite: str | None = None
    other: tuple[str, ...] = ()

    @property
    def release(self) -> str | None:
        """The release line, such as "3.12"; None where the tag leaves it open."""
        return None if self.minor is None else f"{self.major}.{self.minor}"

    @property
    def is_floating(self) -> bool:
        """Whether the tag moves to the next Python X.Y when that comes out: `latest`, `3`, `slim`, `3-alpine`, `rc`.

        Tags with words that no official tag has are not counted: nothing is known of them.
        """
        return self.minor is None and not self.other

    def render(self, minor: str, *, slim: bool | None = None) -> str:
        """The tag of another Python in the official order of parts: `3.12-slim-bookworm`, `3.12-alpine3.20`.

        Args:
            minor: the release line, such as "3.12".
            slim: turn a Debian tag into a slim or a full one; None leaves that. Other variants stay what they are.
        """
        variant = self.variant
        if slim is not None and variant in ("", "slim"):
            variant = "slim" if slim else ""
        if variant == "alpine":
            return f"{minor}-alpine{self.suite or ''}"
        return "-".join(part for part in (minor, variant, self.suite) if part)


def python_tag(tag: str | None) -> PythonTag:
    """Read a tag of the official `python` image; None, no tag, means `latest`.

    Source: docker-library/python, generate-stackbrew-library.sh.
    """
    parts = tag_parts(tag or "latest")
    variants = [word for word in parts.words if word in _PYTHON_VARIANTS]
    other = tuple(word for word in parts.words if word not in (*_PYTHON_VARIANTS, "latest", "rc"))
    number = _PYTHON_VERSION.fullmatch(parts.version)
    if parts.version and number is None:
        other = (parts.version, *other)
    major, minor, patch, early = number.groups() if number else (None, None, None, None)
    return PythonTag(
        major=int(major) if major else None,
        minor=int(minor) if minor else None,
        patch=int(patch) if patch else None,
        prerelease=early is not None or "rc" in parts.words,
        variant=variants[-1] if variants else "",
        suite=parts.suite or None,
        other=(*variants[:-1], *other),
    )
