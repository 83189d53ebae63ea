"""What the programs of a start need root for, and files that nobody but root could use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dockerfix.image import image
from dockerfix.plans.user.privileges import Need, locked_programs, start_needs, unreadable_file
from dockerfix.programs.starts import start_of
from dockerfix.project.context.build_context import BuildContext
from dockerfix.syntax import parse


def needs(
    instructions: str, files: Mapping[str, str] | None = None, base: str = "debian:12-slim"
) -> list[tuple[Need, str]]:
    model = image(
        parse(f"FROM {base}\nCOPY . /app\nWORKDIR /app\n{instructions}\n"), BuildContext.of_files(files or {})
    )
    stage = model.final
    assert stage is not None
    start = start_of(model, stage)
    assert start is not None
    return [(need.need, need.text) for need in start_needs(stage, start)]


@pytest.mark.parametrize(
    "command", ["gosu app python a.py", "su-exec app a", "setpriv --reuid=1 a", "su app -c a", "sudo -u app a", "nginx"]
)
def test_program_that_gives_up_root_is_settled(command: str) -> None:
    assert [need for need, _ in needs(f"CMD {command}")] == [Need.SETTLED]


def test_versioned_program_is_the_program() -> None:
    assert needs("CMD php-fpm8.2 -F")[0][0] is Need.SETTLED


def test_option_that_names_a_user_is_settled() -> None:
    assert needs("CMD gunicorn --user www-data a:b")[0][0] is Need.SETTLED


@pytest.mark.parametrize("program", ["cron -f", "crond -f", "/usr/sbin/sshd -D", "dockerd", "supervisord -n", "/init"])
def test_program_of_root(program: str) -> None:
    assert [need for need, _ in needs(f"CMD {program}")] == [Need.ROOT]


def test_command_of_a_script_is_named_with_its_line() -> None:
    files = {"run.sh": "#!/bin/sh\n\napt-get update\nexec serve\n"}
    assert needs('ENTRYPOINT ["/app/run.sh"]', files) == [
        (Need.DECISION, "run.sh:3 runs apt-get at each start, which takes root")
    ]


def test_argument_of_an_entry_script_is_followed() -> None:
    files = {"run.sh": '#!/bin/sh\nexec "$@"\n'}
    assert needs('ENTRYPOINT ["/app/run.sh"]\nCMD ["gosu", "app", "serve"]', files)[0][0] is Need.SETTLED


def test_engine_in_a_script() -> None:
    files = {"run.sh": "#!/bin/sh\ndocker ps\n"}
    assert needs('CMD ["sh", "run.sh"]', files) == [
        (Need.DECISION, "run.sh:2 runs docker, which needs the engine's socket")
    ]


def test_image_that_changes_the_user_by_itself() -> None:
    assert needs("ENV A=b", base="redis:7")[0] == (
        Need.SETTLED,
        "redis starts as root and then changes to a user of its own",
    )


def test_ordinary_program_needs_nothing() -> None:
    assert needs("CMD python app.py") == []


def test_unreadable_file_and_folder(tmp_path: Path) -> None:
    (tmp_path / "open.txt").write_text("")
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "a.txt").write_text("")
    (tmp_path / "shut").chmod(0o700)
    context = BuildContext.at(tmp_path)
    assert unreadable_file([("/app/open.txt", "open.txt")], context) is None
    assert unreadable_file([("/app/shut/a.txt", "shut/a.txt")], context) == "shut"


def test_mode_of_a_file_in_memory_is_not_known() -> None:
    assert unreadable_file([("/app/a", "a")], BuildContext.of_files({"a": ""})) is None


def test_script_that_the_build_opens_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o744)
    text = 'FROM debian:12-slim\nCOPY run.sh /\n{}CMD ["/run.sh"]\n'
    for line, expected in (("", 1), ("RUN chmod +x /run.sh\n", 0)):
        model = image(parse(text.format(line)), BuildContext.at(tmp_path))
        stage = model.final
        assert stage is not None
        start = start_of(model, stage)
        assert start is not None
        assert len(list(locked_programs(stage, start, model.context))) == expected
