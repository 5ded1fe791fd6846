"""IT's day: rooms × time, what is wrong and what to do, what is due, and what remains to be done."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import orchestrator
from orchestrator.clock import day_bounds
from orchestrator.domain.roles import Role
from orchestrator.domain.state import Member
from orchestrator.rooms.provider import Present, TroubleCode
from orchestrator.schedule.due import Due, Kind
from orchestrator.schedule.due import State as DueState
from orchestrator.schedule.running import SENDER
from orchestrator.store.access import Link
from orchestrator.store.rooms import State
from orchestrator.web.pages.checklist import Check, checklist
from orchestrator.web.pages.day import Problem, present_words, problems, rows, window
from orchestrator.web.pages.due import STATES as DUE_STATES
from orchestrator.web.pages.due import due_lines
from orchestrator.web.pages.room_words import OPTIONS, STATES, STEPS, TROUBLES, state_words, trouble_words
from tests.web.pages.days import DAY, HALL, HELPER, HERE, MEETING, at, card, facts, room, session, standing

PLENUM, TECHNICAL = uuid4(), uuid4()


def test_every_code_has_words() -> None:
    assert TROUBLES.keys() == set(get_args(TroubleCode)) - {"not_allowed_in"}  # that is for the door
    assert STATES.keys() == set(get_args(State))
    assert STEPS.keys() == {kind for kinds in get_args(Kind) for kind in get_args(kinds)}
    assert DUE_STATES.keys() == set(get_args(DueState))


def test_every_option_that_a_product_reads_back_has_a_name() -> None:
    package = Path(orchestrator.__file__).parent / "rooms"
    named = re.findall(
        r'^            "([a-z_]+)": .*(?:spec|await)', (package / "livekit.py").read_text(), re.MULTILINE
    )
    assert named
    assert set(named) - OPTIONS.keys() == set()


def test_the_hours_shown_are_those_of_the_sessions() -> None:
    shown = window(DAY, [session("Åpning", 9.25, 10), session("Debatt", 13, 14.5)])
    assert shown.hours == ["09", "10", "11", "12", "13", "14"]
    assert shown.share(at(12)) == 50.0
    assert window(DAY, []).hours[0] == "08"


def test_a_session_over_midnight_is_shown_within_the_day() -> None:
    shown = window(DAY, [session("Natt", 22, 25)])
    assert shown.hours == ["22", "23"]
    (row,) = rows(facts([session("Natt", 22, 25)], []), shown, "nb")
    assert (row.bars[0].left, row.bars[0].width, row.bars[0].times) == (0.0, 100.0, "22:00–01:00")


def test_on_the_night_the_clocks_go_back_an_hour_is_shown_twice() -> None:
    day = date(2027, 10, 31)
    start, _ = day_bounds(day)
    night = session("Natt", 9, 10)
    object.__setattr__(night.listed.session, "starts_at", start)
    object.__setattr__(night.listed.session, "ends_at", start + timedelta(hours=5))
    assert window(day, [night]).hours == ["00", "01", "02", "02", "03"]


def test_each_room_has_its_sessions_and_the_sources_of_them_under_it() -> None:
    first = session("Åpning", 9, 10, PLENUM, source_id=HALL, contact_ids=(HELPER.id,))
    second = session("Debatt", 11, 12, PLENUM, source_id=HALL)
    group = session("Vann", 10, 11, TECHNICAL, status="cancelled")
    lunch = session("Lunsj", 12, 13)
    day = facts(
        [first, group, second, lunch], [room("Plenum", [first, second]), room("Teknisk", [group])], card()
    )
    found = rows(day, window(DAY, day.sessions), "nb")
    assert [(one.kind, one.name) for one in found] == [
        ("room", "Plenum"),
        ("source", "Sal A"),
        ("room", "Teknisk"),
        ("none", "Uten digitalt rom"),
    ]
    plenum, sal, technical, none = found
    assert [(one.title, one.left, one.width) for one in plenum.bars] == [
        ("Åpning", 0, 25),
        ("Debatt", 50, 25),
    ]
    assert [one.title for one in sal.bars] == ["Åpning", "Debatt"]
    assert [(one.name, one.phone) for one in plenum.contacts] == [("Siri Moen", "22 00 00 42")]
    assert plenum.try_path == f"/mote/dialog/rom/{PLENUM}"
    assert technical.bars[0].state == "Avlyst"
    day = facts([group], [room("Teknisk", [group], stands=None)])
    (unneeded,) = rows(day, window(DAY, day.sessions), "nb")
    assert (unneeded.state, unneeded.try_path) == ("Trengs ikke", "")
    assert [one.title for one in none.bars] == ["Lunsj"]


def test_a_source_of_two_rooms_stands_under_the_first() -> None:
    first = session("Åpning", 9, 10, PLENUM, source_id=HALL)
    second = session("Vann", 10, 11, TECHNICAL, source_id=HALL)
    day = facts([first, second], [room("Plenum", [first]), room("Teknisk", [second])], card())
    found = rows(day, window(DAY, day.sessions), "nb")
    assert [one.name for one in found] == ["Plenum", "Sal A", "Teknisk"]
    assert [one.title for one in found[1].bars] == ["Åpning", "Vann"]


def test_a_session_of_a_meeting_that_is_cancelled_is_cancelled_unless_it_has_begun() -> None:
    assert session("Åpning", 9, 10, meeting="cancelled").cancelled
    assert not session("Åpning", 9, 10, meeting="cancelled", status="open").cancelled


def test_a_room_that_failed_says_why_what_to_do_and_when_it_is_tried_again() -> None:
    one = session("Åpning", 9, 10, PLENUM)
    failed = standing(
        *(PLENUM,), state="failed", trouble="not_as_wanted", differs=("cameras", "lobby"), try_at=at(8.25)
    )
    (row,) = rows(facts([one], [room("Plenum", [one], stands=failed)]), window(DAY, [one]), "nb")
    assert (row.state, row.color) == ("Feilet", "danger")
    assert row.why == "Ikke bekreftet: kamera, lobby."
    assert row.todo.startswith("Rett det hos leverandøren")
    assert row.again == "Prøves igjen kl. 08:15:00."


def test_what_nobody_has_words_for_is_still_told() -> None:
    assert trouble_words("something_new", (), "nb") == ("Ukjent feil: something_new", "Se loggen.")
    assert "something_new" in trouble_words("not_as_wanted", ("something_new",), "nb")[0]
    assert "e-postadressen" in trouble_words("not_as_wanted", ("presenters",), "nb")[1]


def test_a_room_nobody_has_asked_for_and_one_behind_closed_doors_say_so() -> None:
    assert state_words(None, "nb")[0] == "Ikke bestilt ennå"
    locked = standing(PLENUM, state="open", door="locked")
    assert state_words(locked, "nb")[0] == "Åpent, dørene bekreftet lukket"


def test_who_is_in_is_counted_apart_from_who_waits() -> None:
    inside, waits = Present("a", "A", "participant"), Present("b", "B", "observer", waiting=True)
    assert present_words((inside, waits), "nb") == "1 inne, 1 venter"
    assert present_words((inside,), "nb") == "1 inne"
    assert present_words(None, "nb") == ""


def test_the_urgent_problems_come_first_and_nothing_is_said_twice() -> None:
    refused = {"state": "failed", "trouble": "refused", "try_at": at(8)}
    troubled = [
        ("Plenum", standing(PLENUM, **refused)),
        ("Teknisk", standing(TECHNICAL, **refused)),
    ]
    seen = Problem("Kilden sender ikke.", alert_id="2", seen="Sett av Ola Vik kl. 08:00.")
    urgent = [(HALL, seen), (TECHNICAL, Problem("Rommet «Teknisk» er ikke klart.", alert_id="1"))]
    found = problems(
        urgent, troubled, [card(problems=("Lyden er borte.",))], [Problem("Disken er full.")], "nb"
    )
    assert [(one.what, one.again_id) for one in found] == [
        ("Rommet «Teknisk» er ikke klart.", str(TECHNICAL)),
        ("Kilden sender ikke.", ""),
        ("Rommet «Plenum»: leverandøren sier nei.", str(PLENUM)),
        ("Sal A: Lyden er borte.", ""),
        ("Disken er full.", ""),
    ]
    assert found[2].again == "Prøves igjen kl. 08:00:00."


def test_it_is_told_why_a_room_does_not_come_to_its_source() -> None:
    troubled = [("Plenum", standing(PLENUM, sending="no_egress"))]
    (found,) = problems([(PLENUM, Problem("Rommet er ikke klart.", alert_id="1"))], troubled, [], [], "nb")[
        1:
    ]
    assert found.what.startswith("Bildet fra rommet «Plenum» kommer ikke til kilden: ingen egress-tjeneste")
    assert found.todo.startswith("Start LiveKits egress-tjeneste")
    assert found.again == "Det prøves igjen av seg selv."


def test_what_is_due_is_told_with_its_state_and_what_it_has_decided() -> None:
    found = [
        Due(at(8.5), "open_lobby", PLENUM, MEETING, "done"),
        Due(at(9), "open_session", TECHNICAL, MEETING, "late"),
        Due(at(9.5), "close_room", PLENUM, MEETING, "ahead", decided_by="login/1"),
        Due(at(9.6), "delete_room", PLENUM, MEETING, "skipped", decided_by="login/1"),
        Due(at(9.7), "remind", TECHNICAL, MEETING, "skipped", decided_by=SENDER),
    ]
    lines = due_lines(found, {PLENUM: "Plenum", TECHNICAL: "Vann"}, {PLENUM}, "nb")
    assert [(one.written, one.what, one.whose, one.state, one.decided) for one in lines] == [
        ("08:30", "Rommet åpnes", "Plenum", "Gjort", ""),
        ("09:00", "Sesjonen åpnes", "Vann", "Ikke gjort ennå", ""),
        ("09:30", "Rommet stenges", "Plenum", "Venter", "Tiden er satt av IT."),
        ("09:36", "Rommet slettes", "Plenum", "Gjøres ikke", "IT har bestemt at dette ikke gjøres."),
        ("09:42", "Deltakerne minnes på at det snart begynner", "Vann", "Gjøres ikke", ""),
    ]
    assert [one.done for one in lines] == [True, False, False, False, True]
    assert [one.may_be_now for one in lines] == [True, True, True, False, True]


def link(*roles: Role, used: bool = True, **fields: object) -> Link:
    given: dict[str, Any] = {"person_id": None, "meeting_id": MEETING, "revoked_at": None} | fields
    return Link(
        id=uuid4(),
        organisation_id=HERE,
        roles=frozenset(roles),
        label="",
        reusable=True,
        created_at=at(6),
        expires_at=None,
        used_at=at(7) if used else None,
        **given,
    )


def remaining(found: Sequence[Check]) -> dict[str, str]:
    return {one.what.partition(":")[0]: one.rest for one in found}


def test_the_checklist_says_what_remains_and_fills_in_itself() -> None:
    member = uuid4()
    members = {member: Member(person_id=member)}
    one = session("Åpning", 9, 10, PLENUM, status="open", source_id=HALL, members=members)
    broken = facts([one], [room("Plenum", [one], stands=None)], card(receiving=False))
    links = [link(Role.CHAIR), link(Role.SECRETARY, used=False), link(Role.SECRETARY, revoked_at=at(7))]
    assert remaining(checklist(broken, links, (), "nb")) == {
        "Alle rom er bekreftet": "Plenum",
        "Alle kilder sender": "Sal A",
        "Lenker er delt ut": "1 deltaker",
        "Møteleder og sekretær har logget inn": "sekretær",
        "Dører og sending er som de skal": "ikke noe signal: Åpning",
    }
    well = facts([one], [room("Plenum", [one])], card())
    links += [link(Role.SECRETARY), link(Role.PARTICIPANT, person_id=member)]
    assert all(check.done for check in checklist(well, links, (), "nb"))
    assert checklist(facts([], []), links, (), "nb") == []


def test_sessions_that_overlap_in_a_row_lie_in_lanes_of_their_own() -> None:
    found = [
        session(title, start, end, PLENUM)
        for title, start, end in (("A", 9, 11), ("B", 10, 12), ("C", 11, 12))
    ]
    (row,) = rows(facts(found, [room("Plenum", found)]), window(DAY, found), "nb")
    assert [(one.title, one.lane) for one in row.bars] == [("A", 0), ("B", 1), ("C", 0)]
    assert row.lanes == 2
