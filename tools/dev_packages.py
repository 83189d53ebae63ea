"""Renews `src/dockerfix/project/data/debian_libraries.json`: the libraries that Debian's -dev packages bring.

    python tools/dev_packages.py NAME=PACKAGES_FILE [NAME=PACKAGES_FILE …] [--today DATE]

The arguments are those of tools/recommends.py, which tells where they come from.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from pathlib import Path

from recommends import Release, groups_in, read

from dockerfix.project.known.build_packages import LIBRARIES

# Those of recommends.py and more that Python's packages say are needed to build them.
_TRACKED = """
default-libmysqlclient-dev freetds-dev libasound2-dev libavcodec-dev libavdevice-dev libavformat-dev libblas-dev
libbz2-dev libcairo2-dev libcurl4-gnutls-dev libcurl4-openssl-dev libev-dev libevent-dev libexpat1-dev libffi-dev
libfontconfig1-dev libfreetype-dev libfreetype6-dev libfribidi-dev libgdal-dev libgeos-dev libgirepository1.0-dev
libgirepository-2.0-dev libgl1-mesa-dev libglib2.0-dev libgmp-dev libgnutls28-dev libgraphviz-dev libharfbuzz-dev
libhdf5-dev libheif-dev libicu-dev libjpeg-dev libjpeg62-turbo-dev libkrb5-dev liblapack-dev liblcms2-dev
libldap2-dev libldap-dev libleptonica-dev libleveldb-dev liblz4-dev liblzma-dev liblzo2-dev libmagic-dev
libmariadb-dev libmariadb-dev-compat libmemcached-dev libmpc-dev libmpfr-dev libncurses-dev libncurses5-dev
libncursesw5-dev libnetcdf-dev libopenblas-dev libopenjp2-7-dev libpango1.0-dev libpcre2-dev libpng-dev
libpoppler-cpp-dev libpq-dev libproj-dev libraqm-dev librdkafka-dev libre2-dev libreadline-dev libsasl2-dev
libsm-dev libsnappy-dev libsndfile1-dev libsodium-dev libspatialindex-dev libsqlite3-dev libssl-dev libswscale-dev
libsystemd-dev libtesseract-dev libtiff-dev libtiff5-dev libudev-dev libusb-1.0-0-dev libuv1-dev libwebp-dev
libx11-dev libxcb1-dev libxext-dev libxml2-dev libxmlsec1-dev libxrender-dev libxslt1-dev libxslt-dev libyaml-dev
libzip-dev libzmq3-dev libzstd-dev portaudio19-dev tcl-dev tk-dev unixodbc-dev zlib1g-dev
""".split()
_MOST = 8  # libraries; a package with more of them is no plain pair of headers and library
_LIBRARY = re.compile(r"lib(?!.*-(?:dev|dev-compat|bin|doc|perl|tools|common|data|js.*)\Z)[a-z0-9+.-]+\Z")


def _libraries(release: Release, name: str) -> list[str]:
    """The libraries that a -dev package asks for, or else those of the -dev packages that it stands for."""
    chosen = release.chosen(name)
    waiting = [chosen] if chosen is not None else []
    for one in waiting:  # grows while it is read, where a package has no library of its own
        asked = [release.chosen(group[0]) or "" for group in groups_in(release.packages[one].get("Depends", ""))]
        found = sorted({other for other in asked if other == "zlib1g" or _LIBRARY.match(other)})
        if found:
            return found
        kin = (other for other in asked if other.endswith(("-compat", "-dev", "-multidev")))
        waiting += [other for other in kin if other != "libc6-dev"]
    return []


def main() -> None:
    """Writes the data file anew."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("indexes", metavar="NAME=PACKAGES_FILE", nargs="+")
    options.add_argument("--today", type=date.fromisoformat, default=date.today())
    given = options.parse_args()
    rows = {}
    for name, _, path in (one.partition("=") for one in given.indexes):
        release = read(Path(path))
        found = {package: _libraries(release, package) for package in sorted(_TRACKED)}
        rows[name] = {package: names for package, names in found.items() if 0 < len(names) <= _MOST}
    source = "the Packages index of Debian main, amd64; by tools/dev_packages.py"
    lines = [f'{{"source": {json.dumps(source)}, "date": "{given.today}", "releases": {{']
    for number, (name, row) in enumerate(rows.items()):
        packages = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in row.items())
        lines.append(f'  "{name}": {{\n{packages}\n  }}{"" if number == len(rows) - 1 else ","}')
    LIBRARIES.write_text("\n".join([*lines, "}}"]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
