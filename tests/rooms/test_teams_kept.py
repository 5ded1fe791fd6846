"""A room in Teams through its whole life in the service, while Graph fails: one room, and no wrong link."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.store.pool import Pool
from orchestrator.store.rooms import RoomStanding, RoomStates
from orchestrator.store.secrets import Vault
from tests.clock import FakeClock
from tests.roomkeeping.test_keeper import CHAIR, MEMBER, keeper_of
from tests.rooms.graph import ORGANIZER, FakeGraph, Fault, fake_graph, throttled
from tests.rooms.graph_shapes import GraphRefusal
from tests.rooms.test_teams import meeting_in, rooms_in
from tests.town import KEY, Node, founded

DAY = 24 * 3600.0


@dataclass
class Kept:
    """A conference's room in Teams, made ahead by the service."""

    graph: FakeGraph
    clock: FakeClock
    keeper: RoomKeeper
    rooms: RoomStates
    organisation_id: UUID
    room_id: UUID

    async def after(self, seconds: float) -> RoomStanding:
        self.clock.advance(seconds)
        await self.keeper.sweep()
        await self.keeper.settled()
        standing = await self.rooms.standing(self.room_id)
        assert standing is not None
        return standing

    async def has_way_in(self) -> bool:
        try:
            join = await self.keeper.join(self.organisation_id, self.room_id, MEMBER)
        except RoomTrouble:
            return False
        assert join.url == meeting_in(self.graph).options["joinWebUrl"]
        return True


@pytest.fixture
async def kept(pool: Pool) -> AsyncIterator[Kept]:
    async with fake_graph() as graph:
        clock = FakeClock(datetime.now(UTC) + timedelta(days=1))  # the log refuses what is already old
        node = Node(pool, clock)
        town, product = await founded(node), rooms_in(graph)
        start = clock.now() + timedelta(days=20)
        meeting_id = await town.plans_meeting(
            "dialog", kind="conference", body_id=None, starts_at=start, ends_at=start + timedelta(hours=6)
        )
        room_id = uuid4()
        room = {"room_id": room_id, "name": "Plenum", "provider": "teams", "lobby": False}
        await town.says(meeting_id, "plan_room", room=room)
        plan = {
            "room_id": room_id,
            "source_id": None,
            "starts_at": start,
            "ends_at": start + timedelta(hours=1),
        }
        await town.plans_session(meeting_id, **plan)
        keeper = keeper_of(node, product)
        yield Kept(graph, clock, keeper, RoomStates(pool, Vault(KEY)), town.organisation_id, room_id)
        await product.aclose()


async def test_a_room_is_made_opened_closed_and_taken_away(kept: Kept) -> None:
    assert (await kept.after(7 * DAY)).state == "verified"
    assert not await kept.has_way_in()
    assert (await kept.keeper.join(kept.organisation_id, kept.room_id, CHAIR)).url
    assert (await kept.after(13 * DAY - 1800)).state == "open"
    assert await kept.has_way_in()
    assert (await kept.after(1800 + 3600 + 900)).state == "closed"
    assert not meeting_in(kept.graph).lets_in(None)
    kept.clock.advance(2 * DAY)
    await kept.keeper.sweep()
    await kept.keeper.settled()
    assert not kept.graph.meetings.events


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (throttled("30"), "throttled"),
        (throttled("30,120"), "throttled"),
        (Fault(refusal=GraphRefusal(503, "ServiceUnavailable")), "unavailable"),
        (Fault("POST", cut="after"), "unavailable"),
        (Fault("PATCH", cut="after"), "unavailable"),
        (Fault(page=True), "unavailable"),
        (Fault("GET", refusal=GraphRefusal(403, "Authorization_RequestDenied")), "refused"),
    ],
)
async def test_it_is_told_what_is_wrong_and_it_heals_when_that_does(
    kept: Kept, fault: Fault, trouble: str
) -> None:
    fault.times = 1  # they are shared between the tests
    kept.graph.faults = [fault]
    told = await kept.after(20 * DAY - 1800)
    assert (told.state, told.trouble) == ("failed", trouble)
    assert not await kept.has_way_in()
    assert (await kept.after(600)).trouble is None
    assert await kept.has_way_in()
    assert len(kept.graph.meetings.events) == len(kept.graph.meetings.meetings) == 1


async def test_no_link_is_shown_while_a_permission_is_unknown_or_became_another(kept: Kept) -> None:
    kept.graph.meetings.shows["allowedPresenters"] = "invitedGuests"
    told = await kept.after(20 * DAY - 1800)
    assert (told.trouble, told.differs) == ("not_as_wanted", ("allowed_presenters",))
    assert not await kept.has_way_in()
    kept.graph.meetings.shows.clear()
    kept.graph.meetings.wrongly["allowAttendeeToEnableMic"] = True
    meeting_in(kept.graph).options["allowAttendeeToEnableMic"] = True
    assert (await kept.after(600)).differs == ("microphones",)
    assert not await kept.has_way_in()
    kept.graph.meetings.wrongly.clear()
    assert (await kept.after(600)).trouble is None
    assert await kept.has_way_in()


async def test_a_policy_that_comes_late_is_waited_for(kept: Kept) -> None:
    kept.graph.meetings.policies.clear()
    assert (await kept.after(7 * DAY)).trouble == "no_policy"
    kept.graph.meetings.policies.add(ORGANIZER)
    assert (await kept.after(600)).state == "verified"
    assert len(kept.graph.meetings.events) == 1
