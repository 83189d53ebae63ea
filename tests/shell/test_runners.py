"""Programs that only start another one are looked through."""

from __future__ import annotations

import pytest

from dockerfix.shell import Command, parse_script, unwrapped
from dockerfix.text import MappedText, Span, encode


def command_of(text: str) -> Command:
    raw = encode(text)
    return parse_script(MappedText.contiguous(raw, Span(0, len(raw)))).commands[0]


@pytest.mark.parametrize(
    "text",
    [
        "pip install x",
        "sudo pip install x",
        "sudo -H pip install x",
        "sudo -Eu me pip install x",
        "sudo -u me -E A=1 -- pip install x",
        "sudo --user=me --preserve-env pip install x",
        "sudo -i pip install x",
        "exec pip install x",
        "exec -a name pip install x",
        "command pip install x",
        "time pip install x",
        "time -p pip install x",
        "/usr/bin/time -f %e pip install x",
        "timeout 60 pip install x",
        "timeout -s KILL -k 5 60 pip install x",
        "timeout --signal=KILL 60s pip install x",
        "nice -n 10 pip install x",
        "nice -10 pip install x",
        "ionice -c 3 nice pip install x",
        "nohup pip install x",
        "env pip install x",
        "env - A=1 B=$C pip install x",
        "env -i -u D A=1 pip install x",
        "stdbuf -oL pip install x",
        "gosu me pip install x",
        "su-exec me:me pip install x",
        "tini -g -- pip install x",
        "dumb-init pip install x",
        "sudo env A=1 nice time pip install x",
    ],
)
def test_the_command_behind_wrappers_is_found(text: str) -> None:
    assert unwrapped(command_of(text)).argv == ("pip", "install", "x")


@pytest.mark.parametrize(
    "text",
    [
        "command -v pip",
        "command -V pip",
        "sudo -l pip",
        "sudo",
        "exec",
        "exec > log",
        "env",
        "env A=1",
        "env -S 'pip install x'",
        "env --split-string='pip install x'",
        "env $X pip install x",
        "sudo $X pip install x",
        "timeout 60",
        "time",
    ],
)
def test_a_wrapper_that_starts_nothing_certain_stays(text: str) -> None:
    command = command_of(text)
    assert unwrapped(command) is command
