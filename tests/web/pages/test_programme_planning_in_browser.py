"""Planning a conference in a real browser, on a phone and a laptop, without scripts."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from orchestrator.planner import plan_from_file
from tests.browser import accessibility_findings, covered, sideways
from tests.web.client import Web
from tests.web.pages.test_staff_in_browser import browser as _browser
from tests.web.pages.test_staff_in_browser import somebody

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

browser = _browser
FILE = Path("config/demo/dialogkonferanse.toml")
LOOKED_AT = (("program", ""), ("sesjon", "Åpen time om skoleveien"), ("rom", "Fylkets møterom"))
PAGE = "/planlegg/dialogkonferanse-1-2026/program"


async def test_a_session_is_planned_where_another_is_and_the_page_says_so(
    web_service: Web, browser: Browser
) -> None:
    node = web_service.town.node
    await plan_from_file(FILE, node.directory, node.commands)
    narrow = {"width": 390, "height": 844}
    async with somebody(
        web_service, browser, Role.SECRETARY, viewport=narrow, java_script_enabled=False
    ) as page:
        await page.goto(PAGE)
        await page.get_by_role("link", name="Ny sesjon").click()
        await page.get_by_label("Tittel").fill("Åpen time om skoleveien")
        await page.get_by_label("Begynner").fill("10:30")
        await page.get_by_label("Slutter", exact=True).fill("10:00")
        await page.get_by_label("Møterom").select_option(label="Oppvekst")
        await page.get_by_role("checkbox", name="Innleder: Liv Tangen").check()
        await page.get_by_role("button", name="Lagre").click()
        await expect(page.get_by_role("alert")).to_contain_text("Slutter: må være senere enn begynnelsen")
        await page.get_by_label("Slutter", exact=True).fill("11:00")
        await page.get_by_role("button", name="Lagre").click()
        await expect(page.locator("main")).to_contain_text(
            "«Oppvekst: struktur, kompetanse og ressurser» og «Åpen time om skoleveien» overlapper "
            "tirsdag 5. mai 10:30 og deler rommet «Oppvekst», innlederen Liv Tangen."
        )
    for width in (390, 1280):
        async with somebody(
            web_service, browser, Role.SECRETARY, viewport={"width": width, "height": 844}
        ) as page:
            for name, link in (
                ("program", ""),
                ("sesjon", "Åpen time om skoleveien"),
                ("rom", "Fylkets møterom"),
            ):
                await page.goto(PAGE)
                if link:
                    await page.get_by_role("link", name=link).click()
                    await expect(page.get_by_role("button", name="Lagre")).to_be_visible()
                await looked_at(page, f"{name}-{width}")


async def looked_at(page: Page, name: str) -> None:
    """Nothing is wrong with the page. With SHOTS=directory in the environment its picture is left there."""
    if folder := os.environ.get("SHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    assert await sideways(page) == []
    assert await covered(page) == []
    assert await accessibility_findings(page) == []
