"""Variables in instructions: their values, modifiers, quotes, and what stays unknown."""

from __future__ import annotations

import pytest

from dockerfix.image.state import State, absolute, expand, expansion, folders_above, is_root

STATE = State(env={"A": "foo.bar.baz", "EMPTY": "", "LOST": None}, args={"VERSION": "3.12"})


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("plain", "plain"),
        ("$A", "foo.bar.baz"),
        ("${A}x", "foo.bar.bazx"),
        ("$VERSION", "3.12"),
        ("$NONE", ""),
        ("x${NONE}y", "xy"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${NONE-default}", "default"),
        ("${A:-default}", "foo.bar.baz"),
        ("${A:+set}", "set"),
        ("${EMPTY:+set}", ""),
        ("${EMPTY+set}", "set"),
        ("${NONE:-${VERSION}}", "3.12"),
        ("${A#*.}", "bar.baz"),
        ("${A##*.}", "baz"),
        ("${A%.*}", "foo.bar"),
        ("${A%%.*}", "foo"),
        ("${A/bar/new}", "foo.new.baz"),
        ("${A//a/o}", "foo.bor.boz"),
        ('"$A b"', "foo.bar.baz b"),
        ("'$A'", "$A"),
        ("\\$A", "$A"),
        ("a\\ b", "a b"),
        ('"a\\"b"', 'a"b'),
    ],
)
def test_expansion(word: str, value: str) -> None:
    assert expand(word, STATE, "\\") == value


def test_backtick_escape_leaves_backslashes_alone() -> None:
    assert expand("c:\\$VERSION`$A", STATE, "`") == "c:\\3.12$A"


@pytest.mark.parametrize("word", ["$LOST", "x$LOST", "${LOST:-default}", "${A:-$LOST}", '"$LOST"', "${A?", "'open"])
def test_unknown_variable_and_broken_word_are_unknown(word: str) -> None:
    assert expand(word, STATE, "\\") is None


def test_name_that_nothing_sets_is_unknown_where_the_base_may_set_it() -> None:
    state = State(env={"A": "a"}, env_complete=False)
    assert expand("$A", state, "\\") == "a"
    assert expand("$B", state, "\\") is None
    assert expand("${B:-b}", state, "\\") is None


def test_arg_below_an_env_of_its_name_is_unknown_unless_they_agree() -> None:
    assert State(env={"X": "env"}, args={"X": "arg"}).variable("X") is None
    assert State(env={"X": "same"}, args={"X": "same"}).variable("X") == "same"


def test_value_that_an_arg_decides_is_marked() -> None:
    state = State(env={"A": "a"}, args={"V": "1"}, varying=frozenset({"V"}))
    assert expansion("$V", state, "\\") == ("1", True)
    assert expansion("$A", state, "\\") == ("a", False)
    assert expansion("\\$V", state, "\\") == ("$V", False)


@pytest.mark.parametrize(
    ("user", "root"),
    [("", True), ("root", True), ("0", True), ("0:0", True), ("root:staff", True), ("app", False), ("1000:0", False)],
)
def test_who_is_root(user: str, root: bool) -> None:
    assert is_root(user) is root


def test_unknown_user_may_be_root() -> None:
    assert is_root(None) is None


@pytest.mark.parametrize(
    ("path", "folder", "place"),
    [
        ("x", "/app", "/app/x"),
        ("", "/app", "/app"),
        (".", "/app", "/app"),
        ("./x/", "/app", "/app/x"),
        ("../x", "/app/y", "/app/x"),
        ("../../..", "/app", "/"),
        ("/x/../y", "/app", "/y"),
        ("//x", None, "/x"),
        ("x", "/", "/x"),
        ("x", None, None),
        ("C:\\app", "/app", None),
        ("c:/app", "/app", None),
    ],
)
def test_absolute_paths(path: str, folder: str | None, place: str | None) -> None:
    assert absolute(path, folder) == place


def test_folders_above_a_path() -> None:
    assert folders_above("/a/b") == {"/", "/a", "/a/b"}


@pytest.mark.parametrize(
    ("shell", "posix"),
    [
        (("/bin/sh", "-c"), True),
        (("bash", "-o", "pipefail", "-c"), True),
        (("powershell", "-Command"), False),
        (("cmd", "/S", "/C"), False),
        (("/usr/bin/env", "bash", "-c"), False),
        ((), False),
        (None, False),
    ],
)
def test_posix_shells(shell: tuple[str, ...] | None, posix: bool) -> None:
    assert State(shell=shell).is_posix is posix


def test_two_slashes_are_the_top_of_their_own() -> None:
    assert folders_above("//./pipe/docker_engine") == {"//./pipe/docker_engine", "//./pipe", "//.", "//"}
