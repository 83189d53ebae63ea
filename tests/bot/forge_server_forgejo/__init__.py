"""A Forgejo for the tests: the part of its interface that the bot uses, over the same state and real repositories.

Every answer is held to the models of `pyforgejo`, which are made from Forgejo's own description.
"""

from forge_server_forgejo.server import ForgejoServer

__all__ = ["ForgejoServer"]
