"""The WebSocket that the page of an embedded room converses at. Its token comes in the first message."""

from typing import Final, Protocol

from aiohttp import WSMsgType, web

from orchestrator.clock import Clock
from orchestrator.rooms.embedded.channel import Channel
from orchestrator.rooms.embedded.messages import LONGEST
from orchestrator.web.limits import Limit, TooMany
from orchestrator.web.origins import require_own_origin

HEARTBEAT: Final = 15.0
"""Seconds between two pings; a page that answers none is gone."""
CLOSES_WITHIN: Final = 2.0
BURST: Final = 60
RATE: Final = 5.0
"""Messages from one page at once, and a second after that."""


class Conversations(Protocol):
    """The rooms of this process."""

    async def converse(self, channel: Channel) -> None:
        """One page's whole conversation."""
        ...


class _Socket:
    """A Channel over a WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, clock: Clock) -> None:
        self._socket = socket
        self._limit = Limit(clock, burst=BURST, rate=RATE, everybody=1)

    async def receive(self) -> str | None:
        message = await self._socket.receive()
        try:
            self._limit.take("")
        except TooMany:
            return None
        if message.type is WSMsgType.TEXT:
            return str(message.data)
        return "" if message.type is WSMsgType.BINARY else None  # "" is refused as no message of ours

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def close(self) -> None:
        await self._socket.close()


async def converse(request: web.Request, rooms: Conversations, clock: Clock) -> web.WebSocketResponse:
    """Answer a GET that opens the socket, until the conversation is over. 403 for pages of others."""
    require_own_origin(request)
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT, max_msg_size=LONGEST, timeout=CLOSES_WITHIN, compress=False
    )
    await socket.prepare(request)
    await rooms.converse(_Socket(socket, clock))
    return socket
