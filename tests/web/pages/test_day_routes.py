"""IT's day over a running service: what is shown, tried again, decided, acknowledged and printed."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from orchestrator.alert_facts import AlertFacts
from orchestrator.alerts import urgent
from orchestrator.domain.roles import Role
from orchestrator.rooms.provider import Guest, RoomProvider, RoomTrouble
from orchestrator.store.alerts import Urgent
from orchestrator.store.records import Person
from orchestrator.web.dates import local, long_date
from tests.rooms.memory import MemoryRooms
from tests.web.client import Client, Web
from tests.web.pages.council import words

JSON = {"Accept": "application/json"}


@dataclass
class Conference:
    """A conference soon, with a room that fails until it is told not to."""

    web: Web
    product: MemoryRooms
    room_id: UUID
    start: datetime
    it: Client

    async def settled(self) -> None:
        self.web.running.services.rooms.want(self.room_id)
        await self.web.running.services.rooms.settled()

    async def standing(self) -> tuple[str, str | None]:
        standing = await self.web.running.services.room_states.standing(self.room_id)
        assert standing
        return standing.state, standing.trouble

    async def page(self, path: str = "/drift") -> str:
        answer = await self.it.get(path)
        assert answer.status == 200, answer.text
        return words(answer.text)

    @property
    def day(self) -> str:
        return local(self.start).date().isoformat()


async def conference(web: Web, *, ahead: timedelta = timedelta(hours=1)) -> Conference:
    """In the place of LiveKit a product that refuses the first ten calls."""
    product, town, services = MemoryRooms(), web.town, web.running.services
    product.troubles = [RoomTrouble("refused", "403", lasting=True)] * 10

    async def reach(_: UUID) -> RoomProvider:
        return product

    services.rooms._providers._makers["livekit"] = reach  # type: ignore[attr-defined]
    start = services.clock.now() + ahead
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=1)}
    here = town.organisation_id
    helper = Person(id=uuid4(), organisation_id=here, name="Ida Berg", help_phone="22 00 00 42")
    await services.directory.put_person(helper)
    meeting_id = await town.plans_meeting("dialog", kind="conference", title="Dialog", body_id=None, **times)
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit"}
    await town.says(meeting_id, "plan_room", room=room)
    await town.plans_session(
        meeting_id, title="Vann og avløp", room_id=room_id, contact_ids=[helper.id], members=[], **times
    )
    made = Conference(web, product, room_id, start, await web.logged_in(Role.IT_SUPPORT))
    await made.settled()
    return made


@pytest.fixture
async def soon(web_service: Web) -> Conference:
    return await conference(web_service)


async def test_the_day_says_what_is_wrong_and_a_press_of_a_button_mends_it(soon: Conference) -> None:
    path = f"/drift?dag={soon.day}"
    page = await soon.page(path)
    assert "Rommet «Plenum»: leverandøren sier nei. Sjekk at tilgangen" in page
    assert "Vann og avløp" in page
    assert "Hjelp: Ida Berg 22 00 00 42" in page
    soon.product.troubles = []
    await soon.settled()
    assert await soon.standing() == ("failed", "refused"), "it waits for its time"
    answer = await soon.it.submit(f"/drift/rom/{soon.room_id}/igjen?dag={soon.day}")
    assert (answer.status, answer.headers["Location"]) == (303, path)
    await soon.web.running.services.rooms.settled()
    assert await soon.standing() == ("verified", None)
    page = await soon.page(path)
    assert "leverandøren sier nei" not in page
    assert "Bekreftet" in page
    assert "secret" not in page, "no way in stands on the page"


async def test_a_recording_that_is_to_go_is_seen_on_its_day_and_deleted_for_good_at_a_word(
    web_service: Web,
) -> None:
    town, services = web_service.town, web_service.running.services
    organisation = await town.node.directory.organisation(town.organisation_id)
    assert organisation
    await town.node.directory.put_organisation(organisation.model_copy(update={"recording_days": 30}))
    now = services.clock.now()
    session_id = await town.plans_session(await town.plans_meeting(), starts_at=now)
    await town.says(session_id, "open_session")
    await town.says(session_id, "adjourn_session")
    it = await web_service.logged_in(Role.IT_SUPPORT)
    day = str(local(now + timedelta(days=30)).date())
    page = (await it.get(f"/drift?dag={day}")).text
    assert f"Opptaket slettes Kommunestyret, {long_date(now, 'nb')}" in words(page)
    assert "Slett for godt nå" in page
    form = {"target": str(session_id), "kind": "delete_recording", "day": day, "decision": "now"}
    assert (await it.submit("/drift/dette-skjer", form)).status == 303
    async with asyncio.timeout(10):
        while "<video" in (await web_service.browser().get("/mote/kommunestyret")).text:
            await asyncio.sleep(0.05)


async def test_who_is_in_is_shown_and_asked_for_at_most_now_and_then(soon: Conference) -> None:
    soon.product.troubles = []
    services = soon.web.running.services
    await soon.it.submit(
        "/drift/dette-skjer",
        {"target": str(soon.room_id), "kind": "open_lobby", "day": soon.day, "decision": "now"},
    )
    await soon.it.submit(f"/drift/rom/{soon.room_id}/igjen")
    await services.rooms.settled()
    assert await soon.standing() == ("open", None)
    here, path = soon.web.town.organisation_id, f"/drift?dag={soon.day}"
    await services.rooms.join(here, soon.room_id, Guest("1", "Ola Vik", "participant"))
    assert "1 inne" in await soon.page(path)
    await services.rooms.join(here, soon.room_id, Guest("2", "Siri Moen", "participant"))
    assert "1 inne" in await soon.page(path), "the product is not asked again so soon"


async def test_it_decides_when_something_happens_and_takes_it_back(soon: Conference) -> None:
    form = {"target": str(soon.room_id), "kind": "close_room", "day": soon.day}
    path = f"/drift?dag={soon.day}"
    later = local(soon.start + timedelta(minutes=30))
    if later.date().isoformat() == soon.day:
        await soon.it.submit("/drift/dette-skjer", form | {"decision": "later", "at": f"{later:%H:%M}"})
        assert f"{later:%H:%M} Rommet stenges Plenum Tiden er satt av IT." in await soon.page(path)
    await soon.it.submit("/drift/dette-skjer", form | {"decision": "never"})
    assert "IT har bestemt at dette ikke gjøres." in await soon.page(path)
    await soon.it.submit("/drift/dette-skjer", form | {"decision": "as_planned"})
    page = await soon.page(path)
    assert "IT har bestemt" not in page
    assert "Tiden er satt av IT" not in page


async def test_a_room_is_not_said_to_be_closed_while_a_session_keeps_it_open(soon: Conference) -> None:
    (row,) = await soon.web.running.services.views.sessions_in(soon.room_id)
    await soon.web.town.says(row.session_id, "open_session")
    form = {"target": str(soon.room_id), "kind": "close_room", "day": soon.day, "decision": "now"}
    answer = await soon.it.submit("/drift/dette-skjer", form, headers=JSON)
    assert (answer.status, "Hev den først" in answer.text) == (422, True)
    assert not await soon.web.running.services.marks.of([soon.room_id])
    await soon.web.town.says(row.session_id, "adjourn_session")
    assert (await soon.it.submit("/drift/dette-skjer", form, headers=JSON)).status == 200


async def test_what_cannot_be_decided_is_refused_in_words(soon: Conference) -> None:
    wrongs: list[dict[str, str]] = [
        {"decision": "later", "at": "25:00"},
        {"decision": "later", "at": "12:00", "day": "2020-01-01"},
        {"decision": "tomorrow"},
        {"day": "i dag"},
        {"target": "ingen"},
        {"kind": "delete_room"},
    ]
    right = {"target": str(soon.room_id), "kind": "open_lobby", "day": soon.day, "decision": "now"}
    for wrong in wrongs:
        answer = await soon.it.submit("/drift/dette-skjer", right | wrong, headers=JSON)
        assert answer.status == 422, wrong
        assert answer.json["errors"][0]["field"] == "at"
    for gone in ({"kind": "something_else"}, {"decision": "as_planned"}):
        assert (await soon.it.submit("/drift/dette-skjer", right | gone, headers=JSON)).status == 404
    assert not await soon.web.running.services.marks.of([soon.room_id])
    await soon.it.submit("/drift/dette-skjer", right | {"kind": "delete_room"})
    assert "Rommet må være stengt før det slettes." in await soon.page()


async def test_nobody_else_decides_and_another_municipality_finds_nothing(soon: Conference) -> None:
    form = {"target": str(soon.room_id), "kind": "open_lobby", "day": soon.day, "decision": "now"}
    paths = {"/drift/dette-skjer": form, f"/drift/rom/{soon.room_id}/igjen": {}}
    chair = await soon.web.logged_in(Role.CHAIR)
    other = await soon.web.logged_in(Role.IT_SUPPORT, which=1)
    for path, sent in paths.items():
        assert (await chair.submit(path, sent, headers=JSON)).status == 403
        assert (await other.submit(path, sent, headers=JSON)).status == 404
    assert (await chair.get(f"/drift/dag/{soon.day}/utskrift", headers=JSON)).status == 403
    assert not await soon.web.running.services.marks.of([soon.room_id])


async def test_an_alert_comes_first_until_somebody_acknowledges_it(soon: Conference) -> None:
    services, here = soon.web.running.services, soon.web.town.organisation_id
    now = services.clock.now()
    await services.alerts.open(Urgent(here, "room_not_ready", soon.room_id, "Plenum", "refused"), now)
    (alert,) = await services.alerts.opened(here)
    text = (await soon.it.get("/drift")).text
    assert 'data-urgent="1"' in text
    assert "Haster: Rommet «Plenum» er ikke klart" in words(text)
    other = await soon.web.logged_in(Role.IT_SUPPORT, which=1)
    path = f"/drift/varsler/{alert.id}/kvitter"
    assert (await other.submit(path, headers=JSON)).status == 404
    ola = await soon.web.logged_in(Role.IT_SUPPORT, person_id=soon.web.town.people[1])
    assert (await ola.submit(path, headers=JSON)).status == 200
    text = (await soon.it.get("/drift")).text
    assert 'data-urgent="0"' in text
    assert "Kvittert ut av Ola Vik kl." in words(text)


async def test_what_comes_next_stands_first_and_the_rest_of_a_long_day_is_folded(soon: Conference) -> None:
    times = {"starts_at": soon.start, "ends_at": soon.start + timedelta(minutes=1)}
    town = soon.web.town
    (meeting,) = await town.node.views.upcoming(town.organisation_id, soon.start)
    for number in range(4):
        await town.plans_session(meeting.meeting_id, title=f"Gruppe {number}", source_id=None, **times)
    next_, _, later = (await soon.it.get(f"/drift?dag={soon.day}")).text.partition('<details id="due-later">')
    shown = next_[next_.index('<ol class="due">') :].count('class="due__line"')
    rest = later[: later.index("</section>")].count('class="due__line"')
    assert shown == 8
    assert f"{rest} ting senere" in words(later)


async def test_the_day_on_paper_has_times_rooms_and_contacts_and_no_way_in(soon: Conference) -> None:
    page = await soon.page(f"/drift/dag/{soon.day}/utskrift")
    for expected in ("Vann og avløp", "Plenum", "Ida Berg, 22 00 00 42", "Rommet åpnes", "Kommunestyresalen"):
        assert expected in page
    assert (await soon.it.get("/drift/dag/i-dag/utskrift")).status == 404


async def test_the_next_day_with_something_is_shown_when_today_is_empty(web_service: Web) -> None:
    later = await conference(web_service, ahead=timedelta(days=3))
    page = await later.page()
    assert "Vann og avløp" in page
    assert "Ingen møter i dag" in page
    assert "Forskyv … Vann og avløp" in page


async def test_a_room_that_fails_before_its_meeting_is_urgent(soon: Conference) -> None:
    services = soon.web.running.services
    facts = AlertFacts(
        views=services.views,
        states=services.commands._states,
        marks=services.marks,
        directory=services.directory,
        rooms=services.rooms,
        sources=services.sources,
        clock=services.clock,
    )
    found = await facts.read()
    now = services.clock.now()
    assert [one.kind for one in urgent(found, now - timedelta(minutes=2))] == []
    assert [one.kind for one in urgent(found, now + timedelta(minutes=1))] == ["room_not_ready"]
    assert soon.web.town.source_id in found.unseen, "sources run elsewhere"
    sessions = await services.views.sessions_in(soon.room_id)
    await soon.web.town.says(sessions[0].session_id, "cancel_session")
    assert (await facts.read()).rooms == []
