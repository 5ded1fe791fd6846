"""What the public may see: nothing said, written or done behind closed doors before it is released."""

from datetime import datetime
from uuid import UUID

import pytest

from orchestrator.domain import session
from orchestrator.domain.errors import Refused
from orchestrator.domain.minutes import Minutes, public_minutes
from orchestrator.domain.publicity import PublicItem, PublicSession, public_session
from orchestrator.domain.timeline import Name, entries, next_speakers
from tests.domain.hall import CHAIR, PEOPLE, SECRETARY, Hall, asks, debating, named, opened, planned

NAMES = {named(name): Name(name=f"Navn-{name}") for name in PEOPLE}
BASIS = {"section": "11-5", "paragraph": "2"}


def shut(hall: Hall, *items: str, closing: str = "c") -> Hall:
    """The doors closed for these items."""
    hall.says(
        "propose_closing",
        closing_id=named(closing),
        item_ids=[named(item) for item in items or ("two",)],
        legal_basis=BASIS,
    )
    hall.says("record_closing_vote", closing_id=named(closing), unanimous=True)
    hall.says("close_doors", closing_id=named(closing))
    return hall


def opens(hall: Hall, closing: str = "c") -> None:
    hall.says("open_doors", closing_id=named(closing))


def view(hall: Hall) -> PublicSession:
    seen = public_session(hall.state)
    assert seen is not None
    return seen


def item(hall: Hall, name: str) -> PublicItem:
    return next(one for one in view(hall).items if one.item_id == named(name))


def told(hall: Hall) -> str:
    """Everything the public is told, as text."""
    minutes = public_minutes(hall.state)
    assert minutes is not None
    return f"{minutes.model_dump_json()} {entries(hall.state, NAMES)} {next_speakers(hall.state, NAMES)}"


# While the doors are closed


def test_nothing_the_public_sees_of_the_meeting_moves_while_the_doors_are_closed() -> None:
    hall = shut(debating())
    before, minutes = view(hall), public_minutes(hall.state)
    hall.says("hand_over_chair", person_id=named("kari"))
    hall.says("record_departure", person_id=named("ola"))
    hall.says("call_roll", present=[named("kari"), named("siri"), named("per")])
    hall.says("move_item", item_id=named("secret"), before_id=named("one"))
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Utsett")
    hall.says("record_decision", item_id=named("two"), text="Utsatt")
    hall.says("close_item", item_id=named("two"))
    assert view(hall) == before
    assert public_minutes(hall.state) == minutes


def test_a_time_corrected_behind_closed_doors_moves_the_timeline_when_they_open() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.wait(60)
    hall.says("end_speech", speech_id=named("r1"))
    shut(hall)
    before = entries(hall.state, NAMES)
    hall.says("correct_time", kind="speech", id=named("r1"), stop=hall.state.requests[named("r1")].started_at)
    assert entries(hall.state, NAMES) == before
    opens(hall)
    assert "Navn-kari" not in told(hall)


def test_who_leads_from_behind_closed_doors_is_told_when_they_open() -> None:
    hall = shut(debating())
    hall.says("hand_over_chair", person_id=named("kari"))
    assert view(hall).chair_id == named("anne")
    opens(hall)
    assert view(hall).chair_id == named("kari")


def test_restricting_an_item_behind_closed_doors_hides_it_at_once() -> None:
    hall = debating()
    hall.says("open_item", item_id=named("one"))
    shut(hall)
    hall.says(
        "change_item", item_id=named("two"), title="Reguleringsplan", public_title="Sak", restricted=True
    )
    assert item(hall, "two").hidden
    assert "Reguleringsplan" not in told(hall)


# Words written behind closed doors


def test_an_item_added_behind_closed_doors_is_restricted_until_it_is_released() -> None:
    hall = shut(debating())
    words = {"item_id": named("new"), "title": "Hemmelig sak"}
    hall.says("add_item", **words)
    assert named("new") not in {one.item_id for one in view(hall).items}
    assert hall.says("add_item", **words) == []
    opens(hall)
    assert "Hemmelig" not in told(hall)
    with pytest.raises(Refused, match="item_needs_closed_doors"):
        hall.says("open_item", item_id=named("new"), current_id=named("two"))
    hall.says("release_item", SECRETARY, item_id=named("new"))
    assert item(hall, "new").title == "Hemmelig sak"
    hall.says("open_item", item_id=named("new"), current_id=named("two"))
    assert item(hall, "new").current


def test_words_changed_behind_closed_doors_are_told_only_when_released() -> None:
    hall = shut(debating())
    words = {
        "item_id": named("two"),
        "case_number": "47/26",
        "title": "Plan for Hemmelig",
        "summary": "Hemmelig",
    }
    hall.says("change_item", **words)
    opens(hall)
    assert "Hemmelig" not in told(hall)
    assert item(hall, "two").title == "Reguleringsplan Elvebakken"
    assert item(hall, "two").withheld
    hall.says("release_item", SECRETARY, item_id=named("two"))
    assert (item(hall, "two").title, item(hall, "two").summary) == ("Plan for Hemmelig", "Hemmelig")


def test_a_later_change_in_the_open_tells_only_what_it_changed() -> None:
    hall = shut(debating())
    hall.says(
        "change_item",
        item_id=named("two"),
        title="Plan for Hemmelig",
        case_number="47/26",
        summary="Hemmelig",
    )
    opens(hall)
    hall.says(
        "change_item",
        item_id=named("two"),
        title="Plan for Elvebakken",
        case_number="47/26",
        summary="Hemmelig",
    )
    assert "Hemmelig" not in told(hall)
    assert item(hall, "two").title == "Plan for Elvebakken"


def test_a_proposal_put_behind_closed_doors_and_voted_on_in_the_open_stays_untold() -> None:
    hall = shut(debating())
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Hemmelig forslag")
    opens(hall)
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), proposal_id=named("p"), unanimous=True)
    assert "Hemmelig" not in told(hall)
    assert [vote.vote_id for vote in item(hall, "two").votes] == [named("v")]


def test_what_is_written_down_after_the_doors_opened_of_an_item_treated_behind_them_is_withheld() -> None:
    hall = opened()
    hall.says("open_item", item_id=named("one"))
    shut(hall)
    hall.says("open_item", item_id=named("two"))
    hall.says("open_item", item_id=named("one"))
    opens(hall)
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Hemmelig forslag")
    hall.says(
        "record_vote", vote_id=named("v"), item_id=named("two"), question="Hemmelig spørsmål", unanimous=True
    )
    hall.says("record_decision", item_id=named("two"), text="Hemmelig vedtak")
    assert "Hemmelig" not in told(hall)
    assert item(hall, "two").withheld


def test_a_decision_typed_after_the_doors_opened_is_withheld_unless_voted_on_in_the_open() -> None:
    hall = shut(debating())
    opens(hall)
    hall.says("record_decision", item_id=named("two"), text="Vedtak bak dørene")
    assert item(hall, "two").decision is None
    hall = shut(debating())
    opens(hall)
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True)
    hall.says("record_decision", item_id=named("two"), text="Vedtak for åpne dører")
    assert item(hall, "two").decision is not None


def test_an_item_taken_up_again_in_the_open_is_decided_in_the_open() -> None:
    hall = shut(debating())
    opens(hall)
    hall.says("open_item", item_id=named("one"))
    hall.says("open_item", item_id=named("two"))
    hall.says("record_decision", item_id=named("two"), text="Vedtak for åpne dører")
    assert item(hall, "two").decision is not None


def test_a_decision_made_behind_closed_doors_stays_withheld_when_the_item_is_taken_up_again() -> None:
    hall = shut(debating())
    hall.says("record_decision", item_id=named("two"), text="Hemmelig")
    opens(hall)
    hall.says("open_item", item_id=named("one"))
    hall.says("open_item", item_id=named("two"))
    hall.says("record_decision", item_id=named("two"), text="Hemmelig, med en trykkfeil rettet")
    assert item(hall, "two").decision is None


@pytest.mark.parametrize("first", ["open", "closed"])
def test_a_decision_once_recorded_behind_closed_doors_stays_withheld(first: str) -> None:
    hall = debating()
    if first == "open":
        hall.says("record_decision", item_id=named("two"), text="Åpent")
        assert item(hall, "two").decision is not None
    shut(hall)
    hall.says("record_decision", item_id=named("two"), text="Hemmelig")
    opens(hall)
    assert item(hall, "two").decision is None
    hall.says("record_decision", item_id=named("two"), text="Hemmelig, med en trykkfeil rettet")
    assert item(hall, "two").decision is None


# Release


def test_a_release_covers_what_was_recorded_until_then_and_nothing_later() -> None:
    hall = shut(debating())
    hall.says("put_proposal", proposal_id=named("p1"), item_id=named("two"), text="Første forslag")
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    opens(hall)
    hall.says("release_item", SECRETARY, item_id=named("two"))
    assert "Første forslag" in told(hall)
    assert [one.speech_id for one in item(hall, "two").speeches] == [named("r1")]
    shut(hall, closing="c2")
    hall.says("put_proposal", proposal_id=named("p2"), item_id=named("two"), text="Hemmelig forslag")
    hall.says("record_decision", item_id=named("two"), text="Hemmelig vedtak")
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r2"), current_id=None)
    opens(hall, "c2")
    assert "Hemmelig" not in told(hall)
    assert [one.speech_id for one in item(hall, "two").speeches] == [named("r1")]
    assert item(hall, "two").withheld
    hall.says("release_item", SECRETARY, item_id=named("two"))
    assert "Hemmelig vedtak" in told(hall)
    assert hall.says("release_item", SECRETARY, item_id=named("two")) == []


def test_a_released_item_can_be_restricted_again() -> None:
    hall = shut(debating())
    hall.says("put_proposal", proposal_id=named("p"), item_id=named("two"), text="Forslag")
    opens(hall)
    hall.says("release_item", SECRETARY, item_id=named("two"))
    assert hall.state.items[named("two")].released
    hall.says("change_item", item_id=named("two"), title="Hemmelig", public_title="Sak", restricted=True)
    assert item(hall, "two").hidden
    assert "Hemmelig" not in told(hall)


def test_nothing_is_released_while_the_doors_are_closed() -> None:
    hall = shut(opened(), "secret")
    with pytest.raises(Refused, match="doors_closed"):
        hall.says("release_item", SECRETARY, item_id=named("secret"))


def test_a_restricted_item_is_made_public_by_releasing_it_and_not_by_a_change_of_words() -> None:
    hall = opened()
    with pytest.raises(Refused, match="release_instead"):
        hall.says("change_item", item_id=named("secret"), title="Oppsigelse", public_title="Personalsak")
    assert item(hall, "secret").hidden


def test_undo_restores_what_was_decided_but_not_what_has_been_restricted_since() -> None:
    hall = debating()
    hall.says("record_decision", item_id=named("two"), text="Vedtak")
    hall.says("change_item", item_id=named("two"), title="Hemmelig", public_title="Sak", restricted=True)
    hall.says("undo", event_id=hall.state.undoable[-1].event_id)
    assert hall.state.items[named("two")].decision is None
    assert item(hall, "two").hidden
    assert "Hemmelig" not in told(hall)


# Times


def test_the_roll_called_behind_closed_doors_has_the_time_they_opened() -> None:
    hall = shut(debating())
    hall.says("call_roll", present=[named(name) for name in PEOPLE[1:]])
    opens(hall)
    minutes = public_minutes(hall.state)
    assert minutes is not None
    assert minutes.roll_called_at == hall.now


def test_leaving_and_coming_back_behind_closed_doors_is_not_told() -> None:
    hall = shut(debating())
    hall.says("record_departure", person_id=named("kari"))
    hall.says("record_arrival", person_id=named("kari"))
    opens(hall)
    minutes = public_minutes(hall.state)
    assert minutes is not None
    kari, ola = (
        next(one.periods for one in minutes.attendance if one.person_id == named(name))
        for name in ("kari", "ola")
    )
    assert kari == ola


def test_a_corrected_time_moves_nothing_out_of_the_doors() -> None:
    hall = shut(debating())
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    opens(hall)
    with pytest.raises(Refused, match="time_behind_doors"):
        hall.says("correct_time", kind="speech", id=named("r1"), start=hall.state.parts[0].start)
    assert "Navn-" not in told(hall)


def test_a_corrected_time_moves_nothing_out_of_a_stop() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("stop_broadcast")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("end_speech", speech_id=named("r1"))
    hall.says("resume_broadcast")
    hall.wait(5)
    with pytest.raises(Refused, match="time_behind_doors"):
        hall.says("correct_time", kind="speech", id=named("r1"), stop=hall.now)
    assert "Navn-" not in told(hall)


def test_nothing_is_told_of_the_time_between_adjourning_and_reopening() -> None:
    hall = debating()
    hall.says("adjourn_session")
    adjourned = hall.now
    hall.wait(600)
    hall.says("correct_time", kind="item", id=named("two"), stop=hall.now)
    assert [one.end for one in entries(hall.state, NAMES)] == [adjourned]
    hall.says("reopen_session")
    assert [one.end for one in entries(hall.state, NAMES)] == [adjourned]


def test_a_speech_that_lasts_beyond_a_stop_is_told_from_where_the_picture_is_back() -> None:
    hall = debating()
    asks(hall, "kari", "r1")
    hall.says("stop_broadcast")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    assert "Navn-" not in told(hall)
    hall.wait(60)
    hall.says("resume_broadcast")
    resumed = hall.now
    hall.wait(8)
    hall.says("close_list", item_id=named("two"))
    speaking = view(hall).speaking
    assert speaking is not None
    assert (speaking.started_at, speaking.seconds) == (resumed, 9)
    (entry,) = [one for one in entries(hall.state, NAMES) if one.kind == "speech"]
    assert (entry.person, entry.start) == ("Navn-kari", resumed)


# What is restricted


def test_a_vote_in_a_restricted_item_is_not_told_while_another_item_is_open() -> None:
    hall = shut(opened(), "secret")
    hall.says("open_item", item_id=named("secret"))
    hall.says("open_item", item_id=named("one"))
    opens(hall)
    with pytest.raises(Refused, match="item_needs_closed_doors"):
        hall.says("start_vote", vote_id=named("v"), item_id=named("secret"))
    assert not view(hall).voting


def test_papers_summary_speeches_and_votes_go_when_an_item_is_restricted_later() -> None:
    hall = opened()
    words = {
        "item_id": named("two"),
        "title": "Hemmelig",
        "summary": "Hemmelig",
        "papers": [{"title": "Hemmelig", "url": "https://eksempel.no/hemmelig"}],
    }
    hall.says("change_item", **words)
    hall.says("open_item", item_id=named("two"))
    asks(hall, "kari", "r1")
    asks(hall, "ola", "r2")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"), question="Hemmelig")
    hall.says("change_item", **words, public_title="Sak", restricted=True)
    assert "emmelig" not in told(hall)
    assert "Navn-" not in told(hall)
    shown = view(hall)
    assert (shown.current, shown.speaking, shown.voting, shown.next) == (None, None, False, ())


def test_a_vote_in_an_item_that_is_restricted_meanwhile_is_not_told() -> None:
    hall = debating()
    hall.says("open_item", item_id=named("one"))
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"))
    assert view(hall).voting
    hall.says("change_item", item_id=named("two"), title="Plan", public_title="Sak", restricted=True)
    assert not view(hall).voting


def test_a_vote_in_an_item_treated_behind_the_doors_is_not_told_while_another_is_open() -> None:
    hall = opened()
    hall.says("open_item", item_id=named("one"))
    shut(hall)
    hall.says("open_item", item_id=named("two"))
    hall.says("open_item", item_id=named("one"))
    opens(hall)
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"), question="Hemmelig")
    hall.wait(8)
    assert not view(hall).voting
    assert "Hemmelig" not in told(hall)
    hall.says("record_vote", vote_id=named("v"), item_id=named("two"), unanimous=True)
    assert "Hemmelig" not in told(hall)


def test_a_cancelled_vote_is_not_told() -> None:
    hall = debating()
    hall.says("start_vote", vote_id=named("v"), item_id=named("two"), question="Feil spørsmål")
    hall.wait(8)
    hall.says("cancel_vote", vote_id=named("v"))
    assert "Feil spørsmål" not in told(hall)


def test_a_speech_behind_the_doors_is_untold_though_nobody_recorded_its_end() -> None:
    hall = shut(debating())
    asks(hall, "kari", "r1")
    hall.says("call_next_speaker", request_id=named("r1"), current_id=None)
    opens(hall)
    history = [event for event in hall.events if event.type != "speech_ended"]
    hall.state = session.replay(hall.state.session_id, history)
    assert hall.state.current_speech_id == named("r1")
    assert view(hall).speaking is None
    assert str(named("r1")) not in told(hall)
    assert "Navn-" not in told(hall)


def test_a_closing_voted_down_gives_no_item_a_legal_basis() -> None:
    hall = opened()
    hall.says("propose_closing", closing_id=named("c"), item_ids=[named("two")], legal_basis=BASIS)
    hall.says(
        "record_closing_vote", closing_id=named("c"), tallies=[{"group": "SP", "in_favour": 1, "against": 3}]
    )
    assert item(hall, "two").legal_basis is None


def test_a_session_that_is_not_public_shows_nothing() -> None:
    hall = planned(public=False)
    hall.says("open_session", CHAIR)
    hall.says("open_item", item_id=named("two"))
    assert public_session(hall.state) is None
    assert public_minutes(hall.state) is None
    assert entries(hall.state, NAMES) == ()
    assert next_speakers(hall.state, NAMES) == ()


# Who led, and who was there


def protocol(hall: Hall) -> Minutes:
    minutes = public_minutes(hall.state)
    assert minutes is not None
    return minutes


def led(hall: Hall) -> list[tuple[UUID, datetime]]:
    return [(one.person_id, one.since) for one in protocol(hall).chairs]


def test_the_protocol_tells_who_led_from_when() -> None:
    hall = debating()
    hall.says("hand_over_chair", person_id=named("kari"))
    beginning = hall.state.parts[0].start
    assert led(hall) == [(named("anne"), beginning), (named("kari"), hall.now)]


def test_who_took_over_behind_closed_doors_leads_from_when_they_open() -> None:
    hall = shut(debating())
    hall.says("hand_over_chair", person_id=named("ola"))
    hall.says("hand_over_chair", person_id=named("kari"))
    assert [who for who, _ in led(hall)] == [named("anne")]
    opens(hall)
    assert led(hall)[1:] == [(named("kari"), hall.now)]
    assert not any(one.behind_doors for one in protocol(hall).chairs)


def test_who_led_behind_closed_doors_only_is_not_told() -> None:
    hall = shut(debating())
    hall.says("hand_over_chair", person_id=named("ola"))
    hall.says("hand_over_chair", person_id=named("anne"))
    opens(hall)
    assert [who for who, _ in led(hall)] == [named("anne")]


def test_who_was_there_behind_closed_doors_only_did_come_but_is_given_no_times() -> None:
    hall = planned()
    hall.says("open_session")
    hall.says("call_roll", present=[named(name) for name in PEOPLE if name != "ola"])
    shut(hall)
    hall.says("record_arrival", person_id=named("ola"))
    hall.says("record_departure", person_id=named("ola"))
    opens(hall)
    (ola,) = (one for one in protocol(hall).attendance if one.person_id == named("ola"))
    assert (ola.came, ola.unseen, ola.periods) == (True, True, ())
