"""The screens in a real browser: the way in, letters that fit, a name plate that comes and goes."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from orchestrator.store.records import Person
from tests.browser import accessibility_findings, complaints, sideways
from tests.web.client import Web

pytestmark = pytest.mark.browser

HERE = "fjellvik.localhost"
WIDE = {"width": 1920, "height": 1080}
LONG = "Anne-Margrethe Hagen-Thorbjørnsrud"


@pytest.fixture
async def browser(web_service: Web, browser: Browser) -> Browser:
    """Chromium, a host name that it finds, and somebody with a long name."""
    directory, town = web_service.running.services.directory, web_service.town
    here = await directory.organisation(town.organisation_id)
    assert here
    await directory.put_organisation(here.model_copy(update={"hosts": (*here.hosts, HERE)}))
    long = Person(id=town.people[3], organisation_id=town.organisation_id, name=LONG)
    await directory.put_person(long)
    return browser


@asynccontextmanager
async def screen(
    web: Web, browser: Browser, name: str, **more: Any
) -> AsyncIterator[tuple[Page, UUID, list[str]]]:
    """A window opened on a new link's address, as OBS opens it; the link; what the page complains of."""
    link_id, path = await web.link(Role.DISPLAY)
    secret = path.rpartition("/")[2]
    root = f"http://{HERE}:{web.port}"
    context = await browser.new_context(**({"viewport": WIDE} | more))
    page = await context.new_page()
    found = complaints(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{root}/mote/kommunestyret/{name}#{secret}")
    await page.wait_for_selector("body[data-live-url]")
    assert page.url == f"{root}/mote/kommunestyret/{name}"
    assert not [url for url in asked if secret in url and "#" not in url]
    try:
        yield page, link_id, found
    finally:
        await context.close()


async def speaks(web: Web, session_id: UUID, number: int, **more: Any) -> UUID:
    """Somebody is given the floor."""
    request = uuid4()
    state = (await web.machine().get(f"/api/v1/sessions/{session_id}")).json
    asked = {"request_id": str(request), "person_id": str(web.town.people[number])}
    await web.machine().says(session_id, "request_floor", **asked, **more)
    current = state["current_speech_id"]
    await web.machine().says(session_id, "start_speech", request_id=str(request), current_id=current)
    return request


async def waits(web: Web, session_id: UUID, *numbers: int) -> None:
    """They ask for the floor."""
    for number in numbers:
        asked = {"request_id": str(uuid4()), "person_id": str(web.town.people[number])}
        await web.machine().says(session_id, "request_floor", **asked)


async def shoot(page: Page, name: str, **more: Any) -> None:
    """Leave a picture, if somebody wants to look."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", **more)


async def test_a_name_plate_without_a_link_leaves_the_picture_alone(
    web_service: Web, browser: Browser
) -> None:
    page = await browser.new_page()
    await page.goto(f"http://{HERE}:{web_service.port}/mote/kommunestyret/navneskilt")
    await expect(page.locator(".plate")).to_be_hidden()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
async def test_the_hall_display_follows_with_letters_that_fit(
    web_service: Web, browser: Browser, motion: str
) -> None:
    session_id, _ = await web_service.town.debates()
    async with screen(web_service, browser, "storskjerm", reduced_motion=motion) as (page, _, found):
        headline = page.locator(".hall__headline")
        await expect(headline).to_have_text("Ingen taler i gang")
        await shoot(page, "hall-silent")
        await speaks(web_service, session_id, 3)
        await waits(web_service, session_id, 0, 1, 2)
        await expect(headline).to_have_text(LONG)
        await expect(page.locator(".hall__next li")).to_have_count(3)
        await page.wait_for_timeout(300)
        await shoot(page, "hall-long")
        assert await page.evaluate("""() => {
            const text = document.querySelector(".hall__headline"), box = text.parentElement;
            return text.scrollWidth <= box.clientWidth && text.offsetHeight <= box.clientHeight
                && document.documentElement.scrollHeight <= innerHeight;
        }""")
        sizes = await page.evaluate("""() => [...document.querySelectorAll(".hall *")]
            .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
                && one.checkVisibility() && !one.closest(".ds-sr-only"))
            .map((one) => parseFloat(getComputedStyle(one).fontSize))""")
        assert min(sizes) >= 0.051 * WIDE["height"]
        size = "parseFloat(getComputedStyle(document.querySelector('.hall__headline')).fontSize)"
        assert await page.evaluate(size) >= 0.09 * WIDE["height"]
        assert await accessibility_findings(page) == []
        assert found == []


async def test_overrun_is_told_in_words_and_shape(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    speech = await speaks(web_service, session_id, 0)
    await web_service.machine().says(session_id, "extend_speech", speech_id=str(speech), seconds=-3600)
    async with screen(web_service, browser, "storskjerm") as (page, _, found):
        await expect(page.locator(".speech-clock__over")).to_be_visible()
        await expect(page.locator(".speech-clock__time")).to_have_css(
            "background-color", "rgb(255, 255, 255)"
        )
        await shoot(page, "hall-over")
        await web_service.machine().says(session_id, "start_break", kind="lunch")
        await expect(page.locator(".hall__headline")).to_have_text("Matpause")
        await page.wait_for_timeout(300)
        await shoot(page, "hall-break")
        middle = await page.locator(".hall__headline").bounding_box()
        assert middle
        assert 0.3 < (middle["y"] + middle["height"] / 2) / WIDE["height"] < 0.6
        assert await accessibility_findings(page) == []
        assert found == []


async def test_the_hall_display_fits_a_phone(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    await speaks(web_service, session_id, 3)
    await waits(web_service, session_id, 0, 1)
    phone = {"width": 390, "height": 844}
    async with screen(web_service, browser, "storskjerm", viewport=phone) as (page, _, _found):
        await page.wait_for_timeout(300)
        await shoot(page, "hall-phone")
        assert await sideways(page) == []
        assert await accessibility_findings(page) == []


async def test_the_name_plate_comes_and_goes_on_a_transparent_ground(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    async with screen(web_service, browser, "navneskilt") as (page, _, found):
        on_air = page.locator("#on-air")
        await expect(on_air).to_have_text("")
        await speaks(web_service, session_id, 3)
        await expect(on_air).to_contain_text(LONG)
        await expect(on_air).to_contain_text("Sak 47/26")
        await page.wait_for_timeout(700)
        await shoot(page, "plate-long", omit_background=True)
        assert await accessibility_findings(page) == []
        grounds = "[document.documentElement, document.body, document.querySelector('main')]"
        clear = await page.evaluate(f"{grounds}.map((one) => getComputedStyle(one).backgroundColor)")
        assert set(clear) == {"rgba(0, 0, 0, 0)"}
        await web_service.machine().says(session_id, "stop_broadcast")
        await expect(on_air).to_have_text("")
        await shoot(page, "plate-off", omit_background=True)
        assert found == []


async def test_a_name_plate_without_contact_is_off_and_the_hall_clock_gone(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    await speaks(web_service, session_id, 0)
    for name, part in (("navneskilt", "#on-air p"), ("storskjerm", ".speech-clock__time")):
        async with screen(web_service, browser, name) as (page, _, _found):
            await expect(page.locator(part).first).to_be_visible()
            await page.context.set_offline(True)
            await page.evaluate(
                "performance.now = ((real) => () => real() + 13000)(performance.now.bind(performance))"
            )
            await expect(page.locator(part).first).to_be_hidden()


async def test_a_revoked_screen_is_empty_within_two_seconds(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    await speaks(web_service, session_id, 0)
    services = web_service.running.services
    for name in ("storskjerm", "navneskilt"):
        async with screen(web_service, browser, name) as (page, link_id, _found):
            await expect(page.locator("main")).to_contain_text("Kari Nordli")
            here = web_service.town.organisation_id
            await services.access.revoke_link(here, link_id, services.clock.now())
            await expect(page.locator("main")).not_to_contain_text("Kari Nordli", timeout=2_000)
            await expect(page.locator("body[data-live-url]")).to_have_count(0)


async def test_changes_are_read_aloud_only_when_chosen(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    context = await browser.new_context(base_url=f"http://{HERE}:{web_service.port}")
    page = await context.new_page()
    await page.goto("/mote/kommunestyret/talerliste")
    said = page.locator("#announcement")
    await expect(said).to_have_text("")
    await page.get_by_label("Les opp endringer").check()
    await expect(said).to_contain_text("Ingen taler i gang")
    await speaks(web_service, session_id, 0)
    await expect(said).to_contain_text("Kari Nordli")
    await shoot(page, "list")
    assert await accessibility_findings(page) == []
    await context.close()
