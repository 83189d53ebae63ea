"""Edits in the file's own style."""

from __future__ import annotations

import pytest

from dockerfix.errors import EditError
from dockerfix.syntax import Copy, Dockerfile, Editor, From, exec_form, in_style, parse
from dockerfix.text import BOM, Edit, Span


def editor(text: str | bytes) -> Editor:
    return Editor(parse(text))


def test_lines_are_inserted_above_and_below() -> None:
    edit = editor("FROM a\n# why\nRUN b\n\nCMD c\n")
    run = edit.dockerfile.instructions[1]
    edit.insert_before(edit.dockerfile.comments_above(run)[0], "USER d")
    edit.insert_after(run, "# two\nUSER e\n")
    assert edit.result().text == "FROM a\nUSER d\n# why\nRUN b\n# two\nUSER e\n\nCMD c\n"


def test_a_file_without_final_newline_stays_one() -> None:
    edit = editor("FROM a\nCMD b")
    edit.insert_after(edit.dockerfile.instructions[1], "USER c")
    assert edit.result().text == "FROM a\nCMD b\nUSER c"


def test_inserted_lines_take_the_newline_of_the_file() -> None:
    edit = editor("FROM a\r\nCMD b\r\n")
    edit.insert_before(edit.dockerfile.instructions[1], "RUN c \\\n    d")
    assert edit.result().source == b"FROM a\r\nRUN c \\\r\n    d\r\nCMD b\r\n"


def test_inserted_lines_take_the_letter_case_of_the_file() -> None:
    edit = editor("from a as b\nrun c\n")
    edit.insert_after(edit.dockerfile.instructions[1], "FROM d AS e\nONBUILD RUN f\n")
    assert edit.result().text == "from a as b\nrun c\nfrom d as e\nonbuild run f\n"


def test_inserted_lines_take_the_indentation_and_the_escape_character_of_the_file() -> None:
    tree = parse("# escape=`\nFROM a\nRUN b `\n\tc\nRUN d `\n\te\n")
    assert in_style(tree, "RUN f \\\n    g \\\n      h \\\n    # i\n") == "RUN f `\n\tg `\n      h `\n    # i\n"


def test_lines_inserted_at_the_top_stay_behind_a_byte_order_mark() -> None:
    edit = editor(BOM + b"FROM a\n")
    edit.insert_before(edit.dockerfile.instructions[0], "ARG B")
    assert edit.result().source == BOM + b"ARG B\nFROM a\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM a\nRUN b \\", "FROM a\nRUN b \nUSER c"),
        ("FROM a\nRUN b \\\n", "FROM a\nRUN b \nUSER c\n"),
        ("FROM a\nRUN b \\ \n  # d\n\n", "FROM a\nRUN b  \n  # d\n\nUSER c\n"),
    ],
)
def test_what_follows_an_instruction_that_breaks_off_is_not_swallowed(before: str, after: str) -> None:
    edit = editor(before)
    edit.insert_after(edit.dockerfile.instructions[1], "USER c")
    assert edit.result().text == after
    assert [i.kind for i in edit.result().instructions] == ["FROM", "RUN", "USER"]


def test_an_instruction_is_deleted_with_its_lines_and_nothing_else() -> None:
    edit = editor("FROM a\n# stays\nRUN b \\\n  # inside\n  c\n\nCMD d\n")
    edit.delete(edit.dockerfile.instructions[1])
    assert edit.result().text == "FROM a\n# stays\n\nCMD d\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY a b", "COPY --link a b"),
        ("COPY\t--from=x\ta b", "COPY\t--from=x --link\ta b"),
        ("COPY \\\n  a b", "COPY --link \\\n  a b"),
        ("COPY --from=x \\\n  # c\n  --chmod=1 \\\n  a b", "COPY --from=x \\\n  # c\n  --chmod=1 --link \\\n  a b"),
        ('copy ["a", "b"]', 'copy --link ["a", "b"]'),
        ("ONBUILD COPY a b", "ONBUILD COPY --link a b"),
    ],
)
def test_a_flag_is_added_behind_those_that_stand_there(before: str, after: str) -> None:
    edit = editor(before)
    edit.add_flag(edit.dockerfile.instructions[0], "--link")
    assert edit.result().text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("COPY a b", "COPY --chown=c a b"),
        ('COPY --chown="x y" --link a b', "COPY --chown=c --link a b"),
        ("ONBUILD COPY --chown=x a b", "ONBUILD COPY --chown=c a b"),
    ],
)
def test_a_flag_is_set_once(before: str, after: str) -> None:
    edit = editor(before)
    edit.set_flag(edit.dockerfile.instructions[0], "chown", "c")
    assert edit.result().text == after


def test_a_word_is_replaced_where_it_stands() -> None:
    edit = editor("FROM \\\n  # which\n  a:1 AS b\n")
    start = next(edit.dockerfile.find(From))
    assert start.image is not None
    edit.replace(start.image.span, "a:2")
    assert edit.result().text == "FROM \\\n  # which\n  a:2 AS b\n"


def test_a_json_word_is_replaced_with_its_quotes() -> None:
    edit = editor('COPY ["a b", \\\n "c/"]\n')
    edit.replace(next(edit.dockerfile.find(Copy)).sources[0].span, '"d"')
    assert edit.result().text == 'COPY ["d", \\\n "c/"]\n'


def test_edits_that_overlap_are_refused() -> None:
    edit = editor("FROM a\nRUN b\n")
    edit.delete(edit.dockerfile.instructions[1])
    edit.add(Edit(Span(11, 12), b"c"))
    assert len(edit.edits) == 2
    with pytest.raises(EditError):
        edit.result()


def test_exec_form_keeps_letters_readable() -> None:
    assert exec_form(["\u00e4", 'b "c"', "d\\e\n"]) == '["\u00e4", "b \\"c\\"", "d\\\\e\\n"]'


def test_the_result_is_parsed_anew() -> None:
    edit = editor("FROM a\n")
    edit.insert_after(edit.dockerfile.instructions[0], "USER b")
    assert isinstance(edit.result(), Dockerfile)
    assert edit.result().instructions[1].values == ("b",)
