"""Installs that read nothing of the project: system packages, tools for all, models, each by its name; environments.

Source: the command line reference of each program.
"""

from __future__ import annotations

from dockerfix.programs.installers.arguments import arguments
from dockerfix.programs.installers.call import Call
from dockerfix.programs.installers.contract import Install
from dockerfix.programs.python_downloads import is_download

__all__ = ["recognise"]

_VERBS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("apt-get", "apt", "dnf", "yum", "microdnf", "tdnf"), frozenset({"install"})),
    "zypper": frozenset({"install", "in"}),
    "apk": frozenset({"add"}),
    **dict.fromkeys(("conda", "mamba", "micromamba"), frozenset({"install", "create"})),
    "gem": frozenset({"install"}),
    "cargo": frozenset({"install"}),
    "pipx": frozenset({"install"}),
    "playwright": frozenset({"install", "install-deps"}),
    "spacy": frozenset({"download"}),
}
_VALUED_BY_VENV = frozenset("--prompt -p --python --seeder --index-url --default-index --link-mode".split())
_GLOBAL_VERBS = frozenset({"install", "i", "add"})


def recognise(call: Call) -> Install | None:
    """The install by name that a command is; whether it may read settings is for `independence` to say."""
    name = (call.program.name or "").rstrip("0123456789.")
    words = [word.value or "" for word in call.program.words[1:]]
    given = arguments(call.program.words[1:])
    environment = _environment(call, name)
    if environment is not None:
        return Install(name, call.program, fills=(environment,), is_minor=True)
    verbs = _VERBS.get(name)
    if name in ("npm", "pnpm", "bun"):
        found = given.verb in _GLOBAL_VERBS and given.has("-g", "--global") and len(given.operands) > 1
    elif name == "yarn":
        found = given.operands[:2] == ("global", "add")
    elif name == "composer":
        found = given.operands[:2] == ("global", "require")
    elif name == "go":
        found = given.verb == "install" and all("@" in (word or "") for word in given.operands[1:])
    elif name == "uv":
        found = given.operands[:2] in (("tool", "install"), ("python", "install"))
    elif name == "python":
        found = is_download(words, frozenset(call.placed), call.workdir)
    elif name == "pacman":
        found = any(word.startswith("-S") for word in words)
    else:
        found = verbs is not None and given.verb in verbs
    return Install(name, call.program, by_name=True) if found else None


def _environment(call: Call, name: str) -> str | None:
    """The folder of a virtual environment that a command makes, where it is known."""
    words = call.program.words
    skipped = {"virtualenv": 1, "uv": 2, "python": 3}.get(name, 0)
    verb = [word.value for word in words[1:skipped]]
    if not skipped or verb not in ([], ["venv"], ["-m", "venv"], ["-m", "virtualenv"]):
        return None
    given = arguments(words[skipped:], _VALUED_BY_VENV)
    folder = given.verb if given.operands else ".venv" if name == "uv" else None
    return call.place(folder) if folder is not None else None
