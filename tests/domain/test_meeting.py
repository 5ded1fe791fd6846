"""A meeting as announced: drafts tell nobody, and later changes are shown as such."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from orchestrator.domain import meeting
from orchestrator.domain.base import Event
from orchestrator.domain.codec import decode, encode, parse_command
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.meeting import MeetingState
from orchestrator.domain.roles import Actor
from tests.domain.hall import CHAIR, SECRETARY

START = datetime(2026, 5, 5, 16, 0, tzinfo=UTC)


class Desk:
    """Where a meeting is planned."""

    def __init__(self) -> None:
        self.state: MeetingState = meeting.initial(uuid4())
        self.now = START - timedelta(days=7)
        self.events: list[Event] = []

    def says(self, type_: str, by: Actor = SECRETARY, /, **fields: object) -> list[Event]:
        self.now += timedelta(seconds=1)
        command = parse_command("meeting", {"type": type_, **fields})
        events = meeting.decide(self.state, command, self.now, by)
        for event in events:
            self.state = meeting.evolve(self.state, event)
        self.events += events
        return events


def plan() -> dict[str, object]:
    return {
        "slug": "kommunestyret",
        "title": "Kommunestyret",
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
    }


def planned(*, published: bool = False) -> Desk:
    desk = Desk()
    desk.says("plan_meeting", **plan())
    if published:
        desk.says("publish_meeting")
    return desk


def test_a_meeting_is_a_draft_until_it_is_published() -> None:
    desk = planned()
    assert (desk.state.status, desk.state.announced) == ("draft", False)
    desk.says("publish_meeting")
    assert (desk.state.status, desk.state.announced) == ("published", True)
    assert desk.says("publish_meeting") == []


def test_a_cancelled_draft_was_never_announced() -> None:
    desk = planned()
    desk.says("cancel_meeting", note="Hemmelig grunn")
    assert not desk.state.announced
    assert desk.state.changes == ()
    desk = planned(published=True)
    desk.says("cancel_meeting", note="For få saker")
    assert desk.state.announced
    assert [change.note for change in desk.state.changes] == ["For få saker"]


def test_an_internal_meeting_is_never_announced() -> None:
    desk = Desk()
    desk.says("plan_meeting", **plan(), internal=True)
    desk.says("publish_meeting")
    assert not desk.state.announced


def test_changes_are_noted_once_it_is_published() -> None:
    desk = planned()
    desk.says("change_meeting", title="Kommunestyret i Fjellvik")
    desk.says("publish_meeting")
    desk.says("change_meeting", place="Kinoen", note="Større sal")
    desk.says("move_meeting", starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=4))
    assert [(change.what, change.note) for change in desk.state.changes] == [
        ("changed", "Større sal"),
        ("moved", ""),
    ]
    assert desk.state.slug == "kommunestyret"


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ("plan_meeting", plan()),
        ("change_meeting", {"place": "Kinoen"}),
        ("move_meeting", {"starts_at": START, "ends_at": START + timedelta(hours=9)}),
        ("cancel_meeting", {}),
    ],
)
def test_every_command_repeated_is_harmless(command: str, fields: dict[str, object]) -> None:
    desk = planned()
    desk.says(command, **fields)
    assert desk.says(command, **fields) == []


def test_planned_again_with_other_content_it_is_refused() -> None:
    with pytest.raises(Refused, match="already_planned"):
        planned().says("plan_meeting", **(plan() | {"title": "Formannskapet"}))


@pytest.mark.parametrize("command", ["publish_meeting", "change_meeting"])
def test_a_cancelled_meeting_stays_cancelled(command: str) -> None:
    desk = planned(published=True)
    desk.says("cancel_meeting")
    with pytest.raises(Refused, match="meeting_cancelled"):
        desk.says(command)


@pytest.mark.parametrize("command", ["publish_meeting", "change_meeting", "cancel_meeting"])
def test_what_is_not_planned_cannot_be_announced_or_changed(command: str) -> None:
    with pytest.raises(Refused, match="not_planned"):
        Desk().says(command)


def test_the_chair_does_not_plan_meetings() -> None:
    with pytest.raises(Forbidden):
        Desk().says("plan_meeting", CHAIR, **plan())


def test_times_never_decrease_and_replay_equals_the_state() -> None:
    desk = planned(published=True)
    desk.now -= timedelta(hours=1)
    desk.says("change_meeting", title="Nytt navn")
    times = [event.at for event in desk.events]
    assert times == sorted(times)
    state = meeting.initial(desk.state.meeting_id)
    for event in desk.events:
        state = meeting.evolve(state, decode(encode(event)))
    assert state == desk.state


def test_a_rehearsal_names_what_it_rehearses_and_is_never_public() -> None:
    original = uuid4()
    with pytest.raises(ValueError, match="internal"):
        planned().says("plan_meeting", **plan(), rehearsal_of=original)
    desk = Desk()
    desk.says("plan_meeting", **plan(), internal=True, rehearsal_of=original)
    desk.says("publish_meeting")
    assert (desk.state.rehearsal_of, desk.state.announced) == (original, False)


def test_a_meeting_planned_before_there_were_rehearsals_is_none() -> None:
    (event,) = planned().events
    told = encode(event)
    del told["rehearsal_of"]
    assert decode(told) == event
