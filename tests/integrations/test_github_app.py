"""`templates/github-app.html`: what the app that it registers may do."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

PAGE = Path(__file__).parents[2] / "templates" / "github-app.html"


class Form(HTMLParser):
    """The form's address and its hidden value."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self.found |= {"action": said["action"] or "", "method": said["method"] or ""}
        elif tag == "input":
            self.found[said["name"] or ""] = said["value"] or ""


def test_the_app_may_do_what_the_bot_does_and_hears_nothing() -> None:
    form = Form()
    form.feed(PAGE.read_text())
    assert (form.found["action"], form.found["method"]) == ("https://github.com/settings/apps/new", "post")
    manifest = json.loads(form.found["manifest"])
    assert manifest["default_permissions"] == {"contents": "write", "metadata": "read", "pull_requests": "write"}
    assert manifest["default_events"] == []
    assert manifest["hook_attributes"]["active"] is False
    assert manifest["public"] is False
