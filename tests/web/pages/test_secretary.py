"""The secretary's page: what is missing, what is filled in beforehand, and buttons that are allowed."""

from uuid import uuid4

import pytest

from orchestrator.domain import session
from orchestrator.domain.codec import parse_command
from orchestrator.web.pages import chair, participant, secretary
from orchestrator.web.pages.fields import commands
from orchestrator.web.pages.protocol import protocol_lines
from orchestrator.web.pages.secretary import PAGE, agenda_lines, decision_draft, presence_lines, working_on
from tests.domain.hall import SECRETARY, debating, named, opened, planned
from tests.web.pages import council
from tests.web.pages.council import Form, button, forms, reachable, words


def ready(form: Form) -> bool:
    return bool(form.types) and not form.disabled and not [name for name in form.fields if name]


@pytest.mark.parametrize("stage", council.STAGES)
def test_every_button_offered_is_allowed(stage: str) -> None:
    hall = council.STAGES[stage]()
    refusals_told = {"doors_closed": {"open_doors"}}  # the dialog says what must be done first
    for form in reachable(council.page(PAGE, hall)):
        if not ready(form) or refusals_told.get(stage, set()) & set(form.types):
            continue
        state = hall.state
        for data in form.commands:
            known = {key: str(named("new")) if value == "new" else value for key, value in data.items()}
            for event in session.decide(state, parse_command("session", known), hall.now, SECRETARY):
                state = session.evolve(state, event)


@pytest.mark.parametrize("stage", council.STAGES)
def test_a_fragment_is_what_the_page_holds(stage: str) -> None:
    hall = council.STAGES[stage]()
    page = council.page(PAGE, hall)
    assert sorted(council.ids(page)) == sorted(set(council.ids(page)))
    for name, html in council.fragments(PAGE, hall).items():
        assert html.strip() in page, name
        assert council.ids(html)[0] == name


@pytest.mark.parametrize("language", ["nn", "en"])
def test_it_is_shown_in_every_language(language: str) -> None:
    assert "Kari Nordli" in council.page(PAGE, council.decided(), language)


def test_the_roll_is_called_by_unticking() -> None:
    hall = planned()
    hall.says("open_session")
    html = council.fragments(PAGE, hall)["presence"]
    form = button(html, "call_roll")
    assert form.fields.count("present") == 5
    assert html.count("checked") == 5


def test_those_who_are_missing_stand_first() -> None:
    hall = opened()
    hall.says("record_departure", person_id=named("per"))
    lines = presence_lines(council.scene(hall), "nb")
    assert lines[0].name == "Per Haug"
    assert lines[0].times
    assert lines[1].times == ""


def test_absent_is_who_said_so_and_the_others_did_not_come() -> None:
    hall = planned()
    hall.says("report_absence", SECRETARY, person_id=named("per"))
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in ("kari", "siri", "anne")])
    lines = {line.name: line.never for line in presence_lines(council.scene(hall), "nb")}
    assert (lines["Per Haug"], lines["Ola Vik"], lines["Kari Nordli"]) == ("meldt forfall", "ikke møtt", "")
    assert "Per Haug SP meldt forfall" in words(council.fragments(PAGE, hall)["presence"])


def test_a_substitute_who_was_not_called_is_not_missing() -> None:
    members = [{"person_id": named(name), "group": "SP"} for name in ("kari", "ola")]
    hall = planned(members=[*members, {"person_id": named("per"), "group": "SP", "list_order": 1}])
    hall.says("open_session")
    assert "1. vara" in words(council.fragments(PAGE, hall)["presence"])
    hall.says("call_roll", present=[named("kari")])
    lines = presence_lines(council.scene(hall), "nb")
    assert [line.missing for line in lines] == [True, False, False]
    assert lines[-1].person_id == named("per")
    assert words(council.fragments(PAGE, hall)["presence"]).count("ikke møtt") == 1


def test_what_the_notice_did_not_announce_is_marked_and_stands_in_the_case_list() -> None:
    hall = planned()
    html = council.page(working_on(named("two")), hall)
    assert "Ikke på innkallingen" not in words(council.fragments(PAGE, hall)["agenda"])
    form = button(html, "mark_item")
    assert form.fields == ["unlisted", "late_papers"]
    (asked,) = commands([*form.hidden, ("late_papers", "true")], hall.now, uuid4)
    hall.says(asked.pop("type"), **asked)
    for page in (PAGE, participant.PAGE):
        case_list = words(council.fragments(page, hall)["agenda"])
        assert "Papirer sendt for sent" in case_list
        assert "Ikke på innkallingen" not in case_list
    hall.says("open_session")
    assert "papirer sendt for sent" not in words(council.fragments(chair.PAGE, hall)["case"])
    hall.says("open_item", item_id=named("two"), current_id=None)
    assert "papirer sendt for sent" in words(council.fragments(chair.PAGE, hall)["case"])
    assert not [one for one in forms(council.page(PAGE, hall)) if "mark_item" in one.types]


def test_an_item_left_without_its_decision_is_flagged() -> None:
    hall = debating()
    hall.says("open_item", item_id=named("one"), current_id=named("two"))
    assert [line.missing for line in agenda_lines(hall.state, "nb")] == [False, True, False]
    assert "Vedtak mangler" in words(council.fragments(PAGE, hall)["agenda"])


def test_an_item_taken_off_the_agenda_says_so() -> None:
    hall = opened()
    hall.says("postpone_item", item_id=named("two"), unanimous=True)
    assert [line.words for line in agenda_lines(hall.state, "nb")][1] == ["Utsatt"]


def test_the_decision_begins_as_the_proposal_that_was_carried() -> None:
    hall = council.voted()
    draft = decision_draft(council.scene(hall), hall.state.items[named("two")], "nb")
    assert (draft.text, draft.outcome) == ("Forslag kari's", "adopted")


def test_without_a_vote_it_begins_as_the_recommendation() -> None:
    hall = council.proposing()
    draft = decision_draft(council.scene(hall), hall.state.items[named("two")], "nb")
    assert (draft.text, draft.source) == ("Forslag recommended", "Fra innstillingen")


def test_what_is_recorded_is_not_overwritten_by_a_suggestion() -> None:
    hall = council.decided()
    draft = decision_draft(council.scene(hall), hall.state.items[named("two")], "nb")
    assert (draft.text, draft.source) == ("Forslaget vedtas.", "")


def test_votes_are_filled_in_with_those_who_are_present() -> None:
    hall = council.proposing()
    hall.says("record_departure", person_id=named("per"))
    html = council.fragments(PAGE, hall)["work"]
    assert ("tallies.0.group", "AP") in [pair for form in forms(html) for pair in form.hidden]
    assert 'data-size-of="3"' in html
    assert 'data-size-of="1"' in html


def test_a_result_goes_to_the_vote_being_held() -> None:
    form = button(council.fragments(PAGE, council.voting())["work"], "record_vote")
    assert form.commands[0]["vote_id"] == str(named("vote"))


def test_an_item_chosen_in_the_list_stands_still() -> None:
    hall = council.decided()
    html = council.page(working_on(named("one")), hall)
    assert "work-chosen" in council.ids(html)
    assert "work" not in council.ids(html)
    assert "Nå behandles Sak 47/26" in words(html)


def test_what_is_kept_from_the_public_can_be_released_after_asking() -> None:
    hall = council.decided()
    html = council.page(working_on(named("secret")), hall)
    assert button(html, "release_item").dialog == "ask-release"
    assert "Skjermet for offentligheten" in words(html)


def test_the_recording_waits_for_the_secretary_where_the_body_says_so() -> None:
    hall = opened(recording_at_once=False)
    hall.says("adjourn_session")
    assert button(council.page(PAGE, hall), "release_recording").dialog


def test_the_running_protocol_has_the_latest_on_top() -> None:
    hall = council.decided()
    lines = [line.text for line in protocol_lines(council.scene(hall), "nb")]
    assert lines[0] == "Vedtak i Sak 47/26: Vedtatt"
    assert lines[1] == "Votering: Kari Nordli (SP) – Vedtatt 3–2"
    assert lines[-1] == "Møtet åpnet"
    assert "Opprop: 5 til stede" in lines


def test_what_was_recorded_behind_closed_doors_is_marked() -> None:
    hall = council.doors_closed()
    hall.says("record_decision", item_id=named("secret"), text="Avtalen godkjennes.")
    lines = {line.text: line for line in protocol_lines(council.scene(hall), "nb")}
    assert lines["Vedtak i Sak 48/26: Vedtatt"].private
    assert lines["Blir i salen: Kommunedirektøren"].private
    assert not lines["Dørene lukket"].private


def test_a_speech_can_be_given_its_true_times() -> None:
    hall = council.speaking()
    hall.says("end_speech", speech_id=named("speech"))
    held = secretary.held_speeches(council.scene(hall), hall.state.items[named("two")], "nb")
    assert [(one.who, one.start, one.stop) for one in held] == [("Kari Nordli (SP)", "18:00:10", "18:00:13")]
    corrections = [one for one in forms(council.page(PAGE, hall)) if "correct_time" in one.types]
    assert [one.commands[0]["kind"] for one in corrections] == ["item", "speech"]
    assert corrections[1].fields == ["start@behind", "stop@behind"]
