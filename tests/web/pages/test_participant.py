"""A participant's phone: one's own place, and buttons that say what the domain would say."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.domain.rooms import Room
from orchestrator.store.due import Mark
from orchestrator.store.rooms import RoomStanding
from orchestrator.web.look import OUR_LOOK
from orchestrator.web.pages.participant import PAGE, mine, reminder, variants
from orchestrator.web.pages.scene import RoomShown, Scene, render_fragments
from orchestrator.web.pages.standing import Standing
from tests.domain.hall import PEOPLE, SECRETARY, START, Hall, asks, debating, member, named, planned
from tests.web.pages import council
from tests.web.pages.council import button, words


def own(hall: Hall, name: str) -> str:
    """The page as this person gets it."""
    return council.page(
        PAGE, hall, me=named(name), own=mine(council.scene(hall), "nb", named(name)), standing=Standing()
    )


def absent() -> Hall:
    hall = council.speaking()
    hall.says("record_departure", person_id=named("anne"))
    return hall


def silent() -> Hall:
    members = [{"person_id": named(name), "rights": {"speak": name != "anne"}} for name in PEOPLE]
    return debating(members=members)


def full() -> Hall:
    hall = council.speaking()
    asks(hall, "anne", "second reply", kind="reply", parent_id=named("speech"))
    return hall


def replying() -> Hall:
    hall = council.speaking()
    hall.says("withdraw_request", request_id=named("order"))
    hall.says("call_next_speaker", request_id=named("reply"), current_id=named("speech"))
    return hall


def strict() -> Hall:
    hall = debating(rules={"replies_after_close": False})
    asks(hall, "kari", "speech")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    hall.says("close_list", item_id=named("two"))
    return hall


SITUATIONS = {**council.STAGES, **{one.__name__: one for one in (absent, silent, full, replying, strict)}}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", PEOPLE)
def test_a_button_is_offered_when_the_domain_allows_it(situation: str, name: str) -> None:
    hall = SITUATIONS[situation]()
    for ask in mine(council.scene(hall), "nb", named(name)).asks:
        asked = {
            "type": "request_floor",
            "request_id": uuid4(),
            "person_id": named(name),
            "kind": ask.kind,
            "parent_id": ask.parent_id,
        }
        try:
            session.decide(hall.state, parse_command("session", asked), hall.now, member(name))
            allowed = True
        except Refused:
            allowed = False
        assert allowed is not bool(ask.why_not), (ask.kind, ask.why_not)


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_finds_their_own_among_what_is_sent_to_all(situation: str, name: str) -> None:
    hall = SITUATIONS[situation]()
    shared = variants(council.scene(hall), "nb")
    look = shared.looks[shared.people.get(str(named(name)), 0)]
    assert look == mine(council.scene(hall), "nb", named(name))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_fragment_is_what_the_page_holds(situation: str) -> None:
    hall = SITUATIONS[situation]()
    page = own(hall, "kari")
    for name, html in council.fragments(PAGE, hall).items():
        assert council.ids(html)[0] == name
        if name != "variants":
            assert html.strip() in page, name


def test_what_is_sent_to_all_names_nobody_in_particular() -> None:
    for html in council.fragments(PAGE, debating()).values():
        assert str(named("kari")) not in html


def test_those_who_wait_see_their_place_and_how_long_it_takes() -> None:
    assert "Du er nr. 3 · ca. 6 min" in words(own(council.speaking(), "per"))
    assert "Du er neste" in words(own(council.speaking(), "siri"))


def test_whoever_has_the_floor_sees_their_own_clock() -> None:
    html = own(council.speaking(), "kari")
    assert "Du har ordet" in words(html)
    assert button(html, "end_speech").commands[0]["speech_id"] == str(named("speech"))


def test_one_can_step_down_from_the_list() -> None:
    assert button(own(council.speaking(), "per"), "withdraw_request").commands[0]["request_id"] == str(
        named("later")
    )


@pytest.mark.parametrize(
    ("situation", "name", "why"),
    [
        ("speaking", "per", "Du står på listen"),
        ("debating", "per", "Ingen holder innlegg nå"),
        ("speaking", "kari", "Du har ordet selv"),
        ("list_closed", "anne", "Strek er satt"),
        ("absent", "anne", "Du er ikke registrert til stede"),
        ("silent", "anne", "Du har ikke talerett her"),
        ("full", "per", "Alle replikker er tegnet"),
    ],
)
def test_a_button_that_cannot_be_used_says_why(situation: str, name: str, why: str) -> None:
    assert why in words(own(SITUATIONS[situation](), name))


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("planned", "Møtet er ikke åpnet"),
        ("opened", "Ingen sak er tatt opp"),
        ("adjourned", "Møtet er hevet"),
    ],
)
def test_there_is_always_something_to_read(stage: str, said: str) -> None:
    html = own(council.STAGES[stage](), "kari")
    assert said in words(html)
    assert not [form for form in council.forms(html) if "request_floor" in form.types and not form.disabled]


@pytest.mark.parametrize("language", ["nn", "en"])
def test_it_is_shown_in_every_language(language: str) -> None:
    hall = council.speaking()
    look = mine(council.scene(hall), language, named("per"))
    assert "Per Haug" in council.page(PAGE, hall, language, me=named("per"), own=look, standing=Standing())


def test_whoever_was_taken_off_the_list_is_told_until_they_ask_again() -> None:
    hall = council.speaking()
    told = "Møteledelsen har strøket deg fra talerlisten."
    hall.says("withdraw_request", request_id=named("later"))
    assert told in words(own(hall, "per").partition("<template")[0])
    assert told not in words(own(hall, "anne").partition("<template")[0])
    asks(hall, "per", "again")
    assert told not in words(own(hall, "per"))


def test_whoever_steps_down_oneself_is_not_told_so() -> None:
    hall = council.speaking()
    hall.says("withdraw_request", member("per"), request_id=named("later"))
    assert "har strøket deg" not in words(own(hall, "per"))


def test_whoever_is_found_disqualified_is_not_said_to_be_taken_off() -> None:
    hall = council.speaking()
    question = {"question_id": named("q"), "item_id": named("two"), "person_id": named("per")}
    hall.says("raise_impartiality", **question)
    hall.says(
        "decide_impartiality",
        question_id=named("q"),
        outcome="disqualified",
        legal_basis={"section": "forvaltningsloven § 6"},
        unanimous=True,
    )
    assert "har strøket deg" not in words(own(hall, "per"))


def test_a_rejoinder_is_waived_from_the_phone() -> None:
    page = own(council.contested(), "kari")
    assert "Avstå fra svarreplikk" in words(page)


def test_the_last_call_urges_those_who_do_not_stand_on_the_list() -> None:
    assert "be om ordet nå" in words(own(council.last_call(), "anne").partition("</section>")[0])


def test_the_papers_of_the_case_are_linked() -> None:
    hall = debating()
    papers = [{"title": "Saksframlegg", "url": "https://fjellvik.example/saker/47-26.pdf"}]
    item = {"item_id": named("two"), "title": "Reguleringsplan Elvebakken", "papers": papers}
    hall.says("change_item", SECRETARY, **item)
    linked = re.search(
        r'<a [^>]*href="https://fjellvik.example/saker/47-26.pdf">(.*?)</a>', own(hall, "kari")
    )
    assert linked
    assert words(linked[1]) == "Saksframlegg"


def test_the_note_to_the_chair_is_on_no_phone() -> None:
    assert "Har med kart" not in own(council.contested(), "anne")


def test_the_category_of_a_point_of_order_is_chosen_with_it() -> None:
    assert '<select class="ds-input" id="category"' in own(council.contested(), "kari")


def test_closing_the_list_is_proposed_from_the_phone_while_it_is_open() -> None:
    assert button(own(council.speaking(), "anne"), "propose_closing_list").types == ["propose_closing_list"]
    assert "Foreslå strek" not in words(own(council.last_call(), "anne"))


def test_only_what_the_line_shuts_is_shut_when_the_last_call_is_over() -> None:
    hall = council.speaking()
    hall.says("call_last", item_id=named("two"))
    until = hall.state.items[named("two")].line.until
    look = mine(council.scene(hall), "nb", named("anne"))
    assert {ask.kind for ask in look.asks if ask.shuts_at == until} >= {"speech"}
    assert {ask.shuts_at for ask in look.asks if ask.kind in ("reply", "point_of_order")} == {None}
    hall.wait(200)
    assert all(ask.shuts_at is None for ask in mine(council.scene(hall), "nb", named("anne")).asks)


def test_whoever_left_and_waited_is_told_that_they_are_off_the_list() -> None:
    hall = debating()
    asks(hall, "anne", "r1")
    hall.says("record_departure", person_id=named("anne"))
    hall.says("record_arrival", person_id=named("anne"))
    assert "Du ble registrert som gått, og er strøket fra talerlisten." in words(own(hall, "anne"))


MINUTE = timedelta(minutes=1)


def before(now: datetime, hall: Hall | None = None, **fields: Any) -> Scene:
    """The session of a published conference, planned and not begun."""
    meeting = council.MEETING.replace(kind="conference", published_at=START - timedelta(days=30))
    return replace(council.scene(hall or planned()), now=now, meeting=meeting, **fields)


def top(scene: Scene) -> str:
    given = {"path": "/", "action_url": "/kommando"}
    return render_fragments(OUR_LOOK, PAGE, scene, "nb", site=council.SITE, **given)["where"]


def remind_mark(**fields: Any) -> Mark:
    return Mark(named("session"), "remind", uuid4(), **fields)


def test_the_page_reminds_from_a_quarter_before_until_the_session_begins() -> None:
    said = "Sesjonen begynner kl. 18:00."
    assert reminder(before(START - 15 * MINUTE - timedelta(seconds=1)), "nb") == ""
    assert reminder(before(START - 15 * MINUTE), "nb") == said
    assert said in words(top(before(START - timedelta(seconds=1))))
    assert reminder(before(START), "nb") == ""
    opened = council.STAGES["opened"]()
    assert reminder(before(START - MINUTE, opened), "nb") == ""


def test_a_council_meeting_is_called_a_meeting_and_a_draft_reminds_nobody() -> None:
    scene = before(START - MINUTE)
    council_meeting = replace(scene, meeting=scene.meeting.replace(kind="council"))
    assert reminder(council_meeting, "nb") == "Møtet begynner kl. 18:00."
    assert reminder(replace(scene, meeting=scene.meeting.replace(status="draft")), "nb") == ""


def test_the_page_reminds_when_it_has_decided_or_never() -> None:
    early, near = START - 40 * MINUTE, START - MINUTE
    assert reminder(before(early, remind=remind_mark(at=early)), "nb")
    assert not reminder(before(near - MINUTE, remind=remind_mark(at=near)), "nb")
    assert not reminder(before(near, remind=remind_mark(skipped=True)), "nb")


def test_the_door_of_the_room_is_beside_the_reminder_once_it_is_open() -> None:
    room = Room(room_id=named("room"), name="Plenum", provider="embedded")
    standing = RoomStanding(
        room_id=room.room_id,
        organisation_id=uuid4(),
        state="open",
        door="open",
        changed_at=START,
        verified_at=START,
    )
    door = f'href="/mote/{council.MEETING.slug}/rom/{room.room_id}"'
    near = before(START - MINUTE, room=RoomShown(room, standing, locked=False))
    assert door in top(near)
    shut = replace(near, room=RoomShown(room, None, locked=False))
    assert door not in top(shut)
    assert "Møterommet er ikke åpnet ennå." in words(top(shut))


def test_a_session_that_was_moved_says_from_when_and_why() -> None:
    hall = planned()
    times = {"starts_at": START + 20 * MINUTE, "ends_at": START + timedelta(hours=3)}
    hall.says("move_session", **times, note="Toget er forsinket.")
    said = words(top(before(START, hall)))
    assert "Flyttet fra 18:00. Toget er forsinket." in said
    hall.says("move_session", starts_at=START, ends_at=START + timedelta(hours=3))
    assert "Flyttet" not in words(top(before(START, hall)))
