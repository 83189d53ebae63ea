"""Whether the kernel itself starts a program, as exec form asks it to, or only a shell makes something of it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import pairwise

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step
from dockerfix.image.state import absolute
from dockerfix.syntax import Run
from dockerfix.text import is_number

__all__ = ["kernel_starts"]

# Suffixes that promise a text, which the kernel starts by its `#!` alone.
_TEXTS = (".sh", ".bash", ".ksh", ".zsh", ".py", ".rb", ".pl", ".js", ".mjs", ".php", ".lua", ".tcl")
_SYSTEM = ("/bin/", "/sbin/", "/usr/", "/opt/venv/bin/")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_COMPILERS = frozenset(
    "go cargo rustc gcc g++ cc c++ clang clang++ make cmake ninja meson zig ghc stack cabal swift dotnet crystal "
    "shards nim nimble dmd ldc2 dub fpc gfortran native-image".split()
)
# Folders that only package managers and compilers fill, and these with what the kernel starts.
_BUILT = ("bin", "sbin", ".bin", "release", "dist")
_OUTPUTS = ("-o", "--output", "--out", "--outfile")
_NO_RETURNS = (r"s/\r$//", r"s/\r//", r"s/\r$//g", r"s/\r//g", "s/^M$//")
_MODES = frozenset({"chmod", "chown", "chgrp", "ls", "stat", "test", "["})
_BASH_COMES_WITH = frozenset({"debian", "ubuntu", "rhel", "amazon", "azurelinux", "suse", "archlinux"})


def kernel_starts(model: Image, stage: StageImage, word: str) -> bool:
    """Whether the first word of an exec form is known to name something that execve(2) starts.

    A shell is asked for less: where the kernel answers ENOEXEC (no `#!` in the first two bytes), it runs the file
    itself. So False keeps a shell in front, which does what is done today in every case: `exec ./start.sh` of a file
    without `#!` was run with dash 0.5.12, bash 5.2 and busybox 1.35. False too where the file is not executable, is
    not there or is not known.
    """
    if "/" not in word:
        named = [path for place, path in context_files(model, stage).items() if _is_found(place, word, stage)]
        return all(_starts(model, stage, path, word) for path in named) if named else not word.endswith(_TEXTS)
    place = absolute(word, stage.final.workdir)
    if place is None:
        return False
    path = context_files(model, stage).get(place)
    if path is not None:
        return _starts(model, stage, path, place)
    return not place.endswith(_TEXTS) and not _is_written(stage, place) and _is_made(stage, place)


def _is_found(place: str, name: str, stage: StageImage) -> bool:
    """Whether a program name may lead to a file: by PATH, and where that is not known, from anywhere."""
    folder, base = posixpath.split(place)
    env = stage.final.env
    path = env.get("PATH") if "PATH" in env else _PATH
    return base == name and (path is None or folder in path.split(":"))


def _starts(model: Image, stage: StageImage, path: str, place: str) -> bool:
    """Whether a file of the build context is executable in the image and begins as the kernel wants it."""
    content = model.context.read(path)
    name = posixpath.basename(place)
    if content is None or _is_changed(stage, name):
        return False
    if any(name in (word or "") for argv in _unix_ends(stage) for word in argv):
        content = content.replace(b"\r\n", b"\n")
    if not content.startswith(b"\x7fELF") and not _has_interpreter(content, stage):
        return False
    mode = model.context.mode(path)
    return (mode is not None and bool(mode & 0o111)) or any(_makes_executable(step, place) for step in stage.all_steps)


def _has_interpreter(content: bytes, stage: StageImage) -> bool:
    """Whether the `#!` line names a program that the image is known to have. A carriage return is part of the name."""
    first = content.split(b"\n", 1)[0]
    if not first.startswith(b"#!") or b"\r" in first:
        return False
    words = first[2:].decode("utf-8", "replace").split()
    is_searched = bool(words) and words[0] in ("/usr/bin/env", "/bin/env")
    if is_searched:
        words = [word for word in words[1:] if not word.startswith("-")]
    if not words:
        return False
    folder, name = posixpath.split(words[0])
    distribution = stage.facts.distribution if stage.facts is not None else None
    if name == "sh" or (name == "bash" and distribution in _BASH_COMES_WITH):
        return is_searched or folder == "/bin" or (folder == "/usr/bin" and distribution in _BASH_COMES_WITH)
    if name in _installed(stage):  # by the distribution's package manager
        return is_searched or folder in ("/bin", "/usr/bin")
    family = (stage.facts.family if stage.facts is not None else "").rstrip("0123456789.")
    return name.rstrip("0123456789.") == family and (is_searched or folder == "/usr/local/bin")


def _installed(stage: StageImage) -> set[str]:
    """The words of commands that install packages."""
    commands = (item.program.argv for step in stage.all_steps for item in step.commands or ())
    return {word for argv in commands if {"install", "add"} & set(argv[1:]) for word in argv[1:] if word}


def _makes_executable(step: Step, place: str) -> bool:
    """Whether a step gives a file the right to be executed: `chmod +x`, `chmod -R 755`, `COPY --chmod=`."""
    if step.transfer is not None:
        into = step.transfer.destination
        return _is_executable(step.transfer.mode) and into is not None and _covers(into, place)
    for item in step.commands or ():
        if item.program.name != "chmod":
            continue
        operands = [word for word in item.program.argv[1:] if word is None or not word.startswith("--")]
        modes = [word for word in operands if word is not None and _is_executable(word)]
        recursive = any(word in ("-R", "--recursive", "-Rf") for word in item.program.argv)
        for word in operands:
            target = absolute(word, item.workdir) if word else None
            if modes and target is not None and (target == place or (recursive and _covers(target, place))):
                return True
            if modes and target is not None and _matches_all(target, place):
                return True
    return False


def _matches_all(pattern: str, place: str) -> bool:
    """Whether a pattern such as `/app/*.sh` names a place."""
    from fnmatch import fnmatchcase

    return "*" in pattern and pattern.count("/") == place.count("/") and fnmatchcase(place, pattern)


def _is_executable(mode: str | None) -> bool:
    if mode is None:
        return False
    if is_number(mode):
        return any(int(digit, 8) & 1 for digit in mode[-3:] if digit in "01234567")
    return "x" in mode.rpartition("+")[2] if "+" in mode else "x" in mode.rpartition("=")[2] and "=" in mode


def _covers(folder: str, place: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + "/")


def _is_changed(stage: StageImage, name: str) -> bool:
    """Whether a command may change a file, so that it is no longer what the build context holds."""
    return any(name in word for argv in _changing(stage) for word in argv if word)


def _unix_ends(stage: StageImage) -> Iterator[tuple[str | None, ...]]:
    """The commands that only take carriage returns away: `dos2unix start.sh`, `sed -i 's/\\r$//' start.sh`."""
    for step in stage.all_steps:
        yield from (item.program.argv for item in step.commands or () if _takes_returns(item.program.argv))


def _takes_returns(argv: tuple[str | None, ...]) -> bool:
    name = posixpath.basename((argv[0] if argv else None) or "")
    return name == "dos2unix" or (name == "sed" and "-i" in argv and any(word in _NO_RETURNS for word in argv))


def _changing(stage: StageImage) -> Iterator[tuple[str | None, ...]]:
    for step in stage.all_steps:
        for item in step.commands or ():
            if item.program.name not in _MODES and not _takes_returns(item.program.argv):
                yield (*item.program.argv, *(str(redirect) for redirect in item.command.redirects))


def _is_written(stage: StageImage, place: str) -> bool:
    """Whether the Dockerfile writes a text there: a heredoc, a redirection, `tee`."""
    name = posixpath.basename(place)
    for step in stage.all_steps:
        into = step.transfer.destination if step.transfer is not None and step.instruction.heredocs else None
        if into is not None and _covers(into, place):
            return True
        for item in step.commands or ():
            if item.program.name == "tee" and any(name in (word or "") for word in item.program.argv):
                return True
            if any(name in str(redirect) for redirect in item.command.redirects):
                return True
    return False


def _is_made(stage: StageImage, place: str) -> bool:
    """Whether a program is known to come from somewhere: the system, another stage, an archive, a compiler."""
    if place.startswith(_SYSTEM) or posixpath.basename(posixpath.dirname(place)) in _BUILT:
        return True
    for step in stage.all_steps:
        item = step.transfer
        elsewhere = item is not None and any(source.kind in ("stage", "image", "url") for source in item.sources)
        if item is not None and elsewhere and (item.destination is None or _covers(item.destination, place)):
            return True
        if isinstance(step.instruction, Run) and (_names_output(step, place) or _compiles_in(step, place)):
            return True
    return False


def _names_output(step: Step, place: str) -> bool:
    """Whether a command of a RUN names the file as what it makes (`go build -o server .`)."""
    for item in step.commands or ():
        argv = item.program.argv
        for option, value in pairwise(argv):
            if option in _OUTPUTS and value and absolute(value, item.workdir) == place:
                return True
    return False


def _compiles_in(step: Step, place: str) -> bool:
    """Whether a compiler runs in the folder of the file or one above it, which may make it under its own name."""
    folders = (item.workdir for item in step.commands or () if item.program.name in _COMPILERS)
    return any(folder is not None and _covers(folder, place) for folder in folders)
