from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from orchestrator.domain import meeting
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import Actor, Role

NOW = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
IT = Actor(frozenset({Role.IT_SUPPORT, Role.SECRETARY}))
PLENUM = {"room_id": str(UUID(int=1)), "name": "Plenum", "provider": "embedded"}
PLAN = {
    "type": "plan_meeting",
    "slug": "dialog",
    "title": "Dialogkonferanse",
    "starts_at": "2027-05-04T09:00+02:00",
    "ends_at": "2027-05-04T16:00+02:00",
}


def after(*commands: dict[str, Any], state: MeetingState | None = None) -> MeetingState:
    state = state or meeting.initial(UUID(int=9))
    for command in commands:
        for event in meeting.decide(state, parse_command("meeting", command), NOW, IT):
            state = meeting.evolve(state, event)
    return state


def planned(**changes: object) -> dict[str, Any]:
    return {"type": "plan_room", "room": PLENUM | changes}


def test_a_room_is_planned_once_however_often_it_is_asked_for() -> None:
    state = after(PLAN, planned(), planned())
    assert [room.name for room in state.rooms.values()] == ["Plenum"]
    assert state.version == 2
    with pytest.raises(Refused, match="room_exists"):
        after(planned(name="Et annet"), state=state)


def test_a_room_is_renamed_but_never_moved_to_another_product() -> None:
    state = after(PLAN, planned(), {"type": "change_room", "room": PLENUM | {"name": "Salen"}})
    assert [room.name for room in state.rooms.values()] == ["Salen"]
    with pytest.raises(Refused, match="provider_stays"):
        after({"type": "change_room", "room": PLENUM | {"provider": "livekit"}}, state=state)


def test_a_removed_room_stays_removed() -> None:
    removed = {"type": "remove_room", "room_id": PLENUM["room_id"]}
    state = after(PLAN, planned(), removed, removed)
    assert not state.rooms
    assert state.removed_rooms == {UUID(int=1)}
    with pytest.raises(Refused, match="unknown_room"):
        after({"type": "remove_room", "room_id": str(UUID(int=2))}, state=state)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "link"}, "url"),
        ({"url": "https://rooms.example/x"}, "url"),
        ({"provider": "link", "url": "http://rooms.example/x"}, "https://"),
        ({"provider": "link", "url": "https://"}, "https://"),
        ({"social": True, "recorded": True}, "social"),
        ({"provider": "zoom"}, "provider"),
    ],
)
def test_a_room_that_cannot_be_is_refused_by_the_name_of_the_field(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError, match=field):
        parse_command("meeting", planned(**changes))
