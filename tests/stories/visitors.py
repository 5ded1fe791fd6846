"""Who opens the pages of a running council: the public, and those with a personal link, in a real browser."""

from typing import Any
from uuid import UUID

from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from orchestrator.domain.roles import Role
from orchestrator.store.access import Access
from tests.stories.council import Council
from tests.town import Town

PHONE: ViewportSize = {"width": 390, "height": 844}
LAPTOP: ViewportSize = {"width": 1280, "height": 720}


async def link(
    hall: Council,
    *roles: Role,
    person_id: UUID | None = None,
    everywhere: bool = False,
    town: Town | None = None,
) -> tuple[UUID, str]:
    """A personal link's id and address; `everywhere`: to all that is the municipality's."""
    here = town or hall.town
    link_id, secret = await Access(here.node.pool).create_link(
        here.organisation_id,
        roles,
        here.node.clock.now(),
        meeting_id=None if everywhere else hall.meeting_id,
        person_id=person_id,
    )
    return link_id, f"{hall.server.address}/inn/{secret}"


async def browsing(browser: Browser, size: ViewportSize | None = None, **more: Any) -> BrowserContext:
    """A browser of somebody's own: nothing moves, Norwegian, a laptop unless said otherwise."""
    chosen: dict[str, Any] = {"viewport": size or LAPTOP, "locale": "nb-NO", "reduced_motion": "reduce"}
    return await browser.new_context(**(chosen | more))


async def log_in(context: BrowserContext, address: str) -> Page:
    """Open a personal link and press its button; the page it leads to."""
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_role("button", name="Logg inn").click()
    await page.wait_for_url(lambda url: "/inn/" not in url)
    return page


async def debating(hall: Council, number: int = 2) -> None:
    """Open the session with everybody present, and this item."""
    await hall.says("open_session")
    await hall.says("call_roll", present=[str(person) for person in hall.town.people])
    await hall.says("open_item", item_id=hall.items[number - 1])
