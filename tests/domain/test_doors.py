"""Closing the doors is a procedure; stopping the stream is one key."""

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.minutes import public_minutes
from orchestrator.domain.openness import why_shut
from orchestrator.domain.publicity import public_session
from orchestrator.domain.timeline import Name, entries, next_speakers
from tests.domain.hall import IT, PEOPLE, SECRETARY, Hall, asks, debating, member, named, opened

NAMES = {named(name): Name(name=f"Person {name}") for name in PEOPLE}
BASIS = {"section": "11-5", "paragraph": "2"}


def proposed(hall: Hall | None = None, **fields: object) -> Hall:
    hall = hall or opened()
    hall.says(
        "propose_closing", closing_id=named("c"), item_ids=[named("secret")], legal_basis=BASIS, **fields
    )
    return hall


def shut(hall: Hall | None = None) -> Hall:
    hall = proposed(hall)
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"), remaining="Kommunedirektøren")
    return hall


def test_doors_do_not_close_before_the_vote_is_recorded() -> None:
    with pytest.raises(Refused, match="closing_not_voted"):
        proposed().says("close_doors", closing_id=named("c"))


def test_the_vote_on_closing_is_held_in_open_meeting() -> None:
    hall = proposed(debate_closed=True)
    hall.says("close_doors", closing_id=named("c"), part="debate")
    assert why_shut(hall.events) == "closed"
    with pytest.raises(Refused, match="vote_must_be_open"):
        hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("open_doors", closing_id=named("c"))
    assert why_shut(hall.events) is None
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    assert hall.state.doors_closed


def test_a_closing_voted_down_is_over() -> None:
    hall = proposed()
    hall.says(
        "record_closing_vote", closing_id=named("c"), tallies=[{"group": "SP", "in_favour": 1, "against": 3}]
    )
    with pytest.raises(Refused, match="state_moved"):
        hall.says("close_doors", closing_id=named("c"))


def test_a_restricted_item_is_not_opened_in_open_meeting() -> None:
    with pytest.raises(Refused, match="item_needs_closed_doors"):
        opened().says("open_item", item_id=named("secret"))


def test_doors_do_not_open_while_a_restricted_item_is_treated() -> None:
    hall = shut()
    hall.says("open_item", item_id=named("secret"))
    with pytest.raises(Refused, match="restricted_item_open"):
        hall.says("open_doors", closing_id=named("c"))


def test_the_meeting_is_not_adjourned_behind_closed_doors() -> None:
    with pytest.raises(Refused, match="doors_closed"):
        shut().says("adjourn_session")


def test_closing_hides_the_list_and_opening_reveals_nothing_of_what_went_on() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall = shut(hall)
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    view = public_session(hall.state)
    assert view is not None
    assert (view.status, view.speaking, view.next) == ("closed", None, ())
    assert view.closing is not None
    assert view.closing.legal_basis.section == "11-5"
    assert next_speakers(hall.state, NAMES) == ()
    hall.says("open_doors", closing_id=named("c"))
    assert next_speakers(hall.state, NAMES) == ()
    told = str(entries(hall.state, NAMES))
    assert "Person" not in told
    assert "closed" in told


def test_what_was_decided_behind_doors_is_public_only_when_released() -> None:
    hall = shut()
    hall.says("open_item", item_id=named("secret"))
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("secret"), text="Hemmelig forslag")
    hall.says(
        "record_vote",
        vote_id=named("v"),
        item_id=named("secret"),
        unanimous=True,
        question="Hemmelig spørsmål",
    )
    hall.says("record_decision", item_id=named("secret"), text="Hemmelig vedtak")
    hall.says("close_item", item_id=named("secret"))
    hall.says("open_doors", closing_id=named("c"))
    public = public_minutes(hall.state)
    assert public is not None
    assert "Hemmelig" not in public.model_dump_json()
    with pytest.raises(Forbidden):
        hall.says("release_item", item_id=named("secret"))
    hall.says("release_item", SECRETARY, item_id=named("secret"))
    released = public_minutes(hall.state)
    assert released is not None
    for words in ("Hemmelig forslag", "Hemmelig spørsmål", "Hemmelig vedtak", "Oppsigelse"):
        assert words in released.model_dump_json()


def test_comings_and_goings_behind_closed_doors_have_the_doors_own_times_in_public() -> None:
    hall = shut()
    closed_at = hall.now
    hall.says("record_departure", person_id=named("kari"))
    hall.says("open_doors", closing_id=named("c"))
    public = public_minutes(hall.state)
    assert public is not None
    (kari,) = (one.periods for one in public.attendance if one.person_id == named("kari"))
    assert [period.stop for period in kari] == [closed_at]
    assert hall.state.presence[named("kari")][0].stop != closed_at


def test_nobody_goes_on_speaking_from_behind_the_doors_into_the_open() -> None:
    hall = shut(debating())
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("open_doors", closing_id=named("c"))
    assert hall.state.current_speech is None
    assert hall.state.requests[named("r1")].end_reason == "doors"


def test_closing_ends_the_speech_and_drops_undo() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall = shut(hall)
    assert hall.state.requests[named("r1")].end_reason == "doors"
    with pytest.raises(Refused, match="nothing_to_undo"):
        hall.says("undo", event_id=hall.state.version)


@pytest.mark.parametrize("by", [IT, SECRETARY])
def test_it_and_secretary_stop_the_stream_without_changing_the_meeting(by: object) -> None:
    hall = debating()
    assert by in (IT, SECRETARY)
    hall.says("stop_broadcast", IT if by is IT else SECRETARY)
    assert why_shut(hall.events) == "stopped"
    assert hall.state.current_item_id == named("two")
    hall.says("resume_broadcast", IT)
    assert why_shut(hall.events) is None


def test_a_participant_cannot_stop_the_stream() -> None:
    with pytest.raises(Forbidden):
        debating().says("stop_broadcast", member("kari"))


def test_a_speech_held_while_the_stream_was_stopped_is_not_in_the_timeline() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("stop_broadcast")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("resume_broadcast")
    assert "Person" not in str(entries(hall.state, NAMES))


def test_closing_twice_in_one_meeting() -> None:
    hall = shut()
    hall.says("open_doors", closing_id=named("c"))
    hall.says("propose_closing", closing_id=named("c2"), item_ids=[named("two")], legal_basis=BASIS)
    hall.says("record_closing_vote", closing_id=named("c2"), unanimous=True)
    hall.says("close_doors", closing_id=named("c2"))
    assert hall.state.doors_closed
    hall.says("open_doors", closing_id=named("c2"))
    view = public_session(hall.state)
    assert view is not None
    assert len(view.closings) == 2
