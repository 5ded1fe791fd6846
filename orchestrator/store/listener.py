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
CHAT = "chat"
"""The channel that carries the id of a session whose chat has changed."""
ROOMS = "rooms"
"""The channel that carries the id of a room, or of something due, that has changed."""
DELETED = "deleted"
"""The channel that carries the name of a stream that has left the log."""

POLL_INTERVAL = 5.0
"""Seconds after which a reader looks anyway."""


class Listener:
    """A connection of its own that listens on all channels, and connects again when it is lost.

    ``dsn`` must lead to PostgreSQL itself, not to a pooler.
    """

    def __init__(self, dsn: str, *, probe_interval: float = PROBE_INTERVAL) -> None:
        self._dsn = dsn
        self._probe_interval = probe_interval
        self._position = 0
        self._woken = asyncio.Event()
        self._on: dict[str, list[Callable[[str | None], None]]] = {
            channel: [] for channel in (ACCESS, CHAT, ROOMS, DELETED)
        }
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
        return self._call(ACCESS, ended)

    def on_chat(self, changed: Callable[[str | None], None]) -> Callable[[], None]:
        """Call ``changed`` with each session whose chat has changed, likewise."""
        return self._call(CHAT, changed)

    def on_rooms(self, changed: Callable[[str | None], None]) -> Callable[[], None]:
        """Call ``changed`` with each room whose standing has changed, likewise."""
        return self._call(ROOMS, changed)

    def on_deleted(self, forget: Callable[[str | None], None]) -> Callable[[], None]:
        """Call ``forget`` with each stream that was deleted, likewise."""
        return self._call(DELETED, forget)

    def _call(self, channel: str, told: Callable[[str | None], None]) -> Callable[[], None]:
        self._on[channel].append(told)
        return lambda: self._on[channel].remove(told)

    async def _listen(self, connection: OwnConnection) -> None:
        await connection.add_listener(LOG, self._moved)
        for channel in self._on:
            await connection.add_listener(channel, self._said)
        # What was said while nobody listened is lost, and another server may be behind the old one.
        self._position = 0
        self.connected.set()
        self._wake()
        for channel in self._on:
            self._tell(channel, None)

    def _lost(self) -> None:
        self.connected.clear()

    def _moved(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._position = int(str(payload))  # they come in the order of the log, which may lose its end
        self._wake()

    def _said(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._tell(channel, str(payload))

    def _wake(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()

    def _tell(self, channel: str, id_: str | None) -> None:
        for callback in tuple(self._on[channel]):
            callback(id_)


async def _probe(connection: OwnConnection) -> None:
    await connection.fetchval("select 1")
