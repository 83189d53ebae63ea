"""Which layer became which, and what grew in it."""

from __future__ import annotations

from proofs import AFTER, BEFORE

from dockerfix.verify.report.layers import kind_changes, layer_changes


def test_a_layer_is_found_again_in_another_place_and_with_another_option() -> None:
    assert BEFORE.contents is not None
    assert AFTER.contents is not None
    found = layer_changes(BEFORE.contents, AFTER.contents)
    assert [(change.made_by, *change.sizes) for change in found] == [
        ("RUN pip install --no-cache-dir -r requirements.txt", 15_000_000, 10_000_000),
        ("COPY . .", 400_000, 100),
    ]


def test_what_shrank_most_comes_first() -> None:
    assert BEFORE.contents is not None
    assert AFTER.contents is not None
    found = kind_changes(BEFORE.contents, AFTER.contents)
    assert [(change.kind, change.before, change.after) for change in found] == [
        ("pip cache", 5_000_000, 0),
        ("Git repository", 400_000, 0),
    ]
