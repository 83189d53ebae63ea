"""Whether a command may change certain files, so that a copy which brings them anew would take that back."""

from __future__ import annotations

from collections.abc import Iterable

from dockerfix.image.commands import RunCommand
from dockerfix.plans.order.independence import Places

__all__ = ["changes_files", "written_places"]

# Programs that read the files they are given and write to their output alone. Source: their manual pages.
_READ_ONLY = frozenset(
    "cat head tail grep egrep fgrep ls stat du file cut uniq tr wc diff cmp sha256sum sha512sum sha1sum md5sum cksum "
    "readlink realpath basename dirname test [ [[ echo printf jq yq true : id which nproc uname date sleep "
    "cd pushd popd mkdir export unset set umask ulimit shopt alias type hash source . exit return "
    "apt apt-get apk dnf yum microdnf tdnf zypper pacman".split()
)
_WRITES_WHERE_TOLD = frozenset({"cp", "install", "ln", "rsync"})


def changes_files(item: RunCommand, files: Iterable[str]) -> str | None:
    """Why a command may change one of these files; None when it only reads them, or leaves them alone.

    Args:
        files: absolute paths in the image.
    """
    places = Places(files, item.workdir)
    program, name = item.program, item.program.name or "a command"
    touched = places.written(item)
    if touched is None and name not in _READ_ONLY and not _only_prints(item):
        words = program.words[-1:] if name in _WRITES_WHERE_TOLD else program.words[1:]
        touched = places.named(words)
    if touched is None:
        touched = places.one_here(_rewritten(item))
    return f"{name} changes {touched}, and the copy below it would bring it as it was" if touched is not None else None


def written_places(item: RunCommand) -> list[str]:
    """Where a command may write by its words, absolute; what only reads has none but its redirections."""
    places = Places((), item.workdir)
    words = [] if item.program.name in _READ_ONLY or _only_prints(item) else item.program.words[1:]
    return [place for path in (*places.targets(item), *places.paths(words)) if (place := places.absolute(path))]


def _only_prints(item: RunCommand) -> bool:
    """`sed` and `awk` without the option that has them edit in place, `find` without an action, `sort` without `-o`."""
    words = [word or "" for word in item.program.argv[1:]]
    if item.program.name == "sed":
        return not any(word.startswith("--in-place") or _has_letter(word, "i") for word in words)
    if item.program.name in ("awk", "gawk", "mawk"):
        return "inplace" not in words
    if item.program.name == "find":
        return not any(word in ("-delete", "-exec", "-execdir", "-ok", "-fprint") for word in words)
    return item.program.name == "sort" and not any(_has_letter(word, "o") for word in words)


def _has_letter(word: str, letter: str) -> bool:
    return word.startswith("-") and not word.startswith("--") and letter in word


def _rewritten(item: RunCommand) -> tuple[str, ...]:
    """The manifests and settings that a package manager is told to change, in the project that it stands in."""
    words = [word or "" for word in item.program.argv[1:]]
    is_local = "--local" in words or "--location=project" in words or "project" in words
    is_global = bool({"-g", "--global", "--location=global"} & set(words))
    for verb, names, said in _REWRITES.get(item.program.name or "", ()):
        fits = words[: len(verb.split())] == verb.split() and len(words) > len(verb.split())
        if fits and (said == "" or (said == "local" and is_local) or (said == "not global" and not is_global)):
            return tuple(names.split())
    return ()


_NPM = (
    ("pkg", "package.json", ""),
    ("version", "package.json package-lock.json npm-shrinkwrap.json", ""),
    ("config", ".npmrc", "local"),
    ("set", ".npmrc", "local"),
)
# Program → verb with something behind it, what it changes, and whether that depends on `--local` or `--global`.
# Source: each program's command line reference.
_REWRITES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "npm": _NPM,
    "pnpm": _NPM,
    "yarn": (
        ("config set", ".yarnrc.yml", "not global"),
        ("set version", ".yarnrc.yml package.json", ""),
        ("plugin", ".yarnrc.yml", ""),
        ("version", "package.json", ""),
    ),
    "poetry": (("version", "pyproject.toml", ""), ("config", "poetry.toml", "local")),
    "pdm": (("config", "pdm.toml", "local"),),
    "uv": (("version", "pyproject.toml uv.lock", ""), ("python pin", ".python-version", "")),
    "bundle": (("config", ".bundle/config", "not global"),),
    "composer": (("config", "composer.json", "not global"),),
    "go": (("mod edit", "go.mod", ""), ("mod tidy", "go.mod go.sum", "")),
    "cargo": (("add", "Cargo.toml Cargo.lock", ""),),
    "corepack": (("use", "package.json", ""),),
}
