from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.errors import Refused
from orchestrator.domain.state import SessionState
from orchestrator.schedule.running import SCHEDULE
from orchestrator.sliding import NewTimes, carry_out, slid
from orchestrator.store.due import Marks
from orchestrator.store.pool import Pool
from tests.clock import FakeClock
from tests.domain.hall import named
from tests.schedule.test_timers import Outside, schedule_of
from tests.town import Node, founded

NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(name: str, hours: float, lasts: float = 1, status: str = "planned") -> SessionState:
    start = NINE + hours * HOUR
    return SessionState.model_validate(
        {
            "session_id": named(name),
            "status": status,
            "starts_at": start,
            "ends_at": start + lasts * HOUR,
        }
    )


PROGRAMME = [
    at("lunch", 2),
    at("early", -1),
    at("first", 0),
    at("beside", 0),
    at("within", 0.5),
    at("second", 1),
    at("cancelled", 1, status="cancelled"),
    at("evening", 14, 2),  # 23.00 to 01.00
    at("tomorrow", 24),
]


def moves(
    name: str, by: timedelta, *, following: bool = False, parallel: bool = False
) -> dict[str, timedelta]:
    """By how much each session is moved."""
    names = {one.session_id: one for one in PROGRAMME}
    known = {named(name): name for name in ("lunch", "first", "beside", "within", "second", "evening")}
    found = {}
    for one in slid(PROGRAMME, named(name), by, following=following, parallel=parallel):
        was = names[one.session_id]
        assert was.starts_at
        assert was.ends_at
        assert one.ends_at - one.starts_at == was.ends_at - was.starts_at
        found[known[one.session_id]] = one.starts_at - was.starts_at
    return found


def test_a_session_slides_alone_unless_asked() -> None:
    assert moves("first", 10 * MINUTE) == {"first": 10 * MINUTE}
    assert moves("first", -10 * MINUTE) == {"first": -10 * MINUTE}


def test_those_that_follow_on_the_same_day_slide_with_it_in_order() -> None:
    found = moves("first", 10 * MINUTE, following=True)
    assert list(found) == ["first", "second", "lunch", "evening"]
    assert set(found.values()) == {10 * MINUTE}


def test_those_in_parallel_slide_only_if_asked() -> None:
    found = set(moves("first", MINUTE, following=True, parallel=True))
    assert found == {"first", "beside", "within", "second", "lunch", "evening"}
    assert set(moves("first", MINUTE, parallel=True)) == {"first", "beside", "within"}


def test_the_day_is_norways_also_when_the_clocks_change() -> None:
    saturday = datetime(2027, 10, 30, 20, 0, tzinfo=UTC)  # 22.00; on Sunday the clocks go back

    def night(name: str, hours: float) -> SessionState:
        start = saturday + hours * HOUR
        return SessionState(
            session_id=named(name), status="planned", starts_at=start, ends_at=start + HOUR / 2
        )

    evening = [night("first", 0), night("last", 1.9), night("sunday", 2), night("sunday night", 26.9)]
    assert len(slid(evening, named("first"), HOUR, following=True)) == 2
    sunday = slid(evening, named("sunday"), HOUR, following=True)
    assert [one.session_id for one in sunday] == [named("sunday"), named("sunday night")]
    assert sunday[0] == NewTimes(named("sunday"), saturday + 3 * HOUR, saturday + 3.5 * HOUR)


def test_of_a_session_that_goes_on_only_the_end_moves() -> None:
    sessions = [at("first", 0, status="open"), at("second", 1)]
    found = slid(sessions, named("first"), 20 * MINUTE, following=True)
    assert found == [
        NewTimes(named("first"), NINE, NINE + HOUR + 20 * MINUTE),
        NewTimes(named("second"), NINE + HOUR + 20 * MINUTE, NINE + 2 * HOUR + 20 * MINUTE),
    ]
    with pytest.raises(ValueError, match="nothing would be left"):
        slid(sessions, named("first"), -HOUR, following=False)


@pytest.mark.parametrize(("status", "rule"), [("adjourned", "session_ended"), ("cancelled", "not_planned")])
def test_what_is_over_is_not_moved(status: str, rule: str) -> None:
    with pytest.raises(Refused, match=rule):
        slid([at("first", 0, status=status)], named("first"), MINUTE, following=True)
    with pytest.raises(Refused, match="not_planned"):
        slid([], named("first"), MINUTE, following=True)


async def test_carried_out_twice_it_has_moved_once_and_the_address_stays(pool: Pool) -> None:
    node = Node(pool, FakeClock(datetime.now(UTC) + timedelta(days=1)))
    town, now = await founded(node), node.clock.now()
    meeting_id = await town.plans_meeting()
    sessions: list[UUID] = [
        await town.plans_session(
            meeting_id,
            source_id=None,
            starts_at=now + n * HOUR,
            ends_at=now + n * HOUR + HOUR / 2,
            room_id=None,
        )
        for n in range(2)
    ]

    async def states() -> list[SessionState]:
        return [await node.commands.session(town.organisation_id, one) for one in sessions]

    before = await states()
    new = [
        NewTimes(one.session_id, one.starts_at + 5 * MINUTE, one.ends_at + 5 * MINUTE)
        for one in before
        if one.starts_at and one.ends_at
    ]
    for _ in range(2):
        await carry_out(node.commands, town.organisation_id, new, SCHEDULE, note="Lengre debatt", sender="it")
    after = await states()
    assert [one.starts_at for one in after] == [one.starts_at for one in new]
    assert [len(one.moves) for one in after] == [1, 1]
    assert [one.moves[0].note for one in after] == ["Lengre debatt"] * 2
    with pytest.raises(LookupError):
        await carry_out(node.commands, uuid4(), new, SCHEDULE)


async def test_a_time_that_it_has_set_slides_with_its_session_once(pool: Pool) -> None:
    clock = FakeClock(datetime(2027, 5, 4, 6, 0, tzinfo=UTC))
    node, room_id = Node(pool, clock), named("plenum")
    town = await founded(node)
    meeting_id = await town.plans_meeting()
    room = {"room_id": room_id, "name": "Plenum", "provider": "embedded"}
    await town.says(meeting_id, "plan_room", room=room)
    times: dict[str, Any] = {"starts_at": NINE, "ends_at": NINE + HOUR}
    session_id = await town.plans_session(meeting_id, room_id=room_id, by_itself=True, **times)
    here, schedule = town.organisation_id, schedule_of(node, Outside())
    decided: dict[tuple[UUID, str], Any] = {
        (session_id, "open_session"): NINE + 10 * MINUTE,
        (session_id, "adjourn_session"): NINE + 2 * HOUR,
        (room_id, "open_lobby"): NINE - 5 * MINUTE,
        (room_id, "verify_hour_before"): clock.now() - HOUR,
        (session_id, "remind"): "never",
    }
    for (target, kind), at in decided.items():
        await schedule.decide(here, target, kind, at, "it")

    async def marks() -> dict[tuple[UUID, str], datetime | None]:
        await schedule.sweep()
        await schedule.settled()
        return {key: one.at for key, one in (await Marks(pool).of([session_id, room_id])).items()}

    async def moved(start: timedelta, end: timedelta) -> None:
        await town.says(session_id, "move_session", starts_at=NINE + start, ends_at=NINE + HOUR + end)

    before = await marks()
    assert before == decided | {(session_id, "remind"): None}
    await moved(20 * MINUTE, 30 * MINUTE)
    for _ in range(2):
        slid_with_it = await marks()
        assert slid_with_it == before | {
            (session_id, "open_session"): NINE + 30 * MINUTE,
            (session_id, "adjourn_session"): NINE + 2 * HOUR + 30 * MINUTE,
            (room_id, "open_lobby"): NINE + 15 * MINUTE,
        }, "what has been is where it was"
    clock.advance((NINE + 29 * MINUTE - clock.now()).total_seconds())
    await marks()
    assert (await node.commands.session(here, session_id)).status == "planned"
    clock.advance(60)
    await marks()
    assert (await node.commands.session(here, session_id)).status == "open"
