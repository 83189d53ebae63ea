"""A forge from what the command line names and the environment holds; tokens come from the environment alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dockerfix.errors import UsageError
from dockerfix.frozen import frozen

if TYPE_CHECKING:
    from dockerfix.bot.forge import Forge
    from dockerfix.bot.secret import Secret

__all__ = ["FORGES", "Connection", "connect", "secrets_put_away", "token_names"]

FORGES = ("github", "gitlab", "forgejo")
_TOKENS = {
    "github": ("DOCKERFIX_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("DOCKERFIX_TOKEN", "GITLAB_TOKEN"),
    "forgejo": ("DOCKERFIX_TOKEN", "FORGEJO_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN"),
}
_APP, _APP_KEY = "DOCKERFIX_APP_ID", "DOCKERFIX_APP_KEY"
_SERVERS = {"github": "https://github.com", "gitlab": "https://gitlab.com", "forgejo": "https://codeberg.org"}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@frozen
class Connection:
    """A forge, and the token that git fetches one of its repositories with."""

    forge: Forge
    token: Callable[[str], Secret]


def connect(kind: str, server: str | None, environment: Mapping[str, str]) -> Connection:
    """The forge that a person or a CI job means.

    Args:
        kind: one of `FORGES`.
        server: as people write it; None for the job's own, else the forge's public one.
    Raises:
        UsageError: no token, or a server that a token should not be sent to.
    """
    if kind not in FORGES:
        raise UsageError(f"--forge {kind}: one of {', '.join(FORGES)} is needed")
    url = _address(server or _server_of_job(kind, environment) or _SERVERS[kind])
    if kind == "github":
        return _github(url, server, environment)
    token = _token(kind, environment)
    if kind == "gitlab":
        from dockerfix.bot.forges.gitlab import GitLab

        return Connection(GitLab(token, url), lambda _: token)
    from dockerfix.bot.forges.forgejo import Forgejo

    return Connection(Forgejo(token, url), lambda _: token)


@contextmanager
def secrets_put_away() -> Iterator[dict[str, str]]:
    """This process's environment, which has no secret any more while the block runs: no child process gets one."""
    whole = dict(os.environ)
    names = {_APP_KEY, "DOCKERFIX_DATABASE", "CI_JOB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}.union(*_TOKENS.values())
    put_away = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield whole
    finally:
        os.environ.update(put_away)


def token_names(kind: str) -> tuple[str, ...]:
    """The variables that a token is read from, the first one that is set."""
    return _TOKENS[kind]


def _github(url: str, server: str | None, environment: Mapping[str, str]) -> Connection:
    from dockerfix.bot.forges.github import GitHub, api_url
    from dockerfix.bot.forges.github_auth import AppAuthorization, Authorization, TokenAuthorization
    from dockerfix.bot.secret import Secret

    api = _address(environment["GITHUB_API_URL"]) if not server and environment.get("GITHUB_API_URL") else api_url(url)
    app, key = environment.get(_APP), environment.get(_APP_KEY)
    if bool(app) != bool(key):
        raise UsageError(f"an app needs both {_APP} and {_APP_KEY} (the text of its private key)")
    authorization: Authorization
    if app and key:
        authorization = AppAuthorization(app, Secret(key.replace("\\n", "\n")), api)
    else:
        authorization = TokenAuthorization(_token("github", environment))
    return Connection(GitHub(authorization, api), lambda path: authorization.token(f"/repos/{path}"))


def _token(kind: str, environment: Mapping[str, str]) -> Secret:
    from dockerfix.bot.secret import Secret

    found = next((environment[name] for name in _TOKENS[kind] if environment.get(name)), None)
    if found is None:
        app = f", or {_APP} and {_APP_KEY}" if kind == "github" else ""
        raise UsageError(f"no token: set {' or '.join(_TOKENS[kind])}{app}")
    if re.search(r"[^\x21-\x7e]", found.strip()):
        raise UsageError("the token holds characters that no token has")
    return Secret(found.strip())


def _server_of_job(kind: str, environment: Mapping[str, str]) -> str | None:
    return environment.get("CI_SERVER_URL" if kind == "gitlab" else "GITHUB_SERVER_URL")


def _address(server: str) -> str:
    url = server if "://" in server else f"https://{server}"
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise UsageError("an address with a name or token in it is not taken; tokens come from the environment")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _THIS_MACHINE):
        raise UsageError(f"{server}: a token is only sent over https")
    return url.rstrip("/")
