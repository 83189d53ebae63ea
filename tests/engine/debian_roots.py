"""Root file systems of small Debians with Python, made by debootstrap: what stand-in images stand on.

Debian's own Python is laid out as the official image lays out its own: `python`, `python3` and `pip` in /usr/local/bin,
packages in /usr/local/lib. As in the official images, Debian 12 has `adduser` and `useradd`, Debian 13 only `useradd`.
What was made is kept between runs in `${XDG_CACHE_HOME:-~/.cache}/dockerfix-engine/`.
"""

import fcntl
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from base_images import Suite
from daemon import NoEngine

RECIPE = 1  # part of the cached file's name: raise it when _trim or _bootstrap changes
MIRROR = os.environ.get("DOCKERFIX_ENGINE_MIRROR", "http://deb.debian.org/debian")
CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
UNNEEDED = (
    *("var/cache/apt", "var/lib/apt/lists", "var/log", "debootstrap"),
    *("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man"),
)


def cache_folder() -> Path:
    """Where what takes long to make is kept between runs."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dockerfix-engine")
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def write_root(suite: Suite, archive: Path) -> None:
    """Write the root file system of a suite as a tar archive; the first time of all takes some forty seconds.

    Raises:
        NoEngine: debootstrap is missing or fails, or this machine has no certificates to hand on.
    """
    shutil.copyfile(_cached_root(suite), archive)
    _add_certificates(archive)


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
    archive = cache_folder() / f"python-{suite}-{RECIPE}.tar"
    with (cache_folder() / f"{suite}.lock").open("w") as lock:
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
        run("tar", "--numeric-owner", f"--exclude=./{CA_BUNDLE}", "-C", str(root), "-cf", str(made), ".")
        made.replace(archive)


def _bootstrap(suite: Suite, root: Path) -> None:
    if shutil.which("debootstrap") is None:
        raise NoEngine("no registry answers, and stand-ins need debootstrap (Debian: apt-get install debootstrap)")
    packages = "ca-certificates,netbase,python3,python3-venv,tzdata"
    run("debootstrap", "--variant=minbase", f"--include={packages}", suite, str(root), MIRROR)
    # A virtual environment laid over /usr/local is the official images' layout. With the system's packages visible,
    # `pip install --user` works as it does there.
    run("chroot", str(root), "/usr/bin/python3", "-m", "venv", "--system-site-packages", "/usr/local")


def _trim(root: Path) -> None:
    for name in UNNEEDED:
        folder = root / name
        shutil.rmtree(folder, ignore_errors=True)
        if name != "debootstrap":
            folder.mkdir()
    for script in root.glob("usr/local/bin/[Aa]ctivate*"):
        script.unlink()


def run(*command: str) -> None:
    """Run a command with a plain environment.

    Raises:
        NoEngine: it failed.
    """
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment | proxies)
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise NoEngine(f"{command[0]} failed with {done.returncode}: {' / '.join(last)}")
