import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from orchestrator.web.assets import ASSET_ROUTE, ASSETS
from orchestrator.web.forms import FormState
from orchestrator.web.look import THEME_ROUTE, Look, Site, theme_stylesheet
from orchestrator.web.page import LOOK, page
from tests.browser import accessibility_findings, complaints, sideways

pytestmark = pytest.mark.browser

SITE = Site("Fjellvik kommune", "fjellvik")
GALLERY = Look(ASSETS, [Path(__file__).parent])


@dataclass
class Service:
    """A stand-in that serves the gallery, a stream that tests write to, and answers to its forms."""

    url: str = ""
    streams: list[asyncio.Queue[str]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    posted: list[tuple[str, str]] = field(default_factory=list)
    answer: web.Response | None = None
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, event: str, data: str, event_id: int) -> None:
        for stream in self.streams:
            stream.put_nowait(f"id: {event_id}\nevent: {event}\ndata: {data}\n\n")

    def fragment(self, element_id: str, html: str, event_id: int = 1) -> None:
        self.send("fragment", json.dumps({"id": element_id, "html": html}), event_id)

    async def show(self, request: web.Request) -> web.Response:
        now = datetime.now(UTC) + timedelta(hours=int(request.query.get("ahead", "0")))
        errors = {"title": "Tittelen er for kort"} if "errors" in request.query else {}
        start, form = now + timedelta(hours=9, minutes=3), FormState({}, errors)
        given: dict[str, Any] = {"start": start, "form": form}
        if "live" in request.query:
            given["live_url"] = "/stream"
        return page(request, f"{request.match_info['name']}.html", site=SITE, now=now, **given)

    async def theme(self, request: web.Request) -> web.Response:
        return web.Response(text=theme_stylesheet(SITE), content_type="text/css")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b": hei\n\n")
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.opened.append(request.query.get("after", ""))
        self.streams.append(queue)
        self.connected.set()
        while text := await queue.get():
            await response.write(text.encode())
        return response

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((await request.text(), request.headers.get("Idempotency-Key", "")))
        await self.answers.wait()
        return self.answer or web.Response(status=204)


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app[LOOK] = GALLERY
    app.router.add_get(ASSET_ROUTE, ASSETS.serve)
    app.router.add_get(THEME_ROUTE, service.theme)
    app.router.add_get("/stream", service.stream)
    app.router.add_post("/gallery", service.take)
    app.router.add_get("/{name}", service.show)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/")).rstrip("/")
        try:
            yield service
        finally:
            for stream in service.streams:
                stream.put_nowait("")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serving() as service:
        service.answers.set()
        yield service


async def opened(browser: Browser, url: str, width: int = 1280, height: int = 900) -> Page:
    tab = await browser.new_page(
        viewport={"width": width, "height": height}, locale="nb-NO", reduced_motion="reduce"
    )
    await tab.goto(url)
    return tab


@pytest.mark.parametrize("name", ["gallery?errors", "gallery_console"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_part_is_accessible_and_fits_any_window(
    service: Service, browser: Browser, name: str, scheme: str
) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    tab = await context.new_page()
    found = complaints(tab)
    for width in (320, 390, 1280):  # 320 is 1280 at 400 % zoom
        await tab.set_viewport_size({"width": width, "height": 900})
        await tab.goto(f"{service.url}/{name}")
        assert await sideways(tab) == [], width
        assert await accessibility_findings(tab) == [], width
    assert found == []


async def test_text_at_twice_the_size_still_fits(service: Service, browser: Browser) -> None:
    tab = await opened(browser, f"{service.url}/gallery", width=640)
    await tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await sideways(tab) == []


async def test_tabs_work_by_keyboard_and_keep_their_place_in_the_address(
    service: Service, browser: Browser
) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    chosen = tab.get_by_role("tab", selected=True)
    await expect(chosen).to_have_text("Saker")
    await chosen.focus()
    await tab.keyboard.press("ArrowRight")
    await expect(chosen).to_have_text("Talere")
    await expect(chosen).to_be_focused()
    await tab.keyboard.press("End")
    await expect(chosen).to_have_text("Bokmerker")
    await tab.keyboard.press("ArrowRight")
    await expect(chosen).to_have_text("Saker")
    await tab.keyboard.press("ArrowLeft")
    await expect(tab.get_by_text("Ingen bokmerker ennå")).to_be_visible()
    assert tab.url.endswith("#bokmerker")
    await tab.reload()
    await expect(chosen).to_have_text("Bokmerker")


async def test_without_scripts_every_section_and_confirmation_can_be_reached(
    service: Service, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    tab = await context.new_page()
    await tab.goto(f"{service.url}/gallery")
    await expect(tab.get_by_text("Reguleringsplan Elvebakken")).to_be_visible()
    await expect(tab.get_by_text("Ingen bokmerker ennå")).to_be_visible()
    await expect(tab.get_by_text("Hurtigtaster")).to_be_hidden()
    await expect(tab.get_by_role("heading", name="Heve møtet?")).to_be_hidden()
    await tab.get_by_role("link", name="Hev møtet …").click()
    await expect(tab.get_by_role("heading", name="Heve møtet?")).to_be_visible()
    await tab.get_by_role("button", name="Hev møtet").click()
    await tab.wait_for_load_state()
    assert service.posted == [("type=adjourn_session", "")]


async def test_a_dialog_holds_the_focus_and_gives_it_back(service: Service, browser: Browser) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    opener = tab.get_by_role("button", name="Hev møtet …")
    await opener.focus()
    await tab.keyboard.press(" ")
    await expect(tab.get_by_role("dialog", name="Heve møtet?")).to_be_visible()
    assert await accessibility_findings(tab) == []
    await tab.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await opener.click()
    await tab.get_by_role("button", name="Avbryt").or_(tab.get_by_role("link", name="Avbryt")).last.click()
    await expect(tab.get_by_role("dialog")).to_be_hidden()


async def test_a_refusal_stands_by_its_button_and_loses_nothing(service: Service, browser: Browser) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    await tab.get_by_label("Tittel").fill("Kommunestyret")
    problem = {
        "detail": "Noen har endret møtet",
        "errors": [{"field": "start", "message": "Starten mangler"}],
    }
    service.answer = web.json_response(problem, status=422, content_type="application/problem+json")
    await tab.get_by_role("button", name="Lagre").click()
    await expect(tab.locator("#f-start-error")).to_have_text("Starten mangler")
    await expect(tab.get_by_label("Start")).to_be_focused()
    service.answer = web.json_response(
        {"detail": "Noen har endret møtet"}, status=409, content_type="application/problem+json"
    )
    await tab.get_by_role("button", name="Lagre").click()
    await expect(tab.get_by_role("alert")).to_have_text("Noen har endret møtet")
    await expect(tab.locator("#f-start-error")).to_be_hidden()
    await expect(tab.get_by_label("Tittel")).to_have_value("Kommunestyret")


async def test_what_is_sent_again_after_a_lost_answer_carries_the_same_key(
    service: Service, browser: Browser
) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    await tab.context.set_offline(True)
    await tab.get_by_label("Tittel").fill("Kommunestyret")
    keys: list[str] = []
    tab.on("request", lambda request: keys.append(request.headers.get("idempotency-key", "")))
    await tab.get_by_role("button", name="Lagre").click()
    await expect(tab.get_by_role("alert")).to_contain_text("Ingen kontakt")
    await tab.context.set_offline(False)
    await tab.get_by_role("button", name="Lagre").click()
    await expect(tab.get_by_role("alert")).to_have_count(0)
    async with tab.expect_response("**/gallery"):
        await tab.get_by_role("button", name="Lagre").click()
    assert keys[0] == keys[1] == service.posted[0][1]
    assert service.posted[1][1] not in ("", keys[0])


async def test_what_is_pressed_while_an_answer_is_awaited_is_sent_next_and_a_double_click_once(
    service: Service, browser: Browser
) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    service.answers.clear()
    for title in ("Første", "Første", "Andre", "Tredje", "Tredje"):
        await tab.get_by_label("Tittel").fill(title)
        await tab.get_by_role("button", name="Lagre").click()
    service.answers.set()
    await expect(tab.locator("form[aria-busy]")).to_have_count(0)
    titles = [parse_qs(body)["title"] for body, _ in service.posted]
    assert titles == [["Første"], ["Andre"], ["Tredje"]]
    assert len({key for _, key in service.posted}) == 3


async def test_the_pressed_button_is_part_of_what_is_sent(service: Service, browser: Browser) -> None:
    tab = await opened(browser, f"{service.url}/gallery")
    async with tab.expect_response("**/gallery"):
        await tab.get_by_role("button", name="Avbryt", exact=True).click()
    assert service.posted[0][0].endswith("cancel=1")


async def test_clocks_count_on_the_services_time(service: Service, browser: Browser) -> None:
    tab = await opened(browser, f"{service.url}/gallery?ahead=5")
    shown = await tab.locator("[data-countdown]").first.inner_text()
    assert shown.replace("\xa0", " ") == "9 timer"
    offset = int(await tab.locator("html").get_attribute("data-clock-offset") or 0)
    assert abs(offset - 5 * 3600_000) < 60_000  # as far as a busy machine may be behind
    await tab.evaluate("document.querySelector('[data-countdown]').dataset.countdown = '2026-01-01T00:00Z'")
    await expect(tab.locator(".countdown").first).to_have_text("Møtet er ikke åpnet ennå")
    clock = tab.locator("[data-elapsed-text]").first
    before = await clock.inner_text()
    await expect(clock).not_to_have_text(before)
    await expect(tab.get_by_text("Over tiden").last).to_be_visible()


async def test_single_keys_act_only_outside_fields_and_can_be_switched_off(
    service: Service, browser: Browser
) -> None:
    tab = await opened(browser, f"{service.url}/gallery_console")
    await tab.evaluate(
        "window.pressed = [];"
        "addEventListener('click', (event) => pressed.push(event.target.closest('button')?.innerText))"
    )

    async def pressed() -> list[str]:
        texts = await tab.evaluate("window.pressed")
        return [re.sub(r"\s+\S+$", "", text) for text in texts if text]

    await tab.keyboard.press("n")
    await tab.keyboard.press(" ")
    assert await pressed() == ["Neste taler", "Ferdig"]
    await tab.keyboard.press("Control+p")
    await tab.keyboard.press("/")
    await expect(tab.locator("#typed")).to_be_focused()
    await tab.keyboard.type("n p")
    assert await pressed() == ["Neste taler", "Ferdig"]
    await expect(tab.locator("#typed")).to_have_value("n p")
    await tab.get_by_label("Hurtigtaster").uncheck()
    await tab.reload()
    await expect(tab.get_by_label("Hurtigtaster")).not_to_be_checked()
    await tab.keyboard.press("/")
    await expect(tab.locator("#typed")).not_to_be_focused()


QUEUE = '<section id="queue"><h2>{}</h2><input id="typed" aria-label="Taler" data-key="/"></section>'


async def live_console(service: Service, browser: Browser) -> Page:
    tab = await opened(browser, f"{service.url}/gallery_console?live")
    await service.connected.wait()
    return tab


async def test_a_fragment_replaces_its_element_and_keeps_what_is_being_typed(
    service: Service, browser: Browser
) -> None:
    tab = await live_console(service, browser)
    await tab.locator("#typed").fill("ola")
    await tab.keyboard.press("ArrowLeft")
    service.fragment("queue", QUEUE.format("Nå ny"))
    await expect(tab.get_by_role("heading", name="Nå ny")).to_be_visible()
    await expect(tab.locator("#typed")).to_be_focused()
    await tab.keyboard.type("x")
    await expect(tab.locator("#typed")).to_have_value("olxa")


async def test_nothing_is_replaced_under_a_pressed_pointer(service: Service, browser: Browser) -> None:
    tab = await live_console(service, browser)
    await tab.get_by_role("heading", name="Taleliste").hover()
    await tab.mouse.down()
    service.fragment("queue", QUEUE.format("Første"), 1)
    service.fragment("queue", QUEUE.format("Siste"), 2)
    service.fragment("floor", '<section id="floor"><h2>Annet sted</h2></section>', 3)
    await expect(tab.get_by_role("heading", name="Annet sted")).to_be_visible()
    await expect(tab.get_by_role("heading", name="Taleliste")).to_be_visible()
    await tab.mouse.up()
    await expect(tab.get_by_role("heading", name="Siste")).to_be_visible()


async def test_a_dialog_that_is_open_is_not_taken_away(service: Service, browser: Browser) -> None:
    tab = await live_console(service, browser)
    asking = '<div id="queue"><dialog id="ask"><p>Sikker?</p><button data-closes>Nei</button></dialog></div>'
    service.fragment("queue", asking, 1)
    await tab.locator("#ask").wait_for(state="attached")
    await tab.evaluate("document.getElementById('ask').showModal()")
    service.fragment("queue", QUEUE.format("Siste"), 2)
    service.fragment("floor", '<section id="floor"><h2>Annet sted</h2></section>', 3)
    await expect(tab.locator("#floor h2")).to_have_text("Annet sted")
    await expect(tab.get_by_text("Sikker?")).to_be_visible()
    await tab.get_by_role("button", name="Nei").click()
    await expect(tab.get_by_role("heading", name="Siste")).to_be_visible()


async def test_a_lost_stream_is_said_and_resumed_where_it_stopped(service: Service, browser: Browser) -> None:
    tab = await live_console(service, browser)
    service.fragment("queue", QUEUE.format("Nå ny"), 41)
    await expect(tab.get_by_role("heading", name="Nå ny")).to_be_visible()
    await tab.route("**/stream*", lambda route: route.abort())
    service.streams.pop().put_nowait("")
    await expect(tab.get_by_text("Mistet kontakten")).to_be_visible()
    assert await accessibility_findings(tab) == []
    await tab.unroute("**/stream*")
    await expect(tab.get_by_text("Kontakten er tilbake")).to_be_visible()
    assert service.opened == ["", "41"]


async def test_a_revoked_reader_is_taken_away(service: Service, browser: Browser) -> None:
    tab = await live_console(service, browser)
    service.send("goto", "/gallery", 1)
    await tab.wait_for_url("**/gallery")
