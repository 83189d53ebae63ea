"""What a COPY or ADD brings, from where and to where."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from dockerfix.image.state import State, expand
from dockerfix.project.context import BuildContext
from dockerfix.project.ignore_file import sent_files
from dockerfix.syntax import Add, Copy, Word

__all__ = ["Origin", "Source", "Transfer", "placed_files", "source_files", "transfer"]

SourceKind = Literal["context", "stage", "image", "url", "heredoc"]
# Where a file of the image came from: kind, stage or image, path.
Origin = tuple[str, str, str]
_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")


@dataclass(frozen=True, slots=True)
class Source:
    """One source: a path below the context or another stage (without leading slash), a URL, a heredoc.

    `path` is None when a variable in it is unknown. `origin` names the stage or image of `--from`.
    """

    kind: SourceKind
    origin: str
    path: str | None

    @property
    def has_wildcard(self) -> bool:
        """Whether the path is a pattern."""
        return self.path is not None and any(char in self.path for char in "*?[")


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """A COPY or ADD. `destination` is absolute, None when unknown; `into_folder` tells that it names a folder.

    `options` are the flags other than `--from`, `--chown` and `--chmod`.
    """

    instruction: Copy | Add
    sources: tuple[Source, ...]
    destination: str | None
    into_folder: bool
    owner: str | None
    mode: str | None
    options: tuple[str, ...]

    @property
    def from_context(self) -> bool:
        """Whether any source comes from the build context."""
        return any(source.kind == "context" for source in self.sources)

    @property
    def is_plain(self) -> bool:
        """Whether no flag makes more of it than copying paths (`--parents`, `--exclude`)."""
        return not any(option.startswith(("--parents", "--exclude")) for option in self.options)


def transfer(instruction: Copy | Add, state: State, stage_names: tuple[str, ...]) -> Transfer:
    """The meaning of a COPY or ADD in a state.

    Args:
        stage_names: name or number of each earlier stage, to tell a stage in `--from` from an image.
    """
    origin = instruction.source_stage if isinstance(instruction, Copy) else None
    expanded = expand(origin, state, instruction.escape) if origin is not None else None
    sources = tuple(_source(word, instruction, state, origin, expanded, stage_names) for word in instruction.sources)
    text = expand(instruction.destination.value, state, instruction.escape) if instruction.destination else None
    destination, into_folder = _destination(text, sources, state)
    owner, mode = instruction.flag("chown"), instruction.flag("chmod")
    options = tuple(flag.text for flag in instruction.flags if flag.name not in ("from", "chown", "chmod"))
    return Transfer(
        instruction,
        sources,
        destination,
        into_folder,
        owner.value if owner else None,
        mode.value if mode else None,
        options,
    )


def _source(
    word: Word,
    instruction: Copy | Add,
    state: State,
    origin: str | None,
    expanded: str | None,
    stage_names: tuple[str, ...],
) -> Source:
    if any(word.value.lstrip("0123456789").startswith(("<<" + h.name, "<<-" + h.name)) for h in instruction.heredocs):
        return Source("heredoc", "", "\0".join(h.content for h in instruction.heredocs))
    path = expand(word.value, state, instruction.escape)
    if origin is not None:
        name = (expanded or origin).lower()
        kind: SourceKind = "stage" if name in stage_names else "image"
        return Source(kind, name, None if path is None or expanded is None else _below_root(path))
    if isinstance(instruction, Add) and path is not None and ("://" in path or path.startswith("git@")):
        return Source("url", "", path)
    return Source("context", "", None if path is None else _below_root(path))


def _below_root(path: str) -> str:
    """BuildKit takes every source path as one below the root of the context, `..` stopping there."""
    return posixpath.normpath("/" + path).lstrip("/") or "."


def _destination(text: str | None, sources: tuple[Source, ...], state: State) -> tuple[str | None, bool]:
    if text is None:
        return None, False
    if not text.startswith("/"):
        if state.workdir is None:
            return None, False
        text = posixpath.join(state.workdir, text)
    path = posixpath.normpath(text)
    path = "/" + path.lstrip("/")
    into = text.endswith(("/", "/.")) or len(sources) > 1 or path in state.folders
    return path, into


def source_files(source: Source, context: BuildContext) -> tuple[str, ...] | None:
    """The files of the build context that one source names, ignore file applied; None when unknown."""
    files = sent_files(context)
    if source.kind != "context" or source.path is None or files is None:
        return None
    if source.path == ".":
        return files
    if not source.has_wildcard:
        if context.is_file(source.path):
            return (source.path,) if source.path in _sent(context) else ()
        prefix = source.path + "/"
        return tuple(path for path in files if path.startswith(prefix))
    matched = context.match(source.path)
    prefixes = tuple(match + "/" for match in matched)
    names = set(matched)
    return tuple(path for path in files if path in names or (prefixes and path.startswith(prefixes)))


def _sent(context: BuildContext) -> frozenset[str]:
    key = "image.transfers.sent"
    if key not in context.memo:
        context.memo[key] = frozenset(sent_files(context) or ())
    found = context.memo[key]
    assert isinstance(found, frozenset)
    return found


def placed_files(item: Transfer, context: BuildContext) -> dict[str, Origin] | None:
    """Where each file lands in the image, and where it came from; None when that is unknown.

    Files of other stages, images and URLs are not listed one by one: they stand as their pattern.
    """
    if item.destination is None or not item.is_plain:
        return None
    placed: dict[str, Origin] = {}
    for source in item.sources:
        if source.path is None:
            return None
        if source.kind != "context":
            placed[f"{item.destination}/<{source.kind} {source.origin}:{source.path}>"] = (
                source.kind,
                source.origin,
                source.path,
            )
            continue
        files = source_files(source, context)
        if files is None:
            return None
        for path, target in _targets(source, files, item, context):
            placed[target] = ("context", "", path)
    return placed


def _targets(
    source: Source, files: tuple[str, ...], item: Transfer, context: BuildContext
) -> Iterator[tuple[str, str]]:
    base = (item.destination or "/").rstrip("/")
    assert source.path is not None
    roots = context.match(source.path) if source.has_wildcard else (source.path,)
    folders = [root for root in roots if root == "." or context.is_folder(root)]
    into = item.into_folder or len(roots) > 1
    for path in files:
        folder = next((f for f in folders if f == "." or path.startswith(f + "/")), None)
        if folder is not None:
            yield path, f"{base}/{path if folder == '.' else path[len(folder) + 1 :]}"
        elif isinstance(item.instruction, Add) and path.endswith(_ARCHIVES):
            yield path, f"{base}/<unpacked {path}>"
        else:
            yield path, f"{base}/{path.rsplit('/', 1)[-1]}" if into else base
