"""Finding one's way in a tree: stages, walking, comments above an instruction."""

from __future__ import annotations

from dockerfix.syntax import Cmd, Copy, From, Instruction, Onbuild, Run, Trivia, parse

_TEXT = """\
ARG V=1
# the builder
# of wheels
FROM a:$V AS build
RUN x

# not above y: a blank line is between

RUN y
FROM b
# which
COPY --from=build /x /x
ONBUILD RUN z
CMD ["c"]
CMD d
"""


def texts(comments: tuple[Trivia, ...]) -> list[str]:
    return [comment.text for comment in comments]


def test_stages_start_at_each_from() -> None:
    tree = parse(_TEXT)
    assert [(s.index, s.name, [i.kind for i in s.instructions]) for s in tree.stages] == [
        (0, "build", ["FROM", "RUN", "RUN"]),
        (1, None, ["FROM", "COPY", "ONBUILD", "CMD", "CMD"]),
    ]


def test_an_instruction_belongs_to_the_stage_above_it() -> None:
    tree = parse(_TEXT)
    assert [stage.index if (stage := tree.stage_of(i)) else None for i in tree.instructions] == [
        None,
        *[0] * 3,
        *[1] * 5,
    ]


def test_global_args_stand_above_the_first_from() -> None:
    assert [arg.pairs[0][0] for arg in parse(_TEXT).global_args] == ["V"]
    assert [arg.pairs[0][0] for arg in parse("ARG A\nARG B\n").global_args] == ["A", "B"]


def test_instructions_are_found_by_type_and_form() -> None:
    tree = parse(_TEXT)
    assert [cmd.values for cmd in tree.find(Cmd, form="json")] == [("c",)]
    assert [run.values for run in tree.find(Run)] == [("x",), ("y",)]
    assert [i.kind for i in tree.stages[1].find((Copy, From))] == ["FROM", "COPY"]


def test_walking_visits_what_an_onbuild_holds() -> None:
    tree = parse("FROM a\nONBUILD ONBUILD RUN b\n")
    assert [i.kind for i in tree.walk()] == ["FROM", "ONBUILD", "ONBUILD", "RUN"]
    onbuild = tree.instructions[1]
    assert isinstance(onbuild, Onbuild)
    assert onbuild.innermost is list(tree.walk())[-1]


def test_the_comments_above_an_instruction_are_the_block_that_touches_it() -> None:
    tree = parse(_TEXT)
    build, run = tree.stages[0].start, tree.instructions[3]
    assert texts(tree.comments_above(build)) == ["# the builder", "# of wheels"]
    assert texts(tree.comments_above(run)) == []
    assert texts(tree.comments_above(next(tree.find(Copy)))) == ["# which"]


def test_what_an_onbuild_holds_has_the_comments_above_the_onbuild() -> None:
    tree = parse("# why\nONBUILD RUN b\n")
    trigger = list(tree.walk())[1]
    assert texts(tree.comments_above(trigger)) == ["# why"]


def test_parser_directives_are_no_comments_above() -> None:
    tree = parse("# syntax=x\n# hello\nFROM a\n")
    assert texts(tree.comments_above(tree.instructions[0])) == ["# hello"]


def test_instructions_are_numbered_in_order() -> None:
    assert [i.index for i in parse(_TEXT).instructions] == list(range(9))


def test_two_instructions_of_the_same_text_differ() -> None:
    first, second = parse("RUN a\nRUN a\n").instructions
    assert isinstance(first, Instruction)
    assert first != second
