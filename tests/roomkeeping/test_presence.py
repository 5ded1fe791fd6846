import asyncio
from dataclasses import dataclass

import pytest

from orchestrator.domain.rooms import Room
from orchestrator.roomkeeping.presence import ASKED_EVERY, Presence
from orchestrator.rooms.provider import Present, RoomRef, RoomTrouble
from tests.roomkeeping.test_keeper import DAY, MEMBER, OBSERVER, Day, day

__all__ = ["day"]


@dataclass
class Lobby:
    """An open room, what is known of who is in it, and what the product is asked."""

    day: Day
    presence: Presence
    asked: int = 0
    told: int = 0
    trouble: RoomTrouble | None = None

    async def last(self) -> list[str] | None:
        """Who was there as far as was known, and whoever asks is answered."""
        standing = await self.day.rooms.standing(self.day.room_id)
        found = self.presence.last(self.day.town.organisation_id, self._room, standing)
        await self.answered()
        return None if found is None else [one.identity for one in found]

    async def now(self) -> list[str] | None:
        standing = await self.day.rooms.standing(self.day.room_id)
        found = await self.presence.now(self.day.town.organisation_id, self._room, standing)
        return None if found is None else [one.identity for one in found]

    async def answered(self) -> None:
        while self.presence._asking:
            await asyncio.sleep(0)

    async def comes(self, *guests: str) -> None:
        for guest in guests:
            one = next(one for one in (MEMBER, OBSERVER) if one.identity == guest)
            await self.day.keeper.join(self.day.town.organisation_id, self.day.room_id, one)

    @property
    def _room(self) -> Room:
        return Room(room_id=self.day.room_id, name="Plenum", provider="livekit")


@pytest.fixture
async def lobby(day: Day, monkeypatch: pytest.MonkeyPatch) -> Lobby:
    await day.after(20 * DAY - 1800)
    made = Lobby(day, Presence(day.keeper, day.clock))
    says = day.product.present

    async def present(ref: RoomRef) -> tuple[Present, ...]:
        made.asked += 1
        if made.trouble:
            raise made.trouble
        return await says(ref)

    def told() -> None:
        made.told += 1

    monkeypatch.setattr(day.product, "present", present)
    made.presence.follow(told)
    return made


async def test_what_is_known_is_there_at_once_and_whoever_follows_is_told_when_more_is(lobby: Lobby) -> None:
    await lobby.comes("member")
    assert await lobby.last() is None
    assert lobby.told == 1
    assert await lobby.last() == ["member"]
    assert lobby.asked == 1, "not again while it is fresh"
    lobby.day.clock.advance(ASKED_EVERY)
    assert await lobby.last() == ["member"]
    assert (lobby.asked, lobby.told) == (2, 1), "nobody is told of what is as it was"
    assert await lobby.now() == ["member"]


async def test_somebody_who_comes_is_asked_for_at_once_though_an_answer_is_on_its_way(lobby: Lobby) -> None:
    lobby.presence.moved(lobby.day.room_id)
    assert (lobby.asked, lobby.told) == (0, 0), "nobody has looked"
    assert await lobby.now() == []
    await lobby.comes("member")
    lobby.presence.moved(lobby.day.room_id)
    assert await lobby.last() == []
    assert await lobby.last() == ["member"]
    lobby.presence.moved(lobby.day.room_id)
    asking = asyncio.create_task(lobby.now())
    await asyncio.sleep(0)
    while not lobby.presence._asking:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    before = lobby.told
    lobby.presence.moved(lobby.day.room_id)
    await asking
    assert lobby.told > before
    asked = lobby.asked
    await lobby.last()
    assert lobby.asked == asked + 1


async def test_where_the_product_does_not_say_nothing_is_known(lobby: Lobby) -> None:
    await lobby.comes("member")
    assert await lobby.now() == ["member"]
    lobby.trouble = RoomTrouble("unavailable")
    lobby.day.clock.advance(ASKED_EVERY)
    assert await lobby.now() is None
    assert lobby.told == 2


async def test_nothing_is_asked_of_a_room_that_is_shut(lobby: Lobby) -> None:
    await lobby.comes("member")
    assert await lobby.now() == ["member"]
    await lobby.day.after(1800 + 3600 + 900)
    asked = lobby.asked
    assert await lobby.now() is None
    assert await lobby.last() is None
    assert lobby.asked == asked
