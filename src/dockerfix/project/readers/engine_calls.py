"""What people and CI run inside of an image, as workflows, Makefiles, scripts and notes for people say."""

from __future__ import annotations

import re

from dockerfix.memo import memoised_on
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import repository_of
from dockerfix.project.readers.project_texts import project_texts
from dockerfix.regexes import regex

__all__ = ["engine_command"]

_CALL = regex(
    r"\b(?:docker|podman|nerdctl|finch|kubectl|oc|docker-compose|podman-compose|compose|devcontainer)\b(?P<words>[^\n]*?\s(?:run|exec|up|start|create)\s[^\n]*)"
)
_INSIDE = regex(r"\bcd\s+/(?P<words>[^\n]*(?:\n\s*-[^\n]*)*)")  # a job whose image is the one that was built
_IMAGE = regex(r"(?<!npm run )(?<!yarn )(?<!yarn run )(?<![\w:])[\w./-]+:[\w.-]*test[\w.-]*")  # `app:test`
_NOTES = regex(r"(?:docs/)?(?:README|CONTRIBUTING|DEVELOPMENT|TESTING|HACKING)[^/]*", re.I)
_TYPED = regex(
    r"[\s>$`#*+-]*((?:sudo\s+)?(?:docker|podman|nerdctl|finch|kubectl|docker-compose|podman-compose)\b[^`]*)"
)
_KUBERNETES = regex(r"^kind:\s*(?:Deployment|Job|CronJob|Pod|StatefulSet|DaemonSet|ReplicaSet)\b", re.M)
_ARGUMENTS = regex(r"^\s*-?\s*(?:command|args|test|exec|entrypoint)\s*:(?P<value>[^\n]*(?:\n\s*-[^\n]*)*)", re.M)
_ENGINES = ("docker", "podman", "nerdctl", "finch", "kube", "compose", "kind:", "image:")
_LARGEST = 512 * 1024


def engine_command(context: BuildContext, pattern: re.Pattern[str]) -> str | None:
    """The place (`file:line`) where something that fits a pattern is run in a container; None without one.

    Text is searched, not understood: which image is meant is not asked.
    """
    repository, way = repository_of(context)
    holders = (context.without_dockerfile,) if not way else (context.without_dockerfile, repository)
    for holder in holders:
        for path, start, text in _calls(holder):
            if pattern.search(text):
                return f"{path}:{start}"
    return None


@memoised_on("code")
def _calls(context: BuildContext) -> tuple[tuple[str, int, str], ...]:
    """Each call with its file, its 1-based line and its words behind the engine's own."""
    paths = (*project_texts(context), *(path for path in context.paths() if _NOTES.fullmatch(path)))
    found: list[tuple[str, int, str]] = []
    for path in dict.fromkeys(paths):
        text = context.text(path) if context.size(path) <= _LARGEST else None
        if text is None or not (any(word in text for word in _ENGINES) or re.search(r"\boc\b", text)):
            continue
        text = text.replace("\\\r\n", "    ").replace("\\\n", "  ")
        if _NOTES.fullmatch(path):
            text = "\n".join(match[1] if (match := _TYPED.match(line)) else "" for line in text.split("\n"))
        found += [(path, text.count("\n", 0, m.start()) + 1, m["words"]) for m in _CALL.finditer(text)]
        if path.endswith("gitlab-ci.yml"):
            found += [(path, text.count("\n", 0, m.start()) + 1, m["words"]) for m in _INSIDE.finditer(text)]
        if path.endswith((".yml", ".yaml")) and (_KUBERNETES.search(text) or "compose" in path):
            found += [(path, text.count("\n", 0, m.start()) + 1, m["value"]) for m in _ARGUMENTS.finditer(text)]
    return tuple((path, line, _IMAGE.sub("", words)) for path, line, words in found)
