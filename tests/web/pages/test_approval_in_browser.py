"""The agenda in a real browser: a dialog about the case it was opened from, objections from a phone."""

import pytest
from playwright.async_api import Browser, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, complaints
from tests.web.pages.test_approval import CHAIR, PARTICIPANT, SECRETARY, Evening
from tests.web.pages.test_approval import evening as _evening
from tests.web.pages.test_staff_in_browser import browser as _browser
from tests.web.pages.test_staff_in_browser import somebody

pytestmark = pytest.mark.browser

browser = _browser
evening = _evening


async def test_the_agenda_is_approved_by_keyboard_alone(evening: Evening, browser: Browser) -> None:
    async with somebody(evening.web, browser, Role.CHAIR) as page:
        found = complaints(page)
        await page.goto(CHAIR)
        await page.get_by_role("button", name="Godkjenn …").focus()
        await page.keyboard.press("Space")
        await expect(page.locator("#approval-all")).to_be_checked()
        assert await accessibility_findings(page) == []
        await page.locator("#ask-approval").get_by_role("button", name="Godkjenn").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".unapproved")).to_have_count(0)
        await expect(page.locator("#ask-approval")).to_have_count(0)
        assert found == []


@pytest.mark.parametrize(("role", "path"), [(Role.CHAIR, CHAIR), (Role.SECRETARY, SECRETARY)])
async def test_the_dialog_is_about_the_case_it_was_opened_from(
    evening: Evening, browser: Browser, role: Role, path: str
) -> None:
    async with somebody(evening.web, browser, role, viewport={"width": 390, "height": 700}) as page:
        await page.goto(path)
        await page.get_by_role("button", name="Endre … Skolestruktur").click()
        await expect(page.locator("#agenda-item")).to_have_value(str(evening.second))
        await page.locator("#agenda-postponed").check()
        await page.locator("#ask-agenda [name=unanimous]").uncheck()
        await page.locator("#agenda-mot-0").fill("3")
        await page.get_by_role("button", name="Før vedtaket").click()
        refusal = page.locator("#ask-agenda .refusal")
        await expect(refusal).to_have_text("Det er ikke flertall for dette. Ingenting er endret.")
        await expect(refusal).to_be_in_viewport()
        assert await accessibility_findings(page) == []
        await page.locator("#agenda-mot-0").fill("1")
        await page.get_by_role("button", name="Før vedtaket").click()
        await expect(page.locator("#ask-agenda[open]")).to_have_count(0)
        await expect(page.locator("body")).to_contain_text("Utsatt")


async def test_an_objection_from_a_phone_is_shown_at_once_to_whoever_made_it(
    evening: Evening, browser: Browser
) -> None:
    kari = evening.web.town.people[0]
    async with somebody(evening.web, browser, Role.PARTICIPANT, person_id=kari) as page:
        await page.goto(PARTICIPANT)
        await page.locator("#saker-tab").click()
        said = page.get_by_text("Du har motsatt deg at saken behandles.")
        await expect(said).to_be_hidden()
        await page.locator("#agenda").get_by_role("button", name="Motsett meg behandling").click()
        await page.locator("dialog[open]").get_by_role("button", name="Motsett meg behandling").click()
        await expect(said).to_be_visible()
        await expect(page.locator("#agenda [data-opens]")).to_be_hidden()


async def test_without_scripts_the_same_buttons_work(evening: Evening, browser: Browser) -> None:
    async with somebody(evening.web, browser, Role.CHAIR, java_script_enabled=False) as page:
        await page.goto(CHAIR)
        await page.get_by_text("Godkjenn …").click()
        await page.get_by_role("button", name="Godkjenn", exact=True).click()
        await expect(page.locator(".unapproved")).to_have_count(0)
    kari = evening.web.town.people[0]
    async with somebody(
        evening.web, browser, Role.PARTICIPANT, person_id=kari, java_script_enabled=False
    ) as page:
        await page.goto(PARTICIPANT)
        await page.locator("#agenda a.ds-button").first.click()
        await page.get_by_role("button", name="Motsett meg behandling", exact=True).click()
        await expect(page.get_by_text("Du har motsatt deg at saken behandles.")).to_be_visible()
