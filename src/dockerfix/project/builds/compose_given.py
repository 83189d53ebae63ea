"""What a compose file gives to the build and the start of a Dockerfile: for whoever builds it as its owner does."""

from __future__ import annotations

from dockerfix.frozen import frozen
from dockerfix.memo import memoised
from dockerfix.project.builds.compose import services_around
from dockerfix.project.builds.use import relative
from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.context.repository import repository_of

__all__ = ["ComposeGiven", "compose_given"]


@frozen
class ComposeGiven:
    """One service's words; values that are not known are left out.

    Attributes:
        place: for people: "compose.yaml:3", as seen from the context.
        environment: of its `env_file`s, and over them its own.
        health: its check as Docker has it: `("CMD-SHELL", text)`; empty without one.
    """

    place: str
    service: str
    target: str | None = None
    args: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    health: tuple[str, ...] = ()


@memoised
def compose_given(context: BuildContext) -> ComposeGiven | None:
    """What the first service says that is built from the context's Dockerfile; None where there is none."""
    if not context.known:
        return None
    from dockerfix.project.builds.compose_files import env_values

    repository, way = repository_of(context)
    for service, use, built in services_around(context):
        if not built or use is None:
            continue
        files = {
            name: value for path in service.env_files for name, value in env_values(repository.text(path) or "").items()
        }
        own = {name: value for name, value in service.environment.items() if value is not None}
        return ComposeGiven(
            f"{relative(service.file, way)}:{service.line}",
            service.name,
            use.target if use.certain else None,
            tuple((name, value) for name, value in use.args if value is not None),
            tuple({**files, **own}.items()),
            service.health,
        )
    return None
