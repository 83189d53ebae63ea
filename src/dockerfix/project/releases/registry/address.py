"""Where a registry is asked about an image: by the host in the image's name, as Docker does."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from dockerfix.frozen import frozen
from dockerfix.syntax.references import ImageReference

__all__ = ["Address", "address_of", "is_allowed", "is_loopback"]

_HUB = "docker.io"
_HUB_URL = "https://registry-1.docker.io"
_HUB_NAMES = frozenset({"", _HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})


@frozen
class Address:
    """An image on a registry.

    `host` is what credentials are kept for ("docker.io", "ghcr.io", "localhost:5000"), `url` the registry's own,
    without a slash at its end, `repository` the full name there ("library/nginx").
    """

    host: str
    url: str
    repository: str


def address_of(reference: ImageReference) -> Address:
    """Where to ask about an image.

    A registry on this machine is asked by http, any other by https and no other way.
    Source: distribution/reference, normalize.go; Docker's "insecure registries", which has 127.0.0.0/8 by default.
    """
    if reference.registry in _HUB_NAMES:
        official = "" if "/" in reference.repository else "library/"
        return Address(_HUB, _HUB_URL, official + reference.repository)
    host = reference.registry
    scheme = "http" if is_loopback(host) else "https"
    return Address(host, f"{scheme}://{host}", reference.repository)


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_allowed(url: str, address: Address) -> bool:
    """Whether a registry may send a question on to a URL: by https, or on this machine, where the registry is too."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(address.host) and is_loopback(parts.netloc.rpartition("@")[2])
