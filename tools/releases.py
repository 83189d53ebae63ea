"""Renews `src/dockerfix/project/data/releases.toml`: the releases of well-known images, and when each is given up.

    python tools/releases.py GIT_DIRECTORY [--today DATE]

GIT_DIRECTORY is a clone of endoflife-date/endoflife.date; DATE decides which releases count as given up, and which of
Node's are long-term ones. A person reads the diff.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import yaml

from dockerfix.project.releases.stated import DATA

# The familiar name of an image, and the product that it holds.
_PRODUCTS = {
    "almalinux": "almalinux", "alpine": "alpine-linux", "amazoncorretto": "amazon-corretto",
    "amazonlinux": "amazon-linux",
    "caddy": "caddy", "cassandra": "apache-cassandra", "debian": "debian", "eclipse-temurin": "eclipse-temurin",
    "elixir": "elixir", "erlang": "erlang", "fedora": "fedora", "golang": "go",
    "gradle": "gradle", "haproxy": "haproxy", "httpd": "apache-http-server",
    "mariadb": "mariadb", "maven": "apache-maven", "memcached": "memcached",
    "mongo": "mongodb", "mysql": "mysql", "nginx": "nginx", "node": "nodejs", "perl": "perl", "php": "php",
    "postgres": "postgresql", "rabbitmq": "rabbitmq", "redis": "redis", "rockylinux": "rocky-linux", "ruby": "ruby",
    "rust": "rust", "tomcat": "tomcat", "traefik": "traefik", "ubuntu": "ubuntu", "valkey/valkey": "valkey",
}  # fmt: skip
_SUPERSEDED = {"openjdk": "eclipse-temurin"}  # Docker Hub: the description of openjdk
_EVEN_IS_STABLE = frozenset({"nginx"})


def main() -> None:
    """Writes the data file anew."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("repository", metavar="GIT_DIRECTORY")
    options.add_argument("--today", type=date.fromisoformat, default=date.today())
    given = options.parse_args()
    seen = _git(given.repository, "log", "-1", "--format=%cs").strip()
    lines = [
        "# Releases of well-known images: the newest that is kept up; stable: the newest with long-term support, or",
        "# that the project calls stable, where it is another one; ends: when each is given up. By tools/releases.py.",
        'source = "endoflife-date/endoflife.date"',
        f"date = {seen}",
        f"checked = {given.today}",
    ]
    for image, product in sorted(_PRODUCTS.items()):
        page = _git(given.repository, "show", f"HEAD:products/{product}.md").split("---")[1]
        lines += ["", f'["{image}"]', *_table(image, yaml.safe_load(page)["releases"], given.today)]
    for image, follower in _SUPERSEDED.items():
        lines += ["", f'["{image}"]', f'superseded = "{follower}"']
    DATA.write_text("\n".join(lines) + "\n", "utf-8")


def _git(repository: str, *words: str) -> str:
    done = subprocess.run(["git", f"--git-dir={repository}", *words], capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def _table(image: str, releases: list[dict[str, Any]], today: date) -> Iterator[str]:
    out = [one for one in releases if one["releaseDate"] <= today]
    kept = [one for one in out if not _has_ended(one, today)]
    yield f'newest = "{kept[0]["releaseCycle"]}"'
    stable = [one for one in kept if _is_stable(image, one, today)]
    if stable and stable[0] is not kept[0]:
        yield f'stable = "{stable[0]["releaseCycle"]}"'
    ends = (f'"{one["releaseCycle"]}" = {one["eol"]}' for one in out if isinstance(one["eol"], date))
    yield f"ends = {{ {', '.join(ends)} }}"


def _has_ended(release: dict[str, Any], today: date) -> bool:
    end = release["eol"]
    return end <= today if isinstance(end, date) else bool(end)


def _is_stable(image: str, release: dict[str, Any], today: date) -> bool:
    if image in _EVEN_IS_STABLE:
        return int(str(release["releaseCycle"]).rpartition(".")[2]) % 2 == 0
    since = release.get("lts", False)
    return since <= today if isinstance(since, date) else bool(since)


if __name__ == "__main__":
    main()
