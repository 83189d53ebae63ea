"""The GraphQL operations that the bot uses, checked against GitHub's published schema before they are carried out.

They are told apart by the field of the operation; the answer has every field that the bot may ask for, reduced to those
that it did ask for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from forge_server import github_answers as shape
from forge_server.description import graphql_schema
from forge_server.git_http import account_of
from forge_server.git_repository import StaleRefError
from forge_server.state import Account, Pull, Repo

if TYPE_CHECKING:
    from forge_server.server import ForgeServer

__all__ = ["answer_graphql"]

_ZERO = "0" * 40


class _RefusedError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        self.kind, self.message = kind, message


def answer_graphql(server: ForgeServer, request: Request) -> Response:
    """What GitHub would say."""
    from graphql import GraphQLError, parse

    account = account_of(server.state, request)
    if account is None:
        return _json({"message": "Bad credentials"}, 401)
    sent = json.loads(request.get_data())
    document = parse(sent["query"])
    problems = _problems(document, sent.get("variables", {}))
    server.violations += [f"GraphQL: {problem}" for problem in problems]
    field: Any = document.definitions[0].selection_set.selections[0]  # type: ignore[attr-defined]
    name = field.name.value
    try:
        arguments = _arguments(field, sent.get("variables", {}))
        value = _OPERATIONS[name](server, account, arguments)
    except GraphQLError as error:
        return _json({"errors": [{"message": str(error)}]})
    except _RefusedError as error:
        return _json({"data": {name: None}, "errors": [{"type": error.kind, "path": [name], "message": error.message}]})
    return _json({"data": {name: _reduced(value, field.selection_set)}})


def _problems(document: Any, variables: dict[str, Any]) -> list[str]:
    from graphql import validate
    from graphql.execution.values import get_variable_values

    found = [str(error) for error in validate(graphql_schema(), document)]
    if not found:
        values = get_variable_values(graphql_schema(), document.definitions[0].variable_definitions, variables)
        found += [str(error) for error in values] if isinstance(values, list) else []
    return found


def _arguments(field: Any, variables: dict[str, Any]) -> dict[str, Any]:
    from graphql import value_from_ast_untyped

    return {item.name.value: value_from_ast_untyped(item.value, variables) for item in field.arguments}


def _reduced(value: Any, selection: Any) -> Any:
    if isinstance(value, list):
        return [_reduced(item, selection) for item in value]
    if value is None or selection is None:
        return value
    return {item.name.value: _reduced(value[item.name.value], item.selection_set) for item in selection.selections}


def _json(body: Any, code: int = 200) -> Response:
    return Response(json.dumps(body), code, content_type="application/json; charset=utf-8")


def _writable(server: ForgeServer, account: Account, found: Repo | None) -> Repo:
    if found is None:
        raise _RefusedError("NOT_FOUND", "Could not resolve to a Repository.")
    if not account.writes or account.login not in found.writers:
        raise _RefusedError("FORBIDDEN", "Resource not accessible by integration")
    return found


def _create_commit(server: ForgeServer, account: Account, arguments: dict[str, Any]) -> Any:
    wanted = arguments["input"]
    repo = _writable(server, account, server.state.repo(wanted["branch"]["repositoryNameWithOwner"]))
    branch, expected = wanted["branch"]["branchName"], wanted["expectedHeadOid"]
    head = repo.git.head(branch)
    if head is None:
        raise _RefusedError("NOT_FOUND", f"No ref named refs/heads/{branch}")
    if head != expected:
        raise _RefusedError("STALE_DATA", f'Expected branch to point to "{expected}" but it points to "{head}"')
    entries: dict[str, tuple[str, str] | None] = {
        item["path"]: ("100644", repo.git.blob(base64.b64decode(item["contents"])))
        for item in wanted["fileChanges"].get("additions", [])
    }
    entries |= {item["path"]: None for item in wanted["fileChanges"].get("deletions", [])}
    message = f"{wanted['message']['headline']}\n\n{wanted['message'].get('body', '')}".rstrip()
    tree = repo.git.tree(repo.git.facts(head).tree, entries)
    signer = ("GitHub", "noreply@github.com")
    made = repo.git.make_commit(tree, (head,), message, shape.git_identity(account.login), signer)
    repo.git.move((branch, head, made))
    server.state.branch_moved(repo, branch)
    return {"commit": {"oid": made}}


def _update_refs(server: ForgeServer, account: Account, arguments: dict[str, Any]) -> Any:
    wanted = arguments["input"]
    found = next((r for r in server.state.repos.values() if f"R_{r.id}" == wanted["repositoryId"]), None)
    repo = _writable(server, account, found)
    moves: list[tuple[str, str | None, str | None]] = []
    for item in wanted["refUpdates"]:
        branch = item["name"].removeprefix("refs/heads/")
        before, after = item.get("beforeOid"), item["afterOid"]
        head = repo.git.head(branch)
        if before is not None and (None if before == _ZERO else before) != head:
            raise _RefusedError("UNPROCESSABLE", f"{item['name']} is at {head} but expected {before}")
        if head and after != _ZERO and not item.get("force") and repo.git.merge_base(head, after) != head:
            raise _RefusedError("UNPROCESSABLE", "not a fast-forward")
        moves.append((branch, head, None if after == _ZERO else after))
    try:
        repo.git.move(*moves)
    except StaleRefError as error:
        raise _RefusedError("UNPROCESSABLE", str(error)) from error
    for branch, _, _ in moves:
        server.state.branch_moved(repo, branch)
    return {"clientMutationId": None}


def _repository(server: ForgeServer, account: Account, arguments: dict[str, Any]) -> Any:
    repo = server.state.repo(f"{arguments['owner']}/{arguments['name']}")
    if repo is None:
        raise _RefusedError("NOT_FOUND", "Could not resolve to a Repository.")
    return _Pulls(server, repo, account)


class _Pulls(dict[str, Any]):
    """The pull requests of a repository, of which only one is asked for."""

    def __init__(self, server: ForgeServer, repo: Repo, account: Account) -> None:
        pull = repo.pulls[-1] if repo.pulls else None
        super().__init__(id=f"R_{repo.id}", pullRequest=pull and _threads(pull, account))


def _threads(pull: Pull, account: Account) -> Any:
    nodes = [
        {
            "id": item.thread,
            "isResolved": item.is_resolved,
            "comments": {"nodes": [{"databaseId": item.id, "viewerDidAuthor": item.author == account.login}]},
        }
        for item in pull.line_comments
    ]
    return {"reviewThreads": {"nodes": nodes, "pageInfo": {"hasNextPage": False, "endCursor": None}}}


def _resolve(server: ForgeServer, account: Account, arguments: dict[str, Any]) -> Any:
    for repo in server.state.repos.values():
        for pull in repo.pulls:
            for item in pull.line_comments:
                if item.thread == arguments["input"]["threadId"]:
                    item.is_resolved = True
                    return {"thread": {"id": item.thread, "isResolved": True}, "clientMutationId": None}
    raise _RefusedError("NOT_FOUND", "Could not resolve to a node")


_OPERATIONS: dict[str, Callable[[ForgeServer, Account, dict[str, Any]], Any]] = {
    "createCommitOnBranch": _create_commit,
    "updateRefs": _update_refs,
    "repository": _repository,
    "resolveReviewThread": _resolve,
}
