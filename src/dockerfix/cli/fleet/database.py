"""The database of a fleet: a file that one process has, or a server that many share."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dockerfix.errors import DockerfixError, FileError

if TYPE_CHECKING:
    from dockerfix.bot.fleet.store import Store

__all__ = ["database", "opened"]

_EMBEDDED = "embedded"  # one name for all starts: a worker's jobs go back to the one of the same name


@contextmanager
def database(url: str | None, *, is_alone: bool) -> Iterator[tuple[str, str]]:
    """The database's URL, and the name of this worker.

    Args:
        url: `sqlite:///PATH` or `postgresql://…`; None for a file in the user's state folder.
        is_alone: refuse a file that another process works with.
    Raises:
        FileError: the file cannot be made, or another process works with it.
    """
    if url is not None and not url.startswith("sqlite:///"):
        yield _server(url), f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        return
    file = _state_file() if url is None else Path(url.removeprefix("sqlite:///"))
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if url is None:
            file.parent.chmod(0o700)
        for own in (file, file.with_name(f"{file.name}.lock")):  # SQLite's files beside it get the same rights
            os.close(os.open(own, os.O_RDWR | os.O_CREAT, 0o600))
            own.chmod(0o600)
        with _locked(file, is_alone=is_alone):
            yield f"sqlite:///{file.absolute()}", _EMBEDDED
    except OSError as error:
        raise FileError(f"{file}: cannot be used as a database ({error.strerror or error})") from error


@contextmanager
def _locked(file: Path, *, is_alone: bool) -> Iterator[None]:
    from dockerfix.bot.fleet.scratch import lock

    held = lock(file.with_name(f"{file.name}.lock")) if is_alone else None
    if is_alone and held is None:
        raise FileError(f"{file}: another dockerfix fleet works with it; several share a --database postgresql://…")
    try:
        yield
    finally:
        if held is not None:
            held.close()


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The fleet's tables.

    Raises:
        DockerfixError: the database cannot be reached; no password is shown.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from dockerfix.bot.fleet.store import Store

    try:
        store = Store(url)
        try:
            yield store
        finally:
            store.close()
    except SQLAlchemyError as error:
        shown = make_url(url).render_as_string(hide_password=True)
        told = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DockerfixError(f"--database {shown}: {told}") from None


def _server(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


def _state_file() -> Path:
    home = os.environ.get("XDG_STATE_HOME")
    return Path(home if home else Path.home() / ".local" / "state") / "dockerfix" / "fleet.sqlite"
