"""Renews `src/dockerfix/project/data/debian_packages.json`: what packages bring, by the archive's own index.

    python tools/recommends.py NAME=PACKAGES_FILE [NAME=PACKAGES_FILE …] [--today DATE]

NAME is a release of Debian (`trixie`), PACKAGES_FILE its index of main for amd64, plain text, as `apt-get update`
leaves it in /var/lib/apt/lists. A person reads the diff, and says of each new recommended package in `recommended.toml`
what it is for.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from dockerfix.project.known.debian_packages import DATA

# What Dockerfiles install most, counted in 1,300 files; and what was renamed or dropped between two releases.
_TRACKED = """
apt-transport-https apt-utils autoconf automake bash bc bison build-essential bzip2 ca-certificates chromium clang
cmake cron curl default-jdk-headless default-jre-headless default-libmysqlclient-dev default-mysql-client dirmngr
dnsutils dumb-init espeak-ng ffmpeg file flex fontconfig fonts-dejavu fonts-liberation fonts-noto-color-emoji g++ gcc
gettext gettext-base ghostscript git git-lfs gnupg gnupg2 gosu gpg graphviz imagemagick inotify-tools iproute2
iputils-ping jq less libasound2 libatlas-base-dev libblas-dev libboost-all-dev libbz2-dev libc6-dev libcairo2
libcairo2-dev libcap2-bin libcurl4-openssl-dev libev-dev libffi-dev libfontconfig1 libfreetype6-dev libgdal-dev
libgeos-dev libgirepository1.0-dev libgl1 libgl1-mesa-glx libglib2.0-0 libglib2.0-dev libgomp1 libgtk-3-0 libheif-dev
libicu-dev libjpeg-dev libjpeg62-turbo-dev libldap2-dev libleveldb-dev liblapack-dev liblzma-dev libmagic1 libmagic-
dev libmagickwand-dev libmariadb-dev libncurses5-dev libncursesw5-dev libnss3 libopenblas-dev libpango-1.0-0
libpangocairo-1.0-0 libpangoft2-1.0-0 libpcre3-dev libpng-dev libpoppler-cpp-dev libpq-dev libpq5 libreadline-dev
libreoffice librdkafka-dev libsasl2-dev libsm6 libsndfile1 libsodium-dev libsqlite3-dev libssl-dev libssl3
libtesseract-dev libtiff5-dev libtool libudev-dev libusb-1.0-0 libuv1-dev libwebp-dev libx11-6 libxext6 libxml2
libxml2-dev libxmlsec1-dev libxrender1 libxslt1-dev libxslt1.1 libyaml-dev libzip-dev libzmq3-dev locales lsb-release
lsof make mariadb-client mime-support nano net-tools netcat netcat-openbsd netcat-traditional nginx ninja-build nodejs
npm openjdk-11-jdk-headless openjdk-11-jre-headless openjdk-17-jdk-headless openjdk-17-jre-headless openjdk-21-jre-
headless openssh-client openssh-server openssl p7zip-full pandoc patch pciutils pkg-config pngquant poppler-utils
portaudio19-dev postgresql-client procps protobuf-compiler psmisc python3 python3-dev python3-pip python3-setuptools
python3-venv python-dev python-dev-is-python3 python3-distutils redis-server redis-tools rsync socat software-
properties-common sqlite3 strace sudo supervisor swig tar tcpdump telnet tesseract-ocr tesseract-ocr-eng tini
traceroute tree ttf-mscorefonts-installer tzdata unixodbc unixodbc-dev unzip vim vim-tiny wait-for-it wget whois
wkhtmltopdf xvfb xz-utils zip zlib1g-dev zstd python3-software-properties libappindicator1 libappindicator3-1
libindicator7 gcc-multilib libdc1394-22-dev libjasper-dev libgtk2.0-dev libicu72 libicu67 libwebkit2gtk-4.0-dev
libssl1.1 neofetch exa youtube-dl ntp ntpdate policykit-1 libncurses5 libtinfo5
""".split()  # fmt: skip
_MARKS = ("libc6-dev", "libgomp1", "ca-certificates")
_FIELDS = frozenset(
    ("Package", "Depends", "Pre-Depends", "Recommends", "Provides", "Installed-Size", "Essential", "Priority")
)
_MOST = 30  # recommended packages that a person can look through
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass
class Release:
    """The packages of one release of Debian."""

    packages: dict[str, dict[str, str]] = field(default_factory=dict)
    providers: dict[str, list[str]] = field(default_factory=dict)

    def closure(self, names: Iterable[str], there: frozenset[str], *, recommended: bool) -> frozenset[str] | None:
        """All that is installed with some packages on top of what is there; None where one does not exist."""
        found, waiting = set(there), [*names]
        for name in waiting:  # grows while it is read
            chosen = self.chosen(name)
            if chosen is None:
                return None
            if chosen in found:
                continue
            found.add(chosen)
            waiting += self._needs(chosen, found, recommended=recommended)
        return frozenset(found) - there

    def chosen(self, name: str) -> str | None:
        """The package that apt installs by a name: itself, or the only one that provides it."""
        if name in self.packages:
            return name
        providers = self.providers.get(name, [])
        return providers[0] if len(set(providers)) == 1 else None

    def _needs(self, name: str, found: set[str], *, recommended: bool) -> Iterator[str]:
        row = self.packages[name]
        for key in ("Pre-Depends", "Depends", *(("Recommends",) if recommended else ())):
            for group in groups_in(row.get(key, "")):
                if any(one in found or found & {*self.providers.get(one, ())} for one in group):
                    continue
                real = [one for one in group if one in self.packages]
                real += [self.providers[one][0] for one in group if one in self.providers]
                if real:
                    yield real[0]

    def size(self, names: Iterable[str]) -> int:
        """Installed size in kilobytes."""
        return sum(int(self.packages[name].get("Installed-Size", 0)) for name in names)

    @property
    def base(self) -> frozenset[str]:
        """What debootstrap's minimal variant installs, which the official images are made from, and apt."""
        essential = [n for n, row in self.packages.items() if "Essential" in row or row.get("Priority") == "required"]
        return self.closure([*essential, "apt"], frozenset(), recommended=False) or frozenset()


def groups_in(text: str) -> list[list[str]]:
    """What Depends asks for: groups of packages, of each of which one will do."""
    return [_NAME.findall(re.sub(r"\([^)]*\)|\[[^]]*\]|:\w+", "", group)) for group in text.split(",") if group.strip()]


def read(path: Path) -> Release:
    """An index file."""
    release = Release()
    for paragraph in path.read_text("utf-8", "replace").split("\n\n"):
        pairs = (line.partition(": ")[::2] for line in paragraph.split("\n") if not line.startswith(" "))
        row = {key: value for key, value in pairs if key in _FIELDS}
        if "Package" in row:
            release.packages[row.pop("Package")] = row
    for name, row in release.packages.items():
        for group in groups_in(row.get("Provides", "")):
            release.providers.setdefault(group[0], []).append(name)
    return release


def _entry(release: Release, name: str, base: frozenset[str]) -> dict[str, object] | None:
    alone = release.closure([name], base, recommended=False)
    if alone is None:
        return None
    all_of_it = release.closure([name], base, recommended=True) or frozenset()
    extra = all_of_it - alone
    names = sorted(extra) if len(extra) <= _MOST else None
    entry: dict[str, object] = {"recommended": names, "kilobytes": release.size(extra)}
    marks = [mark for mark in _MARKS if mark in alone]
    return {**entry, **({"brings": marks} if marks else {})}


def main() -> None:
    """Writes the data file anew."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("indexes", metavar="NAME=PACKAGES_FILE", nargs="+")
    options.add_argument("--today", type=date.fromisoformat, default=date.today())
    given = options.parse_args()
    releases = {name: read(Path(path)) for name, _, path in (one.partition("=") for one in given.indexes)}
    rows: dict[str, object] = {}
    for name, release in releases.items():
        base = release.base
        found = {package: _entry(release, package, base) for package in sorted(_TRACKED)}
        rows[name] = {
            "missing": [package for package, entry in found.items() if entry is None],
            "packages": {package: entry for package, entry in found.items() if entry is not None},
        }
    source = "the Packages index of Debian main, amd64; by tools/recommends.py"
    lines = [f'{{"source": {json.dumps(source)}, "date": "{given.today}", "releases": {{']
    for number, (name, row) in enumerate(rows.items()):
        assert isinstance(row, dict)
        packages = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in row["packages"].items())
        missing = json.dumps(row["missing"])
        end = "" if number == len(rows) - 1 else ","
        lines.append(f'  "{name}": {{"missing": {missing}, "packages": {{\n{packages}\n  }}}}{end}')
    DATA.write_text("\n".join([*lines, "}}"]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
