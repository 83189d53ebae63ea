"""Pull requests for many repositories: durable, on one machine or on many.

`engine` runs the jobs (on DBOS, which only this room imports), `store` holds what the workers share, `budget` keeps to
what the forge allows, `isolated` looks at a repository in a process of its own, `page` tells what came of it.
"""

from __future__ import annotations

from dockerfix.bot.fleet.values import Bounds, End, Job, Pace, Result, Run

__all__ = ["Bounds", "End", "Job", "Pace", "Result", "Run"]
