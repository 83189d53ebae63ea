"""What the kernel tells of processes and ports."""

from __future__ import annotations

import pytest

from dockerfix.verify.container.process import capability_names, listening, program_name
from dockerfix.verify.engines.container import changed_paths

HEAD = "  sl  local_address rem_address   st\n"
ALL = "   0: 00000000:1F40 00000000:0000 0A 00000000:00000000\n"
LOOPBACK = "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000\n"
TALKING = "   0: 0100007F:1F40 0100007F:C350 01 00000000:00000000\n"
ALL6 = "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A\n"
LOOPBACK6 = "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A\n"


@pytest.mark.parametrize(
    ("tcp", "tcp6", "ports"),
    [
        (ALL, "", ((8000, True),)),
        (LOOPBACK, "", ((8000, False),)),
        (TALKING, "", ()),
        ("", ALL6, ((80, True),)),
        ("", LOOPBACK6, ((80, False),)),
        (LOOPBACK + ALL, LOOPBACK6, ((80, False), (8000, True))),
    ],
)
def test_ports(tcp: str, tcp6: str, ports: tuple[tuple[int, bool], ...]) -> None:
    assert listening(HEAD + tcp, HEAD + tcp6) == ports


def test_ports_that_nobody_could_look_at_are_not_known() -> None:
    assert listening(None, None) is None


@pytest.mark.parametrize(
    ("cmdline", "name"),
    [
        ("/usr/local/bin/python3\0/usr/local/bin/uvicorn\0main:app\0", "uvicorn"),
        ("python\0main.py\0", "python"),
        ("python3\0-m\0http.server\0", "python3"),
        ("/bin/sh\0-c\0sleep 1\0", "sh"),
        ("node\0server.js\0", "node"),
        ("", None),
    ],
)
def test_the_program_is_what_the_interpreter_runs(cmdline: str, name: str | None) -> None:
    assert program_name(cmdline) == name


def test_capabilities_have_names() -> None:
    assert capability_names("CapEff:\t0000000000000401\n") == ("chown", "net_bind_service")
    assert capability_names("CapEff:\t0000000000000000\n") == ()
    assert capability_names("") is None


def test_written_paths_are_files_and_none_of_the_engines() -> None:
    diff = "C /app\nA /app/data\nA /app/data/x.db\nC /etc\nA /run/.containerenv\nD /tmp/y\nA /app/empty\n"
    assert changed_paths(diff) == ("/app/data/x.db", "/app/empty")
