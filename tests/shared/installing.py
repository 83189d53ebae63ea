"""Installs of a Dockerfile whose last instruction is a RUN, for the tests of the package managers."""

from __future__ import annotations

from collections.abc import Mapping

from modelled import Files, modelled

from dockerfix.plans.order import Install, Split, installs

Reads = Mapping[str, str]


def found(run: str, files: Files, *, above: str = "COPY . .\n") -> list[Install]:
    """What a RUN in /app installs.

    Args:
        above: the instructions between WORKDIR and the RUN.
    """
    model = modelled(f"FROM debian:12-slim\nWORKDIR /app\n{above}RUN {run}\n", files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def the_install(run: str, files: Files, *, above: str = "COPY . .\n") -> Install:
    """The only install of a RUN."""
    (install,) = found(run, files, above=above)
    return install


def read(run: str, files: Files, *, above: str = "COPY . .\n") -> list[str]:
    """The context paths that the only install reads, sorted; nothing about it may be uncertain."""
    install = the_install(run, files, above=above)
    assert install.problem is None
    return sorted(install.reads.values())


def problem(run: str, files: Files, *, above: str = "COPY . .\n") -> str:
    """Why what the only install reads is not certain."""
    install = the_install(run, files, above=above)
    assert install.problem is not None
    return install.problem


def split(run: str, files: Files, *, above: str = "COPY . .\n") -> Split:
    """How the only install, one of the project itself, is parted."""
    install = the_install(run, files, above=above)
    assert install.is_project
    assert install.split is not None
    return install.split
