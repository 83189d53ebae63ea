"""Places move with the edits before them, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockerfix.fix.shifts import Shifts
from dockerfix.text import Edit, Span, apply_edits


@st.composite
def _edits(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A text of distinct bytes, and edits that leave at least one byte between them."""
    source = bytes(range(draw(st.integers(0, 60))))
    bounds = sorted(draw(st.sets(st.integers(0, len(source)), max_size=8)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return source, [Edit(Span(*pair), b"\xff" * draw(st.integers(0, 5))) for pair in pairs]


@given(_edits())
def test_bytes_that_stay_are_found_there_and_back(case: tuple[bytes, list[Edit]]) -> None:
    source, edits = case
    after, shifts = apply_edits(source, edits), Shifts(edits)
    for offset, byte in enumerate(source):
        if not any(edit.span.start <= offset < edit.span.end for edit in edits):
            assert after[shifts.after(offset)] == byte
            assert shifts.before(shifts.after(offset)) == offset


def test_new_text_stands_where_its_edit_begins() -> None:
    shifts = Shifts([Edit(Span(2, 4), b"long text"), Edit(Span(6, 6), b"more")])
    assert [shifts.before(offset) for offset in (1, 2, 10, 11, 13, 16, 17)] == [1, 2, 2, 4, 6, 6, 6]


def test_offset_behind_an_insertion_at_it_moves() -> None:
    assert Shifts([Edit.insert(3, b"ab")]).after(3) == 5
