"""The tables of docs/proof.md, made from a results file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from proof.figures import Change, Rate, built, changes, is_failure, latest, mended, ran, rates

__all__ = ["between_marks", "page"]

Record = dict[str, Any]
_LEFT_OUT = {
    "no repair": "nothing is repaired safely",
    "no build context": "which folder it is built from is not known",
    "no base image": "no stand-in for its base image",
    "not measured": "the tool gave up (a context that is too large, an engine that refused)",
    "does not build before": "does not build as it is",
    "does not build twice": "built once as it is, and not again a little later",
}


def page(lines: list[Record]) -> str:
    """All tables, as Markdown, of all lines of a results file."""
    records = latest(lines)
    numbers = (_headline, _left_out, _not_run, _numbers, _by_rule, _failures)
    parts = [list(_first_sight(lines)), *(list(part(records)) for part in numbers)]
    return "\n".join("\n".join(part) + "\n" for part in parts if part)


def between_marks(text: str, tables: str) -> str:
    """A page with other tables between its marks.

    Raises:
        ValueError: it has no marks.
    """
    head, begin, rest = text.partition("<!-- figures")
    mark, arrow, rest = rest.partition("-->")
    _, end, tail = rest.partition("<!-- end of figures -->")
    if not (begin and arrow and end):
        raise ValueError("the page has no marks <!-- figures … --> and <!-- end of figures -->")
    return f"{head}{begin}{mark}{arrow}\n{tables}{end}{tail}"


def _first_sight(lines: list[Record]) -> Iterator[str]:
    """What failed and was mended is told before the figures that no longer show it."""
    repaired = mended(lines)
    if not repaired:
        return
    yield f"The figures are those after mending. At first sight {len(repaired)} failed that no longer does:"
    yield ""
    yield from _failed(repaired)


def _headline(records: list[Record]) -> Iterator[str]:
    repositories = {record["repository"] for record in records if built(record)}
    found = rates(records)
    yield "| what | before | after | share | at least (95 %) |"
    yield "|---|---|---|---|---|"
    for key, what in (("builds", "builds"), ("runs", "runs"), ("answers", "of these: answers requests as before")):
        yield _rate(what, found[key])
    every = [record for record in records if built(record)]
    running = [record for record in every if ran(record)]
    yield ""
    yield f"{len(every)} Dockerfiles of {len(repositories)} repositories, {found['repairs'].all} repairs."
    yield (
        f"{sum(record.get('requests', 0) for record in running)} requests were asked of both sides, "
        f"{sum(record.get('written_requests', 0) for record in running)} of them with POST, PUT, PATCH or DELETE; "
        f"{sum(record.get('written_well', 0) for record in running)} of those were accepted (2xx, 3xx)."
    )
    kinds = Counter(record.get("ran") for record in running)
    yield (
        f"{kinds['answers']} answer requests, {kinds['stays']} run on without a port, {kinds['ends']} do their work "
        "and end."
    )
    busybox = [record for record in every if record.get("kind") == "busybox"]
    yield f"{len(busybox)} of the {len(every)} stand on an Alpine that is busybox on Debian."


def _rate(what: str, rate: Rate) -> str:
    share = f"{100 * rate.good / rate.all:.1f} %" if rate.all else "–"
    return f"| {what} | {rate.all} | {rate.good} | {share} | {100 * rate.bound:.1f} % |"


def _left_out(records: list[Record]) -> Iterator[str]:
    states = Counter(record["state"] for record in records)
    yield "| left out | Dockerfiles |"
    yield "|---|---|"
    yield from (f"| {why} | {states[state]} |" for state, why in _LEFT_OUT.items() if states[state])


def _not_run(records: list[Record]) -> Iterator[str]:
    quiet = [record for record in records if record["state"] == "not run"]
    needs = sum(str(record.get("why", "")).startswith("needs ") for record in quiet)
    yield "| built on both sides, and not run | Dockerfiles |"
    yield "|---|---|"
    yield f"| needs a service that there is no stand-in for | {needs} |"
    yield f"| ends with an error as it is: a key, a database or a network is missing | {len(quiet) - needs} |"


def _numbers(records: list[Record]) -> Iterator[str]:
    found = changes(records)
    yield "| median | Dockerfiles | before | after | |"
    yield "|---|---|---|---|---|"
    for key, what, unit in (
        ("size", "image, where the base image changed", "MB"),
        ("rebuild", "rebuild after an edit of the source, where the order of steps changed", "s"),
        ("stop", "seconds from SIGTERM to the end, where process 1 changed", "s"),
    ):
        if key in found:
            yield _change(what, found[key], unit)
    users = [record["user"] for record in records if ran(record) and None not in record.get("user", [None])]
    turned = sum(was == 0 and now != 0 for was, now in users)
    yield ""
    yield f"Of {sum(was == 0 for was, _ in users)} containers whose process 1 was root, {turned} have a user after."


def _change(what: str, change: Change, unit: str) -> str:
    before, after = (value / 10**6 if unit == "MB" else value for value in (change.before, change.after))
    digits = 0 if unit == "MB" else 1
    less = f"{100 * (after - before) / before:+.0f} %" if before else ""
    return f"| {what} | {change.count} | {before:.{digits}f} {unit} | {after:.{digits}f} {unit} | {less} |"


def _by_rule(records: Iterable[Record]) -> Iterator[str]:
    made: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for record in records:
        if built(record):
            made.update(set(record["rules"]))
            held.update(set(record["rules"]) if ran(record) else ())
    yield "| rule | Dockerfiles built with its repair | of these: run |"
    yield "|---|---|---|"
    yield from (f"| {code} | {count} | {held[code]} |" for code, count in sorted(made.items()))


def _failures(records: list[Record]) -> Iterator[str]:
    failed = [record for record in records if is_failure(record)]
    if not failed:
        yield "Nothing else that built or ran as it is failed after its repairs."
        return
    yield from _failed(failed)


def _failed(failed: list[Record]) -> Iterator[str]:
    yield "| failed | what | rule |"
    yield "|---|---|---|"
    for record in failed:
        why = "; ".join(record.get("differences") or [record.get("why", "")])[:160].replace("|", "\\|")
        name = f"{record['repository']} `{record['dockerfile']}`"
        yield f"| {name} | {record['state']}: {why} | {record.get('blamed', '')} |"
