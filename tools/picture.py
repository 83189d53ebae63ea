"""Writes `docs/pictures/terminal.svg`: what a terminal shows of a real run on `examples/fastapi`.

python tools/picture.py [--check]
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_PICTURE = _ROOT / "docs" / "pictures" / "terminal.svg"
_WORDS = ("dockerfix", "--diff", "--ignore", "DF601")  # the ignore file's twenty lines would fill the screen
_COLUMNS = 88
# As rich's own, with the machine's fonts: a picture must not send its reader's browser to another server.
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>dockerfix --diff on an example</title>
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
 line-height: {line_height}px; }}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """The run as SVG."""
    from rich.console import Console
    from rich.terminal_theme import MONOKAI
    from rich.text import Text

    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=_COLUMNS, file=nowhere, force_terminal=True, legacy_windows=False)
        console.print(f"$ {' '.join(_WORDS)}", style="bold", highlight=False)
        console.print(Text.from_ansi(_run()))
        return console.export_svg(title="dockerfix", theme=MONOKAI, code_format=_FORMAT, unique_id="dockerfix")


def _run() -> str:
    """What the command writes to a terminal, in a folder that holds the example and nothing else."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "fastapi"
        shutil.copytree(_ROOT / "examples" / "fastapi", folder)
        ours, his = pty.openpty()
        environment = {**os.environ, "COLUMNS": str(_COLUMNS), "TERM": "xterm-256color"}
        environment = {name: value for name, value in environment.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
        words = [sys.executable, "-m", *_WORDS]
        subprocess.run(words, cwd=folder, stdin=his, stdout=his, stderr=his, env=environment, check=False, timeout=120)
        os.close(his)
        return _read(ours).replace("\r\n", "\n")


def _read(terminal: int) -> str:
    pieces = []
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                piece = stream.read(4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            pieces.append(piece)
    return b"".join(pieces).decode()


def main() -> int:
    """Writes the picture, or compares; 1 when `--check` finds that it is not current."""
    text = picture()
    if "--check" in sys.argv[1:]:
        current = _PICTURE.is_file() and _PICTURE.read_text("utf-8") == text
        print("the picture is current" if current else f"stale: {_PICTURE.name}; run python tools/picture.py")
        return 0 if current else 1
    _PICTURE.parent.mkdir(parents=True, exist_ok=True)
    _PICTURE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
