"""Whether a command can run before certain files are copied."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable

from dockerfix.image.commands import RunCommand
from dockerfix.image.python_downloads import is_download

__all__ = ["needs_files", "writes_over"]

# Programs whose words are no paths of the project: package managers, accounts, shell settings.
_WORDS_ARE_NAMES = frozenset(
    "apt apt-get apk dnf yum microdnf tdnf zypper pacman dpkg-reconfigure apt-key add-apt-repository locale-gen "
    "debconf-set-selections update-ca-certificates ldconfig update-alternatives update-locale fc-cache "
    "useradd groupadd adduser addgroup usermod groupmod deluser chpasswd passwd id whoami which type hash "
    "set true : export unset readonly umask ulimit shopt exit return sleep date uname nproc "
    "echo printf corepack rustup rbenv nvm n fnm volta pyenv gem pecl pear a2enmod a2dismod a2ensite "
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
# Programs of which any word may be a path.
_PATHS_AMONG_WORDS = frozenset("python virtualenv uv conda mamba micromamba git pip cargo".split())


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
    if name is None or (any(value is None for value in program.argv) and name not in _WORDS_ARE_NAMES):
        return "a command in between is only known at build time"
    places = _Places(files, item.workdir)
    touched = places.redirected(item)
    if touched is not None:
        return f"{name} works on {touched}"
    paths = [value for value in program.argv[1:] if value and not value.startswith("-")]
    if name == "mkdir":
        return None
    if name == "cd":
        return None if places.absolute(paths[0] if paths else "~") in set(folders) else places.reason(name, paths)
    if name in _WORDS_ARE_NAMES:
        named = [] if name in ("echo", "printf") else [path for path in paths if path.startswith(_PATH)]
        return places.reason(name, named)
    if name in _WORDS_ARE_PATHS:
        return places.reason(name, paths)
    if _runs_what_was_fetched(item, previous):
        return None
    return _by_verb(item, places, paths)


def writes_over(item: RunCommand, files: Iterable[str]) -> str | None:
    """Why the redirections of a command may change some of these files; None when they certainly do not."""
    touched = _Places(files, item.workdir).redirected(item)
    return f"{item.program.name} works on {touched}" if touched is not None else None


def _runs_what_was_fetched(item: RunCommand, previous: RunCommand | None) -> bool:
    """`curl -sSf https://… | sh -s -- -y`: a script from the network, which knows nothing of the project."""
    if previous is None or item.command.operator != "|" or item.program.name not in _SHELLS:
        return False
    first = item.program.argv[1] if len(item.program.words) > 1 else "-"
    is_piped = first in ("-", "-s", "-x", "-ex", "-e", "-") or (first or "").startswith("-s")
    return is_piped and previous.program.name in _FETCHERS


def _by_verb(item: RunCommand, places: _Places, paths: list[str]) -> str | None:
    """Programs of which only some uses are known to leave the project alone."""
    name = (item.program.name or "").rstrip("0123456789.")
    words = [value or "" for value in item.program.argv[1:]]
    known = _VERBS.get(name)
    if known is not None and known(words):
        return places.reason(name, paths if name in _PATHS_AMONG_WORDS else [p for p in paths if p.startswith(_PATH)])
    if name == "python" and is_download(words, places.files, item.workdir):
        return None
    return f"{item.program.name} may need the source"


def _first_is(*verbs: str) -> Callable[[list[str]], bool]:
    """Whether the first words are one of these, written with blanks in between."""
    return lambda words: any(words[: len(verb.split())] == verb.split() for verb in verbs)


def _is_global(words: list[str]) -> bool:
    return not {"-g", "--global", "--location=global"}.isdisjoint(words)


def _is_remote_install(words: list[str]) -> bool:
    """`go install example.org/tool@v1`, which reads no go.mod. Source: Go modules reference, "go install"."""
    return words[:1] == ["install"] and all("@" in word for word in words[1:] if not word.startswith("-"))


# What leaves the project alone. Source: each program's command line reference.
_VERBS: dict[str, Callable[[list[str]], bool]] = {
    "npm": lambda words: _is_global(words) or _first_is("config", "--version", "-v", "set", "cache", "version")(words),
    "yarn": _first_is("global add", "cache", "--version", "-v"),
    "pnpm": lambda words: _is_global(words) or _first_is("config", "--version", "setup", "store", "env", "-v")(words),
    "bun": lambda words: _is_global(words) or _first_is("--version", "upgrade")(words),
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


class _Places:
    def __init__(self, files: Iterable[str], workdir: str | None) -> None:
        self.files = frozenset(files)
        self.workdir = workdir

    def reason(self, name: str, paths: Iterable[str]) -> str | None:
        """Why, when a path is one of the files, holds one, or may match one."""
        touched = next((path for path in paths if self._touches(path)), None)
        return f"{name} works on {touched}" if touched is not None else None

    def redirected(self, item: RunCommand) -> str | None:
        """The file of a redirection that may be one of the files."""
        for redirect in item.command.redirects:
            text = redirect.lstrip("0123456789&")
            target = text.lstrip("&<>| ")
            if text.startswith((">", "<")) and not text.startswith(("<<", "<(", ">&")) and target:
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
