"""Undo takes back the latest step, and only that."""

import pytest

from orchestrator.domain.errors import Refused
from orchestrator.domain.floor import elapsed_seconds
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
    assert elapsed_seconds(speech, hall.now) == 15


def test_undo_after_a_pause_does_not_overcharge() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("undo", event_id=latest(hall))
    hall.wait(5)
    assert elapsed_seconds(hall.state.requests[named("r1")], hall.now) == 15


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
