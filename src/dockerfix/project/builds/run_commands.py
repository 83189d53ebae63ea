"""`docker run` and its like: what one starts, with which mounts, devices, capabilities, user and variables."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import field

from dockerfix.frozen import mutable
from dockerfix.project.builds.container_run import ContainerRun
from dockerfix.project.builds.shell_variables import REPOSITORY, UNKNOWN, is_known
from dockerfix.project.builds.use import Granted, Mount, joined
from dockerfix.shell import Command, ShellWord

__all__ = ["run_of"]

_ENGINES = frozenset("docker podman nerdctl finch".split())
_VERBS = frozenset({"run", "create"})
# Options of `run` without a value; every other long one takes the next word. Source: Docker's and Podman's reference.
_FLAGS = frozenset(
    "--detach --disable-content-trust --env-host --help --init --interactive --no-healthcheck --no-hosts "
    "--oom-kill-disable --passwd --privileged --publish-all --quiet --read-only --replace --rm --rmi --rootfs "
    "--sig-proxy --tls-verify --tty --use-api-socket --http-proxy --read-only-tmpfs".split()
)
_SHORT_FLAGS = frozenset("ditPq")
_LONG = {
    "-v": "--volume", "-e": "--env", "-u": "--user", "-p": "--publish", "-w": "--workdir",
}  # fmt: skip


@mutable
class _Options:
    privileged: bool = False
    user: str | None = None
    entrypoint: tuple[str, ...] | None = None
    mounts: list[Mount] = field(default_factory=list)
    granted: list[Granted] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    environment: list[tuple[str, str | None]] = field(default_factory=list)


def run_of(program: Command, source: str, line: int, folder: str | None) -> ContainerRun | None:
    """What a command starts; None where it starts no container.

    Args:
        line: 1-based, of the command in `source`; its options are given the same one.
        folder: in which it runs, below `REPOSITORY`; None when unknown.
    """
    words = list(program.words)
    name, at = (words[0].value or "").rpartition("/")[2] if words else "", 1
    if name not in _ENGINES:
        return None
    if at < len(words) and words[at].value == "container":
        at += 1
    if at >= len(words) or words[at].value not in _VERBS:
        return None
    options, at = _read(words, at + 1, f"{source}:{line}", folder)
    image = _text(words[at]) if at < len(words) else None
    command = tuple(_text(word) for word in words[at + 1 :])
    return ContainerRun(
        source,
        line,
        f"{name} run",
        image if image is not None and is_known(image) and "$" not in image else None,
        entrypoint=options.entrypoint,
        command=command or None,
        user=options.user,
        privileged=options.privileged,
        mounts=tuple(options.mounts),
        granted=tuple(options.granted),
        ports=tuple(options.ports),
        environment=tuple(options.environment),
    )


def _text(word: ShellWord) -> str:
    """A word as far as it is known, its quotes taken off."""
    return word.value if word.value is not None and not word.expands else word.raw.replace('"', "").replace("'", "")


def _read(words: Sequence[ShellWord], at: int, place: str, folder: str | None) -> tuple[_Options, int]:
    """The options, and the number of the word that names the image.

    A variable between options may hold more of them (`docker run $OPTIONS -v …`).
    """
    found = _Options()
    while at < len(words):
        text = _text(words[at])
        if not text.startswith("-"):
            more = at + 1 < len(words) and _text(words[at + 1]).startswith("-")
            if (is_known(text) and "$" not in text) or not more:
                break
            at += 1
            continue
        name, equals, value = text.partition("=")
        if not name.startswith("--") and len(name) > 1:
            letters = name[1:].lstrip("".join(_SHORT_FLAGS))
            name, value, takes = f"-{letters[:1]}", letters[1:] + equals + value, bool(letters)
            equals = "=" if value else ""
        else:
            takes = name not in _FLAGS
        if takes and not equals:
            at += 1
            value = _text(words[at]) if at < len(words) else ""
        at += 1
        _note(found, _LONG.get(name, name), value, place, folder)
    return found, at


def _note(found: _Options, name: str, value: str, place: str, folder: str | None) -> None:
    match name:
        case "--privileged":
            found.privileged = value != "false"
        case "--user":
            found.user = value
        case "--entrypoint":
            found.entrypoint = (value,) if value else ()
        case "--volume":
            found.mounts += _volume(value, place, folder)
        case "--mount":
            found.mounts += _mount(value, place, folder)
        case "--device":
            found.granted.append(Granted("device", value.partition(":")[0], place))
        case "--device-cgroup-rule":
            found.granted.append(Granted("device rule", value, place))
        case "--cap-add":
            found.granted.append(Granted("capability", value, place))
        case "--publish":
            number = value.partition("/")[0].rpartition(":")[2].partition("-")[0]
            found.ports += [int(number)] if number.isascii() and number.isdigit() else []
        case "--env":
            key, equals, text = value.partition("=")
            found.environment.append((key, text if equals and "$" not in text and is_known(text) else None))


def _volume(value: str, place: str, folder: str | None) -> Iterator[Mount]:
    """The mount of `SOURCE:TARGET[:OPTIONS]`; the target may stand alone."""
    parts = value.split(":")
    if len(parts) == 1:
        yield from _made("anonymous", None, parts[0], False, place, folder)
        return
    last = parts[-1]
    options = last.split(",") if len(parts) > 2 and not last.startswith("/") else []
    target = parts[-2] if options else last
    source = ":".join(parts[: -2 if options else -1])
    is_path = source.startswith(("/", ".", "~", "$", "`", UNKNOWN)) or "/" in source
    yield from _made(
        "bind" if is_path else "volume", source, target, bool({"ro", "readonly"} & {*options}), place, folder
    )


def _mount(value: str, place: str, folder: str | None) -> Iterator[Mount]:
    """The mount of `type=bind,source=…,target=…,readonly`."""
    fields: dict[str, str] = {}
    for part in value.split(","):
        key, equals, text = part.partition("=")
        fields[key.strip()] = text if equals else "true"
    source = fields.get("source", fields.get("src"))
    target = fields.get("target", fields.get("dst", fields.get("destination", "")))
    read_only = "true" in (fields.get("readonly", ""), fields.get("ro", ""))
    yield from _made(fields.get("type", "volume"), source, target, read_only, place, folder)


def _made(
    kind: str, source: str | None, target: str, read_only: bool, place: str, folder: str | None
) -> Iterator[Mount]:
    if not target.startswith("/") or "$" in target or not is_known(target):
        return
    target = posixpath.normpath(target)
    if kind == "tmpfs":
        yield Mount("tmpfs", None, target, read_only, place=place)
    elif kind == "anonymous" or source is None:
        yield Mount("anonymous", None, target, read_only, place=place)
    elif kind == "volume":
        yield Mount("volume", source, target, read_only, place=place)
    else:
        inside = _inside(source, folder)
        shown = (source if inside is None else inside).replace(UNKNOWN, "…")
        yield Mount("bind", shown, target, read_only, inside is not None, place)


def _inside(source: str, folder: str | None) -> str | None:
    """A path of the host as a path of the repository; None for one outside of it."""
    if source == REPOSITORY or source.startswith(REPOSITORY + "/"):
        return joined("", source.removeprefix(REPOSITORY).lstrip("/") or ".")
    if folder is None or not folder.startswith(REPOSITORY) or not source.startswith("."):
        return None
    return joined(folder.removeprefix(REPOSITORY).lstrip("/"), source)
