"""Base images for the engine tests: the real ones where a registry answers, else stand-ins.

A stand-in is a small Debian made by debootstrap, with Debian's own Python laid out as the official image lays out its
own: `python`, `python3` and `pip` in /usr/local/bin, packages in /usr/local/lib. It does not pretend to be more:

- it carries the label `org.dockerfix.stand-in=true`;
- its Python is Debian's, whatever the tag says: 3.11 on Debian 12 (bookworm), 3.13 on Debian 13 (trixie), so
  `python:3.12-slim` made here runs 3.11 or 3.13; the label `org.dockerfix.stand-in.suite` tells which Debian;
- the full and the slim image are one and the same, without compilers or headers;
- there is none for Alpine, whose packages no Debian tool can bring, nor for any other image than `python`.

As in the official images, Debian 12 has `adduser` and `useradd`, Debian 13 only `useradd`. The root file systems are
kept between runs in `${XDG_CACHE_HOME:-~/.cache}/dockerfix-engine/`.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import pytest
from daemon import NoEngine

Suite = Literal["bookworm", "trixie"]
DEFAULT_SUITE: Suite = "trixie"  # what python:3.12-slim, python:latest … are built on since Debian 13 came out

STAND_IN_LABEL = "org.dockerfix.stand-in"
RECIPE = 1  # part of the cached file's name: raise it when _trim or _bootstrap changes
MIRROR = os.environ.get("DOCKERFIX_ENGINE_MIRROR", "http://deb.debian.org/debian")
PULL_SECONDS = 600.0
CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
UNNEEDED = (
    *("var/cache/apt", "var/lib/apt/lists", "var/log", "debootstrap"),
    *("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man"),
)

Docker = Callable[..., subprocess.CompletedProcess[str]]


class NoBaseImage(Exception):
    """Neither a registry nor a stand-in can give this base image here."""


class BaseImages(Protocol):
    """Makes base images known to an engine under the names that Dockerfiles use."""

    def provide(self, reference: str, suite: Suite) -> None:
        """Have `reference` ready for FROM; where it names no Debian suite itself, on `suite`.

        Skips the test that asks where that would change another's engine.

        Raises:
            NoBaseImage: it can't be had.
        """


class RealImages:
    """Base images pulled from a registry, once a run each."""

    def __init__(self, docker: Docker, *, may_retag: bool) -> None:
        """`may_retag` is for an engine of our own: another's `python:3.12-slim` is never made to mean a suite."""
        self._docker = docker
        self._may_retag = may_retag
        self._standing: dict[str, Suite] = {}

    def provide(self, reference: str, suite: Suite) -> None:
        if self._standing.get(reference) == suite:
            return
        # As written, a tag stands on the newest Debian, which is the default.
        wanted = reference if suite == DEFAULT_SUITE else on_suite(reference, suite)
        if wanted != reference and not self._may_retag:
            pytest.skip(f"{reference} on {suite} would overwrite a tag of an engine that is not ours")
        pulled = self._docker("pull", "--quiet", wanted, check=False, timeout=PULL_SECONDS)
        if pulled.returncode != 0:
            raise NoBaseImage(f"{wanted}: {pulled.stderr.strip()}")
        if wanted != reference:
            self._docker("tag", wanted, reference)
        self._standing[reference] = suite


class StandIns:
    """Base images made here from Debian's packages; only for an engine of our own, whose tags nobody else uses."""

    def __init__(self, docker: Docker) -> None:
        self._docker = docker
        self._imported: set[Suite] = set()

    def provide(self, reference: str, suite: Suite) -> None:
        name, _, tag = reference.partition(":")
        if name.removeprefix("docker.io/").removeprefix("library/") != "python" or "@" in reference:
            raise NoBaseImage(f"{reference}: stand-ins exist for python images only, and no registry answers")
        if "alpine" in tag:
            raise NoBaseImage(f"{reference}: Debian's tools make no Alpine stand-in, and no registry answers")
        for named in ("bookworm", "trixie"):
            if tag.endswith(named):
                suite = named
        self._docker("tag", self._image(suite), reference)

    def _image(self, suite: Suite) -> str:
        image = f"dockerfix-stand-in:{suite}"
        if suite not in self._imported:
            changes = (
                'CMD ["python3"]',
                "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                f"LABEL {STAND_IN_LABEL}=true {STAND_IN_LABEL}.suite={suite}",
            )
            with tempfile.TemporaryDirectory(prefix="dockerfix-stand-in-") as folder:
                archive = Path(folder, "root.tar")
                shutil.copyfile(_cached_root(suite), archive)
                _add_certificates(archive)
                flags = [part for change in changes for part in ("--change", change)]
                self._docker("import", *flags, str(archive), image)
            self._imported.add(suite)
        return image


def on_suite(reference: str, suite: Suite) -> str:
    """The official tag that says the suite: `python:3.12-slim` on bookworm is `python:3.12-slim-bookworm`."""
    name, _, tag = reference.partition(":")
    if not name.endswith("python") or "@" in reference or re.search(r"alpine|bullseye|bookworm|trixie|windows", tag):
        return reference
    return f"{name}:{suite if tag in ('', 'latest') else f'{tag}-{suite}'}"


def _add_certificates(archive: Path) -> None:
    """Let pip inside a build trust what this machine trusts: behind a proxy, its bundle differs from Debian's."""
    bundle = Path(os.environ.get("SSL_CERT_FILE") or f"/{CA_BUNDLE}")
    if not bundle.is_file():
        raise NoEngine(f"{bundle} is missing, which pip needs inside stand-in images (Debian: ca-certificates)")
    with tarfile.open(archive, "a") as tar:
        tar.add(bundle.resolve(), arcname=f"./{CA_BUNDLE}")


def _cached_root(suite: Suite) -> Path:
    """The archive of a suite's root file system, made when it is not there yet (some forty seconds).

    Raises:
        NoEngine: debootstrap is missing or fails.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dockerfix-engine")
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"python-{suite}-{RECIPE}.tar"
    with (cache / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be making the same one
        if not archive.exists():
            _make_root(suite, archive)
    return archive


def _make_root(suite: Suite, archive: Path) -> None:
    # Beside its final place, so that the last step is one rename and no run ever sees half an archive.
    with tempfile.TemporaryDirectory(prefix=f".{suite}-", dir=archive.parent) as folder:
        root = Path(folder, "root")
        _bootstrap(suite, root)
        _trim(root)
        made = Path(folder, "root.tar")
        _run("tar", "--numeric-owner", f"--exclude=./{CA_BUNDLE}", "-C", str(root), "-cf", str(made), ".")
        made.replace(archive)


def _bootstrap(suite: Suite, root: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no registry answers, and stand-ins need debootstrap (Debian: apt-get install debootstrap)")
    packages = "ca-certificates,netbase,python3,python3-venv,tzdata"
    _run("debootstrap", "--variant=minbase", f"--include={packages}", suite, str(root), MIRROR)
    # A virtual environment laid over /usr/local is the official images' layout. With the system's packages visible,
    # `pip install --user` works as it does there.
    _run("chroot", str(root), "/usr/bin/python3", "-m", "venv", "--system-site-packages", "/usr/local")


def _trim(root: Path) -> None:
    for name in UNNEEDED:
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        if name != "debootstrap":
            folder.mkdir()
    for script in root.glob("usr/local/bin/[Aa]ctivate*"):
        script.unlink()


def _run(*command: str) -> None:
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment | proxies)
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise NoEngine(f"{command[0]} failed with {done.returncode}: {' / '.join(last)}")
