"""Which paths of a context its people wrote."""

from __future__ import annotations

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.own_paths import own_paths


def own(*paths: str) -> tuple[str, ...]:
    return own_paths(BuildContext.of_files(dict.fromkeys(paths, "")))


def test_a_project_that_is_its_own_virtual_environment() -> None:
    made = ("pyvenv.cfg", "Scripts/activate", "Lib/site-packages/flask/app.py", "Include/site/a.h")
    assert own("app.py", "backend/main.py", *made) == ("app.py", "backend/main.py", "pyvenv.cfg")


def test_a_folder_that_is_one() -> None:
    assert own("app.py", "tool/pyvenv.cfg", "tool/main.py") == ("app.py",)
