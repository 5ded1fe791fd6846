"""Rooms of this process that are to be seen in the broadcast, sent into their source while they are open."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from orchestrator.backoff import Backoff
from orchestrator.clock import Clock
from orchestrator.effects import Reconciler
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.rooms.embedded.cast import Cast, FellBehind
from orchestrator.rooms.embedded.film import PICTURES
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.embedded.room import Room
from orchestrator.store.directory import Directory
from orchestrator.store.records import Source
from orchestrator.streaming.ffmpeg import FfmpegMissingError, running
from orchestrator.streaming.rendering import text_picture
from orchestrator.streaming.sender import sender_args

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds between looks at the doors."""
READ_EVERY: Final = 5
"""Looks between two readings of what source a room has."""
SIZE: Final = (1280, 720)
"""Of the picture, in pixels."""
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where sources listen, and how we get there

Sending = Callable[[Room, Source], Coroutine[Any, Any, None]]
"""Sends a room into a source until cancelled."""


class Sender:
    """Sends a room into a source of ours with an ffmpeg of its own, which is begun again when it ends."""

    def __init__(self, directory: Directory, clock: Clock, *, host: str) -> None:
        """``host``: the address that SRT sources listen on."""
        self._directory = directory
        self._clock = clock
        self._host = _ANYWHERE.get(host, host)

    async def __call__(self, room: Room, source: Source) -> None:
        """Until cancelled. The ffmpeg of a service that was killed ends by itself: its input does."""
        cast = Cast(room, self._clock, size=SIZE, slate=await self._slate(room))
        passphrase = source.passphrase.get_secret_value() if source.passphrase else ""
        port = source.port or 0
        args = sender_args(size=SIZE, pictures=PICTURES, host=self._host, port=port, passphrase=passphrase)
        backoff = Backoff(first=0.5, most=10.0)
        while True:
            began = self._clock.monotonic()
            try:
                async with running(args, feed=True, secrets=[passphrase]) as child:
                    try:
                        await cast.send(child.stdin)
                    except ConnectionError:
                        log.warning("room %s cannot be sent: %s", room.spec.room_id, " | ".join(child.said))
            except FellBehind:
                log.warning("room %s is sent anew: this machine is too slow", room.spec.room_id)
            except FfmpegMissingError as error:
                log.warning("room %s cannot be sent: %s", room.spec.room_id, error)
            await asyncio.sleep(backoff.after(self._clock.monotonic() - began))

    async def _slate(self, room: Room) -> bytes:
        organisation = await self._directory.organisation(room.spec.organisation_id)
        if organisation is None:
            raise LookupError(f"the organisation of room {room.spec.room_id} is gone")
        about = (SIZE, room.spec.name, (), organisation.name, organisation.colour)
        return await asyncio.to_thread(text_picture, *about)


@dataclass(frozen=True, slots=True)
class _Running:
    room: Room
    source: Source
    task: asyncio.Task[None]


class Casts:
    """One sending for each open room with a source."""

    def __init__(
        self,
        *,
        rooms: EmbeddedRooms,
        sources: RoomSources,
        send: Sending,
        on_failure: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._rooms, self._sources, self._send = rooms, sources, send
        self._running: dict[UUID, _Running] = {}
        self._reconciler = Reconciler("casts", self._reconcile, on_failure=on_failure)
        self._looks = 0

    async def run(self) -> None:
        """Keep them until cancelled, then end them."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_EVERY)
        finally:
            await self._reconciler.stop()
            for room_id in list(self._running):
                await self._end(room_id)

    def look(self) -> None:
        """See whose door was opened or closed; now and then also whose source is another."""
        reads = self._looks % READ_EVERY == 0
        self._looks += 1
        open_ = set(self._open())
        for room_id in open_ | self._running.keys():
            if reads or room_id not in open_:
                self._reconciler.want(room_id)

    async def settled(self) -> None:
        """Return when all is as wanted."""
        await self._reconciler.settled()

    def _open(self) -> dict[UUID, Room]:
        return {
            room.spec.room_id: room
            for room in self._rooms.live()
            if not room.closed and room.spec.door == "open"
        }

    async def _reconcile(self, room_id: UUID) -> None:
        room = self._open().get(room_id)
        if room is None:  # before anything is read: that may take a while
            await self._end(room_id)
            return
        source = await self._sources.of(room_id)
        now = self._running.get(room_id)
        if now and now.room is room and now.source == source and not now.task.done():
            return
        await self._end(room_id)
        if source is not None and self._open().get(room_id) is room:
            task = asyncio.create_task(self._send(room, source), name=f"cast {room_id}")
            self._running[room_id] = _Running(room, source, task)

    async def _end(self, room_id: UUID) -> None:
        if running_ := self._running.pop(room_id, None):
            running_.task.cancel()
            (ended,) = await asyncio.gather(running_.task, return_exceptions=True)
            if isinstance(ended, Exception):
                log.error("sending room %s failed", room_id, exc_info=ended)
