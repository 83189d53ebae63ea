"""An editor's positions and bytes, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from dockerfix.cli.editor.positions import Places, encoded
from dockerfix.text import Edit, Span


@given(st.text(alphabet="aé😀\r\n\x0c\u2028\ud800"), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_each_character_comes_back(text: str, encoding: str) -> None:
    places = Places(encoded(text), encoding)
    for number in range(len(text) + 1):
        offset = len(encoded(text[:number]))
        inside_line_end = text[number - 1 : number + 1] == "\r\n"
        assert inside_line_end or places.offset(places.position(offset)) == offset


def test_a_place_behind_a_line_is_its_end() -> None:
    assert Places(b"ab\r\ncd").offset(types.Position(0, 99)) == 2


def test_a_place_behind_the_text_is_its_end() -> None:
    assert Places(b"ab\n").offset(types.Position(9, 0)) == 3


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_edits_are_whole_lines(newline: bytes) -> None:
    source = newline.join((b"FROM a", b"RUN b", b"CMD c"))
    start = source.index(b"b")
    [edit] = Places(source).edits((Edit(Span(start, start + 1), b"x"),))
    assert (edit.range, edit.new_text) == (
        types.Range(types.Position(1, 0), types.Position(2, 0)),
        f"RUN x{newline.decode()}",
    )
