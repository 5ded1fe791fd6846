"""Seats and impartiality on the consoles and the phone: who is here, steps in, is questioned."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.domain.roles import Role
from orchestrator.store.records import Body
from orchestrator.web.dates import long_date
from orchestrator.web.pages import chair, participant, secretary
from orchestrator.web.pages.participant import mine
from orchestrator.web.pages.standing import standing
from tests.domain.hall import SECRETARY, Hall, member, named, planned
from tests.domain.test_impartiality import HERE, MEMBERS, debating, raises
from tests.web.client import Web
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
    assert "Kall inn 1. vara SP: " in words(desk(hall))
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


# The matter in later meetings

BASIS = {"section": "forvaltningsloven § 6", "paragraph": "1"}
WORDS = "ble erklært inhabil i denne saken"


async def treated(
    web: Web, slug: str, *, which: int = 0, body_id: UUID | None = None, restricted: bool = False
) -> tuple[UUID, UUID]:
    """A session with the matter of Elvebakken on its list, opened; their ids."""
    town, item_id = web.towns[which], uuid4()
    session_id = await town.plans_session(await town.plans_meeting(slug, body_id=body_id or town.body_id))
    item = {"title": "Elvebakken", "public_title": "Plansak", "restricted": restricted}
    machine = web.machine(which)
    await machine.says(
        session_id, "add_item", item_id=str(item_id), archive_number="26/1041", case_number="3/26", **item
    )
    await machine.says(session_id, "open_session")
    await machine.says(session_id, "call_roll", present=[str(one) for one in town.people])
    return session_id, item_id


async def disqualified(web: Web, *, doors: bool = False) -> None:
    """The executive committee has found Kari disqualified in it, behind closed doors or in the open."""
    town, machine, body_id = web.town, web.machine(), uuid4()
    body = Body(id=body_id, organisation_id=town.organisation_id, name="Formannskapet", slug="formannskapet")
    await town.node.directory.put_body(body)
    session_id, item_id = await treated(web, "formannskapet", body_id=body_id, restricted=doors)
    if doors:
        closing = {"closing_id": str(uuid4())}
        grounds = {"item_ids": [str(item_id)], "legal_basis": {"section": "kommuneloven § 11-5"}}
        await machine.says(session_id, "propose_closing", **closing, **grounds)
        await machine.says(session_id, "record_closing_vote", **closing, unanimous=True)
        await machine.says(session_id, "close_doors", **closing)
    await machine.says(session_id, "open_item", item_id=str(item_id))
    question = {"question_id": str(uuid4())}
    asked = {"item_id": str(item_id), "person_id": str(town.people[0])}
    await machine.says(session_id, "raise_impartiality", **question, **asked)
    decision = {"outcome": "disqualified", "legal_basis": BASIS, "unanimous": True}
    await machine.says(session_id, "decide_impartiality", **question, **decision)


@pytest.mark.parametrize("doors", [False, True])
async def test_a_later_meeting_is_reminded_and_raises_it_anew(web_service: Web, *, doors: bool) -> None:
    await disqualified(web_service, doors=doors)
    session_id, item_id = await treated(web_service, "kommunestyret")
    chair, desk = [await web_service.logged_in(role) for role in (Role.CHAIR, Role.SECRETARY)]
    today = long_date(web_service.running.services.clock.now(), "nb")
    said = f"Kari Nordli {WORDS} {today} (Formannskapet), forvaltningsloven § 6 første ledd."
    for console, name in ((chair, "leder"), (desk, "sekretar")):
        assert said in words((await console.get(f"/mote/kommunestyret/{name}")).text)
        assert WORDS not in words((await console.get(f"/mote/formannskapet/{name}")).text)
    assert "Habilitet: påminnelse" in words((await desk.get("/mote/kommunestyret/sekretar")).text)
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert state["questions"] == {}, "a reminder disqualifies nobody"

    form = button((await chair.get("/mote/kommunestyret/leder")).text, "raise_impartiality")
    answer = await chair.submit(form.action, dict(form.hidden), headers={"Accept": "application/json"})
    assert answer.status == 200, answer.text
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    (asked,) = state["questions"].values()
    assert (asked["item_id"], asked["person_id"]) == (str(item_id), str(web_service.town.people[0]))
    for console, name in ((chair, "leder"), (desk, "sekretar")):
        html = words((await console.get(f"/mote/kommunestyret/{name}")).text)
        assert WORDS not in html
        assert "Habilitet reist: 1" in html


async def test_the_member_is_reminded_on_their_own_page_and_no_other_member_is(web_service: Web) -> None:
    await disqualified(web_service)
    session_id, _ = await treated(web_service, "kommunestyret")
    path = "/mote/kommunestyret/deltaker"
    kari, ola = [
        await web_service.logged_in(Role.PARTICIPANT, person_id=one) for one in web_service.town.people[:2]
    ]
    assert "erklært inhabil" not in (await ola.get(path)).text
    page = (await kari.get(path)).text
    assert "Du ble erklært inhabil i denne saken" in words(page)
    form = button(page, "raise_impartiality")
    await kari.submit(form.action, dict(form.hidden))
    state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
    assert len(state["questions"]) == 1


@pytest.mark.parametrize("doors", [False, True])
async def test_nothing_of_the_reminder_is_public(web_service: Web, *, doors: bool) -> None:
    await disqualified(web_service, doors=doors)
    session_id, _ = await treated(web_service, "kommunestyret")
    anyone = web_service.browser()
    pages = ("", "/protokoll", "/talerliste", "/storskjerm", "/navneskilt")
    for path in (
        *("/", "/moter", f"/api/v1/sessions/{session_id}", f"/api/v1/sessions/{session_id}/events"),
        *(f"/mote/kommunestyret{page}" for page in pages),
        *(f"/mote/formannskapet{page}" for page in pages if doors),
    ):
        answer = await anyone.get(path)
        assert answer.status == (401 if "/api/" in path else 200), path
        text = answer.text.casefold()
        for word in ("inhabil", "disqualified", "påminnelse", "forvaltningsloven"):
            assert word not in text, path


async def test_another_municipality_is_reminded_of_nothing(web_service: Web) -> None:
    await disqualified(web_service)
    await treated(web_service, "kommunestyret", which=1)
    chair = await web_service.logged_in(Role.CHAIR, which=1)
    assert WORDS not in words((await chair.get("/mote/kommunestyret/leder")).text)


async def test_a_title_corrected_at_the_desk_leaves_the_item_in_its_matter(web_service: Web) -> None:
    session_id, item_id = await treated(web_service, "kommunestyret")
    desk = await web_service.logged_in(Role.SECRETARY)
    page = (await desk.get(f"/mote/kommunestyret/sekretar?sak={item_id}")).text
    assert 'name="archive_number" value="26/1041"' in page
    form = button(page, "change_item")
    written = {"title": "Elvebakken boligområde", "archive_number": "26/1041"}
    await desk.submit(form.action, dict(form.hidden) | written)
    item = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json["items"][str(item_id)]
    assert (item["title"], item["archive_number"]) == ("Elvebakken boligområde", "26/1041")


def test_a_doubt_in_an_item_not_yet_opened_is_marked() -> None:
    hall = called(*HERE)
    raises(hall, "kari")
    for page in (chair.PAGE, secretary.PAGE):
        assert words(council.page(page, hall)).count("Habilitet reist: 1") == 1
    hall.says("open_item", item_id=named("two"))
    assert "Habilitet reist" not in words(council.page(chair.PAGE, hall))
