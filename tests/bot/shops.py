"""A repository with a mistake on a forge of the tests, and the bot that looks after it."""

from __future__ import annotations

from forge_server import ForgeServer, Repo
from proposals import TOKEN, proposal

from dockerfix.bot.forge import BranchName, Forge
from dockerfix.bot.forges.github import GitHub
from dockerfix.bot.forges.github_auth import TokenAuthorization
from dockerfix.bot.keeping import Kept, Place, keep
from dockerfix.bot.lifecycle import Policy
from dockerfix.bot.marker import parted
from dockerfix.bot.proposal import Proposal
from dockerfix.bot.secret import Secret

__all__ = ["FIXES", "PLAIN", "SHOP", "USUAL", "Shop", "github"]

SHOP = "acme/shop"
FIXES = BranchName(SHOP, "dockerfix/fixes")
USUAL, PLAIN = proposal(), Policy()


class Shop:
    """A repository with a mistake, and the bot that looks after it."""

    def __init__(self, server: ForgeServer, forge: Forge) -> None:
        self.server, self.forge = server, forge
        server.account("anna", "anna")
        server.account("ben", "ben")
        self.repo: Repo = server.repository(SHOP, {"Dockerfile": "broken\n", "app.py": "1\n"})
        self.waited: list[float] = []

    def keep(self, wanted: Proposal | None = USUAL, policy: Policy = PLAIN, parent: str | None = None) -> Kept:
        place = Place(SHOP, "main", FIXES, parent or self.head())
        return keep(self.forge, place, wanted, policy, pause=self.waited.append)

    def head(self, branch: str = "main") -> str:
        found = self.repo.git.head(branch)
        assert found is not None
        return found

    def content(self, path: str = "Dockerfile") -> bytes | None:
        return self.repo.git.read("dockerfix/fixes", path)

    def branches(self) -> list[str]:
        return [name for name, _ in self.repo.git.branches()]

    def text(self) -> str:
        """What the bot says in the newest pull request."""
        return parted(self.repo.pulls[-1].body)[1]

    def open_pulls(self) -> list[int]:
        return [pull.number for pull in self.repo.pulls if pull.state == "open"]

    def writes(self) -> list[str]:
        return [line for line in self.server.lines() if not line.startswith(("GET", "HEAD"))]


def github(server: ForgeServer) -> GitHub:
    return GitHub(TokenAuthorization(Secret(TOKEN)), server.url, pause=lambda _: None)
