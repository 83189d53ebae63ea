"""The comments that silence rules, ours and those of hadolint and BuildKit; and what people meant to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dockerfix.frozen import frozen
from dockerfix.regexes import regex
from dockerfix.syntax import Dockerfile, From, Instruction, Trivia
from dockerfix.text import Span, decode

__all__ = ["ANY_BUILDKIT_CHECK", "Misspelling", "Silence", "misspellings", "silences_of"]

ANY_BUILDKIT_CHECK = "buildkit check"

_LIST = r"[\w-]+(?:\s*,\s*[\w-]+)*"
_OURS = regex(rf"#\s*dockerfix:\s*(ignore-file|ignore)(?![\w-])(?:\s*=\s*({_LIST})?)?", re.IGNORECASE)
_HADOLINT = regex(rf"#\s*hadolint\s+(global\s+)?ignore\s*=\s*({_LIST})", re.IGNORECASE)
_ANY = regex(rb"docker-?fi(?:x|le)|hadolint|noqa", re.IGNORECASE)
# What is close to one of ours: another verb, a name of the tool that is close, `noqa` with one of our codes.
_CLOSE = regex(
    r"#\s*(?:dockerfix\s*:|dockerfix\s*[-\s]\s*(?=(?:ignore|disable|skip|off|noqa|nolint|allow|suppress)\b)"
    r"|docker-?fi(?:x|le)\s*[:\s]\s*(?=(?:ignore|disable|noqa)\b)|noqa\s*:\s*(?=DF\d))",
    re.IGNORECASE,
)
_BEHIND = regex(rb"\S.*?[ \t](#\s*dockerfix:\s*ignore[^\r\n]*)", re.IGNORECASE)
_VERB = regex(r"\A\s*(?:ignore|disable|skip|off|noqa|nolint|allow|suppress)[\w-]*", re.IGNORECASE)
_BETWEEN = frozenset({"and", "for", "or", "rule", "rules"})
_WORD = regex(r"[A-Za-z][\w-]*")


@frozen
class Silence:
    """A comment and how far it reaches.

    Attributes:
        names: those it silences, in lower case; empty for every rule.
        line: 1-based, of the comment; 0 for a directive.
        text: the comment as it is written.
        is_ours: it is written for dockerfix.
    """

    span: Span
    names: frozenset[str]
    line: int = 0
    text: str = ""
    is_ours: bool = False

    def reaches(self, offset: int) -> bool:
        """Whether a place of the file lies in what the comment speaks of."""
        return self.span.start <= offset < self.span.end


@frozen
class Misspelling:
    """A comment that does something else than it seems to say, with the 1-based line and how to write it."""

    line: int
    message: str


@frozen
class _Comment:
    """The names that a comment silences, none for all; and whether it speaks for the file, at the top or anywhere."""

    names: frozenset[str]
    for_file: bool
    line: int
    text: str
    is_ours: bool
    anywhere: bool = False


def silences_of(dockerfile: Dockerfile) -> list[Silence]:
    """All comments that silence something, each with what it reaches."""
    whole = Span(0, len(dockerfile.source) + 1)
    found = [Silence(whole, names) for names in _check_directive(dockerfile)]
    if not _ANY.search(dockerfile.source):
        return found
    pending: list[_Comment] = []
    begun = False
    for item in dockerfile.items:
        if isinstance(item, Trivia) and item.kind == "comment":
            comment = _comment(item.text, dockerfile.index.line(item.span.start))
            if comment is None:
                continue
            if not comment.for_file:
                pending.append(comment)
            elif comment.anywhere or not begun:
                found.append(_silence(comment, whole))
        elif isinstance(item, Instruction):
            inside = (comment for comment in _inside(dockerfile, item) if not comment.for_file)
            found += (_silence(comment, _reach(dockerfile, item)) for comment in (*pending, *inside))
            pending, begun = [], True
    found += (_silence(comment, Span(whole.end, whole.end)) for comment in pending)  # nothing stands below
    return found


def misspellings(dockerfile: Dockerfile, known: Iterable[str]) -> tuple[Misspelling, ...]:
    """What is wrong with comments that were meant to silence rules, in file order.

    Args:
        known: what rules may be called by, ours and other tools' names.
    """
    if not _ANY.search(dockerfile.source):
        return ()
    names = {name.lower(): name for name in known}
    found = [
        Misspelling(line, message)
        for line, text, at_top in _comments(dockerfile)
        if (message := _problem(text, names, at_top=at_top)) is not None
    ]
    found += _behind_instructions(dockerfile)
    return tuple(sorted(found, key=lambda one: one.line))


def _silence(comment: _Comment, span: Span) -> Silence:
    return Silence(span, comment.names, comment.line, comment.text, comment.is_ours)


def _reach(dockerfile: Dockerfile, instruction: Instruction) -> Span:
    """What a comment at an instruction speaks of: the instruction, or the stage that it starts."""
    stage = dockerfile.stage_of(instruction)
    if stage is None or not isinstance(instruction, From):
        return instruction.extent
    return Span(instruction.extent.start, stage.instructions[-1].extent.end)


def _inside(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[_Comment]:
    """What comment lines between the lines of an instruction silence, those in the script of a heredoc included."""
    for line, text in _lines_inside(dockerfile, instruction):
        comment = _comment(text, line)
        if comment is not None:
            yield comment


def _lines_inside(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[tuple[int, str]]:
    for line in instruction.lines:
        text = decode(dockerfile.source[line.span.start : line.span.end]).strip()
        if line.kind in ("comment", "heredoc") and text.startswith("#"):
            yield dockerfile.index.line(line.span.start), text


def _comment(text: str, line: int) -> _Comment | None:
    ours = _OURS.search(text)
    if ours:
        return _Comment(_listed(ours[2] or ""), ours[1].lower() == "ignore-file", line, text.strip(), is_ours=True)
    theirs = _HADOLINT.search(text)
    if theirs:
        return _Comment(_listed(theirs[2]), bool(theirs[1]), line, text.strip(), is_ours=False, anywhere=True)
    return None


def _listed(text: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in text.split(",") if name.strip())


def _check_directive(dockerfile: Dockerfile) -> list[frozenset[str]]:
    """`# check=skip=A,B;error=true`. Source: Docker reference, parser directive `check`."""
    found: list[frozenset[str]] = []
    for directive in dockerfile.directives:
        if directive.name != "check":
            continue
        for part in directive.value.split(";"):
            key, _, value = part.partition("=")
            names = _listed(value)
            if key.strip().lower() == "skip" and names:
                found.append(frozenset({ANY_BUILDKIT_CHECK}) if "all" in names else names)
    return found


def _comments(dockerfile: Dockerfile) -> Iterator[tuple[int, str, bool]]:
    """Each comment with its line, and whether it stands above the first instruction."""
    begun = False
    for item in dockerfile.items:
        if isinstance(item, Trivia) and item.kind == "comment":
            yield dockerfile.index.line(item.span.start), item.text.strip(), not begun
        elif isinstance(item, Instruction):
            yield from ((line, text, False) for line, text in _lines_inside(dockerfile, item))
            begun = True


def _problem(text: str, names: dict[str, str], *, at_top: bool) -> str | None:
    """What is wrong with one comment; None where nothing is, or it is none of ours."""
    ours = _OURS.match(text)
    if ours is None:
        close = _CLOSE.match(text)
        meant = _meant(_VERB.sub("", text[close.end() :], count=1), names) if close else []
        return f"silences nothing: write `# dockerfix: ignore={','.join(meant) or 'DF101'}`" if close else None
    verb, rest = ours[1].lower(), text[ours.end() :]
    if verb == "ignore-file" and not at_top:
        return "silences nothing here: `ignore-file` counts above the first instruction"
    if ours[2] is None:
        return _without_names(verb, text[ours.start() : ours.end()], rest, names)
    return _with_names(verb, [name.strip() for name in ours[2].split(",")], rest, names)


def _without_names(verb: str, head: str, rest: str, names: dict[str, str]) -> str | None:
    """`ignore DF101`, `ignore: DF101`, `ignore=`: every rule is silenced, which is right only for `ignore` alone."""
    meant = _meant(rest, names)
    if meant:
        return f"silences every rule: write `# dockerfix: {verb}={','.join(meant)}` for {' and '.join(meant)} alone"
    if "=" in head or rest.lstrip().startswith((":", "=", "(", "[")):
        return f"names no rule and silences every one: write `# dockerfix: {verb}` to say so, or `{verb}=DF101` for one"
    return None


def _with_names(verb: str, given: list[str], rest: str, names: dict[str, str]) -> str | None:
    from dockerfix.spelling import nearest_name

    lost = [name for name in _meant(rest, names) if name.lower() not in {one.lower() for one in given}]
    if lost:
        return f"does not silence {' and '.join(lost)}: write `# dockerfix: {verb}={','.join([*given, *lost])}`"
    for name in given:
        if name.lower() == "all":
            return f"there is no rule {name}: `# dockerfix: {verb}` silences every one"
        if name.lower() not in names:
            begun = sorted(code for low, code in names.items() if _is_code(low) and low.startswith(name.lower()))
            hint = f": write {','.join(begun)}" if begun and len(name) > 2 else nearest_name(name, names.values())
            return f"there is no rule {name}{hint}"
    return None


def _meant(text: str, names: dict[str, str]) -> list[str]:
    """The rules that a text names before it becomes prose, once each."""
    found: list[str] = []
    for word in _WORD.findall(text):
        low = word.lower()
        if low in names and (_is_code(low) or "-" in low):
            found.append(names[low])
        elif _is_code(low) and len(low) > 3:
            found.append(word)
        elif low not in _BETWEEN:
            break
    return list(dict.fromkeys(found))


def _is_code(word: str) -> bool:
    return word[:2] == "df" and word[2:].isdigit()


def _behind_instructions(dockerfile: Dockerfile) -> Iterator[Misspelling]:
    """Comments behind an instruction on its line: there they are text of the instruction."""
    for instruction in dockerfile.instructions:
        for line in instruction.lines:
            raw = dockerfile.source[line.span.start : line.span.end]
            found = _BEHIND.match(raw.lstrip()) if line.kind == "code" else None
            if found is not None and not raw.lstrip().startswith(b"#"):
                message = f"silences nothing behind an instruction: put `{decode(found[1]).strip()}` on a line above it"
                yield Misspelling(dockerfile.index.line(line.span.start), message)
