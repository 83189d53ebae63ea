"""How a stranger's container is kept: the words that the engines are given."""

from __future__ import annotations

import json

import pytest

from dockerfix.verify.confinement import Confinement, confinement
from dockerfix.verify.engines.container import config_of, confined, limits


@pytest.mark.parametrize("user", ["", "root", "0", "root:root", "0:0"])
def test_root_may_become_somebody_else_and_gains_nothing(user: str) -> None:
    kept = confinement(user, changes_user=True)
    words = confined(kept)
    assert words[0] == "--cap-drop=ALL"
    assert {"--cap-add=SETUID", "--cap-add=SETGID", "--cap-add=CHOWN"} < set(words)
    assert not {"NET_RAW", "MKNOD", "SYS_CHROOT", "SETFCAP", "SETPCAP"} & set(kept.capabilities)
    assert "--security-opt=no-new-privileges" in words


def test_a_user_has_a_low_port_at_most() -> None:
    assert confined(confinement("app", changes_user=False)) == (
        "--cap-drop=ALL",
        "--cap-add=NET_BIND_SERVICE",
        "--security-opt=no-new-privileges",
    )


def test_sudo_of_a_user_needs_its_setuid_bit() -> None:
    assert "--security-opt=no-new-privileges" not in confined(confinement("app", changes_user=True))
    assert confinement("app", changes_user=True) == Confinement(may_gain=True)


def test_memory_processes_and_logs_are_bounded() -> None:
    words = limits("json-file", "max-file=2")
    assert {"--memory=2g", "--pids-limit=512", "--log-driver=json-file", "--log-opt=max-size=4m"} <= set(words)


def test_the_configuration_of_an_image_is_read() -> None:
    image = {"Id": "sha256:1", "Config": {"User": "app", "Entrypoint": ["tini"], "Cmd": ["serve"]}}
    found = config_of(json.dumps(image))
    assert found is not None
    assert (found.user, found.argv, found.health) == ("app", ("tini", "serve"), ())


def test_podman_tells_a_list_with_the_check_beside_the_configuration() -> None:
    image = [{"Id": "1", "Config": {"User": "app"}, "Healthcheck": {"Test": ["CMD", "true"]}}]
    found = config_of(json.dumps(image))
    assert found is not None
    assert (found.user, found.health) == ("app", ("CMD", "true"))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"Id": "x", "Config": {"Cmd": 5}}'])
def test_what_is_no_configuration_says_nothing(text: str) -> None:
    assert config_of(text) is None
