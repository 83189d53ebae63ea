"""Source in the syntax of a newer Python tells the same as source in the syntax of this one."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.formats.python_syntax import parsed_as_older
from dockerfix.project.manifests.setup_files import parsed
from dockerfix.project.python.facts import ModuleFacts
from dockerfix.project.python.sources import python_sources

BODY = """import json
from fastapi import FastAPI

app = FastAPI()
open("data/notes.txt", "w")
"""


def facts(source: str) -> ModuleFacts:
    found = python_sources(BuildContext.of_files({"main.py": source})).module("main.py")
    assert found is not None
    return replace(found)


@pytest.mark.parametrize(
    "line",
    [
        'greeting = t"hello {json}"',
        "try:\n    json\nexcept ValueError, TypeError:\n    pass",
        "try:\n    json\nexcept* ValueError, TypeError:\n    pass",
        "class Box[T = int, *Ts, **P](dict):\n    pass",
        "def first[T: (int, str)](x: T) -> T:\n    return x",
        "type Names[T] = list[T]",
        'names = f"{\', \'.join({"a": 1}["a"] for _ in ())}"',
        'names = f"{chr(10) + "\\n"}"',
        'names = f"""{\n  json # why\n}"""',
        'names = "a" f"{json["a"]}" "b"',
        "both = [*a for a in ()]",
    ],
)
def test_a_newer_line_hides_nothing(line: str) -> None:
    found = facts(BODY + line + "\n")
    assert found.problem is None
    assert [(app.name, app.line) for app in found.apps] == [("app", 4)]
    assert [write.path for write in found.writes] == [write.path for write in facts(BODY).writes]


def test_what_stands_in_a_newer_string_is_read() -> None:
    newer = 'import os\n\nNAMES = {"a": "x"}\nopen(f"logs/{NAMES["a"]}.txt", "w")\nprint(t"{open("out.txt", "w")}")\n'
    found = facts(newer)
    assert found.problem is None
    assert "out.txt" in {write.path for write in found.writes}
    assert {write.line for write in found.writes} == {4, 5}


def test_lines_are_those_of_the_source() -> None:
    found = facts('x = t"""a\n{1}\n"""\nclass A[T]:\n    pass\n\n\nopen("late.txt", "w")\n')
    assert [write.line for write in found.writes] == [8]


@pytest.mark.parametrize(
    "line",
    [
        'f"a{b}c{d!r:>{width}}"',
        'f"{a=}"',
        "rf'\\d{x}{{}}'",
        '"one" f"{two}" "three"',
        "f'\\n{x:%Y-%m}'",
        "f'{x}'\n",
        "f''",
    ],
)
def test_strings_are_read_as_the_parser_reads_them(line: str) -> None:
    theirs = ast.parse(line)
    ours = parsed_as_older("type X = int\n" + line)
    assert ours is not None
    assert ast.dump(ours.body[1]) == ast.dump(theirs.body[0])


@pytest.mark.parametrize("source", ['print "hello"\n', "exec 'x'\n", "def f(:\n", "x = \n", "`a`\n", "raise E, 'x'\n"])
def test_what_is_no_python_3_is_unreadable(source: str) -> None:
    assert parsed(source) is None
    assert facts(source).problem == "is no source of Python 3"
