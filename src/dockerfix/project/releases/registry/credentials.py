"""What the user's own Docker configuration keeps for a registry; no file of a repository is ever read for it.

A name and password go to the host that they are kept for, and to the token service that this host names where it is
the host itself or stands in its own domain (registry-1.docker.io and auth.docker.io). Docker sends them wherever the
registry says.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dockerfix.project.releases.registry.address import Address

__all__ = ["basic_for", "is_kin"]

_HELPER = re.compile(r"[\w.-]+", re.ASCII)
_SECONDS = 10.0
_LARGEST = 1024 * 1024  # bytes
_HUB_KEY = "https://index.docker.io/v1/"


def basic_for(address: Address) -> str | None:
    """The value of an Authorization header for the host, from `auths` or a credential helper; None without."""
    settings = _settings()
    for key, kept in _table(settings, "auths").items():
        if _host_of(key) == address.host and isinstance(kept, dict) and (found := _kept(kept)):
            return found
    helper = _table(settings, "credHelpers").get(address.host, settings.get("credsStore"))
    return _asked(helper, address) if isinstance(helper, str) and _HELPER.fullmatch(helper) else None


def is_kin(url: str, address: Address) -> bool:
    """Whether a token service may see what is kept for the registry."""
    own = urlsplit(address.url).hostname or ""
    other = urlsplit(url).hostname or ""
    domain = own.partition(".")[2]
    return other == own or ("." in domain and (other == domain or other.endswith(f".{domain}")))


def _settings() -> dict[str, Any]:
    """The user's file: in $DOCKER_CONFIG, as a whole path only, since another would lead into a repository."""
    named = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    path = named / "config.json"
    try:
        if not named.is_absolute() or path.stat().st_size > _LARGEST:
            return {}
        read = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}


def _host_of(key: str) -> str:
    """ "docker.io" of "https://index.docker.io/v1/", "ghcr.io" of either "ghcr.io" or "https://ghcr.io"."""
    host = urlsplit(key if "//" in key else f"//{key}").netloc
    return "docker.io" if host in ("index.docker.io", "registry-1.docker.io") else host


def _kept(kept: dict[str, Any]) -> str | None:
    text = kept.get("auth")
    if not isinstance(text, str):
        return _basic(kept.get("username"), kept.get("password"))
    try:
        name, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return _basic(name, password.rstrip("\0"))


def _basic(name: object, password: object) -> str | None:
    if not (isinstance(name, str) and isinstance(password, str) and name and password):
        return None
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _asked(helper: str, address: Address) -> str | None:
    """What a helper of the user's keeps. Source: docker/docker-credential-helpers, "get"."""
    key = _HUB_KEY if address.host == "docker.io" else address.host
    try:
        done = subprocess.run(
            [f"docker-credential-{helper}", "get"],
            input=key.encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            cwd=Path.home(),
        )
        said = json.loads(done.stdout) if done.returncode == 0 else {}
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get("Username") == "<token>":  # a refresh token is no password
        return None
    return _basic(said.get("Username"), said.get("Secret"))
