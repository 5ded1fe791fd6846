from datetime import datetime
from uuid import UUID

import pytest

from orchestrator.domain.planning import PlanSession
from orchestrator.domain.room_planning import ChangeRoom
from orchestrator.domain.rooms import Room
from orchestrator.domain.state import Member, Rights
from orchestrator.store.records import Person
from orchestrator.web.dates import OSLO
from orchestrator.web.pages.programme_form import Written, read_room, read_session
from tests.domain.hall import named
from tests.web.pages.conference import FJELLVIK, PEOPLE, planned

SESSION = {"title": "Oppvekst", "kind": "parallel", "date": "2026-05-05", "start": "10:15", "end": "11:30"}
EVERYBODY = [Person(id=named(key), organisation_id=FJELLVIK, name=name) for key, (name, *_) in PEOPLE.items()]


def read(fields: dict[str, str], *, members: dict[UUID, Member] | None = None, recorded: str = "") -> Written:
    held = planned()
    if recorded:
        room = held.meeting.rooms[named(recorded)].model_copy(update={"recorded": True})
        held.says("change_room", room=room.model_dump())
    return read_session(
        SESSION | fields,
        {"type": "plan_session"},
        held.meeting,
        EVERYBODY,
        members=members or {},
        language="nb",
    )


def test_what_is_written_becomes_a_command() -> None:
    topics = "10.30 Skolestruktur | Marit Solbakk, jon elvestad\n\nDialog"
    written = read({"topics": topics, "room_id": str(named("plenum"))})
    command = written.command
    assert isinstance(command, PlanSession)
    assert (command.starts_at, command.room_id) == (
        datetime(2026, 5, 5, 10, 15, tzinfo=OSLO),
        named("plenum"),
    )
    first, last = command.topics
    assert (first.title, first.presenter_ids) == ("Skolestruktur", (named("marit"), named("jon")))
    assert first.starts_at == datetime(2026, 5, 5, 10, 30, tzinfo=OSLO)
    assert (last.title, last.starts_at, last.presenter_ids) == ("Dialog", None, ())


def test_who_is_in_another_session_keeps_the_rights_they_have_there() -> None:
    known = Member(person_id=named("jon"), rights=Rights(vote=False))
    both = {f"member-{named(key)}": "on" for key in ("marit", "jon")}
    command = read(both, members={named("jon"): known}).command
    assert isinstance(command, PlanSession)
    assert {one.person_id: one.rights.vote for one in command.members} == {
        named("marit"): True,
        named("jon"): False,
    }


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"title": " "}, "title", "Må fylles ut."),
        ({"kind": "fest"}, "kind", "Velg ett av alternativene."),
        ({"date": "2026-05-07"}, "date", "Må være en av dagene som møtet varer."),
        ({"date": ""}, "date", "Må fylles ut."),
        ({"start": "ti"}, "start", "Må være et klokkeslett, for eksempel 09.15."),
        ({"end": "10:00"}, "end", "Må være senere enn begynnelsen."),
        ({"topics": "09.00 For tidlig"}, "topics", "Hvert tema må begynne mens sesjonen varer."),
        ({"topics": "10.75 Feil"}, "topics", "Må være et klokkeslett, for eksempel 09.15."),
        (
            {"topics": "Tema | Ingen Kjent"},
            "topics",
            "Ingen i listen heter dette. Skriv navnet slik det står der.",
        ),
        ({"topics": "10.30"}, "topics", "Må fylles ut."),
        ({"room_id": "plenum"}, "room_id", "Velg ett av alternativene."),
        (
            {"kind": "break", "room_id": str(named("plenum"))},
            "room_id",
            "En pause har ikke noe rom. Velg typen Uformelt for en pause med rom.",
        ),
        (
            {"kind": "social", "source_id": str(named("source"))},
            "source_id",
            "Pauser og uformelle sesjoner sendes aldri.",
        ),
    ],
)
def test_what_is_wrong_with_a_session_is_said_of_its_field(
    fields: dict[str, str], field: str, said: str
) -> None:
    written = read(fields)
    assert written.command is None
    assert written.errors == {field: said}


def test_a_social_session_is_not_put_where_all_is_recorded() -> None:
    written = read({"kind": "social", "room_id": str(named("plenum"))}, recorded="plenum")
    assert written.errors == {"room_id": "Rommet tas opp. En uformell sesjon tas aldri opp."}


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": ""}, "name", "Må fylles ut."),
        ({"provider": "link"}, "url", "Et rom i et annet produkt må ha en adresse, og bare et slikt rom."),
        ({"provider": "link", "url": "http://rom.example"}, "url", "Må begynne med https://."),
        ({"social": "on", "recorded": "on"}, "social", "Et uformelt rom tas aldri opp og sendes aldri."),
    ],
)
def test_what_is_wrong_with_a_room_is_said_of_its_field(
    fields: dict[str, str], field: str, said: str
) -> None:
    written = read_room({"name": "Plenum", "provider": "embedded"} | fields, None, UUID(int=1), "nb")
    assert written.errors == {field: said}


def test_a_planned_room_stays_in_its_product() -> None:
    known = Room(room_id=UUID(int=1), name="Plenum", provider="embedded")
    written = read_room({"name": "Salen", "provider": "livekit"}, known, known.room_id, "nb")
    assert written.command == ChangeRoom(
        room=known.model_copy(update={"name": "Salen", "lobby": False, "observers": False})
    )
