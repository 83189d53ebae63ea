"""Whether a command can run before certain files are copied."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from dockerfix.image.commands import RunCommand

__all__ = ["needs_files"]

# Programs whose words are no paths of the project: package managers, accounts, shell settings.
_WORDS_ARE_NAMES = frozenset(
    "apt apt-get apk dnf yum microdnf tdnf zypper dpkg-reconfigure apt-key add-apt-repository debconf-set-selections "
    "useradd groupadd adduser addgroup usermod set true : export unset locale-gen update-ca-certificates ldconfig "
    "echo printf npm corepack".split()
)
# Programs that read and write just the paths they are given.
_WORDS_ARE_PATHS = frozenset("rm ln chmod chown touch tar unzip curl wget gpg install sed tee cp mv ls cat".split())
_PYTHON_MODULES = frozenset("venv ensurepip virtualenv".split())
_HARMLESS_TARGETS = ("/dev/",)


def needs_files(item: RunCommand, files: Iterable[str], folders: Iterable[str] = ()) -> str | None:
    """Why a command may need (or change) some of these files; None when it certainly does not.

    Args:
        files: absolute paths in the image.
        folders: folders that are there without these files too.
    """
    program, name = item.program, item.program.name
    if name is None and not item.command.words and item.command.assignments:
        return None
    if name is None or (any(value is None for value in program.argv) and name not in _WORDS_ARE_NAMES):
        return "a command in between is only known at build time"
    places = _Places(files, item.workdir)
    touched = places.redirected(item)
    if touched is not None:
        return f"{name} writes to {touched}"
    paths = [value for value in program.argv[1:] if value and not value.startswith("-")]
    if name == "mkdir":
        return None
    if name == "cd":
        return None if places.absolute(paths[0] if paths else "~") in set(folders) else places.reason(name, paths)
    if name == "npm" and not {"-g", "--global", "config", "--version"} & set(program.argv):
        return "npm reads the package.json of the project"
    if name in _WORDS_ARE_NAMES:
        named = [] if name in ("echo", "printf") else [p for p in paths if p.startswith(("/", "./", "../"))]
        return places.reason(name, named)
    if name in _WORDS_ARE_PATHS:
        return places.reason(name, paths)
    return _python(item, places)


def _python(item: RunCommand, places: _Places) -> str | None:
    argv = item.program.argv
    name = item.program.name or ""
    if name.startswith("python") and len(argv) > 1 and argv[1] in ("--version", "-V"):
        return None
    if name.startswith("python") and len(argv) > 2 and argv[1] == "-m" and argv[2] in _PYTHON_MODULES:
        return places.reason(name, [v for v in argv[3:] if v and not v.startswith("-")])
    if name in ("virtualenv",):
        return places.reason(name, [v for v in argv[1:] if v and not v.startswith("-")])
    if name.startswith("pip") and len(argv) > 1 and argv[1] in ("--version", "config", "cache", "list", "freeze"):
        return None
    return f"{name} may need the source"


class _Places:
    def __init__(self, files: Iterable[str], workdir: str | None) -> None:
        self.files = frozenset(files)
        self.workdir = workdir

    def reason(self, name: str, paths: Iterable[str]) -> str | None:
        """Why, when a path is one of the files, holds one, or may match one."""
        touched = next((path for path in paths if self._touches(path)), None)
        return f"{name} works on {touched}" if touched is not None else None

    def redirected(self, item: RunCommand) -> str | None:
        """The target of a redirection that may be one of the files."""
        for redirect in item.command.redirects:
            target = redirect.lstrip("0123456789&<>| ")
            if redirect.lstrip("0123456789&").startswith(">") and target and not target.isdigit():
                if target.startswith(_HARMLESS_TARGETS):
                    continue
                if "$" in target or self._touches(target.strip("'\"")):
                    return target
        return None

    def absolute(self, path: str) -> str | None:
        """A path made absolute; None where the working directory is unknown, or for `~`."""
        if path.startswith("~") or (self.workdir is None and not path.startswith("/")):
            return None
        return posixpath.normpath(posixpath.join(self.workdir or "/", path))

    def _touches(self, path: str) -> bool:
        if "://" in path:
            return False
        absolute = self.absolute(path)
        if absolute is None:
            return True
        path = absolute
        stem = min((path.find(char) for char in "*?[" if char in path), default=len(path))
        if stem < len(path):
            return any(file.startswith(path[:stem]) for file in self.files)
        if path in self.files:
            return True
        prefix = path.rstrip("/") + "/"
        return any(file.startswith(prefix) for file in self.files)
