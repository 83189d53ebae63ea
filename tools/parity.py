"""Compares `dockerfix.syntax.parse` with BuildKit's own parser on every file below a folder.

The oracle is PyPI `dockerfile` 3.4.0, which binds the parser of BuildKit 0.12.5; PyPI `e2b-dockerfile-utils`, a
port of the same parser to Python, is asked too. A difference that comes from the age or the C strings of the binding
is counted as explained (see `EXPLANATIONS`). Exit code: 0 when every file agrees or is explained, 1 when one is not,
2 when there is nothing to compare.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import dockerfile as oracle
from e2b_dockerfile_utils import DockerfileSyntaxError, parse_dockerfile_ast

from dockerfix import syntax

JSON_TAIL = "binding drops what follows a JSON array"
SPACED = "binding knows no space before a heredoc name"
_SPACED_HEREDOC = re.compile(r"<<-?\s+")
UNDECODABLE = 0xF700  # private use; a byte that is no UTF-8 is shown to both sides as the character 0xF700 + byte


@dataclass(frozen=True)
class Row:
    """What one parser says about one instruction; lines are 1-based, `values` None where a parser does not say."""

    keyword: str
    trigger: str | None
    start: int
    end: int
    flags: tuple[str, ...]
    form: str
    values: tuple[str, ...] | None
    heredocs: tuple[tuple[str, int, str], ...]
    text: str = field(default="", compare=False)  # the logical line, for explanations only


@dataclass(frozen=True)
class Reading:
    """The instructions of one file, or why it was refused."""

    rows: tuple[Row, ...] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Difference:
    """Where ours and theirs part; `field` is a field of `Row`, `count` or `accepted`; `explained` names the reason."""

    file: str
    line: int
    field: str
    ours: str
    theirs: str
    explained: str | None = None


@dataclass
class Figures:
    """What a run counted, in files unless named otherwise."""

    files: int = 0
    accepted: int = 0
    refused: int = 0
    agree: int = 0
    explained: int = 0
    instructions: int = 0
    heredocs: int = 0
    not_utf8: int = 0
    port_agrees: int = 0
    differing_files_by_field: Counter[str] = field(default_factory=Counter)
    explained_files_by_reason: Counter[str] = field(default_factory=Counter)
    port_differing_files_by_field: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: {"ours": 0.0, "oracle": 0.0, "port": 0.0})


def ours_reading(source: bytes) -> Reading:
    """What dockerfix reads; refused where BuildKit's parser would refuse, whatever its builder says later."""
    tree = syntax.parse(source)
    if tree.problems:
        return Reading(refused=tree.problems[0].message)
    return Reading(tuple(_ours_row(instruction) for instruction in tree.instructions))


def _ours_row(instruction: syntax.Instruction) -> Row:
    trigger = instruction.trigger if isinstance(instruction, syntax.Onbuild) else None
    unknown = isinstance(trigger or instruction, syntax.Unknown)
    return Row(
        instruction.keyword,
        trigger.keyword if trigger else None,
        instruction.start_line,
        instruction.end_line,
        tuple(flag.text for flag in instruction.flags),
        instruction.form,
        None if unknown else instruction.values,
        tuple((heredoc.name, heredoc.file_descriptor, heredoc.content) for heredoc in instruction.heredocs),
        instruction.logical.text,
    )


def oracle_reading(source: bytes) -> Reading:
    """What BuildKit's parser reads.

    The bytes go through a file: the binding reads a string only up to its first NUL and ends the whole
    process on a lone surrogate.
    """
    with tempfile.NamedTemporaryFile(suffix=".Dockerfile") as file:
        file.write(source)
        file.flush()
        try:
            commands = oracle.parse_file(file.name)
        except oracle.GoParseError as error:
            return Reading(refused=str(error))
    return Reading(tuple(_oracle_row(command) for command in commands))


def _oracle_row(command: oracle.Command) -> Row:
    return Row(
        command.cmd or "",
        command.sub_cmd,
        command.start_line,
        command.end_line,
        tuple(command.flags),
        "json" if command.json else "shell",
        None if tuple(command.value) == ("",) else tuple(command.value),
        tuple((heredoc.name, heredoc.file_descriptor, heredoc.content) for heredoc in command.heredocs),
        command.original or "",
    )


def port_reading(source: bytes) -> Reading:
    """What the Python port reads: it keeps no keyword as written, and of ONBUILD nothing behind the keyword."""
    try:
        tree = parse_dockerfile_ast(source.decode())
    except DockerfileSyntaxError as error:
        return Reading(refused=str(error))
    rows = []
    for node in tree.instructions:
        values = [node.args[at] for at in range(len(node.args)) if node.name not in ("ENV", "LABEL") or at % 3 < 2]
        row = Row(
            node.name,
            None,
            node.start_line,
            node.end_line,
            tuple(node.flags),
            "json" if node.json else "shell",
            None if node.name == "ONBUILD" else tuple(values),
            tuple((heredoc.name, heredoc.file_descriptor, heredoc.content) for heredoc in node.heredocs),
        )
        rows.append(row)
    return Reading(tuple(rows))


def comparable(source: bytes) -> bytes:
    """The source itself, or for bytes that are no UTF-8, which the binding cannot hand back, a text in their place."""
    text = source.decode("utf-8", "surrogateescape")
    return "".join(chr(UNDECODABLE + ord(c) - 0xDC00) if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text).encode()


def json_with_tail(text: str) -> list[object] | None:
    """The JSON array in an instruction with more text behind it; None when there is none, or nothing behind it."""
    start = text.find("[")
    if start < 0:
        return None
    try:
        found, end = json.JSONDecoder(strict=True).raw_decode(text[start:])
    except ValueError:
        return None
    return found if text[start + end :].strip() else None


def _ends_at_nul(mine: Row, other: Row) -> bool:
    """The binding hands strings over as C strings: what follows a NUL is lost."""

    def cut(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(cut(part) for part in value)
        return value.partition("\0")[0] if isinstance(value, str) else value

    return all(cut(left) == getattr(other, name) for name, left in vars(mine).items() if name != "text")


def _drops_json_tail(mine: Row, other: Row) -> bool:
    """BuildKit before moby/buildkit#5107 (July 2024) read `CMD ["a"] tail` as exec form and dropped the tail."""
    found = json_with_tail(mine.text)
    if found is None or other.form != "json" or mine.form != "shell" or other.values is None:
        return False
    return list(other.values[len(other.values) - len(found) :]) == found


def _knows_no_space_before_name(mine: Row, other: Row) -> bool:
    """BuildKit before 0.22 (moby/buildkit#5817) saw no heredoc in `<< EOF`, and split its lines as instructions."""
    return len(mine.heredocs) > len(other.heredocs) and _SPACED_HEREDOC.search(mine.text) is not None


EXPLANATIONS: dict[str, Callable[[Row, Row], bool]] = {
    SPACED: _knows_no_space_before_name,
    "binding ends a string at NUL": _ends_at_nul,
    JSON_TAIL: _drops_json_tail,
}


def row_differences(file: str, mine: Row, other: Row) -> Iterator[Difference]:
    """The fields in which two readings of one instruction part."""
    names = [name for name, left in vars(mine).items() if name != "text" and left != getattr(other, name)]
    if mine.values is None or other.values is None:
        names = [name for name in names if name != "values"]
    if names:
        reason = next((reason for reason, holds in EXPLANATIONS.items() if holds(mine, other)), None)
        for name in names:
            yield Difference(file, mine.start, name, repr(getattr(mine, name)), repr(getattr(other, name)), reason)


def differences(file: str, ours: Reading, theirs: Reading) -> Iterator[Difference]:
    """Where two readings part, in the order of the file; nothing behind the first missing instruction.

    Behind a heredoc that the oracle did not see both count different instructions: all that is explained too.
    """
    if (ours.refused is None) != (theirs.refused is None):
        reason = _refusal_reason(ours, theirs)
        yield Difference(file, 1, "accepted", ours.refused or "accepted", theirs.refused or "accepted", reason)
        return
    shifted: str | None = None
    for mine, other in zip(ours.rows, theirs.rows, strict=False):
        for difference in row_differences(file, mine, other):
            yield replace(difference, explained=shifted or difference.explained)
            if difference.explained == SPACED:
                shifted = SPACED
    if len(ours.rows) != len(theirs.rows):
        short = min(len(ours.rows), len(theirs.rows))
        extra = (ours.rows if len(ours.rows) > short else theirs.rows)[short]
        yield Difference(file, extra.start, "count", str(len(ours.rows)), str(len(theirs.rows)), shifted)


def _refusal_reason(ours: Reading, theirs: Reading) -> str | None:
    if theirs.refused and "strings only" in theirs.refused and any(json_with_tail(row.text) for row in ours.rows):
        return JSON_TAIL
    if any(_SPACED_HEREDOC.search(row.text) for row in ours.rows + theirs.rows):
        return SPACED
    return None


def port_fields(theirs: Reading, port: Reading) -> set[str]:
    """The fields in which the port parts from the oracle, without those that it does not keep."""
    found = {difference.field for difference in differences("", port, theirs)} - {"keyword", "trigger"}
    onbuild = any(row.trigger is not None for row in theirs.rows)
    return found - {"form", "flags"} if onbuild else found


class Run:
    """One comparison over many files."""

    def __init__(self) -> None:
        self.figures = Figures()
        self.differences: list[Difference] = []

    def add(self, name: str, raw: bytes) -> None:
        """Compares one file; `name` is what the report calls it."""
        figures = self.figures
        source = comparable(raw)
        theirs = self._timed("oracle", oracle_reading, source)
        ours = self._timed("ours", ours_reading, source)
        port = self._timed("port", port_reading, source)
        found = list(differences(name, ours, theirs))
        figures.files += 1
        figures.not_utf8 += source != raw
        figures.agree += not found
        figures.accepted += theirs.refused is None
        figures.refused += theirs.refused is not None
        figures.instructions += len(theirs.rows)
        figures.heredocs += sum(len(row.heredocs) for row in theirs.rows)
        reasons = {difference.explained for difference in found}
        if found and None not in reasons:
            figures.explained += 1
            figures.explained_files_by_reason.update(reason for reason in reasons if reason)
        else:
            figures.differing_files_by_field.update({difference.field for difference in found})
        self.differences += found
        port_found = port_fields(theirs, port)
        figures.port_agrees += not port_found
        figures.port_differing_files_by_field.update(port_found)

    @property
    def unexplained(self) -> int:
        """Files that differ for no known reason."""
        return self.figures.files - self.figures.agree - self.figures.explained

    def _timed(self, who: str, read: Callable[[bytes], Reading], source: bytes) -> Reading:
        start = time.perf_counter()
        reading = read(source)
        self.figures.seconds[who] += time.perf_counter() - start
        return reading


def report(run: Run, shown: int) -> str:
    """The figures as lines of text, then the first `shown` differences."""
    figures = run.figures
    lines = [
        f"files        {figures.files} ({figures.not_utf8} not UTF-8)",
        f"oracle       accepts {figures.accepted}, refuses {figures.refused}",
        f"compared     {figures.instructions} instructions, {figures.heredocs} heredocs",
        f"agree        {figures.agree}",
        f"explained    {figures.explained} {dict(figures.explained_files_by_reason)}",
        f"differ       {run.unexplained} {dict(figures.differing_files_by_field)}",
        f"port agrees  {figures.port_agrees}; differs {dict(figures.port_differing_files_by_field)}",
        "seconds      " + ", ".join(f"{who} {seconds:.1f}" for who, seconds in figures.seconds.items()),
    ]
    first = sorted(run.differences, key=lambda difference: difference.explained is not None)[:shown]
    for difference in first:
        lines += [
            f"{difference.file}:{difference.line}: {difference.field} ({difference.explained or 'not explained'})",
            f"    ours   {difference.ours[:300]}",
            f"    oracle {difference.theirs[:300]}",
        ]
    return "\n".join(lines)


def main() -> int:
    """Reads the command line, compares, prints; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="every regular file below it is read as a Dockerfile")
    parser.add_argument("--glob", default="*", help="only files whose name matches (default: all)")
    parser.add_argument("--json", type=Path, help="write figures and all differences to this file")
    parser.add_argument("--show", type=int, default=10, help="how many differences to print")
    options = parser.parse_args()
    run = Run()
    for path in sorted(options.folder.rglob(options.glob)):
        if path.is_file():
            run.add(str(path.relative_to(options.folder)), path.read_bytes())
    print(report(run, options.show))
    if options.json:
        facts = vars(run.figures) | {"differences": [asdict(difference) for difference in run.differences]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    if not run.figures.files:
        return 2
    return 1 if run.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
