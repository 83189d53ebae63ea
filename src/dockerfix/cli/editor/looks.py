"""Looks at buffers while they change: one look at a time for each, and only the newest text counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from dockerfix.bot.fleet.isolated import IsolationError, UnwantedError, isolated
from dockerfix.cli.editor.looking import Result, look
from dockerfix.cli.editor.seen import Buffer, Seen
from dockerfix.report.model import Failure

__all__ = ["Looks"]

_SECONDS = 60.0  # by the clock; the processor's time has a limit of its own (`limits.limited`)
_AT_ONCE = 2  # looks


class Looks:
    """The open buffers, each with its newest look, which is waited for, under way, or done.

    Args:
        tell: called with what was found, for each text that was not replaced meanwhile.
    """

    def __init__(self, tell: Callable[[Seen], None]) -> None:
        self._tell = tell
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._running: dict[str, _Look] = {}

    @property
    def buffers(self) -> list[Buffer]:
        """The newest text of each."""
        return [look.buffer for look in self._running.values()]

    def renew(self, buffer: Buffer, pause: float) -> None:
        """Look at a text in place of what the buffer held before; after a pause, as more may be typed."""
        self.drop(buffer.uri)
        self._running[buffer.uri] = _Look(buffer, pause, self._pool, self._tell)

    def drop(self, uri: str) -> None:
        """Forget a buffer, and end the look at it."""
        found = self._running.pop(uri, None)
        if found is not None:
            found.stop()

    async def newest(self, uri: str) -> Seen | None:
        """What is found in the newest text, without a pause; None for a buffer that is not open (any more)."""
        while (found := self._running.get(uri)) is not None:
            seen = await found.done()
            if self._running.get(uri) is found:
                return seen
        return None


class _Look:
    """One look at one text."""

    def __init__(self, buffer: Buffer, pause: float, pool: ThreadPoolExecutor, tell: Callable[[Seen], None]) -> None:
        self.buffer = buffer
        self._tell = tell
        self._pool = pool
        self._stopped = threading.Event()
        self._hurry = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run(pause))

    def stop(self) -> None:
        self._stopped.set()
        self._task.cancel()

    async def done(self) -> Seen | None:
        """What was found; None where the look was stopped."""
        self._hurry.set()
        await asyncio.wait([self._task])
        return None if self._task.cancelled() else self._task.result()

    async def _run(self, pause: float) -> Seen:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), pause)
        result = await asyncio.get_running_loop().run_in_executor(self._pool, self._found)
        seen = Seen(self.buffer, result)
        self._tell(seen)
        return seen

    def _found(self) -> Result:
        def wanted() -> bool:
            return not self._stopped.is_set()

        try:
            return isolated(look, self.buffer.path, self.buffer.source, seconds=_SECONDS, wanted=wanted)
        except UnwantedError:
            return None
        except IsolationError as error:
            return Failure("", str(error))
