"""The forms of a debate: who begins, what others may ask for, what all of it may take."""

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.domain.budget import time_left
from orchestrator.domain.errors import Refused
from orchestrator.domain.publicity import public_list
from tests.domain.debate import next_up, order
from tests.domain.hall import SECRETARY, Hall, asks, debating, named, opened, planned

TWO = named("two")
PAIR: dict[str, Any] = {"asker_id": named("kari"), "answerer_id": named("anne")}


def formed(template: str, hall: Hall | None = None, **fields: Any) -> Hall:
    hall = hall or debating()
    hall.says("use_template", item_id=TWO, template=template, **fields)
    return hall


def test_the_group_leaders_speak_first_in_their_order() -> None:
    hall = debating()
    asks(hall, "per", "r1")
    formed("group_leaders", hall, leader_ids=[named("ola"), named("kari")])
    asks(hall, "siri", "r2")
    assert order(hall) == ["speech ola", "speech kari", "r1", "r2"]


def test_an_interpellation_is_put_answered_and_commented_before_the_debate() -> None:
    hall = formed("interpellation", **PAIR)
    asks(hall, "ola", "r1")
    assert order(hall) == ["presentation kari", "presentation anne", "speech kari", "r1"]
    next_up(hall)
    assert hall.state.requests[hall.state.current_speech_id].limit_seconds == 600  # type: ignore[index]


def test_an_interpellation_has_a_total_time() -> None:
    hall = formed("interpellation", total_seconds=100, **PAIR)
    hall.tick = 0
    next_up(hall)
    hall.wait(70)
    next_up(hall)
    assert time_left(hall.state, TWO, hall.now) == 30
    assert hall.state.current_speech
    assert hall.state.current_speech.limit_seconds == 30
    hall.wait(31)
    with pytest.raises(Refused, match="time_is_out"):
        asks(hall, "ola", "r1")
    asks(hall, "ola", "order", kind="point_of_order")


def test_a_question_has_answer_and_follow_up_and_no_debate() -> None:
    hall = formed("question", **PAIR)
    assert order(hall) == ["question kari", "speech anne", "question kari", "speech anne"]
    for kind in ("speech", "question", "explanation_of_vote"):
        with pytest.raises(Refused, match="kind_not_allowed"):
            asks(hall, "ola", "r1", kind=kind)
    next_up(hall)
    with pytest.raises(Refused, match="kind_not_allowed"):
        asks(hall, "ola", "reply1", kind="reply", parent_id=hall.state.current_speech_id)
    asks(hall, "ola", "order", kind="point_of_order")


def test_question_time_takes_questions_for_as_long_as_the_rules_say() -> None:
    hall = formed("question_time", debating(rules={"question_time_seconds": 300}))
    asks(hall, "ola", "question", kind="question")
    assert time_left(hall.state, TWO, hall.now) == 300
    with pytest.raises(Refused, match="kind_not_allowed"):
        asks(hall, "per", "r1")


def test_a_template_may_be_given_before_the_meeting_and_its_list_is_public() -> None:
    hall = planned()
    hall.says("use_template", SECRETARY, item_id=TWO, template="question", **PAIR)
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in ("kari", "ola", "anne")])
    hall.says("open_item", item_id=TWO)
    assert len(public_list(hall.state)) == 4


def test_a_template_is_changed_or_dropped_with_those_it_placed() -> None:
    hall = formed("question", **PAIR)
    formed("interpellation", hall, **PAIR)
    assert order(hall) == ["presentation kari", "presentation anne", "speech kari"]
    assert hall.says("use_template", item_id=TWO, template="interpellation", **PAIR) == []
    hall.says("use_template", item_id=TWO, template=None)
    assert order(hall) == []
    assert hall.state.items[TWO].template is None
    asks(hall, "ola", "r1")


def test_who_begins_may_also_ask_to_take_part_in_the_debate() -> None:
    hall = formed("interpellation", **PAIR)
    asks(hall, "kari", "r1")
    assert order(hall)[-1] == "r1"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template": "question", "asker_id": named("kari")}, "answerer_id: is required"),
        ({"template": "group_leaders"}, "leader_ids: is required"),
        ({"template": "question_time", "asker_id": named("kari")}, "asker_id: has no place"),
        ({"template": "group_leaders", "leader_ids": [named("kari")] * 2}, "same person twice"),
    ],
)
def test_a_template_gets_the_people_it_needs_and_no_others(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        opened().says("use_template", item_id=TWO, **fields)


def test_a_stranger_has_no_place_in_a_template() -> None:
    with pytest.raises(Refused, match="not_a_member"):
        formed("group_leaders", leader_ids=[named("stranger")])


@pytest.mark.parametrize("rule", ["not_present", "disqualified"])
def test_a_template_begins_with_nobody_who_may_not_speak(rule: str) -> None:
    hall = debating()
    if rule == "not_present":
        hall.says("record_departure", person_id=named("kari"))
    else:
        about = {"item_id": TWO, "person_id": named("kari")}
        hall.says("raise_impartiality", question_id=named("q"), **about)
        basis = {"section": "forvaltningsloven § 6", "paragraph": "1"}
        outcome: dict[str, Any] = {"outcome": "disqualified", "legal_basis": basis}
        hall.says("decide_impartiality", question_id=named("q"), unanimous=True, **outcome)
    with pytest.raises(Refused, match=rule):
        formed("interpellation", hall, **PAIR)
