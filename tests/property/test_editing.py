"""An edit leaves everything outside its span alone, and every result reads as before apart from what was asked."""

from __future__ import annotations

from collections.abc import Iterator

from dockerfiles import dockerfiles
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dockerfix.shell import Command, append_words, commands_of, insert_words, unwrapped
from dockerfix.shell.nested import script_place
from dockerfix.syntax import (
    Cmd,
    Dockerfile,
    Entrypoint,
    Instruction,
    Onbuild,
    Run,
    add_flag,
    delete_lines,
    insert_after,
    insert_before,
    parse,
    replace,
    set_flag,
)
from dockerfix.text import Edit, apply_edits

_accepted = dockerfiles().filter(lambda source: not parse(source).problems)
_MANY = settings(deadline=None, max_examples=50)


def edited(tree: Dockerfile, edit: Edit) -> Dockerfile:
    """The tree behind the edit, with all that no edit may touch compared."""
    result = parse(apply_edits(tree.source, [edit]))
    before, after = tree.source[: edit.span.start], tree.source[edit.span.end :]
    assert result.source == before + edit.text + after
    assert [p.message for p in result.problems] == [p.message for p in tree.problems]
    assert result.escape == tree.escape
    return result


def texts(tree: Dockerfile) -> list[bytes]:
    """Each instruction as it stands; the newline behind a last one is not part of it."""
    return [tree.source[i.span.start : i.span.end] for i in tree.instructions]


def drawn(data: st.DataObject, tree: Dockerfile) -> Instruction:
    return data.draw(st.sampled_from(tree.instructions))


@_MANY
@given(_accepted, st.data())
def test_lines_put_above_leave_the_rest(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    place = drawn(data, tree)
    result = edited(tree, insert_before(tree, place, "USER new \\\n    # why\n    last"))
    assert [*texts(tree)[: place.index], *texts(tree)[place.index :]] == [
        *texts(result)[: place.index],
        *texts(result)[place.index + 1 :],
    ]
    new = result.instructions[place.index]
    assert (new.kind, len(new.comments), new.values[0].split()) == ("USER", 1, ["new", "last"])


@_MANY
@given(_accepted, st.data())
def test_lines_put_below_leave_the_rest(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    place = drawn(data, tree)
    result = edited(tree, insert_after(tree, place, "# why\nUSER new"))
    assert result.instructions[place.index + 1].values == ("new",)
    kept = [i.arguments.text for i in result.instructions if i.values != ("new",)]
    assert kept == [i.arguments.text for i in tree.instructions]


@_MANY
@given(_accepted, st.data())
def test_deleting_an_instruction_leaves_the_others(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    assume(len(tree.instructions) > 1)
    place = drawn(data, tree)
    result = edited(tree, delete_lines(tree, place))
    assert texts(result) == [text for number, text in enumerate(texts(tree)) if number != place.index]


@_MANY
@given(_accepted, st.data())
def test_a_flag_changes_just_the_flags(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    place = drawn(data, tree)
    target = place.trigger if isinstance(place, Onbuild) and place.trigger else place
    result = edited(tree, add_flag(place, "--new=1"))
    after = result.instructions[place.index]
    after = after.trigger if isinstance(after, Onbuild) and after.trigger else after
    assert [flag.text for flag in after.flags] == [*(flag.text for flag in target.flags), "--new=1"]
    assert after.arguments.raw == target.arguments.raw
    again = edited(result, set_flag(after, "new", "2"))
    assert [flag.text for i in again.walk() for flag in i.flags if flag.name == "new"] == ["--new=2"]


@_MANY
@given(_accepted, st.data())
def test_a_replaced_word_is_the_only_change(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    place = drawn(data, tree)
    assume(place.words and place.form == "shell" and not place.heredocs)
    number = data.draw(st.integers(0, len(place.words) - 1))
    assume(len(place.words[number].mapped))
    result = edited(tree, replace(tree, place.words[number].span, "new"))
    expected = [*place.values[:number], "new", *place.values[number + 1 :]]
    after = result.instructions[place.index]
    assert list(after.values) == expected or isinstance(place, Onbuild)
    assert texts(result)[place.index + 1 :] == texts(tree)[place.index + 1 :]


def runs_a_shell(command: Command) -> bool:
    """Whether a new word might become the script that an inner shell reads."""
    return script_place(unwrapped(command).argv) is not None


def commands(tree: Dockerfile) -> Iterator[tuple[int, int, Command]]:
    """Every command with the number of its instruction and its own."""
    for instruction in tree.instructions:
        if not isinstance(instruction, (Run, Cmd, Entrypoint)):
            continue
        found = commands_of(instruction) or ()
        for number, command in enumerate(found):
            yield instruction.index, number, command


@_MANY
@given(_accepted, st.data())
def test_a_word_put_into_a_command_is_the_only_change(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    before = list(commands(tree))
    wanted = [
        place
        for place in before
        if place[2].editable and place[2].words and script_place(unwrapped(place[2]).argv) is None
    ]
    assume(wanted)
    instruction, number, command = data.draw(st.sampled_from(wanted))
    at = data.draw(st.integers(0, len(command.words) - 1))
    edit = insert_words(command, command.words[at], ["--new"])
    assert edit is not None
    after = list(commands(edited(tree, edit)))
    assert [(i, n) for i, n, _ in after] == [(i, n) for i, n, _ in before]
    argvs = {(i, n): c.argv for i, n, c in before}
    argvs[instruction, number] = (*command.argv[: at + 1], "--new", *command.argv[at + 1 :])
    changed = {(i, n): c.argv for i, n, c in after}
    outer = [key for key in argvs if key[0] == instruction and key[1] < number] if command.is_nested else []
    assert {k: v for k, v in changed.items() if k not in outer} == {k: v for k, v in argvs.items() if k not in outer}


@_MANY
@given(_accepted, st.data())
def test_appended_words_come_last(source: bytes, data: st.DataObject) -> None:
    tree = parse(source)
    wanted = [place for place in commands(tree) if place[2].editable and place[2].words]
    assume(wanted)
    instruction, number, command = data.draw(st.sampled_from(wanted))
    edit = append_words(command, ["new-1", "new-2"], source)
    assert edit is not None
    after = {(i, n): c for i, n, c in commands(edited(tree, edit))}
    assert after[instruction, number].argv == (*command.argv, "new-1", "new-2")
