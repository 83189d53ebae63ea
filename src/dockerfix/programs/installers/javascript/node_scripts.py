"""Whether the scripts that an install of a Node project runs can do without the source.

Source: the documentation of each tool that is named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise

from dockerfix.frozen import mutable
from dockerfix.project.manifests.package_json import PackageJson
from dockerfix.shell import parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["ScriptNeeds", "script_needs"]

_DEPTH = 4  # scripts that call scripts
# Programs that leave the source alone, each with the words that have to follow.
_HARMLESS: tuple[tuple[str, ...], ...] = (
    ("husky",),
    ("is-ci",),
    ("simple-git-hooks",),
    ("only-allow",),
    ("opencollective",),
    ("opencollective-postinstall",),
    ("ngcc",),
    ("echo",),
    ("true",),
    (":",),
    ("exit",),
    ("playwright", "install"),
    ("npm-force-resolutions",),
)
_RUNNERS: tuple[tuple[str, ...], ...] = (
    ("npx",),
    ("yarn", "run"),
    ("pnpm", "exec"),
    ("pnpm", "dlx"),
    ("npm", "exec"),
    ("bunx",),
    ("cross-env",),
    ("yarn",),
    ("pnpm",),
)
_SCRIPT_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
# Generators that the build of the project runs again once the source is there.
_REPEATED = ("nuxt prepare", "nuxi prepare", "astro sync", "svelte-kit sync", "wxt prepare")


@mutable
class ScriptNeeds:
    """What the scripts need: folders and files of the project; a problem where that is not known; a doubt."""

    folders: list[str] = field(default_factory=list)
    prisma: bool = False
    problem: str | None = None
    doubt: str = ""


def script_needs(manifest: PackageJson) -> ScriptNeeds:
    """What the life cycle scripts of a package.json need of the project, itself aside."""
    needs = ScriptNeeds()
    for text in manifest.life_cycle:
        for words in _commands(text, manifest.scripts, 0):
            _take(words, text, manifest, needs)
    return needs


def _commands(text: str, scripts: Mapping[str, str], depth: int) -> Iterator[tuple[str | None, ...]]:
    """The commands of a script, those of the scripts that it runs instead of their call."""
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not script.readable or depth > _DEPTH:
        yield (None,)
        return
    for command in script.commands:
        words = command.argv
        if not words and command.assignments:
            continue
        called = _called(words)
        if called is not None and called in scripts:
            yield from _commands(scripts[called], scripts, depth + 1)
        else:
            yield words


def _called(words: Sequence[str | None]) -> str | None:
    """The script that `npm run build` calls, or `yarn build`."""
    if len(words) < 2 or words[0] not in _SCRIPT_RUNNERS:
        return None
    return words[2] if words[1] in ("run", "run-script") and len(words) > 2 else words[1]


def _take(words: tuple[str | None, ...], text: str, manifest: PackageJson, needs: ScriptNeeds) -> None:
    rest = _without_runner(words)
    if any(rest[: len(known)] == known for known in _HARMLESS):
        return
    line = " ".join(word or "" for word in rest[:2])
    if rest[:1] == ("patch-package",):
        needs.folders.append(_value(rest, "--patch-dir") or "patches")
    elif line == "prisma generate" and not any((word or "").startswith("--schema") for word in rest):
        needs.prisma = True
    elif line in _REPEATED:
        needs.doubt = needs.doubt or f"{manifest.path} runs `{text}`, which then finds no source; the build repeats it"
    else:
        needs.problem = needs.problem or f"{manifest.path} runs `{text}`, which may need the source"


def _without_runner(words: tuple[str | None, ...]) -> tuple[str | None, ...]:
    for runner in _RUNNERS:
        if words[: len(runner)] == runner:
            rest = words[len(runner) :]
            while rest and ((rest[0] or "").startswith("-") or "=" in (rest[0] or "")):
                rest = rest[1:]
            return _without_runner(rest)
    return words


def _value(words: Sequence[str | None], option: str) -> str | None:
    return next((after for word, after in pairwise(words) if word == option), None)
