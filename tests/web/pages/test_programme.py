"""What the public programme shows, and when a way in is shown."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.rooms.embedded.provider import EmbeddedRooms
from orchestrator.rooms.link import LinkRooms
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import CAPABILITIES
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.web.pages.programme import Named, SessionLine
from tests.domain.hall import named
from tests.web.pages.conference import Conference, announced, clock, planned


def begun(at: str = "09:20") -> Conference:
    """The first session is open and its room too."""
    held = planned()
    held.now = clock(at)
    held.opens_room("plenum")
    held.tells("Innledning", "open_session", at=clock("09:02"))
    return held


def names(lines: Iterable[SessionLine | Named]) -> list[str]:
    return [line.title for line in lines]


def test_before_it_begins_the_first_sessions_are_next() -> None:
    view = planned().view()
    assert view.phase == "before"
    assert (names(view.now), names(view.next)) == ([], ["Innledning"])


def test_what_goes_on_is_now_and_parallel_sessions_are_next_together() -> None:
    view = begun().view()
    assert view.phase == "now"
    assert names(view.now) == ["Innledning"]
    assert names(view.next) == ["Oppvekst: struktur, kompetanse og ressurser", "Tekniske områder"]


def test_a_break_is_now_by_the_clock_and_never_next() -> None:
    held = begun("10:05")
    held.tells("Innledning", "adjourn_session", at=clock("10:01"))
    view = held.view()
    assert names(view.now) == ["Kaffepause"]
    assert "Kaffepause" not in names(view.next)


def test_a_session_that_nobody_has_opened_is_late_and_then_over() -> None:
    held = planned()
    held.now = clock("09:05")
    assert held.line("Innledning").standing == "late"
    held.now = clock("10:00")
    assert held.line("Innledning").standing == "over"


def test_a_session_that_lasts_longer_than_planned_is_still_now() -> None:
    assert begun("10:10").line("Innledning").standing == "now"


def test_between_the_days_nothing_is_now() -> None:
    held = planned()
    held.now = clock("18:00")
    view = held.view()
    assert (view.phase, names(view.now), names(view.next)) == ("between", [], ["Orienteringer"])


def test_afterwards_it_is_over() -> None:
    held = planned()
    held.now = clock("18:00", 6)
    assert held.view().phase == "over"


def test_without_sessions_it_is_empty() -> None:
    view = announced().view()
    assert (view.phase, view.days, view.next) == ("empty", (), ())


def test_days_hold_what_overlaps_in_one_slot() -> None:
    first, second = planned().view().days
    assert [names(slot) for slot in first.slots] == [
        ["Innledning"],
        ["Kaffepause"],
        ["Oppvekst: struktur, kompetanse og ressurser", "Tekniske områder"],
        ["Lunsj", "Lunsjprat"],
        ["Gruppearbeid"],
        ["Gjennomgang av gruppearbeid"],
    ]
    assert (first.today, second.today) == (True, False)
    assert second.date.isoformat() == "2026-05-06"


def test_a_day_is_a_norwegian_day() -> None:
    held = announced()
    held.plans("Sent", "23:30", "23:50")
    held.plans("Tidlig", "00:15", "01:00", 6)
    assert [day.date.isoformat() for day in held.view().days] == ["2026-05-05", "2026-05-06"]


def test_a_session_that_is_not_public_is_nowhere() -> None:
    held = planned()
    held.plans("Internt", "13:00", "13:30", title="Bare for ledere", public=False, room_id=named("plenum"))
    assert "Bare for ledere" not in names(held.view().lines)
    assert "Bare for ledere" not in str(held.view())


def test_a_room_can_be_entered_while_it_is_open_and_its_session_is_on() -> None:
    assert begun().line("Innledning").join == named("plenum")


@pytest.mark.parametrize(
    ("state", "door"),
    [
        ("asked", None),
        ("created", "shut"),
        ("verified", "shut"),
        ("open", "shut"),
        ("open", "locked"),
        ("open", None),
        ("closed", "open"),
        ("failed", "open"),
    ],
)
def test_a_room_that_is_not_verified_and_open_has_no_button(state: str, door: str | None) -> None:
    held = begun()
    held.opens_room("plenum", state, door)
    assert held.line("Innledning").join is None


def test_a_room_nobody_has_heard_of_has_no_button() -> None:
    held = begun()
    held.rooms.clear()
    assert held.line("Innledning").join is None


def test_a_room_is_entered_half_an_hour_before_a_session_and_not_earlier() -> None:
    held = begun("13:44")
    assert held.line("Oppsummering").join is None
    held.now = clock("13:45")
    assert held.line("Oppsummering").join == named("plenum")


def test_what_is_over_has_no_button_though_its_room_is_open_for_the_next() -> None:
    held = begun("10:05")
    held.tells("Innledning", "adjourn_session", at=clock("10:01"))
    assert held.line("Innledning").join is None


def _closes_doors(held: Conference) -> None:
    item = named("sak")
    closing: dict[str, Any] = {"closing_id": named("c")}
    held.tells("Innledning", "add_item", item_id=item, title="Sak", at=clock("09:03"))
    basis = {"section": "11-5"}
    held.tells(
        "Innledning", "propose_closing", item_ids=[item], legal_basis=basis, at=clock("09:04"), **closing
    )
    held.tells("Innledning", "record_closing_vote", unanimous=True, at=clock("09:05"), **closing)
    held.tells("Innledning", "close_doors", at=clock("09:06"), **closing)


def test_behind_closed_doors_there_is_no_button() -> None:
    held = begun()
    _closes_doors(held)
    line = held.line("Innledning")
    assert (line.standing, line.status, line.join) == ("now", "closed", None)


def test_observers_come_into_rooms_that_can_hold_them_mute() -> None:
    lines = [planned().line(name) for name in ("Innledning", "Oppvekst", "Teknisk")]
    assert [line.observers for line in lines] == [True, True, False]


def test_observers_are_promised_no_room_that_a_body_may_shut_and_that_cannot_put_them_out() -> None:
    held = planned()
    for name in ("Innledning", "Oppvekst"):
        held.sessions[name] = held.sessions[name].replace(body_id=named("formannskapet"))
    assert [held.line(name).observers for name in ("Innledning", "Oppvekst")] == [True, False]


def test_what_a_product_can_do_is_the_same_to_the_programme_and_to_its_rooms() -> None:
    for rooms in (TeamsRooms, LivekitRooms, EmbeddedRooms, LinkRooms):
        assert rooms.can is CAPABILITIES[rooms.name]


def test_observers_are_not_led_to_a_room_that_would_refuse_them() -> None:
    held = planned()
    held.opens_room("plenum")
    held.plans("Internt", "08:50", "10:00", room_id=named("plenum"), public=False)
    held.now = clock("08:55")
    line = held.line("Innledning")
    assert (line.join, line.observers) == (named("plenum"), False)
    held.tells("Innledning", "open_session", at=clock("09:00"))
    held.now = clock("09:01")
    assert held.line("Innledning").observers
    held.plans("Formannskapet", "15:00", "16:00", room_id=named("oppvekst"), body_id=named("fsk"))
    assert not held.line("Oppvekst").observers, "Teams could not put them out there"


def test_a_members_only_room_taken_behind_closed_doors_is_not_told_of() -> None:
    held = begun()
    _closes_doors(held)
    held.says("plan_room", room={"room_id": named("shut"), "name": "Bare medlemmer", "provider": "embedded"})
    held.tells("Innledning", "use_room", room_id=named("shut"), at=clock("09:07"))
    room = held.line("Innledning").room
    assert room is not None
    assert room.name == "Plenumssalen"
    assert "Bare medlemmer" not in repr(held.view())


def test_observers_stay_out_of_a_room_planned_without_them() -> None:
    held = planned()
    room = held.meeting.rooms[named("plenum")].model_copy(update={"observers": False})
    held.says("change_room", room=room.model_dump())
    assert held.line("Innledning").observers is False


def test_there_is_a_stream_while_it_goes_on_and_a_recording_afterwards() -> None:
    held = planned()
    assert held.line("Innledning").watch is None
    held = begun()
    assert held.line("Innledning").watch == "stream"
    held.tells("Innledning", "adjourn_session", at=clock("09:50"))
    assert held.line("Innledning").watch == "recording"


def test_a_recording_that_has_not_been_released_is_not_linked() -> None:
    held = announced()
    held.plans("Innledning", "09:00", "10:00", source_id=named("source"), recording_at_once=False)
    held.tells("Innledning", "open_session", at=clock("09:00"))
    held.tells("Innledning", "adjourn_session", at=clock("10:00"))
    assert held.line("Innledning").watch is None


def test_a_session_without_a_source_is_not_streamed() -> None:
    held = planned()
    held.tells("Gruppearbeid", "open_session", at=clock("12:15"))
    assert held.line("Gruppearbeid").watch is None


def test_what_only_the_room_recorded_is_linked_once_it_has_been_fetched() -> None:
    held = planned()
    held.tells("Oppvekst", "open_session", at=clock("10:15"))
    held.recorded.add(named("oppvekst"))
    assert held.line("Oppvekst").watch is None
    held.tells("Oppvekst", "adjourn_session", at=clock("11:30"))
    assert held.line("Oppvekst").watch == "recording"
    held.recorded.clear()
    assert held.line("Oppvekst").watch is None


def test_a_moved_session_says_where_it_was_announced_at_first() -> None:
    held = planned()
    for minute, note in (("10:30", ""), ("10:45", "Innledningen varer lenger.")):
        start = clock(minute)
        times = {"starts_at": start, "ends_at": start + timedelta(minutes=75)}
        held.tells("Oppvekst", "move_session", at=clock("09:40"), note=note, **times)
    line = held.line("Oppvekst")
    assert line.moved_from is not None
    assert (line.moved_from.starts_at, line.starts_at) == (clock("10:15"), clock("10:45"))
    assert line.note == "Innledningen varer lenger."


def test_a_session_moved_back_or_before_it_was_announced_has_not_been_moved() -> None:
    held = planned()
    for minute in ("10:30", "10:15"):
        start = clock(minute)
        times = {"starts_at": start, "ends_at": start + timedelta(minutes=75)}
        held.tells("Oppvekst", "move_session", at=clock("09:40"), **times)
    assert held.line("Oppvekst").moved_from is None
    new = Conference(meeting=planned().meeting.replace(published_at=clock("09:50")), sessions=held.sessions)
    held.tells("Teknisk", "move_session", at=clock("09:40"), starts_at=clock("10:30"), ends_at=clock("11:30"))
    assert new.line("Teknisk").moved_from is None


def test_a_shared_room_names_the_session_that_was_there_before() -> None:
    held = planned()
    assert names(held.line("Gruppearbeid").same_room) == ["Oppvekst: struktur, kompetanse og ressurser"]
    assert held.line("Oppvekst").same_room == ()


def test_a_room_shared_at_once_is_said_by_both() -> None:
    held = planned()
    held.plans("Inkludering", "10:45", "11:30", kind="parallel", room_id=named("oppvekst"))
    assert names(held.line("Oppvekst").same_room) == ["Inkludering"]
    assert names(held.line("Inkludering").same_room) == ["Oppvekst: struktur, kompetanse og ressurser"]


def test_a_cancelled_session_stays_in_its_place_and_offers_nothing() -> None:
    held = planned()
    held.now = clock("10:20")
    held.opens_room("oppvekst")
    held.tells("Oppvekst", "cancel_session", at=clock("10:00"))
    line = held.line("Oppvekst")
    assert (line.standing, line.join, line.watch) == ("cancelled", None, None)
    assert held.line("Gruppearbeid").same_room == ()


def test_a_cancelled_conference_has_cancelled_sessions_only() -> None:
    held = begun()
    held.says("cancel_meeting", at=clock("08:00"), note="Uvær.")
    view = held.view()
    assert view.phase == "cancelled"
    assert {line.standing for line in view.lines} == {"cancelled"}
    assert [line.join for line in view.lines if line.join] == []


def test_help_is_the_number_given_for_it_and_nobody_without_one() -> None:
    held = planned()
    held.plans("Kveld", "18:00", "19:00", contact_ids=[named("secret"), named("eli"), named("erased")])
    (contact,) = held.line("Kveld").contacts
    assert (contact.name, [phone.href for phone in contact.phones]) == ("Eli Brekke", ["tel:+4790000001"])


def test_every_contact_is_listed_once() -> None:
    assert [contact.name for contact in planned().view().contacts] == ["Eli Brekke", "Nils Haugen"]


def test_topics_have_times_and_presenters_with_their_titles() -> None:
    topics = planned().line("Innledning").topics
    assert topics[1].starts_at == clock("09:15")
    assert topics[1].presenters == ("Jon Elvestad (kommunedirektør)",)
    assert (topics[2].starts_at, topics[2].presenters) == (None, ())


def test_who_presents_the_whole_session_is_not_named_at_each_part() -> None:
    line = planned().line("Innledning")
    assert line.presenters == ("Marit Solbakk (ordfører)",)
    assert line.topics[0].presenters == ()


def test_there_is_one_guide_for_each_product_with_its_rooms() -> None:
    guides = planned().view().guides
    assert [(guide.product, guide.rooms) for guide in guides] == [
        ("embedded", ("Plenumssalen", "Lunsjrom")),
        ("teams", ("Rom Oppvekst",)),
        ("link", ("Rom Teknisk",)),
    ]


def test_a_plan_is_changed_when_it_is_moved_and_not_by_what_is_said_in_it() -> None:
    held = begun()
    assert held.line("Innledning").changed_at == clock("09:02")
    held.tells("Innledning", "add_item", item_id=named("sak"), title="Sak", at=clock("09:10"))
    assert held.line("Innledning").changed_at == clock("09:02")
    times = {"starts_at": clock("09:00"), "ends_at": clock("10:10")}
    held.tells("Innledning", "move_session", at=clock("09:20"), **times)
    assert held.line("Innledning").changed_at == clock("09:20")


def test_the_address_of_a_room_elsewhere_is_in_no_part_of_it() -> None:
    held = begun("10:20")
    held.opens_room("teknisk")
    assert held.line("Teknisk").join == named("teknisk")
    assert "moterom.example" not in repr(held.view())
