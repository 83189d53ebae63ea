"""A GitLab for the tests: the part of its REST interface that the bot uses, over the same state and real repositories.

No package holds GitLab's OpenAPI description, so what it answers follows the pages of GitLab's documentation by hand;
`api.py` names them. Requests with a field that those pages do not name are refused.
"""

from forge_server_gitlab.server import GitLabServer

__all__ = ["GitLabServer"]
