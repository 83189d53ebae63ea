"""What has to be given to an app, and when."""

from __future__ import annotations

from collections.abc import Mapping

from dockerfix.image import image
from dockerfix.plans.user.accounts import Account
from dockerfix.plans.user.ownership import Ownership, ownership
from dockerfix.plans.writes.written import Written
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import Copy, parse

ACCOUNT = Account("app", "app:app", (), "/home/app")


def given(*places: Written, lines: str = "WORKDIR /app\nCOPY . .", files: Mapping[str, str] | None = None) -> Ownership:
    model = image(parse(f"FROM debian:12\n{lines}\n"), BuildContext.of_files(files or {"app.py": ""}))
    stage = model.final
    assert stage is not None
    first = next((step for step in stage.steps if isinstance(step.instruction, Copy)), None)
    return ownership(model, stage, places, ACCOUNT, first)


def folder(path: str, *, is_exact: bool = True) -> Written:
    return Written(path, "app.py:1", is_folder=True, is_exact=is_exact)


def file(path: str, *, needs_folder: bool = False) -> Written:
    return Written(path, "app.py:1", needs_folder=needs_folder)


def test_folder_that_no_copy_brings_is_given_before_it() -> None:
    found = given(folder("/app/data"))
    assert (found.folders, found.absent, found.late) == (["/app/data"], ["/app/data"], [])


def test_folder_with_what_the_build_left_in_it() -> None:
    place = Written("/app/.next", "CMD", is_folder=True, with_content=True)
    assert given(place).late == ["mkdir -p /app/.next", "chown -R app:app /app/.next"]


def test_new_file_needs_its_folder() -> None:
    assert given(file("/app/x.log")).folders == ["/app"]


def test_copied_file_alone() -> None:
    found = given(file("/app/state.json"), files={"app.py": "", "state.json": ""})
    assert (found.folders, found.late) == ([], ["chown app:app /app/state.json"])


def test_copied_database_with_its_folder() -> None:
    found = given(file("/app/x.db", needs_folder=True), files={"app.py": "", "x.db": ""})
    assert found.late == ["chown app:app /app /app/x.db"]


def test_one_thing_that_waits_makes_all_wait() -> None:
    found = given(folder("/app/data"), folder("/app/up"), files={"app.py": "", "up/a.png": ""})
    assert found.folders == []
    assert found.late == ["mkdir -p /app/data", "chown -R app:app /app/up", "chown app:app /app/data"]


def test_folder_of_code_is_given_without_what_is_in_it() -> None:
    assert given(file("/app/pkg/x.log"), files={"pkg/a.py": ""}).late == ["chown app:app /app/pkg"]


def test_temporary_files_and_home_need_nothing() -> None:
    assert given(file("/tmp/x"), file("/dev/shm/x"), file("/home/app/.cache/x")).is_empty


def test_path_of_a_folder_is_no_file() -> None:
    assert given(file("/app/pkg"), files={"pkg/a.py": ""}).is_empty


def test_system_folder_is_a_problem() -> None:
    assert given(file("/etc/app.conf")).problems == [
        "app.py:1 writes to /etc, which belongs to the system; give it a folder of its own first"
    ]


def test_folder_below_the_files_of_another_stage_waits() -> None:
    lines = "RUN true\nFROM debian:12\nCOPY --from=0 /app /app\nWORKDIR /app"
    assert given(folder("/app/data"), lines=lines).late == ["mkdir -p /app/data", "chown app:app /app/data"]


def test_names_are_quoted_for_the_shell() -> None:
    assert given(file("/app/it's x.json"), files={"it's x.json": ""}).late == ["chown app:app '/app/it'\\''s x.json'"]


def test_file_that_a_run_touches_changes_hands() -> None:
    found = given(file("/app/app.log"), lines="WORKDIR /app\nCOPY . .\nRUN touch app.log")
    assert found.late == ["chown app:app /app/app.log"]
