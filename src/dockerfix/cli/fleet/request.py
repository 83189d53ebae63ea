"""What is wanted of each pull request of a run, as the database keeps it for the workers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dockerfix.bot.lifecycle import Policy, Rebase
from dockerfix.cli.forge.requests import RequestOptions
from dockerfix.cli.options import Options

__all__ = ["request_from", "request_to_json"]


def request_to_json(request: RequestOptions) -> dict[str, Any]:
    """Values that JSON can hold; what only the starting process needs is left out."""
    repair = request.repair
    return {
        "branch": request.branch,
        "is_fork": request.is_fork,
        "policy": asdict(request.policy),
        "commit_per_rule": request.commit_per_rule,
        "commit_type": request.commit_type,
        "rule_page": request.rule_page,
        "is_verified": request.is_verified,
        "select": repair.select,
        "ignore": repair.ignore,
        "unsafe_fixes": repair.unsafe_fixes,
        "online": repair.online,
        "pin_digests": repair.pin_digests,
    }


def request_from(values: dict[str, Any]) -> RequestOptions:
    """The options that `request_to_json` wrote down."""
    select, policy = values["select"], values["policy"]
    lists = {name: tuple(policy[name]) for name in ("labels", "reviewers", "assignees")}
    rebase = Rebase(policy.get("rebase", Rebase.CONFLICT))
    return RequestOptions(
        branch=values["branch"],
        is_fork=values["is_fork"],
        policy=Policy(**{**policy, **lists, "rebase": rebase}),
        commit_per_rule=values["commit_per_rule"],
        commit_type=values["commit_type"],
        rule_page=values["rule_page"],
        is_verified=values.get("is_verified", False),
        repair=Options(
            select=None if select is None else tuple(select),
            ignore=tuple(values["ignore"]),
            unsafe_fixes=values["unsafe_fixes"],
            online=values.get("online", False),  # a run that an older version began has neither
            pin_digests=values.get("pin_digests", False),
        ),
    )
