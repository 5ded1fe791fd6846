"""The embedded room as people have it: real browsers with fake cameras, in a real room."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import accessibility_findings, chromium, complaints, sideways, until
from tests.rooms.contract import MEMBER, OTHER, spec_of
from tests.rooms.house import House, open_house

pytestmark = pytest.mark.browser

FLOOR = spec_of(speakers=frozenset({MEMBER.identity}))
MOVES = """async (name) => {
    const tile = [...document.querySelectorAll(".tile")].find((one) => one.textContent.includes(name));
    const video = tile?.querySelector("video");
    if (!video?.videoWidth) return false;
    const before = video.getVideoPlaybackQuality().totalVideoFrames;
    await new Promise((done) => setTimeout(done, 300));
    return video.getVideoPlaybackQuality().totalVideoFrames > before;
}"""
SOUNDS = """async (name) => {
    const tile = [...document.querySelectorAll(".tile")].find((one) => one.textContent.includes(name));
    const audio = new AudioContext();
    const ear = audio.createAnalyser();
    const track = tile?.querySelector("video")?.srcObject?.getAudioTracks()[0];
    if (!track) return false;
    audio.createMediaStreamSource(new MediaStream([track])).connect(ear);
    const heard = new Float32Array(ear.fftSize);
    for (let tries = 0; tries < 60; tries += 1) {
        await new Promise((done) => setTimeout(done, 50));
        ear.getFloatTimeDomainData(heard);
        if (heard.some((one) => Math.abs(one) > 0.01)) return true;
    }
    return false;
}"""

SHARES = """() => { navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 360];
    const pen = canvas.getContext("2d");
    setInterval(() => { pen.fillStyle = `hsl(${Date.now() / 20 % 360} 60% 40%)`;
        pen.fillRect(0, 0, 640, 360); }, 50);
    return canvas.captureStream(15);
}; }"""
"""Headless there is no screen to choose: the page's own picture stands for one."""


@pytest.fixture(scope="module")
async def cameras() -> AsyncIterator[Browser]:
    """Chromium with a camera and a microphone that nobody sits at."""
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    async with chromium(*fake, "--auto-accept-this-tab-capture") as browser:
        yield browser


@pytest.fixture
async def house(cameras: Browser) -> AsyncIterator[House]:
    async with open_house() as house:
        yield house
        for context in cameras.contexts:
            await context.close()


complaints_of: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()
"""What the pages' scripts and policies have complained of, from the first moment."""


async def at_door(cameras: Browser, house: House, who: str, width: int = 1280) -> Page:
    context = await cameras.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page = await context.new_page()
    complaints_of[page] = complaints(page)
    await page.goto(f"{house.url}/room/{who}")
    return page


async def go_in(cameras: Browser, house: House, who: str, width: int = 1280) -> Page:
    page = await at_door(cameras, house, who, width)
    await page.get_by_role("button", name="Gå inn i rommet").click()
    return page


async def switch_on(page: Page) -> None:
    for name in ("Slå på mikrofonen", "Slå på kameraet"):
        await page.get_by_role("button", name=name).click()
    await expect(page.get_by_role("button", name="Slå av kameraet")).to_be_visible()


async def sees(page: Page, name: str) -> None:
    async with asyncio.timeout(30):
        while not await page.evaluate(MOVES, name):
            await asyncio.sleep(0.05)


async def hears(page: Page, name: str) -> None:
    async with asyncio.timeout(30):
        while not await page.evaluate(SOUNDS, name):
            await asyncio.sleep(0.05)


async def shares_a_screen(member: Page, observer: Page, name: str) -> None:
    """It is the main picture while it lasts."""
    await member.evaluate(SHARES)
    await member.get_by_role("button", name="Del skjerm").click()
    await expect(observer.locator(".tile[data-main]")).to_contain_text(f"Skjermen til {name}")
    await sees(observer, "Skjermen til")
    await shoot(observer, "screen")
    await member.get_by_role("button", name="Slutt å dele skjerm").click()
    await expect(observer.locator(".tile[data-main]")).to_contain_text("har ordet")


async def shoot(page: Page, name: str, **more: Any) -> None:
    """Leave a picture, if somebody wants to look."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, **more)


async def test_those_in_the_room_see_and_hear_each_other_and_the_floor_moves(
    house: House, cameras: Browser
) -> None:
    both = spec_of(speakers=frozenset({MEMBER.identity, OTHER.identity}))
    await house.wants(both)
    member, other, observer = [await go_in(cameras, house, one) for one in ("member", "other", "observer")]
    for page in (member, other):
        await expect(page.get_by_role("button", name="Slå på kameraet")).to_be_enabled()
        await switch_on(page)
    await sees(member, OTHER.name)
    await sees(other, MEMBER.name)
    for name in (MEMBER.name, OTHER.name):
        await sees(observer, name)
    await hears(observer, MEMBER.name)
    await house.wants(FLOOR)
    await expect(observer.locator(".tile", has_text=OTHER.name)).to_have_count(0)
    await expect(observer.locator(".tile[data-main]")).to_contain_text(f"{MEMBER.name} har ordet")
    await sees(observer, MEMBER.name)
    await expect(other.locator("[data-said]")).to_contain_text("Du har ikke ordet lenger")
    await expect(other.get_by_role("button", name="Slå på mikrofonen")).to_be_disabled()
    await shoot(observer, "observer")
    await shoot(member, "member")
    await house.wants(spec_of(speakers=frozenset({OTHER.identity})))
    await expect(other.locator("[data-said]")).to_contain_text("Du kan snakke nå")
    await switch_on(other)
    await sees(observer, OTHER.name)
    await sees(member, OTHER.name)
    assert [complaints_of[page] for page in (member, other, observer)] == [[], [], []]


async def test_an_observers_page_has_no_devices_and_no_buttons_for_any(
    house: House, cameras: Browser
) -> None:
    page = await at_door(cameras, house, "observer", 390)
    await page.evaluate("void (navigator.mediaDevices.getUserMedia = () => { window.asked = true; })")
    await shoot(page, "observer-door-390")
    await page.get_by_role("button", name="Gå inn i rommet").click()
    await expect(page.get_by_role("heading", name="I rommet (0)")).to_be_visible()
    shown = page.locator("main button:visible")
    assert await shown.all_inner_texts() == ["Gå ut"]
    assert await page.evaluate("window.asked === undefined")
    await shoot(page, "observer-390")


async def test_devices_are_tried_before_one_goes_in_and_off_when_one_is_in(
    house: House, cameras: Browser
) -> None:
    await house.wants(FLOOR)
    page = await at_door(cameras, house, "member", 390)
    await expect(page.get_by_text("Alle i møtet kan se og høre deg").first).to_be_visible()
    await page.get_by_role("button", name="Prøv kamera og mikrofon").click()
    await until(page, "document.querySelector('video[data-own]').videoWidth > 0")
    await until(page, "document.querySelector('meter').value > 0.02")
    assert len(await page.get_by_label("Kamera", exact=True).locator("option").all()) >= 1
    await shoot(page, "check-390")
    assert await sideways(page) == []
    assert await accessibility_findings(page) == []
    await page.set_viewport_size({"width": 1280, "height": 844})
    await shoot(page, "check")
    await page.get_by_role("button", name="Gå inn i rommet").click()
    await expect(page.get_by_role("button", name="Slå på kameraet")).to_be_enabled()
    present = await house.rooms.present(house.ref)
    assert [(one.microphone, one.camera) for one in present] == [(False, False)]
    assert await page.evaluate("document.querySelector('video[data-own]').srcObject") is None


async def test_a_host_lets_in_mutes_and_puts_out_and_one_comes_back(house: House, cameras: Browser) -> None:
    lobby = spec_of(lobby=True, speakers=FLOOR.speakers)
    await house.wants(lobby)
    chair, member = await go_in(cameras, house, "chair"), await go_in(cameras, house, "member", 390)
    await expect(member.get_by_text("Du er i lobbyen")).to_be_visible()
    await shoot(member, "waiting-390")
    await expect(chair.locator("[data-said]")).to_have_text("Noen venter i lobbyen.")
    await shoot(chair, "host-lobby")
    await chair.get_by_role("button", name=f"Slipp inn: {MEMBER.name}").press("Enter")
    await expect(chair.locator("[data-inside]")).to_be_focused()
    await expect(member.get_by_role("button", name="Slå på kameraet")).to_be_enabled()
    await switch_on(member)
    await sees(chair, MEMBER.name)
    await shoot(chair, "host")
    await shoot(member, "member-390")
    assert await sideways(member) == []
    for page in (chair, member):
        assert await accessibility_findings(page) == []
    await chair.set_viewport_size({"width": 390, "height": 844})
    await shoot(chair, "host-390")
    assert await sideways(chair) == []
    await chair.get_by_role("button", name=f"Demp: {MEMBER.name}").click()
    await expect(member.locator("[data-said]")).to_have_text("Møtelederen slo av mikrofonen din.")
    await expect(member.get_by_role("button", name="Slå på mikrofonen")).to_be_enabled()
    await member.get_by_role("button", name="Gå ut").click()
    await expect(member.get_by_text("Du har gått ut av rommet.")).to_be_visible()
    await member.get_by_role("button", name="Gå inn igjen").click()
    await expect(member.get_by_role("button", name="Slå på kameraet")).to_be_enabled()
    await chair.get_by_role("button", name=f"Ta ut: {MEMBER.name}").click()
    await expect(member.get_by_text("Du er tatt ut av rommet")).to_be_visible()
    await shoot(member, "put-out-390")
    await member.get_by_role("button", name="Gå inn igjen").click()
    await expect(member.get_by_text("Du er i lobbyen")).to_be_visible()
    await chair.get_by_role("button", name="Slipp inn alle").click()
    await expect(member.get_by_role("button", name="Slå på kameraet")).to_be_enabled()


async def test_a_shared_screen_is_the_main_picture(house: House, cameras: Browser) -> None:
    await house.wants(FLOOR)
    member, observer = [await go_in(cameras, house, one) for one in ("member", "observer")]
    await expect(member.get_by_role("button", name="Slå på kameraet")).to_be_enabled()
    await switch_on(member)
    await shares_a_screen(member, observer, MEMBER.name)


async def test_closed_doors_and_a_lost_connection_mend_by_themselves(house: House, cameras: Browser) -> None:
    page = await go_in(cameras, house, "observer")
    await expect(page.get_by_text("Tilhørere: 1")).to_be_visible()
    house.cut = True
    (room,) = house.rooms._rooms.values()
    (only,) = room.members.values()
    await only._channel.close()
    await expect(page.get_by_text("Mistet kontakten med rommet.")).to_be_visible()
    house.cut = False
    await expect(page.get_by_text("Tilhørere: 1")).to_be_visible()
    await page.clock.install()
    await house.wants(spec_of(door="locked"))
    await expect(page.get_by_text("Møtet er lukket.")).to_be_visible()
    await house.wants(spec_of())
    await page.clock.fast_forward(20_000)
    await expect(page.get_by_text("Tilhørere: 1")).to_be_visible()


async def test_a_page_of_another_origin_opens_no_socket(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        for origin in ({}, {"Origin": "https://elsewhere.example"}):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{house.url}/socket", headers=origin)
        async with session.ws_connect(f"{house.url}/socket", headers={"Origin": house.url}) as socket:
            await socket.send_str("x" * 200_000)
            assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.TEXT)
