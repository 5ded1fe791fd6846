"""Rules of procedure changed during the meeting, each change recorded."""

import pytest

from orchestrator.domain.errors import Refused
from orchestrator.domain.rules import DebateRules
from tests.domain.debate import speaking, speaks
from tests.domain.hall import SECRETARY, asks, debating, member, named

BIG = DebateRules(name="Store saker", speech_seconds=300).model_dump()
TWO = named("two")


def test_rules_are_changed_for_one_item_and_the_change_is_recorded() -> None:
    hall = debating()
    (event,) = hall.says("change_rules", item_id=TWO, rules=BIG)
    assert event.type == "rules_changed"
    assert hall.says("change_rules", item_id=TWO, rules=BIG) == []
    assert hall.state.rules_for(TWO).name == "Store saker"
    assert hall.state.rules_for(named("one")) == hall.state.rules == DebateRules()
    asks(hall, "kari", "r1")
    speaks(hall, "r1")
    assert hall.state.requests[named("r1")].limit_seconds == 300


def test_the_sessions_rules_are_changed_but_in_items_that_have_their_own() -> None:
    hall = debating()
    hall.says("change_rules", item_id=TWO, rules=BIG)
    hall.says("change_rules", SECRETARY, rules=DebateRules(speech_seconds=90).model_dump())
    assert hall.state.rules_for(named("one")).speech_seconds == 90
    assert hall.state.rules_for(TWO).speech_seconds == 300


def test_time_limit_changed_mid_speech_applies_from_now() -> None:
    hall = speaking()
    hall.wait(60)
    events = hall.says("change_rules", item_id=TWO, rules=BIG)
    assert [event.type for event in events] == ["rules_changed", "speech_limited"]
    speech = hall.state.current_speech
    assert speech is not None
    assert (speech.limit_seconds, speech.seconds(hall.now)) == (300, 61)
    hall.says("extend_speech", speech_id=named("r1"), seconds=30)
    assert hall.state.requests[named("r1")].extra_seconds == 30


def test_members_do_not_change_the_rules_nor_anybody_those_of_an_item_that_is_over() -> None:
    hall = debating()
    with pytest.raises(Refused, match="not_your_role"):
        hall.says("change_rules", member("kari"), item_id=TWO, rules=BIG)
    hall.says("record_decision", item_id=TWO, text="Vedtak")
    hall.says("close_item", item_id=TWO)
    with pytest.raises(Refused, match="item_closed"):
        hall.says("change_rules", item_id=TWO, rules=BIG)


def test_new_rules_leave_a_speech_cut_short_with_no_less_than_nothing() -> None:
    hall = speaking()
    hall.says("extend_speech", speech_id=named("r1"), seconds=-120)
    hall.says("change_rules", rules={"speech_seconds": 60})
    speech = hall.state.requests[named("r1")]
    assert speech.limit_seconds + speech.extra_seconds == 0
