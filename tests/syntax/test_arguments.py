"""What stands behind a keyword: flags, JSON or shell form, words, assignments."""

from __future__ import annotations

import pytest

from dockerfix.syntax import Arg, Copy, Env, From, Healthcheck, Instruction, Run, parse


def only(text: str) -> Instruction:
    (instruction,) = parse(text).instructions
    return instruction


def written(instruction: Instruction) -> list[bytes]:
    """Each word as it stands in the file."""
    source = parse(instruction.logical.text).source
    return [source[word.span.start : word.span.end] for word in instruction.words]


@pytest.mark.parametrize(
    ("text", "flags", "arguments"),
    [
        ("COPY --from=a b c", ["--from=a"], "b c"),
        ("COPY --from=a --link b c", ["--from=a", "--link"], "b c"),
        ("COPY --link -- --b c", ["--link"], "--b c"),
        ("COPY -- b c", [], "b c"),
        ("COPY -b --c d", [], "-b --c d"),
        ('RUN --mount="type=cache,id=a b" c', ["--mount=type=cache,id=a b"], "c"),
        ("RUN --mount=a\\ b c", ["--mount=a b"], "c"),
        ("CMD --x -- [ ]", ["--x"], "[ ]"),
        ("COPY --a", ["--a"], ""),
    ],
)
def test_flags_stand_in_front_of_the_arguments(text: str, flags: list[str], arguments: str) -> None:
    instruction = only(text)
    assert [flag.text for flag in instruction.flags] == flags
    assert instruction.arguments.text == arguments


def test_a_flag_knows_its_name_value_and_place() -> None:
    copy = only("COPY \\\n  --chown=a:b=c --link x y\n")
    chown, link = copy.flags
    assert (chown.name, chown.value) == ("chown", "a:b=c")
    assert (link.name, link.value) == ("link", "")
    assert parse("COPY \\\n  --chown=a:b=c --link x y\n").source[chown.span.start : chown.span.end] == b"--chown=a:b=c"
    assert copy.flag("chown") == chown
    assert copy.flag("from") is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("CMD []", ()),
        ('CMD ["a"]', ("a",)),
        ('CMD [\t"a",\t"b c" ]', ("a", "b c")),
        ('CMD ["\u2665 \\" \\\\ \\/ \\n\\u0041"]', ('\u2665 " \\ / \nA',)),
        ('CMD ["\\ud83d\\ude00 \\ud800"]', ("\U0001f600 \ufffd",)),
        ('CMD ["a", \\\n # c\n "b"]', ("a", "b")),
    ],
)
def test_a_json_array_of_strings_is_exec_form(text: str, values: tuple[str, ...]) -> None:
    instruction = only(text)
    assert (instruction.form, instruction.values) == ("json", values)


@pytest.mark.parametrize(
    "arguments",
    ["['a', 'b']", '["a"', '["a"] b', '["a"];', '["a",]', "[a]", '["a" "b"]', '["a\tb"]', "[NaN]", "[1e999]", '"a"'],
)
def test_what_only_looks_like_json_is_shell_form(arguments: str) -> None:
    instruction = only(f"CMD {arguments}")
    assert (instruction.form, instruction.values) == ("shell", (arguments,))


@pytest.mark.parametrize("keyword", ["RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME"])
def test_exec_form_is_known_where_buildkit_knows_it(keyword: str) -> None:
    assert only(f'{keyword} ["a", "b"]').form == "json"


@pytest.mark.parametrize("keyword", ["USER", "WORKDIR", "EXPOSE", "ENV a", "FROM", "STOPSIGNAL"])
def test_elsewhere_a_json_array_is_text(keyword: str) -> None:
    assert only(f'{keyword} ["a", "b"]').form == "shell"


def test_words_of_copy_are_split_at_blanks_quotes_meaning_nothing() -> None:
    assert only('COPY  "a b"\tc ').values == ('"a', 'b"', "c")


def test_each_json_word_knows_where_its_string_stands() -> None:
    text = 'CMD ["a\\"b", \\\n  "c"]\n'
    source = parse(text).source
    assert [source[w.span.start : w.span.end] for w in only(text).words] == [b'"a\\"b"', b'"c"']


@pytest.mark.parametrize(
    ("arguments", "values"),
    [
        ("name value", ("name", "value")),
        ("name  a  b c", ("name", "a  b c")),
        ('name "a b"', ("name", '"a b"')),
        ("a=b", ("a", "b")),
        ("a=b c=d", ("a", "b", "c", "d")),
        ('a="b c" d=', ("a", '"b c"', "d", "")),
        ("a=b\\ c d='e f'", ("a", "b\\ c", "d", "'e f'")),
        ('a="b\\"c" d="e\'f"', ("a", '"b\\"c"', "d", '"e\'f"')),
        ("a='b\\' c=d", ("a", "'b\\'", "c", "d")),
        ("a=b=c", ("a", "b=c")),
        ("a=b \\", ("a", "b")),
        ("${X}=1 b=$Y", ("${X}", "1", "b", "$Y")),
    ],
)
@pytest.mark.parametrize("keyword", ["ENV", "LABEL"])
def test_assignments_are_read_in_both_forms(keyword: str, arguments: str, values: tuple[str, ...]) -> None:
    assert only(f"{keyword} {arguments}").values == values


def test_a_label_may_go_over_several_lines() -> None:
    label = only('LABEL a="1 \\\n  2" \\\n  # why\n  b=3\n')
    assert label.values == ("a", '"1   2"', "b", "3")


def test_name_and_value_know_where_they_stand() -> None:
    text = 'ENV a=1 \\\n  b="2 3"\n'
    env = only(text)
    assert isinstance(env, Env)
    source = parse(text).source
    assert [
        (source[name.span.start : name.span.end], source[value.span.start : value.span.end])
        for name, value in env.pairs
    ] == [(b"a", b"1"), (b"b", b'"2 3"')]


def test_a_value_of_many_equals_signs_starts_behind_the_first() -> None:
    env = only("ENV a==b")
    assert isinstance(env, Env)
    assert env.pairs[0][1].span.start == 6


def test_arg_may_name_several_with_and_without_default() -> None:
    arg = only("ARG a b=1 c='x y' d=")
    assert isinstance(arg, Arg)
    assert [(name, default.value if default else None) for name, default in arg.pairs] == [
        ("a", None),
        ("b", "1"),
        ("c", "'x y'"),
        ("d", ""),
    ]


def test_a_default_knows_where_it_stands() -> None:
    arg = only("ARG b\u00e4=12")
    assert isinstance(arg, Arg)
    default = arg.pairs[0][1]
    assert default is not None
    assert parse("ARG b\u00e4=12").source[default.span.start : default.span.end] == b"12"


@pytest.mark.parametrize(
    ("arguments", "kind", "form", "values"),
    [
        ("CMD a  b", "CMD", "shell", ("CMD", "a  b")),
        ('CMD ["a", "b"]', "CMD", "json", ("CMD", "a", "b")),
        ("NONE", "NONE", "shell", ("NONE",)),
        ("CMD", "CMD", "shell", ("CMD",)),
        ("cmd\ta", "cmd", "shell", ("cmd", "a")),
        ("", "", "shell", ()),
    ],
)
def test_healthcheck_has_a_type_and_a_command(arguments: str, kind: str, form: str, values: tuple[str, ...]) -> None:
    check = only(f"HEALTHCHECK --interval=5s {arguments}")
    assert isinstance(check, Healthcheck)
    assert (check.type, check.form, check.values) == (kind, form, values)


def test_the_command_of_a_healthcheck_stands_behind_its_type() -> None:
    check = only("HEALTHCHECK CMD  curl -f x")
    assert isinstance(check, Healthcheck)
    assert check.command.text == "curl -f x"


@pytest.mark.parametrize(
    ("text", "image", "name"),
    [
        ("FROM a", "a", None),
        ("FROM a AS Build", "a", "build"),
        ("from --platform=linux/amd64 a:1 as b", "a:1", "b"),
        ("FROM ${X:-a} AS b", "${X:-a}", "b"),
        ("FROM a b", "a", None),
        ("FROM", None, None),
    ],
)
def test_from_has_an_image_and_perhaps_a_name(text: str, image: str | None, name: str | None) -> None:
    start = only(text)
    assert isinstance(start, From)
    assert (start.image.value if start.image else None, start.name) == (image, name)


def test_copy_tells_sources_from_destination() -> None:
    copy = only('COPY --from=build ["a b", "c", "/d/"]')
    assert isinstance(copy, Copy)
    assert [word.value for word in copy.sources] == ["a b", "c"]
    assert copy.destination is not None
    assert copy.destination.value == "/d/"
    assert copy.source_stage == "build"


def test_the_script_of_a_run_is_its_arguments() -> None:
    run = only("RUN --network=none a && \\\n  # c\n  b")
    assert isinstance(run, Run)
    assert run.script is not None
    assert run.script.text == "a &&   b"


def test_exec_form_has_no_script() -> None:
    run = only('RUN ["a"]')
    assert isinstance(run, Run)
    assert run.script is None


def test_words_stand_where_they_are_written() -> None:
    assert written(only("EXPOSE 80 443/tcp")) == [b"80", b"443/tcp"]
    assert written(only("ARG a='b c' d")) == [b"a='b c'", b"d"]


def test_escape_mark_that_ends_a_line_in_an_open_quote_is_dropped() -> None:
    env = only('ENV a="b\\\\\\')  # three marks: one pair, and one that nothing follows; as BuildKit's parser reads it
    assert [word.value for word in env.words] == ["a", '"b\\\\']
