"""The rows that lists read: what the public may not know is not in them, whatever a page then asks for."""

from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest

from orchestrator.domain import meeting
from orchestrator.domain.codec import parse_command
from orchestrator.domain.meeting import MeetingState
from orchestrator.projector import meeting_row, session_row
from orchestrator.states import Known
from orchestrator.store.views import MeetingView, SessionView
from tests.domain.hall import SECRETARY, START, Hall, asks, debating, named

HERE = uuid4()


def announced(*commands: str, internal: bool = False) -> MeetingView:
    state: MeetingState = meeting.initial(uuid4())
    plan = {
        "slug": "kommunestyret",
        "title": "Kommunestyret",
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
        "internal": internal,
    }
    for type_ in ("plan_meeting", *commands):
        command = parse_command("meeting", {"type": type_, **(plan if type_ == "plan_meeting" else {})})
        for event in meeting.decide(state, command, START, SECRETARY):
            state = meeting.evolve(state, event)
    return meeting_row(Known(state, HERE), state)


def row(hall: Hall) -> SessionView:
    return session_row(Known(hall.state, HERE), hall.state)


@pytest.mark.parametrize(
    ("commands", "internal", "seen"),
    [
        ((), False, False),
        (("publish_meeting",), False, True),
        (("publish_meeting", "cancel_meeting"), False, True),
        (("cancel_meeting",), False, False),
        (("publish_meeting",), True, False),
    ],
)
def test_only_what_has_been_published_is_announced(
    commands: tuple[str, ...], *, internal: bool, seen: bool
) -> None:
    assert announced(*commands, internal=internal).announced is seen


def test_behind_closed_doors_the_row_names_neither_item_nor_speaker() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    assert (row(hall).current_item_number, row(hall).current_speaker_id) == ("47/26", named("kari"))
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis={"section": "11-5"}
    )
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("open_item", item_id=named("secret"))
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r2"), current_id=None)
    inside = row(hall)
    assert inside.status == "closed_doors"
    current = {name: value for name, value in asdict(inside).items() if name.startswith("current")}
    assert set(current.values()) == {None}
    assert "Hemmelig" not in str(inside)


@pytest.mark.parametrize("command", ["stop_broadcast", "start_break", "adjourn_session"])
def test_off_the_air_the_row_names_no_speaker(command: str) -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says(command)
    assert row(hall).current_speaker_id is None


def test_a_session_that_is_not_public_has_nothing_current() -> None:
    hall = debating(public=False)
    assert (row(hall).public, row(hall).current_item_title) == (False, None)


def test_what_there_is_to_watch_is_what_was_public() -> None:
    hall = debating()
    hall.says("start_break")
    hall.wait(600)
    hall.says("end_break")
    hall.wait(60)
    hall.says("adjourn_session")
    hall.wait(600)
    hall.says("reopen_session")
    hall.wait(30)
    hall.says("adjourn_session")
    assert row(hall).duration_seconds == 3 + 61 + 31
