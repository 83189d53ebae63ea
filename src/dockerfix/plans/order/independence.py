"""Whether a command can run before certain files are copied."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence

from dockerfix.image.commands import RunCommand
from dockerfix.image.state import POSIX_SHELLS, folders_above
from dockerfix.programs.python_downloads import is_download
from dockerfix.shell import ShellWord
from dockerfix.shell.cd import absolute_word
from dockerfix.shell.nested import script_place

__all__ = ["Places", "needs_files", "writes_over"]

# Programs whose words are no paths of the project: package managers, accounts, shell settings.
_WORDS_ARE_NAMES = frozenset(
    "apt apt-get apk dnf yum microdnf tdnf zypper pacman dpkg-reconfigure apt-key add-apt-repository locale-gen "
    "debconf-set-selections update-ca-certificates ldconfig update-alternatives update-locale fc-cache "
    "useradd groupadd adduser addgroup usermod groupmod deluser chpasswd passwd id whoami which type hash "
    "set true : export unset readonly umask ulimit shopt exit return sleep date uname nproc "
    "echo printf rustup rbenv nvm n fnm volta pyenv gem pecl pear a2enmod a2dismod a2ensite "
    "docker-php-ext-install docker-php-ext-configure docker-php-ext-enable phpenmod install-php-extensions "
    "pipx chsh dpkg tzselect lsb_release".split()
)
# Programs that read and write just the paths they are given.
_WORDS_ARE_PATHS = frozenset(
    "rm ln chmod chown chgrp touch tar unzip gunzip xz curl wget gpg install sed tee cp mv ls cat stat du file head "
    "tail grep awk cut sort uniq tr wc diff mktemp readlink realpath basename dirname sha256sum sha512sum md5sum "
    "rsync dos2unix setcap find test [ [[".split()
)
_SHELLS = frozenset("sh bash ash dash zsh python python3 perl php node".split())
_FETCHERS = frozenset({"curl", "wget"})
_HARMLESS_TARGETS = ("/dev/",)
_PATH = ("/", "./", "../")
_PACKAGE_FILES = (".deb", ".rpm", ".apk", ".tgz", ".tar.gz")
_PRINT = frozenset({"echo", "printf", "cat"})
_WILD = "*?[{"
_LOOPS = frozenset({"for_statement", "c_style_for_statement", "while_statement"})
_COMPOUNDS = _LOOPS | {"compound_statement", "subshell", "if_statement", "case_statement"}
# Files that programs read without being told: their settings, their libraries, other programs.
_READ_UNASKED = tuple(
    "/etc/ /bin/ /sbin/ /lib /usr/bin/ /usr/sbin/ /usr/lib /usr/local/bin/ /usr/local/lib /usr/local/etc/ "
    "/usr/local/share/ca-certificates/".split()
)
# Settings of the project that version managers and tools look for in their folder and those above it.
_TOOL_FILES = frozenset(
    "package.json .npmrc .yarnrc .yarnrc.yml .nvmrc .node-version .python-version .python-versions .ruby-version "
    ".tool-versions rust-toolchain rust-toolchain.toml config.toml uv.toml pyproject.toml global.json NuGet.Config "
    "nuget.config".split()
)
_READ_TOOL_FILES = frozenset("pyenv rbenv nvm n fnm volta rustup cargo yarn pnpm bun uv dotnet gem".split())
# Programs of which any word may be a path.
_PATHS_AMONG_WORDS = frozenset("python virtualenv uv conda mamba micromamba git pip cargo . source".split())


def needs_files(
    item: RunCommand, files: Iterable[str], folders: Iterable[str] = (), previous: RunCommand | None = None
) -> str | None:
    """Why a command may need (or change) some of these files; None when it certainly does not.

    Args:
        files: absolute paths in the image.
        folders: folders that are there without these files too.
        previous: the command in front of it, whose output it may read.
    """
    program, name = item.program, item.program.name
    if name is None and not item.command.words and item.command.assignments:
        return None
    certain = all(value is not None for value in program.argv)
    if name is None or not (certain or (name in _WORDS_ARE_NAMES and not _LOOPS & set(item.command.within))):
        return "a command in between is only known at build time"
    places = Places(files, item.workdir)
    touched = places.redirected(item)
    if touched is not None:
        return f"{name} works on {touched}"
    if name in _PRINT and _COMPOUNDS & set(item.command.within):
        return f"what {name} prints may go to a file"
    if name == "mkdir":
        return None
    if name == "cd":
        words = program.argv[1:] or ("~",)
        return None if places.absolute(words[0] or "~") in set(folders) else places.reason(name, program.words[1:])
    return _by_program(item, name, places, previous)


def _by_program(item: RunCommand, name: str, places: Places, previous: RunCommand | None) -> str | None:
    program = item.program
    if name in POSIX_SHELLS and isinstance(script_place(program.argv), int) and not program.opaque:
        return None  # its script's commands are asked one by one
    unasked = places.read_unasked(name)
    if unasked is not None:
        return f"{name} may read {unasked}"
    if name in _WORDS_ARE_NAMES:
        return places.reason(name, _written_as_paths(name, program.words[1:]))
    if name in _WORDS_ARE_PATHS:
        return places.reason(name, program.words[1:]) or _here(name, program.argv, places)
    if _runs_what_was_fetched(item, previous):
        return None
    return _by_verb(item, places)


def _written_as_paths(name: str, words: Sequence[ShellWord]) -> Iterator[ShellWord]:
    """The words that may be paths of a program whose words are names."""
    for word in words:
        value = word.value or ""
        if name in ("echo", "printf"):
            if word.expands:
                yield word
        elif value in (".", "..") or value.startswith((*_PATH, "-")) or value.endswith(_PACKAGE_FILES):
            yield word


def _here(name: str, argv: Sequence[str | None], places: Places) -> str | None:
    """Programs that work in their folder when they are not told where to."""
    values = [value or "" for value in argv[1:]]
    flags = "".join(value[1:] for value in values if value.startswith("-") and not value.startswith("--"))
    if name == "tar":
        flags += values[0] if values and not values[0].startswith("-") else ""
    uses = {
        "tar": not any(value.startswith(("-C", "--directory", "--list")) for value in values) and "t" not in flags,
        "unzip": not any(value.startswith(("-d", "-l", "-p")) for value in values),
        "wget": not any(value.startswith(("-O", "-P", "--output-document", "--directory-prefix")) for value in values)
        and "O" not in flags,
        "curl": bool({"-J", "--remote-name", "--remote-name-all", "--remote-header-name"} & set(values))
        or "O" in flags,
        "find": not values or values[0].startswith(("-", "(", "!")),
        "grep": bool({"r", "R"} & set(flags)) and len([value for value in values if not value.startswith("-")]) < 2,
    }
    return f"{name} works beside the copied files" if uses.get(name, False) and places.has_files_here() else None


def writes_over(item: RunCommand, files: Iterable[str]) -> str | None:
    """Why the redirections of a command may change some of these files; None when they certainly do not."""
    touched = Places(files, item.workdir).redirected(item)
    return f"{item.program.name} works on {touched}" if touched is not None else None


def _runs_what_was_fetched(item: RunCommand, previous: RunCommand | None) -> bool:
    """`curl -sSf https://… | sh -s -- -y`: a script from the network, which knows nothing of the project."""
    if previous is None or item.command.operator != "|" or item.program.name not in _SHELLS:
        return False
    first = item.program.argv[1] if len(item.program.words) > 1 else "-"
    is_piped = first in ("-", "-s", "-x", "-ex", "-e", "-") or (first or "").startswith("-s")
    return is_piped and previous.program.name in _FETCHERS


def _by_verb(item: RunCommand, places: Places) -> str | None:
    """Programs of which only some uses are known to leave the project alone."""
    name = (item.program.name or "").rstrip("0123456789.") or "."
    words = [value or "" for value in item.program.argv[1:]]
    known = _VERBS.get(name)
    if known is not None and known(words):
        named = (
            item.program.words[1:] if name in _PATHS_AMONG_WORDS else _written_as_paths(name, item.program.words[1:])
        )
        return places.reason(name, named)
    if name == "python" and is_download(words, places.files, item.workdir):
        return None
    return f"{item.program.name} may need the source"


def _first_is(*verbs: str) -> Callable[[list[str]], bool]:
    """Whether the first words are one of these, written with blanks in between."""
    return lambda words: any(words[: len(verb.split())] == verb.split() for verb in verbs)


def _is_global(words: list[str]) -> bool:
    """Whether a package is installed for all; without one, npm takes the project itself."""
    is_global = not {"-g", "--global", "--location=global"}.isdisjoint(words)
    verb, *packages = [word for word in words if not word.startswith("-")] or [""]
    return is_global and (bool(packages) or verb not in ("install", "i", "add", "link"))


def _is_remote_install(words: list[str]) -> bool:
    """`go install example.org/tool@v1`, which reads no go.mod. Source: Go modules reference, "go install"."""
    return words[:1] == ["install"] and all("@" in word for word in words[1:] if not word.startswith("-"))


# What leaves the project alone. Source: each program's command line reference.
_VERBS: dict[str, Callable[[list[str]], bool]] = {
    "npm": lambda words: _is_global(words) or _first_is("config", "--version", "-v", "set", "cache", "version")(words),
    "yarn": _first_is("global add", "cache", "--version", "-v"),
    "pnpm": lambda words: _is_global(words) or _first_is("config", "--version", "setup", "store", "env", "-v")(words),
    "bun": lambda words: _is_global(words) or _first_is("--version", "upgrade")(words),
    "corepack": lambda words: (
        _first_is("enable", "disable", "--version")(words)
        or (words[:1] == ["prepare"] and any(not w.startswith("-") for w in words[1:]))
    ),
    "pip": _first_is("--version", "config", "cache", "list", "freeze", "show", "check", "uninstall"),
    "python": lambda words: _first_is("--version", "-V", "-m venv", "-m ensurepip", "-m virtualenv", "-m pip")(words),
    "virtualenv": lambda words: True,
    "poetry": lambda words: (
        "--local" not in words and _first_is("config", "self", "--version", "-V", "cache", "about")(words)
    ),
    "pipenv": _first_is("--version"),
    "pdm": _first_is("--version", "self", "cache", "config"),
    "uv": _first_is("--version", "version --short", "venv", "tool install", "python install", "cache", "self"),
    "conda": _first_is("config", "clean", "init", "update", "--version", "info", "activate", "install", "create"),
    "mamba": _first_is("config", "clean", "init", "update", "--version", "info", "install", "create"),
    "micromamba": _first_is("config", "clean", "--version", "info", "install", "create", "shell"),
    "go": lambda words: _first_is("env", "version", "clean")(words) or _is_remote_install(words),
    **dict.fromkeys((".", "source"), lambda words: len(words) == 1 and words[0].endswith("/bin/activate")),
    "git": _first_is("config", "clone", "--version", "lfs install"),
    "cargo": _first_is("--version", "install"),
    "bundle": _first_is("config", "--version"),
    "composer": _first_is(
        "self-update", "global", "config -g", "config --global", "--version", "clear-cache", "clearcache"
    ),
    "dotnet": _first_is("--version", "--info", "tool install", "workload install"),
    "mix": _first_is("local.hex", "local.rebar", "archive.install"),
    "playwright": _first_is("install", "install-deps"),
    "spacy": _first_is("download"),
    "node": _first_is("--version", "-v"),
    "java": _first_is("-version", "--version"),
}


class Places:
    """Files of the image, and the words of a command that may be meant for one of them."""

    def __init__(self, files: Iterable[str], workdir: str | None) -> None:
        self.files = frozenset(files)
        self.workdir = workdir

    def reason(self, name: str, words: Iterable[ShellWord]) -> str | None:
        """Why, when a word is the path of one of the files, holds one, or may match one."""
        path = self.named(words)
        return f"{name} works on {path}" if path is not None else None

    def named(self, words: Iterable[ShellWord]) -> str | None:
        """A word that is the path of one of the files, holds one, or may match one."""
        found = (path for word in words for path in _paths(word.value) if self._touches(path, wild=word.expands))
        return next(found, None)

    @staticmethod
    def paths(words: Iterable[ShellWord]) -> list[str]:
        """What of some words may be a path."""
        return [path for word in words for path in _paths(word.value)]

    def redirected(self, item: RunCommand) -> str | None:
        """The file of a redirection that may be one of the files."""
        return self._first(_targets(item))

    def written(self, item: RunCommand) -> str | None:
        """The same of a redirection that writes."""
        return self._first(self.targets(item))

    @staticmethod
    def targets(item: RunCommand) -> list[str]:
        """The files that redirections of a command write to."""
        return list(_targets(item, ">"))

    def _first(self, targets: Iterable[str]) -> str | None:
        unknown = ("$", "`")
        return next((one for one in targets if any(c in one for c in unknown) or self._touches(one, wild=True)), None)

    def one_here(self, names: Iterable[str]) -> str | None:
        """The first of some names that a file in the working directory has, or any file where that is unknown."""
        here = f"{(self.workdir or '').rstrip('/')}/"
        found = (name for name in names for file in self.files if file == here + name or self._is_named(file, name))
        return next(found, None)

    def _is_named(self, file: str, name: str) -> bool:
        return self.workdir is None and file.endswith(f"/{name}")

    def absolute(self, path: str) -> str | None:
        """A path made absolute; None where the working directory is unknown, or for `~`."""
        return absolute_word(path, self.workdir)

    def read_unasked(self, name: str) -> str | None:
        """One of the files that a program reads without being told."""
        found = [file for file in self.files if file.startswith(_READ_UNASKED)]
        if name in _READ_TOOL_FILES:
            here = folders_above(self.workdir) if self.workdir is not None else None
            tool_files = [file for file in self.files if posixpath.basename(file) in _TOOL_FILES]
            found += [file for file in tool_files if here is None or posixpath.dirname(file) in here]
        return min(found, default=None)

    def has_files_here(self) -> bool:
        """Whether some of the files lie in the working directory or below."""
        here = f"{(self.workdir or '').rstrip('/')}/"
        return self.workdir is None or any(file.startswith(here) for file in self.files)

    def _touches(self, path: str, *, wild: bool) -> bool:
        if "://" in path:
            return False
        place = self.absolute(path)
        if place is None:
            return True
        stem = min((place.find(char) for char in _WILD if char in place), default=len(place)) if wild else len(place)
        if stem < len(place):
            return any(file.startswith(place[:stem]) for file in self.files)
        if place in self.files:
            return True
        prefix = place.rstrip("/") + "/"
        return any(file.startswith(prefix) for file in self.files)


def _targets(item: RunCommand, sign: str = "<>") -> Iterator[str]:
    """The files of redirections, of one direction or of both."""
    for redirect in item.command.redirects:
        text = redirect.lstrip("0123456789&")
        target = text.lstrip("<>&| \t").strip("'\"")
        is_file = bool(target) and not text.startswith(("<<", "<(", "<&", ">&"))
        if is_file and text[:1] in sign and not target.startswith(_HARMLESS_TARGETS):
            yield target


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
