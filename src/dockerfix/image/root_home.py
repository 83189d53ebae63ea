"""What a build leaves that only root can use: tools and models in root's home, files shut off, services of root's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage, Step, stages_read
from dockerfix.image.programs import Start
from dockerfix.project.context import BuildContext
from dockerfix.project.python_sources import python_sources
from dockerfix.shell.pip import pip_command
from dockerfix.syntax import Run

__all__ = ["left_for_root"]

# Packages whose programs run as root, and what to call them. Source: Debian and Alpine package lists.
_ROOT_PACKAGES = {
    "cron": "cron", "cronie": "cron", "dcron": "cron", "anacron": "cron", "openssh-server": "sshd", "openssh": "sshd",
    "dropbear": "sshd", "supervisor": "supervisord", "nginx": "nginx", "nginx-full": "nginx", "nginx-light": "nginx",
    "apache2": "apache", "httpd": "apache", "docker": "docker", "docker.io": "docker", "docker-ce": "docker",
    "docker-ce-cli": "docker", "docker-cli": "docker", "podman": "podman", "redis-server": "redis", "redis": "redis",
    "postgresql": "postgresql", "mysql-server": "mysql", "mariadb-server": "mariadb", "rsyslog": "rsyslogd",
    "systemd": "systemd", "runit": "runit", "iptables": "iptables", "openvpn": "openvpn",
}  # fmt: skip
_INSTALLERS = {
    "apt-get": "install", "apt": "install", "apk": "add", "yum": "install", "dnf": "install", "microdnf": "install",
    "zypper": "install",
}  # fmt: skip
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
_HINT = re.compile("|".join(map(re.escape, ["--user", *_HOME_INSTALLERS, *(words[-1] for words, *_ in _HOME_KEEPERS)])))
_READS_HOME = frozenset("rm chown chmod find ls cd du echo printf".split())
_POETRY_SETTINGS = {
    "POETRY_VIRTUALENVS_CREATE", "POETRY_VIRTUALENVS_IN_PROJECT", "POETRY_VIRTUALENVS_PATH", "VIRTUAL_ENV",
}  # fmt: skip
_PIPENV_SETTINGS = {"--system", "PIPENV_VENV_IN_PROJECT", "VIRTUAL_ENV"}
_OCTAL = re.compile(r"0?[0-7]{3}\Z")


def left_for_root(model: Image, stage: StageImage, start: Start | None) -> Iterator[str]:
    """What the build of a stage leaves that another user cannot use, a sentence each.

    Args:
        start: what the image starts; None when unknown.
    """
    for step in stage.all_steps:
        yield from _places(step)
        if step.before.is_root is not False:
            for item in step.commands or ():
                yield from _command(item, step)
            yield from _own_python(stage, step)
    yield from _environment(stage)
    yield from _environments_of_tools(stage, start, model.context)
    yield from _build_scripts(model, stage)
    for other in model.stages:
        if other is not stage and _is_copied(other, stage):
            yield from _copied_python(other)


def _places(step: Step) -> Iterator[str]:
    folder = step.after.workdir
    if step.before.workdir != folder and _in_root_home(folder):
        yield f"WORKDIR {folder} is root's own; give the app a folder such as /app first"
    if step.transfer is None:
        return
    if _in_root_home(step.transfer.destination):
        yield f"{step.instruction.keyword} puts files into {step.transfer.destination}, where only root can read them"
    mode = step.transfer.mode
    if mode is not None and _OCTAL.match(mode) and _shuts_out(mode):
        yield f"--chmod={mode} shuts other users out"


def _in_root_home(path: str | None) -> bool:
    return path is not None and f"{path}/".startswith("/root/")


def _command(item: RunCommand, step: Step) -> Iterator[str]:
    text = " ".join([word.raw for word in item.command.words])
    yield from _root_packages(item)
    if _HINT.search(text):
        yield from _home_installs(item, step, text)
    if _puts_into_root_home(item, step):
        yield f"line {step.instruction.start_line} puts files into root's home"
    if item.program.name == "chmod":
        mode = next((value for value in item.program.argv[1:] if value and not value.startswith("-")), "")
        if _shuts_out(mode) and not _is_for_the_build(item, step):
            yield f"line {step.instruction.start_line} shuts other users out: {text}"


def _home_installs(item: RunCommand, step: Step, text: str) -> Iterator[str]:
    """What a command puts into the home folder of who runs it."""
    known = _variables(item, step)
    for address, (tool, variables) in _HOME_INSTALLERS.items():
        if address in text and not known & set(variables) and not _mentions(step, variables):
            yield f"{tool} is installed in root's home; give it a place that others can read first"
    for words, what, variables, options in _HOME_KEEPERS:
        if _speaks(item, words) and not known & set(variables) and not _names_place(item, options):
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


def _variables(item: RunCommand, step: Step) -> set[str]:
    return set(step.before.env) | set(step.before.args) | {name for name, _ in item.command.assignments}


def _mentions(step: Step, names: tuple[str, ...]) -> bool:
    """Whether any part of the script sets one of these (`curl … | env UV_INSTALL_DIR=/bin sh`)."""
    run = step.instruction
    script = run.script if isinstance(run, Run) else None
    return script is not None and any(f"{name}=" in script.text for name in names)


def _speaks(item: RunCommand, words: tuple[str, ...]) -> bool:
    """Whether a command's words hold all of these, in order; names out of code may stand inside a word."""
    if any(not word.replace("-", "").islower() or "." in word for word in words):
        return all(any(word in other.raw for other in item.program.words) for word in words)
    rest = iter(word.value or word.raw for word in item.program.words)
    return all(any(value.rsplit("/", 1)[-1] == word for value in rest) for word in words)


def _puts_into_root_home(item: RunCommand, step: Step) -> bool:
    if any(flag.name == "mount" and "/root" in flag.value for flag in step.instruction.flags):
        return False
    targets = [redirect.lstrip("0123456789>&| ").strip("\"'") for redirect in item.command.redirects if ">" in redirect]
    words = [] if item.program.name in _READS_HOME else [word.raw.strip("\"'") for word in item.command.words[1:]]
    return any(_names_root_home(text) for text in (*targets, *words))


def _names_root_home(text: str) -> bool:
    path = text.rpartition("=")[2] if text.startswith("-") else text
    return path.startswith(("~/", "$HOME", "${HOME}", "/root/")) or path in ("~", "/root")


def _shuts_out(mode: str) -> bool:
    """Whether a mode of `chmod` leaves others without what the owner has."""
    if _OCTAL.match(mode):
        owner, others = int(mode[-3]), int(mode[-1])
        return bool(owner & ~others & 0o5)
    return bool(re.match(r"u[+=][rwxX]+\Z", mode)) or bool(re.search(r"\b(?:go|o)[-=](?:[wx]*r|\Z)", mode))


def _is_for_the_build(item: RunCommand, step: Step) -> bool:
    """Whether the file of a `chmod` is run or deleted in the same RUN, as an installer is."""
    names = {(value or "").rpartition("/")[2] for value in item.program.argv[2:]}
    used = {other.program.name for other in step.commands or ()}
    gone = {
        (value or "").rpartition("/")[2]
        for other in step.commands or ()
        if other.program.name in ("rm", "mv")
        for value in other.program.argv[1:]
    }
    return bool(names) and names <= used | gone


def _own_python(stage: StageImage, step: Step) -> Iterator[str]:
    """uv brings a Python of its own where the image has none."""
    if stage.facts is not None and stage.facts.has_python:
        return
    if {"UV_PYTHON_INSTALL_DIR", "UV_PYTHON_DOWNLOADS", "UV_NO_MANAGED_PYTHON"} & set(step.before.env):
        return
    for item in step.commands or ():
        if item.program.name == "uv" and {"sync", "venv", "run"} & set(item.program.argv):
            yield "uv may have put a Python of its own into root's home; set UV_PYTHON_INSTALL_DIR=/opt/python first"


def _root_packages(item: RunCommand) -> Iterator[str]:
    verb = _INSTALLERS.get(item.program.name or "")
    if verb is None or verb not in item.program.argv:
        return
    for value in item.program.argv[1:]:
        program = _ROOT_PACKAGES.get((value or "").partition("=")[0])
        if program is not None:
            yield f"{program} is installed, which is made to run as root"


def _environment(stage: StageImage) -> Iterator[str]:
    given = stage.facts.default_env if stage.facts is not None else {}
    env = {name: value for name, value in stage.final.env.items() if given.get(name) != value}
    if any(part.startswith("/root/") for part in (env.get("PATH") or "").split(":")):
        yield "PATH leads into root's home, where only root can read"
    if (env.get("HOME") or "").rstrip("/") == "/root":
        yield "HOME is set to root's own folder"
    for name, value in env.items():
        if name not in ("PATH", "HOME") and value is not None and _in_root_home(value.partition(":")[0]):
            yield f"{name} leads into root's home, where only root can read"


def _environments_of_tools(stage: StageImage, start: Start | None, context: BuildContext) -> Iterator[str]:
    """Environments and settings that poetry and pipenv keep in the home folder of who ran them."""
    configured = False
    for step in stage.all_steps:
        for item in step.commands or ():
            if item.program.name not in ("poetry", "pipenv"):
                continue
            argv, known = set(item.program.argv), _variables(item, step)
            verb = next((value for value in item.program.argv[1:] if value and not value.startswith("-")), None)
            if item.program.name == "poetry" and verb == "config" and "--local" not in argv:
                configured = configured or any((value or "").startswith("virtualenvs.") for value in argv)
            elif item.program.name == "poetry" and verb in ("install", "sync"):
                if not configured and not known & _POETRY_SETTINGS and not context.is_file("poetry.toml"):
                    yield (
                        "poetry keeps its environment in root's home; "
                        "set POETRY_VIRTUALENVS_CREATE=false or POETRY_VIRTUALENVS_IN_PROJECT=true first"
                    )
            elif (
                item.program.name == "pipenv" and verb in ("install", "sync") and not _PIPENV_SETTINGS & (argv | known)
            ):
                yield (
                    "pipenv keeps its environment in root's home; "
                    "install with --system or set PIPENV_VENV_IN_PROJECT=1 first"
                )
    if configured and start is not None and any(program.name == "poetry" for program in start.programs):
        yield (
            "`poetry config` wrote its settings to root's home, where `poetry run` does not find them as another user; "
            "set them with ENV POETRY_VIRTUALENVS_… first"
        )


def _build_scripts(model: Image, stage: StageImage) -> Iterator[str]:
    """Scripts of the project that the build runs, and that fetch something into the home folder."""
    files = context_files(model, stage)
    for step in stage.all_steps:
        for item in step.commands or ():
            if not (item.program.name or "").startswith("python") or item.workdir is None:
                continue
            for value in item.program.argv[1:]:
                path = files.get(f"{item.workdir.rstrip('/')}/{value}", files.get(value or "")) if value else None
                module = python_sources(model.context).module(path) if path is not None else None
                uses = module.home_uses if module is not None and not path.endswith("manage.py") else []  # type: ignore[union-attr]
                if uses and "HF_HOME" not in step.before.env and "XDG_CACHE_HOME" not in step.before.env:
                    yield f"{path} may fetch files of {uses[0].what} into root's home, where another user does not look"


def _is_copied(other: StageImage, stage: StageImage) -> bool:
    names = {origin for step in stage.all_steps for origin in stages_read(step)}
    return other.name in names or str(other.stage.index) in names


def _copied_python(other: StageImage) -> Iterator[str]:
    """A virtual environment that was copied still points to the Python that made it."""
    for step in other.all_steps:
        for item in step.commands or ():
            if _speaks(item, ("uv", "python", "install")) and "UV_PYTHON_INSTALL_DIR" not in _variables(item, step):
                yield "what is copied needs the Python that uv installed in root's home"
