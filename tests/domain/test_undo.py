"""Undo takes back the latest step, and only that."""

import pytest

from orchestrator.domain.errors import Refused
from tests.domain.hall import Hall, asks, debating, named


def speaking() -> Hall:
    hall = debating()
    for name, request in (("kari", "r1"), ("ola", "r2"), ("siri", "r3")):
        asks(hall, name, request)
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    return hall


def latest(hall: Hall) -> int:
    return hall.state.undoable[-1].event_id


def test_undoing_a_call_returns_the_called_to_their_former_place() -> None:
    hall = speaking()
    hall.says("undo", event_id=latest(hall))
    assert hall.state.waiting == (named("r1"), named("r2"), named("r3"))
    assert hall.state.current_speech is None


def test_undoing_the_end_lets_the_speaker_continue_without_being_charged_for_the_gap() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("end_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("undo", event_id=latest(hall))
    hall.wait(5)
    speech = hall.state.current_speech
    assert speech is not None
    assert speech.seconds(hall.now) == 15


def test_undo_after_a_pause_does_not_overcharge() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("undo", event_id=latest(hall))
    hall.wait(5)
    assert hall.state.requests[named("r1")].seconds(hall.now) == 15


def test_only_the_latest_step_can_be_undone() -> None:
    hall = speaking()
    older = latest(hall)
    hall.says("close_list", item_id=named("two"))
    with pytest.raises(Refused, match="not_the_latest"):
        hall.says("undo", event_id=older)


def test_steps_are_undone_one_after_another() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    hall.says("undo", event_id=latest(hall))
    hall.says("undo", event_id=latest(hall))
    with pytest.raises(Refused, match=r"not_the_latest|nothing_to_undo"):
        hall.says("undo", event_id=1)
    assert not hall.state.items[named("two")].list_closed
    assert hall.state.current_speech is None


def test_a_request_made_meanwhile_stands_when_an_earlier_step_is_undone() -> None:
    hall = speaking()
    hall.says("end_speech", speech_id=named("r1"))
    asks(hall, "per", "r4")
    hall.says("undo", event_id=latest(hall))
    assert hall.state.current_speech_id == named("r1")
    assert hall.state.waiting == (named("r2"), named("r3"), named("r4"))


def test_someone_who_withdrew_meanwhile_is_not_put_back() -> None:
    hall = speaking()
    hall.says("call_next_speaker", request_id=named("r2"), current_id=named("r1"))
    hall.says("withdraw_request", request_id=named("r3"))
    hall.says("undo", event_id=latest(hall))
    assert hall.state.waiting == (named("r2"),)
    assert hall.state.current_speech_id == named("r1")


def test_a_move_is_undone_to_the_former_place() -> None:
    hall = speaking()
    hall.says("move_request", request_id=named("r3"), before_id=named("r2"))
    hall.says("undo", event_id=latest(hall))
    assert hall.state.waiting == (named("r2"), named("r3"))


def test_opening_another_item_by_mistake_is_undone_whole() -> None:
    hall = speaking()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    hall.says("undo", event_id=latest(hall))
    assert hall.state.current_item_id == named("two")
    assert hall.state.items[named("one")].status == "planned"
    assert hall.state.items[named("one")].periods == ()
    assert hall.state.current_speech_id == named("r1")


@pytest.mark.parametrize("step", ["start_break", "stop_broadcast", "adjourn_session"])
def test_breaks_stops_and_adjourning_cannot_be_undone(step: str) -> None:
    hall = speaking()
    hall.says(step)
    with pytest.raises(Refused, match="nothing_to_undo"):
        hall.says("undo", event_id=hall.state.version)


def test_nothing_is_undone_before_anything_has_been_done() -> None:
    with pytest.raises(Refused, match="nothing_to_undo"):
        debating_afresh().says("undo", event_id=1)


def debating_afresh() -> Hall:
    hall = debating()
    hall.says("undo", event_id=latest(hall))
    return hall


def test_an_undo_sent_twice_takes_back_one_step() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    number = latest(hall)
    hall.says("undo", event_id=number)
    before = hall.state
    with pytest.raises(Refused, match="not_the_latest"):
        hall.says("undo", event_id=number)
    assert hall.state is before


@pytest.mark.parametrize("someone_speaks", [True, False])
def test_closing_an_item_by_mistake_is_undone_with_its_list_and_its_speaker(someone_speaks: bool) -> None:  # noqa: FBT001
    hall = speaking()
    if not someone_speaks:
        hall.says("end_speech", speech_id=named("r1"))
    hall.says("record_decision", item_id=named("two"), text="Vedtak")
    before = hall.state
    hall.says("close_item", item_id=named("two"))
    assert hall.state.waiting == ()
    hall.says("undo", event_id=latest(hall))
    assert hall.state.waiting == before.waiting
    assert hall.state.current_item_id == named("two")
    assert hall.state.current_speech_id == before.current_speech_id
    assert hall.state.items == before.items


def test_a_paused_speech_that_is_ended_by_mistake_is_paused_again() -> None:
    hall = speaking()
    hall.says("pause_speech", speech_id=named("r1"))
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("undo", event_id=latest(hall))
    assert hall.state.current_speech is not None
    assert hall.state.current_speech.status == "paused"


def test_time_added_is_taken_back_and_the_clock_goes_on() -> None:
    hall = speaking()
    hall.says("extend_speech", speech_id=named("r1"))
    hall.wait(8)
    hall.says("undo", event_id=latest(hall))
    hall.wait(5)
    speech = hall.state.requests[named("r1")]
    assert speech.extra_seconds == 0
    assert speech.seconds(hall.now) == 15


def test_a_clock_started_again_by_mistake_is_not_charged() -> None:
    hall = speaking()
    hall.says("pause_speech", speech_id=named("r1"))
    hall.says("resume_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("undo", event_id=latest(hall))
    assert hall.state.requests[named("r1")].seconds(hall.now) == 1
    assert hall.state.requests[named("r1")].status == "paused"


def test_a_speaker_who_has_left_is_not_given_the_floor_again() -> None:
    hall = speaking()
    hall.says("call_next_speaker", request_id=named("r2"), current_id=named("r1"))
    hall.says("record_departure", person_id=named("kari"))
    with pytest.raises(Refused, match="not_present"):
        hall.says("undo", event_id=latest(hall))


def test_one_who_was_called_and_left_is_not_put_back_on_the_list() -> None:
    hall = speaking()
    hall.says("record_departure", person_id=named("kari"))
    assert hall.state.undoable == ()
    assert hall.state.current_speech is None
    assert hall.state.waiting == (named("r2"), named("r3"))


def test_drawing_the_line_is_undone_though_the_speaker_has_left_since() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    hall.says("record_departure", person_id=named("kari"))
    hall.says("undo", event_id=latest(hall))
    assert not hall.state.items[named("two")].list_closed
    assert hall.state.current_speech_id is None


def test_one_who_left_after_the_item_was_closed_is_not_put_back_on_its_list() -> None:
    hall = speaking()
    hall.says("record_decision", item_id=named("two"), text="Vedtak")
    hall.says("close_item", item_id=named("two"))
    hall.says("record_departure", person_id=named("ola"))
    hall.says("undo", event_id=latest(hall))
    assert hall.state.current_speech_id == named("r1")
    assert hall.state.waiting == (named("r3"),)


def test_an_item_that_has_been_removed_does_not_come_back() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("undo", event_id=latest(hall))
    hall.says("close_list", item_id=named("one"))
    hall.says("remove_item", item_id=named("two"))
    hall.says("undo", event_id=latest(hall))
    assert named("two") not in hall.state.items
    assert hall.state.waiting == ()


def test_words_corrected_since_stand_when_an_item_opened_by_mistake_is_left() -> None:
    hall = debating()
    hall.says("change_item", item_id=named("two"), title="Riktig tittel")
    hall.says("undo", event_id=latest(hall))
    item = hall.state.items[named("two")]
    assert (item.title, item.status, hall.state.current_item_id) == ("Riktig tittel", "planned", None)


def test_a_decision_recorded_by_mistake_is_taken_back() -> None:
    hall = debating()
    hall.says("record_decision", item_id=named("two"), text="Feil")
    hall.says("undo", event_id=latest(hall))
    assert hall.state.items[named("two")].decision is None


def test_undo_waits_for_the_vote_being_held() -> None:
    hall = speaking()
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    with pytest.raises(Refused, match="vote_running"):
        hall.says("undo", event_id=latest(hall))


def test_starting_a_vote_stops_the_clock_and_is_not_undone_by_half() -> None:
    hall = speaking()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    hall.says("cancel_vote", vote_id=named("v"))
    assert hall.state.requests[named("r1")].status == "paused"
    assert "speech_paused" not in [step.what for step in hall.state.undoable]
