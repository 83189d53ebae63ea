"""What a file in an image is: its kind by its path, and whether it is a secret."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

__all__ = ["kind_of", "secret_in"]

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("pip cache", r"/\.cache/pip/|^/root/\.cache/pip"),
        ("uv cache", r"/\.cache/uv/"),
        ("poetry cache", r"/\.cache/pypoetry/"),
        ("npm cache", r"/\.npm/_|/\.cache/yarn/|/\.yarn/cache/|/\.local/share/pnpm/store/"),
        ("conda cache", r"/(?:opt/)?(?:conda|miniconda3|mamba)/pkgs/"),
        ("other caches", r"/\.cache/"),
        ("apt lists and archives", r"^/var/lib/apt/lists/|^/var/cache/apt/"),
        ("Git repository", r"/\.git/"),
        ("node_modules", r"/node_modules/"),
        ("virtual environments", r"/\.?venv/"),
        ("Python bytecode", r"\.pyc$"),
        (
            "build tools",
            r"^/usr/(?:lib|libexec)/gcc|^/usr/bin/[\w-]*(?:gcc|g\+\+|cpp|ld|as|make|cmake)(?:-[\d.]+)?$|^/usr/include/|"
            r"^/usr/lib/[\w-]+/(?:lib\w+\.a|crt\w*\.o)$",
        ),
        ("Python packages", r"/(?:site|dist)-packages/"),
        ("documentation", r"^/usr/share/(?:doc|man|info|locale)/"),
        ("temporary files", r"^/(?:tmp|var/tmp)/"),
    )
)
_NAMES = {
    ".npmrc": "may hold a registry token",
    ".pypirc": "holds registry passwords",
    ".netrc": "holds passwords",
    ".git-credentials": "holds passwords",
    ".htpasswd": "holds password hashes",
    "id_rsa": "a private key",
    "id_dsa": "a private key",
    "id_ecdsa": "a private key",
    "id_ed25519": "a private key",
}
_ENVIRONMENT = re.compile(r"\.env(?:\.\w+)?\Z")
_SAMPLES = re.compile(r"\.(?:example|sample|template|dist|tmpl|defaults?)\Z")
_PLACES = {
    "/.aws/credentials": "cloud credentials",
    "/.docker/config.json": "registry passwords",
    "/.kube/config": "cluster credentials",
    "/.git/config": "a Git repository, with all that it ever held",
}
_KEY_FILES = (".pem", ".key", ".p8")
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
_LONGEST_KEY = 64 * 1024


def kind_of(path: str) -> str:
    """What kind of file lies at an absolute path of an image, in words."""
    for kind, pattern in _KINDS:
        if pattern.search(path):
            return kind
    top = path.split("/", 2)[1]
    return f"/{top}"


def secret_in(path: str, size: int, head: Callable[[], bytes]) -> str | None:
    """Why a file is taken for a secret; None when it is not.

    Args:
        head: gives the start of its content, asked only for what may be a key.
    """
    name = posixpath.basename(path)
    for place, why in _PLACES.items():
        if path.endswith(place):
            return why
    if name in _NAMES:
        return _NAMES[name]
    if _ENVIRONMENT.fullmatch(name) and not _SAMPLES.search(name):
        return "environment files hold passwords"
    if name.endswith(_KEY_FILES) and size <= _LONGEST_KEY and _PRIVATE_KEY.search(head()):
        return "a private key"
    return None
