"""Letting somebody in while another speaks, who keeps the remaining time."""

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.timeline import entries
from tests.domain.debate import adds, order, reply, speaking, speaks, undo
from tests.domain.hall import Hall, asks, member, named


def interrupted(**rules: object) -> Hall:
    """Kari has spoken for ten seconds when the chair lets Anne in."""
    hall = speaking(**rules)
    hall.tick = 0
    hall.wait(10)
    asks(hall, "anne", "order", kind="point_of_order")
    hall.says("interrupt_speech", request_id=named("order"), current_id=named("r1"))
    hall.wait(60)
    return hall


def spent(hall: Hall, request: str = "r1") -> float:
    return hall.state.requests[named(request)].seconds(hall.now)


def test_point_of_order_comes_next_when_the_running_speech_ends() -> None:
    hall = speaking()
    asks(hall, "anne", "order", kind="point_of_order")
    speaks(hall, "order")
    assert hall.state.requests[named("r1")].status == "done"
    assert hall.state.current_speech_id == named("order")


def test_the_chair_interrupts_for_it_and_the_speaker_keeps_the_remaining_time() -> None:
    hall = interrupted()
    assert hall.state.current_speech_id == named("order")
    assert order(hall) == ["r1", "r2", "r3"]
    speaks(hall, "r1")
    hall.wait(5)
    speech = hall.state.current_speech
    assert speech is not None
    assert (speech.request_id, speech.limit_seconds, spent(hall)) == (named("r1"), 180, 15)


def test_a_second_one_interrupts_too() -> None:
    hall = interrupted()
    asks(hall, "per", "order2", kind="point_of_order")
    assert order(hall) == ["order2", "r1", "r2", "r3"]
    hall.says("interrupt_speech", request_id=named("order2"), current_id=named("order"))
    assert order(hall) == ["order", "r1", "r2", "r3"]
    for request in ("order", "r1"):
        speaks(hall, request)
    assert spent(hall) == 10
    assert spent(hall, "order") == 60


def test_the_interrupted_speaker_is_next_though_points_of_order_come_after_replies() -> None:
    hall = interrupted(points_of_order_first=False)
    asks(hall, "per", "order2", kind="point_of_order")
    assert order(hall) == ["r1", "order2", "r2", "r3"]


def test_only_the_chair_interrupts_and_not_for_a_speech() -> None:
    hall = speaking()
    with pytest.raises(Forbidden):
        hall.says("interrupt_speech", member("ola"), request_id=named("r2"), current_id=named("r1"))
    with pytest.raises(Refused, match="cannot_interrupt"):
        hall.says("interrupt_speech", request_id=named("r2"), current_id=named("r1"))


def test_interrupting_names_who_speaks() -> None:
    hall = speaking()
    asks(hall, "anne", "order", kind="point_of_order")
    with pytest.raises(Refused, match="state_moved"):
        hall.says("interrupt_speech", request_id=named("order"), current_id=named("r2"))


def test_undoing_an_interruption_gives_the_floor_back_without_charging_it() -> None:
    hall = interrupted()
    undo(hall)
    hall.wait(5)
    assert hall.state.current_speech_id == named("r1")
    assert order(hall) == ["order", "r2", "r3"]
    assert spent(hall) == 15


def test_undoing_the_return_of_the_interrupted_gives_the_floor_to_the_other() -> None:
    hall = interrupted()
    speaks(hall, "r1")
    hall.wait(30)
    undo(hall)
    assert hall.state.current_speech_id == named("order")
    assert order(hall) == ["r1", "r2", "r3"]
    assert spent(hall) == 10


def test_an_interrupted_speech_is_neither_moved_nor_withdrawn_but_can_be_ended() -> None:
    hall = interrupted()
    with pytest.raises(Refused, match="state_moved"):
        hall.says("move_request", request_id=named("r1"), before_id=None)
    with pytest.raises(Refused, match="state_moved"):
        hall.says("withdraw_request", request_id=named("r1"))
    hall.says("end_speech", member("kari"), speech_id=named("r1"))
    assert order(hall) == ["r2", "r3"]
    assert hall.state.current_speech_id == named("order")


def test_an_interrupted_speaker_who_leaves_is_done() -> None:
    hall = interrupted()
    hall.says("record_departure", person_id=named("kari"))
    assert order(hall) == ["r2", "r3"]
    speech = hall.state.requests[named("r1")]
    assert (speech.status, speech.end_reason, spent(hall)) == ("done", "left", 10)


@pytest.mark.parametrize("command", ["adjourn_session", "close_doors"])
def test_nobody_stays_interrupted_when_the_meeting_ends_or_the_doors_close(command: str) -> None:
    hall = interrupted()
    if command == "close_doors":
        hall.says(
            "propose_closing",
            closing_id=named("c"),
            item_ids=[named("two")],
            legal_basis={"section": "11-5"},
        )
        hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
        hall.says("close_doors", closing_id=named("c"))
    else:
        hall.says("adjourn_session")
    assert hall.state.requests[named("r1")].status == "done"
    assert named("r1") not in hall.state.waiting


def test_each_moment_belongs_to_who_had_the_floor() -> None:
    hall = interrupted()
    speaks(hall, "r1")
    hall.wait(5)
    hall.says("end_speech", speech_id=named("r1"))
    speeches = [entry for entry in entries(hall.state, {}) if entry.kind == "speech"]
    assert [entry.id for entry in speeches] == [str(named(name)) for name in ("r1", "order", "r1")]
    ends = [entry.end for entry in speeches]
    assert ends[:2] == [entry.start for entry in speeches[1:]]


@pytest.mark.parametrize("carried", [True, False])
def test_item_switched_while_someone_speaks_ends_or_carries_the_speech_by_rule(carried: bool) -> None:  # noqa: FBT001
    hall = speaking(carry_speech=carried)
    hall.tick = 0
    hall.wait(10)
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    speech = hall.state.requests[named("r1")]
    assert (speech.status, spent(hall)) == ("paused" if carried else "done", 10)
    assert hall.state.current_speech is None
    hall.wait(600)
    hall.says("open_item", item_id=named("two"), current_id=named("one"))
    assert order(hall) == (["r1", "r2", "r3"] if carried else ["r2", "r3"])
    if carried:
        speaks(hall, "r1")
        hall.wait(5)
        assert spent(hall) == 15


def test_a_carried_speech_is_ended_with_its_item() -> None:
    hall = speaking(carry_speech=True)
    hall.says("record_decision", item_id=named("two"), text="Vedtak")
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    hall.says("close_item", item_id=named("two"))
    assert hall.state.requests[named("r1")].end_reason == "item"
    assert hall.state.waiting == ()


def test_who_was_interrupted_keeps_the_exchange_open() -> None:
    hall = interrupted()
    asks(hall, "per", "reply1", kind="reply", parent_id=named("r1"))
    adds(hall, "siri", "reply2", kind="reply", parent_id=named("r1"))
    assert order(hall) == ["r1", "reply1", "reply2", "r2", "r3"]


def test_a_reply_that_is_interrupted_when_its_exchange_is_cut_off_has_been_held() -> None:
    hall = speaking(keep_replies=False)
    reply(hall, "anne", "reply1")
    speaks(hall, "reply1")
    asks(hall, "per", "order", kind="point_of_order")
    hall.says("interrupt_speech", request_id=named("order"), current_id=named("reply1"))
    hall.says("start_speech", request_id=named("r2"), current_id=named("order"))
    held = hall.state.requests[named("reply1")]
    assert (held.status, held.end_reason) == ("done", "next")
    assert all(interruption.stop for interruption in held.interruptions)
