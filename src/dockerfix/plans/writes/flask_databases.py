"""Where Flask-SQLAlchemy keeps a SQLite file of a relative path: releases differ."""

from __future__ import annotations

from typing import Literal

from dockerfix.memo import memoised
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.manifests.dependencies import Dependency, upper_bound
from dockerfix.project.manifests.python_project import python_project

__all__ = ["Keeper", "database_keepers"]

Keeper = Literal["instance", "root"]
# The first release that keeps it in the instance folder, and the releases that it requires.
# Source: Flask-SQLAlchemy 2.1 to 2.5.1 (`apply_driver_hacks`: `app.root_path`), 3.0 and 3.1 (`_apply_driver_defaults`:
# `app.instance_path`; install_requires), read on 2026-12-01.
_SINCE = "3.0"
_REQUIRES = {"flask": "2.2", "sqlalchemy": "1.4.18"}


@memoised
def database_keepers(context: BuildContext) -> frozenset[Keeper]:
    """The folders that it may be: Flask's instance folder, or the one of the module that makes the app.

    One where the manifests decide the release, both where they do not.
    """
    dependencies = [one for one in python_project(context).dependencies if one.use not in ("build", "development")]
    named = [one for one in dependencies if one.name == "flask-sqlalchemy"]
    if any(_is_below(one, _SINCE) for one in named):
        return frozenset({"root"})
    forced = any(_is_below(one, _REQUIRES[one.name]) for one in dependencies if one.name in _REQUIRES)
    unreadable = any(one.url or not one.valid for one in named)
    return frozenset({"instance", "root"} if forced or unreadable or not named else {"instance"})


def _is_below(dependency: Dependency, release: str) -> bool:
    """Whether every version that a specifier allows lies below a release."""
    from packaging.version import Version

    bound = upper_bound(dependency.specifier) if dependency.valid and not dependency.url else None
    if bound is None:
        return False
    limit, included = bound
    return limit < Version(release) or (limit == Version(release) and not included)
