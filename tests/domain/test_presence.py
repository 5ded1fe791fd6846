"""Who is there: registered by themselves, confirmed, gone, away with leave; and what each may do."""

from datetime import datetime
from uuid import UUID

import pytest

from orchestrator.domain.errors import Forbidden, Refused
from orchestrator.domain.minutes import public_minutes
from tests.domain.hall import PEOPLE, SECRETARY, Hall, debating, member, named, opened, planned

NOBODY_ELSES = {"attend": True, "speak": True, "propose": True, "vote": True}


def arrives(*names: str) -> Hall:
    """An open meeting whose roll has been called, with these present."""
    hall = planned()
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in names])
    return hall


def quorate(hall: Hall) -> bool:
    return hall.state.quorate


def test_presence_that_is_registered_counts_once_confirmed() -> None:
    hall = arrives("kari", "ola", "anne")
    hall.says("register_presence", member("siri"), person_id=named("siri"))
    assert named("siri") not in hall.state.present
    hall.says("confirm_presence", person_ids=[named("siri")])
    assert named("siri") in hall.state.present
    assert not hall.state.registered


def test_nobody_registers_another() -> None:
    with pytest.raises(Forbidden, match="not_yourself"):
        arrives("kari").says("register_presence", member("ola"), person_id=named("siri"))


def test_participants_confirm_nobody() -> None:
    hall = arrives("kari")
    with pytest.raises(Forbidden, match="not_your_role"):
        hall.says("confirm_presence", member("ola"), person_ids=[named("ola")])


def test_those_who_registered_before_the_roll_call_are_settled_by_it() -> None:
    hall = planned()
    hall.says("register_presence", member("siri"), person_id=named("siri"))
    hall.says("open_session")
    hall.says("call_roll", present=[named("kari"), named("siri")])
    assert (set(hall.state.present), hall.state.registered) == ({named("kari"), named("siri")}, {})


def test_registering_twice_is_harmless() -> None:
    hall = arrives("kari")
    hall.says("register_presence", member("siri"), person_id=named("siri"))
    assert hall.says("register_presence", member("siri"), person_id=named("siri")) == []


def test_presence_is_intervals() -> None:
    hall = opened()
    hall.says("record_departure", person_id=named("per"))
    hall.says("record_arrival", person_id=named("per"))
    first, second = hall.state.presence[named("per")]
    assert first.stop is not None
    assert first.stop < second.start
    assert second.stop is None


def test_quorum_follows_who_comes_and_goes() -> None:
    hall = arrives("kari", "ola", "siri")
    assert quorate(hall)
    hall.says("record_departure", person_id=named("siri"))
    assert not quorate(hall)
    hall.says("record_arrival", person_id=named("siri"))
    assert quorate(hall)


def test_presence_is_confirmed_after_a_break() -> None:
    hall = debating()
    hall.says("start_break", kind="lunch")
    hall.says("end_break")
    here = [named(name) for name in PEOPLE if name != "per"]
    called = hall.state.roll_called_at
    hall.says("confirm_attendance", present=here, number=1)
    assert set(hall.state.present) == set(here)
    assert hall.state.breaks[-1].confirmed_at == hall.now
    assert hall.state.roll_called_at == called
    assert hall.says("confirm_attendance", present=here, number=1) == []


def test_who_does_not_come_back_from_a_break_is_off_the_list() -> None:
    hall = debating()
    hall.says("request_floor", member("per"), request_id=named("r"), person_id=named("per"))
    hall.says("start_break")
    hall.says("end_break")
    hall.says("confirm_attendance", present=[named("kari"), named("ola"), named("siri")])
    assert hall.state.waiting == ()


def test_presence_is_not_confirmed_during_a_break() -> None:
    hall = debating()
    hall.says("start_break")
    with pytest.raises(Refused, match="in_break"):
        hall.says("confirm_attendance", present=[])


def test_those_present_register_again_during_a_break() -> None:
    hall = opened()
    hall.says("start_break")
    hall.says("register_presence", member("per"), person_id=named("per"))
    assert named("per") in hall.state.registered


def test_a_group_meeting_tells_who_asked_for_it() -> None:
    hall = opened()
    hall.says("start_break", kind="group_meeting", asked_by="SP")
    assert (hall.state.breaks[-1].kind, hall.state.breaks[-1].asked_by) == ("group_meeting", "SP")


def test_absence_is_reported_by_oneself_or_the_secretary_and_holds_no_reason() -> None:
    hall = planned()
    hall.says("report_absence", member("per"), person_id=named("per"))
    [event] = hall.says("report_absence", SECRETARY, person_id=named("ola"))
    assert set(type(event).model_fields) == {"type", "at", "continues", "person_id"}
    assert hall.state.absences.keys() == {named("per"), named("ola")}
    with pytest.raises(Forbidden, match="not_yourself"):
        hall.says("report_absence", member("per"), person_id=named("siri"))


def test_absence_can_be_withdrawn_and_ends_by_coming() -> None:
    hall = planned()
    for name in ("per", "ola"):
        hall.says("report_absence", member(name), person_id=named(name))
    hall.says("withdraw_absence", member("per"), person_id=named("per"))
    assert hall.state.absences.keys() == {named("ola")}
    hall.says("open_session")
    hall.says("call_roll", present=[named("ola")])
    assert not hall.state.absences


def test_who_has_come_asks_for_leave_instead_of_reporting_absence() -> None:
    with pytest.raises(Refused, match="present_already"):
        opened().says("report_absence", member("per"), person_id=named("per"))


def test_leave_is_asked_for_and_granted() -> None:
    hall = opened()
    hall.says("ask_leave", member("per"), person_id=named("per"))
    hall.says("grant_leave", person_id=named("per"))
    [leave] = hall.state.leaves
    assert (leave.outcome, leave.decided_at) == ("granted", hall.now)
    assert named("per") in hall.state.present  # until they are seen to leave


def test_leave_is_refused() -> None:
    hall = opened()
    hall.says("ask_leave", member("per"), person_id=named("per"), item_id=named("two"))
    hall.says("refuse_leave", person_id=named("per"))
    assert hall.state.leaves[0].outcome == "refused"
    assert hall.says("refuse_leave", person_id=named("per")) == []


def test_leave_that_nobody_asked_for_is_not_granted() -> None:
    with pytest.raises(Refused, match="no_leave_asked"):
        opened().says("grant_leave", person_id=named("per"))


def test_who_is_not_there_asks_for_no_leave() -> None:
    with pytest.raises(Refused, match="not_present"):
        arrives("kari").says("ask_leave", member("per"), person_id=named("per"))


def test_the_protocol_names_absence_and_leave_with_times() -> None:
    hall = planned()
    hall.says("report_absence", member("per"), person_id=named("per"))
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in PEOPLE if name != "per"])
    hall.says("ask_leave", member("ola"), person_id=named("ola"))
    hall.says("grant_leave", person_id=named("ola"))
    granted = hall.now
    hall.says("record_departure", person_id=named("ola"))
    minutes = public_minutes(hall.state)
    assert minutes is not None
    found = {one.person_id: one for one in minutes.attendance}
    assert (found[named("per")].excused, found[named("per")].periods) == (True, ())
    assert found[named("ola")].leaves == (granted,)
    assert found[named("ola")].periods[0].stop == hall.now


def test_leave_granted_behind_closed_doors_has_the_moment_they_opened() -> None:
    hall = debating()
    basis = {"section": "11-5"}
    hall.says("propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis=basis)
    hall.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    hall.says("close_doors", closing_id=named("c"))
    hall.says("ask_leave", member("ola"), person_id=named("ola"))
    hall.says("grant_leave", person_id=named("ola"))
    shut = public_minutes(hall.state)
    hall.says("open_doors", closing_id=named("c"))
    opened_again = public_minutes(hall.state)
    assert shut is not None
    assert opened_again is not None
    leaves = {one.person_id: one.leaves for one in (*shut.attendance, *opened_again.attendance)}
    assert leaves[named("ola")] == (hall.now,)
    assert not any(one.leaves for one in shut.attendance)


@pytest.mark.parametrize("right", ["attend", "speak", "propose", "vote"])
def test_each_right_is_its_own(right: str) -> None:
    rights = {name: name != right for name in ("attend", "speak", "propose", "vote")}
    members = [{"person_id": named(name), "rights": NOBODY_ELSES} for name in ("kari", "ola", "siri")]
    members.append({"person_id": named("gjest"), "rights": rights})
    hall = planned(members=members, chair_id=named("kari"))
    hall.says("open_session")
    here = ["kari", "ola", "siri", *(["gjest"] if right != "attend" else [])]
    hall.says("call_roll", present=[named(name) for name in here])
    hall.says("open_item", item_id=named("two"))

    def attends() -> None:
        hall.says("record_arrival", person_id=named("gjest"))

    def speaks() -> None:
        hall.says("request_floor", member("gjest"), request_id=named("r"), person_id=named("gjest"))

    def proposes() -> None:
        hall.says(
            "put_proposal",
            proposal_id=named("p"),
            item_id=named("two"),
            proposer_id=named("gjest"),
            text="Utsett",
        )

    def votes() -> None:
        hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True, voting=4)

    tries = {
        "attend": (attends, "not_a_member"),
        "speak": (speaks, "no_right_to_speak"),
        "propose": (proposes, "no_right_to_propose"),
        "vote": (votes, "more_votes_than_present"),
    }
    attempt, rule = tries[right]
    with pytest.raises(Refused, match=rule):
        attempt()
    for name, (other, _) in tries.items():
        if right not in (name, "attend"):
            other()


# Who has led


def led(hall: Hall) -> list[tuple[UUID, datetime]]:
    return [(one.person_id, one.since) for one in hall.state.chairs]


def test_who_is_to_lead_leads_from_when_the_meeting_is_opened() -> None:
    hall = planned()
    hall.says("hand_over_chair", person_id=named("kari"))
    assert led(hall) == []
    hall.says("open_session")
    assert led(hall) == [(named("kari"), hall.now)]


def test_everybody_who_has_led_is_kept_with_when_they_took_over() -> None:
    hall = opened()
    hall.says("hand_over_chair", person_id=named("kari"))
    first = hall.now
    hall.says("hand_over_chair", person_id=named("anne"))
    again = hall.now
    hall.says("adjourn_session")
    hall.says("reopen_session")
    assert led(hall)[1:] == [(named("kari"), first), (named("anne"), again)]


def test_the_first_to_lead_a_meeting_that_nobody_led_leads_from_then() -> None:
    hall = opened(chair_id=None)
    hall.says("hand_over_chair", person_id=named("kari"))
    assert led(hall) == [(named("kari"), hall.now)]
