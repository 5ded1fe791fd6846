"""Asking for the floor: who may, for what, and when."""

import pytest
from pydantic import ValidationError

from orchestrator.domain.errors import Refused
from orchestrator.domain.publicity import public_list
from orchestrator.domain.speakers import may_request
from orchestrator.domain.speech import SpeechKind
from tests.domain.debate import adds, order, reply, speaking, speaks
from tests.domain.hall import CHAIR, asks, debating, member, named

CATEGORIES = ("Habilitet", "Utsettelse")


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("point_of_information", 120),
        ("explanation_of_vote", 60),
        ("question", 60),
        ("presentation", 600),
        ("speech", 180),
    ],
)
def test_each_kind_of_speech_has_its_own_time(kind: str, limit: int) -> None:
    hall = debating()
    adds(hall, "kari", "r1", kind=kind)
    speaks(hall, "r1")
    assert hall.state.requests[named("r1")].limit_seconds == limit


def test_a_presentation_is_put_on_the_list_by_those_who_lead() -> None:
    with pytest.raises(Refused, match="kind_not_allowed"):
        asks(debating(), "kari", "r1", kind="presentation")


def test_duplicate_waiting_is_allowed_when_the_rules_say_so() -> None:
    hall = debating(rules={"several_requests_allowed": True})
    asks(hall, "kari", "r1")
    asks(hall, "kari", "r2")
    assert order(hall) == ["r1", "r2"]


def test_one_waits_once_with_each_class_of_kinds_and_a_question_is_a_speech() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    asks(hall, "kari", "order", kind="point_of_order")
    with pytest.raises(Refused, match="already_waiting"):
        asks(hall, "kari", "question", kind="question")


def test_two_adds_in_one_command_are_atomic() -> None:
    hall = debating()
    first = {"request_id": named("r1"), "person_id": named("kari")}
    with pytest.raises(Refused, match="not_a_member"):
        hall.says(
            "request_floors", requests=[first, {"request_id": named("r2"), "person_id": named("stranger")}]
        )
    assert order(hall) == []
    hall.says("request_floors", requests=[first, {"request_id": named("r2"), "person_id": named("ola")}])
    assert order(hall) == ["r1", "r2"]


def test_the_second_of_two_adds_sees_the_first() -> None:
    hall = debating()
    twice = [{"request_id": named(name), "person_id": named("kari")} for name in ("r1", "r2")]
    with pytest.raises(Refused, match="already_waiting"):
        hall.says("request_floors", member("kari"), requests=twice)


def test_note_length_limit() -> None:
    hall = debating()
    asks(hall, "kari", "r1", note="x" * 200)
    with pytest.raises(ValidationError, match="200 characters"):
        asks(hall, "ola", "r2", note="x" * 201)


def test_a_note_is_never_public() -> None:
    hall = debating()
    asks(hall, "kari", "r1", note="hemmelig")
    assert hall.state.requests[named("r1")].note == "hemmelig"
    assert [request.note for request in public_list(hall.state)] == [""]


def test_required_category_that_is_missing_is_refused() -> None:
    hall = debating(rules={"point_of_order_categories": CATEGORIES, "category_required": True})
    with pytest.raises(Refused, match="category_required"):
        asks(hall, "kari", "order", kind="point_of_order")
    asks(hall, "kari", "order", kind="point_of_order", category="Utsettelse")


@pytest.mark.parametrize("kind", ["point_of_order", "speech"])
def test_unknown_category_is_refused(kind: str) -> None:
    hall = debating(rules={"point_of_order_categories": CATEGORIES})
    with pytest.raises(Refused, match="unknown_category"):
        asks(hall, "kari", "order", kind=kind, category="Været")


def test_points_of_order_stand_by_rank_of_category_then_arrival() -> None:
    hall = debating(rules={"point_of_order_categories": CATEGORIES})
    asks(hall, "kari", "r1", kind="point_of_order")
    asks(hall, "ola", "r2", kind="point_of_order", category="Utsettelse")
    asks(hall, "siri", "r3", kind="point_of_order", category="Habilitet")
    asks(hall, "per", "r4", kind="point_of_order", category="Utsettelse")
    assert order(hall) == ["r3", "r2", "r4", "r1"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [(True, ["order", "reply1", "r2", "r3"]), (False, ["reply1", "order", "r2", "r3"])],
)
def test_points_of_order_go_before_or_after_waiting_replies_by_rule(first: bool, expected: list[str]) -> None:  # noqa: FBT001
    hall = speaking(points_of_order_first=first)
    asks(hall, "anne", "order", kind="point_of_order")
    reply(hall, "per", "reply1")
    assert order(hall) == expected


def test_point_of_order_passes_a_closed_list_unless_the_rules_say_no() -> None:
    hall = speaking(point_of_order_after_close=False)
    hall.says("close_list", item_id=named("two"))
    with pytest.raises(Refused, match="list_closed"):
        asks(hall, "anne", "order", kind="point_of_order")
    adds(hall, "anne", "order", kind="point_of_order")
    assert order(hall)[0] == "order"


def test_a_point_of_information_goes_before_speeches_and_after_replies() -> None:
    hall = speaking()
    asks(hall, "anne", "info", kind="point_of_information")
    reply(hall, "per", "reply1")
    assert order(hall) == ["reply1", "info", "r2", "r3"]


def test_from_voting_until_the_result_only_points_of_order_are_asked_for() -> None:
    hall = speaking()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    for kind in ("speech", "explanation_of_vote", "question"):
        with pytest.raises(Refused, match="vote_running"):
            asks(hall, "per", "r4", kind=kind)
    asks(hall, "per", "order", kind="point_of_order")
    hall.says("interrupt_speech", request_id=named("order"), current_id=named("r1"))
    assert hall.state.current_speech_id == named("order")
    with pytest.raises(Refused, match="vote_running"):
        speaks(hall, "r1")


def test_a_clock_stopped_for_the_vote_is_not_started_before_the_result() -> None:
    hall = speaking()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    with pytest.raises(Refused, match="vote_running"):
        hall.says("resume_speech", speech_id=named("r1"))


def test_an_explanation_of_vote_is_given_though_the_list_is_closed() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    asks(hall, "per", "explanation", kind="explanation_of_vote")
    assert order(hall) == ["r2", "r3", "explanation"]


def test_what_may_be_asked_for_is_told_beforehand() -> None:
    hall = speaking()
    assert may_request(hall.state, named("per"), SpeechKind.SPEECH, hall.now) is None
    assert may_request(hall.state, named("per"), SpeechKind.REPLY, hall.now) is None
    assert may_request(hall.state, named("ola"), SpeechKind.SPEECH, hall.now) == "already_waiting"
    assert may_request(hall.state, named("kari"), SpeechKind.REPLY, hall.now) == "reply_to_oneself"
    hall.says("close_list", item_id=named("two"))
    assert may_request(hall.state, named("per"), SpeechKind.SPEECH, hall.now) == "list_closed"
    assert may_request(hall.state, named("stranger"), SpeechKind.SPEECH, hall.now) == "not_a_member"


def test_the_chair_adds_anyone_to_a_closed_list() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    hall.says("request_floor", CHAIR, request_id=named("r4"), person_id=named("per"))
    assert order(hall) == ["r2", "r3", "r4"]
