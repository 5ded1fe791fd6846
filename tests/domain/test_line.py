"""Closing the list: proposed, last call, drawn."""

from datetime import timedelta

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from tests.domain.debate import adds, order, reply, speaking, undo
from tests.domain.hall import SECRETARY, Hall, asks, member, named

TWO = named("two")


def called(**rules: object) -> Hall:
    """The last call has begun, for a minute."""
    hall = speaking(last_call_seconds=60, **rules)
    hall.tick = 0
    hall.says("propose_closing_list", item_id=TWO)
    hall.wait(5)
    hall.says("call_last", item_id=TWO)
    return hall


def test_the_line_is_proposed_called_and_drawn_each_with_its_time_in_the_record() -> None:
    hall = called()
    hall.wait(60)
    hall.says("close_list", item_id=TWO, by="vote")
    steps = [event for event in hall.events if "list" in event.type or "last_call" in event.type]
    assert [event.type for event in steps] == ["list_closing_proposed", "last_call_begun", "list_closed"]
    line = hall.state.items[TWO].line
    assert [line.proposed_at, line.called_at, line.drawn_at] == [event.at for event in steps]
    assert (line.by, hall.state.items[TWO].list_state) == ("vote", "closed")
    assert line.until == steps[1].at + timedelta(seconds=60)


def test_the_chair_draws_the_line_at_once() -> None:
    hall = speaking()
    hall.says("close_list", item_id=TWO)
    assert hall.state.items[TWO].line.by == "chair"


def test_a_member_may_propose_it_but_neither_call_nor_draw() -> None:
    hall = speaking()
    (event,) = hall.says("propose_closing_list", member("ola"), item_id=TWO)
    assert event.person_id == named("ola")  # type: ignore[attr-defined]
    for command in ("call_last", "close_list", "reopen_list"):
        with pytest.raises(Forbidden):
            hall.says(command, member("ola"), item_id=TWO)


def test_one_who_has_left_or_may_not_speak_does_not_propose_it() -> None:
    hall = speaking()
    hall.says("record_departure", person_id=named("ola"))
    with pytest.raises(Refused, match="not_present"):
        hall.says("propose_closing_list", member("ola"), item_id=TWO)
    with pytest.raises(Refused, match="not_a_member"):
        hall.says("propose_closing_list", member("stranger"), item_id=TWO)


def test_a_proposal_keeps_the_list_open() -> None:
    hall = speaking()
    hall.says("propose_closing_list", item_id=TWO)
    asks(hall, "per", "r4")
    assert order(hall) == ["r2", "r3", "r4"]


def test_members_add_themselves_until_the_last_call_is_out_and_the_chair_anyone_after() -> None:
    hall = called()
    hall.wait(59)
    asks(hall, "per", "r4")
    hall.wait(1)
    with pytest.raises(Refused, match="list_closed"):
        asks(hall, "anne", "r5")
    assert hall.state.items[TWO].list_state == "last_call"
    adds(hall, "anne", "r5")
    assert order(hall) == ["r2", "r3", "r4", "r5"]


def test_the_last_call_may_be_as_long_as_the_chair_says() -> None:
    hall = speaking()
    (event,) = hall.says("call_last", item_id=TWO, seconds=20)
    assert hall.state.items[TWO].line.until == event.at + timedelta(seconds=20)


def test_each_step_twice_is_harmless_and_none_goes_back() -> None:
    hall = called()
    assert hall.says("propose_closing_list", item_id=TWO) == []
    assert hall.says("call_last", item_id=TWO) == []
    hall.says("close_list", item_id=TWO)
    assert hall.says("close_list", item_id=TWO, by="vote") == []
    with pytest.raises(Refused, match="list_closed"):
        hall.says("call_last", item_id=TWO)


def test_reopening_is_recorded_and_drops_the_last_call_too() -> None:
    hall = called()
    hall.says("reopen_list", item_id=TWO)
    assert hall.state.items[TWO].list_state == "open"
    hall.wait(100)
    asks(hall, "per", "r4")
    assert hall.events[-2].type == "list_reopened"


def test_drawing_the_line_is_undone_to_the_last_call_and_that_to_the_proposal() -> None:
    hall = called()
    hall.says("close_list", item_id=TWO)
    undo(hall)
    assert hall.state.items[TWO].list_state == "last_call"
    undo(hall)
    assert hall.state.items[TWO].list_state == "proposed"


def test_replies_stay_open_or_not_by_rule_also_when_the_last_call_is_out() -> None:
    for stay in (True, False):
        hall = called(replies_after_close=stay)
        hall.wait(60)
        if stay:
            reply(hall, "per", "reply1")
        else:
            with pytest.raises(Refused, match="list_closed"):
                reply(hall, "per", "reply1")


@pytest.mark.parametrize("allowed", [True, False])
def test_new_proposals_are_allowed_or_not_by_rule_after_the_line_is_drawn(allowed: bool) -> None:  # noqa: FBT001
    hall = speaking(proposals_after_close=allowed)
    put = {"proposal_id": named("p"), "item_id": TWO, "text": "Utsett"}
    hall.says("close_list", item_id=TWO)
    if allowed:
        hall.says("put_proposal", SECRETARY, **put)
    else:
        with pytest.raises(Refused, match="proposals_closed"):
            hall.says("put_proposal", SECRETARY, **put)
    assert bool(hall.state.proposals) is allowed
