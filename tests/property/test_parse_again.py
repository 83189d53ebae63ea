"""A text that was changed is read as if it were new, and keeps what stands above the change."""

from __future__ import annotations

from dockerfiles import any_bytes, dockerfiles
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerfix.syntax import Dockerfile, Instruction, parse, parse_again
from dockerfix.text import Edit, Span, apply_edits

_MANY = settings(deadline=None, max_examples=300)
_NEW = st.sampled_from([b"", b"\n", b"RUN x\n", b"  y \\\n", b"# escape=`\n", b"EOF\n", b"<<EOF", b"FROM a\n", b"\\"])


def told(tree: Dockerfile) -> list[object]:
    """All that a tree says, its instructions spelled out."""
    items = [
        {
            name: value
            for name, value in vars(item).items()
            if not name.startswith("_") and name not in ("memo", "trigger")
        }
        if isinstance(item, Instruction)
        else item
        for item in tree.items
    ]
    return [tree.source, tree.escape, tree.problems, items]


@_MANY
@given(st.one_of(dockerfiles(), any_bytes()), _NEW, st.data())
def test_reading_again_is_reading(source: bytes, new: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(source)))
    end = data.draw(st.integers(start, min(len(source), start + 12)))
    after = apply_edits(source, [Edit(Span(start, end), new)])
    assert told(parse_again(after, parse(source), start)) == told(parse(after))


def test_instructions_above_the_change_stay_the_same_objects() -> None:
    before = parse("FROM a\nRUN b\nRUN c\nRUN d\n")
    after = parse_again(b"FROM a\nRUN b\nRUN x\nRUN d\n", before, 17)
    assert after.instructions[:2] == before.instructions[:2]
    assert [instruction.arguments.text for instruction in after.instructions] == ["a", "b", "x", "d"]


def test_instruction_that_the_end_of_the_file_cut_off_is_read_anew() -> None:
    before = parse("FROM a\nRUN b \\\n")
    after = parse_again(b"FROM a\nRUN b \\\n c\n", before, len(before.source))
    assert [instruction.arguments.text for instruction in after.instructions] == ["a", "b  c"]
