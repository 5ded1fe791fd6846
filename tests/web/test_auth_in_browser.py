"""In by a link, following the meeting, and out when the link is revoked, in a real browser."""

import asyncio

import pytest
from playwright.async_api import Browser

from orchestrator.domain.roles import Role
from orchestrator.store.records import Organisation
from tests.browser import complaints
from tests.web.client import Web

pytestmark = pytest.mark.browser


async def test_a_chair_comes_in_follows_and_is_put_out(web_service: Web, browser: Browser) -> None:
    town, services = web_service.town, web_service.running.services
    here = Organisation(id=town.organisation_id, name="Fjellvik", slug="fjellvik", hosts=("127.0.0.1",))
    await services.directory.put_organisation(here)
    session_id, _ = await town.debates()
    link_id, path = await web_service.link(Role.CHAIR)
    page = await browser.new_page()
    wrong = complaints(page)
    await page.goto(web_service.address + path)
    await page.get_by_role("button", name="Logg inn").click()
    await page.wait_for_url("**/mote/kommunestyret/leder")
    assert path.rpartition("/")[2] not in await page.content()
    machine = web_service.machine()
    machine.host = "127.0.0.1"
    before = await page.inner_text("body")
    await machine.says(session_id, "stop_broadcast")
    async with asyncio.timeout(15):
        while await page.inner_text("body") == before:
            await asyncio.sleep(0.05)
    await services.access.revoke_link(town.organisation_id, link_id, services.clock.now())
    await page.wait_for_url("**/inn", timeout=2_000)
    assert wrong == []
