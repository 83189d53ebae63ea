"""Comparing lines: right for any two texts, short for small changes, quick for long ones."""

from hypothesis import given
from hypothesis import strategies as st

from dockerfix.report.lines import changed_lines, line_edits, split_lines
from dockerfix.text import apply_edits

few_lines = st.lists(st.sampled_from([b"", b"a", b"b", b"RUN x", b"c\r"]), max_size=30).map(b"\n".join)


@given(few_lines, few_lines)
def test_the_edits_turn_the_old_text_into_the_new_one(old: bytes, new: bytes) -> None:
    assert apply_edits(old, line_edits(old, new)) == new


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_can_be_compared(old: bytes, new: bytes) -> None:
    assert apply_edits(old, line_edits(old, new)) == new


@given(st.binary())
def test_splitting_keeps_every_byte(text: bytes) -> None:
    assert b"".join(split_lines(text)) == text


def test_a_lone_carriage_return_ends_no_line() -> None:
    assert split_lines(b"a\rb\r\nc\n") == [b"a\rb\r\n", b"c\n"]


def test_the_same_text_has_no_changes() -> None:
    assert changed_lines([b"a\n"] * 3, [b"a\n"] * 3) == ()


def test_one_changed_line_is_one_change() -> None:
    (change,) = changed_lines([b"a\n", b"b\n", b"c\n"], [b"a\n", b"x\n", b"c\n"])
    assert (change.start, change.end, change.new_start, change.new_end) == (1, 2, 1, 2)


def test_a_moved_line_leaves_the_lines_between_alone() -> None:
    old = [b"COPY . .\n", b"# deps\n", b"RUN pip\n"]
    new = [b"# deps\n", b"RUN pip\n", b"COPY . .\n"]
    assert sum(change.end - change.start for change in changed_lines(old, new)) == 1


def test_an_added_block_takes_the_empty_line_behind_it_along() -> None:
    old = [b"FROM a\n", b"\n", b"CMD b\n"]
    new = [b"FROM a\n", b"\n", b"USER app\n", b"\n", b"CMD b\n"]
    (change,) = changed_lines(old, new)
    assert new[change.new_start : change.new_end] == [b"USER app\n", b"\n"]


def test_twenty_thousand_lines_with_every_other_one_changed_stay_within_reach() -> None:
    old = [b"RUN pip install %d\n" % n if n % 2 else b"# %d\n" % n for n in range(20_000)]
    new = [line.replace(b"install", b"install --no-cache-dir") for line in old]
    changes = changed_lines(old, new)
    assert len(changes) == 10_000
