"""Commands of a RUN, and the folder each runs in: `cd` through lists, subshells, compounds and inner shells."""

from __future__ import annotations

import pytest
from modelled import last_step

from dockerfix.image import run_commands
from dockerfix.image.commands import RunCommand
from dockerfix.image.state import State
from dockerfix.syntax import parse


def _commands(script: str) -> tuple[RunCommand, ...]:
    found = last_step(f"FROM python:3.12-slim\nWORKDIR /w\nRUN {script}\n").commands
    assert found is not None
    return found


def _folder(script: str, name: str = "here") -> str | None:
    """Where the program `here` runs; it is in the script once."""
    found = [item.workdir for item in _commands(script) if item.program.argv == (name,)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("script", "folder"),
    [
        ("here", "/w"),
        ("cd a && here", "/w/a"),
        ("cd a; here", "/w/a"),
        ("cd /x/../y && cd z && here", "/y/z"),
        ("cd a && x; here", "/w/a"),
        ("set -e; cd a; here", "/w/a"),
        ("cd 'a b' && here", "/w/a b"),
        ("cd -- a && here", "/w/a"),
        ("pushd a && here", "/w/a"),
        ("(cd a && x) && here", "/w"),
        ("(cd a && here)", "/w/a"),
        ("(cd a; x) && (cd b; here)", "/w/b"),
        ("(cd a; (cd b; x); (cd c; here))", "/w/a/c"),
        ("x=$(cd a; pwd) && here", "/w"),
        ("x=$(cd a; pwd) y=$(cd b; here)", "/w/b"),
        ("cd a | x; here", "/w"),
        ("cd a & here", "/w"),
        ("{ cd a; here; }", "/w/a"),
        ("if t; then cd a; here; fi", "/w/a"),
        ("if t; then (cd a; x); fi; here", "/w"),
        ("for i in 1 2; do (cd a; x); done; here", "/w"),
        ("cd a || exit 1; here", "/w/a"),
        ("x && cd a && here", "/w/a"),
        ("bash -c 'cd a && here'", "/w/a"),
        ("bash -c 'cd a' && here", "/w"),
        ("su app -c here", "/w"),
    ],
)
def test_folder_is_known(script: str, folder: str) -> None:
    assert _folder(script) == folder


@pytest.mark.parametrize(
    "script",
    [
        "cd $X && here",
        "cd ~ && here",
        "cd a* && here",
        "cd && here",
        "cd - && here",
        "cd a b && here",
        "pushd a && popd && here",
        "x && cd a; here",
        "cd a || x; here",
        "cd a || here",
        "{ cd a; }; here",
        "if t; then cd a; fi; here",
        "if t; then cd a; else here; fi",
        "for i in 1 2; do cd a; here; done",
        "for i in 1 2; do here; cd a; done",
        "while t; do cd a; done; here",
        "! cd a; here",
        "f() { here; }; cd a; f",
        "f() { cd a; }; f; here",
        "case $X in a) cd a;; b) here;; esac",
        "case $X in a) cd a;; esac; here",
        "(cd a; case $X in b) here;; esac)",
        "(cd a; case $X in b) x;; esac; here)",
        "env -C /x here",
        "su - app -c here",
        "sudo -i here",
    ],
)
def test_folder_is_unknown(script: str) -> None:
    assert _folder(script) is None


def test_comment_and_heredoc_body_close_no_subshell() -> None:
    script = "<<END\n(cd a # not here: )\ncat <<EOF\n)\nEOF\nhere)\nEND"
    assert _folder(script) == "/w/a"


def test_wrappers_are_taken_off_the_program() -> None:
    item = _commands("X=1 sudo -E env Y=2 pip install x")[0]
    assert item.command.words[0].value == "sudo"
    assert item.program.argv == ("pip", "install", "x")


@pytest.mark.parametrize(
    "script",
    ['pip() { command pip3 "$@"; }; pip install x', "alias pip='uv pip'; pip install x", "function pip { x; }; pip i"],
)
def test_function_or_alias_hides_the_program_of_its_name(script: str) -> None:
    assert "pip" not in [item.program.name for item in _commands(script)]


def test_other_programs_beside_a_function_keep_their_names() -> None:
    names = [item.program.name for item in _commands("fetch() { curl x; }; fetch; pip install x")]
    assert names == ["curl", None, "pip"]


def test_commands_of_an_inner_script_follow_the_shell() -> None:
    assert [item.program.name for item in _commands("sh -c 'a && b'; c")] == ["sh", "a", "b", "c"]


def test_exec_form_is_one_command() -> None:
    found = last_step('FROM scratch\nWORKDIR /w\nRUN ["pip", "install", "x y"]\n').commands
    assert found is not None
    assert [(item.program.argv, item.workdir) for item in found] == [(("pip", "install", "x y"), "/w")]


def test_exec_form_of_a_shell_shows_its_script() -> None:
    found = last_step('FROM scratch\nWORKDIR /w\nRUN ["bash", "-c", "cd a && pip install x"]\n').commands
    assert found is not None
    assert [(item.program.name, item.workdir) for item in found] == [("bash", "/w"), ("cd", "/w"), ("pip", "/w/a")]


def test_heredoc_run_is_read_as_a_script() -> None:
    found = last_step("FROM scratch\nRUN <<EOF\ncd /a\nb\nEOF\n").commands
    assert found is not None
    assert [(item.program.name, item.workdir) for item in found] == [("cd", "/"), ("b", "/a")]


@pytest.mark.parametrize("run", ["if x", "<<EOF\n#!/usr/bin/env python3\nprint()\nEOF", "a $("])
def test_text_that_no_shell_reads_is_unknown(run: str) -> None:
    assert last_step(f"FROM scratch\nRUN {run}\n").commands is None


def test_instruction_that_runs_nothing_has_no_commands() -> None:
    assert last_step("FROM scratch\nENV A=1\n").commands == ()


def test_unknown_working_directory_stays_unknown() -> None:
    run = parse("FROM x\nRUN cd a && b && cd /c && d\n").instructions[1]
    found = run_commands(run, State(workdir=None)) or ()
    assert [item.workdir for item in found] == [None, None, None, "/c"]
