from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from orchestrator.clock import OSLO
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.schedule.due import Due, adjourned_by, due, may_adjourn, may_open, session_due
from orchestrator.store.due import Mark
from orchestrator.store.rooms import RoomStanding
from tests.domain.hall import SECRETARY, Hall, asks, named

NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ORGANISATION = UUID(int=7)
ROOM = Room(room_id=UUID(int=1), name="Plenum", provider="teams", recorded=True)


def hall(name: str = "first", start: datetime = NINE, hours: float = 1, **plan: Any) -> Hall:
    """A session that runs by itself, planned a month ahead."""
    made = Hall(tick=0)
    made.state = made.state.replace(session_id=named(name))
    made.now = start - timedelta(days=30)
    own = {
        "meeting_id": named("meeting"),
        "title": name,
        "starts_at": start,
        "ends_at": start + hours * HOUR,
        "members": [{"person_id": named(one)} for one in ("kari", "ola")],
        "by_itself": True,
        "source_id": named("source"),
    }
    made.says("plan_session", SECRETARY, **(own | plan))
    return made


def debating(start: datetime = NINE, **plan: Any) -> Hall:
    made = hall(start=start, **plan)
    made.now = start
    made.says("open_session")
    made.says("call_roll", present=[named("kari"), named("ola")])
    made.says("add_item", item_id=named("sak"), title="Skolebruk", kind="report_item")
    made.says("open_item", item_id=named("sak"))
    return made


def meeting(status: str = "published") -> MeetingState:
    return MeetingState.model_validate(
        {"meeting_id": named("meeting"), "status": status, "rooms": {ROOM.room_id: ROOM}}
    )


def mark(target_id: UUID, kind: str, **fields: Any) -> dict[tuple[UUID, str], Mark]:
    return {(target_id, kind): Mark(target_id, kind, ORGANISATION, **fields)}


def standing(**fields: Any) -> RoomStanding:
    return RoomStanding(**({"room_id": ROOM.room_id, "organisation_id": ORGANISATION} | fields))


def by_kind(found: list[Due]) -> dict[str, Due]:
    assert len({one.kind for one in found}) == len(found)
    return {one.kind: one for one in found}


def opens(made: Hall, now: datetime, given: Mark | None = None, *, source_taken: bool = False) -> bool:
    return may_open(made.state, given, now, source_taken=source_taken)


# What is due when


def test_everything_of_a_session_and_its_room_has_its_time() -> None:
    state = hall(room_id=ROOM.room_id).state
    found = due(meeting(), [state], {}, {}, NINE - timedelta(days=20))
    assert {one.state for one in found} == {"ahead"}
    assert [(one.kind, one.at - NINE) for one in found] == [
        ("create_room", -timedelta(days=14)),
        ("verify_day_before", -timedelta(days=1)),
        ("verify_hour_before", -HOUR),
        ("open_lobby", -30 * MINUTE),
        ("remind", -15 * MINUTE),
        ("warm_source", -10 * MINUTE),
        ("open_session", timedelta()),
        ("adjourn_session", HOUR),
        ("close_room", 75 * MINUTE),
        ("fetch_artifacts", 75 * MINUTE),
        ("delete_room", timedelta(days=2) + 75 * MINUTE),
    ]


def test_a_session_led_by_hand_without_source_is_only_told_of() -> None:
    state = hall(by_itself=False, source_id=None).state
    assert [one.kind for one in session_due(state, {}, NINE)] == ["remind"]
    assert session_due(hall(by_itself=False, source_id=None, kind="break").state, {}, NINE) == []


def test_a_draft_has_its_room_made_and_nothing_more_by_itself() -> None:
    state = hall(room_id=ROOM.room_id).state
    kinds = {one.kind for one in due(meeting("draft"), [state], {}, {}, NINE)}
    assert "create_room" in kinds
    assert not kinds & {"remind", "open_session", "adjourn_session", "warm_source"}


def test_nothing_is_due_in_what_is_cancelled() -> None:
    made = hall(room_id=ROOM.room_id)
    assert due(meeting("cancelled"), [made.state], {}, {}, NINE) == []
    made.says("cancel_session", SECRETARY)
    assert due(meeting(), [made.state], {}, {}, NINE) == []


def test_a_room_shared_by_two_sessions_has_each_step_once() -> None:
    states = [
        hall(room_id=ROOM.room_id, source_id=None).state,
        hall("second", NINE + HOUR, room_id=ROOM.room_id, source_id=None).state,
    ]
    rooms = by_kind([one for one in due(meeting(), states, {}, {}, NINE) if one.target_id == ROOM.room_id])
    assert rooms["open_lobby"].at == NINE - 30 * MINUTE
    assert rooms["close_room"].at == NINE + 2 * HOUR + 15 * MINUTE


def test_what_it_decides_moves_or_skips_one_thing() -> None:
    state = hall().state
    marks = mark(state.session_id, "open_session", at=NINE + 5 * MINUTE, decided_by="drift")
    marks |= mark(state.session_id, "remind", skipped=True)
    found = by_kind(session_due(state, marks, NINE))
    assert (found["open_session"].at, found["open_session"].state) == (NINE + 5 * MINUTE, "ahead")
    assert found["open_session"].decided_by == "drift"
    assert found["remind"].state == "skipped"
    assert found["adjourn_session"].at == NINE + HOUR


@pytest.mark.parametrize(
    ("now", "state"),
    [(NINE - MINUTE, "ahead"), (NINE, "due"), (NINE + 59 * MINUTE / 60, "due"), (NINE + MINUTE, "late")],
)
def test_what_is_due_becomes_late_after_a_minute(now: datetime, state: str) -> None:
    assert by_kind(session_due(hall().state, {}, now))["open_session"].state == state


def test_what_has_happened_is_done_whoever_did_it() -> None:
    made = debating()
    made.now = NINE + 50 * MINUTE
    made.says("adjourn_session")
    given = mark(made.state.session_id, "remind", done_at=NINE - 15 * MINUTE)
    found = by_kind(session_due(made.state, given, NINE + HOUR))
    done = {kind: (one.state, one.done_at) for kind, one in found.items()}
    assert done == {
        "remind": ("done", NINE - 15 * MINUTE),
        "warm_source": ("skipped", None),
        "open_session": ("done", NINE),
        "adjourn_session": ("done", NINE + 50 * MINUTE),
    }


def test_a_room_says_itself_what_has_been_done() -> None:
    states = [hall(room_id=ROOM.room_id).state]

    def done(now: datetime, room: RoomStanding | None) -> set[str]:
        standings = {ROOM.room_id: room} if room else {}
        return {one.kind for one in due(meeting(), states, standings, {}, now) if one.state == "done"}

    ahead = NINE - timedelta(days=14)
    assert done(ahead, None) == set()
    assert done(ahead, standing(state="asked", changed_at=ahead)) == set()
    made = standing(state="verified", changed_at=ahead, verified_at=ahead)
    assert done(ahead, made) == {"create_room"}
    assert done(NINE - timedelta(days=1), made) == {"create_room"}, "it was not read back since"
    let_in = standing(state="open", door="open", changed_at=ahead, verified_at=NINE - 30 * MINUTE)
    before = {"create_room", "verify_day_before", "verify_hour_before", "open_lobby"}
    assert done(NINE, let_in) == before
    shut_between = standing(state="verified", door="shut", changed_at=NINE + HOUR, verified_at=NINE + HOUR)
    assert "open_lobby" not in done(NINE + HOUR, shut_between)
    first = hall(room_id=ROOM.room_id)
    first.now = NINE
    first.says("open_session")
    first.says("adjourn_session")
    states.append(first.state)
    assert "open_lobby" in done(NINE + HOUR, shut_between), "it was open for the session that is over"
    states.pop()
    over = NINE + 2 * HOUR
    assert done(over, standing(state="closed", door="shut", changed_at=over)) == before | {"close_room"}


# Opening


def test_a_session_opens_from_its_start_until_its_end() -> None:
    made = hall()
    assert not opens(made, NINE - MINUTE)
    assert opens(made, NINE)
    assert opens(made, NINE + 59 * MINUTE)
    assert not opens(made, NINE + HOUR)
    assert not opens(hall(by_itself=False), NINE)


def test_a_session_waits_for_the_one_that_has_its_source() -> None:
    assert not opens(hall(), NINE, source_taken=True)


def test_it_can_open_earlier_later_and_not() -> None:
    made = hall()
    id_ = made.state.session_id
    early = Mark(id_, "open_session", ORGANISATION, at=NINE - 5 * MINUTE)
    assert opens(made, NINE - 5 * MINUTE, early)
    assert not opens(made, NINE, Mark(id_, "open_session", ORGANISATION, at=NINE + MINUTE))
    assert not opens(made, NINE, Mark(id_, "open_session", ORGANISATION, skipped=True))


# Adjourning


def test_a_session_ends_at_its_end_also_in_a_break() -> None:
    made = debating()
    assert not may_adjourn(made.state, None, NINE + 59 * MINUTE)
    assert may_adjourn(made.state, None, NINE + HOUR)
    made.says("start_break")
    assert may_adjourn(made.state, None, NINE + HOUR)


@pytest.mark.parametrize("called", [False, True])
def test_whoever_speaks_or_waits_may_finish_within_a_quarter(*, called: bool) -> None:
    made = debating()
    asks(made, "kari", "one")
    if called:
        made.says("call_next_speaker", request_id=named("one"), current_id=None)
    assert not may_adjourn(made.state, None, NINE + HOUR)
    assert not may_adjourn(made.state, None, NINE + HOUR + 14 * MINUTE)
    assert may_adjourn(made.state, None, NINE + HOUR + 15 * MINUTE)
    assert may_adjourn(made.state, None, NINE + HOUR + 5 * MINUTE, NINE + HOUR + 5 * MINUTE)
    given = {} if called else mark(made.state.session_id, "open_session")
    overrun = by_kind(session_due(made.state, given, NINE + HOUR + 10 * MINUTE))["adjourn_session"]
    assert overrun.state == "due", "it is not late while it may overrun"


def test_the_next_session_on_the_source_ends_an_overrun() -> None:
    state = hall().state
    assert adjourned_by(state, None) == NINE + HOUR + 15 * MINUTE
    assert adjourned_by(state, NINE + HOUR + 5 * MINUTE) == NINE + HOUR + 5 * MINUTE
    assert adjourned_by(state, NINE + 30 * MINUTE) == NINE + HOUR, "never before its own end"
    assert adjourned_by(state, NINE + 3 * HOUR) == NINE + HOUR + 15 * MINUTE
    second = hall("second", NINE + HOUR).state
    busy = debating()
    asks(busy, "kari", "one")
    found = due(meeting(), [busy.state, second], {}, {}, NINE + HOUR + MINUTE)
    kinds = [(one.target_id, one.state) for one in found if one.kind == "adjourn_session"]
    assert (busy.state.session_id, "late") in kinds


def test_nothing_ends_by_itself_behind_closed_doors_or_in_a_vote() -> None:
    made = debating()
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    made.says("propose_closing", closing_id=named("c"), item_ids=[named("sak")], legal_basis=basis)
    made.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    made.says("close_doors", closing_id=named("c"))
    now = Mark(made.state.session_id, "adjourn_session", ORGANISATION, at=NINE + HOUR)
    for given in (None, now):
        assert not may_adjourn(made.state, given, NINE + 2 * HOUR)
    voting = debating()
    voting.says("start_vote", vote_id=named("v"), item_id=named("sak"), question="Tas til orientering?")
    assert not may_adjourn(voting.state, now, NINE + 2 * HOUR)


def test_it_may_end_a_session_although_somebody_waits_or_let_it_go_on() -> None:
    made = debating()
    asks(made, "kari", "one")
    id_ = made.state.session_id
    assert may_adjourn(
        made.state, Mark(id_, "adjourn_session", ORGANISATION, at=NINE + 9 * MINUTE), NINE + 10 * MINUTE
    )
    later = Mark(id_, "adjourn_session", ORGANISATION, at=NINE + 3 * HOUR)
    assert not may_adjourn(made.state, later, NINE + 2 * HOUR)
    assert not may_adjourn(
        made.state, Mark(id_, "adjourn_session", ORGANISATION, skipped=True), NINE + 3 * HOUR
    )


def test_what_was_opened_by_hand_after_its_end_is_ended_by_hand() -> None:
    made = debating()
    made.now = NINE + HOUR
    made.says("adjourn_session")
    made.now = NINE + HOUR + 2 * MINUTE
    made.says("reopen_session")
    assert not may_adjourn(made.state, None, NINE + 3 * HOUR)
    assert by_kind(session_due(made.state, {}, NINE + 3 * HOUR))["adjourn_session"].state == "skipped"


# Clocks


def test_the_night_that_loses_an_hour_loses_it_between_the_steps_too() -> None:
    """On 28 March 2027 two o'clock is three o'clock in Norway."""
    half_past_one = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    state = hall(start=half_past_one, hours=1, room_id=ROOM.room_id).state
    found = by_kind(due(meeting(), [state], {}, {}, half_past_one))
    shown = {kind: f"{one.at.astimezone(OSLO):%d. %H.%M}" for kind, one in found.items()}
    assert shown["open_session"] == "28. 01.30"
    assert shown["adjourn_session"] == "28. 03.30"
    assert shown["close_room"] == "28. 03.45"
    assert shown["verify_day_before"] == "27. 01.30"


def test_the_night_that_has_an_hour_twice_opens_once_in_each() -> None:
    """On 31 October 2027 the hour from two to three comes twice in Norway."""
    first, second = datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert f"{first.astimezone(OSLO):%H.%M}" == f"{second.astimezone(OSLO):%H.%M}" == "02.30"
    early, late = hall("early", first), hall("late", second)
    assert opens(early, first)
    assert not opens(late, first)
    assert opens(late, second)
    assert not opens(early, second)


def test_a_session_over_midnight_and_a_clock_that_goes_back_change_nothing() -> None:
    late = datetime(2027, 5, 4, 21, 30, tzinfo=UTC)
    made = debating(late)
    assert may_adjourn(made.state, None, late + HOUR)
    assert not opens(made, late - HOUR), "it is open; an earlier time does not open it again"
    assert not may_adjourn(made.state, None, late - HOUR)


def test_states_are_total() -> None:
    assert session_due(SessionState(session_id=named("nothing")), {}, NINE) == []
