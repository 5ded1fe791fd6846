"""A LiveKit room as people have it: the whole service, a real LiveKit server, browsers with fake cameras."""

from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, chromium, complaints, sideways
from tests.rooms.livekit_real import RealLivekit, real_livekit
from tests.rooms.test_room_in_browser import hears, sees, shares_a_screen, shoot, switch_on
from tests.web.client import Client, Web

pytestmark = [pytest.mark.livekit, pytest.mark.browser, pytest.mark.timeout(240)]

HERE = "fjellvik.localhost"  # which browsers trust with a camera
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
KARI = "Kari Nordli"
BREAKS_IN = """async () => {
    const headers = { Accept: "application/json" };
    const { url, token } = await (await fetch(location.pathname, { method: "POST", headers })).json();
    const room = new LivekitClient.Room();
    await room.connect(url, token);
    const everything = { canPublish: true, canPublishSources: [], canSubscribe: true };
    room.localParticipant.setPermissions(everything);
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks();
    const sent = room.localParticipant.publishTrack(track, { source: "microphone" });
    return Promise.race([
        sent.then(() => "published", () => "refused"),
        new Promise((done) => setTimeout(() => done("unanswered"), 5000)),
    ]);
}"""
"""An observer whose page believes that it may send anything."""


@pytest.fixture(scope="module")
def real() -> Generator[RealLivekit]:
    yield from real_livekit()


@dataclass
class Day:
    """A meeting that goes on in a room on the LiveKit server, its chair, and whoever comes."""

    web: Web
    browser: Browser
    path: str
    room_id: UUID
    session_id: UUID
    item_id: UUID
    complaints: dict[str, list[str]]

    async def comes(self, name: str, client: Client | None = None, width: int = 1280) -> Page:
        address = f"http://{HERE}:{self.web.port}"
        context = await self.browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 844},
            locale="nb-NO",
            reduced_motion="reduce",
        )
        for key, value in (client.cookies if client else {}).items():
            await context.add_cookies([{"name": key, "value": value, "url": address}])
        page = await context.new_page()
        self.complaints[name] = complaints(page)
        await page.goto(self.path)
        await page.get_by_role("button", name="Gå inn i rommet").click()
        return page

    async def says(self, type_: str, **fields: Any) -> None:
        """By whoever leads; and it is done in the room."""
        told = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()}
        await self.web.machine().says(self.session_id, type_, **told)
        await self.settled()

    async def settled(self) -> None:
        rooms = self.web.running.services.rooms
        await rooms.follow()
        await rooms.settled()

    async def gives_floor(self, person: UUID) -> UUID:
        request_id = uuid4()
        asked = {"request_id": request_id, "person_id": person, "item_id": self.item_id, "kind": "speech"}
        await self.says("request_floor", **asked)
        await self.says("call_next_speaker", request_id=request_id, current_id=None)
        return request_id


@pytest.fixture
async def day(real: RealLivekit, web_service: Web) -> AsyncIterator[Day]:
    town, services = web_service.town, web_service.running.services
    here = await services.directory.organisation(town.organisation_id)
    assert here
    await services.directory.put_organisation(here.model_copy(update={"hosts": (*here.hosts, HERE)}))
    account = {"url": real.account.url, "key": real.account.key, "secret": real.account.secret}
    await services.room_accounts.put(town.organisation_id, "livekit", account)
    now = town.node.clock.now()
    times: dict[str, Any] = {"starts_at": now, "ends_at": now + timedelta(hours=1)}
    meeting_id, room_id, item_id = await town.plans_meeting(**times), uuid4(), uuid4()
    await town.says(
        meeting_id, "plan_room", room={"room_id": room_id, "name": "Kommunestyresalen", "provider": "livekit"}
    )
    session_id = await town.plans_session(meeting_id, room_id=room_id, source_id=None, **times)
    await town.says(session_id, "open_session")
    await town.says(session_id, "call_roll", present=town.people)
    await town.says(session_id, "add_item", item_id=item_id, title="Skolevei", kind="briefing_item")
    await town.says(session_id, "open_item", item_id=item_id)
    services.rooms.want(room_id)
    await services.rooms.settled()
    path = f"/mote/kommunestyret/rom/{room_id}"
    async with chromium(*FAKE_DEVICES) as browser:
        yield Day(web_service, browser, path, room_id, session_id, item_id, {})
    reached = await services.rooms.reach(town.organisation_id, room_id)
    await reached.provider.close(reached.ref)


async def test_the_floor_moves_and_hosts_decide_in_a_livekit_room_too(day: Day) -> None:
    kari = day.web.town.people[0]
    chair = await day.comes("chair", await day.web.logged_in(Role.CHAIR))
    member = await day.comes("member", await day.web.logged_in(Role.PARTICIPANT, person_id=kari), 390)
    observer = await day.comes("observer")
    await expect(member.get_by_text("Du er i lobbyen")).to_be_visible()
    await shoot(member, "waiting-390")
    await expect(chair.locator("[data-list=waiting] li")).to_have_count(2)
    await shoot(chair, "host-lobby")
    await chair.get_by_role("button", name="Slipp inn alle").click()
    for page in (member, observer):
        await expect(page.get_by_role("heading", name="Du er i rommet")).to_be_attached()

    await the_floor_moves(day, chair, member, observer)
    await shares_a_screen(member, observer, KARI)
    await hosts_decide(chair, member)
    found = [one for said in day.complaints.values() for one in said if "channel" not in one.lower()]
    assert found == [], "the library may tell of the channels that are cut when somebody is put out"
    await nobody_breaks_in(day, observer, chair)
    await the_doors_close(day, observer)


async def the_floor_moves(day: Day, chair: Page, member: Page, observer: Page) -> None:
    """Who has it is heard, and nobody else."""
    await expect(member.get_by_role("button", name="Slå på mikrofonen")).to_be_disabled()
    speech_id = await day.gives_floor(day.web.town.people[0])
    await expect(member.locator("[data-said]")).to_contain_text("Du kan snakke nå")
    await switch_on(member)
    for page in (chair, observer):
        await sees(page, KARI)
        await expect(page.locator(".tile[data-main]")).to_contain_text("har ordet")
    await hears(observer, KARI)
    await shoot(member, "member-390")
    await shoot(observer, "observer")
    await day.says("end_speech", speech_id=speech_id)
    await expect(member.locator("[data-said]")).to_contain_text("Du har ikke ordet lenger")
    await expect(member.get_by_role("button", name="Slå på mikrofonen")).to_be_disabled()
    await expect(observer.locator(".tile", has_text=KARI)).to_have_count(0)
    await day.gives_floor(day.web.town.people[0])
    await expect(member.locator("[data-said]")).to_contain_text("Du kan snakke nå")
    await switch_on(member)
    await sees(observer, KARI)


async def hosts_decide(chair: Page, member: Page) -> None:
    """With buttons: mute, put out, let in again; whoever was put out waits."""
    await shoot(chair, "host")
    for page in (chair, member):
        assert await accessibility_findings(page) == []
        assert await sideways(page) == []
    await chair.get_by_role("button", name=f"Demp: {KARI}").click()
    await expect(member.locator("[data-said]")).to_have_text("Møtelederen slo av mikrofonen din.")
    await expect(member.get_by_role("button", name="Slå på mikrofonen")).to_be_enabled()
    await expect(chair.locator("[data-list=people] li", has_text=KARI)).to_contain_text("mikrofon av")
    await chair.get_by_role("button", name=f"Ta ut: {KARI}").click()
    await expect(member.get_by_text("Du er tatt ut av rommet")).to_be_visible()
    await expect(chair.locator("[data-list=put_out]")).to_contain_text(KARI)
    await chair.set_viewport_size({"width": 390, "height": 844})
    await shoot(chair, "host-390")
    await member.get_by_role("button", name="Gå inn igjen").click()
    await expect(member.get_by_text("Du er i lobbyen")).to_be_visible()
    await chair.get_by_role("button", name=f"Slipp inn: {KARI}").click()
    await expect(member.get_by_role("button", name="Slå på mikrofonen")).to_be_enabled()
    await member.get_by_role("button", name="Gå ut").click()
    await expect(member.get_by_text("Du har gått ut av rommet.")).to_be_visible()
    await expect(chair.locator("[data-list=people] li", has_text=KARI)).to_have_count(0)


async def nobody_breaks_in(day: Day, observer: Page, chair: Page) -> None:
    """An observer's page has no buttons for it, and what it does behind our back is refused."""
    assert await observer.locator("main button:visible").all_inner_texts() == ["Gå ut"]
    assert await observer.evaluate(BREAKS_IN) != "published"
    await expect(observer.get_by_text("Du er med fra en annen fane")).to_be_visible()
    present = await day.web.running.services.rooms.present(day.room_id)
    sends = [(one.microphone, one.camera) for one in present if one.role == "observer"]
    assert sends == [(False, False)]
    await expect(chair.locator(".tile")).to_have_count(0)


async def the_doors_close(day: Day, observer: Page) -> None:
    """Whoever may not stay is out, and is told why; also from the lobby."""
    await observer.get_by_role("button", name="Gå inn igjen").click()
    await expect(observer.get_by_text("Du er i lobbyen")).to_be_visible()
    closing = {"closing_id": uuid4()}
    basis = {"section": "kommuneloven § 11-5", "paragraph": "3"}
    await day.says("propose_closing", item_ids=[str(day.item_id)], legal_basis=basis, **closing)
    await day.says("record_closing_vote", unanimous=True, **closing)
    await day.says("close_doors", **closing)
    await expect(observer.get_by_text("Møtet er lukket.")).to_be_visible()
