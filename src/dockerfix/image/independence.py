"""Whether a command can run before certain files are copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dockerfix.image.commands import RunCommand
from dockerfix.image.state import POSIX_SHELLS, absolute
from dockerfix.shell import ShellWord
from dockerfix.shell.nested import script_place

__all__ = ["needs_files"]

# Programs whose words are no paths of the project: package managers, accounts, shell settings.
_WORDS_ARE_NAMES = frozenset(
    "apt apt-get apk dnf yum microdnf tdnf zypper dpkg-reconfigure apt-key add-apt-repository debconf-set-selections "
    "useradd groupadd adduser addgroup usermod set true : export unset locale-gen update-ca-certificates ldconfig "
    "echo printf npm corepack".split()
)
# Programs that read and write just the paths they are given.
_WORDS_ARE_PATHS = frozenset("rm ln chmod chown touch tar unzip curl wget gpg install sed tee cp mv ls cat".split())
_PRINT = frozenset({"echo", "printf", "cat"})
_PACKAGE_FILES = (".deb", ".rpm", ".apk", ".tgz", ".tar.gz")
_PYTHON_MODULES = frozenset("venv ensurepip virtualenv".split())
_HARMLESS_TARGETS = ("/dev/",)
# Files that programs read without being told: their settings, their libraries, other programs.
_READ_UNASKED = (
    "/etc/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/lib",
    "/usr/local/",
    "/usr/share/",
    "/bin/",
    "/sbin/",
    "/lib",
)
_WILD = "*?[{"
_LOOPS = frozenset({"for_statement", "c_style_for_statement", "while_statement"})
_COMPOUNDS = _LOOPS | {"compound_statement", "subshell", "if_statement", "case_statement"}


def needs_files(item: RunCommand, files: Iterable[str], folders: Iterable[str] = ()) -> str | None:
    """Why a command may need (or change) some of these files; None when it certainly does not.

    Args:
        files: absolute paths in the image.
        folders: folders that are there without these files too.
    """
    program, name = item.program, item.program.name
    places = _Places(files, item.workdir)
    if name is None and not item.command.words and item.command.assignments:
        return None
    certain = all(value is not None for value in program.argv)
    if name is None or not (certain or (name in _WORDS_ARE_NAMES and not _LOOPS & set(item.command.within))):
        return "a command in between is only known at build time"
    touched = places.redirected(item)
    if touched is not None:
        return f"{name} reads or writes {touched}"
    if name in _PRINT and _COMPOUNDS & set(item.command.within):
        return f"what {name} prints may go to a file"
    return _by_program(item, name, places, folders)


def _by_program(item: RunCommand, name: str, places: _Places, folders: Iterable[str]) -> str | None:
    program = item.program
    if name in POSIX_SHELLS and isinstance(script_place(program.argv), int) and not program.opaque:
        return None  # its script's commands are asked one by one
    if name == "mkdir":
        return None
    if name == "cd":
        words = program.argv[1:] or ("~",)
        return None if places.absolute(words[0] or "~") in set(folders) else places.reason(name, program.words[1:])
    unasked = places.read_unasked()
    if unasked is not None:
        return f"{name} may read {unasked}"
    if name in _WORDS_ARE_NAMES:
        return _named(name, program.words[1:], places)
    if name in _WORDS_ARE_PATHS:
        return places.reason(name, program.words[1:]) or _here(name, program.argv, places)
    return _python(item, places)


def _named(name: str, words: Sequence[ShellWord], places: _Places) -> str | None:
    """A program whose words are names, unless they are written as paths."""
    values = [word.value or "" for word in words]
    if name in ("echo", "printf"):
        return places.reason(name, [word for word in words if word.expands])
    if name == "npm" and not _installs_elsewhere(values):
        return "npm reads the package.json of the project"
    if name == "corepack" and values[:1] not in (["enable"], ["disable"]):
        return "corepack reads the package.json of the project"
    written = [
        word
        for word, value in zip(words, values, strict=True)
        if value in (".", "..") or value.startswith(("/", "./", "../", "-")) or value.endswith(_PACKAGE_FILES)
    ]
    return places.reason(name, written)


def _installs_elsewhere(values: list[str]) -> bool:
    if {"config", "--version", "-v"} & set(values):
        return True
    packages = [value for value in values if not value.startswith("-")][1:]
    return bool({"-g", "--global"} & set(values)) and bool(packages)


def _here(name: str, argv: Sequence[str | None], places: _Places) -> str | None:
    """Programs that write into their folder when they are not told where to."""
    values = [value or "" for value in argv[1:]]
    flags = "".join(value[1:] for value in values if value.startswith("-") and not value.startswith("--"))
    if name == "tar":
        flags += values[0] if values and not values[0].startswith("-") else ""
    writes = {
        "tar": not any(value.startswith(("-C", "--directory", "--list")) for value in values) and "t" not in flags,
        "unzip": not any(value.startswith(("-d", "-l", "-p")) for value in values),
        "wget": not any(value.startswith(("-O", "-P", "--output-document", "--directory-prefix")) for value in values)
        and "O" not in flags,
        "curl": bool({"-J", "--remote-name", "--remote-name-all", "--remote-header-name"} & set(values))
        or "O" in flags,
    }
    return f"{name} writes beside the copied files" if writes.get(name, False) and places.has_files_here() else None


def _python(item: RunCommand, places: _Places) -> str | None:
    argv = item.program.argv
    name = item.program.name or ""
    if name.startswith("python") and len(argv) > 1 and argv[1] in ("--version", "-V"):
        return None
    if name.startswith("python") and len(argv) > 2 and argv[1] == "-m" and argv[2] in _PYTHON_MODULES:
        return places.reason(name, item.program.words[3:])
    if name in ("virtualenv",):
        return places.reason(name, item.program.words[1:])
    if name.startswith("pip") and len(argv) > 1 and argv[1] in ("--version", "config", "cache", "list", "freeze"):
        return None
    return f"{name} may need the source"


class _Places:
    def __init__(self, files: Iterable[str], workdir: str | None) -> None:
        self.files = frozenset(files)
        self.workdir = workdir

    def reason(self, name: str, words: Iterable[ShellWord]) -> str | None:
        """Why, when a word is the path of one of the files, holds one, or may match one."""
        touched = next((path for word in words for path in _paths(word.value) if self._touches(path)), None)
        return f"{name} works on {touched}" if touched is not None else None

    def redirected(self, item: RunCommand) -> str | None:
        """The file of a redirection that may be one of the files."""
        for redirect in item.command.redirects:
            text = redirect.lstrip("0123456789&")
            target = text.lstrip("<>&| \t").strip("'\"")
            if text.startswith(("<<", "<&", ">&")) or not target or target.startswith(_HARMLESS_TARGETS):
                continue
            if "$" in target or "`" in target or self._touches(target):
                return target
        return None

    def absolute(self, path: str) -> str | None:
        """A path made absolute; None where the working directory is unknown, or for `~`."""
        return None if path.startswith("~") else absolute(path, self.workdir)

    def read_unasked(self) -> str | None:
        """One of the files that programs read without being told."""
        return min((file for file in self.files if file.startswith(_READ_UNASKED)), default=None)

    def has_files_here(self) -> bool:
        """Whether some of the files lie in the working directory or below."""
        here = f"{(self.workdir or '').rstrip('/')}/"
        return self.workdir is None or any(file.startswith(here) for file in self.files)

    def _touches(self, path: str) -> bool:
        if "://" in path:
            return False
        place = self.absolute(path)
        if place is None:
            return True
        stem = min((place.find(char) for char in _WILD if char in place), default=len(place))
        if stem < len(place):
            return any(file.startswith(place[:stem]) for file in self.files)
        if place in self.files:
            return True
        prefix = place.rstrip("/") + "/"
        return any(file.startswith(prefix) for file in self.files)


def _paths(value: str | None) -> Iterator[str]:
    """What of a word may be a path: itself, the value of `--option=value`, what follows a short option."""
    if not value:
        return
    if not value.startswith("-"):
        yield value
        if "=" in value:
            yield value.partition("=")[2]
    elif "=" in value:
        yield value.partition("=")[2]
    elif len(value) > 2 and ("/" in value or value.endswith(".")):
        yield value[2:]
