"""`pip install` in all its spellings, read into what it takes and where a new option would stand."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.shell.script import Command
from dockerfix.shell.words import ShellWord

__all__ = ["PipCommand", "pip_command"]

_PIP = regex(r"pip(3(\.\d+)?)?\Z")
_PYTHON = regex(r"(python|pypy)(3(\.\d+)?)?\Z")
# Options that take a value as the next word. Source: `--help` of `pip install` 26.3 and of `uv pip install` 0.13.
_VALUED = frozenset(
    "-r --requirement --requirements -c --constraint --constraints -e --editable -t --target -i --index-url "
    "--extra-index-url -f --find-links --prefix --root --src --platform --python-version --implementation --abi "
    "--no-binary --only-binary --progress-bar --root-user-action --report --cache-dir --trusted-host --proxy --retries "
    "--timeout --exists-action --cert --client-cert --log --python --use-feature --use-deprecated --upgrade-strategy "
    "-C --config-settings --config-setting --global-option --install-option --build-option --build-constraint --group "
    "--keyring-provider --index --default-index --index-strategy --resolution --prerelease --exclude-newer --link-mode "
    "--extra -p --override --torch-backend --no-build-isolation-package --refresh-package --reinstall-package "
    "--upgrade-package -P --uploaded-prior-to --resume-retries -b --build-constraints --overrides --exclude --excludes "
    "--requirements-from-script --config-file --directory --project --upgrade-group --dest -d --wheel-dir -w "
    "--exclude-newer-package --prerelease-package --output-file -o".split()
)
# Options that name a file in the format of requirements which limits, replaces or leaves out what is installed.
_LIMITS = (
    "-c --constraint --constraints -b --build-constraint --build-constraints --override --overrides --exclude "
    "--excludes"
).split()
_LOCAL = (".", "/", "~", "file:")
_ARCHIVES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar")


@frozen
class PipCommand:
    """A call of pip (or of `uv pip`).

    `verb` is `install`, `download`, `wheel` …; `verb_word` is its word, behind which options go. A value in
    the tuples is None where it is only known at run time. `requirements` are the files of `-r`,
    `constraints` those of `-c` and of its kin (`--override`, `--excludes`), `packages` the requirements given by
    name or URL, `local` those given as a path (`.`, `./lib`, a wheel), `editables` those of `-e`, `groups` those of
    `--group`; `find_links` and `targets` the values of those options. `options` holds every option as written,
    without values.
    """

    tool: Literal["pip", "uv"]
    command: Command
    verb: str
    verb_word: ShellWord
    options: tuple[str, ...]
    requirements: tuple[str | None, ...] = ()
    constraints: tuple[str | None, ...] = ()
    editables: tuple[str | None, ...] = ()
    local: tuple[str, ...] = ()
    packages: tuple[str | None, ...] = ()
    find_links: tuple[str | None, ...] = ()
    groups: tuple[str | None, ...] = ()
    values: dict[str, str | None] = field(default_factory=dict)

    def has(self, *options: str) -> bool:
        """Whether one of these options is given, in any position."""
        return any(option in self.options for option in options)

    @property
    def is_certain(self) -> bool:
        """Whether everything it reads is known before run time."""
        found = (*self.requirements, *self.constraints, *self.editables, *self.packages, *self.find_links, *self.groups)
        return None not in found and not any(word.value is None for word in self.command.words)


def pip_command(command: Command) -> PipCommand | None:
    """What a command asks of pip; None when it is no call of pip.

    Knows `pip`, `pip3`, `pip3.12`, a path to one, `python -m pip` with interpreter options, and `uv pip`.
    The command should have its wrappers (`sudo`, `env`) taken off.
    """
    start = _pip_words(command)
    if start is None:
        return None
    tool: Literal["pip", "uv"] = "uv" if command.name == "uv" else "pip"
    words = command.words[start:]
    options: list[str] = []
    at = 0
    while at < len(words) and (words[at].value or "").startswith("-"):
        option = (words[at].value or "").partition("=")[0]
        options.append(option)
        at += 2 if option in _VALUED and "=" not in (words[at].value or "") else 1
    if at >= len(words) or words[at].value is None:
        return None
    verb = words[at]
    reader = _Reader(options)
    reader.read(words[at + 1 :])
    return PipCommand(
        tool=tool,
        command=command,
        verb=verb.value or "",
        verb_word=verb,
        options=tuple(reader.options),
        requirements=tuple(reader.of("-r", "--requirement", "--requirements")),
        constraints=tuple(reader.of(*_LIMITS)),
        editables=tuple(reader.of("-e", "--editable")),
        local=tuple(reader.local),
        packages=tuple(reader.packages),
        find_links=tuple(reader.of("-f", "--find-links")),
        groups=tuple(reader.of("--group")),
        values=dict(reader.valued),
    )


def _pip_words(command: Command) -> int | None:
    """How many words come before pip's own, or None."""
    name = command.name
    if name is None:
        return None
    if _PIP.match(name):
        return 1
    if name == "uv":
        return 2 if len(command.words) > 1 and command.words[1].value == "pip" else None
    if not _PYTHON.match(name):
        return None
    for at, word in enumerate(command.words[1:-1], start=1):
        if word.value == "-m":
            return at + 2 if command.words[at + 1].value == "pip" else None
        if not (word.value or "").startswith("-"):
            return None
    return None


class _Reader:
    def __init__(self, options: list[str]) -> None:
        self.options = options
        self.valued: list[tuple[str, str | None]] = []
        self.local: list[str] = []
        self.packages: list[str | None] = []

    def of(self, *names: str) -> list[str | None]:
        return [value for option, value in self.valued if option in names]

    def read(self, words: tuple[ShellWord, ...]) -> None:
        pending: str | None = None
        for word in words:
            value = word.value
            if pending is not None:
                self.valued.append((pending, value))
                pending = None
            elif value is not None and value.startswith("-") and value != "-":
                pending = self._option(value)
            elif value is not None and _is_local(value):
                self.local.append(value)
            else:
                self.packages.append(value)

    def _option(self, text: str) -> str | None:
        """Notes an option; its name when the value is the next word."""
        name, equals, value = text.partition("=")
        if not text.startswith("--") and len(text) > 2 and text[:2] in _VALUED:
            name, equals, value = text[:2], "=", text[2:].removeprefix("=")  # -rrequirements.txt
        self.options.append(name)
        if equals:
            self.valued.append((name, value))
            return None
        return name if name in _VALUED else None


def _is_local(value: str) -> bool:
    """pip takes what looks like a path for one. Source: pip `_internal/req/constructors.py`."""
    path = value.partition("[")[0]
    if "://" in value and not value.startswith("file:"):
        return False
    return path.startswith(_LOCAL) or "/" in path.partition("@")[0] or path.endswith(_ARCHIVES)
