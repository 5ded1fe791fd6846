"""Which rooms are sent into which source, and when that begins and ends."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.roomkeeping.casts import READ_EVERY, Casts
from orchestrator.roomkeeping.sources import RoomSources
from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.embedded.room import Room
from orchestrator.rooms.provider import Door
from orchestrator.store.pool import Pool
from orchestrator.store.records import Source
from tests.clock import FakeClock
from tests.rooms.contract import spec_of
from tests.town import KEY, Node, Town, founded


@dataclass
class Hall:
    """A planned room with a source, and what is sent."""

    town: Town
    rooms: EmbeddedRooms
    room_id: UUID
    meeting_id: UUID
    sent: list[Source] = field(default_factory=list)
    now: set[int] = field(default_factory=set)

    async def send(self, room: Room, source: Source) -> None:
        assert (room.closed, room.spec.door) == (False, "open")
        self.sent.append(source)
        number = len(self.sent)
        self.now.add(number)
        try:
            await asyncio.Event().wait()
        finally:
            self.now.remove(number)

    async def door(self, door: Door) -> None:
        spec = spec_of(room_id=self.room_id, organisation_id=self.town.organisation_id, door=door)
        await self.rooms.apply(await self.rooms.create(spec, None), spec)


@pytest.fixture
async def hall(pool: Pool) -> AsyncIterator[Hall]:
    node = Node(pool, FakeClock(datetime.now(UTC) + timedelta(days=1)))  # the log refuses what is old
    town = await founded(node)
    start = node.clock.now() + timedelta(days=1)
    meeting_id = await town.plans_meeting(
        "dialog", kind="conference", body_id=None, starts_at=start, ends_at=start + timedelta(hours=6)
    )
    made = Hall(town, EmbeddedRooms(node.clock, KEY.encode(), socket="/x"), uuid4(), meeting_id)
    await plans(made, made.town.source_id)
    yield made
    await made.rooms.aclose()


async def plans(hall: Hall, source_id: UUID | None, command: str = "plan_room") -> None:
    room = {"room_id": hall.room_id, "name": "Plenum", "provider": "embedded", "source_id": source_id}
    await hall.town.says(hall.meeting_id, command, room=room)


@pytest.fixture
async def casts(hall: Hall) -> AsyncIterator[Casts]:
    node = hall.town.node
    sources = RoomSources(node.views, node.states, node.directory)
    made = Casts(rooms=hall.rooms, sources=sources, send=hall.send)
    yield made
    for room_id in list(made._running):
        await made._end(room_id)


async def looked(casts: Casts, *, reads: bool = True) -> None:
    for _ in range(READ_EVERY if reads else 1):
        casts.look()
        await casts.settled()
    await asyncio.sleep(0)


async def test_a_room_is_sent_from_when_its_door_is_opened_until_it_is_closed(
    hall: Hall, casts: Casts
) -> None:
    await hall.door("shut")
    await looked(casts)
    assert not hall.sent
    await hall.door("open")
    await looked(casts)
    await looked(casts)
    assert [source.id for source in hall.sent] == [hall.town.source_id]
    await hall.door("shut")
    await looked(casts, reads=False)
    assert not hall.now


async def test_nothing_is_sent_into_the_broadcast_of_a_session_that_is_not_in_the_room(
    hall: Hall, casts: Casts
) -> None:
    await hall.door("open")
    here = await hall.town.plans_session(hall.meeting_id, room_id=hall.room_id)
    await hall.town.says(here, "open_session")
    await looked(casts)
    assert hall.now
    elsewhere = await hall.town.plans_session(hall.meeting_id)
    await hall.town.says(elsewhere, "open_session")
    await looked(casts)
    assert not hall.now
    await hall.town.says(elsewhere, "adjourn_session")
    await looked(casts)
    assert hall.now


async def test_behind_closed_doors_nothing_is_sent_and_afterwards_it_is_again(
    hall: Hall, casts: Casts
) -> None:
    await hall.door("open")
    await looked(casts)
    assert hall.now == {1}
    await hall.door("locked")
    await looked(casts, reads=False)
    assert not hall.now
    await looked(casts)
    assert not hall.now
    await hall.door("open")
    await looked(casts)
    assert hall.now == {2}


async def test_a_room_that_is_gone_is_no_longer_sent(hall: Hall, casts: Casts) -> None:
    await hall.door("open")
    await looked(casts)
    assert hall.now == {1}
    await hall.rooms.aclose()
    await looked(casts, reads=False)
    assert not hall.now


async def test_a_changed_source_is_sent_into_anew_and_none_ends_it(hall: Hall, casts: Casts) -> None:
    await hall.door("open")
    await looked(casts)
    source = hall.sent[0].model_copy(update={"port": 20050})
    await hall.town.node.directory.put_source(source)
    await looked(casts)
    assert hall.now == {2}
    assert hall.sent[-1].port == 20050
    await plans(hall, None, "change_room")
    await looked(casts)
    assert not hall.now


async def test_a_source_that_fetches_its_picture_elsewhere_is_never_sent_into(
    hall: Hall, casts: Casts
) -> None:
    await hall.town.node.directory.put_source(
        Source(
            id=hall.town.source_id,
            organisation_id=hall.town.organisation_id,
            name="Salen",
            slug="salen",
            kind="pull",
            url="rtsp://192.0.2.1/salen",
        )
    )
    await hall.door("open")
    await looked(casts)
    assert not hall.sent
