"""Starts an image as it is and notes what no text tells: what it writes, opens, runs and listens on."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from dockerfix.project.context.told import Seen
from dockerfix.verify.engine import EngineError
from dockerfix.verify.measure import Bench
from dockerfix.verify.measured import Started
from dockerfix.verify.side import Side

__all__ = ["is_of_interest", "observe_image", "seen_of"]

_MANY = 20  # files of one folder that are named one by one
_MOST = 200
_BYTECODE = ("/__pycache__/", ".pyc")
_FOR_ALL = ("/tmp/", "/var/tmp/", "/dev/", "/proc/", "/sys/", "/run/", "/var/run/")


def observe_image(bench: Bench, side: Side) -> tuple[Seen, Started]:
    """Build a side with whatever is cached, start it, ask it, stop it.

    Raises:
        EngineError: it does not build, or its container ends with a failure: then nothing is known of it.
    """
    tag = bench.space.name()
    build = bench.build(side, "observed", tag, use_cache=True)
    if not build.ok:
        raise EngineError(f"it does not build, so that nothing is observed; the log: {build.log}")
    contents = bench.contents(side, tag)
    envs = [one.path for one in contents.secrets if one.why.startswith("environment files")] if contents else []
    config = bench.engine.config(tag)
    started = bench.start(side, tag, "observed", watched=tuple(envs))
    if started.ended not in (None, 0):
        last = f": {started.log[-1]}" if started.log else ""
        raise EngineError(f"its container ended by itself with {started.ended}, so that nothing is observed{last}")
    return seen_of(started, config.identity if config is not None else ""), started


def seen_of(started: Started, image: str) -> Seen:
    """What is noted of a run."""
    written = [path for path in started.written or () if is_of_interest(path)]
    home = started.home
    used = home is not None and any(path.startswith(f"{home}/") for path in started.written or ())
    return replace(
        Seen(datetime.now(UTC).date().isoformat()),
        image=image,
        writes=_gathered(written),
        ports=started.ports or (),
        programs=started.programs,
        env_files=started.opened,
        home=used,
    )


def is_of_interest(path: str) -> bool:
    """Whether somebody has to own it: bytecode is made again, and some folders are everybody's."""
    plain = path.isprintable() and "\\" not in path
    return plain and not path.startswith(_FOR_ALL) and not any(mark in path for mark in _BYTECODE)


def _gathered(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths in order; of a folder with many of them the folder alone, with a slash."""
    listed = sorted(paths)
    count = Counter(map(posixpath.dirname, listed))
    found = (f"{folder}/" if count[folder := posixpath.dirname(path)] > _MANY else path for path in listed)
    return tuple(dict.fromkeys(found))[:_MOST]
