"""A participant's phone: one's own place, and buttons that say what the domain would say."""

from uuid import uuid4

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.domain.errors import Refused
from orchestrator.web.dates import iso
from orchestrator.web.pages.participant import PAGE, mine, variants
from tests.domain.hall import PEOPLE, Hall, asks, debating, member, named
from tests.web.pages import council
from tests.web.pages.council import button, words


def own(hall: Hall, name: str) -> str:
    """The page as this person gets it."""
    return council.page(PAGE, hall, me=named(name), own=mine(council.scene(hall), "nb", named(name)))


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
    assert "Per Haug" in council.page(PAGE, hall, language, me=named("per"), own=look)


def test_what_is_seldom_asked_for_stands_out_of_the_thumbs_way() -> None:
    look = mine(council.scene(debating()), "nb", named("per"))
    assert [ask.kind for ask in look.asks] == ["speech", "reply", "point_of_order"]
    assert [ask.kind for ask in look.more] == ["point_of_information", "question", "explanation_of_vote"]


def test_what_the_form_of_the_item_does_not_allow_is_not_offered() -> None:
    hall = debating()
    people = {"asker_id": named("kari"), "answerer_id": named("ola")}
    hall.says("use_template", item_id=named("two"), template="question", **people)
    look = mine(council.scene(hall), "nb", named("per"))
    assert "speech" not in [ask.kind for ask in (*look.asks, *look.more)]


def test_a_point_of_order_says_what_it_is_about_where_the_rules_ask_for_it() -> None:
    names = ["Voteringen", "Møteledelsen"]
    hall = debating(rules={"point_of_order_categories": names, "category_required": True})
    html = own(hall, "per")
    assert 'name="category" required' in html
    assert [f"<option>{name}</option>" in html for name in names] == [True, True]


def test_whoever_is_interrupted_is_told_that_they_go_on_and_cannot_step_down() -> None:
    hall = council.speaking()
    hall.says("interrupt_speech", request_id=named("order"), current_id=named("speech"))
    html = own(hall, "kari")
    assert "Du fortsetter straks" in words(html)
    assert "withdraw_request" not in html[: html.index('id="variants"')]


def test_a_rejoinder_is_waived_with_its_own_words() -> None:
    hall = debating(rules={"rejoinder": "after_replies"})
    asks(hall, "kari", "speech")
    hall.says("call_next_speaker", request_id=named("speech"), current_id=None)
    asks(hall, "ola", "reply", kind="reply", parent_id=named("speech"))
    assert "Avstå fra svarreplikk" in words(own(hall, "kari"))


def test_the_last_call_is_told_with_its_countdown() -> None:
    hall = debating()
    hall.says("call_last", item_id=named("two"), seconds=60)
    html = own(hall, "per")
    assert "Strek settes snart. Siste frist for å tegne seg:" in words(html)
    assert hall.state.current_item
    assert hall.state.current_item.line.until
    assert f'data-until="{iso(hall.state.current_item.line.until)}"' in html


def test_a_member_proposes_the_line_once() -> None:
    hall = debating()
    assert button(own(hall, "per"), "propose_closing_list").commands[0]["item_id"] == str(named("two"))
    hall.says("propose_closing_list", member("per"), item_id=named("two"))
    html = own(hall, "per")
    assert "propose_closing_list" not in html
    assert "Det er foreslått å sette strek." in words(html)
