"""What a COPY or ADD brings, from where and to where."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set

from dockerfix.image.landing import Landing, lands_in_folder
from dockerfix.image.picking import Picking, picking
from dockerfix.image.state import State, absolute, expand, expansion
from dockerfix.image.steps import Source, SourceKind, Step, Transfer
from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.ignore_file import sent_files
from dockerfix.syntax import Add, Copy, Word
from dockerfix.syntax.heredocs import is_heredoc_mark

__all__ = ["Origin", "lay_over", "placed_files", "source_files", "transfer"]

# Where a file of the image came from: kind, stage or image, path.
Origin = tuple[str, str, str]
_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst")
_ARCHIVE_STARTS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
_TAR_MARK = slice(257, 262)
_MANY_STEPS = 500  # each copy looks back, so that a longer way makes the time grow with the square


def transfer(instruction: Copy | Add, state: State, stage_names: Set[str], previous: Step | None = None) -> Transfer:
    """The meaning of a COPY or ADD in a state.

    Args:
        stage_names: name and number of each earlier stage, to tell a stage in `--from` from an image.
        previous: the step before it.
    """
    reader = _SourceReader(instruction, state, stage_names)
    sources = tuple(reader.source(word) for word in instruction.sources)
    text = expand(instruction.destination.value, state, instruction.escape) if instruction.destination else None
    destination = absolute(text, state.workdir) if text is not None else None
    # BuildKit looks at the text as written, and does not take `sub/.` for a folder.
    written_as_folder = text is not None and (text in ("", ".") or text.endswith("/"))
    owner, mode = instruction.flag("chown"), instruction.flag("chmod")
    return Transfer(
        instruction,
        sources,
        destination,
        destination is not None and (written_as_folder or destination in state.folders),
        owner.value if owner else None,
        mode.value if mode else None,
        tuple(flag.text for flag in instruction.flags if flag.name not in ("from", "chown", "chmod")),
        state,
        previous,
    )


class _SourceReader:
    def __init__(self, instruction: Copy | Add, state: State, stage_names: Set[str]) -> None:
        self.instruction = instruction
        self.state = state
        self.origin = instruction.source_stage if isinstance(instruction, Copy) else None
        self.from_stage = self.origin is not None and self.origin.lower() in stage_names
        self.heredocs = iter(instruction.heredocs)

    def source(self, word: Word) -> Source:
        """One source word."""
        if self.instruction.heredocs and is_heredoc_mark(word.value):
            heredoc = next(self.heredocs, None)
            return Source("heredoc", heredoc.name if heredoc else "", heredoc.content if heredoc else None)
        path, varies = expansion(word.value, self.state, self.instruction.escape)
        if self.origin is not None:
            # BuildKit replaces no variables in --from.
            known = path is not None and "$" not in self.origin
            kind: SourceKind = "stage" if self.from_stage else "image"
            return Source(kind, self.origin.lower(), _below_root(path or "") if known else None, varies)
        if isinstance(self.instruction, Add) and path is not None and ("://" in path or path.startswith("git@")):
            return Source("url", "", path, varies)
        pivot = path if path is not None and "/./" in path else ""
        return Source("context", "", None if path is None else _below_root(path), varies, pivot)


def _below_root(path: str) -> str:
    """BuildKit takes every source path as one below the root of the context, `..` stopping there."""
    return posixpath.normpath("/" + path).lstrip("/") or "."


def source_files(source: Source, context: BuildContext) -> tuple[str, ...] | None:
    """The files of the build context that one source names, ignore file applied.

    None when unknown: also behind a symlink, which COPY follows where a source names it.
    """
    files = sent_files(context)
    if source.kind != "context" or source.path is None or files is None:
        return None
    if source.path == ".":
        return files
    roots = context.match(source.path) if source.has_wildcard else (source.path,)
    if any(_goes_through_link(root, context) for root in roots or (source.path,)):
        return None
    if not source.has_wildcard and context.is_file(source.path):
        return (source.path,) if source.path in _sent(context) else ()
    names = set(roots)
    folders = tuple(f"{root}/" for root in roots)
    return tuple(path for path in files if path in names or path.startswith(folders))


def _goes_through_link(path: str, context: BuildContext) -> bool:
    """Whether a path, or a folder that it lies in, is a symlink; a part with a wildcard ends the question."""
    at = ""
    for part in path.split("/"):
        at = f"{at}/{part}" if at else part
        if context.kind(at) == "link":
            return True
    return False


@memoised
def _sent(context: BuildContext) -> frozenset[str]:
    return frozenset(sent_files(context) or ())


@memoised
def placed_files(item: Transfer, context: BuildContext) -> Mapping[str, Origin] | None:
    """Where each file lands in the image, and where it came from; None when that is unknown.

    Files of other stages, images and URLs are not listed one by one: they stand as their pattern.
    """
    picked = picking(item.instruction)
    if item.destination is None or picked is None:
        return None
    earlier = _earlier(item, context)
    landing = lands_in_folder(item, Landing(item.destination, *earlier)) if earlier is not None else None
    found = []
    for source in item.sources:
        targets = _targets(source, item, landing, context, picked)
        if targets is None:
            return None
        found.append(targets)
    return found[0] if len(found) == 1 else {place: origin for one in found for place, origin in one.items()}


def _earlier(item: Transfer, context: BuildContext) -> tuple[list[Step], list[Mapping[str, Origin] | None]] | None:
    """The steps before a transfer, nearest first; and what those among them that copy to or above its place left.

    None where there are too many to look at.
    """
    steps: list[Step] = []
    step = item.previous
    while step is not None and not item.into_folder:
        steps.append(step)
        step = step.previous
        if len(steps) > _MANY_STEPS:
            return None
    copies = [step.transfer for step in steps if step.transfer is not None]
    reaching = [other for other in copies if _may_reach(other, item.destination or "/")]
    # The first one first, so that each finds what those before it left.
    left = [placed_files(other, context) for other in reversed(reaching)]
    return steps, left[::-1]


def _may_reach(item: Transfer, place: str) -> bool:
    """Whether a transfer may leave something at a place or below it."""
    return item.destination is None or f"{place}/".startswith(item.destination.rstrip("/") + "/")


def _targets(
    source: Source, item: Transfer, into: bool | None, context: BuildContext, picked: Picking
) -> Mapping[str, Origin] | None:
    """Where the files of one source land; None when unknown."""
    base = (item.destination or "/").rstrip("/")
    if source.path is None or source.varies:
        return None
    if source.kind == "heredoc":
        place = f"{base}/{source.origin}" if into else base
        return None if into is None else {place: ("heredoc", source.origin, source.path)}
    if source.kind != "context":
        return {f"{base}/<{source.kind} {source.origin}:{source.path}>": (source.kind, source.origin, source.path)}
    files = source_files(source, context)
    if files is None:
        return None
    if picked.parents:
        found = picked.with_parents(source.pivot or source.path, sent_files(context) or ())
        return {f"{base}/{inside}": ("context", "", path) for path, inside in found}
    return _context_targets(source, item, files, into, context, picked)


def _context_targets(
    source: Source, item: Transfer, files: tuple[str, ...], into: bool | None, context: BuildContext, picked: Picking
) -> Mapping[str, Origin] | None:
    base = (item.destination or "/").rstrip("/")
    if source.path == "." and not picked.exclude:
        return _whole_context(context.without_dockerfile, files, base)
    placed: dict[str, Origin] = {}
    for path, inside in _from_roots(source, files, context):
        if inside is not None:
            if not picked.leaves_out(inside):
                placed[f"{base}/{inside}"] = ("context", "", path)
        elif into is None or (picked.unpacks and _may_be_archive(path, context)):
            return None
        elif picked.leaves_out(posixpath.basename(path)) or picked.leaves_out(path):
            return None  # left out by Docker's reference, copied by the code of BuildKit
        else:
            placed[f"{base}/{path.rsplit('/', 1)[-1]}" if into else base] = ("context", "", path)
    return placed


@memoised
def _whole_context(context: BuildContext, files: tuple[str, ...], base: str) -> Mapping[str, Origin]:
    """Where all files land below a place; one answer for all copies that bring the same."""
    return {f"{base}/{path}": ("context", "", path) for path in files}


def _from_roots(source: Source, files: tuple[str, ...], context: BuildContext) -> Iterator[tuple[str, str | None]]:
    """Each file with its path inside the copied folder; None for a file that a source names itself."""
    if source.path == ".":
        yield from ((path, path) for path in files)
        return
    assert source.path is not None
    roots = context.match(source.path) if source.has_wildcard else (source.path,)
    folders = [f"{root}/" for root in roots if context.is_folder(root)]
    for path in files:
        folder = next((folder for folder in folders if path.startswith(folder)), None)
        yield path, None if folder is None else path[len(folder) :]


def _may_be_archive(path: str, context: BuildContext) -> bool:
    """Whether ADD may unpack a file; BuildKit looks at its content alone."""
    content = context.read(path)
    if content is None:
        return True
    return content.startswith(_ARCHIVE_STARTS) or content[_TAR_MARK] == b"ustar" or path.endswith(_ARCHIVES)


def lay_over(placed: dict[str, Origin], item: Transfer, files: Mapping[str, Origin]) -> None:
    """Add what a transfer brings to what the copies before it left.

    What it may replace unseen, because its own files are not listed one by one, gets its origin.
    """
    top = (item.destination or "/").rstrip("/")
    for origin in files.values():
        if origin[0] not in ("context", "heredoc"):
            hidden = [place for place in placed if place == top or place.startswith(f"{top}/")]
            placed.update(dict.fromkeys(hidden, origin))
    placed.update(files)
