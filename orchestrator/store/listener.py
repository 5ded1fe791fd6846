"""Hear from PostgreSQL that there is something to look at. It says only "look": readers keep cursors."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from orchestrator.store.pool import PROBE_INTERVAL, OwnConnection, keep_connected

LOG = "log"
"""The channel that carries the position of what was appended."""
ACCESS = "access"
"""The channel that carries the id of a link, login or token that no longer holds."""

POLL_INTERVAL = 5.0
"""Seconds after which a reader looks anyway."""


class Listener:
    """A connection of its own that listens on both channels, and connects again when it is lost.

    ``dsn`` must lead to PostgreSQL itself, not to a pooler.
    """

    def __init__(self, dsn: str, *, probe_interval: float = PROBE_INTERVAL) -> None:
        self._dsn = dsn
        self._probe_interval = probe_interval
        self._position = 0
        self._woken = asyncio.Event()
        self._on_access: list[Callable[[str | None], None]] = []
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()
        """Set while the connection stands: what happens meanwhile is heard of at once."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(
            keep_connected(
                self._dsn,
                connected=self._listen,
                probe=_probe,
                lost=self._lost,
                interval=self._probe_interval,
            ),
            name="listener",
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def wait(self, after: int) -> None:
        """Return once the log may hold something above position ``after``; in any case after 5 s."""
        if self._position > after:
            return
        woken = self._woken
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_INTERVAL):
                await woken.wait()

    def on_access(self, ended: Callable[[str | None], None]) -> Callable[[], None]:
        """Call ``ended`` with each id that no longer holds, and with None when some may have been missed.

        Returns what takes it back.
        """
        self._on_access.append(ended)
        return lambda: self._on_access.remove(ended)

    async def _listen(self, connection: OwnConnection) -> None:
        await connection.add_listener(LOG, self._moved)
        await connection.add_listener(ACCESS, self._ended)
        # What was said while nobody listened is lost, and another server may be behind the old one.
        self._position = 0
        self.connected.set()
        self._wake()
        self._tell(None)

    def _lost(self) -> None:
        self.connected.clear()

    def _moved(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._position = max(self._position, int(str(payload)))
        self._wake()

    def _ended(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._tell(str(payload))

    def _wake(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()

    def _tell(self, ended: str | None) -> None:
        for callback in tuple(self._on_access):
            callback(ended)


async def _probe(connection: OwnConnection) -> None:
    await connection.fetchval("select 1")
