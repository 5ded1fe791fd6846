"""Planning a meeting in a form: all errors at once, each at its field."""

import itertools
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.approval import MarkItem
from orchestrator.domain.meeting import PlanMeeting
from orchestrator.domain.planning import AddItem, PlanSession
from orchestrator.domain.rules import DebateRules
from orchestrator.store.records import Body, Person
from orchestrator.web.dates import OSLO
from orchestrator.web.pages.plan_form import ROWS, first_values, read, rows
from tests.domain.hall import named, planned

HERE = uuid4()
BODY = Body(id=uuid4(), organisation_id=HERE, name="Kommunestyret", slug="kommunestyret")
PEOPLE = [
    Person(id=named(name), organisation_id=HERE, name=name.title(), group_short="SP")
    for name in ("kari", "ola")
]


def form(**written: str) -> dict[str, str]:
    values = first_values(UUID(int=7), PEOPLE, None)
    return values | {"title": "Kommunestyret", "date": "2026-05-05"} | written


def test_a_form_becomes_a_meeting_a_session_and_its_items() -> None:
    written = read(
        form(
            **{
                "item-0-title": "Godkjenning av saksliste",
                "item-2-case_number": "47/26",
                "item-2-title": "Reguleringsplan",
                "item-2-papers": "Saksframlegg https://example.org/a.pdf",
                f"right-{named('ola')}": "speak",
                f"seat-{named('kari')}": "4",
            }
        ),
        PEOPLE,
        BODY,
        "nb",
    )
    assert written.errors == {}
    meeting, session, *items = [step.command for step in written.steps]
    assert isinstance(meeting, PlanMeeting)
    assert isinstance(session, PlanSession)
    assert meeting.slug == "kommunestyret-2026-05-05"
    assert meeting.starts_at == datetime(2026, 5, 5, 18, tzinfo=OSLO)
    assert [(one.seat, one.rights.vote, one.rights.speak) for one in session.members] == [
        (4, True, True),
        (None, False, True),
    ]
    assert [item.title for item in items if isinstance(item, AddItem)] == [
        "Godkjenning av saksliste",
        "Reguleringsplan",
    ]


def test_the_same_form_sent_twice_is_the_same_meeting() -> None:
    first, second = (read(form(), PEOPLE, BODY, "nb").steps for _ in range(2))
    assert [step.id for step in first] == [step.id for step in second]


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ({"title": " "}, {"title"}),
        ({"date": ""}, {"date"}),
        ({"date": "5. mai"}, {"date"}),
        ({"start": "", "end": "x"}, {"start", "end"}),
        ({"end": "17:00"}, {"end"}),
        ({"speech_seconds": "mange"}, {"speech_seconds"}),
        ({f"seat-{named('kari')}": "1000"}, {f"seat-{named('kari')}"}),
        ({f"list-{named('kari')}": "en"}, {f"list-{named('kari')}"}),
        ({f"list-{named('kari')}": "1", f"list-{named('ola')}": "01"}, {f"list-{named('ola')}"}),
        ({"item-3-case_number": "47/26"}, {"item-3-title"}),
        ({"item-1-title": "Personalsak", "item-1-restricted": "on"}, {"item-1-public_title"}),
        ({"title": "", "date": "", "item-0-case_number": "1/26"}, {"title", "date", "item-0-title"}),
        ({"id": "x"}, {"id"}),
    ],
)
def test_every_error_is_at_its_own_field(written: dict[str, str], fields: set[str]) -> None:
    found = read(form(**written), PEOPLE, BODY, "nb").errors
    assert set(found) == fields
    assert all(message.endswith(".") for message in found.values())


def test_an_internal_meeting_has_no_public_session() -> None:
    steps = read(form(internal="on"), PEOPLE, BODY, "nb").steps
    assert isinstance(steps[1].command, PlanSession)
    assert not steps[1].command.public


def test_who_met_last_time_meets_again() -> None:
    state = planned().state
    values = first_values(UUID(int=7), [*PEOPLE, Person(id=uuid4(), organisation_id=HERE, name="Ny")], state)
    assert values[f"right-{named('kari')}"] == "member"
    assert values["chair_id"] == str(named("anne"))
    assert list(values.values())[-3] == ""  # somebody who was not there then


def test_the_lists_of_substitutes_stand_from_meeting_to_meeting() -> None:
    members = [
        {"person_id": named("kari"), "group": "SP", "list_order": 2},
        {"person_id": named("ola"), "group": "SP", "substitutes_for": named("anne")},
        {"person_id": named("anne"), "group": "SP"},
    ]
    values = first_values(UUID(int=7), PEOPLE, planned(members=members).state)
    again = read(values | {"title": "Møte", "date": "2026-05-05"}, PEOPLE, BODY, "nb").steps[1].command
    assert isinstance(again, PlanSession)
    assert [(one.person_id, one.list_order) for one in again.members] == [(named("kari"), 2)]


def test_a_place_on_a_list_needs_a_group() -> None:
    people = [one.model_copy(update={"group_short": ""}) for one in PEOPLE]
    field = f"list-{named('kari')}"
    assert set(read(form(**{field: "1"}), people, BODY, "nb").errors) == {field}


def test_what_the_notice_did_not_announce_is_marked() -> None:
    ticked = {"item-0-title": "Skolebruk", "item-0-unlisted": "on", "item-1-title": "Veier"}
    ticked["item-1-archive_number"] = "24/318"
    written = read(form(**ticked), PEOPLE, BODY, "nb")
    marks = [step.command for step in written.steps if isinstance(step.command, MarkItem)]
    assert [(mark.unlisted, mark.late_papers) for mark in marks] == [(True, False)]
    added = [step.command for step in written.steps if isinstance(step.command, AddItem)]
    assert [item.archive_number for item in added] == [None, "24/318"]
    assert marks[0].item_id == added[0].item_id


@pytest.mark.parametrize(("written", "number"), [("", ROWS), ("12", 12), ("9999", ROWS), ("99", 60)])
def test_there_are_never_too_many_lines(written: str, number: int) -> None:
    assert rows({"rows": written}) == number


def test_a_meeting_gets_a_copy_of_its_bodys_rules_and_what_the_form_says_of_them() -> None:
    body = BODY.model_copy(update={"rules": DebateRules(speech_seconds=300, rejoinder="after_each")})
    values = first_values(UUID(int=7), PEOPLE, None, body)
    assert values["speech_seconds"] == "300"
    named_rules = values | {"title": "Kommunestyret", "date": "2026-05-05", "reply_seconds": "30"}
    session = read(named_rules, PEOPLE, body, "nb").steps[1].command
    assert isinstance(session, PlanSession)
    assert session.rules == DebateRules(speech_seconds=300, rejoinder="after_each", reply_seconds=30)


def test_the_rules_that_were_chosen_by_name_go_before_the_numbers() -> None:
    written = read(form(rules="Budsjettdebatt med gruppetid", speech_seconds="77"), PEOPLE, BODY, "nb")
    session = written.steps[1].command
    assert isinstance(session, PlanSession)
    assert session.rules is not None
    assert (session.rules.name, session.rules.speech_seconds) == ("Budsjettdebatt med gruppetid", 600)


def test_any_rights_of_last_time_can_be_given_again() -> None:
    for vote, speak, propose in itertools.product((True, False), repeat=3):
        rights = {"vote": vote, "speak": speak, "propose": propose}
        last = planned(members=[{"person_id": named("kari"), "rights": rights}]).state
        values = first_values(UUID(int=7), PEOPLE, last) | {"title": "Møte", "date": "2026-05-05"}
        again = read(values, PEOPLE, BODY, "nb").steps[1].command
        assert isinstance(again, PlanSession)
        given = {one.person_id: one.rights for one in again.members}[named("kari")]
        assert (given.vote, given.speak, given.propose) == (vote, speak, propose)
