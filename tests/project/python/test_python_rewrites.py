"""One argument of one call is changed, and every other byte stays."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest

from dockerfix.project.python.rewrites import Rewrite, with_arguments
from dockerfix.project.python.serving import CallPlace

HOST = {"host": "0.0.0.0"}


def rewritten(
    source: str | bytes, arguments: Mapping[str, str | bool], positions: Mapping[str, int] | None = None
) -> Rewrite:
    """The first call of a method `run` gets the arguments."""
    raw = source if isinstance(source, bytes) else source.encode()
    calls = (node for node in ast.walk(ast.parse(raw)) if isinstance(node, ast.Call))
    call = next(call for call in calls if getattr(call.func, "attr", "") == "run")
    place = CallPlace(call.lineno, call.col_offset, call.end_lineno or 0, call.end_col_offset or 0)
    return with_arguments(raw, place, arguments, positions)


def text_of(source: str, arguments: Mapping[str, str | bool], positions: Mapping[str, int] | None = None) -> str:
    """The rewritten text, which must be there."""
    found = rewritten(source, arguments, positions)
    assert found.after is not None, found.problem
    return found.after.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.run()", 'app.run(host="0.0.0.0")'),
        ("app.run(debug=True)", 'app.run(host="0.0.0.0", debug=True)'),
        ("app.run(debug = True)", 'app.run(host = "0.0.0.0", debug = True)'),
        ("app.run(debug=True,port=5000)", 'app.run(debug=True,host="0.0.0.0",port=5000)'),
        ("uvicorn.run(app)", 'uvicorn.run(app, host="0.0.0.0")'),
        ("uvicorn.run(app=app, reload=True)", 'uvicorn.run(app=app, host="0.0.0.0", reload=True)'),
        ("uvicorn.run('a:b', port=1)", "uvicorn.run('a:b', host='0.0.0.0', port=1)"),
        ("Flask(__name__).run()", 'Flask(__name__).run(host="0.0.0.0")'),
    ],
)
def test_a_new_argument_stands_where_a_reader_looks_for_it(before: str, after: str) -> None:
    assert text_of(before, HOST) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.run(host='127.0.0.1')", "app.run(host='0.0.0.0')"),
        ('app.run(host = "localhost" , port=1)', 'app.run(host = "0.0.0.0" , port=1)'),
        ("app.run(host=None)", 'app.run(host="0.0.0.0")'),
    ],
)
def test_a_value_is_replaced_in_its_own_quotes(before: str, after: str) -> None:
    assert text_of(before, HOST) == after


def test_a_positional_value_is_replaced_in_its_place() -> None:
    assert text_of("app.run('127.0.0.1', 5000)", HOST, {"host": 0}) == "app.run('0.0.0.0', 5000)"


def test_several_arguments_change_at_once() -> None:
    before = "app.run(debug=True, use_reloader = True)  # while developing\n"
    after = "app.run(debug=False, use_reloader = False)  # while developing\n"
    assert text_of(before, {"debug": False, "use_reloader": False}) == after


def test_comments_stay_with_what_they_describe() -> None:
    before = """\
uvicorn.run(
    "main:app",  # the application

    # the port that EXPOSE names
    port=8000,  # plain HTTP
    reload=True,
)
"""
    after = """\
uvicorn.run(
    "main:app",  # the application
    host="0.0.0.0",

    # the port that EXPOSE names
    port=8000,  # plain HTTP
    reload=True,
)
"""
    assert text_of(before, HOST) == after


def test_a_comment_above_the_first_argument_stays_above_it() -> None:
    before = "app.run(\n    # never in production\n    debug=True,\n)\n"
    after = 'app.run(\n    host="0.0.0.0",\n    # never in production\n    debug=True,\n)\n'
    assert text_of(before, HOST) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uvicorn.run(\n    app,  # it\n)\n", 'uvicorn.run(\n    app,  # it\n    host="0.0.0.0",\n)\n'),
        ("uvicorn.run(\n    app  # it\n)\n", 'uvicorn.run(\n    app,  # it\n    host="0.0.0.0"\n)\n'),
        ("uvicorn.run(\n    app\n    # end\n)\n", 'uvicorn.run(\n    app,\n    host="0.0.0.0"\n    # end\n)\n'),
        (
            "uvicorn.run(app,\n            port=1)\n",
            'uvicorn.run(app,\n            host="0.0.0.0",\n            port=1)\n',
        ),
    ],
)
def test_an_argument_on_a_line_of_its_own_where_the_others_are(before: str, after: str) -> None:
    assert text_of(before, HOST) == after


@pytest.mark.parametrize(
    "template",
    [
        b"\xef\xbb\xbfapp.run(%sport=1)\r\n",
        b"# coding: latin-1\nname = '\xe9'; app.run(%sport=1)\n",
        b"name = 'host=\"127.0.0.1\"'  # host=127.0.0.1\r\napp.run(%sport=1)\n# host\r\n",
        b'"""app.run(host="127.0.0.1")"""\napp.run(%sport=1)',
        "größe = '→'; app.run(%sport=1)   \n\n\n".encode(),
        b"if True:\n\tapp.run(%sport=1)\n",
    ],
)
def test_every_other_byte_stays(template: bytes) -> None:
    quote = b"'" if template.count(b"'") > template.count(b'"') else b'"'
    if b'"""' in template:
        quote = b'"'
    found = rewritten(template % b"", HOST)
    assert found.after == template % (b"host=" + quote + b"0.0.0.0" + quote + b", ")


@pytest.mark.parametrize(
    "source",
    [
        "app.run(\n)\n",
        "app.run(host=r'127.0.0.1')\n",
        "app.run(host='127.0.' '0.1')\n",
    ],
)
def test_an_unusual_argument_list_is_left_to_a_person(source: str) -> None:
    found = rewritten(source, HOST)
    assert found.after is None
    assert "a person" in found.problem


def test_a_source_that_libcst_would_change_is_left_alone() -> None:
    found = rewritten(b"x = 1\n\x0capp.run()\n", HOST)
    assert found.after is None
    assert "byte by byte" in found.problem


def test_a_source_that_cannot_be_parsed_is_left_alone() -> None:
    found = with_arguments(b"print 'Python 2'\n", CallPlace(1, 0, 1, 5), HOST)
    assert found == Rewrite(None, "it cannot be parsed")


def test_a_call_that_is_not_there_is_not_guessed() -> None:
    assert with_arguments(b"app.run()\n", CallPlace(1, 0, 1, 5), HOST).after is None
