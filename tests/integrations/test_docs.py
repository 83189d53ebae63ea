"""The pages lead where they say, and the site has a place for each of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names of the headings, as sites and forges make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_to_something_that_is_there(page: Path) -> None:
    for path, anchor in LINK.findall(FENCE.sub("", page.read_text())):
        if "://" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor[1:] in anchors(target), f"{path}{anchor}"


def test_the_site_has_a_place_for_each_page() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    text = yaml.safe_dump(config["nav"])
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert [page for page in pages if page not in text and not page.startswith("rules/DF")] == []


def test_the_hook_of_the_page_is_the_one_that_init_writes() -> None:
    from dockerfix.cli.setup.questions import _HOOK

    assert _HOOK in (DOCS / "ci.md").read_text()
