"""A GitHub for the tests: state in memory, branches in real bare repositories, every word checked against GitHub's own.

`ForgeServer` is the way in; the description comes from npm (`description.py`), so tests that use it are skipped, with
the reason, where npm can't be reached for the first time.
"""

from forge_server.description import DescriptionMissingError
from forge_server.faults import Fault, When, drop, kill, push, rate_limited, secondary_limited, slow, status
from forge_server.git_repository import GitRepository
from forge_server.server import ForgeServer
from forge_server.state import Account, Pull, Repo

__all__ = [
    "Account",
    "DescriptionMissingError",
    "Fault",
    "ForgeServer",
    "GitRepository",
    "Pull",
    "Repo",
    "When",
    "drop",
    "kill",
    "push",
    "rate_limited",
    "secondary_limited",
    "slow",
    "status",
]
