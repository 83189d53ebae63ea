"""All proofs of a run as one HTML page that needs nothing else: no script, no font, no picture from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from dockerfix.verify.measured import Contents
from dockerfix.verify.proof import Proof
from dockerfix.verify.report.charts import Bar, Segment, bars, colour, stacked
from dockerfix.verify.report.printable import printable
from dockerfix.verify.report.story import (
    changed_kinds,
    changed_layers,
    headline,
    layer_words,
    mending_words,
    method,
    prediction_words,
    rebuild_words,
    verdict_words,
    what_failed,
)
from dockerfix.verify.words import bytes_text, seconds_text

__all__ = ["html"]

_LABEL_LENGTH = 24  # characters

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --soft: #5b6675; --line: #d9dee5; --page: #fff; --before: #8a8f98;
  --after: #0072b2; --good: #00795a; --bad: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa5b4; --line: #38414d; --page: #161b22;
  --before: #7d8590; --after: #56b4e9; --good: #3fc498; --bad: #ff7b6b; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 800px;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin-top: 1.8rem; }
.soft, figcaption { color: var(--soft); } .better, .helps { color: var(--good); } .worse, .harms { color: var(--bad); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: break-word; } th { font-weight: 600; }
td { max-width: 20rem; } .size { white-space: nowrap; } h1, h2, p, li { overflow-wrap: break-word; }
@media (max-width: 640px) { table, tbody, tr, td { display: block; max-width: none; } thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0; } td { border: 0; padding: .1rem 0; }
  td:empty { display: none; } td:first-child { font-weight: 600; }
  td[data-of]::before { content: attr(data-of) ": "; color: var(--soft); } }
td i { display: inline-block; width: .7em; height: .7em; margin-right: .5em; }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { overflow-x: auto; padding: .8rem;
  border: 1px solid var(--line); } figure { margin: 1.2rem 0; }
svg { width: 100%; max-width: 560px; height: auto; display: block; }
svg text { fill: var(--ink); font: 11px system-ui, sans-serif; dominant-baseline: central; }
svg .value { text-anchor: end; } svg rect.before { fill: var(--before); }
svg rect.after { fill: var(--after); }
"""


def html(proofs: Sequence[Proof]) -> str:
    """The page; it opens offline and names no path of the machine but those of the Dockerfiles and logs."""
    projects = dict.fromkeys(printable(proof).project for proof in proofs if proof.project)
    name = f"{escape(', '.join(projects))}: " if projects else ""
    body = "".join(part for proof in proofs for part in _proof(printable(proof)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}before and after the repairs – dockerfix</title><style>{_STYLE}</style></head>"
        f"<body><h1>{name}before and after the repairs</h1>{body}</body></html>\n"
    )


def _proof(proof: Proof) -> Iterator[str]:
    yield f"<section><h2><code>{escape(proof.label)}</code></h2><p>{escape(headline(proof))}.</p>"
    yield f'<p class="soft">{escape(proof.engine)} on {escape(proof.machine)}, {escape(proof.date)}</p>'
    if proof.rows:
        cells = ((escape(row.what), escape(row.before), escape(row.after), _word(row.effect)) for row in proof.rows)
        yield _table(("", "before", "after", ""), cells)
    yield from _charts(proof)
    yield from _layers(proof)
    yield from (f'<p class="soft">{escape(line)}</p>' for line in rebuild_words(proof))
    if proof.verdicts:
        yield "<h3>Repairs</h3>"
        judged = (
            (escape(f"{item.code} {item.name}"), _word(item.word), escape(verdict_words(item)))
            for item in proof.verdicts
        )
        yield _table(("repair", "verdict", "because"), judged)
    yield from (f"<p>{escape(line)}</p>" for line in mending_words(proof))
    for title, lines, log in what_failed(proof):
        yield f'<h3 class="worse">{escape(title)}</h3><pre>{escape(chr(10).join(lines))}</pre>'
        if log:
            yield f'<p class="soft">The whole log: <code>{escape(log)}</code></p>'
    yield from (f'<p class="{"worse" if line.startswith("Wrong") else "soft"}">{escape(line)}</p>'
                for line in prediction_words(proof))  # fmt: skip
    yield f'<p class="soft">{escape(method(proof))} Logs of all builds: <code>{escape(proof.logs)}</code></p></section>'


def _charts(proof: Proof) -> Iterator[str]:
    if proof.after is None:
        return
    if proof.before.contents is not None and proof.after.contents is not None:
        sides = (("before", proof.before.contents), ("after", proof.after.contents))
        numbers = _numbers(proof)
        yield stacked("Size by layer", [
            (name, bytes_text(contents.size), _segments(name, contents, numbers)) for name, contents in sides
        ])  # fmt: skip
        yield stacked("Size by layer, without the base image", [
            (name, bytes_text(_own_size(contents)), _segments(name, contents, numbers, own=True))
            for name, contents in sides
        ])  # fmt: skip
    timed = [row for row in proof.rows if row.key.endswith("_seconds") and row.numbers]
    if timed:
        yield bars("Time of builds", [
            Bar(f"{_short(row.what)}, {side}", value, seconds_text(value), is_after=side == "after")
            for row in timed
            for side, value in zip(("before", "after"), row.numbers or (), strict=True)
        ])  # fmt: skip


def _short(words: str) -> str:
    return words if len(words) <= _LABEL_LENGTH else f"{words[: _LABEL_LENGTH - 1]}…"


def _numbers(proof: Proof) -> dict[tuple[str, str], int]:
    """The number of each layer's colour by side and instruction: a layer and what became of it have the same."""
    found: dict[tuple[str, str], int] = {}
    for number, change in enumerate(changed_layers(proof)):
        for side, layer in (("before", change.before), ("after", change.after)):
            if layer is not None:
                found.setdefault((side, layer.made_by), number)
    return found


def _segments(
    side: str, contents: Contents, numbers: dict[tuple[str, str], int], *, own: bool = False
) -> list[Segment]:
    found = []
    for layer in contents.layers:
        if not (own and layer.of_base):
            title = "base image" if layer.of_base else layer.made_by
            number = -1 if layer.of_base else numbers.get((side, layer.made_by), 0)
            found.append(Segment(layer.size, f"{title}: {bytes_text(layer.size)}", number))
    return found


def _own_size(contents: Contents) -> int:
    return sum(layer.size for layer in contents.layers if not layer.of_base)


def _layers(proof: Proof) -> Iterator[str]:
    layers = changed_layers(proof)
    if layers:
        yield "<h3>Layers</h3>"
        yield _table(("layer", "before", "after", "what is in it"), (
            (f'<i style="background: {colour(number)}"></i><code>{escape(change.made_by)}</code>',
             *map(_size, change.sizes), escape(layer_words(change)))
            for number, change in enumerate(layers)
        ))  # fmt: skip
    kinds = changed_kinds(proof)
    if kinds:
        yield "<h3>Files that grew or shrank</h3>"
        yield _table(("files", "before", "after"), (
            (escape(kind.kind), _size(kind.before), _size(kind.after)) for kind in kinds
        ))  # fmt: skip


def _size(count: int) -> str:
    return f'<span class="size">{bytes_text(count)}</span>'


def _word(word: str) -> str:
    return f'<span class="{word}">{word}</span>' if word not in ("same", "noted") else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    heads = [f' data-of="{escape(text)}"' if number and text else "" for number, text in enumerate(head)]
    lines = "".join(
        "<tr>" + "".join(f"<td{of}>{cell}</td>" for of, cell in zip(heads, row, strict=True)) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"
