"""A headless Chromium that is told what to do through two pipes (DevTools protocol, `--remote-debugging-pipe`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest

_WORDS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe".split()
)
_PATIENCE = 60.0  # seconds


class Page:
    """One page of the browser."""

    def __init__(self, out: BinaryIO, back: BinaryIO) -> None:
        self._out, self._back = out, back
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Accessibility", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **values: object) -> dict[str, Any]:
        """What one command of the protocol returns."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": values}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            found = self._read()
            if found.get("id") == self._number:
                assert "error" not in found, found
                return dict(found["result"])
            self.events.append(found)

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, script: str) -> Any:
        """The value of an expression once it is true."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}")

    def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **typed)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def choose(self, selector: str, *paths: str) -> None:
        """Files for an input."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=list(paths))

    def drop(self, path: str) -> None:
        """A file or folder dropped into the middle of the page."""
        data = {"items": [], "files": [path], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=200, y=200, data=data)

    def spoken(self) -> list[tuple[str, str]]:
        """Role and name of all that a screen reader meets."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        shown = (node for node in nodes if not node.get("ignored"))
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in shown]

    def complaints(self) -> list[str]:
        """What the browser found wrong: errors of scripts, and what the page's policy refused."""
        self.run("1")
        told = [event for event in self.events if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")]
        return [json.dumps(event["params"]) for event in told if "favicon" not in json.dumps(event["params"])]

    def _read(self) -> dict[str, Any]:
        pieces = bytearray()
        while not pieces.endswith(b"\0"):
            piece = self._back.read(1)
            assert piece, "the browser is gone"
            pieces += piece
        return dict(json.loads(pieces[:-1]))


@contextmanager
def browser() -> Iterator[Page]:
    """A page in a browser of its own; skips where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    (his_in, ours_out), (ours_in, his_out) = os.pipe(), os.pipe()

    def place() -> None:
        first, second = os.dup(his_in), os.dup(his_out)
        os.dup2(first, 3)
        os.dup2(second, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [program, *_WORDS, f"--user-data-dir={profile}"]
        process = subprocess.Popen(words, preexec_fn=place, pass_fds=(3, 4), stderr=subprocess.DEVNULL)
        os.close(his_in)
        os.close(his_out)
        try:
            with os.fdopen(ours_out, "wb") as out, os.fdopen(ours_in, "rb") as back:
                yield Page(out, back)
        finally:
            process.terminate()
            process.wait(30)
