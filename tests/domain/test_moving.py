from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.roles import Actor, Role
from orchestrator.domain.state import SessionState

NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
CHAIR = Actor(frozenset({Role.CHAIR, Role.SECRETARY}))
PLAN: dict[str, Any] = {
    "type": "plan_session",
    "meeting_id": UUID(int=1),
    "kind": "parallel",
    "title": "Tekniske områder",
    "starts_at": NINE,
    "ends_at": NINE + timedelta(hours=1),
    "topics": [{"title": "Vann og avløp", "starts_at": NINE + timedelta(minutes=20)}, {"title": "Spørsmål"}],
}


def after(*commands: dict[str, Any], now: datetime = NINE, state: SessionState | None = None) -> SessionState:
    state = state or session.initial(UUID(int=2))
    for command in commands:
        for event in session.decide(state, parse_command("session", command), now, CHAIR):
            state = session.evolve(state, event)
    return state


def moved(minutes: int, *, longer: int = 0, **more: Any) -> dict[str, Any]:
    start = NINE + timedelta(minutes=minutes)
    return {
        "type": "move_session",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=60 + longer),
        **more,
    }


def test_topics_move_with_their_session_and_where_it_was_is_remembered() -> None:
    state = after(PLAN, moved(30, note="Innlederen er forsinket"))
    assert state.starts_at == NINE + timedelta(minutes=30)
    assert [topic.starts_at for topic in state.topics] == [NINE + timedelta(minutes=50), None]
    assert [(move.starts_at, move.note) for move in state.moves] == [(NINE, "Innlederen er forsinket")]


def test_moving_to_where_it_is_says_nothing() -> None:
    state = after(PLAN, moved(30))
    assert after(moved(30), state=state) == state


def test_while_it_lasts_only_its_end_is_moved() -> None:
    opened = after(PLAN, {"type": "open_session"})
    longer = after(moved(0, longer=15), state=opened)
    assert longer.ends_at == NINE + timedelta(minutes=75)
    with pytest.raises(Refused, match="session_begun"):
        after(moved(10), state=opened)


def test_what_has_ended_or_been_cancelled_is_not_moved() -> None:
    for last, rule in (("adjourn_session", "session_ended"), ("cancel_session", "not_planned")):
        begun = [{"type": "open_session"}] if last == "adjourn_session" else []
        with pytest.raises(Refused, match=rule):
            after(PLAN, *begun, {"type": last}, moved(10))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "break", "room_id": UUID(int=3)}, "room_id"),
        ({"kind": "social", "source_id": UUID(int=3)}, "source_id"),
        ({"topics": [{"title": "For sent", "starts_at": NINE + timedelta(hours=1)}]}, "topics"),
    ],
)
def test_a_session_that_cannot_be_is_refused_by_the_name_of_the_field(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError, match=field):
        parse_command("session", PLAN | changes)


def test_planned_anew_for_another_time_it_has_been_moved() -> None:
    state = after(PLAN, PLAN | {"type": "change_session", "title": "Vann og vei"})
    assert state.moves == ()
    later = {"starts_at": NINE + timedelta(hours=2), "ends_at": NINE + timedelta(hours=3)}
    state = after(PLAN | later | {"type": "change_session", "topics": []}, state=state)
    assert [(move.starts_at, move.ends_at) for move in state.moves] == [(NINE, NINE + timedelta(hours=1))]


def test_it_goes_on_in_another_room_and_knows_where_it_was() -> None:
    state = after(PLAN | {"room_id": UUID(int=3)}, {"type": "open_session"})
    state = after({"type": "use_room", "room_id": UUID(int=4)}, state=state)
    assert (state.room_id, state.former_room_id) == (UUID(int=4), UUID(int=3))
    assert state.left_rooms == {UUID(int=3)}
    state = after({"type": "use_room", "room_id": UUID(int=3)}, state=state)
    assert (state.room_id, state.former_room_id) == (UUID(int=3), UUID(int=4))
    assert state.left_rooms == {UUID(int=4)}


def test_a_room_that_was_only_planned_is_not_one_it_has_left() -> None:
    state = after(PLAN | {"room_id": UUID(int=3)}, {"type": "use_room", "room_id": UUID(int=4)})
    assert state.left_rooms == frozenset()
