"""A day of the fictional conference: rooms, sessions, floor and recording by the schedule, in real browsers.

Time is injected: it is moved ahead between what happens. That happens in real rooms, with real pictures.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.plan_file import read_plan
from orchestrator.plan_tables import Plan, SourceTable
from orchestrator.planner import Planned, carry_out
from orchestrator.store.records import Contact
from orchestrator.store.rooms import RoomStanding
from tests.browser import chromium
from tests.clock import RunningClock
from tests.postgres import Database
from tests.rooms.graph import ORGANIZER, FakeGraph, fake_graph
from tests.rooms.test_room_in_browser import sees, switch_on
from tests.streaming.encoder import PASSPHRASE, Encoder, free_port
from tests.web.client import HOSTS, Client, Web, serving

pytestmark = [pytest.mark.story, pytest.mark.timed, pytest.mark.browser, pytest.mark.timeout(240)]

OSLO = ZoneInfo("Europe/Oslo")
FILE = Path("config/demo/dialogkonferanse.toml")
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
AHEAD = timedelta(days=20)


@dataclass
class Day:
    """The conference, and everybody at it."""

    web: Web
    browser: Browser
    clock: RunningClock
    graph: FakeGraph
    planned: Planned
    slug: str
    starts_at: datetime
    stack: AsyncExitStack
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://{HOSTS[0]}:{self.web.port}"

    async def at(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        """Time is moved to this time of the first day, or of one before it; what is due then is done."""
        local = self.starts_at.astimezone(OSLO).replace(hour=hour, minute=minute) + timedelta(days=days)
        self.clock.advance(max(0.0, (local.astimezone(UTC) - self.clock.now()).total_seconds()))
        await self.settled()

    async def settled(self) -> None:
        services = self.web.running.services
        for _ in range(3):  # a session that opens changes what is wanted of its room, and so on
            await services.schedule.sweep()
            await services.schedule.settled()
            await services.rooms.sweep()
            await services.rooms.follow()
            await services.rooms.settled()

    async def room(self, name: str) -> RoomStanding | None:
        return await self.web.running.services.rooms.standing(self.planned.rooms[name])

    async def rooms(self, *names: str) -> list[str | None]:
        found = [await self.room(name) for name in names]
        return [one.state if one else None for one in found]

    async def session(self, name: str) -> SessionState:
        services = self.web.running.services
        return await services.commands.session(self.planned.organisation_id, self.planned.sessions[name])

    async def status(self, name: str) -> str:
        return (await self.session(name)).status

    async def current_item(self, name: str) -> UUID | None:
        return (await self.session(name)).current_item_id

    def door(self, name: str) -> str:
        return f"/mote/{self.slug}/rom/{self.planned.rooms[name]}"

    async def comes(self, name: str, path: str, client: Client | None = None) -> Page:
        """Somebody opens an address in a browser of their own."""
        context = await self.browser.new_context(
            base_url=self.address,
            viewport={"width": 390, "height": 844},
            locale="nb-NO",
            reduced_motion="reduce",
        )
        for key, value in (client.cookies if client else {}).items():
            await context.add_cookies([{"name": key, "value": value, "url": self.address}])
        page = self.pages[name] = await context.new_page()
        await page.goto(path)
        return page

    async def logged_in(self, role: Role, name: str) -> Client:
        return await self.web.logged_in(
            role, meeting_id=self.planned.meeting_id, person_id=self.planned.people[name]
        )

    async def goes_in(self, name: str, path: str, client: Client | None = None) -> Page:
        page = await self.comes(name, path, client)
        await page.get_by_role("button", name="Gå inn i rommet").click()
        return page

    async def joins(self, name: str, room: str, role: Role, person: str) -> Page:
        """Somebody with a personal link goes in."""
        return await self.goes_in(name, self.door(room), await self.logged_in(role, person))

    async def says(self, session: str, type_: str, **fields: Any) -> None:
        """By whoever leads."""
        told = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()}
        await self.web.machine().says(self.planned.sessions[session], type_, **told)
        await self.settled()


def _plan(port: int) -> Plan:
    """The file as it stands, but with a camera in the hall, and one of its rooms in Teams."""
    plan = read_plan(FILE)
    hall = SourceTable(slug="kulturhuset", name="Kulturhuset", port=port, passphrase=SecretStr(PASSPHRASE))
    rooms = tuple(
        room.model_copy(update={"provider": "teams"}) if room.key == "teknisk" else room for room in plan.room
    )
    sessions = tuple(
        one.model_copy(update={"source": "kulturhuset"}) if one.key == "innledning" else one
        for one in plan.several
    )
    return plan.model_copy(update={"source": (hall,), "room": rooms, "several": sessions})


@pytest.fixture
async def day(database: Database, tmp_path: Path) -> AsyncIterator[Day]:
    clock = RunningClock(datetime.now(UTC) + timedelta(hours=1))  # the log refuses what is already old
    port = free_port()
    async with (
        fake_graph() as graph,
        serving(database, tmp_path, clock=clock, role="all", srt_host="127.0.0.1", min_free_bytes=0) as web,
        chromium(
            *FAKE_DEVICES,
            f"--host-resolver-rules=MAP {HOSTS[0]} 127.0.0.1",
            f"--unsafely-treat-insecure-origin-as-secure=http://{HOSTS[0]}:{web.port}",
        ) as browser,
        AsyncExitStack() as stack,
    ):
        services, plan = web.running.services, _plan(port)
        start = (clock.now().astimezone(OSLO) + AHEAD).replace(hour=9, minute=0, second=0, microsecond=0)
        planned = await carry_out(plan, services.directory, services.commands, starts_at=start)
        account = {"tenant_id": "t", "client_id": "c", "secret": "s", "organizer": ORGANIZER}
        account["base_url"] = f"{graph.url}/v1.0/"
        await services.room_accounts.put(planned.organisation_id, "teams", account)
        for key in ("per-haug", "jonas-rygg"):  # who leads and presents in Teams are known there by address
            person = await services.directory.person(planned.organisation_id, planned.people[key])
            assert person
            address = f"{key}@fjellvik.example"
            await services.directory.put_person(person, Contact(email=address))
            graph.meetings.people.add(address)
        yield Day(web, browser, clock, graph, planned, plan.meeting.slug, start.astimezone(UTC), stack)


async def test_the_day_runs_itself(day: Day) -> None:
    await ahead_of_the_day(day)
    await the_doors_open(day)
    await the_introduction(day)
    await two_at_once(day)
    await lunch_and_groups(day)
    await the_end(day)


async def ahead_of_the_day(day: Day) -> None:
    """Rooms are made a fortnight ahead, once each, and read back."""
    await day.settled()
    assert await day.rooms("plenum", "teknisk") == [None, None]
    await day.at(9, days=-14)
    assert await day.rooms("plenum", "oppvekst") == ["verified", None]
    await day.at(14, days=-14)
    assert await day.rooms("plenum", "oppvekst", "teknisk", "lunsj") == ["verified"] * 4
    assert len(day.graph.meetings.events) == 1
    for name, days, hour in (("teknisk", -1, 10), ("plenum", 0, 8)):
        await day.at(hour, 20, days=days)
        standing = await day.room(name)
        assert standing
        assert standing.verified_at
        assert day.clock.now() - standing.verified_at < timedelta(minutes=1), "read back again"
    page = await day.comes("citizen", f"/program/{day.slug}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Dialogkonferanse")
    await expect(page.get_by_role("link", name="Gå inn i møterommet")).to_have_count(0)
    answer = await day.web.browser().submit(day.door("plenum"))
    assert answer.status == 409, "nobody comes in before it opens"


async def the_doors_open(day: Day) -> None:
    """Half an hour before, the programme leads into the room: an observer is in with two taps."""
    await day.at(8, 31)
    assert await day.rooms("plenum", "oppvekst") == ["open", "verified"]
    who = await day.logged_in(Role.CHAIR, "marit-solbakk")
    session_id = day.planned.sessions["innledning"]
    console = await day.comes("console", f"/mote/{day.slug}/leder?sesjon={session_id}", who)
    await expect(console.locator("#top").get_by_role("link", name="Møterommet")).to_be_visible()
    page = day.pages["citizen"]
    await page.reload()
    await page.get_by_role("link", name="Gå inn i møterommet for Innledning").first.click()
    await page.get_by_role("button", name="Gå inn i rommet").click()
    await expect(page.get_by_text("Du er i lobbyen")).to_be_visible()
    await expect(console.locator("#top")).to_contain_text("Møterommet: 1 venter i lobbyen")


async def the_introduction(day: Day) -> None:
    """The schedule opens it; the floor moves in the room as on the list; what is filmed is published."""
    async with Encoder(await _port(day)):
        await day.at(9, 0)
        assert await day.status("innledning") == "open"
        chair = await day.joins("chair", "plenum", Role.CHAIR, "marit-solbakk")
        await expect(chair.get_by_role("heading", name="I lobbyen")).to_be_visible()
        kari = await day.joins("kari", "plenum", Role.PARTICIPANT, "kari-nordli")
        ola = await day.joins("ola", "plenum", Role.PARTICIPANT, "ola-vik")
        siri = await day.joins("siri", "plenum", Role.PARTICIPANT, "siri-moen")
        second = await day.goes_in("observer", day.door("plenum"))
        await expect(chair.locator("[data-list=waiting] li")).to_have_count(5)
        await expect(day.pages["console"].locator("#top")).to_contain_text("5 venter i lobbyen")
        await chair.get_by_role("button", name="Slipp inn alle").click()
        for page in (kari, ola, siri, second, day.pages["citizen"]):
            await expect(page.get_by_role("heading", name="Du er i rommet")).to_be_attached()
        await expect(day.pages["console"].locator("#top")).not_to_contain_text("lobbyen")
        await expect(kari.get_by_role("button", name="Slå på mikrofonen")).to_be_disabled()

        speech_id, item_id = uuid4(), await day.current_item("innledning")
        assert item_id, "the speaker list is ready when the session opens"
        person = str(day.planned.people["kari-nordli"])
        await day.says(
            "innledning",
            "request_floor",
            request_id=speech_id,
            item_id=item_id,
            person_id=person,
            kind="speech",
        )
        await day.says("innledning", "call_next_speaker", request_id=speech_id, current_id=None)
        await expect(kari.locator("[data-said]")).to_contain_text("Du kan snakke nå")
        await switch_on(kari)
        for page in (ola, second, day.pages["citizen"]):
            await sees(page, "Kari Nordli")
        await expect(ola.get_by_role("button", name="Slå på kameraet")).to_be_disabled()
        await expect(second.get_by_role("button", name="Slå på")).to_have_count(0)
        await day.says("innledning", "end_speech", speech_id=str(speech_id))
        await expect(kari.locator("[data-said]")).to_contain_text("Du har ikke ordet lenger")
        await expect(second.locator(".tile", has_text="Kari Nordli")).to_have_count(0)
        playlist = await _broadcast(day) / "live.m3u8"
        async with asyncio.timeout(40):
            while not playlist.exists():
                await asyncio.sleep(0.2)
            await asyncio.sleep(6)
        await day.says("innledning", "adjourn_session")
    async with asyncio.timeout(20):
        while not (await _broadcast(day) / "recording.m3u8").exists():
            await asyncio.sleep(0.1)


async def two_at_once(day: Day) -> None:
    """Parallel sessions each in their own product; the room that is used again later stays."""
    await day.at(10, 16)
    assert [await day.status(name) for name in ("oppvekst", "teknisk")] == ["open", "open"]
    assert await day.rooms("oppvekst", "teknisk") == ["open", "open"]
    member = await day.logged_in(Role.PARTICIPANT, "per-haug")
    answer = await member.submit(day.door("teknisk"))
    assert answer.status == 303
    meeting = next(iter(day.graph.meetings.meetings.values()))
    assert answer.headers["Location"] == meeting.options["joinWebUrl"]
    assert meeting.options["allowedPresenters"] == "roleIsPresenter"
    assert meeting.options["allowAttendeeToEnableMic"] is False
    programme = (await day.web.browser().get(f"/program/{day.slug}")).text
    assert meeting.options["joinWebUrl"] not in programme
    page = await day.joins("oppvekst", "oppvekst", Role.PARTICIPANT, "siri-moen")
    await expect(page.get_by_text("Du er i lobbyen")).to_be_visible()


async def lunch_and_groups(day: Day) -> None:
    """What has ended is closed, and those in it are told; lunch and groups open by themselves."""
    await day.at(11, 31)
    ended = [await day.status(name) for name in ("oppvekst", "teknisk", "lunsj")]
    assert ended == ["adjourned", "adjourned", "open"]
    await day.at(11, 47)
    standing = await day.room("teknisk")
    assert standing
    assert standing.trouble is None, (standing.trouble, standing.detail, standing.differs)
    assert await day.rooms("oppvekst", "teknisk", "lunsj") == ["closed", "closed", "open"]
    await expect(day.pages["oppvekst"].get_by_text("Rommet er stengt")).to_be_visible()
    await day.at(12, 20)
    assert [await day.status(f"gruppe-{number}") for number in (1, 2, 3)] == ["open"] * 3
    page = await day.joins("hanne", "gruppe-1", Role.PARTICIPANT, "hanne-ostli")
    chair = await day.joins("group chair", "gruppe-1", Role.CHAIR, "kari-nordli")
    await chair.get_by_role("button", name="Slipp inn alle").click()
    await switch_on(page)
    await sees(chair, "Hanne Østli")


async def the_end(day: Day) -> None:
    """The shared room is open for its second session and closes after it; the programme has the recording."""
    await day.at(13, 31)
    await day.at(13, 50)
    assert await day.status("oppsummering") == "open"
    assert await day.rooms("plenum", "gruppe-1") == ["open", "closed"]
    await day.at(14, 31)
    assert await day.status("oppsummering") == "adjourned"
    await day.at(14, 47)
    assert await day.rooms("plenum") == ["verified"], "it is needed again tomorrow, and shut until then"
    answer = await day.web.browser().submit(day.door("plenum"))
    assert answer.status == 409
    page = await day.comes("afterwards", f"/program/{day.slug}")
    await expect(page.get_by_role("link", name="opptaket").first).to_be_visible()
    await day.at(15, 30, days=4)
    assert await day.rooms("plenum", "teknisk", "lunsj") == [None] * 3
    assert day.graph.meetings.events == {}
    assert len(day.graph.meetings.transactions) == 1, "one room was made in Teams, once"


async def _port(day: Day) -> int:
    services = day.web.running.services
    source = await services.directory.source(day.planned.organisation_id, day.planned.sources["kulturhuset"])
    assert source
    assert source.port
    async with asyncio.timeout(60):
        while services.sources.reception(source.id) is None:
            await asyncio.sleep(0.1)
    return source.port


async def _broadcast(day: Day) -> Path:
    services = day.web.running.services
    state = await services.commands.session(day.planned.organisation_id, day.planned.sessions["innledning"])
    return services.settings.public_media / str(state.broadcast_id)
