"""What LiveKit's egress service films: our layout page in Chromium, with a real server and without."""

import asyncio
import os
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from livekit import api
from playwright.async_api import Browser, Page, expect

from orchestrator.rooms.livekit import room_name
from orchestrator.rooms.provider import Guest
from orchestrator.web.assets import NODE_MODULES, VENDOR
from tests.browser import accessibility_findings, chromium, complaints, sideways
from tests.rooms.livekit_real import RealLivekit, real_livekit
from tests.web.client import Web
from tests.web.pages.test_room_picture_routes import closes_doors, filmed, speaks

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

HERE = "fjellvik.localhost"
SIZE = {"width": 1920, "height": 1080}
RED, BLUE, GREEN = "rgb(220,20,20)", "rgb(20,20,220)", "rgb(20,160,20)"

JOIN = """async ([url, token]) => {
    globalThis.room = new LivekitClient.Room();
    await room.connect(url, token);
}"""
SEND = """async ([source, colour]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const paint = canvas.getContext("2d");
    setInterval(() => {
        paint.fillStyle = colour;
        paint.fillRect(0, 0, 640, 360);
    }, 40);
    const ear = new AudioContext();
    const tone = ear.createOscillator();
    const out = ear.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    const sent = [[canvas.captureStream(25).getVideoTracks()[0], source]];
    if (source === "camera") sent.push([out.stream.getAudioTracks()[0], "microphone"]);
    for (const [track, name] of sent) {
        for (let tries = 0; ; tries += 1) {
            try {
                await room.localParticipant.publishTrack(track, { source: name, simulcast: false });
                break;
            } catch (error) {
                if (tries > 100) throw error;  // the floor is still on its way
                await new Promise((done) => setTimeout(done, 100));
            }
        }
    }
}"""
SEEN = """(place) => {
    const video = document.querySelector(`[data-place=${place}] > video:not([data-waits])`);
    if (!video?.videoWidth || video.paused) return "";
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    canvas.getContext("2d").drawImage(video, 0, 0, 1, 1);
    const [red, green, blue] = canvas.getContext("2d").getImageData(0, 0, 1, 1).data;
    const most = Math.max(red, green, blue);
    return most < 60 ? "black" : most === red ? "red" : most === blue ? "blue" : "green";
}"""


@pytest.fixture(scope="module")
async def egress() -> AsyncIterator[Browser]:
    """Chromium, in which sound plays by itself as in the egress service's."""
    async with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        yield browser


@dataclass
class Filming:
    """A debate in a room, and the page that is filmed."""

    web: Web
    browser: Browser
    session_id: UUID
    room_id: UUID
    path: str
    said: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def opens(self, way: dict[str, str] | None = None, **viewport: int) -> Page:
        """As the egress service does. ``way``: what it adds to the address."""
        context = await self.browser.new_context(
            viewport=viewport or SIZE,  # type: ignore[arg-type]
            locale="en-US",
        )
        page = await context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        self.complaints = complaints(page)
        query = f"?{urlencode(way)}" if way else ""
        await page.goto(f"http://{HERE}:{self.web.port}{self.path}{query}")
        await page.wait_for_selector("#scene")
        return page

    async def comes_in(self, number: int, url: str) -> Page:
        """A member, in a page of their own."""
        services, town = self.web.running.services, self.web.town
        guest = Guest(str(town.people[number]), "", "participant")
        join = await services.rooms.join(town.organisation_id, self.room_id, guest)
        page = await (await self.browser.new_context()).new_page()
        await page.evaluate((NODE_MODULES / VENDOR["livekit-client.js"]).read_text(encoding="utf-8"))
        await page.evaluate(JOIN, [url, join.token])
        return page


@pytest.fixture
async def filming(web_service: Web, egress: Browser) -> AsyncIterator[Filming]:
    services, town = web_service.running.services, web_service.town
    here = await services.directory.organisation(town.organisation_id)
    assert here
    await services.directory.put_organisation(here.model_copy(update={"hosts": (*here.hosts, HERE)}))
    yield Filming(web_service, egress, *await filmed(web_service, lobby=False))
    for context in egress.contexts:
        await context.close()


async def shoot(page: Page, name: str) -> None:
    """Leave a picture, if somebody wants to look."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def test_where_nobody_is_filmed_it_says_what_it_is_and_that_it_has_ended(filming: Filming) -> None:
    page = await filming.opens({"url": "ws://127.0.0.1:9", "token": "leads-nowhere"})
    await speaks(filming.web, filming.session_id, 0)
    await expect(page.locator("#on-air")).to_contain_text("Kari Nordli")
    await expect(page.locator(".scene__headline")).to_have_text("Kommunestyret")
    await page.wait_for_timeout(600)
    await shoot(page, "card")
    assert await accessibility_findings(page) == []
    await closes_doors(filming.web, filming.session_id)
    await expect(page.locator(".scene__headline")).to_have_text("Møtet er lukket")
    await expect(page.locator("#on-air")).to_have_text("")
    await page.set_viewport_size({"width": 390, "height": 844})
    await shoot(page, "card-closed-390")
    assert await sideways(page) == []
    await says(filming, "END_RECORDING")
    assert "START_RECORDING" not in filming.said
    assert not [one for one in filming.complaints if "Content Security Policy" in one]


async def says(filming: Filming, signal: str) -> None:
    """Return when it is in the console of the page."""
    async with asyncio.timeout(30):
        while signal not in filming.said:
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def real() -> Generator[RealLivekit]:
    yield from real_livekit()


async def becomes(page: Page, place: str, colour: str) -> None:
    async with asyncio.timeout(30):
        while await page.evaluate(SEEN, place) != colour:
            await asyncio.sleep(0.05)


@pytest.mark.livekit
async def test_it_films_who_has_the_floor_and_their_screen_and_nobody_behind_closed_doors(
    filming: Filming, real: RealLivekit
) -> None:
    web, services, here = filming.web, filming.web.running.services, filming.web.town.organisation_id
    account: dict[str, Any] = {
        "url": real.account.url,
        "key": real.account.key,
        "secret": real.account.secret,
    }
    await services.room_accounts.put(here, "livekit", account)
    await services.room_states.try_now(here, filming.room_id, services.clock.now())
    services.rooms.want(filming.room_id)
    await services.rooms.settled()
    url = real.account.url.replace("http", "ws", 1)
    page = await filming.opens(
        {"url": url, "token": token(real, room_name(here, filming.room_id)), "layout": ""}
    )
    await says(filming, "START_RECORDING")
    await expect(page.locator(".scene__headline")).to_have_text("Kommunestyret")
    assert await page.evaluate(SEEN, "main") == ""

    kari, ola = [await filming.comes_in(number, url) for number in (0, 1)]
    first = await speaks(web, filming.session_id, 0)
    await kari.evaluate(SEND, ["camera", RED])
    await becomes(page, "main", "red")
    await expect(page.locator("#on-air")).to_contain_text("Kari Nordli")
    await expect(page.locator("audio")).to_have_count(1)
    await page.wait_for_timeout(600)
    await shoot(page, "speaks")

    await speaks(web, filming.session_id, 1, first)
    await ola.evaluate(SEND, ["camera", BLUE])
    await becomes(page, "main", "blue")
    await expect(page.locator("#on-air")).to_contain_text("Ola Vik")
    await expect(page.locator("video")).to_have_count(1)
    await expect(page.locator("audio")).to_have_count(1)

    await ola.evaluate(SEND, ["screen_share", GREEN])
    await becomes(page, "main", "green")
    await becomes(page, "small", "blue")
    await page.wait_for_timeout(600)
    await shoot(page, "screen")
    standing = await services.room_states.standing(filming.room_id)
    assert standing
    assert standing.sending == "no_egress", "there is no egress service at this server, which IT is told"
    assert filming.complaints == []

    await closes_doors(web, filming.session_id)
    await expect(page.locator("video, audio")).to_have_count(0)
    await expect(page.locator(".scene__headline")).to_have_text("Møtet er lukket")
    await expect(page.locator("#on-air")).to_have_text("")
    await says(filming, "END_RECORDING")  # it is put out as everybody is who may not be inside


def token(real: RealLivekit, room: str) -> str:
    """As the egress service makes it."""
    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_subscribe=True,
        can_publish=False,
        can_publish_data=False,
        hidden=True,
        recorder=True,
    )
    made = api.AccessToken(real.account.key, real.account.secret).with_grants(grants)
    return made.with_identity("EG_tested").with_kind("egress").to_jwt()
