"""Whose name GitHub hears: a token that somebody gave, or an app's own, made for one repository at a time."""

from __future__ import annotations

import time
from typing import Protocol

from dockerfix.bot.forge_errors import NotFoundError, TransientError
from dockerfix.bot.secret import Secret
from dockerfix.bot.web import Web
from dockerfix.errors import DockerfixError
from dockerfix.extras import install_line

__all__ = ["AppAuthorization", "Authorization", "TokenAuthorization"]

_INSTALLATION = "ghs_"  # how tokens of apps start, GITHUB_TOKEN among them
_EARLY = 300.0  # seconds before its end that a token is replaced
_LIFE = 3600.0  # seconds that GitHub gives an installation's token
_KEPT = 100  # tokens; a fleet does not come back to a repository soon
# The least that opening a pull request takes; what an app was granted besides stays unused.
_PERMISSIONS = {"contents": "write", "pull_requests": "write", "metadata": "read"}


class Authorization(Protocol):
    """Gives the token for a request."""

    def token(self, path: str) -> Secret:
        """The token for a path of the interface."""

    @property
    def is_app(self) -> bool:
        """Whether an app acts, whose commits GitHub signs however they are made."""


class TokenAuthorization:
    """A token of a person, or of a job (`GITHUB_TOKEN`)."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def token(self, path: str) -> Secret:
        """The one there is."""
        return self._token

    @property
    def is_app(self) -> bool:
        """Whether the token is an installation's."""
        return self._token.reveal().startswith(_INSTALLATION)


class AppAuthorization:
    """A GitHub App, installed by the owners of the repositories.

    Each repository gets a token of its own that reaches no other one and may do no more than pull requests need.

    Args:
        app: the app's number or client id.
        key: its private key, as PEM.
        url: of the interface.
    """

    is_app = True

    def __init__(self, app: str, key: Secret, url: str) -> None:
        self._app, self._key = app, key
        self._web = Web(url, lambda _: self._signed(), headers={"Accept": "application/vnd.github+json"})
        self._installations: dict[str, int] = {}
        self._tokens: dict[str, tuple[Secret, float]] = {}

    def token(self, path: str) -> Secret:
        """A token for the repository or owner that a path names.

        Raises:
            NotFoundError: the app is not installed there.
        """
        place = _place(path)
        kept = self._tokens.get(place)
        if kept is None or kept[1] - _EARLY < time.time():
            if len(self._tokens) >= _KEPT:
                self._tokens.clear()
            kept = self._tokens[place] = (self._new_token(place), time.time() + _LIFE)
        return kept[0]

    def _new_token(self, place: str) -> Secret:
        owner, _, name = place.partition("/")
        wanted: dict[str, object] = {"permissions": _PERMISSIONS}
        if name:
            wanted["repositories"] = [name]
        number = self._installation(owner, place)
        told = self._web.send("POST", f"/app/installations/{number}/access_tokens", wanted)
        if not isinstance(told, dict) or not isinstance(told.get("token"), str):
            raise TransientError(f"the answer to a wish for a token of {place} holds none")
        return Secret(told["token"])

    def _installation(self, owner: str, place: str) -> int:
        if owner not in self._installations:
            places = [f"/repos/{place}"] if "/" in place else [f"/orgs/{owner}", f"/users/{owner}"]
            for candidate in places:
                try:
                    self._installations[owner] = int(self._web.get(f"{candidate}/installation")["id"])
                    break
                except NotFoundError:
                    continue
            else:
                raise NotFoundError(f"the app is not installed for {place}")
        return self._installations[owner]

    def _signed(self) -> Secret:
        """What proves to GitHub that the app itself asks, for some minutes."""
        try:
            import jwt
        except ImportError:
            raise DockerfixError(f"apps need PyJWT: {install_line('github')}") from None
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 540, "iss": self._app}  # clocks differ; GitHub allows ten minutes
        try:
            return Secret(jwt.encode(claims, self._key.reveal(), algorithm="RS256"))
        except (ValueError, TypeError, jwt.InvalidKeyError):
            raise DockerfixError("the app's private key is no PEM text of an RSA key") from None


def _place(path: str) -> str:
    """The repository ("owner/name") or owner that a path of the interface names."""
    kind, owner, *rest = [*path.strip("/").split("/"), ""]
    if kind not in ("repos", "orgs", "users"):
        raise DockerfixError(f"an app does not ask for {path}")
    return f"{owner}/{rest[0]}" if kind == "repos" else owner
