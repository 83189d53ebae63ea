"""Who gets the words of a CMD, of compose or of `docker run IMAGE WORDS`: an ENTRYPOINT, which may look at them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence

from dockerfix.image.files import context_files
from dockerfix.image.model import Image, StageImage
from dockerfix.image.state import absolute
from dockerfix.plans.serving.uses import started_uses
from dockerfix.project.builds.container_runs import ContainerRun, container_runs
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import repository_of
from dockerfix.regexes import regex
from dockerfix.shell import Command, Script, parse_script, runner
from dockerfix.text import MappedText, Span, encode

__all__ = ["looked_at_by", "words_from_outside"]

_POSITIONAL = regex(r"(?<!\\)\$(?:[1-9@*#]|\{#?[1-9@*#])")
_USES_ARGUMENTS = frozenset({"shift", "getopts", "eval"})


def looked_at_by(model: Image, stage: StageImage) -> str | None:
    """The program of an ENTRYPOINT that may look at the words it is given; None where it only starts them.

    A script of the project is read before its name says anything.
    """
    words = stage.start.entrypoint or ()
    while words:
        name = posixpath.basename(words[0])
        script = _own_script(model, stage, words[0])
        if script is not None:
            return None if len(words) == 1 and _only_hands_over(script) else name
        known = runner(name)
        if known is None or not known.entry:
            return name
        if known.of:
            is_its_own = stage.facts is not None and stage.facts.family == known.of and len(words) == 1
            return None if is_its_own else name
        words = _behind_options(words)
    return None


def words_from_outside(model: Image) -> tuple[str, int] | None:
    """File and line of what starts the image with words of its own, which its ENTRYPOINT gets; None without."""
    for use in started_uses(model):
        if use.command is not None and use.entrypoint is None:
            return use.source, use.line
    runs = container_runs(model.context)
    return next(((run.source, run.line) for run in runs if _hands_words(run, model.context)), None)


def _hands_words(run: ContainerRun, context: BuildContext) -> bool:
    """Whether a container that may be of the image gets words for its ENTRYPOINT.

    An image with an owner in its name is somebody else's tool, unless a build here gives it that name, or the
    repository has it.
    """
    if run.service or not run.command or run.entrypoint is not None or run.is_ours is False:
        return False
    if run.is_ours or "/" not in (run.image or ""):
        return True
    repository, _ = repository_of(context)
    name = posixpath.basename((run.image or "").partition("@")[0]).partition(":")[0].lower()
    return repository.root is not None and name == repository.root.resolve().name.lower()


def _behind_options(words: Sequence[str]) -> tuple[str, ...]:
    """What an init starts: its options take no words of their own that do not begin with a dash."""
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 1
        if words[at - 1] == "--":
            break
    return tuple(words[at:])


def _own_script(model: Image, stage: StageImage, word: str) -> str | None:
    """The text of the project's file that a program word names; "" for one that cannot be read."""
    files = context_files(model, stage)
    if "/" in word:
        place = absolute(word, stage.final.workdir)
        path = files.get(place) if place is not None else None
    else:
        path = next((path for place, path in files.items() if posixpath.basename(place) == word), None)
    return None if path is None else model.context.text(path) or ""


def _only_hands_over(text: str) -> bool:
    """Whether a shell script uses its arguments once, in `exec "$@"` as its last command."""
    first = text.split("\n", 1)[0]
    if first.startswith("#!") and not re.search(r"\b(?:sh|bash|dash|ash)\b", first):
        return False
    raw = encode(text.replace("\r\n", "\n"))
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    last = script.own_commands[-1] if script.readable and script.own_commands else None
    if last is None or last.within or tuple(word.raw for word in last.words) not in (("exec", '"$@"'), ('"$@"',)):
        return False
    return len(_POSITIONAL.findall(_without_comments(script))) == 1 and not any(map(_takes, script.commands))


def _takes(command: Command) -> bool:
    """Whether a command may use or change the arguments without naming one; a sourced file sees them, too."""
    if command.name in ("set",):
        return any(not (word or "$").startswith(("-", "+")) or word == "--" for word in command.argv[1:2])
    if command.name in (".", "source"):
        return not (command.argv[-1] or "").endswith("/activate")
    return command.name in _USES_ARGUMENTS or command.opaque


def _without_comments(script: Script) -> str:
    raw = bytearray(script.source.raw)
    for span in script.comments:
        raw[span.start : span.end] = b" " * len(span)
    return raw.decode("utf-8", "replace")
