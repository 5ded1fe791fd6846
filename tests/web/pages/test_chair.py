"""The chair's console: what it says, and that every button it offers does something that is allowed."""

import re

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.web.look import OUR_LOOK
from orchestrator.web.pages.chair import PAGE, undo_step
from orchestrator.web.pages.scene import render_page
from orchestrator.web.pages.secretary import agenda_lines
from orchestrator.web.pages.shortcuts import SHORTCUTS
from tests.domain.hall import CHAIR, SECRETARY, Hall, named, opened
from tests.web.pages import council
from tests.web.pages.council import Form, button, forms, reachable, words


def ready(form: Form) -> bool:
    """Whether the form is sent by its button alone."""
    return bool(form.types) and not form.disabled and not [name for name in form.fields if name]


@pytest.mark.parametrize("stage", council.STAGES)
def test_every_button_offered_is_allowed(stage: str) -> None:
    hall = council.STAGES[stage]()
    refused_on_purpose = (
        {"open_doors"} if stage == "doors_closed" else set()
    )  # its dialog says what to do first
    for form in reachable(council.page(PAGE, hall)):
        if not ready(form) or refused_on_purpose & set(form.types):
            continue
        state = hall.state
        for data in form.commands:
            if "new" in data.values():
                data = {key: str(named("new")) if value == "new" else value for key, value in data.items()}  # noqa: PLW2901
            for event in session.decide(state, parse_command("session", data), hall.now, CHAIR):
                state = session.evolve(state, event)


@pytest.mark.parametrize("stage", council.STAGES)
def test_a_fragment_is_what_the_page_holds(stage: str) -> None:
    hall = council.STAGES[stage]()
    page = council.page(PAGE, hall)
    for name, html in council.fragments(PAGE, hall).items():
        assert html.strip() in page, name
        assert council.ids(html)[0] == name


@pytest.mark.parametrize("stage", council.STAGES)
def test_no_two_elements_share_an_id(stage: str) -> None:
    found = council.ids(council.page(PAGE, council.STAGES[stage]()))
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("language", ["nn", "en"])
def test_it_is_shown_in_every_language(language: str) -> None:
    assert "Kari Nordli" in council.page(PAGE, council.speaking(), language)


def part(hall: Hall, name: str) -> str:
    return words(council.fragments(PAGE, hall)[name])


def test_the_top_says_who_is_there_and_what_the_public_sees() -> None:
    assert "5 av 5 til stede · vedtaksfør" in part(council.speaking(), "top")
    assert "DIREKTE" in part(council.speaking(), "top")
    assert "Dører lukket" in part(council.doors_closed(), "top")
    assert "Start sending igjen" in part(council.stopped(), "top")


def test_the_top_says_when_too_few_are_there_to_decide() -> None:
    hall = council.speaking()
    for name in ("ola", "siri", "per"):
        hall.says("record_departure", person_id=named(name))
    assert "2 av 5 til stede · ikke vedtaksfør" in part(hall, "top")


def test_the_proposals_of_the_case_are_read_with_who_made_them() -> None:
    shown = part(council.proposing(), "matter")
    assert "Forslag 2 Innstillingen Forslag recommended" in shown
    assert "Kari Nordli (SP) Forslag kari's" in shown
    assert "Ingen lagt fram" in part(council.speaking(), "matter")


def test_a_vote_is_read_while_it_goes_on_and_with_its_result() -> None:
    assert "Pågår – sekretæren fører tallene" in part(council.voting(), "matter")
    shown = part(council.voted(), "matter")
    assert "Kari Nordli (SP): Vedtatt 3–2" in shown
    assert "Pågår" not in shown


def test_the_next_speaker_is_named_under_the_button() -> None:
    assert "Neste taler N Siri Moen (AP) · Til dagsorden" in part(council.speaking(), "floor")


def test_calling_the_next_names_what_the_chair_saw() -> None:
    html = council.fragments(PAGE, council.speaking())["floor"]
    assert button(html, "call_next_speaker").commands == [
        {
            "type": "call_next_speaker",
            "request_id": str(named("order")),
            "current_id": str(named("speech")),
        }
    ]


def test_nobody_is_called_while_votes_are_counted() -> None:
    assert "Ingen får ordet før resultatet er ført" in part(council.voting(), "floor")
    assert not [
        form
        for form in forms(council.fragments(PAGE, council.voting())["floor"])
        if "call_next_speaker" in form.types
    ]


def test_the_next_case_closes_the_one_that_is_decided() -> None:
    hall = opened()
    hall.says("open_item", item_id=named("one"))
    hall.says("record_decision", item_id=named("one"), text="Godkjent.")
    closes = button(council.fragments(PAGE, hall)["case"], "close_item")
    assert closes.types == ["close_item", "open_item"]


def test_leaving_a_case_without_its_decision_asks_first() -> None:
    parts = council.fragments(PAGE, council.speaking())
    assert not [form for form in forms(parts["case"]) if "open_item" in form.types]
    assert "Vedtaket er ikke ført" in words(parts["asks-leave"])
    assert button(parts["asks-leave"], "open_item").commands[0]["current_id"] == str(named("two"))


def test_a_restricted_case_leads_to_closed_doors() -> None:
    hall = council.decided()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    hall.says("record_decision", item_id=named("one"), text="Godkjent.")
    hall.says("close_item", item_id=named("one"))
    hall.says("close_item", item_id=named("two"))
    assert "Neste sak krever lukkede dører" in part(hall, "case")


def test_a_restricted_case_that_was_released_is_taken_up_in_open_meeting() -> None:
    hall = opened()
    hall.says("release_item", SECRETARY, item_id=named("secret"))
    for name in ("one", "two"):
        hall.says("open_item", item_id=named(name))
        hall.says("record_decision", item_id=named(name), text="Vedtatt.")
        hall.says("close_item", item_id=named(name))
    html = council.fragments(PAGE, hall)["case"]
    assert button(html, "open_item").commands[0]["item_id"] == str(named("secret"))
    assert "Lukk dører" in words(html)
    assert [line.can_open for line in agenda_lines(hall.state, "nb")] == [False, False, True]


@pytest.mark.parametrize(
    ("stage", "title"),
    [
        ("closing_proposed", "Foreslått å lukke møtet"),
        ("closing_debated", "Dørene er lukket: debatt om lukking"),
        ("closing_voted", "Vedtatt å lukke møtet"),
        ("doors_closed", "Dørene er lukket"),
    ],
)
def test_the_doors_are_closed_step_by_step(stage: str, title: str) -> None:
    shown = part(council.STAGES[stage](), "doors")
    assert title in shown
    assert "Sak 48/26 · kommuneloven § 11-5 tredje ledd bokstav a" in shown


@pytest.mark.parametrize("type_", ["close_doors", "open_doors", "adjourn_session", "resume_broadcast"])
def test_what_cannot_be_taken_back_is_asked_first(type_: str) -> None:
    for stage in council.STAGES.values():
        for name, html in council.fragments(PAGE, stage()).items():
            for form in forms(html):
                assert type_ not in form.types or name.startswith("asks-"), name


def test_reopening_says_that_the_broadcast_is_still_stopped() -> None:
    hall = council.stopped()
    hall.says("adjourn_session")
    assert "Sendingen er fortsatt stoppet." in part(hall, "asks-begin")
    assert "Sendingen er fortsatt stoppet." not in part(council.adjourned(), "asks-begin")


def test_stopping_is_one_key_and_never_asks() -> None:
    assert 'data-key="s"' in council.fragments(PAGE, council.speaking())["top"]


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("debating", "Sak 47/26 ble tatt opp"),
        ("speaking", "Kari Nordli fikk ordet"),
        ("stopped_clock", "Klokka ble stoppet"),
        ("list_closed", "Strek ble satt"),
        ("voted", "Resultatet av voteringen ble ført"),
        ("decided", "Vedtaket ble ført"),
    ],
)
def test_undo_says_what_it_takes_back(stage: str, said: str) -> None:
    step = undo_step(council.scene(council.STAGES[stage]()), "nb")
    assert step
    assert step.words == said


def test_undo_after_a_speech_names_who_spoke() -> None:
    hall = council.speaking()
    hall.says("end_speech", speech_id=named("speech"))
    step = undo_step(council.scene(hall), "nb")
    assert step
    assert step.words == "Kari Nordli ble ferdig"


def test_nothing_can_be_undone_after_a_break() -> None:
    assert undo_step(council.scene(council.pausing()), "nb") is None
    assert "Ingenting å angre" in part(council.pausing(), "last")


def test_a_refusal_is_shown_to_those_without_scripts() -> None:
    html = council.page(PAGE, council.speaking(), refused="Noen kom deg i forkjøpet.")
    assert 'role="alert"' in html
    assert "Noen kom deg i forkjøpet." in words(html)


def test_names_are_written_as_text_and_never_as_markup() -> None:
    hall = council.speaking()
    names = {**council.NAMES, named("kari"): "<b>Kari</b>"}
    shown = council.scene(hall).__class__(
        session=hall.state, meeting=council.MEETING, names=names, now=hall.now, body="Kommunestyret"
    )
    html = render_page(
        OUR_LOOK, PAGE, shown, "nb", site=council.SITE, path="/", live_url="", action_url="", refused=""
    )
    assert "<b>Kari" not in html


def test_what_has_not_changed_is_the_same_bytes_a_moment_later() -> None:
    hall = council.stopped_clock()
    before = council.fragments(PAGE, hall)
    hall.wait(0.2)
    assert council.fragments(PAGE, hall) == before


def test_opening_the_doors_closes_the_restricted_case_that_is_decided() -> None:
    hall = council.doors_closed()
    hall.says("record_decision", item_id=named("secret"), text="Avtalen godkjennes.")
    parts = council.fragments(PAGE, hall)
    assert button(parts["asks-open"], "open_doors").types == ["close_item", "open_doors"]
    assert button(parts["case"], "close_item").types == ["close_item"]


def test_every_key_of_the_console_is_on_the_card_and_no_other() -> None:
    used = {
        key
        for stage in council.STAGES.values()
        for key in re.findall(r'data-key="(.)"', council.page(PAGE, stage()))
    }
    assert {key for _, keys in SHORTCUTS for key, _ in keys if len(key) == 1} == used


def test_every_key_stands_on_what_it_does() -> None:
    for stage in council.STAGES.values():
        for tag, inside in re.findall(
            r"<(?:button|a)\b([^>]*data-key=[^>]*)>(.*?)</(?:button|a)>",
            council.page(PAGE, stage()),
            re.DOTALL,
        ):
            assert "key-hint" in inside, tag


def test_the_chair_sees_who_leads_and_can_hand_over() -> None:
    assert "Leder: Anne Berg" in part(council.speaking(), "top")
    form = button(council.page(PAGE, council.speaking()), "hand_over_chair")
    assert (form.dialog, form.fields) == ("ask-handover", ["person_id"])


def test_the_time_spoken_and_the_silent_are_in_sight() -> None:
    hall = council.speaking()
    hall.wait(90)
    hall.says("end_speech", speech_id=named("speech"))
    shown = part(hall, "spoken")
    assert "SP 1:3" in shown
    assert "Har ikke hatt ordet (1) Anne Berg (AP)" in shown


def row(hall: Hall, who: str) -> str:
    """One line of the list, as words."""
    html = council.fragments(PAGE, hall)["queue"]
    return words(html.partition(f'id="r-{named(who)}"')[2].partition("</li>")[0])


def test_an_interrupted_speech_continues_with_what_is_left_and_is_ended_not_struck() -> None:
    hall = council.contested()
    assert "fortsetter · 1:" in row(hall, "speech")
    assert "Avslutt" in row(hall, "speech")
    html = council.fragments(PAGE, hall)["queue"]
    moved = [
        c["request_id"]
        for f in forms(html)
        if not f.disabled
        for c in f.commands
        if c["type"] == "move_request"
    ]
    assert str(named("speech")) not in moved


def test_a_rejoinder_is_waived_by_its_own_button() -> None:
    html = council.fragments(PAGE, council.contested())["queue"]
    waived = next(form for form in forms(html) if "Avstår" in form.words)
    assert waived.types == ["withdraw_request"]


def test_a_point_of_order_is_let_in_by_one_key_and_shows_its_category() -> None:
    html = council.fragments(PAGE, council.contested())["queue"]
    assert "Til dagsorden: Møteledelsen" in words(html)
    assert button(html, "interrupt_speech").commands[0]["request_id"] == str(named("other order"))
    assert html.count('data-key="a"') == 1


def test_the_chair_reads_the_note_and_nobody_else() -> None:
    assert "Har med kart" in council.page(PAGE, council.contested())


def test_the_line_goes_from_proposed_to_last_call_to_drawn_and_back() -> None:
    for stage, type_ in (
        ("speaking", "propose_closing_list"),
        ("line_proposed", "call_last"),
        ("last_call", "close_list"),
        ("list_closed", "reopen_list"),
    ):
        html = council.fragments(PAGE, council.STAGES[stage]())["queue"]
        assert button(html, type_).types == [type_], stage
        assert html.count('data-key="l"') == 1
    assert 'data-until="' in council.fragments(PAGE, council.last_call())["queue"]


def test_a_vote_draws_the_line_in_the_record() -> None:
    html = council.fragments(PAGE, council.line_proposed())["queue"]
    assert button(html, "close_list").commands[0]["by"] == "vote"


def test_an_overrun_is_shared_and_time_is_moved_between_groups() -> None:
    html = council.page(PAGE, council.overrun())
    assert button(html, "share_overrun").commands[0]["group"] == "SP"
    assert button(html, "add_group_time").dialog == "ask-time"


def test_the_template_of_the_item_is_named_with_the_time_left() -> None:
    assert "Interpellasjon · 30:00 igjen i alt" in part(council.interpellation(), "matter")
    assert (
        button(council.page(PAGE, council.interpellation()), "use_template").commands[0]["template"] is None
    )


def test_the_rules_of_the_item_are_changed_in_its_own_dialog() -> None:
    form = button(council.page(PAGE, council.speaking()), "change_rules")
    assert (form.dialog, form.fields) == ("ask-rules", ["rules@json"])
