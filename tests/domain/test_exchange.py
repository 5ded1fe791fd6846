"""Replies and the rejoinder."""

import pytest

from orchestrator.domain.errors import Refused
from tests.domain.debate import adds, next_up, order, reply, speaking, speaks, undo
from tests.domain.hall import Hall, asks, member, named


def exchanging(rejoinder: str = "after_replies", **rules: object) -> Hall:
    """Kari speaks; Per and Anne have asked for replies."""
    hall = speaking(rejoinder=rejoinder, **rules)
    reply(hall, "per", "reply1")
    reply(hall, "anne", "reply2")
    return hall


def test_the_rejoinder_places_itself_after_the_last_reply() -> None:
    assert order(exchanging()) == ["reply1", "reply2", "rejoinder kari", "r2", "r3"]


def test_the_rejoinder_places_itself_after_each_reply() -> None:
    hall = exchanging("after_each")
    assert order(hall) == ["reply1", "rejoinder kari", "reply2", "rejoinder kari", "r2", "r3"]


def test_there_is_no_rejoinder_where_the_rules_give_none() -> None:
    assert order(exchanging("none")) == ["reply1", "reply2", "r2", "r3"]


def test_the_rejoinder_is_next_for_the_original_speaker_with_its_own_time() -> None:
    hall = exchanging(rejoinder_seconds=45)
    for _ in range(3):
        next_up(hall)
    speech = hall.state.current_speech
    assert speech is not None
    assert (speech.person_id, speech.kind, speech.limit_seconds) == (named("kari"), "rejoinder", 45)


def test_the_rejoinder_can_be_waived_and_does_not_come_back() -> None:
    hall = exchanging(replies_per_speech=3)
    rejoinder = hall.state.speaker_list[2]
    hall.says("withdraw_request", member("kari"), request_id=rejoinder.request_id)
    reply(hall, "siri", "reply3")
    assert order(hall) == ["reply1", "reply2", "reply3", "r2", "r3"]


def test_who_has_waived_may_ask_for_it_again() -> None:
    hall = exchanging()
    hall.says("withdraw_request", member("kari"), request_id=hall.state.speaker_list[2].request_id)
    asks(hall, "kari", "r4", kind="rejoinder", parent_id=named("r1"))
    assert order(hall) == ["reply1", "reply2", "r4", "r2", "r3"]


def test_rejoinder_only_by_the_original_speaker() -> None:
    hall = exchanging()
    with pytest.raises(Refused, match="rejoinder_of_another"):
        asks(hall, "ola", "r4", kind="rejoinder", parent_id=named("r1"))


def test_a_second_rejoinder_is_refused() -> None:
    hall = exchanging()
    with pytest.raises(Refused, match="nothing_to_rejoin"):
        asks(hall, "kari", "r4", kind="rejoinder", parent_id=named("r1"))


def test_a_rejoinder_is_refused_where_the_rules_give_none() -> None:
    hall = exchanging("none")
    with pytest.raises(Refused, match="no_rejoinder"):
        asks(hall, "kari", "r4", kind="rejoinder", parent_id=named("r1"))


def test_the_rejoinder_goes_when_the_last_reply_is_withdrawn() -> None:
    hall = exchanging()
    hall.says("withdraw_request", request_id=named("reply1"))
    assert order(hall) == ["reply2", "rejoinder kari", "r2", "r3"]
    hall.says("withdraw_request", request_id=named("reply2"))
    assert order(hall) == ["r2", "r3"]
    reply(hall, "per", "reply3")
    assert order(hall) == ["reply3", "rejoinder kari", "r2", "r3"]


def test_the_rejoinder_to_a_reply_goes_with_that_reply() -> None:
    hall = exchanging("after_each")
    hall.says("withdraw_request", request_id=named("reply1"))
    assert order(hall) == ["reply2", "rejoinder kari", "r2", "r3"]


@pytest.mark.parametrize("rejoinder", ["after_replies", "after_each"])
def test_reply_after_the_rejoinder_has_begun_is_refused(rejoinder: str) -> None:
    hall = exchanging(rejoinder, replies_per_speech=9)
    while order(hall)[0] != "r2":
        next_up(hall)
    with pytest.raises(Refused, match="rejoinder_begun"):
        adds(hall, "siri", "reply3", kind="reply", parent_id=named("r1"))


def test_reply_to_a_rejoinder_is_refused() -> None:
    hall = exchanging()
    for _ in range(3):
        next_up(hall)
    assert hall.state.current_speech_id
    with pytest.raises(Refused, match="reply_to_reply"):
        asks(hall, "siri", "reply3", kind="reply", parent_id=hall.state.current_speech_id)


def test_reply_to_a_finished_speech_is_refused_when_the_exchange_is_over() -> None:
    hall = speaking()
    speaks(hall, "r2")
    with pytest.raises(Refused, match="exchange_over"):
        adds(hall, "siri", "reply1", kind="reply", parent_id=named("r1"))


def test_a_point_of_order_does_not_end_the_exchange() -> None:
    hall = speaking()
    asks(hall, "anne", "order", kind="point_of_order")
    speaks(hall, "order")
    adds(hall, "siri", "reply1", kind="reply", parent_id=named("r1"))
    assert order(hall) == ["reply1", "r2", "r3"]


def test_replies_are_signed_up_before_the_speech_ends_later_only_by_the_chair() -> None:
    hall = speaking()
    hall.says("end_speech", speech_id=named("r1"))
    with pytest.raises(Refused, match="reply_too_late"):
        reply(hall, "per", "reply1")
    adds(hall, "per", "reply1", kind="reply", parent_id=named("r1"))
    assert order(hall)[0] == "reply1"


def test_nobody_replies_to_themselves_or_to_a_point_of_order() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="reply_to_oneself"):
        reply(hall, "kari", "reply1")
    asks(hall, "anne", "order", kind="point_of_order")
    speaks(hall, "order")
    with pytest.raises(Refused, match="no_reply_to_this"):
        reply(hall, "kari", "reply1", parent="order")


@pytest.mark.parametrize(("keep", "left"), [(True, ["reply1", "reply2", "r2"]), (False, ["r2"])])
def test_replies_stand_or_are_dropped_by_rule_when_their_exchange_is_cut_off(
    keep: bool,  # noqa: FBT001
    left: list[str],
) -> None:
    hall = exchanging("none", keep_replies=keep)
    hall.says("start_speech", request_id=named("r3"), current_id=named("r1"))
    assert order(hall) == left
    undo(hall)
    assert order(hall) == ["reply1", "reply2", "r2", "r3"]


@pytest.mark.parametrize(("keep", "left"), [(True, ["reply2", "r2", "r3"]), (False, ["r2", "r3"])])
def test_ending_a_speech_ends_its_running_reply_at_the_same_instant_and_drops_or_keeps_waiting_replies(
    keep: bool,  # noqa: FBT001
    left: list[str],
) -> None:
    hall = exchanging("none", keep_replies=keep)
    hall.says("interrupt_speech", request_id=named("reply1"), current_id=named("r1"))
    hall.says("end_speech", speech_id=named("r1"))
    speech, running = (hall.state.requests[named(name)] for name in ("r1", "reply1"))
    assert (speech.status, running.status, running.end_reason) == ("done", "done", "parent")
    assert speech.ended_at == running.ended_at == hall.now
    assert order(hall) == left


def test_an_original_speaker_who_has_left_gets_no_rejoinder() -> None:
    hall = exchanging()
    hall.says("record_departure", person_id=named("kari"))
    assert order(hall) == ["reply1", "reply2", "r2", "r3"]
    assert hall.state.current_speech is None
