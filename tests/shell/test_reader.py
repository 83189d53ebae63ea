"""The commands of a shell text, with their words and where each stands."""

from __future__ import annotations

import pytest

from dockerfix.shell import Command, Script, parse_script
from dockerfix.syntax import Run, parse
from dockerfix.text import MappedText, Span, encode


def script_of(text: str) -> Script:
    raw = encode(text)
    return parse_script(MappedText.contiguous(raw, Span(0, len(raw))))


def argvs(text: str) -> list[tuple[str | None, ...]]:
    script = script_of(text)
    assert script.readable
    return [command.argv for command in script.commands]


def named(text: str) -> dict[str | None, Command]:
    return {command.name: command for command in script_of(text).commands}


@pytest.mark.parametrize(
    "text",
    [
        "a && b",
        "a || b",
        "a; b",
        "a & b",
        "a | b",
        "a |& b",
        "a\nb",
        "(a; b)",
        "{ a; b; }",
        "! a && b",
        "if a; then b; fi",
        "if a; then :; elif b; then :; fi",
        "if :; then a; else b; fi",
        "for i in 1 2; do a; b; done",
        "for ((i=0; i<2; i++)); do a; b; done",
        "while a; do b; done",
        "until a; do b; done",
        "case $x in y) a ;; *) b ;; esac",
        "f() { a; }; b",
        "function f { a; b; }",
        "a $(b)",
        "a `b`",
        'a "$(b)"',
        'x="$(a)" && b',
        "a <(b)",
        'a "${x:-$(b)}"',
        '[ -n "$(a)" ] && b',
        "case $(a) in y) b ;; esac",
        "for i in $(a); do b; done",
        "a > x && b 2>&1 < y",
        "a >x 2>/dev/null || b >>y",
        "{ a; b; } > x",
        "(a) > x && b",
    ],
)
def test_commands_are_found_inside(text: str) -> None:
    found = [command.name for command in script_of(text).commands]
    assert {"a", "b"} <= set(found)
    assert found.count("a") == found.count("b") == 1


def test_commands_come_in_the_order_of_the_text() -> None:
    assert [c[0] for c in argvs("a $(b) > $(c) && d; x=$(e)")[:4]] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("a 'b c' d", ("a", "b c", "d")),
        ('a "b c" ""', ("a", "b c", "")),
        ("a b\\ c \\'d", ("a", "b c", "'d")),
        ('a "b\\"c\\d\\$e"', ("a", 'b"c\\d$e')),
        ("a b'c'\"d\"e", ("a", "bcde")),
        ("a --b=c -d", ("a", "--b=c", "-d")),
        ("a 1 2.0", ("a", "1", "2.0")),
        ("a $b", ("a", None)),
        ('a "b$c"', ("a", None)),
        ("a b$c", ("a", None)),
        ("a `b` $(c) $((1+2))", ("a", None, None, None)),
        ("a '$b'", ("a", "$b")),
        ("a b\\\n  c", ("a", "b", "c")),
        ('a "b\\\nc"', ("a", "bc")),
        ("export A=b C", ("export", "A=b", "C")),
        ("unset A", ("unset", "A")),
        ("a =b c==1", ("a", "=b", "c==1")),
    ],
)
def test_a_word_has_the_value_that_the_program_receives(text: str, argv: tuple[str | None, ...]) -> None:
    assert argvs(text)[0] == argv


@pytest.mark.parametrize("word", ["*", "a?", "[ab]", "~", "~/x", "{a,b}", "a{1..3}", "x/*.txt"])
def test_a_word_that_the_shell_may_expand_says_so(word: str) -> None:
    written = script_of(f"a {word}").commands[0].words[1]
    assert written.expands
    assert written.value == word


@pytest.mark.parametrize("word", ["'*'", '"~"', "\\*", "a~", "{}", "a{b}c", "'{a,b}'"])
def test_a_word_without_a_pattern_does_not_expand(word: str) -> None:
    assert not script_of(f"a {word}").commands[0].words[1].expands


def test_the_name_is_the_program_without_its_folder() -> None:
    assert [c.name for c in script_of("/usr/bin/pip x; ./a; $X; 'b'").commands] == ["pip", "a", None, "b"]


def test_assignments_stand_in_front() -> None:
    command = script_of('A=1 B="$X" C= pip install').commands[0]
    assert [(name, word.value) for name, word in command.assignments] == [("A", "1"), ("B", None), ("C", "")]
    assert command.argv == ("pip", "install")


def test_assignments_alone_are_a_command_without_words() -> None:
    command = script_of("A=1 B=2").commands[0]
    assert (command.words, len(command.assignments), command.name) == ((), 2, None)


def test_words_behind_a_redirection_belong_to_the_command() -> None:
    command = script_of("pip install foo>=1.0 'bar' baz<2 > log qux && b").commands[0]
    assert command.argv == ("pip", "install", "foo", "bar", "baz", "qux")
    assert command.redirects == (">=1.0", "<2", "> log")


def test_a_redirection_in_front_leaves_the_words() -> None:
    command = script_of("> x a b 2>&1").commands[0]
    assert (command.argv, command.redirects) == (("a", "b"), ("> x", "2>&1"))


def test_a_redirection_belongs_to_the_last_command_of_a_list() -> None:
    commands = named("a | b > x && ! c > y")
    assert {name: command.redirects for name, command in commands.items()} == {"a": (), "b": ("> x",), "c": ("> y",)}


def test_a_redirection_of_a_group_belongs_to_no_command() -> None:
    assert [c.redirects for c in script_of("a && { b; c $(d); } > x").commands] == [()] * 4


def test_a_redirection_behind_a_substitution_belongs_to_the_outer_command() -> None:
    commands = named("a $(b) > x")
    assert (commands["a"].redirects, commands["b"].redirects) == (("> x",), ())


def test_a_here_string_is_a_redirection() -> None:
    command = script_of('a <<< "b c" d').commands[0]
    assert (command.argv, command.redirects) == (("a", "d"), ('<<< "b c"',))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[ -f x ]", ("[", "-f", "x", "]")),
        ('[[ "$a" == b* && c ]]', ("[[", None, "==", "b*", "&&", "c", "]]")),
        ("[ ! -d x -a -n y ]", ("[", "!", "-d", "x", "-a", "-n", "y", "]")),
        ("((a < 3))", ("((", "a", "<", "3", "))")),
    ],
)
def test_a_test_is_a_command_that_takes_no_new_words(text: str, words: tuple[str | None, ...]) -> None:
    script = script_of(f"{text} && b")
    assert script.commands[0].argv == words
    assert not script.commands[0].editable
    assert script.operators == ("&&",)


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("a", ()),
        ("(a)", ("subshell",)),
        ("{ a; }", ("compound_statement",)),
        ("x | a", ("pipeline",)),
        ("! a", ("negated_command",)),
        ("if a; then x; fi", ("if_statement",)),
        ("while x; do a; done", ("while_statement",)),
        ("for i in x; do a; done", ("for_statement",)),
        ("case x in y) a;; esac", ("case_statement",)),
        ("f() { a; }", ("function_definition", "compound_statement")),
        ("x $(a)", ("command_substitution",)),
        ("x <(a)", ("process_substitution",)),
        ("if x; then (y | a); fi", ("if_statement", "subshell", "pipeline")),
        ("sh -c 'a'", ("nested_script",)),
        ("(sh -c 'x | a')", ("subshell", "nested_script", "pipeline")),
    ],
)
def test_a_command_knows_what_it_stands_in(text: str, within: tuple[str, ...]) -> None:
    assert named(text)["a"].within == within


def test_a_command_knows_the_operator_before_it() -> None:
    found = {c.name: c.operator for c in script_of("a && b $(c) || d; e & f | g\nh\nif i; then j; k; fi").commands}
    assert found == {
        "a": "",
        "b": "&&",
        "c": "",
        "d": "||",
        "e": ";",
        "f": "&",
        "g": "|",
        "h": "\n",
        "i": "\n",
        "j": "",
        "k": ";",
    }


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ("a", ()),
        ("a\n", ()),
        ("# c\na # d\n", ()),
        ("a && b || c", ("&&", "||")),
        ("a\n\nb\nc", ("\n", "\n")),
        ("a &", ("&",)),
        ("a;", (";",)),
        ("[[ x && y ]]", ()),
        ("sh -c 'a && b'", ()),
    ],
)
def test_operators_are_listed(text: str, operators: tuple[str, ...]) -> None:
    assert script_of(text).operators == operators


@pytest.mark.parametrize(
    ("text", "simple", "and_list"),
    [
        ("a b > c", True, True),
        ("A=1 a", True, True),
        ("a && b && c", False, True),
        ("sh -c 'a; b'", True, True),
        ("a; b", False, False),
        ("a &", False, False),
        ("a && b || c", False, False),
        ("(a)", False, False),
        ("a $(b)", False, False),
        ("a\nb", False, False),
        ("", False, False),
        ("a 'b", False, False),
    ],
)
def test_a_script_knows_how_simple_it_is(text: str, simple: bool, and_list: bool) -> None:
    script = script_of(text)
    assert (script.is_simple, script.is_and_list) == (simple, and_list)


@pytest.mark.parametrize(
    "text", ["a 'b", "if a; then b", "a && ", "a )", "a `b` `c`", "a b\\\nc", "a <<X\nno end\n", "$(" * 3000]
)
def test_what_cannot_be_read_is_left_alone(text: str) -> None:
    script = script_of(text)
    assert (script.readable, script.commands, script.operators) == (False, (), ())


def test_comments_are_noted() -> None:
    script = script_of("# one\na # two\n")
    assert [script.source.raw[span.start : span.end] for span in script.comments] == [b"# one", b"# two"]


def test_a_comment_in_backticks_is_no_command() -> None:
    assert argvs("apt-get install `# why` a \\\n  `#how` b `# last`") == [("apt-get", "install", "a", "b")]


def test_a_comment_in_backticks_inside_quotes_stays() -> None:
    assert argvs("a 'x `# y` z'") == [("a", "x `# y` z")]


@pytest.mark.parametrize("text", ["x || ((if a; then b; fi) && false)", "x && (( find y | z ) || true)"])
def test_two_subshells_that_look_like_a_sum_are_read(text: str) -> None:
    assert script_of(text).commands[1].within[:2] == ("subshell", "subshell")


def test_a_chain_of_any_length_is_read() -> None:
    assert len(script_of(" && ".join(["a > x"] * 2000)).commands) == 2000


def test_commands_of_a_run_stand_where_they_say() -> None:
    text = "FROM a\r\nRUN --mount=type=ssh a \\\r\n  # why\r\n  'b c' && \\\r\n\r\n\td\r\n"
    tree = parse(text)
    run = tree.instructions[1]
    assert isinstance(run, Run)
    assert run.script is not None
    first, second = parse_script(run.script).commands
    assert tree.source[first.span.start : first.span.end] == b"a \\\r\n  # why\r\n  'b c'"
    assert [tree.source[w.span.start : w.span.end] for w in first.words] == [b"a", b"'b c'"]
    assert tree.source[second.span.start : second.span.end] == b"d"


def test_the_rest_of_a_command_is_its_argv_without_the_first_words() -> None:
    assert script_of("sudo -E a b").commands[0].without_first(2).argv == ("a", "b")
