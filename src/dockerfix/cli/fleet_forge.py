"""The forge that a fleet works on, and the token for it, from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from dockerfix.errors import UsageError
from dockerfix.frozen import frozen

if TYPE_CHECKING:
    from dockerfix.bot.checkout import Credentials
    from dockerfix.bot.forge import Forge
    from dockerfix.bot.secret import Secret

__all__ = ["Connection", "connection"]

_TOKENS = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "forgejo": ("FORGEJO_TOKEN", "GITEA_TOKEN"),
}
_SERVERS = {"github": "github.com", "gitlab": "gitlab.com", "forgejo": "codeberg.org"}


@frozen
class Connection:
    """One server and one account.

    Attributes:
        identity: what the forge counts requests by; it does not give the token away.
        connect: a new forge object, for one thread.
        credentials: what git shows for a repository.
    """

    host: str
    identity: str
    connect: Callable[[], Forge]
    credentials: Callable[[str], Credentials | None]


def connection(kind: str, server: str | None) -> Connection:
    """The connection that options and environment name.

    Args:
        kind: github, gitlab or forgejo.
        server: as people write it, "https://" may be left out; None for the public one.
    Raises:
        UsageError: an unknown kind, or no token.
    """
    if kind not in _TOKENS:
        raise UsageError(f"--forge {kind}: one of {', '.join(_TOKENS)} is needed")
    token = _token(kind)
    connect = _connect(kind, server or _SERVERS[kind], token)
    host = connect().host
    digest = sha256(token.reveal().encode()).hexdigest()[:12]
    return Connection(host, f"{host}/{digest}", connect, lambda path: _credentials(token))


def _token(kind: str) -> Secret:
    from dockerfix.bot.secret import Secret

    names = ("DOCKERFIX_TOKEN", *_TOKENS[kind])
    found = next((os.environ[name] for name in names if os.environ.get(name)), None)
    if found is None:
        raise UsageError(f"no token: set {' or '.join(names)}")
    return Secret(found)


def _credentials(token: Secret) -> Credentials:
    from dockerfix.bot.checkout import Credentials

    return Credentials(token)


def _connect(kind: str, server: str, token: Secret) -> Callable[[], Forge]:
    if kind == "gitlab":
        from dockerfix.bot.forges.gitlab import GitLab

        return lambda: GitLab(token, server)
    if kind == "forgejo":
        from dockerfix.bot.forges.forgejo import Forgejo

        return lambda: Forgejo(token, server)
    from dockerfix.bot.forges.github import GitHub, api_url
    from dockerfix.bot.forges.github_auth import TokenAuthorization

    url = os.environ.get("GITHUB_API_URL") or api_url(server)
    return lambda: GitHub(TokenAuthorization(token), url)
