import asyncio
from asyncio import CancelledError
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.roomkeeping.wishes import Wishes
from orchestrator.rooms.provider import Guest, RoomProvider, RoomTrouble
from orchestrator.store.access import Access
from orchestrator.store.due import Mark, Marks
from orchestrator.store.pool import Pool
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.secrets import Vault
from tests.clock import FakeClock
from tests.rooms.memory import MemoryRooms
from tests.town import KEY, Node, Town, founded

DAY = 24 * 3600.0
CHAIR = Guest("link-1", "Møteleder", "host")
MEMBER = Guest("member", "Ola Vik", "participant")
OBSERVER = Guest("observer-1", "Tilhører", "observer")


@dataclass
class Day:
    """A conference with one room, some days ahead."""

    town: Town
    clock: FakeClock
    product: MemoryRooms
    keeper: RoomKeeper
    rooms: RoomStates
    marks: Marks
    meeting_id: UUID
    room_id: UUID

    async def look(self) -> tuple[str | None, str | None]:
        """What has become of the room once everything that is to be done now has been tried."""
        await self.keeper.sweep()
        await self.keeper.settled()
        standing = await self.rooms.standing(self.room_id)
        return (standing.state, standing.trouble) if standing else (None, None)

    async def after(self, seconds: float) -> tuple[str | None, str | None]:
        self.clock.advance(seconds)
        return await self.look()

    async def told(self) -> None:
        """Whatever the log says is acted on."""
        await self.keeper.follow()
        await self.keeper.settled()


def wishes_of(node: Node) -> Wishes:
    return Wishes(
        views=node.views,
        states=node.states,
        marks=Marks(node.pool),
        directory=node.directory,
        access=Access(node.pool),
        clock=node.clock,
    )


def keeper_of(node: Node, product: RoomProvider) -> RoomKeeper:
    async def reach(_: UUID) -> RoomProvider:
        return product

    return RoomKeeper(
        providers=RoomProviders({product.name: reach}),
        rooms=RoomStates(node.pool, Vault(KEY)),
        wishes=wishes_of(node),
        views=node.views,
        states=node.states,
        events=node.events,
        clock=node.clock,
    )


@pytest.fixture
async def day(pool: Pool) -> Day:
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))  # the log refuses what is already old
    node = Node(pool, clock)
    town, product = await founded(node), MemoryRooms()
    start = clock.now() + timedelta(days=20)
    meeting_id = await town.plans_meeting(
        "dialog", kind="conference", body_id=None, starts_at=start, ends_at=start + timedelta(hours=6)
    )
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit"}
    await town.says(meeting_id, "plan_room", room=room)
    keeper = keeper_of(node, product)
    await keeper.follow()
    made = Day(town, clock, product, keeper, RoomStates(pool, Vault(KEY)), Marks(pool), meeting_id, room_id)
    await planned(made)
    return made


async def planned(day: Day, hours: float = 0, **fields: Any) -> UUID:
    start = day.clock.now() + timedelta(days=20, hours=hours)
    plan = {
        "room_id": day.room_id,
        "source_id": None,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
    }
    return await day.town.plans_session(day.meeting_id, **(plan | fields))


async def test_a_room_goes_its_way_by_the_clock(day: Day) -> None:
    assert await day.look() == (None, None)
    assert await day.after(6 * DAY) == ("verified", None)
    with pytest.raises(RoomTrouble):
        await day.keeper.join(day.town.organisation_id, day.room_id, MEMBER)
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, CHAIR)).token
    day.product.calls.clear()
    assert await day.after(13 * DAY) == ("verified", None)
    assert day.product.calls == ["create", "apply", "verify"], "read back the day before"
    assert await day.after(DAY - 1800) == ("open", None)
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, MEMBER)).token
    assert await day.after(1800 + 3600 + 900) == ("closed", None)
    assert day.product.calls[-4:] == ["create", "close", "apply", "verify"]
    assert await day.after(2 * DAY) == (None, None)
    assert not day.product.rooms


async def test_nothing_is_asked_again_while_nothing_changes(day: Day) -> None:
    await day.after(7 * DAY)
    day.product.calls.clear()
    for _ in range(3):
        await day.after(60)
    assert day.product.calls == []


async def test_no_way_in_is_shown_while_the_room_is_not_as_wanted(day: Day) -> None:
    await day.after(20 * DAY - 1800)
    day.product.rooms[day.room_id].spec = None  # changed by hand
    assert await day.after(601) == ("open", None), "mended when it is read back"

    class Stubborn(MemoryRooms):
        async def verify(self, *_: object) -> tuple[str, ...]:
            return ("lobby",)

    day.keeper = keeper_of(day.town.node, Stubborn())
    assert await day.look() == ("failed", "not_as_wanted")
    standing = await day.rooms.standing(day.room_id)
    assert standing
    assert standing.differs == ("lobby",)
    with pytest.raises(RoomTrouble):
        await day.keeper.join(day.town.organisation_id, day.room_id, CHAIR)


async def test_trouble_is_told_with_the_next_try_and_heals(day: Day) -> None:
    day.product.troubles = [RoomTrouble("throttled", "429", retry_after=90), RoomTrouble("unavailable")]
    assert await day.after(7 * DAY) == ("failed", "throttled")
    assert await day.after(89) == ("failed", "throttled")
    assert len(day.product.calls) == 1, "it asked us to wait"
    assert await day.after(1) == ("failed", "unavailable")
    assert await day.after(4) == ("verified", None)
    assert day.product.made == 1


async def test_a_short_outage_does_not_take_the_link_away(day: Day) -> None:
    assert await day.after(20 * DAY - 1800) == ("open", None)
    day.product.troubles = [RoomTrouble("unavailable")]
    assert await day.after(601) == ("open", "unavailable")
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, MEMBER)).token
    assert await day.after(3) == ("open", None)


@pytest.mark.parametrize("call", range(3))
async def test_killed_between_any_two_calls_nothing_is_made_twice(day: Day, call: int) -> None:
    day.product.troubles = [*[None] * call, CancelledError()]
    day.clock.advance(7 * DAY)
    await day.keeper.sweep()
    await day.keeper.settled()
    day.keeper = keeper_of(day.town.node, day.product)  # the next process
    assert await day.look() == ("verified", None)
    assert day.product.made == 1


async def test_two_keepers_at_once_make_one_room(day: Day) -> None:
    other = keeper_of(Node(day.town.node.pool, day.clock), day.product)
    day.clock.advance(7 * DAY)
    for keeper in (day.keeper, other):
        await keeper.sweep()
    for keeper in (day.keeper, other):
        await keeper.settled()
    assert await day.look() == ("verified", None)
    assert day.product.made == 1


async def test_a_room_that_was_asked_for_and_is_planned_no_more_is_taken_away(day: Day) -> None:
    day.product.troubles = [CancelledError()]  # made, and its answer lost
    day.clock.advance(7 * DAY)
    await day.keeper.sweep()
    await day.keeper.settled()
    sessions = await day.town.node.views.sessions_in(day.room_id)
    await day.town.says(sessions[0].session_id, "cancel_session")
    await day.town.says(day.meeting_id, "remove_room", room_id=day.room_id)
    day.keeper = keeper_of(day.town.node, day.product)
    assert await day.look() == (None, None)
    assert not day.product.rooms


async def test_it_decides_when_a_room_is_opened(day: Day) -> None:
    await day.after(7 * DAY)
    mark = Mark(day.room_id, "open_lobby", day.town.organisation_id, at=day.clock.now() + timedelta(hours=1))
    await day.marks.put(mark)
    day.keeper.want(day.room_id)
    assert await day.look() == ("verified", None)
    assert await day.after(3600) == ("open", None)


async def test_the_floor_is_given_in_the_room_as_it_moves_on_the_list(day: Day) -> None:
    await day.after(20 * DAY)
    session_id = (await day.town.node.views.sessions_in(day.room_id))[0].session_id
    item_id, speech_id, who = uuid4(), uuid4(), day.town.people[1]
    await day.town.says(session_id, "add_item", item_id=item_id, title="Innledning", kind="report_item")
    await day.town.says(session_id, "open_session")
    await day.town.says(session_id, "call_roll", present=day.town.people)
    await day.town.says(session_id, "open_item", item_id=item_id)
    await day.town.says(
        session_id, "request_floor", request_id=speech_id, person_id=who, item_id=item_id, kind="speech"
    )
    await day.town.says(session_id, "call_next_speaker", request_id=speech_id, current_id=None)
    await day.told()
    spec = day.product.rooms[day.room_id].spec
    assert spec
    assert spec.speakers == {str(who)}
    await day.town.says(session_id, "end_speech", speech_id=speech_id)
    await day.told()
    spec = day.product.rooms[day.room_id].spec
    assert spec
    assert spec.speakers == frozenset()


async def test_a_room_that_a_session_leaves_and_comes_back_to_stays_the_same(day: Day) -> None:
    await day.after(20 * DAY)
    session_id = (await day.town.node.views.sessions_in(day.room_id))[0].session_id
    inner = {"room_id": uuid4(), "name": "Lukket møte", "provider": "livekit"}
    await day.town.says(session_id, "open_session")
    await day.told()
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, OBSERVER)).token
    await day.town.says(day.meeting_id, "plan_room", room=inner)
    await day.town.says(session_id, "use_room", room_id=inner["room_id"])
    await day.told()
    assert not day.product.rooms[day.room_id].inside, "at once, not at the next sweep"
    with pytest.raises(RoomTrouble):
        await day.keeper.join(day.town.organisation_id, day.room_id, OBSERVER)
    await day.town.says(session_id, "use_room", room_id=day.room_id)
    await day.told()
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, OBSERVER)).token
    assert day.product.made == 2, "links stay"


async def behind_closed_doors(day: Day) -> UUID:
    """The session that goes on in the room, with two items that are treated behind closed doors."""
    await day.after(20 * DAY)
    session_id = (await day.town.node.views.sessions_in(day.room_id))[0].session_id
    first, second, closing_id = uuid4(), uuid4(), uuid4()
    for item_id in (first, second):
        await day.town.says(session_id, "add_item", item_id=item_id, title="Personalsak", kind="report_item")
    await day.town.says(session_id, "open_session")
    await day.town.says(session_id, "call_roll", present=day.town.people)
    await day.town.says(session_id, "open_item", item_id=first)
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    proposed: dict[str, Any] = {"closing_id": closing_id, "item_ids": [first, second], "legal_basis": basis}
    await day.town.says(session_id, "propose_closing", **proposed)
    await day.town.says(session_id, "record_closing_vote", closing_id=closing_id, unanimous=True)
    await day.town.says(session_id, "close_doors", closing_id=closing_id)
    await day.told()
    assert await day.keeper.locked(day.room_id)
    return session_id


async def test_whoever_comes_in_behind_closed_doors_by_what_they_had_is_put_out_within_seconds(
    day: Day,
) -> None:
    await behind_closed_doors(day)
    room = day.product.rooms[day.room_id]
    room.inside[OBSERVER.identity] = OBSERVER  # with a token from before, and nobody told us
    await day.after(10)
    assert OBSERVER.identity not in room.inside


async def test_who_else_may_be_inside_is_not_confirmed_before_it_is_read_back(day: Day) -> None:
    session_id = await behind_closed_doors(day)
    gone = day.town.people[3]
    day.product.troubles = [None, None, RuntimeError("it does not answer")]
    await day.town.says(session_id, "record_departure", person_id=gone)
    await day.keeper.follow()
    while day.product.troubles:
        await asyncio.sleep(0)
    assert not await day.keeper.locked(day.room_id)
    await day.keeper.settled()
    assert await day.keeper.locked(day.room_id)


async def test_what_another_process_did_to_a_room_is_put_right(day: Day) -> None:
    await behind_closed_doors(day)
    room, standing = day.product.rooms[day.room_id], await day.rooms.standing(day.room_id)
    assert room.spec
    assert standing
    room.spec = replace(room.spec, door="open")  # it was late, and knew of no closing
    await day.rooms.put(replace(standing, door="open"))
    day.keeper.want(day.room_id)
    await day.keeper.settled()
    assert await day.keeper.locked(day.room_id)
    assert room.spec.door == "locked"


async def test_a_room_whose_opening_could_not_be_written_down_is_opened_all_the_same(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    await day.after(20 * DAY - 3600)
    put, lost = RoomStates.put, list[str]()

    async def loses_one(self: RoomStates, standing: RoomStanding, ref: Any = None) -> None:
        if standing.state == "open" and not lost:
            lost.append("open")
            raise ConnectionError
        await put(self, standing, ref)

    monkeypatch.setattr(RoomStates, "put", loses_one)
    assert await day.after(1800) == ("open", None)
    assert lost
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, MEMBER)).token


async def test_a_room_whose_session_is_moved_far_ahead_is_shut_and_told_the_new_time(day: Day) -> None:
    await day.after(20 * DAY - 1800)
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, MEMBER)).token
    session_id = (await day.town.node.views.sessions_in(day.room_id))[0].session_id
    start = day.clock.now() + timedelta(days=25)
    await day.town.says(session_id, "move_session", starts_at=start, ends_at=start + timedelta(hours=1))
    await day.told()
    room = day.product.rooms[day.room_id]
    assert room.spec
    assert (room.spec.door, room.spec.starts_at) == ("shut", start)
    assert room.inside == {}
    assert await day.look() == ("verified", None)
    assert await day.after(25 * DAY - 1800) == ("open", None)
    assert day.product.made == 1


async def test_a_host_whose_link_is_taken_back_is_out_of_a_room_that_is_not_open_yet(day: Day) -> None:
    access, town = Access(day.town.node.pool), day.town
    link_id, _ = await access.create_link(
        town.organisation_id,
        {Role.CHAIR},
        day.clock.now(),
        meeting_id=day.meeting_id,
        person_id=town.people[0],
    )
    assert await day.after(7 * DAY) == ("verified", None)
    await day.keeper.join(
        town.organisation_id, day.room_id, Guest(str(town.people[0]), "Kari Nordli", "host")
    )
    await access.revoke_link(town.organisation_id, link_id, day.clock.now())
    day.keeper.access_moved()
    await day.keeper.see_who_may_stay()
    await day.keeper.settled()
    assert day.product.rooms[day.room_id].inside == {}


async def test_a_product_that_asks_us_to_wait_is_not_asked_to_take_a_room_away_meanwhile(day: Day) -> None:
    await day.after(7 * DAY)
    sessions = await day.town.node.views.sessions_in(day.room_id)
    await day.town.says(sessions[0].session_id, "cancel_session")
    await day.town.says(day.meeting_id, "remove_room", room_id=day.room_id)
    day.product.calls.clear()
    day.product.troubles = [RoomTrouble("throttled", "429", retry_after=90)]
    await day.told()
    day.keeper = keeper_of(day.town.node, day.product)  # the next process
    for _ in range(5):
        await day.after(15)
    assert day.product.calls == ["close"]
    assert await day.after(15) == (None, None)


async def test_another_municipality_has_no_way_in(day: Day) -> None:
    await day.after(20 * DAY - 1800)
    with pytest.raises(RoomTrouble):
        await day.keeper.join(uuid4(), day.room_id, CHAIR)


async def test_an_observer_is_let_in_only_where_they_can_be_held(day: Day) -> None:
    await day.after(20 * DAY - 1800)
    assert (await day.keeper.join(day.town.organisation_id, day.room_id, OBSERVER)).token
    await planned(day, -19 * 24, body_id=day.town.body_id)
    await day.told()

    class WithoutADoor(MemoryRooms):
        can = MemoryRooms.can.__class__(
            holds_observers_mute=True, puts_out=False, gives_floor=True, tells_who_is_in=True
        )

    day.keeper = keeper_of(day.town.node, WithoutADoor())
    await day.look()
    with pytest.raises(RoomTrouble):
        await day.keeper.join(day.town.organisation_id, day.room_id, OBSERVER)


async def test_the_way_in_is_kept_encrypted(day: Day) -> None:
    await day.after(7 * DAY)
    kept = await day.town.node.pool.fetchval("select ref from room_state")
    assert "secret" not in kept
    assert "secret" not in repr(await day.rooms.standing(day.room_id))
