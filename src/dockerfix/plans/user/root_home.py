"""What a build leaves that only root can use: tools and models in root's home, files shut off, services of root's."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, StageImage, Step, stages_read
from dockerfix.plans.user.build_home import may_be_left_at_home
from dockerfix.plans.user.home_keepers import home_installs, speaks, variables_of
from dockerfix.plans.user.shut_folders import shut_out, shuts_out
from dockerfix.programs.starts import Start
from dockerfix.project.context.build_context import BuildContext

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
_READS_HOME = frozenset("rm chown chmod find ls cd du echo printf".split())
_POETRY_SETTINGS = {
    "POETRY_VIRTUALENVS_CREATE", "POETRY_VIRTUALENVS_IN_PROJECT", "POETRY_VIRTUALENVS_PATH", "VIRTUAL_ENV",
}  # fmt: skip
_PIPENV_SETTINGS = {"--system", "PIPENV_VENV_IN_PROJECT", "VIRTUAL_ENV"}


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
            yield from shut_out(step)
            yield from _own_python(stage, step)
    yield from _environment(stage)
    yield from _environments_of_tools(stage, start, model.context)
    yield from may_be_left_at_home(model, stage, start)
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
    if mode is not None and shuts_out(mode):
        yield f"--chmod={mode} shuts other users out"


def _in_root_home(path: str | None) -> bool:
    return path is not None and f"{path}/".startswith("/root/")


def _command(item: RunCommand, step: Step) -> Iterator[str]:
    text = " ".join([word.raw for word in item.command.words])
    yield from _root_packages(item)
    yield from home_installs(item, step, text)
    if _puts_into_root_home(item, step):
        yield f"line {step.instruction.start_line} puts files into root's home"


def _puts_into_root_home(item: RunCommand, step: Step) -> bool:
    if any(flag.name == "mount" and "/root" in flag.value for flag in step.instruction.flags):
        return False
    targets = [redirect.lstrip("0123456789>&| ").strip("\"'") for redirect in item.command.redirects if ">" in redirect]
    words = [] if item.program.name in _READS_HOME else [word.raw.strip("\"'") for word in item.command.words[1:]]
    return any(_names_root_home(text) for text in (*targets, *words))


def _names_root_home(text: str) -> bool:
    path = text.rpartition("=")[2] if text.startswith("-") else text
    return path.startswith(("~/", "$HOME", "${HOME}", "/root/")) or path in ("~", "/root")


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
            argv, known = set(item.program.argv), variables_of(item, step)
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


def _is_copied(other: StageImage, stage: StageImage) -> bool:
    names = {origin for step in stage.all_steps for origin in stages_read(step)}
    return other.name in names or str(other.stage.index) in names


def _copied_python(other: StageImage) -> Iterator[str]:
    """A virtual environment that was copied still points to the Python that made it."""
    for step in other.all_steps:
        for item in step.commands or ():
            if speaks(item, ("uv", "python", "install")) and "UV_PYTHON_INSTALL_DIR" not in variables_of(item, step):
                yield "what is copied needs the Python that uv installed in root's home"
