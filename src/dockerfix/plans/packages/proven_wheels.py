"""Whether nothing of a stage is compiled: each package has a wheel, by uv's resolver, and no RUN builds anything."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfix.frozen import frozen
from dockerfix.image.commands import RunCommand
from dockerfix.image.model import Image, StageImage
from dockerfix.plans.base.online import named_requirements
from dockerfix.project.known.build_packages import build_packages
from dockerfix.project.releases.online_python import proven_python, question
from dockerfix.project.releases.python_version import near_closures
from dockerfix.project.releases.resolver import Platform
from dockerfix.project.releases.slim import slim_blockers
from dockerfix.shell import PipCommand, pip_command, unwrapped

__all__ = ["Wheels", "proven_wheels"]

# Options of `pip install` that change nothing about which file of a release is taken, or where from.
_PLAIN = frozenset(
    "-r --requirement --requirements -U --upgrade -q --quiet -v --verbose --no-cache-dir --no-cache --no-compile "
    "--disable-pip-version-check --root-user-action --progress-bar --timeout --default-timeout --retries --no-input "
    "--prefer-binary --only-binary --no-warn-script-location --upgrade-strategy --break-system-packages --system "
    "--user -e --editable --compile-bytecode --no-deps --require-hashes --ignore-installed -I --force-reinstall".split()
)
_SETTINGS = frozenset(
    "PIP_NO_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK PIP_DEFAULT_TIMEOUT PIP_ROOT_USER_ACTION PIP_PROGRESS_BAR "
    "PIP_NO_COLOR PIP_RETRIES PIP_BREAK_SYSTEM_PACKAGES PIP_ONLY_BINARY PIP_PREFER_BINARY PIP_CACHE_DIR "
    "UV_SYSTEM_PYTHON UV_COMPILE_BYTECODE UV_LINK_MODE UV_NO_CACHE UV_CACHE_DIR UV_HTTP_TIMEOUT".split()
)
_PYTHONS = ("python", "python3")


@frozen
class Wheels:
    """`names` are all packages that are installed, None without a proof; `because` is one clause either way."""

    names: tuple[str, ...] | None
    because: str


def proven_wheels(model: Image, stage: StageImage) -> Wheels:
    """Ask the index, for each platform that the stage may be built for.

    Raises:
        UsageError: uv is not installed.
    """
    minor = stage.facts.python_version if stage.facts is not None else None
    reason = next(_unplain(model, stage), None)
    named = named_requirements(model)
    if minor is None or named is None or reason is not None:
        return Wheels(None, reason or "a pip install of the Dockerfile cannot be read in full")
    asked, platforms, names = question(model.context, named), _platforms(stage), dict[str, None]()
    for platform in platforms:
        found = proven_python(asked, (minor,), platform)
        if found.minor is None:
            return Wheels(None, f"{found.because} ({platform})")
        names |= dict.fromkeys(found.names)
    compiling = sorted(names.keys() & build_packages().at_run_time)
    if compiling:
        return Wheels(None, f"{compiling[0]} calls a compiler when it is used")
    count = f"all {len(names)} packages" if len(names) > 1 else "the one package"
    said = f"wheels for Python {minor} exist for {count} (uv, {' and '.join(platforms)})"
    return Wheels(tuple(names), f"{said}, and no RUN compiles anything else")


def _platforms(stage: StageImage) -> tuple[Platform, ...]:
    """Those that a build may be for: where FROM names none, whoever builds it has either processor."""
    written = next((flag.value for flag in stage.stage.start.flags if flag.name == "platform"), "")
    if written.endswith("/amd64"):
        return ("linux/amd64",)
    return ("linux/arm64",) if "/arm64" in written else ("linux/amd64", "linux/arm64")


def _unplain(model: Image, stage: StageImage) -> Iterator[str]:
    """What the resolver's answer does not reach."""
    settings = {name for name in stage.final.env if name.startswith(("PIP_", "UV_"))} - _SETTINGS
    yield from (f"{name} may change what pip takes" for name in sorted(settings))
    if model.context.known and any(path.rpartition("/")[2] == "pip.conf" for path in model.context.paths()):
        yield "pip.conf may change what pip takes"
    for step in stage.steps:
        for item in step.commands or ():
            reason = _compiles(item, model)
            if reason is not None:
                yield f"line {step.instruction.start_line} {reason}"
    minor = stage.facts.python_version if stage.facts is not None else None
    yield from (one.because for one in slim_blockers(model.context, minor) if one.name == "setup.py")


def _compiles(item: RunCommand, model: Image) -> str | None:
    """Why a command may compile something, as the rest of a sentence; None for one that is known not to."""
    program = unwrapped(item.command)
    pip = pip_command(program)
    if item.command.opaque or (program.words and program.name is None):
        return "runs what is only known at build time"
    if pip is not None:
        return _unclear(pip, model) if pip.verb in ("install", "wheel", "download") else None
    path = program.words[0].value if program.words else ""
    if program.name in _PYTHONS:
        builds = {"setup.py", "build", "cython", "cffi"} & {(value or "").rpartition("/")[2] for value in program.argv}
        return f"runs {' '.join(value or '…' for value in program.argv[:3])}, which may compile" if builds else None
    if not program.words or (program.name in build_packages().harmless and "/" not in (path or "")):
        return None
    return f"runs {program.name}, which may compile"


def _unclear(pip: PipCommand, model: Image) -> str | None:
    strange = [option for option in pip.options if option not in _PLAIN]
    if strange:
        return f"calls pip with {strange[0]}"
    if pip.verb != "install" or not pip.is_certain or pip.constraints or pip.groups:
        return "calls pip in a way that is not read here"
    if any(value not in (".", "./") for value in (*pip.local, *pip.editables)):
        return "installs a package from a path"
    missing = next((name for name in pip.requirements if not _is_read(name or "", model)), None)
    return f"installs {missing}, which is not known to be what was asked about" if missing is not None else None


def _is_read(name: str, model: Image) -> bool:
    """Whether a requirements file is one of those that the resolver is asked about, and no other has its name."""
    context, wanted = model.context, name.lstrip("./")
    if not context.known:
        return False
    asked = {path for closure in near_closures(context) for path in closure.files}
    named = [path for path in context.paths() if f"/{path}".endswith(f"/{wanted}") or wanted.endswith(f"/{path}")]
    return bool(named) and asked.issuperset(named)
