"""ENTRYPOINT × CMD × SHELL, and the program that becomes process 1."""

from __future__ import annotations

import pytest
from modelled import final

from dockerfix.image import process_1, shell_text

SLIM = "FROM python:3.12-slim\n"


def _start(text: str) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    start = final(text).start
    return start.entrypoint, start.cmd


@pytest.mark.parametrize(
    ("lines", "argv"),
    [
        ('CMD ["a", "b"]', ("a", "b")),
        ('CMD a  "b"', ("/bin/sh", "-c", 'a  "b"')),
        ('ENTRYPOINT ["e"]\nCMD ["c"]', ("e", "c")),
        ('CMD ["c"]\nENTRYPOINT ["e"]', ("e", "c")),
        ('ENTRYPOINT ["e"]\nCMD c d', ("e", "/bin/sh", "-c", "c d")),
        ('ENTRYPOINT e\nCMD ["c"]', ("/bin/sh", "-c", "e", "c")),
        ('CMD ["a"]\nCMD ["b"]', ("b",)),
        ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nCMD a', ("/bin/bash", "-o", "pipefail", "-c", "a")),
        ('CMD a\nSHELL ["/bin/bash", "-c"]', ("/bin/sh", "-c", "a")),
        ('ENTRYPOINT ["e"]\nENTRYPOINT []\nCMD ["c"]', ("c",)),
        ("ENTRYPOINT ['e']", ("/bin/sh", "-c", "['e']")),
        ('ENV P=80\nCMD ["a", "$P"]', ("a", "$P")),
    ],
)
def test_argument_list(lines: str, argv: tuple[str, ...]) -> None:
    assert final(f"FROM scratch\n{lines}\n").start.argv == argv


def test_entrypoint_drops_the_cmd_of_the_stage_below() -> None:
    assert _start('FROM scratch AS a\nCMD ["c"]\nFROM a\nENTRYPOINT ["e"]\n') == (("e",), ())


def test_entrypoint_keeps_a_cmd_of_its_own_stage() -> None:
    assert _start('FROM scratch AS a\nCMD ["c"]\nFROM a\nCMD ["d"]\nENTRYPOINT ["e"]\n') == (("e",), ("d",))


def test_cmd_keeps_the_entrypoint_of_the_stage_below() -> None:
    assert _start('FROM scratch AS a\nENTRYPOINT ["e"]\nCMD ["c"]\nFROM a\nCMD ["d"]\n') == (("e",), ("d",))


def test_shell_of_the_stage_below_reads_shell_form() -> None:
    assert _start('FROM scratch AS a\nSHELL ["/bin/bash", "-c"]\nFROM a\nCMD x\n') == ((), ("/bin/bash", "-c", "x"))


def test_known_base_brings_its_cmd_until_there_is_one() -> None:
    assert _start(SLIM) == ((), ("python3",))
    assert _start(SLIM + 'ENTRYPOINT ["e"]\n') == (("e",), ())


def test_unknown_base_may_have_an_entrypoint() -> None:
    stage = final('FROM registry.corp/base\nCMD ["c"]\n')
    assert (stage.start.entrypoint, stage.start.cmd, stage.start.argv) == (None, ("c",), None)
    assert final('FROM registry.corp/base\nENTRYPOINT ["e"]\n').start.argv == ("e",)


def test_shell_form_under_an_unknown_shell_is_unknown() -> None:
    assert final("# escape=`\nFROM registry.corp/base\nENTRYPOINT e\n").start.argv is None


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (("sh", "-c", "a b"), "a b"),
        (("/bin/bash", "-o", "pipefail", "-ec", "a"), "a"),
        (("bash", "-lc", "a", "arg0"), "a"),
        (("sh", "run.sh"), None),
        (("sh", "-c"), None),
        (("sh",), None),
        (("python", "-c", "a"), None),
        ((), None),
    ],
)
def test_text_that_a_shell_is_given(argv: tuple[str, ...], text: str | None) -> None:
    assert shell_text(argv) == text


# process 1; what shells do is measured in tests/engine/test_image_model.py


@pytest.mark.parametrize(
    ("argv", "program"),
    [
        (("uvicorn", "main:app"), "uvicorn"),
        (("/usr/bin/tini", "--", "a"), "tini"),
        (("sh", "-c", "exec a b"), "a"),
        (("sh", "-c", "cd x && exec a b"), "a"),
        (("sh", "-c", "cd x; exec env A=1 a"), "a"),
        (("/bin/sh", "-c", "a"), "sh"),
        (("/bin/sh", "-c", "cd x && A=1 a"), "sh"),
        (("/bin/dash", "-c", "a"), "dash"),
        (("bash", "-c", "a b"), "a"),
        (("bash", "-o", "pipefail", "-c", "a"), "a"),
    ],
)
def test_process_1_on_debian(argv: tuple[str, ...], program: str) -> None:
    assert str(process_1(argv, "debian")) == program


@pytest.mark.parametrize("text", ["a", "cd x && a", "x; a", "A=1 a", "a > log"])
def test_busybox_becomes_its_last_command(text: str) -> None:
    assert str(process_1(("/bin/sh", "-c", text), "alpine")) == "a"


@pytest.mark.parametrize("distribution", ["rhel", "amazon"])
def test_sh_is_bash_on_red_hat(distribution: str) -> None:
    assert str(process_1(("/bin/sh", "-c", "a"), distribution)) == "a"


@pytest.mark.parametrize(
    ("argv", "distribution"),
    [
        (None, "debian"),
        ((), "debian"),
        (("/bin/sh", "-c", "a"), None),
        (("/bin/zsh", "-c", "a"), "debian"),
        (("sh", "-c", "$PROGRAM"), "debian"),
        (("sh", "-c", "if ("), "debian"),
        (("sh", "-c", "a &"), "debian"),
        (("sh", "-c", "x || exec a"), "debian"),
        (("sh", "-c", "exec a; b"), "debian"),
        (("sh", "-c", "a || b"), "alpine"),
        (("sh", "-c", "a | b"), "alpine"),
        (("sh", "-c", "trap x TERM; a"), "alpine"),
        (("sh", "-c", "a; wait"), "alpine"),
        (("bash", "-c", "cd x && a"), "debian"),
        (("bash", "-c", "a > log"), "debian"),
        (("bash", "run.sh"), "debian"),
        (("./start.sh",), "debian"),
        (("docker-entrypoint.sh", "a"), "debian"),
        (("gosu", "app", "a"), "debian"),
        (("poetry", "run", "a"), "debian"),
    ],
)
def test_process_1_that_cannot_be_told(argv: tuple[str, ...] | None, distribution: str | None) -> None:
    assert process_1(argv, distribution) is None


def test_program_behind_a_shell_that_waits() -> None:
    found = process_1(("/bin/sh", "-c", "cd x && a"), "ubuntu")
    assert found is not None
    assert (found.program, found.waits_behind_shell) == ("a", True)
