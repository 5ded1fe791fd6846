"""One page in a room: what it is told, without ever holding up anybody else, and what it sends."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from orchestrator.rooms.embedded.channel import Channel
from orchestrator.rooms.embedded.feed import Feed
from orchestrator.rooms.embedded.forward import Subscription
from orchestrator.rooms.embedded.messages import Bye, Kind, RoomSeen, Source, ToPage, Why
from orchestrator.rooms.provider import Guest

MOST_PENDING: Final = 50
"""Messages that wait for one page; with more it is let go."""
SENDS_WITHIN: Final = 10.0
"""Seconds for one message to leave."""


class Member:
    """Somebody's page. ``waiting``: in the lobby. ``muted``: by a host, until the microphone is on again."""

    def __init__(self, guest: Guest, channel: Channel, *, waiting: bool) -> None:
        self.guest = guest
        self.waiting = waiting
        self.muted = False
        self.on: set[Kind] = set()
        self.feeds: dict[Source, Feed] = {}
        self.subscription: Subscription | None = None
        self._channel = channel
        self._pending: deque[ToPage] = deque()
        self._stale = False
        self._wake = asyncio.Event()

    def tell(self, message: ToPage) -> None:
        """Send it when the messages before it have left."""
        if len(self._pending) >= MOST_PENDING:
            self._pending.clear()
            self._pending.append(Bye(why="slow"))
        elif not self._over:
            self._pending.append(message)
        self._wake.set()

    def room_changed(self) -> None:
        """What the room is like is sent when there is time, as it is by then."""
        self._stale = True
        self._wake.set()

    def bye(self, why: Why) -> None:
        """No more to or from this page."""
        self.tell(Bye(why=why))

    async def write(self, room: Callable[[], RoomSeen]) -> None:
        """Send what there is to send, until the last message has left; then the channel is closed."""
        try:
            while not await self._wrote_last(room):
                await self._wake.wait()
                self._wake.clear()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            await self._channel.close()

    @property
    def _over(self) -> bool:
        return bool(self._pending) and isinstance(self._pending[-1], Bye)

    async def _wrote_last(self, room: Callable[[], RoomSeen]) -> bool:
        while self._pending or self._stale:
            if self._pending:
                message: ToPage = self._pending.popleft()
            else:
                message = room()
                self._stale = False
            async with asyncio.timeout(SENDS_WITHIN):
                await self._channel.send(message.model_dump_json())
            if isinstance(message, Bye):
                return True
        return False
