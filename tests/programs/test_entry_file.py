"""The source that people edit: what the start command runs."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.programs.entry import entry_file

FILES = {
    "main.py": "",
    "app/main.py": "",
    "app/__init__.py": "",
    "pkg/__main__.py": "",
    "src/web.py": "",
    "server.js": "",
    "start.sh": "",
}
HEAD = "FROM python:3.12-slim\nWORKDIR /w\nCOPY . .\n"


def _entry(lines: str, files: Files | None = FILES, head: str = HEAD) -> str | None:
    return entry_file(modelled(f"{head}{lines}\n", files))


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ('CMD ["uvicorn", "main:app"]', "main.py"),
        ("CMD uvicorn main:app --port $PORT", "main.py"),
        ('CMD ["gunicorn", "-w", "4", "app.main:create()"]', "app/main.py"),
        ('CMD ["sh", "-c", "exec python app/main.py"]', "app/main.py"),
        ("CMD cd app && python main.py", "app/main.py"),
        ("WORKDIR app\nCMD python main.py", "app/main.py"),
        ('CMD ["python", "-m", "pkg"]', "pkg/__main__.py"),
        ('CMD ["uvicorn", "--app-dir", "src", "web:app"]', "src/web.py"),
        ('CMD ["gunicorn", "--chdir", "src", "web:app"]', "src/web.py"),
        ('ENV FLASK_APP=src/web.py\nCMD ["flask", "run"]', "src/web.py"),
        ('CMD ["node", "server.js"]', "server.js"),
        ('ENTRYPOINT ["./start.sh"]\nCMD ["python", "main.py"]', "main.py"),
        ('ENTRYPOINT ["./start.sh"]', "start.sh"),
        ('CMD ["python", "/w/main.py"]', "main.py"),
    ],
)
def test_entry(lines: str, path: str) -> None:
    assert _entry(lines) == path


@pytest.mark.parametrize("lines", ['CMD ["nginx"]', 'CMD ["python", "other.py"]', "CMD []", "CMD if ("])
def test_nothing_of_the_project(lines: str) -> None:
    assert _entry(lines) is None


def test_file_of_the_stage_below() -> None:
    assert _entry('FROM base\nCMD ["python", "main.py"]', head=HEAD.replace("slim", "slim AS base", 1)) == "main.py"


def test_unknown_context_or_start() -> None:
    assert _entry('CMD ["python", "main.py"]', None) is None
    assert _entry('CMD ["python", "main.py"]', head=HEAD.replace("python:3.12-slim", "registry.corp/base")) is None
