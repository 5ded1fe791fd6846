"""What Teams tells after a meeting is read by the session's secretary and IT, and by nobody else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, expect

from orchestrator.domain.captions import Said
from orchestrator.domain.roles import Role
from orchestrator.store.fetch_troubles import FetchTrouble
from orchestrator.store.room_attendance import RoomAttendance, Stay
from orchestrator.store.rooms import RoomStanding
from orchestrator.store.transcripts import Transcripts
from orchestrator.web.dates import clock
from tests.browser import accessibility_findings, complaints, sideways
from tests.web.client import Web
from tests.web.pages.council import words
from tests.web.pages.test_staff_in_browser import browser, somebody

__all__ = ["browser"]


@pytest.fixture
async def over(web_service: Web) -> UUID:
    """A session in a room in Teams that is over: its id."""
    town = web_service.town
    meeting_id, room_id = await town.plans_meeting(), uuid4()
    room = {"room_id": room_id, "name": "Salen", "provider": "teams", "recorded": True}
    await town.says(meeting_id, "plan_room", room=room)
    session_id = await town.plans_session(meeting_id, room_id=room_id, source_id=None)
    await town.says(session_id, "open_session")
    await town.says(session_id, "adjourn_session")
    services, now = web_service.running.services, town.node.clock.now()
    await services.room_states.put(RoomStanding(room_id, town.organisation_id, "closed", now))
    stay = {"came_at": now, "left_at": now + timedelta(minutes=5)}
    stays = [
        Stay(town.people[0], 0, by_name=False, **stay),
        Stay(town.people[1], 0, by_name=True, **stay),
        *(Stay(None, number, by_name=False, **stay) for number in (2, 2, 3)),
    ]
    await RoomAttendance(services.pool).put(town.organisation_id, session_id, stays, now)
    said = [Said(now, now, text, voice) for text, voice in (("Velkommen.", "Kari Nordli"), ("Takk.", None))]
    await Transcripts(services.pool).put(town.organisation_id, session_id, uuid4(), said)
    trouble = FetchTrouble(room_id, "recording", town.organisation_id, "not_a_film", now, now)
    await services.fetch_troubles.put(trouble)
    return session_id


def page_of(session_id: UUID) -> str:
    return f"/mote/kommunestyret/fra-teams?sesjon={session_id}"


async def test_the_secretary_reads_who_was_there_when_and_what_was_said(web_service: Web, over: UUID) -> None:
    secretary = await web_service.logged_in(Role.SECRETARY)
    answer = await secretary.get(page_of(over))
    page = words(answer.text)
    (stay, *_) = await RoomAttendance(web_service.running.services.pool).of(
        web_service.town.organisation_id, over
    )
    assert f"Kari Nordli {clock(stay.came_at)}–{clock(stay.left_at)}" in page
    assert "Ola Vik kjent bare på navnet" in page
    assert "2 til var innom, som vi ikke kjenner." in page
    assert "Kari Nordli Velkommen." in page
    assert "Ukjent stemme Takk." in page
    assert answer.headers["Cache-Control"] == "no-store"
    desk = await secretary.get(f"/mote/kommunestyret/sekretar?sesjon={over}")
    assert page_of(over) in desk.text


async def test_it_reads_who_was_there_but_not_what_was_said(web_service: Web, over: UUID) -> None:
    support = await web_service.logged_in(Role.IT_SUPPORT)
    page = words((await support.get(page_of(over))).text)
    assert "Ola Vik" in page
    assert "Velkommen." not in page
    assert page_of(over) in (await support.get("/drift")).text


async def test_nobody_else_reads_any_of_it(web_service: Web, over: UUID) -> None:
    for role in (Role.CHAIR, Role.PARTICIPANT):
        reader = await web_service.logged_in(role, person_id=web_service.town.people[0])
        assert (await reader.get(page_of(over))).status == 403
    assert (await web_service.browser().get(page_of(over))).status in (303, 401)
    other = await web_service.logged_in(Role.SECRETARY, which=1)
    assert (await other.get(page_of(over))).status == 404
    for path in ("", "/protokoll"):
        page = (await web_service.browser().get(f"/mote/kommunestyret{path}")).text
        assert "kjent bare på navnet" not in page
        assert "fra-teams" not in page


async def test_it_sees_what_was_not_fetched_and_has_it_tried_again(web_service: Web, over: UUID) -> None:
    support, services = await web_service.logged_in(Role.IT_SUPPORT), web_service.running.services
    page = words((await support.get("/drift")).text)
    assert "Opptaket fra rommet «Salen» er ikke hentet. Filen kan ikke spilles av." in page
    (standing,) = await services.room_states.all(web_service.town.organisation_id)
    assert (await support.submit(f"/drift/rom/{standing.room_id}/igjen")).status == 303
    news = await services.room_news.unread()
    assert [(one.kind, one.what) for one in news] == [("asked", str(standing.room_id))]


@pytest.mark.browser
async def test_it_reads_well_on_a_phone(web_service: Web, over: UUID, browser: Browser) -> None:
    phone = {"width": 390, "height": 844}
    async with somebody(web_service, browser, Role.SECRETARY, viewport=phone) as page:
        found = complaints(page)
        await page.goto(page_of(over))
        await expect(page.get_by_role("heading", name="Hva som ble sagt")).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="Ukjent stemme")).to_be_visible()
        assert await sideways(page) == []
        assert await accessibility_findings(page) == []
        assert found == []
