"""The programs of a start, through shells, wrappers, runners and scripts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerfix.image import image
from dockerfix.programs.starts import Start, start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def start(instructions: str, files: Mapping[str, str] | None = None) -> Start:
    text = f"FROM python:3.12-slim\nCOPY . /app\nWORKDIR /app\n{instructions}\n"
    model = image(parse(text), BuildContext.of_files(files or {}))
    stage = model.final
    assert stage is not None
    found = start_of(model, stage)
    assert found is not None
    return found


def last(instructions: str, files: Mapping[str, str] | None = None) -> str:
    return str(start(instructions, files).programs[-1])


@pytest.mark.parametrize(
    "command",
    [
        "serve --fast",
        "exec serve --fast",
        "env A=b serve --fast",
        "tini -g -- serve --fast",
        "dumb-init -- serve --fast",
        "timeout 60 serve --fast",
        "poetry run serve --fast",
        "uv run --no-sync --extra web serve --fast",
        "ddtrace-run serve --fast",
        "wait-for-it.sh db:5432 -t 30 -- serve --fast",
        "doppler run -- serve --fast",
        "sh -c 'serve --fast'",
        "gosu app serve --fast",
    ],
)
def test_wrapper_hands_over(command: str) -> None:
    assert last(f"CMD {command}").replace("'", "") == "serve --fast"


def test_list_of_commands_in_the_order_of_the_text() -> None:
    names = [program.name for program in start("CMD flask db upgrade && gunicorn a:b").programs]
    assert names == ["sh", "flask", "gunicorn"]


def test_exec_form_through_a_script_with_its_arguments() -> None:
    files = {"run.sh": '#!/bin/sh\nset -e\nexec "$@" --port 80\n'}
    assert last('ENTRYPOINT ["./run.sh"]\nCMD ["serve"]', files) == "serve --port 80"


def test_place_is_file_and_line() -> None:
    files = {"bin/run.sh": "#!/bin/sh\n\n# start\nserve\n"}
    assert start('CMD ["bin/run.sh"]', files).programs[-1].place == "bin/run.sh:4"


def test_script_on_the_search_path() -> None:
    text = "FROM debian:12\nCOPY run.sh /usr/local/bin/run\nCMD run\n"
    model = image(parse(text), BuildContext.of_files({"run.sh": "#!/bin/bash\nserve\n"}))
    stage = model.final
    assert stage is not None
    found = start_of(model, stage)
    assert found is not None
    assert found.programs[-1].name == "serve"


def test_script_read_by_a_shell_needs_no_first_line() -> None:
    assert last('CMD ["bash", "-e", "run.sh"]', {"run.sh": "serve\n"}) == "serve"


def test_windows_newlines_in_a_script() -> None:
    assert last('CMD ["sh", "run.sh"]', {"run.sh": "set -e\r\nserve\r\n"}) == "serve"


def test_folder_is_followed() -> None:
    assert start("CMD cd src && serve").programs[-1].workdir == "/app/src"


def test_script_that_starts_itself_ends() -> None:
    found = start('CMD ["sh", "run.sh"]', {"run.sh": "sh run.sh\n"})
    assert found.problems == ("run.sh: scripts start each other too deep",)


def test_script_that_is_not_copied_is_a_problem() -> None:
    assert start('CMD ["sh", "/opt/run.sh"]').problems == (
        "/opt/run.sh is not among the files copied from the build context",
    )


def test_script_that_cannot_be_read_is_a_problem() -> None:
    found = start('CMD ["sh", "run.sh"]', {"run.sh": "if then fi (\n"})
    assert found.problems == ("run.sh cannot be read with certainty",)


def test_python_script_is_no_shell_script() -> None:
    found = start('CMD ["./run.py"]', {"run.py": "#!/usr/bin/env python\nimport os\n"})
    assert [(program.name, program.file) for program in found.programs] == [("run.py", "run.py")]


def test_nothing_starts_nothing() -> None:
    model = image(parse("FROM scratch\nCOPY a /a\n"), BuildContext.of_files({"a": ""}))
    stage = model.final
    assert stage is not None
    assert start_of(model, stage) is None
