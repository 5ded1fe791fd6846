"""The programme, its sessions' pages and its calendar files as they are answered over HTTP."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar

from orchestrator.store.records import Person
from orchestrator.store.rooms import RoomStanding
from orchestrator.web import dates
from tests.web.client import Answer, Client, Web
from tests.web.pages.council import words

SECRET = "https://moterom.example/hemmelig-lenke"


@dataclass
class Programme:
    """A conference in the town: an opening with a stream, a break, and a session in a room elsewhere."""

    web: Web
    slug: str
    now: datetime
    meeting_id: UUID
    rooms: dict[str, UUID]
    opening: UUID
    pause: UUID
    group: UUID

    @property
    def reader(self) -> Client:
        return self.web.browser()

    async def page(self, path: str = "") -> Answer:
        return await self.reader.get(f"/program/{self.slug}{path}")

    async def says(self, stream: UUID, type_: str, **fields: Any) -> None:
        await self.web.town.says(stream, type_, **fields)

    async def stands(self, name: str, state: Any = "open", door: Any = "open") -> None:
        """The room stands so."""
        here = self.web.town.organisation_id
        standing = RoomStanding(self.rooms[name], here, state, self.now, door=door, verified_at=self.now)
        await self.web.running.services.room_states.put(standing, {"join_url": SECRET})

    async def calendar(self, path: str, client: Client | None = None) -> Any:
        answer = await (client or self.reader).get(path)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert SECRET.encode() not in answer.body
        return Calendar.from_ical(answer.body)


@pytest.fixture
async def programme(web_service: Web) -> Programme:
    """It begins in five minutes."""
    town, now = web_service.town, web_service.running.services.clock.now().replace(microsecond=0)
    helper = Person(
        id=uuid4(), organisation_id=town.organisation_id, name="Eli Brekke", help_phone="900 00 001"
    )
    await town.node.directory.put_person(helper)
    start = now + timedelta(minutes=5)
    slug = "dialog"
    meeting_id = await town.plans_meeting(
        slug,
        title="Dialogkonferanse",
        kind="conference",
        place="Rådhuset",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
    )
    rooms = {"plenum": uuid4(), "elsewhere": uuid4()}
    plenum = {"room_id": rooms["plenum"], "name": "Plenumssalen", "provider": "embedded"}
    elsewhere = {"room_id": rooms["elsewhere"], "name": "Rom 2", "provider": "link", "url": SECRET}
    for room in (plenum, elsewhere):
        await town.says(meeting_id, "plan_room", room=room)

    async def plans(title: str, hour: int, **more: Any) -> UUID:
        times = {"starts_at": start + timedelta(hours=hour), "ends_at": start + timedelta(hours=hour + 1)}
        return await town.plans_session(meeting_id, title=title, members=[], **(times | more))

    opening = await plans(
        "Innledning",
        0,
        room_id=rooms["plenum"],
        topics=[{"title": "Velkommen", "presenter_ids": [town.people[0]]}],
        contact_ids=[helper.id],
    )
    pause = await plans("Pause", 1, kind="break", source_id=None)
    group = await plans(
        "Gruppearbeid", 2, kind="breakout", room_id=rooms["elsewhere"], source_id=None, public=True
    )
    return Programme(web_service, slug, now, meeting_id, rooms, opening, pause, group)


async def test_everybody_gets_the_same_page_for_a_few_seconds(programme: Programme) -> None:
    answer = await programme.page()
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=2, must-revalidate"
    shown = words(answer.text)
    assert "Starter om 4 minutter" in shown.replace("\xa0", " ")
    assert "Velkommen ved Kari Nordli" in shown
    assert 'href="tel:+4790000001"' in answer.text
    assert "Set-Cookie" not in answer.headers


async def test_the_way_in_is_shown_once_the_room_is_open_and_never_its_secret_address(
    programme: Programme,
) -> None:
    way_in = f"/mote/dialog/rom/{programme.rooms['plenum']}"
    assert way_in not in (await programme.page()).text
    await programme.stands("plenum", "verified", "shut")
    assert way_in not in (await programme.page()).text
    await programme.stands("plenum")
    await programme.stands("elsewhere")
    page = (await programme.page()).text
    assert way_in in page
    assert "Gå inn i møterommet for Innledning" in words(page)
    assert SECRET not in page


async def test_a_conference_is_found_at_its_programme_from_everywhere(programme: Programme) -> None:
    for path in ("/mote/dialog", "/mote/dialog/protokoll", "/mote/dialog/talerliste"):
        moved = await programme.reader.get(path)
        assert (moved.status, moved.headers["Location"]) == (302, "/program/dialog")
    for path in ("/", "/moter"):
        assert 'href="/program/dialog"' in (await programme.reader.get(path)).text


async def test_a_council_meeting_is_found_at_its_own_address(web_service: Web) -> None:
    await web_service.town.plans_meeting()
    answer = await web_service.browser().get("/program/kommunestyret")
    assert (answer.status, answer.headers["Location"]) == (302, "/mote/kommunestyret")
    assert (await web_service.browser().get("/program/kommunestyret.ics")).status == 404


@pytest.mark.parametrize("path", ["", ".ics", "/2026-05-05.ics"])
async def test_a_draft_an_internal_and_an_unknown_conference_are_not_there(
    web_service: Web, path: str
) -> None:
    town, now = web_service.town, web_service.running.services.clock.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    await town.says(uuid4(), "plan_meeting", slug="utkast", kind="conference", title="Utkast", **times)
    await town.plans_meeting("intern", kind="conference", internal=True)
    for slug in ("utkast", "intern", "finnes-ikke"):
        assert (await web_service.browser().get(f"/program/{slug}{path}")).status == 404


async def test_another_municipality_has_no_such_conference(programme: Programme) -> None:
    other = programme.web.browser(1)
    for path in ("", ".ics", f"/sesjon/{programme.opening}", f"/sesjon/{programme.opening}.ics"):
        assert (await other.get(f"/program/dialog{path}")).status == 404


async def test_a_session_has_a_page_of_its_own_for_its_stream_and_recording(programme: Programme) -> None:
    path = f"/sesjon/{programme.opening}"
    before = (await programme.page(path)).text
    assert "<h1" in before
    assert "Del av Dialogkonferanse" in words(before)
    await programme.says(programme.opening, "open_session")
    page = (await programme.page()).text
    assert f'href="/program/dialog{path}"' in page
    assert "Se direktesendingen av Innledning" in words(page)
    front = words((await programme.reader.get("/")).text)
    assert "Dialogkonferanse: Innledning" in front
    await programme.says(programme.opening, "adjourn_session")
    assert "Se opptaket av Innledning" in words((await programme.page()).text)
    assert (await programme.page(f"{path}/protokoll")).status == 200
    assert (await programme.page(f"{path}/talerliste")).status == 200


async def test_on_the_front_page_a_conference_goes_on_between_its_sessions_and_lunch_is_no_broadcast(
    programme: Programme,
) -> None:
    town, now = programme.web.town, programme.now
    times: dict[str, Any] = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=6)}
    held = await town.plans_meeting("fagdag", title="Fagdag", kind="conference", **times)
    later: dict[str, Any] = {"starts_at": now + timedelta(hours=4), "ends_at": now + timedelta(hours=5)}
    await town.plans_session(held, title="Avslutning", **later)
    assert "Fagdag Pågår" in words((await programme.reader.get("/")).text)
    lunch = await town.plans_session(held, title="Lunsjprat", kind="social", source_id=None)
    await town.says(lunch, "open_session")
    assert "Direktesendinger" not in words((await programme.reader.get("/")).text)


async def test_only_what_is_broadcast_is_called_live_on_the_front_page_and_in_the_calendar(
    programme: Programme,
) -> None:
    await programme.says(programme.group, "open_session")
    front, calendar = [words((await programme.reader.get(path)).text) for path in ("/", "/moter")]
    assert "Pågår nå, uten direktesending Dialogkonferanse: Gruppearbeid Pågår" in front
    assert "Dialogkonferanse" in calendar
    assert "DIREKTE" not in front + calendar
    await programme.says(programme.opening, "open_session")
    front, calendar = [words((await programme.reader.get(path)).text) for path in ("/", "/moter")]
    assert "Direktesendinger Dialogkonferanse: Innledning DIREKTE" in front
    assert "uten direktesending Dialogkonferanse: Gruppearbeid Pågår" in front
    assert "DIREKTE" in calendar


async def test_breaks_and_sessions_of_others_have_no_page(programme: Programme, web_service: Web) -> None:
    council = await web_service.town.plans_session(await web_service.town.plans_meeting())
    closed = await web_service.town.plans_session(programme.meeting_id, title="Internt", public=False)
    for id_ in (programme.pause, council, closed, uuid4(), "tull"):
        assert (await programme.page(f"/sesjon/{id_}")).status == 404
    for id_ in (council, closed, uuid4(), "tull"):
        assert (await programme.page(f"/sesjon/{id_}.ics")).status == 404
    assert "Internt" not in (await programme.page()).text


async def test_the_whole_programme_is_a_calendar_without_breaks_unless_wanted(programme: Programme) -> None:
    calendar = await programme.calendar("/program/dialog.ics")
    assert [str(event["summary"]) for event in calendar.events] == ["Innledning", "Gruppearbeid"]
    with_breaks = await programme.calendar("/program/dialog.ics?pauser")
    assert len(with_breaks.events) == 3
    event = calendar.events[0]
    assert str(event["uid"]) == str(programme.opening)
    assert event.start == programme.now + timedelta(minutes=5)
    assert str(event["url"]) == f"http://fjellvik.example/program/dialog#sesjon-{programme.opening}"
    assert str(event["location"]) == "Plenumssalen"
    description = str(event["description"])
    assert "– Velkommen (Kari Nordli)" in description
    assert "Hjelp: Eli Brekke 900 00 001" in description


async def test_a_day_holds_what_begins_on_it_and_another_day_nothing(programme: Programme) -> None:
    begin = dates.local(programme.now + timedelta(minutes=5)).date()
    calendar = await programme.calendar(f"/program/dialog/{begin}.ics")
    assert str(programme.opening) in {str(event["uid"]) for event in calendar.events}
    empty = await programme.calendar(f"/program/dialog/{begin + timedelta(days=40)}.ics")
    assert empty.events == []
    assert (await programme.page("/i-morgen.ics")).status == 404


async def test_a_session_that_is_moved_or_cancelled_changes_in_the_calendar_that_has_it(
    programme: Programme,
) -> None:
    path = f"/program/dialog/sesjon/{programme.group}.ics"
    (first,) = (await programme.calendar(path)).events
    start = programme.now + timedelta(hours=4)
    await programme.says(programme.group, "move_session", starts_at=start, ends_at=start + timedelta(hours=1))
    (moved,) = (await programme.calendar(path)).events
    await programme.says(programme.group, "cancel_session")
    (gone,) = (await programme.calendar(path)).events
    assert first["uid"] == moved["uid"] == gone["uid"]
    assert moved.start == start
    assert first["sequence"] <= moved["sequence"] <= gone["sequence"]
    assert [str(event["status"]) for event in (first, moved, gone)] == ["CONFIRMED"] * 2 + ["CANCELLED"]


async def test_the_municipalitys_meetings_can_be_subscribed_to(programme: Programme) -> None:
    town = programme.web.town
    council = await town.plans_meeting()
    gone = await town.plans_meeting("eldreradet", title="Eldrerådet")
    await town.says(gone, "cancel_meeting", note="For få saker.")
    await town.plans_meeting("internt", title="Internt", internal=True)
    calendar = await programme.calendar("/moter.ics")
    events = {UUID(str(event["uid"])): event for event in calendar.events}
    assert events.keys() == {programme.meeting_id, council, gone}
    assert str(events[council]["url"]) == "http://fjellvik.example/mote/kommunestyret"
    assert str(events[programme.meeting_id]["url"]) == "http://fjellvik.example/program/dialog"
    assert str(events[gone]["status"]) == "CANCELLED"
    assert events[gone]["sequence"] > events[council]["sequence"]
    assert (await programme.calendar("/moter.ics", programme.web.browser(1))).events == []
    assert 'href="webcal://fjellvik.example/moter.ics"' in (await programme.reader.get("/moter")).text


async def test_the_programme_is_in_the_readers_language(programme: Programme) -> None:
    assert "How to follow as an observer" in words((await programme.page("?lang=en")).text)
    calendar = (await programme.page(".ics?lang=nn")).text
    assert "Gå inn frå programmet" in calendar.replace("\r\n ", "")
