"""Which hosts may be asked: any for a person's own files, none inside this network for the files of strangers.

A Dockerfile names the registry that is asked about its base image. Where a bot looks at other people's repositories, it
would let them choose what this machine connects to, so only public addresses count, by https, and a few hosts.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies

from dockerfix.project.releases.registry.failures import RegistryError

__all__ = ["Reach", "limited_reach", "reach"]

_MOST_HOSTS = 8  # registries of one repository
Resolve = Callable[[str, int], Iterable[str]]


def _addresses(host: str, port: int) -> Iterable[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Reach:
    """What may be asked.

    Args:
        allowed: hosts, with the port where it is not the usual one, that the operator trusts; None sets no limit.
        resolve: the addresses of a host; raises OSError where there are none.
    """

    def __init__(self, allowed: Iterable[str] | None = None, resolve: Resolve = _addresses) -> None:
        self._allowed = None if allowed is None else frozenset(allowed)
        self._resolve = resolve
        self._asked: set[str] = set()

    def count(self, host: str) -> None:
        """Note a registry that a Dockerfile names.

        Raises:
            RegistryError: it is one too many.
        """
        if self._allowed is None or host in self._allowed:
            return
        if host not in self._asked and len(self._asked) >= _MOST_HOSTS:
            raise RegistryError(f"{host} is not asked: the repository names more than {_MOST_HOSTS} registries")
        self._asked.add(host)

    def checked(self, url: str) -> str | None:
        """The address to connect to for a URL, the one that was checked; None where any will do.

        Raises:
            RegistryError: a stranger's file must not lead there.
        """
        parts = urlsplit(url)
        if self._allowed is None or parts.netloc in self._allowed:
            return None
        host = parts.hostname or ""
        if parts.scheme != "https" or not host:
            raise RegistryError(f"{parts.netloc} is not asked: only https is, for other people's repositories")
        try:
            found = list(self._resolve(host, parts.port or 443))
        except (OSError, UnicodeError):
            found = []
        if getproxies().get("https") and not found:
            return None  # names are the proxy's to resolve
        if not found or not all(map(_is_public, found)):
            inside = f"has an address inside of a network (--registry {parts.netloc} allows it)"
            raise RegistryError(f"{host} is not asked: it {inside if found else 'has no address'}")
        return None if getproxies().get("https") else found[0]


def _is_public(address: str) -> bool:
    """Whether an address is one of the internet, an IPv4 address inside an IPv6 one looked at too."""
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    teredo = getattr(found, "teredo", None)
    inner = inner or (teredo[1] if teredo else None)
    is_open = found.is_global and not found.is_multicast
    nat64 = str(found).startswith("64:ff9b:")
    return is_open and not nat64 and (inner is None or _is_public(str(inner)))


_reach = Reach()


def reach() -> Reach:
    """The limit of this process."""
    return _reach


@contextmanager
def limited_reach(allowed: Iterable[str], resolve: Resolve = _addresses) -> Iterator[None]:
    """Ask for the files of one repository of strangers: public hosts, and those that the operator allows."""
    global _reach
    before, _reach = _reach, Reach(allowed, resolve)
    try:
        yield
    finally:
        _reach = before
