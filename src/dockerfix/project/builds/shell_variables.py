"""Variables of a shell text replaced where their value is certain: assigned once, given by its surroundings, a default.

Replacing keeps every newline, so that lines stay what they are.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping

from dockerfix.regexes import regex
from dockerfix.shell import Script, parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["REPOSITORY", "UNKNOWN", "is_known", "with_known_values"]

REPOSITORY = "/@repository@"  # stands for the root of the repository in the texts that are read
UNKNOWN = "\ue001"  # stands for what another tool (make, a template) puts in

# What continuous integration sets to the root of the repository. Source: documentation of the services.
_WORKSPACES = (
    "GITHUB_WORKSPACE CI_PROJECT_DIR WORKSPACE TRAVIS_BUILD_DIR BUILD_SOURCESDIRECTORY BITBUCKET_CLONE_DIR "
    "CIRCLE_WORKING_DIRECTORY CODEBUILD_SRC_DIR DRONE_WORKSPACE CI_WORKSPACE SEMAPHORE_GIT_DIR".split()
)
_PASSES = 4
_PLAIN = regex(r"[\w./:@%+,=-]*\Z")
_USE = regex(r"(?<!\\)\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-=])([^{}$`\"'\n]*))?\})")
_SELF = r"""["']?\$\{?(?:0|BASH_SOURCE(?:\[0\])?)\}?["']?"""
_OWN_FILE = regex(rf"\$\((?:readlink\s+-e?f|realpath)\s+(?:--\s+)?{_SELF}\)|\$\{{BASH_SOURCE(?:\[0\])?:-\$0\}}")
_OWN_FOLDER = regex(
    rf"\$\(\s*dirname\s+(?:--\s+)?{_SELF}\s*\)|`\s*dirname\s+(?:--\s+)?{_SELF}\s*`|\$\{{(?:0|BASH_SOURCE(?:\[0\])?)%/\*\}}"
)
_FOLDER_OF = regex(r"""\$\(\s*dirname\s+(?:--\s+)?["']?(/@repository@[^"'\s)]*)["']?\s*\)""")
_REAL = regex(
    r"""\$\(\s*(?:(?:readlink\s+-e?f|realpath)\s+["']?(/@repository@[^"'\s)]*)["']?"""
    r"""|cd\s+(?:--\s+|-P\s+)?["']?(/@repository@[^"'\s)]*)["']?(?:\s*&?>\s*/dev/null)?(?:\s*2>&1)?\s*(?:&&|;)\s*pwd(?:\s+-P)?)\s*\)"""
)
_TOP = regex(r"\$\(\s*git\s+rev-parse\s+--show-toplevel\s*\)|`\s*git\s+rev-parse\s+--show-toplevel\s*`")
_HERE = regex(r"(=\"?)?(?:\$\(\s*pwd\s*\)|`\s*pwd\s*`|\$\{PWD\}|\$PWD\b)")
_MOVE = regex(r"(?:^|[\s;&|({])(?:cd|pushd)\s", re.MULTILINE)
_LOOP = regex(r"\b(?:for|select)\s+([A-Za-z_]\w*)\s+in\b|\bread\s+(?:-\w+\s+)*([A-Za-z_]\w*)")
_TEMPLATE = regex(r"\{\{|\$\{\{|<%|\$\(|\ue001")


def is_known(value: str | None) -> bool:
    """Whether a word is all there: nothing in it is put in later by another tool."""
    return value is not None and _TEMPLATE.search(value) is None


def with_known_values(text: str, variables: Mapping[str, str | None], start: str, folder: str) -> str:
    """A shell text with the values that its variables certainly have.

    Args:
        variables: what is known of its environment, with None for what is set to something unknown.
        start: the folder that it starts in, below `REPOSITORY`.
        folder: where the file with the text lies, relative to the repository.
    """
    if "$" not in text and "`" not in text:
        return text
    own = f"{REPOSITORY}/{folder}".rstrip("/")
    text = _TOP.sub(REPOSITORY, _OWN_FOLDER.sub(own, _OWN_FILE.sub(f"{own}/script", text)))
    text = _with_current_folder(text, start)
    given = dict.fromkeys(_WORKSPACES, REPOSITORY) | dict(variables)
    for _ in range(_PASSES):
        before, text = text, _replaced(_real_paths(text), given)
        if text == before:
            break
    return text


def _with_current_folder(text: str, start: str) -> str:
    if not _MOVE.search(text):
        return _HERE.sub(rf"\1{start}", text)
    # Behind a cd it is another one; as an argument it is the command's own folder, wherever that is.
    return _HERE.sub(lambda match: match[0] if match[1] else ".", text)


def _real_paths(text: str) -> str:
    text = _FOLDER_OF.sub(lambda match: posixpath.dirname(posixpath.normpath(match[1])), text)
    return _REAL.sub(lambda match: posixpath.normpath(match[1] or match[2]), text)


def _replaced(text: str, given: Mapping[str, str | None]) -> str:
    if "$" not in text:
        return text
    own = _assigned(text)
    values = {**given, **own}

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        known = values.get(name)
        if name not in values and match[3]:
            known = match[4]  # what happens unless somebody sets it
        return known if known is not None and _PLAIN.match(known) else match[0]

    return _USE.sub(value, text)


def _assigned(text: str) -> dict[str, str | None]:
    """The variables that the text itself sets, with None where that is more than one certain value."""
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    found: dict[str, str | None] = {}
    count: Counter[str] = Counter()
    for name, value, certain in _assignments(script):
        count[name] += 1
        found[name] = value if certain and count[name] == 1 else None
    for match in _LOOP.finditer(text):
        found[match[1] or match[2]] = None
    return found


def _assignments(script: Script) -> list[tuple[str, str | None, bool]]:
    found: list[tuple[str, str | None, bool]] = []
    for command in script.commands:
        lasting = not command.words
        for name, word in command.assignments if lasting else ():
            found.append((name, None if word.expands else word.value, not command.within))
        if command.name in ("export", "readonly", "declare", "typeset", "local"):
            for word in command.words[1:]:
                name, equals, _ = word.raw.partition("=")
                value = word.value.partition("=")[2] if word.value is not None else None
                if equals:
                    found.append((name, value, not command.within))
    return found
