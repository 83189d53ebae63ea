"""Tools that are known to keep something in the home folder, and how they are told another place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Step
from dockerfix.regexes import regex
from dockerfix.shell.pip import pip_command
from dockerfix.syntax import Run

__all__ = ["home_installs", "is_keeper", "keeps_at_home", "speaks", "variables_of"]

# Installers that put a tool into the home folder, unless a variable names another place. Source: the scripts.
_HOME_INSTALLERS = {
    "astral.sh/uv": ("uv", ("UV_INSTALL_DIR", "UV_UNMANAGED_INSTALL", "XDG_BIN_HOME", "CARGO_HOME")),
    "install.python-poetry.org": ("poetry", ("POETRY_HOME",)),
    "raw.githubusercontent.com/python-poetry": ("poetry", ("POETRY_HOME",)),
    "rustup.rs": ("rustup", ("CARGO_HOME",)),
    "bun.sh/install": ("bun", ("BUN_INSTALL",)),
    "deno.land": ("deno", ("DENO_INSTALL",)),
    "get.pnpm.io": ("pnpm", ("PNPM_HOME",)),
    "nvm-sh/nvm": ("nvm", ("NVM_DIR",)),
    "rye.astral.sh": ("rye", ("RYE_HOME",)),
    "get.sdkman.io": ("sdkman", ("SDKMAN_DIR",)),
    "pyenv.run": ("pyenv", ("PYENV_ROOT",)),
}
# Commands that keep something in the home folder: their words, what, variables and options that name another place.
_HOME_KEEPERS: tuple[tuple[tuple[str, ...], str, tuple[str, ...], tuple[str, ...]], ...] = (
    (("playwright", "install"), "playwright's browsers", ("PLAYWRIGHT_BROWSERS_PATH",), ()),
    (("patchright", "install"), "patchright's browsers", ("PLAYWRIGHT_BROWSERS_PATH",), ()),
    (("browsers", "install"), "puppeteer's browsers", ("PUPPETEER_CACHE_DIR",), ("--path",)),
    (("cypress", "install"), "Cypress", ("CYPRESS_CACHE_FOLDER",), ()),
    (("camoufox", "fetch"), "camoufox's browser", (), ()),
    (("crawl4ai-setup",), "crawl4ai's browsers", (), ()),
    (("nltk.download",), "nltk's data", ("NLTK_DATA",), ("-d", "download_dir")),
    (("huggingface-cli", "download"), "Hugging Face's models", ("HF_HOME", "HF_HUB_CACHE"), ("--local-dir",)),
    (("hf", "download"), "Hugging Face's models", ("HF_HOME", "HF_HUB_CACHE"), ("--local-dir",)),
    (("from_pretrained",), "Hugging Face's models", ("HF_HOME", "TRANSFORMERS_CACHE", "HF_HUB_CACHE"), ("cache_dir",)),
    (("SentenceTransformer",), "Hugging Face's models", ("HF_HOME", "SENTENCE_TRANSFORMERS_HOME"), ("cache_folder",)),
    (("snapshot_download",), "Hugging Face's models", ("HF_HOME", "HF_HUB_CACHE"), ("local_dir", "cache_dir")),
    (("whisper", "load_model"), "whisper's models", ("XDG_CACHE_HOME",), ("download_root",)),
    (("torch.hub",), "torch's models", ("TORCH_HOME",), ("model_dir",)),
    (("easyocr.Reader",), "easyocr's models", ("EASYOCR_MODULE_PATH",), ("model_storage_directory",)),
    (("git", "config", "--global"), "git's settings", ("GIT_CONFIG_GLOBAL",), ()),
    (("pipx", "install"), "programs installed by pipx", ("PIPX_HOME",), ("--global",)),
    (("uv", "tool", "install"), "tools installed by uv", ("UV_TOOL_DIR",), ()),
    (("uv", "python", "install"), "the Python installed by uv", ("UV_PYTHON_INSTALL_DIR",), ("--install-dir", "-i")),
    (("cargo", "install"), "programs installed by cargo", ("CARGO_HOME", "CARGO_INSTALL_ROOT"), ("--root",)),
    (("dotnet", "tool", "install"), "tools installed by dotnet", (), ("--tool-path", "--local")),
    (("gem", "install", "--user-install"), "gems installed for the user", (), ()),
    (("hatch", "env"), "hatch's environments", ("HATCH_ENV_TYPE_VIRTUAL_PATH", "HATCH_DATA_DIR"), ()),
)
# One look that rules out most commands.
_HINT = regex("|".join(map(re.escape, ["--user", *_HOME_INSTALLERS, *(words[-1] for words, *_ in _HOME_KEEPERS)])))


def is_keeper(item: RunCommand) -> bool:
    """Whether a command is one of those, wherever it keeps what."""
    return any(speaks(item, words) for words, *_ in _HOME_KEEPERS)


def keeps_at_home(item: RunCommand) -> str | None:
    """What a command keeps in the home folder, by the words that are known to."""
    found = (
        what for words, what, _, options in _HOME_KEEPERS if speaks(item, words) and not _names_place(item, options)
    )
    return next(found, None)


def home_installs(item: RunCommand, step: Step, text: str) -> Iterator[str]:
    """What a command puts into the home folder of who runs it."""
    if not _HINT.search(text):
        return
    known = variables_of(item, step)
    for address, (tool, variables) in _HOME_INSTALLERS.items():
        if address in text and not known & set(variables) and not _mentions(step, variables):
            yield f"{tool} is installed in root's home; give it a place that others can read first"
    for words, what, variables, options in _HOME_KEEPERS:
        if speaks(item, words) and not known & set(variables) and not _names_place(item, options):
            yield f"{what} lie in root's home, where another user does not find them"
    pip = pip_command(item.program)
    if pip is not None and pip.verb == "install" and pip.has("--user") and "PYTHONUSERBASE" not in known:
        yield "pip install --user puts packages into root's home; a virtual environment such as /opt/venv is for all"


def _names_place(item: RunCommand, options: tuple[str, ...]) -> bool:
    """Whether an option, or an argument inside code, names another place."""
    for word in item.program.words:
        text = word.value if word.value is not None else word.raw
        if any(text.partition("=")[0] == option or ("-" not in option and option in text) for option in options):
            return True
    return False


def variables_of(item: RunCommand, step: Step) -> set[str]:
    return set(step.before.env) | set(step.before.args) | {name for name, _ in item.command.assignments}


def _mentions(step: Step, names: tuple[str, ...]) -> bool:
    """Whether any part of the script sets one of these (`curl … | env UV_INSTALL_DIR=/bin sh`)."""
    run = step.instruction
    script = run.script if isinstance(run, Run) else None
    return script is not None and any(f"{name}=" in script.text for name in names)


def speaks(item: RunCommand, words: tuple[str, ...]) -> bool:
    """Whether a command's words hold all of these, in order; names out of code may stand inside a word."""
    if _stand_in_code(words):
        return all(any(word in other.raw for other in item.program.words) for word in words)
    rest = iter(item.program.last_parts)
    return all(word in rest for word in words)


@cache
def _stand_in_code(words: tuple[str, ...]) -> bool:
    return any(not word.replace("-", "").islower() or "." in word for word in words)
