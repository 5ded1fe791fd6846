"""A rehearsal's pages in a real browser: the band is seen on every one of them, at every width."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, complaints, sideways
from tests.web.client import Web

pytestmark = pytest.mark.browser

HERE = "fjellvik.localhost"
SLUG = "generalprove-kommunestyret-1"


@asynccontextmanager
async def everyone(web: Web, browser: Browser, **more: Any) -> AsyncIterator[Page]:
    """A window of somebody who has every role."""
    directory = web.running.services.directory
    town = await directory.organisation(web.town.organisation_id)
    assert town
    await directory.put_organisation(town.model_copy(update={"hosts": (*town.hosts, HERE)}))
    roles = (Role.CHAIR, Role.SECRETARY, Role.IT_SUPPORT, Role.PARTICIPANT)
    client = await web.logged_in(*roles, person_id=web.town.people[0])
    base = f"http://{HERE}:{web.port}"
    context = await browser.new_context(base_url=base, locale="nb-NO", **more)
    await context.add_cookies(
        [{"name": name, "value": value, "url": base} for name, value in client.cookies.items()]
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_band_is_seen_on_every_page(web_service: Web, browser: Browser, width: int) -> None:
    town = web_service.town
    start = town.node.clock.now() + timedelta(days=7)
    times: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    meeting_id = await town.plans_meeting(**times)
    room = {"room_id": uuid4(), "name": "Møterom", "provider": "link", "url": "https://rom.example/1"}
    await town.says(meeting_id, "plan_room", room=room)
    first = await town.plans_session(meeting_id, room_id=room["room_id"], **times)
    await town.says(first, "add_item", item_id=uuid4(), title="Melding om skolebruk", case_number="47/26")
    async with everyone(web_service, browser, viewport={"width": width, "height": 800}) as page:
        found = complaints(page)
        await page.goto("/planlegg/kommunestyret")
        await page.get_by_text("Generalprøve …").click()
        await looks_well(page)
        await page.get_by_role("button", name="Lag generalprøve").click()
        await expect(page).to_have_url(f"http://{HERE}:{web_service.port}/planlegg/{SLUG}")
        row = await town.node.views.meeting_by_slug(town.organisation_id, SLUG)
        assert row
        (session,) = await town.node.views.sessions_of(row.organisation_id, row.meeting_id)
        await town.says(session.session_id, "open_session")
        own = ("leder", "sekretar", "deltaker", "chat", f"rom/{session.room_id}")
        paths = [f"/planlegg/{SLUG}", f"/drift/skjermer/{SLUG}", *(f"/mote/{SLUG}/{name}" for name in own)]
        for path in paths:
            await page.goto(path)
            await expect(page.get_by_role("complementary", name="Generalprøve")).to_be_in_viewport()
            await looks_well(page)
        await page.goto(f"/planlegg/{SLUG}")
        await page.get_by_role("button", name="Slett generalprøven").click()
        await expect(page.get_by_role("complementary", name="Generalprøve")).to_have_count(0)
        await looks_well(page)
        assert found == []


async def looks_well(page: Page) -> None:
    assert await sideways(page) == [], page.url
    assert await accessibility_findings(page) == [], page.url
