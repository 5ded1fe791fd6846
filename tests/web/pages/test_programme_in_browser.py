"""The programme in a real browser, on a phone and a laptop: the way in, help, and following by itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from orchestrator.projector import meeting_row
from orchestrator.states import Known
from orchestrator.store.records import Organisation
from orchestrator.web.assets import ASSET_ROUTE, ASSETS
from orchestrator.web.context import LOOK, ORGANISATION, SERVICES, site_of
from orchestrator.web.look import OUR_LOOK, THEME_ROUTE, theme_stylesheet
from orchestrator.web.pages import programme_routes
from tests.browser import accessibility_findings, complaints, covered, sideways
from tests.domain.hall import named
from tests.web.pages.conference import FJELLVIK, Conference, announced, clock, planned

pytestmark = pytest.mark.browser

HERE = Organisation(id=FJELLVIK, name="Fjellvik kommune", slug="fjellvik", colour="#1f5c4d")
WINDOWS = {"phone": {"width": 390, "height": 844}, "laptop": {"width": 1280, "height": 800}}


class Stage:
    """The service's parts that the page asks, over one conference that the test moves."""

    def __init__(self, held: Conference) -> None:
        self.held = held
        self.asked = 0
        self.url = ""

    async def meeting_by_slug(self, *_: object) -> object:
        return meeting_row(Known(self.held.meeting, FJELLVIK), self.held.meeting)

    async def sessions_of(self, *_: object) -> list[object]:
        return [SimpleNamespace(session_id=id_) for id_ in self.held.sessions]

    async def meeting(self, *_: object) -> object:
        return self.held.meeting

    async def session(self, _: object, name: str) -> object:
        return self.held.sessions[name]

    async def people(self, *_: object) -> object:
        return self.held.people

    async def of_meeting(self, *_: object) -> object:
        return self.held.rooms

    async def done(self, *_: object) -> object:
        return set()

    def now(self) -> datetime:
        return self.held.now

    def services(self) -> Any:
        settings = SimpleNamespace(media_base_url=None)
        return SimpleNamespace(
            settings=settings,
            clock=self,
            views=self,
            commands=self,
            directory=self,
            room_states=self,
            marks=self,
        )

    async def show(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        return await programme_routes.show(request)


@asynccontextmanager
async def staged(held: Conference) -> AsyncIterator[Stage]:
    """The page, served."""
    stage = Stage(held)

    @web.middleware
    async def of_fjellvik(request: web.Request, handler: Any) -> web.StreamResponse:
        request[ORGANISATION] = HERE
        answer: web.StreamResponse = await handler(request)
        return answer

    async def theme(_: web.Request) -> web.Response:
        return web.Response(text=theme_stylesheet(site_of(HERE)), content_type="text/css")

    app = web.Application(middlewares=[of_fjellvik])
    app[LOOK], app[SERVICES] = OUR_LOOK, stage.services()
    app.router.add_get(ASSET_ROUTE, ASSETS.serve)
    app.router.add_get(THEME_ROUTE, theme)
    app.router.add_get("/program/{slug}", stage.show)
    async with TestServer(app) as server:
        stage.url = str(server.make_url("/program/dialogkonferanse-1"))
        yield stage


def during() -> Conference:
    """Half past ten: two parallel sessions, one moved, one whose room is elsewhere; the first is over."""
    held = planned()
    held.opens_room("plenum")
    held.opens_room("oppvekst")
    held.opens_room("teknisk")
    held.tells("Innledning", "open_session", at=clock("09:01"))
    moved = {"starts_at": clock("10:20"), "ends_at": clock("11:30")}
    held.tells("Oppvekst", "move_session", at=clock("09:40"), note="Innledningen varte lenger.", **moved)
    held.tells("Innledning", "adjourn_session", at=clock("10:12"))
    held.tells("Oppvekst", "open_session", at=clock("10:21"))
    held.tells("Gruppearbeid", "cancel_session", at=clock("10:22"))
    held.now = clock("10:30")
    return held


def live() -> Conference:
    """Twenty past nine, the first session live."""
    held = planned()
    held.opens_room("plenum")
    held.tells("Innledning", "open_session", at=clock("09:01"))
    held.now = clock("09:20")
    return held


def before() -> Conference:
    held = planned()
    held.now = clock("08:00", 2)
    return held


def over() -> Conference:
    held = live()
    held.tells("Innledning", "adjourn_session", at=clock("10:00"))
    held.now = clock("15:00", 6)
    return held


def cancelled() -> Conference:
    held = planned()
    held.says("cancel_meeting", at=clock("08:00"), note="Stormvarsel for hele fylket.")
    return held


async def opened(browser: Browser, stage: Stage, window: str = "laptop", **more: Any) -> Page:
    page = await browser.new_page(locale="nb-NO", viewport=WINDOWS[window], **more)  # type: ignore[arg-type]
    await page.goto(stage.url)
    return page


@pytest.mark.parametrize("state", [before, live, during, over, cancelled, announced])
async def test_every_state_is_accessible_and_fits_every_window(
    browser: Browser, state: Callable[[], Conference]
) -> None:
    async with staged(state()) as stage:
        page = await opened(browser, stage)
        heard = complaints(page)
        for window in WINDOWS.values():
            await page.set_viewport_size(window)  # type: ignore[arg-type]
            assert await accessibility_findings(page) == []
            assert await sideways(page) == []
        await page.set_viewport_size({"width": 320, "height": 256})  # 1280×1024 at 400 %
        assert await sideways(page) == []
        assert await covered(page) == []
        assert heard == []


async def test_on_a_phone_the_way_into_what_goes_on_is_seen_without_scrolling(browser: Browser) -> None:
    async with staged(live()) as stage:
        page = await opened(browser, stage, "phone")
        way_in = page.get_by_role("link", name="Gå inn i møterommet for Innledning").first
        await expect(way_in).to_be_in_viewport()
        assert await way_in.get_attribute("href") == f"/mote/dialogkonferanse-1/rom/{named('plenum')}"
        stream = page.get_by_role("link", name="Se direktesendingen av Innledning").first
        await expect(stream).to_be_visible()


async def test_help_is_a_number_to_tap_at_every_session_that_is_to_come(browser: Browser) -> None:
    async with staged(live()) as stage:
        page = await opened(browser, stage, "phone")
        coming = page.locator(f"#sesjon-{named('Gruppearbeid')}")
        call = coming.get_by_role("link", name="Ring Eli Brekke på 900 00 001")
        assert await call.get_attribute("href") == "tel:+4790000001"
        box = await call.bounding_box()
        assert box
        assert box["height"] >= 24  # WCAG 2.5.8


async def test_parallel_sessions_stand_side_by_side_where_there_is_room(browser: Browser) -> None:
    async with staged(before()) as stage:
        page = await opened(browser, stage)
        one, other = (page.locator(f"#sesjon-{named(name)}") for name in ("Oppvekst", "Teknisk"))

        async def tops() -> list[float]:
            boxes = [await card.bounding_box() for card in (one, other)]
            return [box["y"] for box in boxes if box]

        assert len(set(await tops())) == 1
        await page.set_viewport_size(WINDOWS["phone"])  # type: ignore[arg-type]
        assert len(set(await tops())) == 2


async def test_moved_cancelled_and_shared_are_said_in_words(browser: Browser) -> None:
    async with staged(during()) as stage:
        page = await opened(browser, stage)
        moved = page.locator(f"#sesjon-{named('Oppvekst')}")
        await expect(moved).to_contain_text("Flyttet fra 10:15. Innledningen varte lenger.")
        gone = page.locator(f"#sesjon-{named('Gruppearbeid')}")
        await expect(gone).to_contain_text("Avlyst")
        await expect(gone.locator("s")).to_have_text("Gruppearbeid")
        shared = page.locator(f"#sesjon-{named('Oppsummering')}")
        await expect(shared).to_contain_text("samme rom som Innledning")
        elsewhere = page.locator(f"#sesjon-{named('Teknisk')}")
        await expect(elsewhere).to_contain_text("Møterommet er for deltakerne. Denne sesjonen sendes ikke.")
        await expect(elsewhere.get_by_role("link", name="Gå inn som deltaker")).to_be_visible()


async def test_the_page_follows_by_itself_and_leaves_the_keyboard_where_it_is(browser: Browser) -> None:
    held = planned()
    held.now = clock("08:45")
    async with staged(held) as stage:
        page = await browser.new_page(locale="nb-NO")
        await page.clock.install()
        await page.goto(stage.url)
        await expect(
            page.get_by_text("Knappen for å gå inn kommer her når møterommet er åpnet.")
        ).to_be_visible()
        call = page.locator("#now").get_by_role("link", name="Ring Nils Haugen på 900 00 002")
        await call.focus()
        held.opens_room("plenum")
        held.now = clock("08:46")
        await page.clock.run_for(30_000)
        way_in = page.locator("#now").get_by_role("link", name="Gå inn i møterommet for Innledning")
        await expect(way_in).to_be_visible()
        await expect(call).to_be_focused()
        held.opens_room("plenum", "failed", None)
        await page.clock.run_for(30_000)
        await expect(way_in).to_be_hidden()


async def test_a_conference_that_is_over_is_not_asked_for_again(browser: Browser) -> None:
    async with staged(over()) as stage:
        page = await browser.new_page(locale="nb-NO")
        await page.clock.install()
        await page.goto(stage.url)
        await expect(page.get_by_text("Opptakene ligger ved sesjonene under.")).to_be_visible()
        asked = stage.asked
        await page.clock.run_for(120_000)
        assert stage.asked == asked


async def test_all_that_can_be_done_is_reached_by_keyboard_and_named_by_what_it_leads_to(
    browser: Browser,
) -> None:
    async with staged(live()) as stage:
        page = await opened(browser, stage)
        reached = []
        for _ in range(60):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.getAttribute('href')"))
        wanted = await page.evaluate(
            "[...document.querySelectorAll('main a[href]')].map((link) => link.getAttribute('href'))"
        )
        assert set(wanted) <= set(reached)
        names = await page.evaluate(
            "[...document.querySelectorAll('main a[href]')]"
            ".map((link) => [link.getAttribute('aria-label') ?? link.textContent.trim(), link.href])"
        )
        leads_to: dict[str, set[str]] = {}
        for name, href in names:
            leads_to.setdefault(name, set()).add(href)
        assert {name: hrefs for name, hrefs in leads_to.items() if len(hrefs) > 1} == {}


async def test_without_scripts_everything_is_there(browser: Browser) -> None:
    async with staged(live()) as stage:
        page = await opened(browser, stage, java_script_enabled=False)
        await expect(
            page.get_by_role("link", name="Gå inn i møterommet for Innledning").first
        ).to_be_visible()
        await expect(page.get_by_role("link", name="Last siden på nytt")).to_be_visible()
