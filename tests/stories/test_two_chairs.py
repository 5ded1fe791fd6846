"""Several at once: two chairs, two phones with one link, two municipalities with the same addresses."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from orchestrator.domain.session import initial
from orchestrator.store.access import Access
from orchestrator.store.records import Organisation
from tests.browser import complaints
from tests.postgres import Database
from tests.stories.council import Council, council
from tests.stories.visitors import PHONE, browsing, debating, link, log_in
from tests.town import Town, founded

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(240)]

TOLD = "Noen kom deg i forkjøpet"
FJELLVIK, SKOGVIK = "fjellvik.localhost", "skogvik.localhost"


async def asks(hall: Council, *numbers: int) -> list[str]:
    """The people with these numbers ask for the floor; their requests."""
    requests = [uuid4() for _ in numbers]
    for request, number in zip(requests, numbers, strict=True):
        await hall.says("request_floor", request_id=request, person_id=hall.town.people[number - 1])
    return [str(request) for request in requests]


async def click_together(pages: list[Page], button: str) -> None:
    """The button is clicked on all the pages in the same moment: none has seen what the others do."""
    for page in pages:
        await page.get_by_role("button", name=button).hover()
        await page.mouse.down()
    await asyncio.gather(*(page.mouse.up() for page in pages))


async def told_so(pages: list[Page]) -> list[bool]:
    """Whose chair, the slower one, is told so beside the button, and goes on being."""
    said = [page.locator(".floor__next").get_by_role("alert").filter(has_text=TOLD) for page in pages]
    async with asyncio.timeout(15):
        while not any([await one.count() for one in said]):
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    return [await one.is_visible() for one in said]


async def test_two_chairs_call_the_next_speaker_at_once(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        waiting = await asks(hall, 1, 2, 3)
        links = [(await link(hall, role))[1] for role in (Role.CHAIR, Role.DEPUTY)]
        chairs = [await log_in(await browsing(browser), address) for address in links]
        wrong = [complaints(page) for page in chairs]
        for called, name in enumerate(("Kari Nordli", "Ola Vik", "Siri Moen")):
            for page in chairs:
                await expect(page.locator("#queue-rows > li")).to_have_count(3 - called)
            await click_together(chairs, "Neste taler")
            assert sorted(await told_so(chairs)) == [False, True]
            for page in chairs:
                await expect(page.locator("#floor .big-name")).to_contain_text(name)
            state = await hall.state()
            assert state["current_speech_id"] == waiting[called]
            assert state["waiting"] == waiting[called + 1 :]
        calls = [event for event in await hall.events() if event["type"] == "speech_started"]
        assert [call["request_id"] for call in calls] == waiting
        assert [one for one in wrong[0] + wrong[1] if "409" not in one] == []


async def test_one_link_on_two_phones_is_one_person_and_both_are_out_when_it_is_revoked(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path) as hall:
        await debating(hall)
        await asks(hall, 2)
        link_id, address = await link(hall, Role.PARTICIPANT, person_id=hall.town.people[0])
        phones = [await log_in(await browsing(browser, PHONE), address) for _ in range(2)]
        wrong = [complaints(phone) for phone in phones]
        one, other = phones
        await one.get_by_role("button", name="Innlegg").click()
        for phone in phones:
            await expect(phone.get_by_role("heading", name="Du er nr. 2")).to_be_visible()
            await expect(phone.locator("[data-own]")).to_contain_text("Kari Nordli")
        assert len((await hall.state())["waiting"]) == 2
        await other.get_by_role("button", name="Trekk meg").click()
        await expect(one.get_by_role("heading", name="Du står ikke på talerlisten")).to_be_visible()
        assert len((await hall.state())["waiting"]) == 1

        api = f"{hall.server.address}/api/v1/sessions/{hall.session_id}"
        cookies = [(await phone.context.cookies())[0]["value"] for phone in phones]
        assert cookies[0] != cookies[1]
        async with (
            aiohttp.ClientSession(cookies={"login": cookies[0]}) as http,
            http.get(f"{api}/stream", timeout=aiohttp.ClientTimeout(total=60)) as events,
        ):
            assert events.status == 200
            revoked = time.monotonic()
            async with hall.http.delete(f"{hall.server.address}/api/v1/links/{link_id}") as answer:
                assert answer.status == 204
            out = [phone.wait_for_url("**/inn", wait_until="commit") for phone in phones]
            await asyncio.gather(*out, events.read())
            assert time.monotonic() - revoked < 2
        for phone in phones:
            await expect(phone.get_by_role("heading", name="Du er ikke innlogget")).to_be_visible()
            for path in (api, f"{api}/stream", f"{hall.page}/deltaker", f"{hall.server.address}/direkte/x"):
                assert (await phone.request.get(path)).status in (401, 404), path
        assert wrong == [[], []]


async def test_looking_at_a_link_logs_nobody_in(database: Database, tmp_path: Path, browser: Browser) -> None:
    async with council(database, tmp_path) as hall:
        link_id, address = await link(hall, Role.CHAIR)
        scanner = await browsing(browser)
        page = await scanner.new_page()
        await page.goto(address, wait_until="networkidle")
        await scanner.request.head(address)
        assert await scanner.cookies() == []
        shown = await page.goto(f"{hall.page}/leder")
        assert shown
        assert shown.status == 401
        links = await Access(hall.town.node.pool).links(hall.town.organisation_id, hall.meeting_id)
        assert [(one.id, one.used_at) for one in links] == [(link_id, None)]
        chair = await log_in(await browsing(browser), address)
        await expect(chair.get_by_role("button", name="Åpne møtet …")).to_be_visible()


@dataclass(frozen=True)
class Own:
    """What belongs to one of the two municipalities."""

    name: str
    item: str
    town: Town
    session_id: UUID

    @property
    def broadcast(self) -> str:
        return str(initial(self.session_id).broadcast_id)

    def addresses(self) -> list[str]:
        """Where its ids lead."""
        return [
            f"/api/v1/sessions/{self.session_id}",
            f"/api/v1/sessions/{self.session_id}/events",
            f"/direkte/{self.session_id}/leder",
            f"/media/{self.broadcast}/live.m3u8",
            f"/media/{self.broadcast}/timeline.json",
        ]


async def neighbour(hall: Council) -> tuple[Town, UUID]:
    """Another municipality in the same service, its meeting under way at the same address; its session."""
    directory = hall.town.node.directory
    first = await directory.organisation(hall.town.organisation_id)
    assert first
    await directory.put_organisation(first.model_copy(update={"hosts": (FJELLVIK, "127.0.0.1")}))
    town = await founded(hall.town.node, "skogvik")
    await directory.put_organisation(
        Organisation(id=town.organisation_id, name="Skogvik", slug="skogvik", hosts=(SKOGVIK,))
    )
    session_id = await town.plans_session(await town.plans_meeting())
    item: dict[str, Any] = {"kind": "report_item", "title": "Scooterløyper i Skogvik", "case_number": "9/26"}
    await town.says(session_id, "add_item", item_id=uuid4(), **item)
    await town.says(session_id, "open_session")
    return town, session_id


async def status(http: aiohttp.ClientSession, path: str) -> int:
    """What is answered, not waiting for the end of a stream."""
    async with http.get(path) as answer:
        return answer.status


async def found(http: aiohttp.ClientSession, path: str) -> None:
    """It is answered; a broadcast's files are there a moment after its session has been opened."""
    async with asyncio.timeout(30):
        while await status(http, path) != 200:
            await asyncio.sleep(0.2)


async def test_two_municipalities_with_the_same_addresses_see_only_their_own(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path) as hall:
        town, session_id = await neighbour(hall)
        await debating(hall)
        here = Own("Fjellvik", "Detaljregulering for Elvebakken", hall.town, hall.session_id)
        there = Own("Skogvik", "Scooterløyper i Skogvik", town, session_id)
        context = await browsing(browser)
        for host, own, other in ((FJELLVIK, here, there), (SKOGVIK, there, here)):
            root = f"http://{host}:{hall.server.port}"
            _, address = await link(hall, Role.CHAIR, everywhere=True, town=own.town)
            page = await log_in(context, address.replace(hall.server.address, root))
            assert page.url == f"{root}/mote/kommunestyret/leder"
            for path in (
                "/",
                "/moter",
                *(f"/mote/kommunestyret{part}" for part in ("", "/protokoll", "/leder")),
            ):
                await page.goto(root + path)
                shown = await page.content()
                assert own.name in await page.title(), path
                assert own.item in shown or path in ("/", "/moter"), path
                for foreign in (other.name, other.item, other.broadcast):
                    assert foreign not in shown, (path, foreign)
            (login,) = await context.cookies(root)
            headers = {"Cookie": f"login={login.get('value')}", "Host": f"{host}:{hall.server.port}"}
            async with aiohttp.ClientSession(hall.server.address, headers=headers) as http:
                for path in other.addresses():
                    assert await status(http, path) == 404, path
                for path in own.addresses():
                    await found(http, path)
