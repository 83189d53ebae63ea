"""Which engine is used: the one that was asked for, else the first one that answers."""

from __future__ import annotations

from dockerfix.verify.commands import Commands
from dockerfix.verify.engine import Engine, EngineError

__all__ = ["NAMES", "choose_engine", "engine_named"]

NAMES = ("docker", "podman", "buildah")


def engine_named(name: str, commands: Commands) -> Engine:
    """The engine of that name, whether it is there or not.

    Raises:
        EngineError: there is no engine of that name.
    """
    if name == "docker":
        from dockerfix.verify.engines.docker import Docker

        return Docker(commands)
    if name == "podman":
        from dockerfix.verify.engines.podman import Podman

        return Podman(commands)
    if name == "buildah":
        from dockerfix.verify.engines.buildah import Buildah

        return Buildah(commands)
    raise EngineError(f"--engine {name}: there is none of that name; choose one of {', '.join(NAMES)}")


def choose_engine(name: str | None, commands: Commands) -> Engine:
    """The engine to use.

    Args:
        name: one of `NAMES`; None for the first of them that answers.
    Raises:
        EngineError: it does not answer, or none does; the message says why, and what to do.
    """
    if name is not None:
        engine = engine_named(name, commands)
        engine.version()
        return engine
    reasons: list[str] = []
    for candidate in NAMES:
        engine = engine_named(candidate, commands)
        try:
            engine.version()
        except EngineError as error:
            reasons.append(str(error))
        else:
            return engine
    raise EngineError(f"no engine to verify with: {'; '.join(reasons)}. Install or start Docker, Podman or Buildah")
