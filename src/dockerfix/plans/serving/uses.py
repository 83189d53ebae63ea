"""How people build and start the final stage of an image, as the files around it say."""

from __future__ import annotations

from dockerfix.image.model import Image
from dockerfix.project.builds.reading import BuildUse, builds_of

__all__ = ["started_otherwise", "started_uses", "variable"]

_TESTS = frozenset({"pytest", "py.test", "tox", "nox", "test", "unittest"})


def started_uses(model: Image) -> tuple[BuildUse, ...]:
    """The services and the like that start the final stage; those that run tests in it left out."""
    return tuple(use for use in _uses(model) if use.service is not None and not _TESTS & {*(use.command or ())})


def _uses(model: Image) -> tuple[BuildUse, ...]:
    stage = model.final
    names = {None, stage.stage.name, str(stage.stage.index)} if stage is not None else set()
    return tuple(use for use in builds_of(model.context) if (use.target and use.target.lower()) in names)


def started_otherwise(model: Image) -> str | None:
    """Why the image's own command may never run: whatever is known to start it brings a command of its own.

    An image that is only built, by CI for instance, may be started anywhere, and then by its own command.
    """
    uses, started = _uses(model), started_uses(model)
    if any(use.service is None for use in uses) or not started:
        return None
    if all(use.command is not None or use.entrypoint is not None for use in started):
        return f"{started[0].place} starts it with a command of its own"
    return None


def variable(model: Image, *names: str) -> str | None:
    """The first of these variables that is set by the image, or by what starts it."""
    stage = model.final
    known = set(stage.final.env) if stage is not None else set()
    known |= {name for use in started_uses(model) for name, _ in use.environment}
    return next((name for name in names if name in known), None)
