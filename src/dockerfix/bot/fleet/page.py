"""What came of a run, as one HTML page that needs no other file and runs no script, and as JSON.

Both are written piece by piece: a run of tens of thousands of repositories is never in memory as a whole. Everything
that a repository or a forge says is escaped; only https and http addresses become links.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape

from dockerfix.bot.fleet.values import End, Result, Run

__all__ = ["html_page", "json_report"]

Results = Callable[[], Iterable[Result]]

_ENDS = (
    (End.OPENED, "pull request opened"),
    (End.UPDATED, "pull request updated"),
    (End.UNCHANGED, "pull request up to date"),
    (End.CLOSED, "pull request closed, nothing left to repair"),
    (End.CLEAN, "nothing to repair"),
    (End.LEFT_ALONE, "left alone"),
    (End.POSTPONED, "postponed to a later run"),
    (End.FAILED, "failed"),
    (End.WAITING, "not done yet"),
)
_STATES = ("open", "merged", "closed")
_REASONS_SHOWN = 200

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--bar:#3b82f6;--bad:#dc2626}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;
overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.bar{width:40%;vertical-align:middle}td.bar i{display:block;height:.8rem;background:var(--bar);border-radius:2px}
tr.failed td.bar i{background:var(--bad)}
.failed{color:var(--bad)}small{opacity:.7}
"""


def html_page(run: Run, results: Results, *, version: str) -> Iterator[str]:
    """Pieces of the page.

    Args:
        results: gives the results from the first one on, each time it is called.
        version: of dockerfix.
    """
    facts = _Facts(results())
    title = f"dockerfix: {run.title}"
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><p>{escape(run.host)} · run {escape(run.id)} · {_times(run)} · "
        f"{facts.total} repositories · dockerfix {escape(version)}</p>"
    )
    yield _bars("What became of them", ((word, facts.ends[end], end is End.FAILED) for end, word in _ENDS), facts.total)
    states = ((state, facts.states[state], False) for state in _STATES)
    yield _bars("Pull requests", states, facts.states.total())
    yield _bars("Repairs", ((code, count, False) for code, count in sorted(facts.repairs.items())), facts.most_repairs)
    yield from _reasons("Failures", "failed", facts.failures)
    yield from _reasons("Left alone or postponed", "", facts.others)
    yield "<h2>Repositories</h2><table><thead><tr><th>Repository<th>Result<th>Pull request<th>Repairs"
    yield '<th class="n">Seconds</tr></thead><tbody>'
    words = dict(_ENDS)
    for result in results():
        yield _row(result, words[result.end])
    yield "</tbody></table></body></html>\n"


def json_report(run: Run, results: Results, *, version: str) -> Iterator[str]:
    """Pieces of one JSON object: the run, the sums and the list of repositories."""
    facts = _Facts(results())
    head = {
        "version": version,
        "run": {key: value for key, value in asdict(run).items() if key not in ("options", "is_listed")},
        "repositories_total": facts.total,
        "ends": {end.value: facts.ends[end] for end, _ in _ENDS},
        "pull_requests": {state: facts.states[state] for state in _STATES},
        "repairs": dict(sorted(facts.repairs.items())),
        "failures": dict(facts.failures.most_common()),
    }
    yield json.dumps(head, indent=2)[:-2]
    yield ',\n  "repositories": ['
    separator = "\n"
    for result in results():
        yield f"{separator}    {result.to_json()}"
        separator = ",\n"
    yield "\n  ]\n}\n"


class _Facts:
    """Sums over all results."""

    def __init__(self, results: Iterable[Result]) -> None:
        self.ends: Counter[End] = Counter()
        self.states: Counter[str] = Counter()
        self.repairs: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        for result in results:
            self._add(result)
        self.total = self.ends.total()
        self.most_repairs = max(self.repairs.values(), default=0)

    def _add(self, result: Result) -> None:
        self.ends[result.end] += 1
        self.repairs.update(result.repairs or {})
        if result.state in _STATES:
            self.states[result.state] += 1
        if result.end is End.FAILED:
            self.failures[result.reason] += 1
        elif result.end in (End.LEFT_ALONE, End.POSTPONED):
            self.others[result.reason] += 1


def _times(run: Run) -> str:
    started = _time(run.started)
    return f"{started} to {_time(run.finished)}" if run.finished else f"since {started}, not finished"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _bars(title: str, lines: Iterable[tuple[str, int, bool]], whole: int) -> str:
    rows = [
        f'<tr{" class=failed" if is_bad else ""}><td>{escape(word)}<td class="n">{count}'
        f'<td class="bar"><i style="width:{100 * count / max(whole, 1):.1f}%"></i></tr>'
        for word, count, is_bad in lines
        if count
    ]
    return f"<h2>{escape(title)}</h2><table>{''.join(rows)}</table>" if rows else ""


def _reasons(title: str, kind: str, reasons: Counter[str]) -> Iterator[str]:
    if not reasons:
        return
    yield f"<h2>{escape(title)}</h2><table>"
    for reason, count in reasons.most_common(_REASONS_SHOWN):
        yield f'<tr class="{kind}"><td class="n">{count}<td>{escape(reason)}</tr>'
    yield "</table>"
    if len(reasons) > _REASONS_SHOWN:
        yield f"<p>and {len(reasons) - _REASONS_SHOWN} more reasons</p>"


def _row(result: Result, word: str) -> str:
    kind = ' class="failed"' if result.end is End.FAILED else ""
    reason = f"<br><small>{escape(result.reason)}</small>" if result.reason else ""
    repairs = ", ".join(f"{escape(code)} × {count}" for code, count in sorted((result.repairs or {}).items()))
    return (
        f"<tr{kind}><td>{escape(result.path)}<td>{escape(word)}{reason}<td>{_pull_request(result)}"
        f'<td>{repairs}<td class="n">{result.seconds:.1f}</tr>'
    )


def _pull_request(result: Result) -> str:
    if result.number is None:
        return ""
    name = f"#{result.number} {escape(result.state)}"
    if not result.url.startswith(("https://", "http://")):
        return name
    return f'<a href="{escape(result.url)}" rel="noreferrer">{name}</a>'
