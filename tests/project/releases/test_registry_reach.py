"""Which hosts a stranger's Dockerfile can have asked; names are resolved by the test."""

from __future__ import annotations

import pytest

from dockerfix.project.releases.registry.failures import RegistryError
from dockerfix.project.releases.registry.reach import Reach, limited_reach, reach

_NAMES = {
    "registry.example.org": ["93.184.215.14"],
    "two.example.org": ["93.184.215.14", "10.0.0.7"],
    "inside.example.org": ["192.168.1.5"],
    "meta.example.org": ["169.254.169.254"],
    "six.example.org": ["fd00::1"],
    "mapped.example.org": ["::ffff:127.0.0.1"],
    "nat.example.org": ["64:ff9b::a00:1"],
    "shared.example.org": ["100.64.0.1"],
    "localhost": ["127.0.0.1"],
    "127.0.0.1": ["127.0.0.1"],
}


def _resolve(host: str, port: int) -> list[str]:
    if host not in _NAMES:
        raise OSError
    return _NAMES[host]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dockerfix.project.releases.registry.reach.getproxies", dict)


def test_the_checked_address_is_connected_to() -> None:
    assert Reach((), _resolve).checked("https://registry.example.org/v2/") == "93.184.215.14"


@pytest.mark.parametrize("host", [name for name in _NAMES if name != "registry.example.org"] + ["absent.example.org"])
def test_nothing_inside_of_a_network_is_asked(host: str) -> None:
    with pytest.raises(RegistryError, match="is not asked"):
        Reach((), _resolve).checked(f"https://{host}/v2/")


def test_only_https_is_asked() -> None:
    with pytest.raises(RegistryError, match="only https"):
        Reach((), _resolve).checked("http://registry.example.org/v2/")


def test_the_operator_allows_a_host() -> None:
    assert Reach(("inside.example.org:5000",), _resolve).checked("https://inside.example.org:5000/v2/") is None


def test_without_a_limit_this_machine_may_be_asked() -> None:
    assert Reach(None, _resolve).checked("http://localhost:5000/v2/") is None


def test_a_repository_has_a_number_of_registries() -> None:
    found = Reach((), _resolve)
    for number in range(8):
        found.count(f"r{number}.example.org")
    found.count("r0.example.org")
    with pytest.raises(RegistryError, match="more than 8"):
        found.count("r8.example.org")


def test_the_limit_ends_with_the_repository() -> None:
    with limited_reach((), _resolve), pytest.raises(RegistryError):
        reach().checked("https://localhost:5000/v2/")
    assert reach().checked("http://localhost:5000/v2/") is None
