"""What runs beside the requests for as long as the service does: when one dies the service stops."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self

from orchestrator.store.pool import UNAVAILABLE

log = logging.getLogger(__name__)

HOUR: Final = 3600.0
"""In seconds."""


class SideTaskEnded(Exception):
    """Something that should run for ever has ended."""


class SideTasks:
    """Tasks that are cancelled, the last first, when the block ends."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` under this name."""
        self._tasks.append(asyncio.create_task(work, name=name))

    async def watch(self) -> None:
        """Return never; raises SideTaskEnded, from its error, when one of them ends."""
        if not self._tasks:
            await asyncio.Event().wait()
        ended, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        task = ended.pop()
        error = None if task.cancelled() else task.exception()
        raise SideTaskEnded(f"{task.get_name()} ended: {error!r}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in reversed(self._tasks):
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            except Exception as failed:
                if not isinstance(error, SideTaskEnded) or error.__cause__ is not failed:
                    log.exception("%s failed", task.get_name())


async def hourly(what: str, delete: Callable[[], Awaitable[int]]) -> None:
    """Delete what is old now and every hour, for ever; ``delete`` answers how many rows that was."""
    while True:
        try:
            if gone := await delete():
                log.info("%s: %d rows were old and are deleted", what, gone)
        except UNAVAILABLE as error:
            log.warning("old %s wait for the database: %s", what, type(error).__name__)
        await asyncio.sleep(HOUR)
