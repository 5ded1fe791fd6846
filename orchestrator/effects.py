"""The third arrow: what is outside is brought to the state wanted now, again and again until it is so.

An effect says how one target is reconciled; reconciling must be idempotent, for it is done at least once
after each change, after a failure, and after a restart. Replaying the log never comes here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T", bound=Hashable)


class Reconciler(Generic[T]):
    """Reconciles targets: each one at a time, different ones at once, failures again with growing pauses."""

    def __init__(
        self,
        name: str,
        reconcile: Callable[[T], Awaitable[None]],
        *,
        first_pause: float = 0.5,
        longest_pause: float = 30.0,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """Pauses in seconds. ``on_failure`` is told ``name``, for the metrics."""
        self.name = name
        self._reconcile = reconcile
        self._pauses = (first_pause, longest_pause)
        self._on_failure = on_failure
        self._wanted: dict[T, asyncio.Event] = {}
        self._tasks: dict[T, asyncio.Task[None]] = {}

    def want(self, target: T) -> None:
        """What is wanted of ``target`` may have changed: look at it (again, if being looked at now)."""
        wanted = self._wanted.setdefault(target, asyncio.Event())
        wanted.set()
        if target not in self._tasks:
            task = asyncio.create_task(self._until_settled(target, wanted), name=f"{self.name} {target}")
            self._tasks[target] = task
            task.add_done_callback(lambda _: self._done(target))

    async def settled(self) -> None:
        """Return when nothing is left to do."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Leave what is not done; the next start does it."""
        for wanted in self._wanted.values():
            wanted.clear()  # else a task that ends begins anew
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _until_settled(self, target: T, wanted: asyncio.Event) -> None:
        pause, longest = self._pauses
        while wanted.is_set():
            wanted.clear()
            try:
                await self._reconcile(target)
            except Exception:
                log.exception("%s: %s is not as wanted yet; again in %.1f s", self.name, target, pause)
                self._on_failure(self.name)
                with suppress(TimeoutError):  # what is changed meanwhile may be what helps
                    async with asyncio.timeout(pause):
                        await wanted.wait()
                wanted.set()
                pause = min(pause * 2, longest)

    def _done(self, target: T) -> None:
        del self._tasks[target]
        wanted = self._wanted.pop(target)
        if wanted.is_set():  # wanted again between the last look and now
            self.want(target)
