"""The page in a browser: mouse and keyboard, narrow and wide, light and dark, seen and heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Page, browser
from serving import PIP, Site

PROJECT = {
    "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\n"
    "COPY . .\nRUN pip install -r requirements.txt\nCMD python main.py\n",
    "requirements.txt": "flask\n",
    "main.py": "print(1)\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}
READY = "!document.getElementById('result').hidden && document.activeElement.id === 'result'"
CONTRAST = """
[...document.querySelectorAll('p, li, label, button, h1, h2, h3, h4, pre, pre span, .verdict, .button')].map((one) => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  let behind = one;
  while (behind && (parts(getComputedStyle(behind).backgroundColor)[3] === 0)) behind = behind.parentElement;
  const light = (colour) => {
    const curve = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const [r, g, b] = parts(colour).slice(0, 3).map((v) => curve(v / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const back = behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)';
  const [a, b] = [light(getComputedStyle(one).color), light(back)].sort((x, y) => y - x);
  return [one.textContent.trim().slice(0, 30), (a + .05) / (b + .05)];
}).filter(([text, ratio]) => text && ratio < 4.5)
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Page]:
    with browser() as page:
        yield page


@pytest.fixture
def page(shared: Page, site: Site) -> Page:
    shared.events.clear()
    shared.call("Emulation.clearDeviceMetricsOverride")
    shared.call("Emulation.setEmulatedMedia", features=[])
    shared.go(site.url)
    return shared


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _paste(page: Page, text: str) -> None:
    page.run("document.getElementById('text').focus()")
    page.type(text)
    page.run("document.querySelector('button').click()")
    page.wait(READY)


def test_a_pasted_dockerfile_is_repaired(page: Page) -> None:
    _paste(page, PIP)
    assert "--no-cache-dir" in page.run("document.querySelector('.diff .added').textContent")
    assert page.complaints() == []


def test_a_chosen_folder_is_repaired(page: Page, project: Path) -> None:
    page.choose("#folder", str(project))
    page.wait(READY)
    assert "USER app" in page.run("document.getElementById('result').textContent")
    assert page.run("[...document.querySelectorAll('h4 code')].map((one) => one.textContent)") == [
        "Dockerfile",
        ".dockerignore",
    ]
    assert page.complaints() == []


def test_a_dropped_folder_is_repaired(page: Page, project: Path) -> None:
    page.drop(str(project))
    page.wait(READY)
    assert "USER app" in page.run("document.getElementById('result').textContent")


def test_the_result_is_copied(page: Page, site: Site) -> None:
    page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    _paste(page, PIP)
    page.run("document.querySelector('.copy').click()")
    page.wait("document.getElementById('status').textContent === 'Copied'")
    assert page.run("navigator.clipboard.readText()") == PIP.replace("install", "install --no-cache-dir")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.press("Tab", 9)
    page.type(PIP)
    order = []
    for _ in range(3):
        page.press("Tab", 9)
        order.append(page.run("document.activeElement.id || document.activeElement.textContent"))
    assert order == ["folder", "Look for repairs", "unsafe"]
    page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", windowsVirtualKeyCode=9, modifiers=8)
    page.press("Enter", 13, "\r")
    page.wait(READY)
    page.press("Tab", 9)
    assert page.run("document.activeElement.className") == "diff"  # it can be scrolled


def test_what_has_the_focus_is_marked(page: Page) -> None:
    page.press("Tab", 9)
    page.press("Tab", 9)
    outline = "getComputedStyle(document.querySelector('.button')).outlineStyle"
    assert page.run(outline) == "solid"


def test_a_screen_reader_is_told_everything(page: Page) -> None:
    _paste(page, PIP)
    spoken = page.spoken()
    assert ("textbox", "Dockerfile") in spoken
    assert ("checkbox", "Also repairs that may change behaviour") in spoken
    assert ("button", "Copy Dockerfile") in spoken
    assert ("region", "Repaired") in spoken
    assert ("region", "The change of Dockerfile") in spoken
    text = "".join(name for role, name in spoken if role == "StaticText")
    assert "added:" in text
    assert [role for role, _ in spoken].count("status") == 1


@pytest.mark.parametrize("width", [320, 420, 1200])
def test_nothing_is_wider_than_the_window(page: Page, project: Path, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    page.choose("#folder", str(project))
    page.wait(READY)
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(page: Page, project: Path, scheme: str) -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.choose("#folder", str(project))
    page.wait(READY)
    assert page.run(CONTRAST) == []


def test_text_of_the_user_is_no_page(page: Page) -> None:
    _paste(page, "FROM python:3.12-slim\nRUN pip install flask # <img src=x onerror=\"document.title='bad'\">\n")
    assert page.run("document.querySelectorAll('img').length") == 0
    assert page.run("document.title") == "dockerfix"


def test_a_server_that_is_gone_is_told(page: Page) -> None:
    page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    page.run("document.querySelector('button').click()")
    page.wait("document.getElementById('status').textContent.includes('does not answer')")
    page.call("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
