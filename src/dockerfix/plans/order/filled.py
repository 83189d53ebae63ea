"""Folders that an install fills and that a copy of the project would bring too, if they stand there on some machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockerfix.image.model import Step
from dockerfix.plans.ignore.needs import needed_paths
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignore_file import IgnoreFile, ignore_file, sent_files
from dockerfix.syntax import Dockerfile
from dockerfix.text import decode, encode

__all__ = ["ignoring", "unignored"]

_KIN = frozenset({"node_modules", ".venv", "venv", "env", "vendor", ".pnp.cjs", ".pixi"})
_EVERYWHERE = frozenset({"node_modules", ".venv", "obj", "vendor"})


def unignored(step: Step, folder: str, context: BuildContext) -> list[str]:
    """The paths of the context that a copy would bring into a folder of the image, were they there, and no ignore
    file leaves them out.

    Args:
        step: the COPY or ADD.
        folder: the folder of the image, absolute.
    """
    item = step.transfer
    if item is None or item.destination is None:
        return []
    top = item.destination.rstrip("/") + "/"
    if not f"{folder}/".startswith(top):
        return []
    ignore = ignore_file(context)
    inside = folder[len(top) :]
    found: list[str] = []
    for source in item.sources:
        if source.kind != "context" or source.path is None or not context.is_folder(source.path):
            continue
        path = inside if source.path == "." else f"{source.path}/{inside}"
        if ignore is None or not ignore.ignores(f"{path}/x"):
            found.append(path)
    return found


def _pattern(path: str) -> str:
    """The usual way to write a folder that every part of a project may have; any other path as it is."""
    name = path.rpartition("/")[2]
    return f"**/{name}" if path != name and name in _EVERYWHERE else path


def _with_lines(text: str, names: Sequence[str]) -> str:
    """The text of an ignore file with further lines: beside others of their kind, else at its end.

    A line that takes something back (`!`) is only right below what it takes it from, so that nothing goes above one.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    beside = [number for number, line in enumerate(lines, 1) if line.strip().strip("/").rpartition("/")[2] in _KIN]
    at = beside[-1] if beside else len(lines)
    if any(line.startswith("!") for line in lines[at:]):
        at = len(lines)
    return "".join(line + newline for line in [*lines[:at], *names, *lines[at:]])


def ignoring(dockerfile: Dockerfile, context: BuildContext, paths: Iterable[str]) -> tuple[str, bytes, bytes] | None:
    """The ignore file with lines that leave these paths out: where it stands, its content before and after.

    None where there is none, where the lines would not do it, or would hide what stands there now or is named.
    """
    ignore = ignore_file(context)
    if ignore is None or ignore.problem is not None:
        return None
    patterns = dict.fromkeys(map(_pattern, paths))
    names = [name for name in patterns if f"**/{name}" not in patterns]  # `**/x` is `x` too
    alone = IgnoreFile.parse(".dockerignore", encode("\n".join(names) + "\n"))
    if any(alone.ignores(path) for path in (*(sent_files(context) or ()), *needed_paths(dockerfile, context))):
        return None
    after = encode(_with_lines(decode(ignore.source), names))
    if not all(IgnoreFile.parse(ignore.path, after).ignores(f"{path}/x") for path in paths):
        return None
    return ignore.path, ignore.source, after
