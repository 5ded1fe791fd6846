"""The log, read on from where it was left; the place is kept, for whoever does the same work next."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from orchestrator.store.events import EventStore, Recorded
from orchestrator.store.pool import Pool
from orchestrator.store.views import checkpoint, set_checkpoint

BATCH: Final = 500


class Following:
    """One reading of the log, by ``name``. What was written before it first began is not read."""

    def __init__(self, pool: Pool, events: EventStore, name: str) -> None:
        self._pool, self._events, self._name = pool, events, name
        self._position: int | None = None

    async def news(self) -> AsyncIterator[Sequence[Recorded]]:
        """What is new, in order; each part is done with when the next is asked for, else it comes again."""
        if self._position is None:
            async with self._pool.acquire() as connection, connection.transaction():
                self._position = await checkpoint(connection, self._name)
            if not self._position:
                await self._reached(await self._events.head())
        while news := await self._events.read_log(self._position or 0, BATCH):
            yield news
            await self._reached(news[-1].log_position)

    async def _reached(self, position: int) -> None:
        async with self._pool.acquire() as connection:
            await set_checkpoint(connection, self._name, position)
        self._position = position
