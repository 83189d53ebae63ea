"""A proof as text, Markdown, JSON and HTML."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from proofs import AFTER, BEFORE, proof

from dockerfix.verify import html, json_text, markdown, text
from dockerfix.verify.measured import Measured
from dockerfix.verify.predicted import Prediction

FAILED = Measured(replace(AFTER.build, ok=False, last_lines=("no such package",)))
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --window-size=900,2400".split()
)


def test_text_has_bars_on_one_scale() -> None:
    shown = text([proof()], width=120, coloured=False)
    line = next(line for line in shown.splitlines() if "rebuild after main.py" in line)
    assert "████████ 18.0 s" in line
    assert "▏        0.4 s" in line


def test_text_fits_its_width_and_has_no_escapes_without_colours() -> None:
    shown = text([proof(dropped=True)], width=80, coloured=False)
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    assert "\x1b[" in text([proof()], width=80, coloured=True)


def test_text_shows_the_end_of_a_failed_build_and_its_log() -> None:
    shown = text([proof(after=FAILED)], width=100, coloured=False)
    assert "the build after the repairs failed\n  no such package\n  the whole log: /logs/after.log" in shown


def _ended(side: Measured, code: int) -> Measured:
    assert side.started is not None
    last = ("Traceback (most recent call last):", "KeyError: 'DATABASE_URL'")
    return replace(side, started=replace(side.started, ended=code, log=last, log_file="/logs/c.log"))


def test_each_form_shows_the_last_lines_of_a_container_that_ended() -> None:
    ended = proof(after=_ended(AFTER, 1))
    shown = text([ended], width=100, coloured=False)
    assert "the container after the repairs ended by itself with 1\n  Traceback (most recent call last):\n" in shown
    assert "KeyError: 'DATABASE_URL'\n  the whole log: /logs/c.log" in shown
    assert "KeyError" in markdown(ended)
    assert "KeyError" in html([ended])


def test_a_job_that_ends_well_on_both_sides_is_not_quoted() -> None:
    ended = proof(_ended(BEFORE, 0), _ended(AFTER, 0))
    assert "KeyError" not in text([ended], width=100, coloured=False)


def test_the_path_of_a_log_stays_on_one_line() -> None:
    shown = text([proof(after=FAILED)], width=25, coloured=False)
    assert "  the whole log: /logs/after.log" in shown.splitlines()


def test_a_wrong_prediction_is_told_as_our_mistake() -> None:
    wrong = Prediction("after", "user", "app, not root", "0", False)
    shown = text([replace(proof(), predictions=(wrong,))], width=100, coloured=False)
    assert "Wrong, please report it: user after the repairs: said app, not root, is 0" in shown


def test_a_build_that_fails_without_repairs_proves_nothing() -> None:
    assert "it does not build as it is" in text([proof(FAILED, FAILED)], width=100, coloured=False)


def test_markdown_keeps_foreign_text_in_its_place() -> None:
    shown = markdown(replace(proof(dropped=True), label="a|b<script>@x/Dockerfile"))
    assert "<script>" not in shown
    assert "@x" not in shown
    assert "````\n| needs ``` root <b>\n````" in shown
    tables = [line for line in shown.splitlines() if line.startswith("| ") and "needs" not in line]
    assert {line.replace("\\|", "").count("|") for line in tables} == {4, 5}


def test_markdown_names_no_path_of_this_machine() -> None:
    assert "/logs" not in markdown(proof(dropped=True))


def test_json_holds_every_measurement() -> None:
    found = json.loads(json_text([proof()], "1.2.3"))
    assert found["tool"]["version"] == "1.2.3"
    assert found["proofs"][0]["before"]["started"]["capabilities"] == ["chown", "kill"]
    assert found["proofs"][0]["after"]["contents"]["layers"][1]["parts"] == [
        {"kind": "Python packages", "size": 10_000_000}
    ]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "rect":
            assert self.open.pop() == tag


def test_html_is_closed_and_links_to_nothing() -> None:
    reader = _Tags()
    reader.feed(html([proof(), proof(after=FAILED), proof(dropped=True)]))
    assert reader.open == []
    assert reader.links == []


def test_a_page_names_the_project_and_the_user() -> None:
    page = html([proof()])
    assert "<h1>shop: before and after the repairs</h1>" in page
    assert "app (10001)" in page


# Words that stand on several lines, and whether the page is wider than its window; in a frame as wide as a phone's.
LOOK = """<html><body><script>
window.addEventListener("message", found => { document.body.innerText = "FOUND " + found.data; });
</script><iframe style="width:WIDTHpx;height:9000px;border:0" srcdoc="PAGE"></iframe></body></html>"""
MEASURE = """<script>
const broken = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const text = walker.currentNode;
  if (text.parentElement.closest("script, style, svg, pre")) continue;
  for (const word of text.data.matchAll(/\\S{2,24}/g)) {
    const range = document.createRange();
    range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
    const tops = new Set([...range.getClientRects()].map(one => Math.round(one.top)));
    if (tops.size > 1 && !/[-–/]/.test(word[0])) broken.push(word[0]);
  }
}
const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
parent.postMessage(JSON.stringify({broken, wide, rows: document.querySelectorAll("tr").length}), "*");
</script>"""


@pytest.mark.parametrize("width", [420, 900])
def test_no_word_breaks_and_no_page_is_too_wide(tmp_path: Path, width: int) -> None:
    inner = html([proof(dropped=True), proof(after=FAILED)]).replace("</body>", MEASURE + "</body>")
    outer = LOOK.replace("WIDTH", str(width)).replace("PAGE", inner.replace("&", "&amp;").replace('"', "&quot;"))
    drawn = _chromium(tmp_path, "--virtual-time-budget=5000", "--dump-dom", content=outer)
    found = json.loads(drawn.partition("FOUND ")[2].partition("</body>")[0])
    assert (found["broken"], found["wide"]) == ([], False)
    assert found["rows"] > 10


def test_a_page_has_colours_for_light_and_dark() -> None:
    light, _, dark = html([proof()]).partition("prefers-color-scheme: dark")
    for name in ("--ink", "--soft", "--line", "--page", "--before", "--after", "--good", "--bad"):
        assert f"{name}: #" in light
        assert f"{name}: #" in dark


def _chromium(folder: Path, *words: str, content: str | None = None) -> str:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    page = folder / "proof.html"
    page.write_text(content or html([proof(dropped=True)]), encoding="utf-8")
    command = [program, *CHROMIUM, f"--user-data-dir={folder / 'profile'}", *words, page.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def test_a_browser_draws_the_charts(tmp_path: Path) -> None:
    drawn = _chromium(tmp_path, "--dump-dom")
    assert drawn.count("<figure>") == 3
    assert drawn.count("<rect") == 14
    assert "needs ``` root &lt;b&gt;" in drawn


def test_a_browser_shows_more_than_a_blank_page(tmp_path: Path) -> None:
    picture = tmp_path / "proof.png"
    _chromium(tmp_path, f"--screenshot={picture}")
    assert picture.stat().st_size > 50_000
