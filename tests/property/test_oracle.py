"""BuildKit's own parser (PyPI `dockerfile`) and ours say the same of every generated file.

The binding holds the parser of BuildKit 0.12; where BuildKit has changed since, ours follows today's, and the files
that show it are left out here, each kind with its reason.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace

import dockerfile as oracle
from dockerfiles import dockerfiles, nasty_bytes
from hypothesis import assume, given, settings

from dockerfix.syntax import Dockerfile, Instruction, Onbuild, Unknown, parse

_MANY = settings(deadline=None, max_examples=120)


@dataclass(frozen=True)
class Row:
    """What both parsers say about an instruction; None where the binding does not say."""

    keyword: str
    trigger: str | None
    lines: tuple[int, int]
    flags: tuple[str, ...]
    is_json: bool
    values: tuple[str, ...] | None
    heredocs: tuple[tuple[str, int, str], ...] | None


def our_row(instruction: Instruction) -> Row:
    trigger = instruction.trigger if isinstance(instruction, Onbuild) else None
    heredocs = tuple((h.name, h.file_descriptor, h.content) for h in instruction.heredocs)
    return Row(
        instruction.keyword,
        trigger.keyword if trigger else None,
        (instruction.start_line, instruction.end_line),
        tuple(flag.text for flag in instruction.flags),
        instruction.form == "json",
        None if isinstance(trigger or instruction, Unknown) else instruction.values,
        None if trigger else heredocs,  # the binding drops those of an ONBUILD
    )


def their_rows(source: bytes) -> list[Row] | None:
    with tempfile.NamedTemporaryFile(suffix=".Dockerfile") as file:
        file.write(source)
        file.flush()
        try:
            commands = oracle.parse_file(file.name)
        except oracle.GoParseError:
            return None
    return [
        Row(
            command.cmd or "",
            command.sub_cmd,
            (command.start_line, command.end_line),
            tuple(command.flags),
            command.json,
            None if command.value == ("",) else tuple(command.value),  # also what it gives for an unknown keyword
            None if command.sub_cmd else tuple((h.name, h.file_descriptor, h.content) for h in command.heredocs),
        )
        for command in commands
    ]


def has_text_behind_json(instruction: Instruction) -> bool:
    """BuildKit 0.12 read `["a"] b` as JSON and dropped the rest; today that is shell form."""
    node = instruction.innermost if isinstance(instruction, Onbuild) else instruction
    text = node.arguments.text if node else ""
    text = text[text.find("[") :] if node and node.kind == "HEALTHCHECK" else text
    try:
        _, end = json.JSONDecoder(strict=True).raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return text.startswith("[") and end < len(text)


def escapes_a_flag(instruction: Instruction) -> bool:
    """BuildKit 0.12 took a backslash for the escape character of flags, whatever the directive says."""
    raw = instruction.logical.raw
    return instruction.escape == "`" and b"--" in raw and (b"\\" in raw or b"`" in raw)


def is_nested_onbuild(instruction: Instruction) -> bool:
    """The binding says of `ONBUILD ONBUILD …` that its sub-command is one, and nothing of what that holds."""
    return isinstance(instruction, Onbuild) and (
        instruction.trigger is None or isinstance(instruction.trigger, Onbuild)
    )


def is_comparable(source: bytes, tree: Dockerfile) -> bool:
    """Whether the binding can be asked: it stops at a NUL and cannot hand back bytes that are no UTF-8."""
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    known = (has_text_behind_json, escapes_a_flag, is_nested_onbuild)
    return b"\x00" not in source and not any(differs(i) for i in tree.instructions for differs in known)


def assert_agrees(source: bytes) -> None:
    tree = parse(source)
    assume(is_comparable(source, tree))
    theirs = their_rows(source)
    assert (theirs is None) == bool(tree.problems), tree.problems
    if theirs is None:
        return
    ours = [our_row(instruction) for instruction in tree.instructions]
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        if mine.values is None or other.values is None:
            mine, other = replace(mine, values=None), replace(other, values=None)
        assert mine == other


@_MANY
@given(dockerfiles())
def test_realistic_files_are_split_as_buildkit_splits_them(source: bytes) -> None:
    assert_agrees(source)


@_MANY
@given(nasty_bytes())
def test_nasty_files_are_split_as_buildkit_splits_them(source: bytes) -> None:
    assert_agrees(source)
