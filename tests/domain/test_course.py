"""The course of a meeting from planning to adjourning."""

from datetime import timedelta

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import decode, encode
from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.openness import public_intervals, why_shut
from orchestrator.domain.publicity import public_session, public_status
from orchestrator.domain.timeline import Name, entries
from tests.domain.hall import CHAIR, PEOPLE, SECRETARY, asks, debating, member, named, opened, planned

NAMES = {named(name): Name(name=name.title()) for name in PEOPLE}


def test_a_whole_meeting_replays_to_the_same_state_through_json() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("call_next_speaker", request_id=named("r2"), current_id=named("r1"))
    hall.says(
        "put_proposal", proposal_id=named("p"), item_id=named("two"), proposer_id=named("ola"), text="Utsett"
    )
    hall.says("end_speech", speech_id=named("r2"))
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"), proposal_id=named("p"))
    hall.says(
        "record_vote",
        vote_id=named("v"),
        item_id=named("two"),
        tallies=[
            {"group": "SP", "in_favour": 2, "against": 0},
            {"group": "AP", "in_favour": 1, "against": 2},
        ],
    )
    hall.says("record_decision", item_id=named("two"), text="Saken utsettes.", outcome="deferred")
    hall.says("close_item", item_id=named("two"))
    hall.says("adjourn_session")
    recorded = [decode(encode(event)) for event in hall.events]
    assert session.replay(hall.state.session_id, recorded) == hall.state


def test_planning_twice_with_the_same_content_is_harmless() -> None:
    hall = planned()
    command = hall.events[0].model_dump(exclude={"type", "at", "continues"})
    assert hall.says("plan_session", SECRETARY, **command) == []


def test_a_participant_cannot_open_the_session() -> None:
    with pytest.raises(Forbidden):
        planned().says("open_session", member("kari"))


def test_an_item_is_not_closed_without_its_decision() -> None:
    hall = debating()
    with pytest.raises(Refused, match="decision_missing"):
        hall.says("close_item", item_id=named("two"))


def test_breaks_stops_and_closed_doors_are_not_public() -> None:
    hall = opened()
    start = hall.events[-2].at
    hall.says("start_break", kind="lunch")
    hall.says("end_break")
    hall.says("stop_broadcast")
    hall.says("resume_broadcast")
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis={"section": "11-5"}
    )
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("open_doors", closing_id=named("c"))
    hall.says("adjourn_session")
    by_type = {event.type: event.at for event in hall.events}
    edges = [(interval.start, interval.end) for interval in public_intervals(hall.events)]
    assert edges == [
        (start, by_type["break_started"]),
        (by_type["break_ended"], by_type["broadcast_stopped"]),
        (by_type["broadcast_resumed"], by_type["doors_closed"]),
        (by_type["doors_opened"], by_type["session_adjourned"]),
    ]


def test_nothing_said_behind_closed_doors_is_in_the_public_view() -> None:
    hall = opened()
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis={"section": "11-5"}
    )
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("open_item", item_id=named("secret"))
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("record_decision", item_id=named("secret"), text="Hemmelig vedtak")
    for _ in range(2):
        view = public_session(hall.state)
        assert view is not None
        text = view.model_dump_json() + str(entries(hall.state, NAMES))
        assert "Hemmelig" not in text
        assert str(named("r1")) not in text
        hall.says("end_speech", speech_id=named("r1")) if hall.state.current_speech_id else None
        hall.says("close_item", item_id=named("secret"))
        hall.says("open_doors", closing_id=named("c"))


def test_two_chairs_calling_the_next_speaker_at_once_skip_nobody() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    with pytest.raises(Refused, match="state_moved"):
        hall.says("call_next_speaker", CHAIR, request_id=named("r1"), current_id=None)
    assert hall.state.current_speech_id == named("r1")
    assert hall.state.waiting == (named("r2"),)


def test_undoing_the_call_lets_the_former_speaker_continue() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("call_next_speaker", request_id=named("r2"), current_id=named("r1"))
    hall.wait(30)
    hall.says("undo", event_id=hall.state.version)
    speech = hall.state.current_speech
    assert speech is not None
    assert speech.request_id == named("r1")
    assert speech.status == "speaking"
    assert speech.intervals[0].seconds(hall.now) == 1
    assert speech.intervals[1].seconds(hall.now) == 0
    assert hall.state.waiting == (named("r2"),)
    assert hall.state.requests[named("r2")].status == "waiting"


def test_event_times_never_decrease_when_the_clock_is_set_back() -> None:
    hall = debating()
    hall.now -= timedelta(minutes=10)
    (stopped,) = hall.says("stop_broadcast")
    assert stopped.at == hall.events[-2].at


def test_a_meeting_reopened_after_a_stop_is_stopped_until_that_is_lifted() -> None:
    hall = opened()
    hall.says("stop_broadcast")
    hall.says("adjourn_session")
    assert why_shut(hall.events) == "adjourned"
    hall.says("reopen_session")
    assert why_shut(hall.events) == "stopped"
    assert public_status(hall.state) == "stopped"
    hall.says("resume_broadcast", stop=1)
    assert why_shut(hall.events) is None
    assert public_intervals(hall.events)[-1].start == hall.now
    assert not hall.state.stopped


def test_what_was_open_for_no_time_is_no_interval() -> None:
    hall = planned()
    hall.tick = 0
    hall.says("open_session")
    hall.says("stop_broadcast")
    assert public_intervals(hall.events) == ()


def test_a_session_that_is_cancelled_is_for_nobody() -> None:
    hall = planned()
    hall.says("cancel_session", SECRETARY)
    assert why_shut(hall.events) == "internal"
    view = public_session(hall.state)
    assert view is not None
    assert view.status == "cancelled"
    with pytest.raises(Refused, match="not_planned"):
        hall.says("open_session")
