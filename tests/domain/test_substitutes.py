"""Substitutes are called in the order of their list, and seats change only between items."""

from typing import Any

import pytest

from orchestrator.domain.errors import Refused
from orchestrator.domain.minutes import public_minutes
from orchestrator.domain.substitutes import next_substitute
from tests.domain.hall import SECRETARY, Hall, member, named, planned

MEMBERS: list[dict[str, Any]] = [
    *({"person_id": named(name), "group": "SP"} for name in ("kari", "per")),
    *({"person_id": named(name), "group": "AP"} for name in ("ola", "siri")),
    *({"person_id": named(f"sp{n}"), "group": "SP", "list_order": n} for n in (2, 1, 3)),
    {"person_id": named("ap1"), "group": "AP", "list_order": 1},
]


def meeting(*present: str) -> Hall:
    """A meeting of two groups with lists of substitutes, its roll called."""
    hall = planned(members=MEMBERS, chair_id=named("kari"))
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in present])
    return hall


def seats(hall: Hall, name: str, for_: str, **fields: object) -> None:
    hall.says("seat_substitute", person_id=named(name), for_id=named(for_), **fields)


def asks(hall: Hall, name: str) -> None:
    hall.says("request_floor", member(name), request_id=named(f"r-{name}"), person_id=named(name))


def quorate(hall: Hall) -> bool:
    return hall.state.quorate


def test_the_next_of_that_groups_list_is_called_in_order() -> None:
    hall = meeting("kari", "ola", "siri")
    assert next_substitute(hall.state, named("per")) == named("sp1")
    for other in ("sp2", "ap1"):
        with pytest.raises(Refused, match="not_next_substitute"):
            seats(hall, other, "per")
    seats(hall, "sp1", "per")
    assert hall.state.sitting(None) == (named("kari"), named("ola"), named("siri"), named("sp1"))


def test_one_who_cannot_come_is_skipped_and_that_is_recorded() -> None:
    hall = meeting("kari", "ola", "siri")
    [event] = hall.says("skip_substitute", person_id=named("sp1"))
    assert (event.type, event.person_id) == ("substitute_skipped", named("sp1"))  # type: ignore[attr-defined]
    seats(hall, "sp2", "per")


def test_one_who_reported_absence_is_not_called() -> None:
    hall = planned(members=MEMBERS)
    hall.says("report_absence", member("sp1"), person_id=named("sp1"))
    hall.says("report_absence", member("per"), person_id=named("per"))
    assert next_substitute(hall.state, named("per")) == named("sp2")


def test_who_was_called_in_beforehand_is_seated_by_the_roll_call() -> None:
    hall = planned(members=MEMBERS)
    hall.says("report_absence", member("per"), person_id=named("per"))
    seats(hall, "sp1", "per")
    assert hall.state.seatings[0].period is None
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in ("kari", "ola", "sp1")])
    assert hall.state.seatings[0].seated
    assert named("sp1") in hall.state.sitting(None)


def test_a_member_who_came_after_all_keeps_the_seat() -> None:
    hall = planned(members=MEMBERS)
    hall.says("report_absence", member("per"), person_id=named("per"))
    seats(hall, "sp1", "per")
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in ("kari", "per", "sp1")])
    assert hall.state.sitting(None) == (named("kari"), named("per"))


def test_a_seat_changes_only_between_items() -> None:
    hall = meeting("kari", "per", "ola", "siri")
    hall.says("open_item", item_id=named("two"))
    hall.says("record_departure", person_id=named("per"))
    seats(hall, "sp1", "per")
    assert named("sp1") not in hall.state.sitting(named("two"))
    hall.says("open_item", item_id=named("one"))
    assert named("sp1") in hall.state.sitting(named("one"))


def test_a_member_who_comes_back_has_the_seat_again_when_the_item_is_over() -> None:
    hall = meeting("kari", "ola", "siri")
    seats(hall, "sp1", "per")
    hall.says("open_item", item_id=named("two"))
    hall.says("record_arrival", person_id=named("per"))
    assert named("sp1") in hall.state.sitting(named("two"))
    assert named("per") not in hall.state.sitting(named("two"))
    hall.says("open_item", item_id=named("one"))
    assert hall.state.sitting(named("one")) == (named("kari"), named("ola"), named("siri"), named("per"))


def test_a_substitute_who_leaves_leaves_the_seat_empty() -> None:
    hall = meeting("kari", "ola")
    seats(hall, "sp1", "per")
    assert len(hall.state.sitting(None)) == 3
    hall.says("record_departure", person_id=named("sp1"))
    assert hall.state.sitting(None) == (named("kari"), named("ola"))
    assert next_substitute(hall.state, named("per")) == named("sp1")


def test_seating_gives_the_right_to_speak_and_vote() -> None:
    hall = meeting("kari", "ola", "siri", "sp1")
    hall.says("open_item", item_id=named("two"))
    with pytest.raises(Refused, match="not_seated"):
        asks(hall, "sp1")
    with pytest.raises(Refused, match="more_votes_than_present"):
        hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True, voting=4)
    hall.says("record_decision", item_id=named("two"), text="Utsatt")
    hall.says("close_item", item_id=named("two"))
    seats(hall, "sp1", "per")
    hall.says("open_item", item_id=named("one"))
    asks(hall, "sp1")
    hall.says("record_vote", vote_id=named("v"), item_id=named("one"), unanimous=True, voting=4)


def test_quorum_counts_substitutes_in_seats_and_no_others() -> None:
    hall = meeting("kari", "sp1", "sp2", "sp3")
    assert not quorate(hall)
    seats(hall, "sp1", "per")
    assert quorate(hall)
    assert hall.state.seats == 4


def test_nobody_is_seated_for_one_who_is_there() -> None:
    with pytest.raises(Refused, match="seat_not_vacant"):
        seats(meeting("kari", "per"), "sp1", "per")


def test_two_are_not_seated_for_the_same() -> None:
    hall = meeting("kari", "ola")
    seats(hall, "sp1", "per")
    with pytest.raises(Refused, match="seat_taken"):
        seats(hall, "sp2", "per")
    hall.says("seat_substitute", person_id=named("sp1"), for_id=named("per"))  # again: harmless


def test_a_seating_is_taken_back() -> None:
    hall = meeting("kari", "ola")
    seats(hall, "sp1", "per")
    hall.says("unseat_substitute", person_id=named("sp1"))
    assert named("sp1") not in hall.state.sitting(None)
    assert hall.says("unseat_substitute", person_id=named("sp1")) == []


def test_a_seating_taken_back_during_an_item_holds_until_it_is_over() -> None:
    hall = meeting("kari", "ola")
    seats(hall, "sp1", "per")
    hall.says("open_item", item_id=named("two"))
    hall.says("unseat_substitute", person_id=named("sp1"))
    assert named("sp1") in hall.state.sitting(named("two"))
    hall.says("open_item", item_id=named("one"))
    assert named("sp1") not in hall.state.sitting(named("one"))


def test_who_was_named_for_a_member_beforehand_is_seated_by_the_roll_call() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP"},
        {"person_id": named("ola"), "group": "SP", "substitutes_for": named("kari")},
    ]
    hall = planned(members=members, chair_id=None)
    hall.says("open_session")
    hall.says("call_roll", present=[named("kari"), named("ola")])
    assert hall.state.sitting(None) == (named("kari"),)
    hall.says("record_departure", person_id=named("kari"))
    assert hall.state.sitting(None) == (named("ola"),)


def test_the_protocol_names_who_sat_for_whom_and_not_those_who_were_never_called() -> None:
    hall = meeting("kari", "ola", "siri")
    seats(hall, "sp1", "per")
    minutes = public_minutes(hall.state)
    assert minutes is not None
    found = {one.person_id: one for one in minutes.attendance}
    assert found[named("sp1")].sat[0].for_id == named("per")
    assert named("sp2") not in found


def test_a_meeting_from_before_substitutes_had_seats_counts_as_it_did() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP"},
        {"person_id": named("ola"), "group": "SP", "substitutes_for": named("kari")},
        {"person_id": named("siri"), "group": "AP"},
    ]
    hall = planned(members=members, chair_id=None)
    hall.says("open_session", SECRETARY)
    hall.says("call_roll", present=[named("ola"), named("siri")])
    assert (len(hall.state.sitting(None)), hall.state.quorate) == (2, True)


def test_a_substitute_in_one_item_is_not_called_to_a_second_seat_that_lasts_through_it() -> None:
    hall = meeting("kari", "ola", "siri", "per")
    hall.says("record_departure", person_id=named("per"))
    hall.says("raise_impartiality", question_id=named("q"), item_id=named("two"), person_id=named("kari"))
    seats(hall, "sp1", "kari", item_id=named("two"))
    with pytest.raises(Refused, match="not_next_substitute"):
        seats(hall, "sp1", "per")
    seats(hall, "sp2", "per")
    hall.says("withdraw_impartiality", question_id=named("q"))
    assert next_substitute(hall.state, named("per")) == named("sp1")


@pytest.mark.parametrize(("first", "then"), [("two", None), (None, "two")])
def test_two_are_not_called_to_the_seat_of_one_who_is_both_away_and_questioned(
    first: str | None, then: str | None
) -> None:
    hall = meeting("kari", "ola", "siri")
    hall.says("raise_impartiality", question_id=named("q"), item_id=named("two"), person_id=named("per"))
    seats(hall, "sp1", "per", item_id=first and named(first))
    with pytest.raises(Refused, match="seat_taken"):
        seats(hall, "sp2", "per", item_id=then and named(then))
