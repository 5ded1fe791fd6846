"""The chat in a real browser: written on a phone, seen on the console, never by an observer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, complaints, covered, sideways
from tests.web.client import Web
from tests.web.pages.test_chat import chatting, member, writes
from tests.web.pages.test_staff_in_browser import CHAIR, PARTICIPANT, SECRETARY, somebody
from tests.web.pages.test_staff_in_browser import browser as _browser

pytestmark = pytest.mark.browser

browser = _browser
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
LINES = "#chat-lines .line"
_QUEUE = "document.getElementById('queue').getBoundingClientRect().top"
_ALL_IN_SIGHT = """() => ["floor", "queue", "chat-lines", "chat-text", "last"].every((id) => {
    const box = document.getElementById(id).getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight && box.height > 24;
})"""


@pytest.fixture
async def phone(web_service: Web, browser: Browser) -> AsyncIterator[Page]:
    """Ola's phone, the chat open, which is for asking for the floor."""
    await chatting(web_service, "floor_only")
    ola = web_service.town.people[1]
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=ola, **PHONE) as page:
        await page.goto(PARTICIPANT)
        await page.locator("#chat-tab").tap()
        yield page


async def says(page: Page, text: str) -> None:
    await page.locator("#chat-text").fill(text)
    await page.locator("#chat-text").press("Enter")


async def test_innlegg_written_on_a_phone_stands_on_the_chairs_list(
    web_service: Web, browser: Browser, phone: Page
) -> None:
    found = complaints(phone)
    async with somebody(web_service, browser, Role.CHAIR) as console:
        found_there = complaints(console)
        await console.goto(CHAIR)
        await says(phone, "Innlegg!")
        await expect(phone.locator(LINES)).to_contain_text("Innlegg · nr. 1 på listen")
        await expect(phone.locator("#chat-text")).to_have_value("")
        await expect(phone.locator("#mine-headline")).to_have_text("Du er neste")
        await expect(console.locator("#queue-rows strong")).to_have_text(["Ola Vik"])
        await expect(console.locator("#chat-latest")).to_have_text(
            "«Ola Vik: Innlegg!» → Innlegg · nr. 1 på listen"
        )
        await expect(console.locator("[data-chat-unread]")).to_have_text("1 uleste")
        await console.keyboard.press("c")
        await expect(console.locator("#chat-text")).to_be_focused()
        await expect(console.locator("[data-chat-unread]")).to_be_hidden()
        await console.keyboard.type("nei, vent")
        await console.keyboard.press("Enter")
        await expect(phone.locator(LINES).last).to_contain_text("nei, vent")
        await expect(console.locator("#floor .big-name")).to_have_text("Ingen har ordet")
        await console.keyboard.press("Escape")
        await expect(console.locator("#chat-text")).to_be_hidden()
        assert found == found_there == []


async def test_a_refused_line_stays_in_the_field_with_the_reason(phone: Page) -> None:
    await says(phone, "Enig med Siri")
    await expect(phone.locator("#chat-text-error")).to_contain_text("Her kan du bare be om ordet.")
    await expect(phone.locator("#chat-text")).to_have_value("Enig med Siri")
    await expect(phone.locator("#chat-text")).to_have_attribute("aria-invalid", "true")
    await expect(phone.locator(LINES)).to_have_count(0)
    assert await accessibility_findings(phone) == []
    await says(phone, "replikk")
    await expect(phone.locator("#chat-text-error")).to_be_hidden()
    await expect(phone.locator(LINES)).to_contain_text("Ikke på listen")


async def test_only_ones_own_line_has_a_button_and_it_deletes(web_service: Web, phone: Page) -> None:
    await writes(await member(web_service, 2), "innlegg")
    await says(phone, "innlegg")
    await expect(phone.locator(LINES)).to_have_count(2)
    await expect(phone.locator(".line__delete:visible")).to_have_count(1)
    await phone.locator(".line__delete:visible").tap()
    await expect(phone.locator(LINES).last).to_contain_text("Slettet av den som skrev")
    await expect(phone.locator(".line__delete:visible")).to_have_count(0)


async def test_unread_lines_are_counted_while_another_tab_is_open(web_service: Web, phone: Page) -> None:
    await phone.locator("#talere-tab").tap()
    await writes(await member(web_service, 2), "innlegg")
    await expect(phone.locator("#chat-tab")).to_contain_text("1")
    await phone.locator("#chat-tab").tap()
    await expect(phone.locator("#chat-tab .chat__unread")).to_be_hidden()


async def test_new_lines_are_read_aloud_only_while_the_chat_is_open(
    web_service: Web, browser: Browser
) -> None:
    await chatting(web_service)
    siri = await member(web_service, 2)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await writes(siri, "Mens den er lukket")
        await expect(page.locator("#chat-latest")).to_contain_text("lukket")
        await expect(page.locator("[data-chat-said]")).to_have_text("")
        await page.keyboard.press("c")
        await writes(siri, "Mens den er åpen")
        await expect(page.locator("[data-chat-said]")).to_have_text("Siri Moen. Mens den er åpen")


async def test_the_chair_closes_the_chat_and_the_field_says_so(
    web_service: Web, browser: Browser, phone: Page
) -> None:
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.keyboard.press("c")
        await page.get_by_role("button", name="Endre hva chatten er for").click()
        await page.get_by_role("group", name="Hele møtet").get_by_role("button", name="Stengt").click()
        await expect(page.locator("#ask-chat")).to_be_hidden()
        await expect(page.locator("#chat-purpose")).to_contain_text("Chatten er stengt.")
    await expect(phone.locator("#chat-text")).to_be_disabled()
    await expect(phone.locator("#chat-purpose")).to_have_text("Chatten er stengt.")


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
async def test_an_open_chat_pushes_nothing_out_of_the_console(
    web_service: Web, browser: Browser, size: tuple[int, int]
) -> None:
    await chatting(web_service)
    for number in range(8):
        await writes(await member(web_service, number % 4), f"Linje {number} om noe annet enn saken")
    viewport = {"width": size[0], "height": size[1]}
    for role, path in ((Role.CHAIR, CHAIR), (Role.SECRETARY, SECRETARY)):
        async with somebody(web_service, browser, role, viewport=viewport) as page:
            await page.goto(path)
            await expect(page.locator("#chat-latest")).to_contain_text("Linje 7")
            await expect(page.locator("html")).to_have_attribute("data-connection", "open")
            before = await page.evaluate(_QUEUE)
            await page.keyboard.press("c")
            await expect(page.locator("#chat-text")).to_be_focused()
            assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            assert await page.evaluate(_ALL_IN_SIGHT)
            assert await page.evaluate(_QUEUE) == before
            assert await accessibility_findings(page) == []


@pytest.mark.parametrize("width", [320, 1280])
async def test_its_own_page_fits_and_is_accessible(web_service: Web, browser: Browser, width: int) -> None:
    await chatting(web_service)
    await writes(await member(web_service), "Enlangsetningutenmellomrom" * 8)
    viewport = {"width": width, "height": 700}
    async with somebody(web_service, browser, Role.IT_SUPPORT, viewport=viewport) as page:
        found = complaints(page)
        await page.goto("/mote/kommunestyret/chat")
        await says(page, "Lyden er god")
        await expect(page.locator(LINES).last).to_contain_text("IT-støtte")
        assert await accessibility_findings(page) == []
        assert await sideways(page) == []
        assert await covered(page) == []
        assert found == []


async def test_without_scripts_a_line_is_sent_all_the_same(web_service: Web, browser: Browser) -> None:
    await chatting(web_service, "floor_only")
    ola = web_service.town.people[1]
    async with somebody(
        web_service, browser, Role.PARTICIPANT, person_id=ola, java_script_enabled=False
    ) as page:
        await page.goto(PARTICIPANT)
        await says(page, "innlegg")
        await expect(page.locator(LINES)).to_contain_text("Innlegg · nr. 1 på listen")
        await says(page, "Enig")
        await expect(page.locator("#chat-text-error")).to_contain_text("Her kan du bare be om ordet.")
        await expect(page.locator("#chat-text")).to_have_value("Enig")


async def test_an_observers_page_has_no_chat_and_what_it_sends_is_refused(
    web_service: Web, browser: Browser
) -> None:
    await chatting(web_service)
    await writes(await member(web_service), "Ord bare for oss")
    context = await browser.new_context(base_url=f"http://fjellvik.localhost:{web_service.port}")
    page = await context.new_page()
    await page.goto("/mote/kommunestyret")
    content = await page.content()
    assert "Ord bare for oss" not in content
    assert "chat" not in content.lower()
    for address in ("/mote/kommunestyret/chat", "/mote/kommunestyret/chat/slett"):
        status = await page.evaluate(
            """(address) => fetch(address, { method: "POST", body: new URLSearchParams({ text: "innlegg" }) })
                .then((answer) => answer.status)""",
            address,
        )
        assert status == 401
    await context.close()
