"""The speaker list: requests, replies, the floor and the clock."""

from datetime import timedelta

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from tests.domain.hall import CHAIR, Hall, asks, debating, member, named, opened, planned


def first_speaks(hall: Hall, request: str, current: str | None = None) -> None:
    hall.says("call_next_speaker", request_id=named(request), current_id=named(current) if current else None)


def order(hall: Hall) -> list[str]:
    names = {named(name): name for name in ("r1", "r2", "r3", "r4", "reply1", "reply2", "order", "order2")}
    return [names[key] for key in hall.state.waiting]


def speaking() -> Hall:
    """Kari has the floor; Ola and Siri wait."""
    hall = debating()
    for name, request in (("kari", "r1"), ("ola", "r2"), ("siri", "r3")):
        asks(hall, name, request)
    first_speaks(hall, "r1")
    return hall


def reply(hall: Hall, name: str, request: str) -> None:
    asks(hall, name, request, kind="reply", parent_id=named("r1"))


def test_speakers_are_called_in_order_of_arrival() -> None:
    assert order(speaking()) == ["r2", "r3"]


def test_nobody_asks_for_the_floor_for_another() -> None:
    hall = debating()
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("request_floor", member("kari"), request_id=named("r1"), person_id=named("ola"))


def test_the_same_request_twice_is_harmless() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    asks(hall, "kari", "r1")
    assert order(hall) == ["r1"]


def test_duplicate_waiting_is_refused() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    with pytest.raises(Refused, match="already_waiting"):
        asks(hall, "kari", "r2")


def test_absent_person_is_refused() -> None:
    hall = debating()
    hall.says("record_departure", person_id=named("kari"))
    with pytest.raises(Refused, match="not_present"):
        asks(hall, "kari", "r1")


def test_non_member_is_refused() -> None:
    hall = debating()
    with pytest.raises(Refused, match="not_a_member"):
        hall.says("request_floor", request_id=named("r1"), person_id=named("stranger"))


def test_a_person_without_the_right_to_speak_is_refused() -> None:
    members = [
        {
            "person_id": named("kari"),
            "rights": {"attend": True, "speak": False, "propose": True, "vote": True},
        },
    ]
    hall = debating_with(members)
    with pytest.raises(Refused, match="no_right_to_speak"):
        asks(hall, "kari", "r1")


def debating_with(members: list[dict[str, object]]) -> Hall:
    hall = planned(members=members)
    hall.says("open_session")
    hall.says("open_item", item_id=named("two"))
    return hall


def test_replies_come_before_waiting_speeches_in_the_order_they_were_asked_for() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    reply(hall, "siri", "reply2")
    assert order(hall) == ["reply1", "reply2", "r2", "r3"]


def test_third_reply_is_refused_when_the_maximum_is_two() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    reply(hall, "siri", "reply2")
    with pytest.raises(Refused, match="replies_full"):
        reply(hall, "per", "reply3")


def test_reply_to_a_reply_is_refused() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    first_speaks(hall, "reply1", "r1")
    with pytest.raises(Refused, match="reply_to_reply"):
        asks(hall, "siri", "reply2", kind="reply", parent_id=named("reply1"))


def test_reply_to_a_finished_speech_is_for_the_chair_only() -> None:
    hall = speaking()
    hall.says("end_speech", speech_id=named("r1"))
    with pytest.raises(Refused, match="reply_too_late"):
        reply(hall, "siri", "reply1")
    hall.says(
        "request_floor",
        CHAIR,
        request_id=named("reply1"),
        person_id=named("siri"),
        kind="reply",
        parent_id=named("r1"),
    )
    assert order(hall) == ["reply1", "r2", "r3"]


def test_point_of_order_comes_first_but_after_earlier_ones() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    asks(hall, "per", "order", kind="point_of_order")
    asks(hall, "anne", "order2", kind="point_of_order")
    assert order(hall) == ["order", "order2", "reply1", "r2", "r3"]


def test_closed_list_refuses_members_but_not_the_chair() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    with pytest.raises(Refused, match="list_closed"):
        asks(hall, "per", "r4")
    hall.says("request_floor", CHAIR, request_id=named("r4"), person_id=named("per"))
    reply(hall, "ola", "reply1")
    asks(hall, "anne", "order", kind="point_of_order")
    assert order(hall) == ["order", "reply1", "r2", "r3", "r4"]


def test_starting_the_next_ends_the_current_even_when_paused() -> None:
    hall = speaking()
    hall.says("pause_speech", speech_id=named("r1"))
    first_speaks(hall, "r2", "r1")
    assert hall.state.requests[named("r1")].status == "done"
    assert hall.state.current_speech_id == named("r2")


def test_start_twice_is_refused_and_the_first_start_kept() -> None:
    hall = speaking()
    started = hall.state.requests[named("r1")].started_at
    with pytest.raises(Refused, match="state_moved"):
        hall.says("start_speech", request_id=named("r1"), current_id=named("r1"))
    assert hall.state.requests[named("r1")].started_at == started


def test_start_out_of_turn_takes_exactly_the_one_named() -> None:
    hall = speaking()
    hall.says("start_speech", request_id=named("r3"), current_id=named("r1"))
    assert hall.state.current_speech_id == named("r3")
    assert order(hall) == ["r2"]


def test_pause_is_not_charged() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("resume_speech", speech_id=named("r1"))
    hall.wait(4)
    hall.says("end_speech", speech_id=named("r1"))
    assert hall.state.requests[named("r1")].seconds(hall.now) == 15


@pytest.mark.parametrize(
    ("command", "rule"),
    [("pause_speech", "already_paused"), ("resume_speech", "state_moved"), ("end_speech", "state_moved")],
)
def test_pausing_twice_and_resuming_or_ending_what_is_over_is_refused(command: str, rule: str) -> None:
    hall = speaking()
    hall.says("pause_speech", speech_id=named("r1"))
    if command != "pause_speech":
        hall.says("end_speech", speech_id=named("r1"))
    with pytest.raises(Refused, match=rule):
        hall.says(command, speech_id=named("r1"))


def test_a_waiting_speech_cannot_be_ended() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="state_moved"):
        hall.says("end_speech", speech_id=named("r2"))


def test_later_speeches_of_the_same_person_are_shorter() -> None:
    hall = speaking()
    first_speaks(hall, "r2", "r1")
    asks(hall, "kari", "r4")
    hall.says("start_speech", request_id=named("r4"), current_id=named("r2"))
    limits = [hall.state.requests[named(request)].limit_seconds for request in ("r1", "r4")]
    assert limits == [180, 120]


def test_moving_names_the_entry_and_the_one_it_goes_before() -> None:
    hall = speaking()
    hall.says("move_request", request_id=named("r3"), before_id=named("r2"))
    assert order(hall) == ["r3", "r2"]
    hall.says("move_request", request_id=named("r3"), before_id=None)
    assert order(hall) == ["r2", "r3"]


@pytest.mark.parametrize("before", ["r1", "gone"])
def test_moving_before_one_who_is_gone_is_refused_and_the_list_unchanged(before: str) -> None:
    hall = speaking()
    with pytest.raises(Refused):
        hall.says("move_request", request_id=named("r3"), before_id=named(before))
    assert order(hall) == ["r2", "r3"]


def test_a_member_who_leaves_is_taken_off_the_list_and_loses_the_floor() -> None:
    hall = speaking()
    hall.says("record_departure", person_id=named("ola"))
    hall.says("record_departure", person_id=named("kari"))
    assert order(hall) == ["r3"]
    assert hall.state.current_speech is None


def test_a_clock_that_steps_backwards_never_yields_negative_time() -> None:
    hall = speaking()
    hall.now -= timedelta(minutes=10)
    hall.says("end_speech", speech_id=named("r1"))
    assert hall.state.requests[named("r1")].seconds(hall.now) == 0


def test_a_zero_length_speech_counts_as_held() -> None:
    hall = speaking()
    hall.tick = 0
    hall.says("end_speech", speech_id=named("r1"))
    asks(hall, "kari", "r4")
    hall.says("start_speech", request_id=named("r4"), current_id=None)
    assert hall.state.requests[named("r4")].limit_seconds == 120


def test_a_break_keeps_the_list_and_the_remaining_time() -> None:
    hall = speaking()
    hall.says("start_break", kind="lunch")
    hall.wait(1800)
    hall.says("end_break")
    assert order(hall) == ["r2", "r3"]
    assert hall.state.requests[named("r1")].status == "paused"
    assert hall.state.requests[named("r1")].seconds(hall.now) == 1


def test_no_speeches_from_voting_until_the_result_is_recorded() -> None:
    hall = speaking()
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    with pytest.raises(Refused, match="vote_running"):
        first_speaks(hall, "r2")
    with pytest.raises(Refused, match="vote_running"):
        hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Utsett")
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True)
    first_speaks(hall, "r2")


def test_requests_need_an_open_item() -> None:
    with pytest.raises(Refused, match="no_item_open"):
        asks(opened(), "kari", "r1")


def test_going_to_another_item_keeps_the_first_ones_list() -> None:
    hall = speaking()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    assert not hall.state.speaker_list
    hall.says("open_item", item_id=named("two"), current_id=named("one"))
    assert [request.request_id for request in hall.state.speaker_list] == [named("r2"), named("r3")]


def test_one_withdraws_oneself_and_the_chair_removes_anyone_but_nobody_else_does() -> None:
    hall = speaking()
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("withdraw_request", member("per"), request_id=named("r2"))
    hall.says("withdraw_request", member("ola"), request_id=named("r2"))
    hall.says("withdraw_request", CHAIR, request_id=named("r3"))
    assert order(hall) == []
    statuses = [hall.state.requests[named(request)].status for request in ("r2", "r3")]
    assert statuses == ["withdrawn", "removed"]


def test_one_who_withdrew_may_ask_again() -> None:
    hall = speaking()
    hall.says("withdraw_request", member("ola"), request_id=named("r2"))
    asks(hall, "ola", "r4")
    assert order(hall) == ["r3", "r4"]


@pytest.mark.parametrize("command", ["withdraw_request", "end_speech"])
def test_a_done_speech_is_immutable_to_its_owner(command: str) -> None:
    hall = speaking()
    hall.says("end_speech", member("kari"), speech_id=named("r1"))
    before = hall.state
    field = "request_id" if command == "withdraw_request" else "speech_id"
    with pytest.raises(Refused, match="state_moved"):
        hall.says(command, member("kari"), **{field: named("r1")})
    assert hall.state is before


def test_nobody_ends_the_speech_of_another() -> None:
    hall = speaking()
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("end_speech", member("ola"), speech_id=named("r1"))


def test_reply_across_items_is_refused() -> None:
    hall = speaking()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    with pytest.raises(Refused, match="reply_across_items"):
        reply(hall, "ola", "reply1")


def test_after_the_line_is_drawn_replies_stay_open_or_not_by_rule() -> None:
    hall = debating(rules={"replies_after_close": False})
    asks(hall, "kari", "r1")
    first_speaks(hall, "r1")
    hall.says("close_list", item_id=named("two"))
    with pytest.raises(Refused, match="list_closed"):
        reply(hall, "ola", "reply1")
    asks(hall, "anne", "order", kind="point_of_order")
    assert order(hall) == ["order"]


def test_drawing_the_line_and_reopening_are_recorded_and_only_once() -> None:
    hall = speaking()
    assert [event.type for event in hall.says("close_list", item_id=named("two"))] == ["list_closed"]
    assert hall.says("close_list", item_id=named("two")) == []
    assert [event.type for event in hall.says("reopen_list", item_id=named("two"))] == ["list_reopened"]
    assert hall.says("reopen_list", item_id=named("two")) == []
    asks(hall, "per", "r4")
    assert order(hall) == ["r2", "r3", "r4"]


@pytest.mark.parametrize("command", ["close_list", "reopen_list"])
def test_the_list_of_an_item_that_is_over_stays_as_it_was(command: str) -> None:
    hall = debating()
    hall.says("record_decision", item_id=named("two"), text="Vedtak")
    hall.says("close_item", item_id=named("two"))
    with pytest.raises(Refused, match="item_closed"):
        hall.says(command, item_id=named("two"))
    hall.says("adjourn_session")
    with pytest.raises(Refused, match="session_not_open"):
        hall.says(command, item_id=named("one"))


def test_the_chair_starts_a_speech_on_a_closed_list() -> None:
    hall = speaking()
    hall.says("close_list", item_id=named("two"))
    first_speaks(hall, "r2", "r1")
    assert hall.state.current_speech_id == named("r2")


def test_calling_one_who_is_not_first_is_refused() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="state_moved"):
        first_speaks(hall, "r3", "r1")


def test_calling_when_somebody_else_has_got_the_floor_is_refused() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="state_moved"):
        first_speaks(hall, "r2", None)
    assert hall.state.current_speech_id == named("r1")


def test_nobody_is_given_the_floor_in_another_item_than_the_one_open() -> None:
    hall = speaking()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    with pytest.raises(Refused, match="state_moved"):
        hall.says("start_speech", request_id=named("r2"), current_id=None)


@pytest.mark.parametrize("command", ["call_next_speaker", "start_speech"])
def test_nobody_is_given_the_floor_in_a_break(command: str) -> None:
    hall = speaking()
    hall.says("start_break")
    with pytest.raises(Refused, match="in_break"):
        hall.says(command, request_id=named("r2"), current_id=named("r1"))
    with pytest.raises(Refused, match="in_break"):
        hall.says("resume_speech", speech_id=named("r1"))


def test_moving_an_entry_that_does_not_wait_is_refused_and_the_list_unchanged() -> None:
    hall = speaking()
    asks(hall, "per", "r4")
    hall.says("withdraw_request", request_id=named("r4"))
    first_speaks(hall, "r2", "r1")
    for done_or_withdrawn_or_speaking in ("r1", "r4", "r2"):
        with pytest.raises(Refused, match="state_moved"):
            hall.says("move_request", request_id=named(done_or_withdrawn_or_speaking), before_id=named("r3"))
    assert order(hall) == ["r3"]


@pytest.mark.parametrize(("moved", "before"), [("r4", "r2"), ("r2", "r4")])
def test_moving_across_items_is_refused_and_both_lists_unchanged(moved: str, before: str) -> None:
    hall = speaking()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    asks(hall, "kari", "r4")
    with pytest.raises(Refused, match="move_across_items"):
        hall.says("move_request", request_id=named(moved), before_id=named(before))
    assert order(hall) == ["r2", "r3", "r4"]


def test_moving_an_entry_of_another_session_is_refused_and_the_list_unchanged() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="unknown_request"):
        hall.says("move_request", request_id=named("of another session"), before_id=named("r2"))
    assert order(hall) == ["r2", "r3"]


def test_resuming_a_speech_whose_clock_runs_is_refused() -> None:
    hall = speaking()
    before = hall.state
    with pytest.raises(Refused, match="not_paused"):
        hall.says("resume_speech", speech_id=named("r1"))
    assert hall.state is before


def test_pausing_one_who_waits_or_has_spoken_is_refused() -> None:
    hall = speaking()
    first_speaks(hall, "r2", "r1")
    before = hall.state
    for ended_or_waiting in ("r1", "r3"):
        with pytest.raises(Refused, match="state_moved"):
            hall.says("pause_speech", speech_id=named(ended_or_waiting))
    assert hall.state is before


def test_pausing_a_second_time_counts_only_from_when_the_speech_went_on() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    hall.says("resume_speech", speech_id=named("r1"))
    hall.wait(4)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    assert hall.state.requests[named("r1")].seconds(hall.now) == 10 + 5


def test_pausing_what_is_paused_is_refused_and_costs_no_time() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("pause_speech", speech_id=named("r1"))
    hall.wait(60)
    with pytest.raises(Refused, match="already_paused"):
        hall.says("pause_speech", speech_id=named("r1"))
    assert hall.state.requests[named("r1")].seconds(hall.now) == 10


def test_sub_second_pauses_lose_no_time() -> None:
    hall = speaking()
    hall.tick = 0.125
    for _ in range(80):
        hall.says("pause_speech", speech_id=named("r1"))
        hall.says("resume_speech", speech_id=named("r1"))
    hall.says("end_speech", speech_id=named("r1"))
    assert hall.state.requests[named("r1")].seconds(hall.now) == 81 * 0.125


def test_more_or_less_time_counts_from_now_and_never_below_nothing() -> None:
    hall = speaking()
    hall.says("extend_speech", speech_id=named("r1"), seconds=30)
    speech = hall.state.requests[named("r1")]
    assert (speech.limit_seconds, speech.extra_seconds) == (180, 30)
    hall.says("extend_speech", speech_id=named("r1"), seconds=-3600)
    assert hall.state.requests[named("r1")].extra_seconds == -180
    assert hall.says("extend_speech", speech_id=named("r1"), seconds=-30) == []


def test_a_forgotten_speech_overruns_and_is_never_silently_ended() -> None:
    hall = speaking()
    hall.wait(3 * 3600)
    hall.says("close_list", item_id=named("two"))
    speech = hall.state.current_speech
    assert speech is not None
    assert speech.seconds(hall.now) > speech.limit_seconds


def test_a_speech_is_ended_and_kept_when_another_item_is_opened() -> None:
    hall = speaking()
    hall.wait(9)
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    speech = hall.state.requests[named("r1")]
    assert (speech.status, speech.end_reason) == ("done", "item")
    assert speech.seconds(hall.now) == 10


def test_adjourning_with_people_waiting_keeps_the_list() -> None:
    hall = speaking()
    hall.says("adjourn_session")
    assert hall.state.requests[named("r1")].end_reason == "adjourned"
    hall.says("reopen_session")
    hall.says("open_item", item_id=named("two"), current_id=None)
    assert order(hall) == ["r2", "r3"]
    first_speaks(hall, "r2")


def test_who_was_present_when_adjourned_by_mistake_is_present_after_reopening() -> None:
    hall = speaking()
    hall.says("record_departure", person_id=named("per"))
    present = set(hall.state.present)
    hall.says("adjourn_session")
    assert hall.state.present == ()
    hall.says("reopen_session")
    assert set(hall.state.present) == present


def test_a_roll_call_takes_those_who_are_absent_off_the_list() -> None:
    hall = speaking()
    hall.says("call_roll", present=[named(name) for name in ("siri", "per", "anne")])
    assert order(hall) == ["r3"]
    assert hall.state.current_speech is None
    assert hall.state.requests[named("r1")].end_reason == "left"


def test_presence_is_not_asked_for_where_the_rules_do_not_require_it() -> None:
    hall = debating(rules={"presence_required": False})
    hall.says("record_departure", person_id=named("kari"))
    asks(hall, "kari", "r1")
    assert order(hall) == ["r1"]


def test_a_request_for_an_item_that_is_no_longer_open_is_refused() -> None:
    hall = debating()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    with pytest.raises(Refused, match="state_moved"):
        asks(hall, "kari", "r1", item_id=named("two"))


def test_only_a_reply_answers_a_speech() -> None:
    hall = speaking()
    with pytest.raises(Refused, match="not_a_reply"):
        asks(hall, "per", "r4", parent_id=named("r1"))
    with pytest.raises(Refused, match="reply_to_nothing"):
        asks(hall, "per", "r4", kind="reply")


def test_replies_and_points_of_order_have_their_own_time() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    asks(hall, "anne", "order", kind="point_of_order")
    first_speaks(hall, "order", "r1")
    first_speaks(hall, "reply1", "order")
    limits = [hall.state.requests[named(request)].limit_seconds for request in ("order", "reply1")]
    assert limits == [120, 60]


def test_a_reply_is_not_a_first_speech() -> None:
    hall = speaking()
    reply(hall, "ola", "reply1")
    first_speaks(hall, "reply1", "r1")
    first_speaks(hall, "r2", "reply1")
    assert hall.state.requests[named("r2")].limit_seconds == 180
