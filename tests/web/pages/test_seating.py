"""Seats and impartiality on the consoles and the phone: who is here, steps in, is questioned."""

from typing import Any

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.web.pages import chair, participant, secretary
from orchestrator.web.pages.participant import mine
from orchestrator.web.pages.standing import standing
from tests.domain.hall import SECRETARY, Hall, member, named, planned
from tests.domain.test_impartiality import HERE, MEMBERS, debating, raises
from tests.web.pages import council
from tests.web.pages.council import button, forms, words

COUNTED = {"unanimous": True}


def opened() -> Hall:
    hall = planned(members=MEMBERS)
    hall.says("open_session")
    return hall


def called(*present: str) -> Hall:
    hall = opened()
    hall.says("call_roll", present=[named(name) for name in present])
    return hall


def desk(hall: Hall) -> str:
    return council.page(secretary.PAGE, hall)


def phone(hall: Hall, name: str) -> str:
    """One's own page."""
    scene, person = council.scene(hall), named(name)
    own, stands = mine(scene, "nb", person), standing(scene, "nb", person)
    return council.page(participant.PAGE, hall, me=person, own=own, standing=stands)


def does(hall: Hall, html: str, type_: str, by: Any = SECRETARY, **more: object) -> None:
    """Press the button, and it is done."""
    command = {**button(html, type_).commands[0], **more}
    for event in session.decide(hall.state, parse_command("session", command), hall.now, by):
        hall.state = session.evolve(hall.state, event)


def test_those_who_say_that_they_are_here_are_confirmed_together() -> None:
    hall = called("kari", "ola", "anne")
    for name in ("siri", "per"):
        hall.says("register_presence", member(name), person_id=named(name))
    assert "Har meldt seg til stede: Per Haug (SP), Siri Moen (AP)" in words(desk(hall))
    does(hall, desk(hall), "confirm_presence")
    assert {named("siri"), named("per")} <= set(hall.state.present)
    assert "Har meldt seg til stede" not in words(desk(hall))


def test_the_roll_call_marks_who_has_said_so_and_who_is_not_coming() -> None:
    hall = opened()
    hall.says("register_presence", member("sp1"), person_id=named("sp1"))
    hall.says("report_absence", member("per"), person_id=named("per"))
    html = desk(hall)
    assert f'value="{named("sp1")}" checked' in html
    assert f'value="{named("per")}" checked' not in html
    assert f'value="{named("ap1")}" checked' not in html


def test_an_empty_seat_offers_the_next_substitute_and_takes_them_back() -> None:
    hall = called("kari", "ola", "siri", "anne", "nora")
    does(hall, desk(hall), "seat_substitute")
    assert [(one.person_id, one.for_id) for one in hall.state.seatings] == [(named("sp1"), named("per"))]
    does(hall, desk(hall), "unseat_substitute")
    assert not [one for one in hall.state.seatings if not one.over]


def test_a_substitute_who_cannot_come_is_skipped() -> None:
    hall = called("kari", "ola", "siri", "anne", "nora")
    does(hall, desk(hall), "skip_substitute")
    assert "ingen flere vara på listen" in words(desk(hall))


def test_leave_is_asked_for_on_the_phone_and_answered_at_the_desk() -> None:
    hall = called(*HERE)
    does(hall, phone(hall, "per"), "ask_leave", member("per"), person_id=str(named("per")))
    assert "Permisjon søkt." in words(phone(hall, "per"))
    assert "ber om permisjon resten av møtet" in words(desk(hall))
    does(hall, desk(hall), "grant_leave")
    assert "Permisjon innvilget." in words(phone(hall, "per"))
    assert "Permisjon innvilget." not in words(phone(hall, "kari"))


def test_leave_is_asked_for_one_item_and_its_refusal_is_told() -> None:
    hall = called(*HERE)
    assert words(phone(hall, "per")).count("Hele resten av møtet") == 1
    asked = {"person_id": str(named("per")), "item_id": str(named("two"))}
    does(hall, phone(hall, "per"), "ask_leave", member("per"), **asked)
    assert "Sak 47/26: Permisjon søkt." in words(phone(hall, "per"))
    does(hall, desk(hall), "refuse_leave")
    assert "Sak 47/26: Permisjon ble ikke innvilget." in words(phone(hall, "per"))
    assert not button(phone(hall, "per"), "ask_leave").disabled
    hall.says("record_departure", person_id=named("per"))
    hall.says("record_arrival", person_id=named("per"))
    assert "innvilget" not in words(phone(hall, "per"))


def test_nobody_asks_for_leave_from_an_item_that_is_over() -> None:
    hall = called(*HERE)
    hall.says("open_item", item_id=named("one"))
    hall.says("record_decision", item_id=named("one"), text="Godkjent.")
    hall.says("close_item", item_id=named("one"))
    [form] = [part for part in phone(hall, "per").split("<form") if "ask_leave" in part]
    assert str(named("two")) in form
    assert str(named("one")) not in form


def test_nobody_is_offered_to_raise_the_same_question_twice() -> None:
    hall = debating()
    raises(hall, "kari")
    [form] = [part for part in phone(hall, "kari").split("<form") if "raise_impartiality" in part]
    assert str(named("two")) not in form
    assert str(named("secret")) in form


def test_one_explains_oneself_once_from_the_phone() -> None:
    hall = planned(members=MEMBERS)
    raises(hall, "kari")
    assert "explain_impartiality" not in phone(hall, "kari")
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in HERE])
    does(hall, phone(hall, "kari"), "explain_impartiality", member("kari"))
    assert "du har gjort rede for deg" in words(phone(hall, "kari"))
    assert "explain_impartiality" not in phone(hall, "kari")


def test_absence_is_reported_beforehand_and_taken_back() -> None:
    hall = planned(members=MEMBERS)
    does(hall, phone(hall, "per"), "report_absence", member("per"), person_id=str(named("per")))
    assert "Du har meldt forfall." in words(phone(hall, "per"))
    does(hall, phone(hall, "per"), "withdraw_absence", member("per"), person_id=str(named("per")))
    assert not hall.state.absences


def test_one_registers_oneself_from_the_phone() -> None:
    hall = opened()
    does(hall, phone(hall, "per"), "register_presence", member("per"), person_id=str(named("per")))
    assert "Du har meldt deg til stede. Sekretæren bekrefter." in words(phone(hall, "per"))


def test_after_a_break_it_is_confirmed_who_is_back() -> None:
    hall = called(*HERE)
    hall.says("open_item", item_id=named("two"))
    hall.says("start_break", kind="group_meeting", asked_by="SP")
    assert "bedt om av SP" in words(council.page(chair.PAGE, hall))
    hall.says("end_break")
    does(hall, desk(hall), "confirm_attendance", present=[str(named(name)) for name in HERE if name != "per"])
    assert named("per") not in hall.state.present
    assert "Bekreft oppmøte" not in words(desk(hall))


def test_impartiality_is_raised_on_the_phone_and_shown_to_chair_and_secretary() -> None:
    hall = debating()
    asked = {
        "person_id": str(named("kari")),
        "item_id": str(named("two")),
        "question_id": str(named("q-kari")),
    }
    does(hall, phone(hall, "kari"), "raise_impartiality", member("kari"), **asked)
    for page in (chair.PAGE, secretary.PAGE):
        assert "Habilitet Kari Nordli (SP) reist" in words(council.page(page, hall))
    assert "Habiliteten er reist" in words(phone(hall, "kari"))
    assert "Habiliteten er reist" not in words(phone(hall, "ola"))
    does(hall, phone(hall, "kari"), "withdraw_impartiality", member("kari"))
    assert not hall.state.questions


def test_the_substitute_is_called_before_the_question_and_the_decision_is_recorded() -> None:
    hall = debating()
    raises(hall, "kari")
    html = council.page(chair.PAGE, hall)
    assert button(html, "seat_substitute").commands[0]["person_id"] == str(named("sp1"))
    does(hall, html, "explain_impartiality")
    basis = {"section": "forvaltningsloven § 6", "paragraph": "1"}
    does(hall, desk(hall), "decide_impartiality", outcome="disqualified", legal_basis=basis, **COUNTED)
    assert "Inhabil forvaltningsloven § 6 første ledd" in words(council.page(chair.PAGE, hall))
    assert named("kari") in hall.state.disqualified(named("two"))


def test_what_is_nobodys_business_is_in_nothing_that_all_are_sent() -> None:
    hall = called(*HERE)
    before = council.fragments(participant.PAGE, hall)
    raises(hall, "kari")
    hall.says("ask_leave", member("per"), person_id=named("per"))
    assert council.fragments(participant.PAGE, hall) == before
    assert standing(council.scene(hall), "nb", named("ola")).questions == ()


def test_no_election_has_anybody_disqualified() -> None:
    hall = planned(members=MEMBERS)
    hall.says("add_item", item_id=named("election"), title="Valg", kind="election")
    [form] = [one for one in forms(phone(hall, "kari")) if "raise_impartiality" in one.types]
    assert str(named("election")) not in phone(hall, "kari")
    assert not form.disabled
