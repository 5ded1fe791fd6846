"""Planning a conference in forms, over a running service."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.domain.roles import Role
from orchestrator.store.records import Contact, Person
from orchestrator.web.dates import OSLO
from tests.web.client import Answer, Client, Web
from tests.web.pages.council import words

DAY = datetime(2030, 5, 7, tzinfo=OSLO)
PAGE = "/planlegg/dialog/program"
SESSION = {"title": "Oppvekst", "kind": "parallel", "date": "2030-05-07", "start": "10:15", "end": "11:30"}


@dataclass
class Planning:
    """A conference of two days with nobody and nothing in it yet, and the secretary's browser."""

    web: Web
    meeting_id: UUID
    secretary: Client

    async def room(
        self, name: str, provider: str = "embedded", by: Client | None = None, recorded: str = ""
    ) -> Answer:
        values = {"room_id": str(uuid4()), "name": name, "provider": provider, "lobby": "on"}
        fields = {"recorded": recorded} if recorded else {}
        return await (by or self.secretary).submit(f"{PAGE}/rom/ny", values | fields)

    async def session(self, **fields: str) -> Answer:
        return await self.secretary.submit(f"{PAGE}/sesjon/ny", SESSION | {"id": str(uuid4())} | fields)

    async def rooms(self) -> dict[str, Any]:
        state = (await self.web.machine().get(f"/api/v1/meetings/{self.meeting_id}")).json
        return {room["name"]: room for room in state["rooms"].values()}

    async def sessions(self) -> list[Any]:
        state = (await self.web.machine().get(f"/api/v1/meetings/{self.meeting_id}")).json
        return [
            (await self.web.machine().get(f"/api/v1/sessions/{id_}")).json for id_ in state["session_ids"]
        ]

    async def shown(self) -> str:
        return words((await self.secretary.get(PAGE)).text)


@pytest.fixture
async def planning(web_service: Web) -> Planning:
    meeting_id = uuid4()
    await web_service.town.says(
        meeting_id,
        "plan_meeting",
        kind="conference",
        slug="dialog",
        title="Dialogkonferanse",
        starts_at=DAY.replace(hour=9),
        ends_at=DAY.replace(hour=12) + timedelta(days=1),
    )
    return Planning(web_service, meeting_id, await web_service.logged_in(Role.SECRETARY))


async def test_a_conference_is_made_from_where_the_secretary_begins(web_service: Web) -> None:
    secretary = await web_service.logged_in(Role.SECRETARY)
    new = "/planlegg/ny/konferanse"
    for start in ("/planlegg", "/planlegg/ny"):
        assert f'href="{new}"' in (await secretary.get(start)).text
    id_, written = str(uuid4()), {"title": "Dialog", "date": "2030-05-07", "start": "09:00", "end": "12:00"}
    wrong = await secretary.submit(new, written | {"id": id_, "last": "2030-05-06"})
    assert wrong.status == 422
    assert 'id="f-last-error">Kan ikke være før den første dagen.' in wrong.text
    assert wrong.text.count("før den første dagen") == 2, "at its field, in the summary, and nowhere else"
    wrong = await secretary.submit(new, written | {"id": id_, "last": written["date"], "end": "08:00"})
    assert 'id="f-end-error">Må være senere enn begynnelsen.' in wrong.text
    wrong = await secretary.submit(new, written | {"id": id_, "title": ""})
    assert 'id="f-last-error">Må fylles ut.' in wrong.text
    assert 'id="f-title-error">Må fylles ut.' in wrong.text
    for _ in range(2):
        made = await secretary.submit(new, written | {"id": id_, "last": "2030-05-08", "place": "Rådhuset"})
        assert (made.status, made.headers["Location"]) == (303, "/planlegg/dialog-2030-05-07/program")
    session = SESSION | {"id": str(uuid4()), "date": "2030-05-08"}
    assert (await secretary.submit(f"{made.headers['Location']}/sesjon/ny", session)).status == 303
    state = (await web_service.machine().get(f"/api/v1/meetings/{id_}")).json
    assert (state["kind"], state["status"], state["place"]) == ("conference", "draft", "Rådhuset")
    assert datetime.fromisoformat(state["ends_at"]) == DAY.replace(day=8, hour=12)
    assert made.headers["Location"] in (await secretary.get("/planlegg")).text


async def test_from_its_day_those_who_may_plan_come_to_the_planning(planning: Planning) -> None:
    town = planning.web.town
    times = {"starts_at": town.node.clock.now(), "ends_at": town.node.clock.now() + timedelta(hours=1)}
    meeting_id = await town.plans_meeting("i-dag", kind="conference", body_id=None, **times)
    await town.plans_session(meeting_id, **times)
    for role, may_plan in ((Role.ADMINISTRATOR, True), (Role.IT_SUPPORT, False)):
        page = (await (await planning.web.logged_in(role)).get("/drift")).text
        assert ('href="/planlegg"' in page, 'href="/planlegg/ny/konferanse"' in page) == (may_plan, may_plan)
        assert 'href="/planlegg/i-dag/program"' in page, "IT plans its rooms"
    support = await planning.web.logged_in(Role.IT_SUPPORT)
    for answer in (
        await support.get("/planlegg/ny/konferanse"),
        await support.submit("/planlegg/ny/konferanse"),
    ):
        assert answer.status == 403


async def test_rooms_and_sessions_are_planned_changed_and_taken_away(planning: Planning) -> None:
    assert (await planning.room("Plenum", recorded="on")).status == 303
    (room,) = (await planning.rooms()).values()
    assert (room["provider"], room["lobby"], room["observers"], room["recorded"]) == (
        *("embedded", True, False, True),
    )
    kari, ola = planning.web.town.people[:2]
    given = {
        "room_id": room["room_id"],
        "chair_id": str(kari),
        f"member-{kari}": "on",
        f"presenter-{ola}": "on",
    }
    topics = "10.30 Skolestruktur | Kari Nordli, ola vik\n\nSpørsmål"
    assert (await planning.session(topics=topics, by_itself="on", **given)).status == 303
    (session,) = await planning.sessions()
    assert (session["title"], session["room_id"], session["by_itself"]) == ("Oppvekst", room["room_id"], True)
    assert datetime.fromisoformat(session["starts_at"]) == DAY.replace(hour=10, minute=15)
    assert (list(session["members"]), session["presenter_ids"]) == ([str(kari)], [str(ola)])
    first, last = session["topics"]
    assert (first["title"], first["presenter_ids"]) == ("Skolestruktur", [str(kari), str(ola)])
    assert datetime.fromisoformat(first["starts_at"]) == DAY.replace(hour=10, minute=30)
    assert (last["title"], last["starts_at"]) == ("Spørsmål", None)

    (own,) = session["items"].values()
    assert (own["title"], own["kind"]) == ("Oppvekst", "briefing_item"), "for it has somebody who presents"

    path = f"{PAGE}/sesjon/{session['session_id']}"
    form = unescape((await planning.secretary.get(path)).text)
    assert "10.30 Skolestruktur | Kari Nordli, Ola Vik" in form
    changed = SESSION | given | {"title": "Oppvekst og skole", "topics": topics}
    assert (await planning.secretary.submit(path, changed)).status == 303
    (after,) = await planning.sessions()
    assert (after["title"], after["by_itself"], after["rules"]) == (
        "Oppvekst og skole",
        False,
        session["rules"],
    )
    assert [item["title"] for item in after["items"].values()] == ["Oppvekst og skole"]

    removal = f"{PAGE}/rom/{room['room_id']}/fjern"
    await planning.secretary.submit(removal)
    assert "Rommet er i bruk" in await planning.shown()
    page = (await planning.secretary.get(PAGE)).text
    assert f'action="{path}/avlys"' in page.partition("<dialog")[2], "it is asked about first"
    assert (await planning.secretary.submit(f"{path}/avlys")).status == 303
    assert "Avlyst" in await planning.shown()
    await planning.secretary.submit(removal)
    assert not await planning.rooms()


async def test_what_clashes_is_said_in_words_and_planned(planning: Planning) -> None:
    await planning.room("Plenum")
    (room,) = (await planning.rooms()).values()
    eli = uuid4()
    here = planning.web.town.organisation_id
    await planning.web.town.node.directory.put_person(
        Person(id=eli, organisation_id=here, name="Eli Brekke", help_phone="90 00 00 01")
    )
    shared = {"room_id": room["room_id"], f"contact-{eli}": "on"}
    await planning.session(**shared)
    assert "overlapper" not in await planning.shown()
    assert (await planning.session(title="Teknisk", start="11:00", end="12:00", **shared)).status == 303
    assert (
        "«Oppvekst» og «Teknisk» overlapper tirsdag 7. mai 11:00 og deler "
        "rommet «Plenum», hjelpekontakten Eli Brekke." in await planning.shown()
    )


async def test_who_would_keep_a_room_in_teams_shut_is_said_until_their_address_is_known(
    planning: Planning,
) -> None:
    await planning.room("Salen", "teams")
    (room,) = (await planning.rooms()).values()
    town, kari = planning.web.town, planning.web.town.people[0]
    assert (await planning.session(room_id=room["room_id"], chair_id=str(kari))).status == 303
    assert (
        "Kari Nordli leder eller innleder «Oppvekst» og har ingen e-postadresse. "
        "Rommet «Salen» åpner ikke før den er lagt inn." in await planning.shown()
    )
    person = await town.node.directory.person(town.organisation_id, kari)
    assert person
    await town.node.directory.put_person(person, Contact(email="kari.nordli@fjellvik.example"))
    assert "e-postadresse" not in await planning.shown()


async def test_it_plans_rooms_and_the_office_the_programme(planning: Planning) -> None:
    for _ in range(2):  # sent twice, it is one
        await planning.session(id=str(UUID(int=5)))
    (session,) = await planning.sessions()
    support = await planning.web.logged_in(Role.IT_SUPPORT)
    page = await support.get(PAGE)
    assert page.status == 200
    assert f"{PAGE}/rom/ny" in page.text
    assert f"{PAGE}/sesjon/" not in page.text
    assert (await planning.room("Plenum", by=support)).status == 303
    for path in (f"{PAGE}/sesjon/ny", f"{PAGE}/sesjon/{session['session_id']}"):
        assert (await support.get(path)).status == 403
        assert (await support.submit(path, SESSION)).status == 403
    person = await planning.web.logged_in(Role.PARTICIPANT, person_id=planning.web.town.people[0])
    assert (await person.get(PAGE)).status == 403
    assert (await planning.web.browser().get(PAGE)).status == 401

    elsewhere = await planning.web.town.plans_session(await planning.web.town.plans_meeting())
    for path in (f"sesjon/{elsewhere}", f"sesjon/{uuid4()}", f"rom/{uuid4()}"):
        assert (await planning.secretary.get(f"{PAGE}/{path}")).status == 404
        assert (await planning.secretary.submit(f"{PAGE}/{path}", SESSION)).status == 404
    assert (await planning.secretary.submit(f"{PAGE}/sesjon/{elsewhere}/avlys")).status == 404


async def test_a_form_with_an_error_comes_back_with_what_was_written(planning: Planning) -> None:
    answer = await planning.session(end="10:00", topics="09.00 Skolestruktur", room_id=str(UUID(int=1)))
    text = unescape(answer.text)
    assert answer.status == 422
    assert 'id="f-end-error">Må være senere enn begynnelsen.' in text
    assert "09.00 Skolestruktur" in text
    answer = await planning.session(room_id=str(UUID(int=1)))
    assert 'id="f-room_id-error">Finnes ikke (lenger).' in answer.text
    answer = await planning.room("Fylkets rom", provider="link")
    assert answer.status == 422
    assert 'id="f-url-error">Et rom i et annet produkt må ha en adresse' in answer.text
    assert 'value="Fylkets rom"' in answer.text
    assert not await planning.sessions()
    assert not await planning.rooms()


async def test_a_conference_that_is_moved_takes_its_sessions_along_as_they_lie(planning: Planning) -> None:
    second = (DAY + timedelta(days=1)).date().isoformat()
    await planning.session(title="Oppvekst")
    await planning.session(title="Prioriteringer", date=second, start="09:00", end="10:00")
    before = (await planning.secretary.get("/planlegg/dialog")).text
    assert "tirsdag 7. mai kl. 09:00 – onsdag 8. mai 2030 kl. 12:00" in words(before)
    times = {"starts_at@local": "2030-11-05T10:00", "ends_at@local": "2030-11-06T13:00"}
    assert (await planning.secretary.submit("/planlegg/dialog/flytt", times)).status == 303
    moved = [datetime.fromisoformat(one["starts_at"]).astimezone(OSLO) for one in await planning.sessions()]
    assert [f"{one:%d.%m. %H:%M}" for one in moved] == ["05.11. 11:15", "06.11. 10:00"], "also in winter"


async def test_whoever_is_in_any_session_gets_a_link(planning: Planning) -> None:
    kari, ola = planning.web.town.people[:2]
    await planning.session(title="Åpning", start="09:00", end="10:00")
    assert 'value="everybody"' not in (await planning.secretary.get("/planlegg/dialog")).text
    await planning.session(title="Gruppe 1", **{f"member-{kari}": "on"})
    await planning.session(title="Gruppe 2", **{f"member-{ola}": "on"})
    page = (await planning.secretary.get("/planlegg/dialog")).text
    assert 'value="everybody"' in page
    assert f'<option value="{kari}">' in page
    assert f'<option value="{ola}">' in page


async def test_sessions_at_once_stand_by_their_names(planning: Planning) -> None:
    for title in ("Gruppe 3", "Gruppe 1", "Gruppe 4", "Gruppe 2"):
        await planning.session(title=title)
    page = await planning.shown()
    assert sorted(range(1, 5), key=lambda number: page.index(f"Gruppe {number}")) == [1, 2, 3, 4]
