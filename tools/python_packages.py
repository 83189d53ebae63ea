"""Renews what dockerfix knows of Python distributions: `src/dockerfix/project/data/python_distributions.json`.

    python tools/python_packages.py LOCK… [--wheels DIR]… [--most-used FILE] [--checked DATE]

Each LOCK is a uv.lock, poetry.lock or pdm.lock of any project, or a folder of such files: they name, for each release
that they hold, every file on the index and what it requires, so that nobody has to ask an index about each name. The
wheels of `--wheels` folders are opened: for which libraries of the system their programs ask (ELF, NEEDED), and what
they require. `--most-used` is a file of names, the most used first, of which as many are kept as fit. What the data
file holds already stays known, unless it is seen anew; a person reads the diff.
"""

from __future__ import annotations

import argparse
import json
import re
import struct
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from dockerfix.project.bases.images import missing_in_slim
from dockerfix.project.releases.python_distributions import DATA

_MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_GLIBC = (2, 36)  # Debian 12; Debian 13 has 2.41
_MANYLINUX = re.compile(r"manylinux(?:_(\d+)_(\d+)|1|2010|2014)_(x86_64|aarch64)")
_FOR_DEVELOPERS = re.compile(
    r"all|complete|full|.*(?:dev|test|doc|lint|typ|check|bench|ci|build|format|style|mypy|nox|tox).*"
)
_EXTRA_LIMIT = 12  # requirements; a longer list is of all that the distribution could ever use
_ENTRY_LIMIT = 400  # megabytes; a larger library is one of CUDA's, which asks for those of its kind


@dataclass(slots=True)
class Seen:
    """What was seen of one distribution: by release its files and requirements; `asks` are libraries of the system."""

    files: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    needs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    extras: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    asks: set[str] | None = None


def main() -> None:
    """Writes the data file anew."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("locks", type=Path, nargs="+", metavar="LOCK")
    options.add_argument("--wheels", type=Path, action="append", default=[], metavar="DIR")
    options.add_argument("--most-used", type=Path, metavar="FILE")
    options.add_argument("--checked", default=str(date.today()), metavar="DATE")
    options.add_argument("--limit", type=int, default=400, metavar="KB", help="how large the file may grow")
    given = options.parse_args()
    seen: dict[str, Seen] = defaultdict(Seen)
    for lock in _files(given.locks):
        _read_lock(lock, seen)
    for folder in given.wheels:
        for wheel in sorted(folder.glob("*.whl")):
            _read_wheel(wheel, seen)
    before = _known_before()
    entries = before | {
        name: _merged(before.get(name, {}), found) for name, one in seen.items() if (found := _entry(one)) is not None
    }
    DATA.write_text(_page(_kept(entries, given.most_used, given.limit * 1000), given.checked), "utf-8")


def _files(locks: Iterable[Path]) -> Iterator[Path]:
    for path in locks:
        yield from sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else (path,)


def _known_before() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text("utf-8"))["distributions"]) if DATA.is_file() else {}


def _merged(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What was seen now; of what was known before, the libraries that its wheel asks for where none was opened now."""
    kept = {"asks": before["asks"]} if "asks" in before and "wheels" in found else {}
    return kept | found


def _read_lock(path: Path, seen: dict[str, Seen]) -> None:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return
    for package in data.get("package", ()):
        name, version = package.get("name"), package.get("version")
        source = package.get("source", {})
        local = (
            "+" in str(version)
            or {"editable", "virtual", "directory", "path", "git", "url"} & source.keys()
            or source.get("type")
        )
        if not name or not version or local:
            continue
        one = seen[canonicalize_name(name)]
        one.files[version] |= set(_file_names(package))
        asked = set(_lock_needs(package))
        named = package.get("extras")
        if isinstance(named, list):  # PDM has an entry of its own for a package with extras
            for extra in named:
                one.extras[version][canonicalize_name(extra)] |= asked - {canonicalize_name(name)}
            continue
        one.needs[version] |= asked
        for extra, listed in _lock_extras(package):
            one.extras[version][canonicalize_name(extra)] |= set(listed)


def _file_names(package: dict[str, Any]) -> Iterator[str]:
    for wheel in package.get("wheels", ()):
        yield wheel.get("url", wheel.get("filename", "")).rsplit("/", 1)[-1]
    yield from (one.get("file", "") for one in package.get("files", ()))


def _lock_needs(package: dict[str, Any]) -> Iterator[str]:
    listed = package.get("dependencies", ())
    if isinstance(listed, dict):  # Poetry: name to specifier, or to a table, or to several
        for name, value in listed.items():
            tables = value if isinstance(value, list) else [value]
            tables = [one if isinstance(one, dict) else {} for one in tables]
            required = [one for one in tables if not one.get("optional")]
            if required:
                yield from _need(name, tables[0].get("extras", ()), *(one.get("markers", "") for one in required))
        return
    for one in listed:
        if isinstance(one, str):  # PDM: PEP 508
            yield from _required(one)
        else:
            yield from _need(one["name"], one.get("extra", ()), one.get("marker", ""))


def _lock_extras(package: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for extra, listed in package.get("extras", {}).items():
        yield extra, [need for one in listed for need in _required(re.sub(r"\s*\(([^)]*)\)", r" \1", one))]
    for extra, listed in package.get("optional-dependencies", {}).items():
        yield extra, [n for one in listed for n in _need(one["name"], one.get("extra", ()), one.get("marker", ""))]


def _need(name: str, extras: Iterable[str], *markers: str, extra: str = "") -> Iterator[str]:
    """A requirement without its versions, where one of its markers holds on Linux on some Python, with which ones."""
    minors = [minor for minor in _MINORS if any(_holds(marker, minor, extra) for marker in markers)]
    if not minors:
        return
    chosen = ",".join(sorted(map(canonicalize_name, extras)))
    text = f"{canonicalize_name(name)}[{chosen}]" if chosen else canonicalize_name(name)
    first, last = minors[0], minors[-1]
    if last != _MINORS[-1]:
        text += f";python_version<='{last}'"
    elif first not in _MINORS[:2]:
        text += f";python_version>='{first}'"
    yield text


def _required(text: str, extra: str = "") -> Iterator[str]:
    try:
        one = Requirement(text)
    except InvalidRequirement:
        return
    yield from _need(one.name, one.extras, str(one.marker or ""), extra=extra)


@cache
def _holds(marker: str, minor: str, extra: str) -> bool:
    """Whether a marker holds on Linux; True also where that cannot be told."""
    if not marker:
        return True
    place = {"python_version": minor, "python_full_version": f"{minor}.1", "extra": extra}
    place |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"}
    place |= {"platform_python_implementation": "CPython", "implementation_name": "cpython"}
    try:
        return Marker(marker).evaluate(place | {"implementation_version": f"{minor}.1"})
    except (InvalidMarker, UndefinedEnvironmentName, InvalidVersion):
        return True


def _read_wheel(path: Path, seen: dict[str, Seen]) -> None:
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        return
    one = seen[name]
    if path.name.endswith("-any.whl"):  # a compiled one tells nothing of the release's others
        one.files[str(version)].add(path.name)
    with ZipFile(path) as wheel:
        listed = wheel.namelist()
        metadata = next((entry for entry in listed if entry.endswith(".dist-info/METADATA")), None)
        if metadata is not None:
            _read_metadata(wheel.read(metadata), one, str(version))
        one.asks = (one.asks or set()) | set(_asked(wheel))


def _read_metadata(text: bytes, one: Seen, version: str) -> None:
    head = message_from_bytes(text)
    required = head.get_all("Requires-Dist") or []
    one.needs[version] |= {need for line in required for need in _required(line)}
    for extra in head.get_all("Provides-Extra") or []:
        plain = {need for line in required for need in _required(line)}
        one.extras[version][canonicalize_name(extra)] |= {
            n for line in required for n in _required(line, extra)
        } - plain


def _asked(wheel: ZipFile) -> Iterator[str]:
    """The libraries that a wheel's programs and libraries ask for and that it does not bring."""
    own = {Path(entry.filename).name for entry in wheel.infolist()}
    for entry in wheel.infolist():
        if entry.is_dir() or entry.file_size > _ENTRY_LIMIT << 20:
            continue
        with wheel.open(entry) as file:
            if file.read(4) != b"\x7fELF":
                continue
        yield from (name for name in _needed(wheel.read(entry)) if name not in own)


def _needed(elf: bytes) -> Iterator[str]:
    """The NEEDED entries of a 64-bit ELF file. Source: System V ABI, "Dynamic Section"."""
    if elf[4] != 2:
        return
    start, size, count = (struct.unpack_from(form, elf, at)[0] for form, at in (("<Q", 32), ("<H", 54), ("<H", 56)))
    headers = [start + size * number for number in range(count)]
    kinds = [(struct.unpack_from("<I", elf, at)[0], *struct.unpack_from("<QQQQ", elf, at + 8)) for at in headers]
    dynamic = next(((offset, length) for kind, offset, _, _, length in kinds if kind == 2), None)
    if dynamic is None:
        return
    entries = [struct.unpack_from("<qQ", elf, dynamic[0] + at) for at in range(0, dynamic[1], 16)]
    table = next((value for tag, value in entries if tag == 5), 0)
    loads = (
        offset + table - address for kind, offset, address, _, n in kinds if kind == 1 and 0 <= table - address < n
    )
    base = next(loads, None)
    for tag, value in entries if base is not None else ():
        if tag == 0:
            return
        if tag == 1 and base is not None:
            yield elf[base + value : elf.index(b"\0", base + value)].decode("ascii", "replace")


def _entry(one: Seen) -> dict[str, Any] | None:
    """What the data file says of a distribution; None where no release has a wheel for Linux."""
    releases = sorted((version for version in one.files if _version(version)), key=Version)
    files = {version: one.files[version] for version in releases if any(f.endswith(".whl") for f in one.files[version])}
    if not files:
        return None
    found: dict[str, Any] = {}
    if not all(_only_pure(listed) for listed in files.values()):
        found["wheels"] = _lowest(files, {"x86_64", "aarch64"}) or _lowest(files, {"x86_64"})
        if not found["wheels"] or not any(_machines(file, minor) for file in files[releases[-1]] for minor in _MINORS):
            return None
        if not _lowest(files, {"x86_64", "aarch64"}):
            found["only"] = "x86-64"
        if one.asks is not None:
            found["asks"] = sorted(one.asks & missing_in_slim().shared_libraries)
    newest = max(one.needs, key=_order, default="")
    for key, needs in (("needs", one.needs[newest]), ("once", set().union(*one.needs.values()) - one.needs[newest])):
        if needs:
            found[key] = sorted(_narrowed(needs))
    extras = one.extras[max(one.extras, key=_order)] if one.extras else {}
    if kept := {extra: sorted(listed) for extra, listed in sorted(extras.items()) if _is_kept(extra, listed)}:
        found["extras"] = kept
    return found


def _narrowed(needs: set[str]) -> set[str]:
    """The requirements without those that another lock names for some Pythons only: PDM leaves markers out."""
    marked = {need.partition(";")[0] for need in needs if ";" in need}
    return {need for need in needs if ";" in need or need not in marked}


def _is_kept(extra: str, listed: set[str]) -> bool:
    """Whether an extra is one that programs install; what developers of the distribution want is left out."""
    return 0 < len(listed) <= _EXTRA_LIMIT and not _FOR_DEVELOPERS.match(extra)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _order(text: str) -> tuple[bool, Version]:
    found = _version(text)
    return found is not None, found or Version("0")


def _only_pure(files: set[str]) -> bool:
    wheels = [file for file in files if file.endswith(".whl")]
    return bool(wheels) and all(file.endswith("-any.whl") for file in wheels)


def _lowest(files: dict[str, set[str]], machines: set[str]) -> str:
    """By Python the lowest release with wheels for these processors, `3.8:1.0 3.13:2.1`, each up to the next named.

    A lock leaves out the wheels of Pythons that its project does not allow, so a release without one tells nothing.
    """
    words: list[str] = []
    for minor in _MINORS:
        fits = (v for v, listed in files.items() if machines <= {m for file in listed for m in _machines(file, minor)})
        lowest = next(fits, "-")
        if not words or words[-1].partition(":")[2] != lowest:
            words.append(f"{minor}:{lowest}")
    return " ".join(words) if words != [f"{_MINORS[0]}:-"] else ""


@cache
def _machines(file: str, minor: str) -> frozenset[str]:
    """The processors for which a wheel can be installed on CPython `minor` with the glibc of Debian 12."""
    try:
        tags = parse_wheel_filename(file)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return frozenset()
    platforms = [tag.platform for tag in tags if _interpreter_fits(tag, minor)]
    found = [match for match in map(_MANYLINUX.fullmatch, platforms) if match]
    fitting = {one[3] for one in found if not one[1] or (int(one[1]), int(one[2])) <= _GLIBC}
    return frozenset({"x86_64", "aarch64"} if "any" in platforms else fitting)


def _interpreter_fits(tag: Tag, minor: str) -> bool:
    number = minor.replace(".", "")
    if tag.interpreter in ("py3", f"py{number}"):
        return tag.abi == "none"
    if not tag.interpreter.startswith("cp3"):
        return False
    if tag.abi == "abi3":
        return int(tag.interpreter[3:]) <= int(number[1:])
    return tag.interpreter == f"cp{number}" and tag.abi in ("none", f"cp{number}", f"cp{number}m")


def _kept(entries: dict[str, Any], most_used: Path | None, limit: int) -> dict[str, Any]:
    """As many as fit, the most used first, and with each what it needs."""
    if most_used is None:
        return entries
    rank: dict[str, int] = {canonicalize_name(line): at for at, line in enumerate(most_used.read_text("utf-8").split())}
    kept: dict[str, Any] = {}
    size = 0
    for first in sorted(entries, key=lambda name: (rank.get(name, len(rank)), name)):
        added = {name: entries[name] for name in _closure(first, entries) if name not in kept}
        size += sum(len(_line(name, entry)) + 2 for name, entry in added.items())
        if size > limit:
            break
        kept |= added
    return kept


def _closure(name: str, entries: dict[str, Any]) -> list[str]:
    found = [name] if name in entries else []
    for one in found:  # grows while it is read
        named = (re.split(r"[\[;]", need)[0] for need in entries[one].get("needs", ()))
        found += [need for need in dict.fromkeys(named) if need in entries and need not in found]
    return found


def _line(name: str, entry: dict[str, Any]) -> str:
    return f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}"


def _page(entries: dict[str, Any], checked: str) -> str:
    said = (
        "tools/python_packages.py, from lock files of public projects, which name the files of each release that they "
        "hold, and from wheels that were opened. wheels: by Python the lowest release "
        "seen with wheels for x86-64 and ARM and the glibc of Debian 12, each up to the next Python named, - for none; "
        "without it Python alone. asks: shared libraries that slim lacks, without it nobody looked. "
        "needs, extras: what its newest release requires on Linux, once: what older ones did"
    )
    lines = ",\n".join(_line(name, entries[name]) for name in sorted(entries))
    return f'{{"source": {json.dumps(said)},\n"checked": "{checked}",\n"distributions": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    main()
