"""Who is in the rooms, and who waits, asked of their products now and then while somebody looks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from uuid import UUID

from orchestrator.clock import Clock
from orchestrator.domain.rooms import Room
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.rooms.provider import Present, RoomTrouble
from orchestrator.store.pool import UNAVAILABLE
from orchestrator.store.rooms import RoomStanding

ASKED_EVERY: Final = 15.0
"""Seconds that what a product says is good for."""
PATIENCE: Final = 3.0
"""Seconds that it may take to say so."""

Answer = tuple[Present, ...] | None
"""None: not known."""


class Presence:
    """What the products said last. Nothing is asked about rooms that nobody looks at."""

    def __init__(self, rooms: RoomKeeper, clock: Clock) -> None:
        self._rooms, self._clock = rooms, clock
        self._said: dict[UUID, tuple[float, Answer]] = {}
        self._old: set[UUID] = set()
        self._asking: dict[UUID, asyncio.Task[None]] = {}
        self._followers: list[Callable[[], None]] = []

    def follow(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Be told when a product may say, or says, something else than before. Gives what takes that back."""
        self._followers.append(changed)
        return lambda: self._followers.remove(changed)

    def moved(self, room_id: UUID) -> None:
        """Somebody came or went: what is known of this room is old."""
        if room_id in self._said or room_id in self._asking:
            self._old.add(room_id)
            self._tell()

    def last(self, organisation_id: UUID, room: Room, standing: RoomStanding | None) -> Answer:
        """What was said last, at once; what is old is asked for anew meanwhile."""
        self._ask(organisation_id, room, standing)
        return self._said.get(room.room_id, (0.0, None))[1]

    async def now(self, organisation_id: UUID, room: Room, standing: RoomStanding | None) -> Answer:
        """The same, once the product has answered, if it does in time."""
        if asking := self._ask(organisation_id, room, standing):
            await asyncio.wait({asking})
        return self._said.get(room.room_id, (0.0, None))[1]

    async def aclose(self) -> None:
        """Ask no more."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _ask(
        self, organisation_id: UUID, room: Room, standing: RoomStanding | None
    ) -> asyncio.Task[None] | None:
        id_ = room.room_id
        if standing is None or not standing.joinable:
            self._said.pop(id_, None)
            return None
        if id_ not in self._asking and self._is_old(id_):
            task = asyncio.create_task(self._answer(organisation_id, room), name=f"presence {id_}")
            self._asking[id_] = task
            task.add_done_callback(lambda _: self._asking.pop(id_))
        return self._asking.get(id_)

    def _is_old(self, room_id: UUID) -> bool:
        if room_id in self._old or room_id not in self._said:
            return True
        return self._clock.monotonic() - self._said[room_id][0] >= ASKED_EVERY

    async def _answer(self, organisation_id: UUID, room: Room) -> None:
        now: float = self._clock.monotonic()
        said: Answer = None
        self._old.discard(room.room_id)
        with suppress(RoomTrouble, TimeoutError, *UNAVAILABLE):
            async with asyncio.timeout(PATIENCE):
                can = await self._rooms.capabilities(organisation_id, room.provider)
                if can is not None and can.tells_who_is_in:
                    said = await self._rooms.present(room.room_id)
        before = self._said.get(room.room_id, (0.0, None))[1]
        self._said[room.room_id] = (now, said)
        if said != before or room.room_id in self._old:
            self._tell()

    def _tell(self) -> None:
        for changed in self._followers:
            changed()
