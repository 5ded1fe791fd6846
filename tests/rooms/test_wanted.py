from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from orchestrator.domain.roles import Role
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import SessionState
from orchestrator.roomkeeping.wishes import ended_of
from orchestrator.rooms.livekit import LivekitRooms
from orchestrator.rooms.provider import Presenter
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.rooms.wanted import Wanted, times, wanted
from orchestrator.store.access import Link
from tests.domain.hall import SECRETARY, Hall, member, named

NINE = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
ROOM = Room(room_id=UUID(int=1), name="Plenum", provider="embedded")
MINUTE = timedelta(minutes=1)


def hall(name: str = "first", start: datetime = NINE, **plan: Any) -> Hall:
    made = Hall()
    made.state = made.state.replace(session_id=named(name))
    made.now = start - timedelta(days=30)
    people = [{"person_id": named(one), "group": "SP"} for one in ("kari", "ola", "siri", "anne")]
    made.says(
        "plan_session",
        SECRETARY,
        **(
            {
                "meeting_id": named("meeting"),
                "title": name,
                "starts_at": start,
                "ends_at": start + timedelta(hours=1),
                "members": people,
                "room_id": ROOM.room_id,
            }
            | plan
        ),
    )
    return made


def opened(made: Hall) -> Hall:
    made.now = NINE
    made.says("open_session")
    made.says("call_roll", present=[named("kari"), named("ola"), named("anne")])
    made.says("add_item", item_id=named("sak"), title="Personalsak", kind="report_item")
    made.says("open_item", item_id=named("sak"))
    return made


def closed(made: Hall) -> Hall:
    basis = {"section": "§ 11-5", "paragraph": "2", "letter": ""}
    made.says("propose_closing", closing_id=named("c"), item_ids=[named("sak")], legal_basis=basis)
    made.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    made.says("close_doors", closing_id=named("c"))
    return made


def look(now: datetime, *halls: Hall, room: Room = ROOM, **changes: Any) -> Wanted:
    states: list[SessionState] = [one.state for one in halls]
    given: dict[str, Any] = {"organisation_id": UUID(int=7), "announced": True, "decided": {}}
    found = wanted(room, states, now, **(given | changes))
    assert found is not None
    return found


def test_a_room_no_session_needs_is_not_made() -> None:
    cancelled = hall()
    cancelled.says("cancel_session", SECRETARY)
    assert wanted(ROOM, [], NINE, organisation_id=UUID(int=7), announced=True, decided={}) is None
    assert times([cancelled.state], NINE, {}) == {}


def test_it_is_made_ahead_opened_before_the_first_session_and_closed_after_the_last() -> None:
    first, last = hall(), hall("last", NINE + timedelta(hours=3))
    seen = [
        (look(NINE + at, first, last).phase, look(NINE + at, first, last).spec.door)
        for at in (-15 * timedelta(days=1), -timedelta(days=14), -31 * MINUTE, -30 * MINUTE)
    ]
    assert seen == [("ahead", "shut"), ("kept", "shut"), ("kept", "shut"), ("kept", "open")]
    end = NINE + timedelta(hours=4)
    assert look(end + 14 * MINUTE, first, last).spec.door == "open"
    assert look(end + 15 * MINUTE, first, last).spec.door == "shut"
    assert look(end + 15 * MINUTE + timedelta(days=2), first, last).phase == "over"


def test_between_its_sessions_it_is_shut_and_opens_again_in_time() -> None:
    first, next_day = hall(), hall("last", NINE + timedelta(days=1))
    doors = [
        (minutes, look(NINE + timedelta(minutes=minutes), first, next_day).spec.door)
        for minutes in (74, 75, 24 * 60 - 31, 24 * 60 - 30)
    ]
    assert doors == [(74, "open"), (75, "shut"), (24 * 60 - 31, "shut"), (24 * 60 - 30, "open")]
    assert look(NINE + timedelta(hours=2), first, next_day).next_at == NINE + timedelta(hours=23, minutes=30)


def test_a_session_that_lasts_longer_keeps_its_room_open() -> None:
    one = opened(hall())
    assert look(NINE + timedelta(hours=5), one).spec.door == "open"
    one.now = NINE + timedelta(hours=5)
    one.says("adjourn_session")
    assert look(NINE + timedelta(hours=5, minutes=14), one).spec.door == "open"
    assert look(NINE + timedelta(hours=5, minutes=16), one).spec.door == "shut"


def test_what_it_decides_goes_before_the_clock() -> None:
    later = {"open_lobby": NINE + 5 * MINUTE}
    assert look(NINE, hall(), decided=later).spec.door == "shut"
    assert look(NINE + 5 * MINUTE, hall(), decided=later).spec.door == "open"
    assert look(NINE - timedelta(days=20), hall(), decided={"create_room": None}).phase == "ahead"
    assert look(NINE, hall(), decided={"create_room": None}).phase == "ahead"


def test_it_is_looked_at_again_when_the_next_step_is_due() -> None:
    assert look(NINE - timedelta(days=3), hall()).next_at == NINE - timedelta(days=1)
    assert look(NINE - timedelta(minutes=40), hall()).next_at == NINE - timedelta(minutes=30)


def test_who_has_the_floor_may_speak_until_a_break() -> None:
    one = opened(hall())
    one.says(
        "request_floor",
        member("ola"),
        request_id=named("r"),
        person_id=named("ola"),
        item_id=named("sak"),
        kind="speech",
    )
    one.says("call_next_speaker", request_id=named("r"), current_id=None)
    assert look(NINE, one).spec.speakers == {str(named("ola"))}
    one.says("start_break", kind="pause")
    assert look(NINE, one).spec.speakers == frozenset()


def test_behind_closed_doors_those_present_and_the_staff_remain() -> None:
    one = closed(opened(hall()))
    spec = look(NINE, one, staff={"link-1"}).spec
    assert spec.door == "locked"
    assert spec.inside == {*(str(named(name)) for name in ("kari", "ola", "anne")), "link-1"}
    assert spec.keeps_out(str(named("siri")), "participant") == "locked"
    assert spec.keeps_out("anyone", "observer") == "locked"


def test_behind_closed_doors_who_takes_part_from_elsewhere_has_said_that_they_are_alone() -> None:
    one = opened(hall())
    one.says("propose_closing", closing_id=named("c"), item_ids=[named("sak")], legal_basis={"section": "13"})
    one.says("record_closing_vote", closing_id=named("c"), unanimous=True)
    one.says("close_doors", closing_id=named("c"))
    one.says("attend_remotely", person_id=named("ola"))
    assert str(named("ola")) not in look(NINE, one).spec.inside
    one.says("confirm_alone", person_id=named("ola"), closing_id=named("c"))
    assert str(named("ola")) in look(NINE, one).spec.inside


def test_the_disqualified_are_put_out_behind_closed_doors() -> None:
    one = opened(hall())
    one.says("raise_impartiality", question_id=named("q"), person_id=named("ola"), item_id=named("sak"))
    basis = {"section": "§ 6", "paragraph": "1", "letter": "b"}
    one.says(
        "decide_impartiality",
        question_id=named("q"),
        outcome="disqualified",
        legal_basis=basis,
        unanimous=True,
    )
    spec = look(NINE, closed(one)).spec
    assert spec.kept_out == {str(named("ola"))}
    assert spec.keeps_out(str(named("ola")), "participant") == "kept_out"


def test_two_sessions_in_one_room_are_locked_when_either_is_and_only_its_own_remain() -> None:
    other = opened(hall("other"))
    assert look(NINE, closed(opened(hall())), other).spec.door == "locked"


def test_whose_last_link_with_a_role_was_taken_back_may_not_be_in_as_that() -> None:
    def link(number: int, *roles: Role, revoked: bool = False) -> Link:
        times = {"expires_at": None, "used_at": None, "revoked_at": NINE if revoked else None}
        whose = {"meeting_id": None, "person_id": UUID(int=5), "label": "", "reusable": True}
        return Link(UUID(int=number), UUID(int=7), roles=frozenset(roles), created_at=NINE, **whose, **times)  # type: ignore[arg-type]

    lead, member = link(1, Role.CHAIR), link(2, Role.PARTICIPANT)
    person = str(UUID(int=5))
    assert ended_of([lead, member]) == frozenset()
    assert ended_of([link(1, Role.CHAIR, revoked=True), member]) == {(person, "host")}
    assert ended_of([lead, link(2, Role.PARTICIPANT, revoked=True)]) == {(person, "participant")}
    assert ended_of([link(1, Role.CHAIR, revoked=True), link(3, Role.SECRETARY), member]) == frozenset()
    spec = look(NINE, opened(hall()), ended={(person, "host")}).spec
    assert not spec.may_speak(person, "host")
    assert spec.may_be_in(person, "participant")


def test_a_room_that_was_left_behind_closed_doors_is_shut_and_kept_for_the_way_back() -> None:
    session, inner = closed(opened(hall())), Room(room_id=UUID(int=2), name="Inner", provider="embedded")
    session.says("use_room", room_id=inner.room_id)
    left = look(session.now, session)
    assert (left.phase, left.spec.door) == ("kept", "shut")
    assert look(session.now, session, room=inner).spec.door == "locked"
    beside = opened(hall("second"))
    assert look(session.now, session, beside).spec.door == "open", "another session is still there"
    session.says("open_doors", closing_id=named("c"))
    session.says("use_room", room_id=ROOM.room_id)
    assert look(session.now, session).spec.door == "open"


def test_a_room_that_was_left_stays_shut_until_the_time_of_the_next_session_in_it() -> None:
    session, hour = closed(opened(hall())), 60 * MINUTE
    session.says("use_room", room_id=UUID(int=2))
    later, earlier = hall("later", NINE + 4 * hour), hall("earlier", NINE - 4 * hour)
    earlier.now = NINE - 4 * hour
    earlier.says("open_session")
    earlier.now += hour
    earlier.says("adjourn_session")
    for others in ([later], [earlier], [earlier, later]):
        assert look(session.now + MINUTE, session, *others).spec.door == "shut"
    assert look(NINE + 4 * hour - 30 * MINUTE, session, later).spec.door == "open"


def test_nothing_is_recorded_behind_closed_doors_or_over_lunch() -> None:
    recorded = ROOM.model_copy(update={"recorded": True})
    one = opened(hall())
    assert look(NINE, one, room=recorded).spec.recorded
    assert not look(NINE, closed(one), room=recorded).spec.recorded
    assert not look(NINE, hall(), room=recorded.model_copy(update={"recorded": False})).spec.recorded


def test_observers_are_let_into_public_sessions_of_announced_meetings_alone() -> None:
    assert look(NINE, hall()).spec.observers
    assert not look(NINE, hall(), announced=False).spec.observers
    assert not look(NINE, hall(public=False)).spec.observers
    assert not look(NINE, hall(), hall("inner", public=False)).spec.observers


def test_in_a_room_used_for_more_observers_are_let_into_what_is_public_and_out_of_the_rest() -> None:
    first, inner = hall(), hall("inner", NINE + 60 * MINUTE, public=False)
    assert look(NINE - 20 * MINUTE, first, inner).spec.observers
    opened(first)
    assert look(NINE + 40 * MINUTE, first, inner).spec.observers, "the first goes on"
    assert not look(NINE + 40 * MINUTE, first, inner).audience.always
    first.says("adjourn_session")
    assert not look(NINE + 50 * MINUTE, first, inner).spec.observers, "who comes to the next is not overheard"


@pytest.mark.parametrize(
    ("plan", "room"),
    [({"body_id": named("council")}, {}), ({}, {"open_microphones": True}), ({}, {"social": True})],
)
def test_where_nobody_can_be_put_out_observers_come_only_where_they_may_stay(
    plan: dict[str, Any], room: dict[str, Any]
) -> None:
    found = look(NINE, hall(**plan), room=ROOM.model_copy(update=room)).audience
    assert (found.now, found.always) == (True, False)
    assert not found.held_by(TeamsRooms.can)
    assert found.held_by(LivekitRooms.can)
    assert look(NINE, hall()).audience.held_by(TeamsRooms.can)


def test_presenters_of_what_is_to_come_may_speak_unasked() -> None:
    people = {named("per"): Presenter(str(named("per")), "Per Haug")}
    one = hall(presenter_ids=[named("per")])
    assert [who.name for who in look(NINE, one, presenters=people).spec.presenters] == ["Per Haug"]
    opened(one).says("adjourn_session")
    assert look(NINE, one, presenters=people).spec.presenters == ()


def test_in_a_shared_room_presenters_speak_in_their_own_session() -> None:
    people = {named(name): Presenter(str(named(name)), name) for name in ("per", "liv")}
    first = hall(presenter_ids=[named("per")])
    second = hall("last", NINE + timedelta(hours=3), presenter_ids=[named("liv")])
    assert look(NINE, first, second, presenters=people).presenting == {str(named("per"))}
    opened(first)
    assert look(NINE, first, second, presenters=people).presenting == {str(named("per"))}
    first.says("adjourn_session")
    assert look(NINE, first, second, presenters=people).presenting == {str(named("liv"))}
