"""The script that a container starts, where its last program runs below the shell in place of becoming process 1."""

from __future__ import annotations

import posixpath

from dockerfix.frozen import frozen
from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import POSIX_SHELLS, absolute
from dockerfix.image.transfers import placed_files
from dockerfix.project.bases.images import BaseImage
from dockerfix.shell import parse_script, unwrapped
from dockerfix.shell.handover import handed_over, is_builtin
from dockerfix.syntax.heredocs import Heredoc
from dockerfix.text import MappedText, Span, encode

__all__ = ["EntryScript", "entry_script"]

_INITS = frozenset({"tini", "dumb-init", "catatonit", "docker-init"})


@frozen(eq=False)
class EntryScript:
    """A start script without `exec` before its last program.

    `path` is that of the context, None for a heredoc of the Dockerfile; `text` is all of it, `at` the byte where `exec`
    belongs, in the text or, for a heredoc, in the Dockerfile; `line` is 1-based and of the text; `program` the words.
    """

    path: str | None
    text: bytes
    at: int
    line: int
    program: str


def entry_script(model: Image, stage: StageImage) -> EntryScript | None:
    """The script that a stage starts with; None where it hands over already, or where that is not known."""
    words = [*(stage.start.argv or ())]
    while words and posixpath.basename(words[0]) in _INITS | {"--", "-g"}:
        words.pop(0)
    shells = POSIX_SHELLS
    if words and posixpath.basename(words[0]) in shells:
        words.pop(0)
    elif words and not _is_script_name(words[0]):
        return None
    if not words or words[0].startswith("-"):
        return None
    place = absolute(words[0], stage.final.workdir)
    if place is None or _is_of_base(stage.facts, words[0]):
        return None
    found = _heredoc(model, stage, place)
    if found is not None:
        return _read(None, encode(found.content), found.body)
    path = context_files(model, stage).get(place)
    content = model.context.read(path) if path is not None else None
    return _read(path, content, Span(0, len(content))) if content is not None else None


def _is_script_name(word: str) -> bool:
    return word.endswith((".sh", ".bash")) or "entrypoint" in word or ("/" in word and "." not in word)


def _is_of_base(facts: BaseImage | None, word: str) -> bool:
    return "/" not in word and facts is not None and word in (facts.entrypoint or ())


def _heredoc(model: Image, stage: StageImage, place: str) -> Heredoc | None:
    """The heredoc of a COPY that makes the file, where nothing later writes over it."""
    found: Heredoc | None = None
    for step in stage.steps:
        item = step.transfer
        placed = placed_files(item, model.context) or {} if item is not None else {}
        if item is None or place not in placed:
            continue
        kind, name, _ = placed[place]
        found = next((one for one in item.instruction.heredocs if kind == "heredoc" and one.name == name), None)
    return found


def _read(path: str | None, content: bytes, body: Span) -> EntryScript | None:
    """The place of `exec` in a script of a POSIX shell; None where it stands there, or must not."""
    first = content.split(b"\n", 1)[0]
    if first.startswith(b"#!") and not any(
        first.rstrip().endswith(shell.encode()) for shell in (*POSIX_SHELLS, "sh -e")
    ):
        return None
    if not first.startswith(b"#!") and path is not None and not path.endswith((".sh", ".bash")):
        return None
    script = parse_script(MappedText.contiguous(content, Span(0, len(content))))
    last = handed_over(script)
    if last is None or not last.words or last.name == "exec" or last.assignments or last.redirects:
        return None
    name = unwrapped(last).name
    if last.words[0].raw not in ('"$@"', "$@") and (name is None or is_builtin(name) or last.name in _SHORT):
        return None
    before = content[: last.words[0].start]
    at = last.words[0].start if path is not None else body.start + last.words[0].start
    program = " ".join(word.raw for word in last.words)
    return EntryScript(path, content, at, before.count(b"\n") + 1, program)


# Programs that end at once: what comes last in a script that only prepares something.
_SHORT = frozenset("echo printf chmod chown mkdir cp mv rm ln sleep true false ls cat touch sed source [ test".split())
