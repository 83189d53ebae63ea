from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.errors import EditError, OffsetError
from dockerfix.text import BOM, Edit, LineIndex, MappedText, Position, Span, apply_edits, decode, encode


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Span(0, 4), Span(4, 8), False),
        (Span(0, 5), Span(4, 8), True),
        (Span(4, 4), Span(4, 4), True),
        (Span(4, 4), Span(4, 8), False),
        (Span(8, 8), Span(4, 8), False),
        (Span(6, 6), Span(4, 8), True),
    ],
)
def test_ranges_overlap_when_both_cannot_be_edited_at_once(one: Span, other: Span, overlap: bool) -> None:
    assert one.overlaps(other) is overlap
    assert other.overlaps(one) is overlap


def test_edits_may_touch() -> None:
    edits = [Edit(Span(2, 4), b"XY"), Edit.insert(4, b"-"), Edit(Span(4, 5), b""), Edit.insert(2, b"+")]
    assert apply_edits(b"abcdef", edits) == b"ab+XY-f"


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(EditError, match="overlap at byte 3"):
        apply_edits(b"abcdef", [Edit(Span(1, 4), b""), Edit(Span(3, 5), b"")])


def test_an_edit_outside_the_file_is_refused() -> None:
    with pytest.raises(EditError, match="outside the file"):
        apply_edits(b"abc", [Edit(Span(2, 4), b"")])


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=40), st.data())
def test_bytes_that_no_edit_covers_stay_in_their_order(source: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(source)), max_size=6)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    kept = source
    for span in reversed(spans):
        kept = kept[: span.start] + kept[span.end :]
    assert apply_edits(source, [Edit(span, b"") for span in spans]) == kept


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=40))
def test_text_of_any_bytes_gives_the_same_bytes_back(raw: bytes) -> None:
    assert encode(decode(raw)) == raw


def test_positions_count_characters_and_give_a_bom_no_width() -> None:
    index = LineIndex(BOM + "FROM ä\r\nRUN ü\n".encode())
    assert index.position(len(BOM)) == Position(1, 1)
    assert index.position(len(BOM + "FROM ä".encode())) == Position(1, 7)
    assert index.position(len(BOM + "FROM ä\r\nRUN ü".encode())) == Position(2, 6)


def test_the_place_behind_the_last_newline_opens_a_line() -> None:
    assert LineIndex(b"a\nb\n").position(4) == Position(3, 1)


def test_a_position_outside_the_file_is_refused() -> None:
    with pytest.raises(OffsetError):
        LineIndex(b"abc").position(4)


#            0123456789
_SOURCE = b"ab\\\n#c\n de"
_MAPPED = MappedText.join(_SOURCE, [Span(0, 2), Span(7, 7), Span(7, 10)])


def test_joined_ranges_read_as_one_text() -> None:
    assert _MAPPED.raw == b"ab de"
    assert [_MAPPED.offset(index) for index in range(6)] == [0, 1, 7, 8, 9, 10]


def test_a_range_of_mapped_text_covers_the_gap_inside_it() -> None:
    assert _MAPPED.span(1, 4) == Span(1, 9)
    assert _MAPPED.has_gap(1, 4)
    assert not _MAPPED.has_gap(2, 5)


def test_a_range_that_ends_before_a_gap_does_not_reach_over_it() -> None:
    assert _MAPPED.span(0, 2) == Span(0, 2)


def test_a_slice_keeps_its_map() -> None:
    part = _MAPPED.slice(1, 4)
    assert (part.raw, part.span(0, 2), part.span(2, 3)) == (b"b d", Span(1, 8), Span(8, 9))


def test_an_empty_slice_keeps_its_place() -> None:
    assert _MAPPED.slice(2, 2).whole == Span(7, 7)


def test_nothing_but_empty_ranges_keep_the_place_of_the_last() -> None:
    assert MappedText.join(_SOURCE, [Span(2, 2), Span(6, 6)]).whole == Span(6, 6)


def test_white_space_around_a_text_is_taken_off() -> None:
    assert MappedText.contiguous(b" \ta b\r\n", Span(0, 7)).stripped().whole == Span(2, 5)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 6), (3, 2)])
def test_a_range_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(OffsetError):
        _MAPPED.span(start, end)


@settings(deadline=None, max_examples=100)
@given(st.binary(min_size=1, max_size=30), st.data())
def test_every_byte_of_mapped_text_stands_where_it_says(source: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(source)), min_size=2, max_size=8)))
    spans = [Span(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    text = MappedText.join(source, spans)
    start = data.draw(st.integers(0, len(text)))
    part = text.slice(start, data.draw(st.integers(start, len(text))))
    assert bytes(source[part.offset(index)] for index in range(len(part))) == part.raw
