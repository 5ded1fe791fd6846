"""The consoles in a real browser: keys, live updates, narrow windows, without scripts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, Route, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, answered, complaints, sideways
from tests.web.client import Web

pytestmark = pytest.mark.browser

HERE = "fjellvik.localhost"
CHAIR = "/mote/kommunestyret/leder"
SECRETARY = "/mote/kommunestyret/sekretar"
PARTICIPANT = "/mote/kommunestyret/deltaker"


@asynccontextmanager
async def somebody(
    web: Web, browser: Browser, *roles: Role, person_id: UUID | None = None, **more: Any
) -> AsyncIterator[Page]:
    """A browser window of somebody who is logged in."""
    client = await web.logged_in(*roles, person_id=person_id)
    context = await browser.new_context(base_url=f"http://{HERE}:{web.port}", locale="nb-NO", **more)
    await context.add_cookies(
        [
            {"name": name, "value": value, "url": f"http://{HERE}:{web.port}"}
            for name, value in client.cookies.items()
        ]
    )
    page = await context.new_page()
    try:
        yield page
    finally:
        await context.close()


@pytest.fixture
async def browser(web_service: Web, browser: Browser) -> Browser:
    """Chromium, and a host name of the municipality's that it finds on this machine."""
    directory = web_service.running.services.directory
    town = await directory.organisation(web_service.town.organisation_id)
    assert town
    await directory.put_organisation(town.model_copy(update={"hosts": (*town.hosts, HERE)}))
    return browser


async def test_a_hand_raised_in_the_hall_takes_three_keys(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    async with somebody(web_service, browser, Role.CHAIR) as page:
        found = complaints(page)
        await page.goto(CHAIR)
        rows = page.locator("#queue-rows li strong")
        for key in "ikn":
            await page.keyboard.press(key)
        await expect(rows).to_have_text(["Kari Nordli"])
        await page.keyboard.press("n")
        await expect(page.locator("#floor .big-name")).to_contain_text("Kari Nordli")
        for key in "rov":
            await page.keyboard.press(key)
        await expect(page.locator(".queue__kind")).to_contain_text("Replikk 1/2")
        for key in "dsm":
            await page.keyboard.press(key)
        await expect(rows).to_have_text(["Siri Moen", "Ola Vik"])
        await page.keyboard.press("k")
        await expect(page.locator("#floor")).to_contain_text("Klokka står")
        await page.keyboard.press("z")
        await expect(page.locator("#floor")).not_to_contain_text("Klokka står")
        await page.keyboard.press("+")
        await expect(page.locator("#floor")).to_contain_text("lagt til 30 s")
        await page.keyboard.press("Space")
        await expect(page.locator("#floor .big-name")).to_have_text("Ingen har ordet")
        await page.keyboard.press("s")
        await expect(page.locator("#top")).to_contain_text("Sending stoppet")
        assert found == []


async def test_keys_do_nothing_in_a_field_or_when_switched_off(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.keyboard.press("/")
        await page.keyboard.type("xs")
        await expect(page.locator("#top")).to_contain_text("DIREKTE")
        await expect(page.locator("#add .pick-list")).to_contain_text("Ingen passer")
        await page.keyboard.press("Escape")
        await page.locator("[data-keys-switch]").uncheck()
        await page.locator("body").press("s")
        await expect(page.locator("#top")).to_contain_text("DIREKTE")


async def test_a_refusal_stands_beside_its_button_and_goes_away(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    machine = web_service.machine()
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await machine.says(session_id, "record_departure", person_id=str(web_service.town.people[0]))
        for key in "ikn":
            await page.keyboard.press(key)
        await expect(page.locator(".refusal")).to_have_text("Er ikke registrert til stede.")
        for key in "iov":
            await page.keyboard.press(key)
        await expect(page.locator(".refusal")).to_have_count(0)


async def test_a_key_pressed_while_a_dialog_is_answered_acts_once_it_has_closed(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    arrives = asyncio.Event()

    async def slow_line(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.route("**/kommando?*", slow_line)
        await page.keyboard.press("p")
        await page.get_by_role("button", name="Ta pause").press("Enter")
        await expect(page.locator("dialog form[aria-busy]")).to_be_visible()
        for key in "fs":
            await page.keyboard.press(key)
        arrives.set()
        await expect(page.locator("#top")).to_contain_text("Sending stoppet")
        await expect(page.get_by_role("button", name="Møtepause …")).to_be_visible()
        log = (await web_service.machine().get(f"/api/v1/sessions/{session_id}/events")).json["events"]
        assert {one["type"] for one in log[-2:]} == {"break_ended", "broadcast_stopped"}


async def test_closing_the_doors_is_walked_through_by_keyboard(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.get_by_role("button", name="Lukk dører").press("Enter")
        await page.get_by_label("kommuneloven § 11-5 tredje ledd bokstav a").check()
        await page.get_by_role("button", name="Før forslaget").press("Enter")
        await answered(page)
        await page.get_by_role("button", name="Enstemmig for lukking (4)").press("Enter")
        await page.get_by_role("button", name="Lukk dørene …").press("Enter")
        await page.get_by_label("Hvem andre blir i salen").fill("Kommunedirektøren")
        await page.get_by_role("button", name="Lukk dørene", exact=True).press("Enter")
        await answered(page)
        await expect(page.locator("#top")).to_contain_text("Dører lukket")
        await page.get_by_role("button", name="Åpne dørene …").press("Enter")
        await expect(page.locator("#top")).to_contain_text("Dører lukket")
        await page.get_by_role("button", name="Åpne dørene", exact=True).press("Enter")
        await expect(page.locator("#top")).to_contain_text("DIREKTE")


async def test_the_secretary_loses_nothing_when_the_case_changes(web_service: Web, browser: Browser) -> None:
    session_id, item_id = await web_service.town.debates()
    other = "5b0c8c4e-52a5-4c8e-b3b5-111111111111"
    machine = web_service.machine()
    await machine.says(session_id, "add_item", item_id=other, title="Neste sak", kind="report_item")
    async with somebody(web_service, browser, Role.SECRETARY) as page:
        found = complaints(page)
        await page.goto(SECRETARY)
        field = page.locator(f"#decision-{item_id}")
        await field.fill("Halvveis skrevet vedtak")
        await machine.says(session_id, "open_item", item_id=other, current_id=str(item_id))
        await expect(field).to_have_count(0)
        await machine.says(session_id, "open_item", item_id=str(item_id), current_id=other)
        await expect(field).to_have_value("Halvveis skrevet vedtak")
        await page.locator(f"#tally-{item_id} summary").click()
        against = page.locator("[data-against]").first
        await against.fill("1")
        await expect(page.locator("[data-in-favour]").first).to_have_value("3")
        await expect(page.locator("[data-sum-for]").first).to_have_text("3")
        await page.get_by_role("button", name="Før stemmetallene").click()
        await expect(page.locator("#work")).to_contain_text("Vedtatt 3–1")
        await page.get_by_role("button", name="Før vedtaket", exact=True).click()
        await expect(page.locator("#protocol")).to_contain_text("Vedtak i Sak 47/26: Tatt til orientering")
        assert found == []


async def test_the_roll_is_called_with_one_key_for_each(web_service: Web, browser: Browser) -> None:
    town = web_service.town
    session_id = await town.plans_session(await town.plans_meeting())
    await web_service.machine().says(session_id, "open_session")
    async with somebody(web_service, browser, Role.SECRETARY) as page:
        found = complaints(page)
        await page.goto(SECRETARY)
        boxes = page.locator("[data-roll] input[name=present]")
        number = await boxes.count()
        await boxes.first.focus()
        missing = await boxes.nth(1).get_attribute("value")
        for key in ["j", "m", *"j" * (number - 2)]:
            await page.keyboard.press(key)
        await expect(page.locator("[data-roll-count]")).to_have_text(f"{number - 1} til stede")
        assert await accessibility_findings(page) == []
        await page.keyboard.press("Enter")  # the button has focus after the last
        await expect(page.locator("#top")).to_contain_text(f"{number - 1} av {number} til stede")
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert len(state["presence"]) == number - 1
        assert missing not in state["presence"]
        assert found == []


async def test_a_participant_asks_with_one_thumb(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    person = web_service.town.people[1]
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=person, **phone) as page:
        found = complaints(page)
        await page.goto(PARTICIPANT)
        await page.get_by_role("button", name="Innlegg").tap()
        headline = page.locator("#mine-headline")
        await expect(headline).to_have_text("Du er neste")
        await expect(page.locator("[data-receipt]")).to_contain_text("Mottatt kl.")
        await expect(page.locator("#list [data-own]")).to_contain_text("Ola Vik")
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        await web_service.machine().says(
            session_id, "call_next_speaker", request_id=state["waiting"][0], current_id=None
        )
        await expect(headline).to_have_text("Du har ordet")
        assert await accessibility_findings(page) == []
        await page.get_by_role("button", name="Jeg er ferdig").tap()
        await expect(headline).to_have_text("Du står ikke på talerlisten")
        assert found == []


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
async def test_the_console_is_one_screen(web_service: Web, browser: Browser, size: tuple[int, int]) -> None:
    await web_service.town.debates()
    viewport = {"width": size[0], "height": size[1]}
    async with somebody(web_service, browser, Role.CHAIR, viewport=viewport) as page:
        await page.goto(CHAIR)
        for key in "iknnrovdsm":
            await page.keyboard.press(key)
            await page.wait_for_timeout(150)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await page.evaluate("""() => ["case", "floor", "queue", "matter", "last"].every((id) => {
            const box = document.getElementById(id).getBoundingClientRect();
            return box.top >= 0 && box.bottom <= innerHeight && box.height > 30;
        })""")
        assert await accessibility_findings(page) == []


@pytest.mark.parametrize("width", [320, 768])
async def test_every_page_fits_a_narrow_window(web_service: Web, browser: Browser, width: int) -> None:
    """320 pixels are what is left of 1280 at 400 % zoom."""
    await web_service.town.debates()
    person = web_service.town.people[0]
    roles = (Role.CHAIR, Role.SECRETARY, Role.IT_SUPPORT, Role.PARTICIPANT)
    viewport = {"width": width, "height": 640}
    async with somebody(web_service, browser, *roles, person_id=person, viewport=viewport) as page:
        paths = (CHAIR, SECRETARY, PARTICIPANT, "/drift", "/drift/kilder/ny")
        for path in (*paths, "/planlegg", "/planlegg/ny?organ=kommunestyret", "/planlegg/kommunestyret"):
            answer = await page.goto(path)
            assert answer
            assert answer.status == 200, path
            assert await sideways(page) == [], path
            assert await accessibility_findings(page) == [], path


async def test_the_console_works_without_scripts(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    async with somebody(web_service, browser, Role.CHAIR, java_script_enabled=False) as page:
        await page.goto(CHAIR)
        await page.locator("#add-person").select_option(label="Kari Nordli (SP)")
        await page.locator("#add").get_by_role("button", name="Innlegg").click()
        await expect(page.locator("#queue-rows")).to_contain_text("Kari Nordli")
        await page.get_by_role("button", name="Neste taler").click()
        await expect(page.locator("#floor .big-name")).to_contain_text("Kari Nordli")
        await page.get_by_role("link", name="Møtepause").click()
        await page.get_by_role("button", name="Ta pause").click()
        await expect(page.locator("#case")).to_contain_text("Møtepause til kl.")
