"""Who was there, as the public protocol tells it."""

from orchestrator.domain.minutes import Minutes, public_minutes
from orchestrator.domain.timeline import Name
from orchestrator.web.pages.attendance import AbsentLine, SeatLine, absent_lines, present_lines
from tests.domain.hall import PEOPLE, Hall, member, named, opened, planned
from tests.domain.test_impartiality import behind_doors
from tests.domain.test_substitutes import MEMBERS, seats

NAMES = {named(name): Name(name=name.title()) for name in (*PEOPLE, "sp1", "sp2", "sp3", "ap1")}


def told(hall: Hall) -> Minutes:
    minutes = public_minutes(hall.state)
    assert minutes is not None
    return minutes


def council() -> Hall:
    """Per has reported absence, Siri has not; the substitutes have not been called yet."""
    hall = planned(members=MEMBERS, chair_id=named("kari"))
    hall.says("report_absence", member("per"), person_id=named("per"))
    return hall


def called(*present: str) -> Hall:
    hall = council()
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in present])
    return hall


def test_times_of_presence_are_told_of_those_only_who_were_not_there_throughout() -> None:
    hall = opened()
    hall.says("record_departure", person_id=named("ola"))
    hall.says("adjourn_session")
    hall.says("reopen_session")
    hall.says("adjourn_session")
    minutes = public_minutes(hall.state)
    assert minutes is not None
    periods = {line.who: line.periods for line in present_lines(minutes, NAMES)}
    assert periods["Kari (SP)"] == ()
    assert periods["Ola (AP)"] != ()


def test_before_the_roll_is_called_only_those_who_said_so_are_absent() -> None:
    assert [(one.who, one.excused) for one in absent_lines(told(council()), NAMES)] == [("Per (SP)", True)]


def test_who_did_not_come_had_reported_it_or_not() -> None:
    absent = absent_lines(told(called("kari", "ola")), NAMES)
    assert [(one.who, one.excused) for one in absent] == [("Per (SP)", True), ("Siri (AP)", False)]


def test_a_substitute_is_named_with_whose_seat_it_was_and_when() -> None:
    hall = called("kari", "ola", "siri", "sp1")
    hall.wait(600)
    seats(hall, "sp1", "per")
    seated = hall.now
    hall.wait(600)
    hall.says("record_arrival", person_id=named("per"))
    (line,) = (one for one in present_lines(told(hall), NAMES) if one.who == "Sp1 (SP)")
    assert line.substitute
    assert not line.periods  # there from the roll call on
    (seat,) = line.seats
    assert (seat.who, seat.periods[0].start, seat.periods[0].stop) == ("Per (SP)", seated, hall.now)


def test_a_substitute_who_sat_for_as_long_as_they_were_there_needs_no_times_twice() -> None:
    hall = called("kari", "ola", "siri")
    seats(hall, "sp1", "per")
    (line,) = (one for one in present_lines(told(hall), NAMES) if one.who == "Sp1 (SP)")
    assert line.periods[0].start == hall.now
    assert line.seats == (SeatLine("Per (SP)"),)


def test_leave_is_told_with_when_it_was_granted() -> None:
    hall = called("kari", "ola", "siri")
    hall.says("ask_leave", member("ola"), person_id=named("ola"))
    hall.says("grant_leave", person_id=named("ola"))
    granted = hall.now
    hall.says("record_departure", person_id=named("ola"))
    (line,) = (one for one in present_lines(told(hall), NAMES) if one.who == "Ola (AP)")
    assert (line.leaves, line.periods[0].stop) == ((granted,), hall.now)


def test_leave_that_was_refused_is_not_told() -> None:
    hall = called("kari", "ola", "siri")
    hall.says("ask_leave", member("ola"), person_id=named("ola"))
    hall.says("refuse_leave", person_id=named("ola"))
    assert not any(line.leaves for line in present_lines(told(hall), NAMES))


def test_a_substitute_named_beforehand_is_absent_only_if_the_member_is() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP"},
        {"person_id": named("per"), "group": "SP"},
        {"person_id": named("ola"), "group": "SP", "substitutes_for": named("kari")},
        {"person_id": named("anne"), "group": "SP", "substitutes_for": named("per")},
    ]
    hall = planned(members=members, chair_id=None)
    hall.says("open_session")
    hall.says("call_roll", present=[named("kari")])
    assert absent_lines(told(hall), NAMES) == [
        AbsentLine("Per (SP)", "", excused=False),
        AbsentLine("Anne (SP)", "Per (SP)", excused=False),
    ]


def test_who_was_there_behind_closed_doors_only_is_present_without_times() -> None:
    hall = called("kari", "ola", "sp1")
    behind_doors(hall, "two")
    hall.says("record_arrival", person_id=named("siri"))
    assert "Siri (AP)" in [one.who for one in absent_lines(told(hall), NAMES)]  # as when the doors closed
    hall.says("record_departure", person_id=named("siri"))
    hall.says("open_doors", closing_id=named("c"))
    assert "Siri (AP)" not in [one.who for one in absent_lines(told(hall), NAMES)]
    (line,) = (one for one in present_lines(told(hall), NAMES) if one.who == "Siri (AP)")
    assert (line.periods, line.seats, line.leaves) == ((), (), ())
