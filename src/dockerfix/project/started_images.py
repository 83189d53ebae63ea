"""Images that are started with words behind their name: `docker run IMAGE WORDS`, and `args:` of Kubernetes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from dockerfix.memo import memoised
from dockerfix.project.base_images import base_image
from dockerfix.project.builds import builds_of
from dockerfix.project.context import BuildContext
from dockerfix.project.repository import build_folders, repository_of
from dockerfix.project.shell_variables import with_known_values
from dockerfix.project.yaml_text import YamlList, YamlMap, yaml_documents
from dockerfix.shell import parse_script, unwrapped
from dockerfix.syntax.references import ImageReference
from dockerfix.text import MappedText, Span, encode

__all__ = ["words_behind_image"]

_ENGINES = frozenset("docker podman nerdctl finch".split())
_SCRIPTS = re.compile(r".*\.(?:sh|bash|mk)|(?:GNUm|M|m)akefile|\.?[Jj]ustfile")
_RUN = re.compile(r"\b(?:docker|podman|nerdctl|finch)\b[^\n]*\b(?:run|create)\b")
# Options of `docker run` that stand alone; every other one takes the next word. Source: Docker's reference.
_FLAGS = frozenset(
    "-d --detach -i --interactive -t --tty -it -ti -dit -itd -P --publish-all --rm --init --privileged --read-only "
    "--no-healthcheck --oom-kill-disable --sig-proxy --quiet -q --disable-content-trust".split()
)
_SIZE_LIMIT = 512 * 1024


@memoised
def words_behind_image(context: BuildContext) -> tuple[str, int] | None:
    """File and line where somebody starts this context's image with words for its ENTRYPOINT; None for nowhere.

    An image is this one where its name is one that a build gives it, or the name of the repository's folder. One that
    is no public image may be this one, too.
    """
    if not context.known:
        return None
    repository, _ = repository_of(context)
    names = _names(context, repository)
    for folder in build_folders(repository):
        for name, kind in sorted((repository.entries(folder) or {}).items()):
            path = posixpath.join(folder, name)
            if kind == "file" and repository.size(path) <= _SIZE_LIMIT:
                place = next(_places(repository, path, name, names), None)
                if place is not None:
                    return place
    return None


def _names(context: BuildContext, repository: BuildContext) -> frozenset[str]:
    """The names that images of this Dockerfile have, without registry and tag."""
    found = {_plain(use.image) for use in builds_of(context) if use.image}
    found |= {use.service.lower() for use in builds_of(context) if use.service}
    if repository.root is not None:
        found.add(posixpath.basename(repository.root.resolve().as_posix()).lower())
    return frozenset(found)


def _plain(image: str) -> str:
    return posixpath.basename(image.partition("@")[0]).partition(":")[0].lower()


def _may_be_ours(image: str, names: frozenset[str]) -> bool:
    if _plain(image) in names:
        return True
    reference = ImageReference.parse(image)
    return reference is None or base_image(reference) is None


def _places(repository: BuildContext, path: str, name: str, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    if _SCRIPTS.fullmatch(name):
        text = repository.text(path) or ""
        if _RUN.search(text):
            yield from ((path, line) for line in _runs_with_words(text, names))
    elif name.endswith((".yaml", ".yml")):
        text = repository.text(path) or ""
        if "containers:" in text and "args:" in text:
            yield from ((path, line) for line in _containers_with_args(text, names))


def _runs_with_words(text: str, names: frozenset[str]) -> Iterator[int]:
    """The lines of a script or a Makefile that run an image of ours with words behind its name."""
    joined = re.sub(r"\\\n", "  ", text)
    for number, line in enumerate(joined.split("\n"), 1):
        if not _RUN.search(line):
            continue
        raw = encode(with_known_values(line.strip().lstrip("@-+"), {}, "/", ""))
        for command in parse_script(MappedText.contiguous(raw, Span(0, len(raw)))).commands:
            if _has_words(tuple(word.raw for word in unwrapped(command).words), names):
                yield number


def _has_words(words: tuple[str, ...], names: frozenset[str]) -> bool:
    if len(words) < 3 or words[0] not in _ENGINES or "run" not in words[1:3] or "--entrypoint" in words:
        return False
    at = words.index("run") + 1
    while at < len(words) and words[at].startswith("-"):
        at += 1 if "=" in words[at] or words[at] in _FLAGS else 2
    image = words[at].strip("\"'") if at < len(words) - 1 else ""
    is_foreign = "/" in image and _plain(image) not in names  # a tool that somebody else made
    return bool(image) and not is_foreign and _may_be_ours(image, names)


def _containers_with_args(text: str, names: frozenset[str]) -> Iterator[int]:
    for document in yaml_documents(text):
        yield from _in_node(document, names)


def _in_node(node: object, names: frozenset[str]) -> Iterator[int]:
    if isinstance(node, YamlMap):
        image = node.get("image")
        if isinstance(image, str) and node.get("args") and not node.get("command") and _may_be_ours(image, names):
            yield node.line_of("args")
        for value in node.values():
            yield from _in_node(value, names)
    elif isinstance(node, YamlList):
        for item in node:
            yield from _in_node(item, names)
