"""`dockerfix lsp`, asked by a real client over stdio."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from editor import Editor, applied
from lsprotocol import types

PROJECT = {"requirements.txt": "flask\n", "main.py": "print(1)\n"}
TEXT = """FROM python:3.12-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD python main.py
"""


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _codes(found: list[types.Diagnostic]) -> list[object]:
    return [one.code for one in found]


def _place(found: list[types.Diagnostic], code: str) -> tuple[int, int, int, int]:
    place = next(one.range for one in found if one.code == code)
    return place.start.line, place.start.character, place.end.line, place.end.character


def _steps(action: types.CodeAction) -> list[object]:
    assert action.edit is not None
    return list(action.edit.document_changes or [])


def _text_after(text: str, action: types.CodeAction, uri: str) -> str:
    for step in _steps(action):
        if isinstance(step, types.TextDocumentEdit) and step.text_document.uri == uri:
            return applied(text, [edit for edit in step.edits if isinstance(edit, types.TextEdit)])
    return text


def test_a_buffer_is_judged_with_the_files_on_disk(shared: Editor, folder: Path) -> None:
    _write(folder, {**PROJECT, "Dockerfile": "FROM scratch\n"})  # what is on disk is not what is being typed
    uri = shared.open(folder / "Dockerfile", TEXT)
    found = shared.diagnostics(uri)
    assert _codes(found) == ["DF201", "DF601", "DF301", "DF401", "DF501"]
    assert {one.severity for one in found} == {types.DiagnosticSeverity.Warning}


def test_a_file_that_is_not_saved_yet_has_its_place(shared: Editor, folder: Path) -> None:
    _write(folder, PROJECT)
    uri = shared.open(folder / "Dockerfile", TEXT)
    assert "DF201" in _codes(shared.diagnostics(uri))


def test_a_buffer_without_a_place_is_looked_at_alone(shared: Editor) -> None:
    uri = shared.open("untitled:Untitled-1", TEXT)
    assert "DF301" in _codes(shared.diagnostics(uri))


def test_columns_count_utf_16(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", "FROM python:3.12-slim\nRUN echo '😀é' && pip install flask\n")
    assert _place(shared.diagnostics(uri), "DF301") == (1, 22, 1, 29)


@pytest.mark.parametrize(("encoding", "start"), [("utf-8", 25), ("utf-32", 21)])
def test_columns_count_what_was_agreed_on(folder: Path, encoding: str, start: int) -> None:
    editor = Editor(folder, encodings=[encoding])
    uri = editor.open(folder / "Dockerfile", "FROM python:3.12-slim\nRUN echo '😀é' && pip install flask\n")
    assert _place(editor.diagnostics(uri), "DF301") == (1, start, 1, start + 7)
    editor.quit()


def test_lines_end_where_an_editor_ends_them(shared: Editor, folder: Path) -> None:
    text = "FROM python:3.12-slim\r\n# a form feed \x0c and U+2028 \u2028 end no line\r\nRUN pip install flask\r\n"
    uri = shared.open(folder / "Dockerfile", text)
    assert _place(shared.diagnostics(uri), "DF301") == (2, 8, 2, 15)
    shared.type(uri, text.replace("flask", "django"))
    assert _place(shared.diagnostics(uri, after=1), "DF301") == (2, 8, 2, 15)


def test_a_safe_repair_is_preferred_and_an_unsafe_one_says_so(shared: Editor, folder: Path) -> None:
    text = "FROM example.org/base\nRUN pip install flask\nCMD python main.py\n"
    uri = shared.open(folder / "Dockerfile", text)
    safe, unsafe = shared.actions(uri, 1)[0], shared.actions(uri, 2)[0]
    assert (safe.title, safe.is_preferred, safe.kind) == ("Add --no-cache-dir [DF301]", True, "quickfix")
    assert (unsafe.title, unsafe.is_preferred, unsafe.kind) == ("Use exec form (unsafe) [DF401]", False, "quickfix")
    assert 'CMD ["python", "main.py"]' in _text_after(text, unsafe, uri)


def test_fix_all_makes_the_safe_repairs_and_the_ignore_file(shared: Editor, folder: Path) -> None:
    _write(folder, PROJECT)
    uri = shared.open(folder / "Dockerfile", TEXT)
    [action] = shared.actions(uri, only=["source.fixAll"])
    ignore = (folder / ".dockerignore").as_uri()
    create, fill, own = _steps(action)
    assert isinstance(create, types.CreateFile)
    assert create.uri == ignore
    assert isinstance(fill, types.TextDocumentEdit)
    assert isinstance(own, types.TextDocumentEdit)
    assert own.text_document.version == 1
    assert (action.kind, fill.text_document.uri) == ("source.fixAll.dockerfix", ignore)
    assert 'USER app\nCMD ["python", "main.py"]\n' in _text_after(TEXT, action, uri)


def test_fix_all_leaves_unsafe_repairs_alone_whatever_the_configuration_says(shared: Editor, folder: Path) -> None:
    _write(folder, {"dockerfix.toml": "unsafe-fixes = true\nselect = ['DF301', 'DF401']\n"})
    text = "FROM example.org/base\nRUN pip install flask\nCMD python main.py\n"
    uri = shared.open(folder / "Dockerfile", text)
    [action] = shared.actions(uri, only=["source.fixAll.dockerfix"])
    assert _text_after(text, action, uri) == text.replace("install", "install --no-cache-dir")


def test_other_kinds_of_actions_are_not_answered(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", TEXT)
    assert shared.actions(uri, 3, only=["refactor", "source.organizeImports"]) == []


def test_an_editor_that_creates_no_files_is_offered_none(folder: Path) -> None:
    _write(folder, PROJECT)
    editor = Editor(folder, plain=True)
    uri = editor.open(folder / "Dockerfile", TEXT)
    assert not [one for one in editor.actions(uri, 2) if "DF601" in one.title and "Silence" not in one.title]
    pip = next(one for one in editor.actions(uri, 3) if one.is_preferred)
    assert pip.edit is not None
    assert list(pip.edit.changes or {}) == [uri]
    editor.quit()


def test_an_ignore_file_with_unsaved_changes_is_left_alone(shared: Editor, folder: Path) -> None:
    _write(folder, PROJECT)
    shared.open(folder / ".dockerignore", "node_modules\n", language="ignore")
    uri = shared.open(folder / "Dockerfile", TEXT)
    assert shared.actions(uri, only=["source.fixAll"]) == []


def test_a_rule_is_silenced_by_a_comment(shared: Editor, folder: Path) -> None:
    text = "FROM python:3.12-slim\nRUN pip install flask\n"
    uri = shared.open(folder / "Dockerfile", text)
    action = next(one for one in shared.actions(uri, 1) if "Silence DF301" in one.title)
    silenced = _text_after(text, action, uri)
    assert silenced == "FROM python:3.12-slim\n# dockerfix: ignore=DF301\nRUN pip install flask\n"
    shared.type(uri, silenced)
    assert "DF301" not in _codes(shared.diagnostics(uri, after=1))


def test_hover_explains_the_finding_and_its_rule(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", "FROM python:3.12-slim\nRUN pip install flask\n")
    found = shared.hover(uri, 1, 9)
    assert found is not None
    assert isinstance(found.contents, types.MarkupContent)
    assert "**DF301 pip-cache-kept.**" in found.contents.value
    assert "**Why.**" in found.contents.value
    assert shared.hover(uri, 1, 0) is None


def test_hover_explains_the_rule_that_a_comment_silences(shared: Editor, folder: Path) -> None:
    uri = shared.open(
        folder / "Dockerfile", "FROM python:3.12-slim\n# dockerfix: ignore=DF301\nRUN pip install flask\n"
    )
    found = shared.hover(uri, 1, 24)
    assert found is not None
    assert isinstance(found.contents, types.MarkupContent)
    assert "DF301 pip-cache-kept" in found.contents.value


def test_only_the_newest_of_many_versions_is_told(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", TEXT)
    for number in range(30):
        last = shared.type(uri, f"FROM python:3.12-slim\nRUN pip install flask=={number}\n")
    assert shared.actions(uri, 1)[0].title == "Add --no-cache-dir [DF301]"
    told = [one.version for one in shared.told if one.uri == uri]
    assert told[-1] == last
    assert len(told) < 5


def test_a_request_during_typing_is_answered_for_the_newest_text(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", TEXT)
    version = shared.type(uri, "FROM python:3.12-slim\nRUN pip install django\n")
    [step] = _steps(shared.actions(uri, 1)[0])
    assert isinstance(step, types.TextDocumentEdit)
    assert step.text_document.version == version


def test_a_closed_buffer_is_cleared_and_not_told_of_again(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", TEXT)
    shared.diagnostics(uri)
    shared.type(uri, TEXT + "\n")
    shared.close(uri)
    assert shared.diagnostics(uri, after=1) == []
    time.sleep(1)
    assert shared.diagnostics(uri) == []


def test_a_changed_configuration_is_read_again(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", TEXT)
    assert "DF301" in _codes(shared.diagnostics(uri))
    _write(folder, {"dockerfix.toml": "ignore = ['DF301']\n"})
    shared.changed_on_disk(folder / "dockerfix.toml")
    assert "DF301" not in _codes(shared.diagnostics(uri, after=1))


def test_files_that_decide_repairs_are_watched(shared: Editor, folder: Path) -> None:
    shared.diagnostics(shared.open(folder / "Dockerfile", TEXT))
    [registration] = shared.registered
    assert registration.method == "workspace/didChangeWatchedFiles"
    assert "dockerfix.toml" in str(registration.register_options)


def test_a_broken_configuration_is_an_error_at_the_top(shared: Editor, folder: Path) -> None:
    _write(folder, {"dockerfix.toml": "ignoer = []\n"})
    uri = shared.open(folder / "Dockerfile", TEXT)
    [found] = shared.diagnostics(uri)
    assert (found.severity, found.range.start.line) == (types.DiagnosticSeverity.Error, 0)
    assert "unknown setting ignoer" in found.message


def test_what_cannot_be_built_is_an_error_at_its_line(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", "FROM python:3.12-slim\nCOPPY . .\n")
    [found] = shared.diagnostics(uri)
    assert (found.severity, found.range.start.line) == (types.DiagnosticSeverity.Error, 1)


def test_an_excluded_file_is_left_in_peace(shared: Editor, folder: Path) -> None:
    _write(folder, {"dockerfix.toml": "exclude = ['legacy/']\n", "legacy/Dockerfile": TEXT})
    assert shared.diagnostics(shared.open(folder / "legacy" / "Dockerfile", TEXT)) == []


def test_other_files_are_not_looked_at(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "main.py", "print(1)\n", language="python")
    assert shared.actions(uri) == []
    assert not [one for one in shared.told if one.uri == uri]


def test_a_comment_that_silences_nothing_is_faded(shared: Editor, folder: Path) -> None:
    uri = shared.open(folder / "Dockerfile", "FROM python:3.12-slim\n# dockerfix: ignore=DF401\nRUN true\n")
    hint = next(one for one in shared.diagnostics(uri) if one.severity == types.DiagnosticSeverity.Hint)
    assert (hint.range.start.line, list(hint.tags or ())) == (1, [types.DiagnosticTag.Unnecessary])
