import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.clock import OSLO
from orchestrator.schedule.running import NothingDue, Schedule
from orchestrator.schedule.timers import Timer
from orchestrator.store.due import Marks
from orchestrator.store.pool import Pool
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from tests.clock import FakeClock
from tests.town import ITEM, KEY, Node, Town, founded

MINUTE, HOUR, DAY = 60.0, 3600.0, 24 * 3600.0


@dataclass
class Outside:
    """Stands for whoever keeps the rooms and the sources."""

    wanted: list[UUID] = field(default_factory=list)
    looks: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def want(self, room_id: UUID) -> None:
        self.wanted.append(room_id)
        self.asked.set()

    def look(self) -> None:
        self.looks += 1


@dataclass
class Day:
    """A day that begins an hour before the first session, and what runs it."""

    town: Town
    clock: FakeClock
    meeting_id: UUID
    outside: Outside
    schedule: Schedule

    async def plans(self, minutes: float = 60, lasts: float = 60, **fields: Any) -> UUID:
        start = self.clock.now() + timedelta(minutes=minutes)
        own = {"by_itself": True, "starts_at": start, "ends_at": start + timedelta(minutes=lasts)}
        return await self.town.plans_session(self.meeting_id, **(own | fields))

    async def after(self, seconds: float) -> None:
        """Time passes, and what is due is done."""
        self.clock.advance(seconds)
        await self.look()

    async def look(self) -> None:
        await self.schedule.sweep()
        await self.schedule.settled()

    async def status(self, session_id: UUID) -> str:
        view = await self.town.node.views.session(self.town.organisation_id, session_id)
        assert view
        return view.status

    async def events(self, session_id: UUID) -> Counter[str]:
        recorded = await self.town.node.events.read_stream(f"session/{session_id}")
        return Counter(one.event.type for one in recorded if one.actor == "schedule")


def schedule_of(node: Node, outside: Outside) -> Schedule:
    return Schedule(
        pool=node.pool,
        commands=node.commands,
        views=node.views,
        directory=node.directory,
        marks=Marks(node.pool),
        room_states=RoomStates(node.pool, Vault(KEY)),
        rooms=outside,
        sources=outside,
        clock=node.clock,
    )


@pytest.fixture
async def day(pool: Pool) -> Day:
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))  # the log refuses what is already old
    node, outside = Node(pool, clock), Outside()
    town = await founded(node)
    meeting_id = await town.plans_meeting(starts_at=clock.now(), ends_at=clock.now() + timedelta(days=1))
    return Day(town, clock, meeting_id, outside, schedule_of(node, outside))


async def test_a_session_runs_by_itself_from_its_start_to_its_end(day: Day) -> None:
    session_id = await day.plans()
    await day.after(59 * MINUTE)
    assert await day.status(session_id) == "planned"
    await day.after(MINUTE)
    assert await day.status(session_id) == "open"
    await day.after(59 * MINUTE)
    assert await day.status(session_id) == "open"
    await day.after(MINUTE)
    assert await day.status(session_id) == "adjourned"
    await day.after(DAY)
    assert await day.events(session_id) == {"session_opened": 1, "session_adjourned": 1}


async def test_the_speaker_list_is_ready_when_a_conferences_session_opens_by_itself(day: Day) -> None:
    conference = await day.town.plans_meeting("dialog", kind="conference", body_id=None)
    council = await day.plans(source_id=None)
    day.meeting_id = conference
    one, several, behind_doors = [await day.plans(source_id=None) for _ in range(3)]
    for session_id, count in ((council, 1), (one, 1), (several, 2)):
        for _ in range(count):
            await day.town.says(session_id, "add_item", item_id=uuid4(), **ITEM)
    hidden = ITEM | {"restricted": True, "public_title": "Melding"}
    await day.town.says(behind_doors, "add_item", item_id=uuid4(), **hidden)
    await day.after(HOUR)
    opened = {"session_opened": 1}
    assert await day.events(one) == opened | {"item_opened": 1}
    for session_id in (council, several, behind_doors):
        assert await day.events(session_id) == opened, "whoever leads opens its items"


async def test_only_what_is_published_and_to_run_by_itself_does(day: Day) -> None:
    by_hand = await day.plans(by_itself=False)
    cancelled = await day.plans()
    await day.town.says(cancelled, "cancel_session")
    draft = uuid4()
    plan: dict[str, Any] = {"slug": "utkast", "title": "Utkast", "starts_at": day.clock.now()}
    await day.town.says(draft, "plan_meeting", ends_at=day.clock.now() + timedelta(hours=9), **plan)
    day.meeting_id = draft
    of_draft = await day.plans()
    await day.after(HOUR)
    statuses = [await day.status(one) for one in (by_hand, cancelled, of_draft)]
    assert statuses == ["planned", "cancelled", "planned"]
    await day.town.says(draft, "publish_meeting")
    await day.look()
    assert await day.status(of_draft) == "open"


async def test_what_was_asleep_too_long_is_not_opened_after_its_end(day: Day) -> None:
    late, over = await day.plans(), await day.plans(30, 30, source_id=None)
    await day.after(90 * MINUTE)
    assert (await day.status(late), await day.status(over)) == ("open", "planned")


async def test_the_next_session_on_a_source_waits_for_the_one_before(day: Day) -> None:
    first = await day.plans()
    second, elsewhere = await day.plans(120), await day.plans(120, source_id=None)
    item_id = uuid4()
    await day.town.says(first, "add_item", item_id=item_id, **ITEM)
    await day.after(HOUR)
    await day.town.says(first, "call_roll", present=day.town.people)
    await day.town.says(first, "open_item", item_id=item_id)
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    closing_id = uuid4()
    await day.town.says(
        first, "propose_closing", closing_id=closing_id, item_ids=[item_id], legal_basis=basis
    )
    await day.town.says(first, "record_closing_vote", closing_id=closing_id, unanimous=True)
    await day.town.says(first, "close_doors", closing_id=closing_id)
    await day.after(HOUR)
    statuses = [await day.status(one) for one in (first, second, elsewhere)]
    assert statuses == ["closed_doors", "planned", "open"], "never opened over what goes on behind doors"
    await day.town.says(first, "open_doors", closing_id=closing_id)
    await day.look()
    assert [await day.status(one) for one in (first, second)] == ["adjourned", "open"]


async def test_whoever_waits_for_the_floor_is_heard_before_the_end(day: Day) -> None:
    session_id, item_id = await day.plans(), uuid4()
    await day.after(HOUR)
    await day.town.says(session_id, "call_roll", present=day.town.people)
    await day.town.says(session_id, "add_item", item_id=item_id, **ITEM)
    await day.town.says(session_id, "open_item", item_id=item_id)
    request_id = uuid4()
    await day.town.says(session_id, "request_floor", request_id=request_id, person_id=day.town.people[0])
    await day.after(HOUR)
    assert await day.status(session_id) == "open"
    await day.town.says(session_id, "withdraw_request", request_id=request_id)
    await day.look()
    assert await day.status(session_id) == "adjourned"


async def test_what_chairs_have_done_by_hand_is_left_alone(day: Day) -> None:
    session_id = await day.plans()
    await day.after(50 * MINUTE)
    await day.town.says(session_id, "open_session")
    await day.after(30 * MINUTE)
    await day.town.says(session_id, "adjourn_session")
    await day.after(MINUTE)
    assert await day.status(session_id) == "adjourned"
    await day.after(HOUR)
    await day.town.says(session_id, "reopen_session")
    await day.after(HOUR)
    assert await day.status(session_id) == "open"
    assert await day.events(session_id) == {}


async def test_two_schedules_do_everything_once(day: Day) -> None:
    sessions = [await day.plans(source_id=None) for _ in range(4)] + [await day.plans()]
    other = Node(day.town.node.pool, day.clock)
    outsides = [day.outside, Outside()]
    both = [day.schedule, schedule_of(other, outsides[1])]
    day.clock.advance(50 * MINUTE)
    for _ in range(3):
        await asyncio.gather(*(one.sweep() for one in both))
        await asyncio.gather(*(one.settled() for one in both))
        await asyncio.gather(other.projector.catch_up(), day.town.node.projector.catch_up())
        day.clock.advance(HOUR)
    for session_id in sessions:
        assert await day.events(session_id) == {"session_opened": 1, "session_adjourned": 1}
    reminded = await day.town.node.pool.fetch("select kind, count(*) from due_mark group by kind")
    assert dict(map(tuple, reminded)) == {"remind": 5, "warm_source": 1}


async def test_participants_are_reminded_once_in_time(day: Day) -> None:
    session_id, a_break = await day.plans(source_id=None), await day.plans(kind="break", source_id=None)
    marks = Marks(day.town.node.pool)
    await day.after(44 * MINUTE)
    assert await marks.of([session_id]) == {}
    await day.after(MINUTE)
    mark = (await marks.of([session_id, a_break]))[session_id, "remind"]
    assert mark.done_at == day.clock.now()
    await day.after(MINUTE)
    assert (await marks.of([session_id, a_break])) == {(session_id, "remind"): mark}


async def test_a_room_is_looked_at_whenever_something_is_due_in_it(day: Day) -> None:
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit"}
    await day.town.says(day.meeting_id, "plan_room", room=room)
    await day.plans(16 * 24 * 60, room_id=room_id, source_id=None)
    begun = day.clock.now() + timedelta(days=16)
    looked = []
    for _ in range(12):
        at = await day.schedule._planned.next_moment(day.clock.now())
        if at is None:
            break
        day.clock.jump((at - day.clock.now()).total_seconds())
        day.outside.wanted.clear()
        await day.look()
        if day.outside.wanted == [room_id]:
            looked.append((at - begun) / timedelta(minutes=1))
    assert looked == [-20160, -1440, -60, -30, -15, -10, 0, 60, 75, 75 + 2880]
    assert at is None


async def test_the_timer_is_set_to_what_comes_next_and_moves_with_it(day: Day) -> None:
    start = day.clock.now() + timedelta(hours=1)
    session_id = await day.plans()
    await day.look()
    assert day.schedule.next_at == start - timedelta(minutes=30)
    moved = start + timedelta(hours=2)
    await day.town.says(
        session_id, "move_session", starts_at=moved, ends_at=moved + timedelta(hours=1), note=""
    )
    await day.look()
    assert day.schedule.next_at == start + timedelta(hours=1), "an hour before the new start"
    await day.after(2 * HOUR)
    assert await day.status(session_id) == "planned"


async def test_a_clock_that_is_set_back_repeats_nothing(day: Day) -> None:
    session_id = await day.plans()
    await day.after(HOUR)
    day.clock.jump(-2 * HOUR)
    await day.look()
    assert await day.status(session_id) == "open"
    await day.after(2 * HOUR)
    day.clock.jump(5 * HOUR)
    await day.look()
    assert await day.events(session_id) == {"session_opened": 1, "session_adjourned": 1}


async def test_running_it_rings_when_something_is_due(pool: Pool) -> None:
    node, outside, room_id = Node(pool), Outside(), uuid4()
    town = await founded(node)
    start = node.clock.now() + timedelta(hours=1, seconds=0.5)
    meeting_id = await town.plans_meeting(starts_at=start, ends_at=start + timedelta(hours=1))
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit"}
    await town.says(meeting_id, "plan_room", room=room)
    plan = {"room_id": room_id, "starts_at": start, "ends_at": start + timedelta(hours=1)}
    await town.plans_session(meeting_id, **plan)
    running = asyncio.create_task(schedule_of(node, outside).run())
    try:
        async with asyncio.timeout(20):
            await outside.asked.wait()
        assert start - node.clock.now() <= timedelta(hours=1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_timer_rings_by_our_clock_and_again_when_set_again() -> None:
    rung = asyncio.Event()
    clock = FakeClock(datetime(2031, 5, 4, 9, tzinfo=UTC))
    timer = Timer(clock, rung.set)
    timer.start()
    try:
        async with asyncio.timeout(20):
            timer.set(clock.now() + timedelta(days=30))
            timer.set(clock.now() + timedelta(milliseconds=20))
            await rung.wait()
            rung.clear()
            timer.set(clock.now() - timedelta(hours=1))
            await rung.wait()
        timer.set(None)
        assert timer._scheduler.get_jobs() == []
    finally:
        timer.stop()


# What IT sees and decides


async def test_the_day_shows_what_is_due_and_what_is_done(day: Day) -> None:
    start = day.clock.now() + timedelta(hours=1)
    session_id = await day.plans()
    await day.after(46 * MINUTE)
    today = start.astimezone(OSLO).date()
    found = [
        one
        for date in (today - timedelta(days=1), today, today + timedelta(days=1))
        for one in await day.schedule.day(day.town.organisation_id, date)
    ]
    assert [(one.kind, one.state, one.target_id) for one in found] == [
        ("remind", "done", session_id),
        ("warm_source", "ahead", session_id),
        ("open_session", "ahead", session_id),
        ("adjourn_session", "ahead", session_id),
    ]
    stranger = await founded(day.town.node, "elvebygd")
    assert await day.schedule.day(stranger.organisation_id, today) == []


async def test_it_does_a_thing_now_later_or_never(day: Day) -> None:
    now, later, never = [await day.plans(source_id=None) for _ in range(3)]
    organisation_id, start = day.town.organisation_id, day.clock.now() + timedelta(hours=1)
    await day.schedule.decide(organisation_id, now, "open_session", "now", "drift")
    await day.schedule.decide(organisation_id, later, "open_session", start + timedelta(minutes=10), "drift")
    await day.schedule.decide(organisation_id, never, "open_session", "never", "drift")
    await day.look()
    assert await day.status(now) == "open"
    await day.after(HOUR)
    assert [await day.status(one) for one in (later, never)] == ["planned", "planned"]
    await day.after(10 * MINUTE)
    assert [await day.status(one) for one in (later, never)] == ["open", "planned"]
    await day.schedule.decide(organisation_id, later, "adjourn_session", "now", "drift")
    await day.look()
    assert await day.status(later) == "adjourned"
    day.clock.advance(MINUTE)
    await day.town.says(later, "reopen_session")
    await day.after(MINUTE)
    assert await day.status(later) == "open", "what was decided of the first part is not about the second"
    reminded = await Marks(day.town.node.pool).of([never])
    assert reminded[never, "open_session"].decided_by == "drift"


async def test_a_reminder_can_come_early_or_not_at_all(day: Day) -> None:
    early, never = await day.plans(source_id=None), await day.plans(source_id=None)
    marks = Marks(day.town.node.pool)
    await day.schedule.decide(day.town.organisation_id, early, "remind", "now", "drift")
    await day.schedule.decide(day.town.organisation_id, never, "remind", "never", "drift")
    await day.look()
    assert (await marks.of([early]))[early, "remind"].done_at == day.clock.now()
    await day.after(50 * MINUTE)
    assert (await marks.of([never]))[never, "remind"].done_at is None


async def test_a_rooms_step_decided_on_is_brought_about(day: Day) -> None:
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit"}
    await day.town.says(day.meeting_id, "plan_room", room=room)
    await day.plans(3 * 60, room_id=room_id, source_id=None)
    await day.look()
    day.outside.wanted.clear()
    await day.schedule.decide(day.town.organisation_id, room_id, "open_lobby", "now", "drift")
    await day.look()
    assert day.outside.wanted == [room_id]


async def test_only_what_is_due_here_can_be_decided_on(day: Day) -> None:
    session_id = await day.plans(source_id=None)
    stranger = await founded(day.town.node, "elvebygd")
    for organisation_id, target_id, kind in (
        (stranger.organisation_id, session_id, "open_session"),
        (day.town.organisation_id, session_id, "warm_source"),
        (day.town.organisation_id, session_id, "close_room"),
        (day.town.organisation_id, uuid4(), "open_session"),
    ):
        with pytest.raises(NothingDue):
            await day.schedule.decide(organisation_id, target_id, kind, "now", "drift")
