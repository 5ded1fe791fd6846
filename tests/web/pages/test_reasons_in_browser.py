"""A reason from the phone to the secretary's dialog in a real browser, and nowhere on the way to others."""

from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, complaints, sideways
from tests.web.client import Web
from tests.web.pages.test_debate_in_browser import PHONE, browser, pytestmark, settled
from tests.web.pages.test_staff_in_browser import PARTICIPANT, SECRETARY, somebody

__all__ = ["browser", "pytestmark"]

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
SECRET = "Barnet er sykt.\nMå hente i barnehagen."


async def opened(page: Page) -> None:
    await page.get_by_text("Forfall, permisjon, habilitet …").click()


async def test_why_somebody_asks_for_leave_is_read_in_the_secretarys_dialog_and_nowhere_else(
    web_service: Web, browser: Browser
) -> None:
    _, item_id = await web_service.town.debates()
    kari = web_service.town.people[0]
    async with (
        somebody(web_service, browser, Role.PARTICIPANT, person_id=kari, **PHONE) as phone,
        somebody(web_service, browser, Role.SECRETARY, **DESK) as desk,
        somebody(web_service, browser, Role.ADMINISTRATOR, **DESK) as administrator,
    ):
        found = [complaints(page) for page in (desk, administrator)]
        await administrator.goto(SECRETARY)
        await desk.goto(SECRETARY)
        await settled(desk)
        await phone.goto(PARTICIPANT + "#saker")
        await opened(phone)
        leave = phone.get_by_role("group", name="Permisjon")
        await leave.get_by_label("Hvor lenge").select_option(str(item_id))
        await leave.get_by_label("Grunn").fill("x" * 1001)
        await phone.get_by_role("button", name="Be om permisjon").click()
        await expect(leave.get_by_text("Kan ha høyst 1000 tegn.")).to_be_visible()
        await expect(leave.get_by_label("Grunn")).to_be_focused()
        await expect(leave.get_by_label("Grunn")).to_have_value("x" * 1001)
        assert await accessibility_findings(phone) == []
        assert await sideways(phone) == []
        await leave.get_by_label("Grunn").fill(SECRET)
        await phone.get_by_role("button", name="Be om permisjon").click()
        await expect(phone.get_by_text("Sak 47/26: Permisjon søkt.")).to_be_visible()
        link = desk.get_by_role("link", name="Vis grunn: Kari Nordli (SP)")
        await link.click()
        dialog = desk.get_by_role("dialog", name="Permisjon: Kari Nordli (SP)")
        await expect(dialog).to_contain_text("Må hente i barnehagen.")
        assert await accessibility_findings(desk) == []
        assert await sideways(desk) == []
        await dialog.get_by_role("button", name="Lukk").or_(dialog.get_by_text("Lukk")).first.click()
        await expect(desk.get_by_role("dialog")).to_be_hidden()
        assert "barnehagen" not in await desk.content()
        await expect(administrator.locator("#seats")).to_contain_text("ber om permisjon: Sak 47/26")
        await expect(administrator.locator("[data-reason]")).to_be_hidden()
        assert "barnehagen" not in await administrator.content()
        assert found == [[], []]


async def test_leave_for_the_rest_of_the_meeting_is_asked_for_with_one_press(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    kari = web_service.town.people[0]
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=kari, **PHONE) as phone:
        await phone.goto(PARTICIPANT)
        await opened(phone)
        await phone.get_by_role("button", name="Be om permisjon").click()
        await expect(phone.get_by_text("Permisjon søkt.")).to_be_visible()
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert [leave["item_id"] for leave in state["leaves"]] == [None]


async def test_without_scripts_the_reason_is_written_and_read_on_pages_of_their_own(
    web_service: Web, browser: Browser
) -> None:
    await web_service.town.plans_session(await web_service.town.plans_meeting())
    kari = web_service.town.people[0]
    bare: dict[str, Any] = {"java_script_enabled": False}
    async with (
        somebody(web_service, browser, Role.PARTICIPANT, person_id=kari, **PHONE, **bare) as phone,
        somebody(web_service, browser, Role.SECRETARY, **DESK, **bare) as desk,
    ):
        await phone.goto(PARTICIPANT)
        await opened(phone)
        reason = phone.get_by_role("group", name="Forfall").get_by_label("Grunn")
        await reason.fill("x" * 1001)
        await phone.get_by_role("button", name="Meld forfall").click()
        await expect(reason).to_have_value("x" * 1001)
        await expect(phone.get_by_text("Kan ha høyst 1000 tegn.")).to_be_visible()
        await reason.fill(SECRET)
        await phone.get_by_role("button", name="Meld forfall").click()
        await expect(phone.get_by_text("Du har meldt forfall.")).to_be_visible()
        await desk.goto(SECRETARY)
        await desk.get_by_role("link", name="Vis grunn: Kari Nordli (SP)").click()
        await expect(desk.get_by_text("Må hente i barnehagen.")).to_be_visible()
        await desk.get_by_role("link", name="Tilbake til sekretærens side").click()
        await expect(desk.locator("#seats")).to_contain_text("meldt forfall")


async def test_whoever_is_taken_off_the_list_is_told_at_once(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    kari, request = web_service.town.people[0], str(uuid4())
    machine = web_service.machine()
    await machine.says(session_id, "request_floor", request_id=request, person_id=str(kari))
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=kari, **PHONE) as phone:
        await phone.goto(PARTICIPANT)
        await expect(phone.locator("#mine-headline")).to_have_text("Du er neste")
        await machine.says(session_id, "withdraw_request", request_id=request)
        words = "Møteledelsen har strøket deg fra talerlisten."
        await expect(phone.locator("#mine-told")).to_have_text(words)
        await expect(phone.locator("[data-said]")).to_contain_text(words)
        assert await accessibility_findings(phone) == []


async def test_whoever_waits_for_an_answer_gets_it_without_asking_and_keeps_what_they_write(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    kari, machine = web_service.town.people[0], web_service.machine()
    await machine.says(session_id, "ask_leave", person_id=str(kari))
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=kari, **PHONE) as phone:
        await phone.clock.install()
        await phone.goto(PARTICIPANT)
        await expect(phone.get_by_text("Permisjon søkt.")).to_be_visible()
        await opened(phone)
        reason = phone.get_by_role("group", name="Habilitet").get_by_label("Grunn")
        await reason.fill("Halvskrevet")
        await machine.says(session_id, "refuse_leave", person_id=str(kari))
        await phone.clock.fast_forward(10_000)
        await expect(phone.locator(".mine__standing")).to_have_text("Permisjon ble ikke innvilget.")
        await expect(phone.locator("[data-said]")).to_have_text("Permisjon ble ikke innvilget.")
        await expect(reason).to_have_value("Halvskrevet")
