"""The meeting page in a real browser: the page names what the picture shows, and leaves the reader in peace.

The picture is a stand-in that the test moves; the page, its scripts and what it fetches are the real ones.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, Route, expect

from orchestrator.domain import meeting
from orchestrator.domain.codec import parse_command
from orchestrator.domain.timeline import Name
from orchestrator.projector import meeting_row
from orchestrator.states import Known
from orchestrator.store.records import Organisation
from orchestrator.web.assets import ASSET_ROUTE, ASSETS
from orchestrator.web.context import LOOK, ORGANISATION, SERVICES
from orchestrator.web.look import OUR_LOOK, THEME_ROUTE
from orchestrator.web.pages import public
from tests.browser import complaints, until
from tests.domain.hall import PEOPLE, SECRETARY, START, Hall, asks, debating, named, planned

pytestmark = pytest.mark.browser

FJELLVIK = Organisation(id=named("fjellvik"), name="Fjellvik kommune", slug="fjellvik")
NAMES = {named(name): Name(name=name.title()) for name in PEOPLE}
HLS = """
window.loaded = [];
window.fragments = [];
window.Hls = class {
  static Events = { ERROR: "error", LEVEL_LOADED: "loaded" };
  static ErrorTypes = { MEDIA_ERROR: "media" };
  static isSupported = () => true;
  on() {}
  once(_, act) { setTimeout(act, 0); }
  loadSource(url) { window.loaded.push(url.split("/").at(-1)); }
  attachMedia(video) {
    const is = (window.picture = { currentTime: 0, paused: true, ended: false, readyState: 4, plays: 0 });
    for (const name of ["currentTime", "paused", "ended", "readyState"]) {
      const [get, set] = [() => is[name], (value) => (is[name] = value)];
      Object.defineProperty(video, name, { configurable: true, get, set });
    }
    video.play = async () => { is.plays += 1; is.paused = false; };
    setTimeout(() => video.dispatchEvent(new Event("loadedmetadata")), 0);
  }
  destroy() {}
  get latestLevelDetails() { return { fragments: window.fragments }; }
};
"""


@dataclass
class Town:
    """A municipality with one meeting, and the files beside its playlist."""

    hall: Hall = field(default_factory=debating)
    url: str = ""
    timeline: dict[str, Any] = field(default_factory=dict)
    pages: int = 0
    away: bool = False

    def __post_init__(self) -> None:
        plan = {
            "type": "plan_meeting",
            "slug": "kommunestyret",
            "title": "Kommunestyret",
            "starts_at": START,
            "ends_at": START + timedelta(hours=3),
        }
        state = meeting.initial(named("meeting"))
        for command in (plan, {"type": "publish_meeting"}):
            for event in meeting.decide(state, parse_command("meeting", command), START, SECRETARY):
                state = meeting.evolve(state, event)
        self.meeting = state

    async def meeting_by_slug(self, *_: object) -> object:
        return meeting_row(Known(self.meeting, FJELLVIK.id), self.meeting)

    async def sessions_of(self, *_: object) -> list[object]:
        return [SimpleNamespace(session_id=self.hall.state.session_id)]

    def services(self) -> Any:
        async def answer(value: object) -> object:
            return value

        return SimpleNamespace(
            settings=SimpleNamespace(media_base_url=None),
            clock=SimpleNamespace(now=lambda: datetime.now(UTC)),
            views=self,
            people=SimpleNamespace(names=lambda _: answer(NAMES)),
            commands=SimpleNamespace(
                meeting=lambda *_: answer(self.meeting), session=lambda *_: answer(self.hall.state)
            ),
        )

    async def show(self, request: web.Request) -> web.StreamResponse:
        self.pages += 1
        if self.away:
            raise web.HTTPServiceUnavailable
        return await public.meeting(request)

    async def theme(self, _: web.Request) -> web.Response:
        return web.Response(content_type="text/css")

    async def tell(self, _: web.Request) -> web.Response:
        return web.json_response(self.timeline) if self.timeline else web.Response(status=404)

    async def say(self, _: web.Request) -> web.Response:
        return web.Response(text="WEBVTT\n\n00:01.000 --> 00:02.000\nVelkommen.\n", content_type="text/vtt")

    def entry(self, kind: str, id_: str, start: int, end: int | None, **more: str) -> dict[str, Any]:
        return {"kind": kind, "id": id_, "start": at(start), "end": end and at(end), "title": None} | more

    def told(self, **more: Any) -> None:
        """A meeting of an hour; minute 20 to 30 was behind closed doors."""
        two, one = str(named("two")), str(named("one"))
        self.timeline = {
            "version": 1,
            "state": "live",
            "live": "live.m3u8",
            "recording": None,
            "stretches": [
                {"start": at(0), "end": at(60), "live_offset": 0, "recording_offset": None},
            ],
            "entries": [
                self.entry("item", one, 0, 10, title="Godkjenning av saksliste"),
                self.entry("item", two, 10, 20, title="Reguleringsplan Elvebakken", number="47/26"),
                self.entry("speech", "s", 12, 15, person="Kari", group="SP"),
                self.entry("closed", "closed-1", 20, 30),
                self.entry("item", two, 30, None, title="Reguleringsplan Elvebakken", number="47/26"),
            ],
            "next": [{"person": "Ola", "group": "AP"}],
        } | more


def at(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    town.told()

    @web.middleware
    async def of_fjellvik(request: web.Request, handler: Any) -> web.StreamResponse:
        request[ORGANISATION] = FJELLVIK
        answer: web.StreamResponse = await handler(request)
        return answer

    app = web.Application(middlewares=[of_fjellvik])
    app[LOOK], app[SERVICES] = OUR_LOOK, town.services()
    app.router.add_get(ASSET_ROUTE, ASSETS.serve)
    app.router.add_get(THEME_ROUTE, town.theme)
    app.router.add_get("/mote/{slug}", town.show)
    app.router.add_get("/media/{broadcast}/timeline.json", town.tell)
    app.router.add_get("/media/{broadcast}/captions.vtt", town.say)
    async with TestServer(app) as server:
        town.url = str(server.make_url("/mote/kommunestyret"))
        yield town


async def opened(browser: Browser, town: Town, query: str = "", *, status: str = "", **window: Any) -> Page:
    tab = await browser.new_page(locale="nb-NO", **window)

    async def hls(route: Route) -> None:
        await route.fulfill(body=HLS, content_type="text/javascript")

    await tab.route("**/hls*.js", hls)
    if status == "planned":
        town.timeline = {}
    await tab.goto(town.url + query)
    if status != "planned":
        await until(tab, "window.loaded.length > 0")
    return tab


async def shows(tab: Page, minute: float, *, offset: float = 0) -> None:
    """The picture of this minute, playing."""
    start = (START + timedelta(minutes=offset)).timestamp() * 1000
    await tab.evaluate(
        """([start, time]) => {
            window.fragments = [{ start: 0, duration: 3600, programDateTime: start }];
            Object.assign(window.picture, { currentTime: time, paused: false });
        }""",
        [start, (minute - offset) * 60],
    )


async def test_the_page_names_the_case_and_speaker_of_the_picture(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town)
    found = complaints(tab)
    await shows(tab, 13)
    await expect(tab.locator("[data-now-number]")).to_have_text("Sak 47/26")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Kari (SP)")
    await expect(tab.locator(f"[data-item='{named('two')}'] [data-watching]")).to_be_visible()
    await shows(tab, 5)
    await expect(tab.locator("[data-now-title]")).to_have_text("Godkjenning av saksliste")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Møteleder: Anne")
    assert found == []


async def test_what_is_said_can_be_read_in_the_recording(town: Town, browser: Browser) -> None:
    town.told()
    tab = await opened(browser, town)
    found = complaints(tab)
    button = tab.get_by_role("button", name="Teksting")
    await shows(tab, 5)
    await expect(button).to_be_hidden()
    town.told(state="ended", live=None, recording="recording.m3u8", captions="captions.vtt")
    await tab.reload()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await until(tab, "document.querySelector('video').textTracks[0].cues?.[0]?.text === 'Velkommen.'")
    await button.click()
    await until(tab, "document.querySelector('video').textTracks[0].mode === 'disabled'")
    assert found == []


async def test_changes_are_read_aloud_beside_the_picture_only_when_chosen(
    town: Town, browser: Browser
) -> None:
    tab = await opened(browser, town)
    await shows(tab, 5)
    await expect(tab.locator("[data-now-title]")).to_have_text("Godkjenning av saksliste")
    said, chosen = tab.locator("#announcement"), tab.get_by_label("Les opp endringer")
    await expect(chosen).not_to_be_checked()
    await shows(tab, 13)
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Kari (SP)")
    await tab.wait_for_timeout(1000)
    await expect(said).to_have_text("")
    await chosen.check()
    await expect(said).to_contain_text("Reguleringsplan Elvebakken. Kari (SP)")
    assert await said.get_attribute("aria-live") == "polite"


async def test_behind_closed_doors_the_page_names_nobody(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town)
    await shows(tab, 25)
    await expect(tab.locator("[data-now-title]")).to_have_text("Møtet er lukket")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("")
    await expect(tab.locator("[data-now-number]")).to_have_text("")


async def test_a_link_to_an_item_begins_where_it_began(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town, "?sak=47-26")
    await until(tab, "window.picture.currentTime === 600")
    assert await tab.evaluate("window.picture.plays") == 0


async def test_a_link_to_a_moment_begins_there_and_nonsense_begins_live(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town, f"?t={at(33.5)}")
    await until(tab, "window.picture.currentTime === 2010")
    tab = await opened(browser, town, "?t=i+morgen&sak=finnes-ikke")
    assert await tab.evaluate("window.loaded") == ["live.m3u8"]
    assert await tab.evaluate("window.picture.currentTime") == 0


async def test_the_end_of_the_meeting_does_not_interrupt_who_watches_an_earlier_part(
    town: Town, browser: Browser
) -> None:
    tab = await opened(browser, town)
    await shows(tab, 13)
    town.told(state="ended", recording="recording.m3u8")
    await expect(tab.locator("[data-meeting]")).to_have_attribute("data-state", "ended")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Kari (SP)")
    assert await tab.evaluate("[window.loaded, window.picture.currentTime]") == [["live.m3u8"], 780]


async def test_a_reopened_meeting_goes_on_for_who_has_seen_the_first_part_to_its_end(
    town: Town, browser: Browser
) -> None:
    tab = await opened(browser, town)
    await shows(tab, 59)
    town.told(
        live="live-2.m3u8",
        recording="recording.m3u8",
        stretches=[
            {"start": at(0), "end": at(60), "live_offset": None, "recording_offset": 0},
            {"start": at(80), "end": at(90), "live_offset": 0, "recording_offset": None},
        ],
    )
    await expect(tab.get_by_role("button", name="Gå til direkte")).to_be_visible()
    assert await tab.evaluate("window.loaded") == ["live.m3u8"]
    await tab.evaluate(
        "Object.assign(window.picture, { ended: true, paused: true }),"
        "document.querySelector('video').dispatchEvent(new Event('ended'))"
    )
    await until(tab, "window.loaded.length === 2 && window.picture.plays === 1")
    assert await tab.evaluate("window.loaded") == ["live.m3u8", "live-2.m3u8"]


async def test_a_jump_back_to_the_first_part_after_reopening_is_in_the_recording(
    town: Town, browser: Browser
) -> None:
    town.told(
        live="live-2.m3u8",
        recording="recording.m3u8",
        stretches=[
            {"start": at(0), "end": at(60), "live_offset": None, "recording_offset": 0},
            {"start": at(80), "end": at(90), "live_offset": 0, "recording_offset": None},
        ],
    )
    tab = await opened(browser, town)
    await tab.locator(f"[data-item='{named('two')}'] [data-play]").first.click()
    await until(tab, "window.loaded.at(-1) === 'recording.m3u8'")
    await until(tab, "window.picture.plays > 0")


async def test_a_change_in_the_case_list_moves_neither_focus_nor_what_is_open(
    town: Town, browser: Browser
) -> None:
    asks(town.hall, "kari", "s")
    town.hall.says("call_next_speaker", request_id=named("s"), current_id=None)
    tab = await opened(browser, town)
    row = tab.locator(f"[data-item='{named('two')}']")
    await row.locator("summary").click()
    play = row.locator("[data-play]").first
    await play.focus()
    town.hall.says("record_decision", item_id=named("two"), text="Planen vedtas.")
    entries = [*town.timeline["entries"], town.entry("vote", "v", 40, 41)]
    town.told(entries=entries)
    await expect(row).to_contain_text("Planen vedtas.")
    await expect(row.locator("details")).to_have_attribute("open", "")
    await expect(play).to_be_focused()


async def test_a_service_that_is_away_is_not_asked_again_at_once(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town)
    town.away, asked = True, town.pages
    town.told(entries=[])
    await expect(tab.locator("[data-now-title]")).to_have_text("Ingen sak til behandling")
    await tab.wait_for_timeout(4500)
    assert town.pages - asked == 1


async def test_a_link_is_copied_and_its_words_come_back(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town)
    await tab.evaluate(
        """() => {
            const writeText = async (text) => (window.copied = text);
            Object.defineProperty(navigator, "clipboard", { value: { writeText } });
            Object.defineProperty(navigator, "share", { value: undefined });
        }"""
    )
    share = tab.locator(".watch-row [data-share]")
    for _ in range(2):
        await share.click()
        await expect(share).to_contain_text("Lenken er kopiert")
    await expect(share).to_contain_text("Del møtet")
    assert str(await tab.evaluate("window.copied")).endswith("/mote/kommunestyret")


async def test_who_has_waited_for_the_meeting_to_open_sees_its_case_and_speaker(
    town: Town, browser: Browser
) -> None:
    held, town.hall = town.hall, planned()
    tab = await opened(browser, town, status="planned")
    town.hall = held
    town.told()
    await until(tab, "window.loaded.length > 0")
    await shows(tab, 13)
    await expect(tab.locator("[data-now-title]")).to_have_text("Reguleringsplan Elvebakken")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Kari (SP)")
    await expect(tab.locator(f"[data-item='{named('two')}']")).to_contain_text("Behandles nå")
    await expect(tab.get_by_role("link", name="Protokoll fra møtet")).to_be_visible()


async def test_what_is_said_of_a_break_goes_when_the_meeting_goes_on(town: Town, browser: Browser) -> None:
    town.hall.says("start_break", kind="pause")
    tab = await opened(browser, town)
    await expect(tab.get_by_role("heading", name="Pause")).to_be_visible()
    town.hall.says("end_break")
    town.told(entries=[*town.timeline["entries"], town.entry("break", "break-1", 58, 59)])
    await expect(tab.get_by_role("heading", name="Pause")).to_have_count(0)


async def test_a_stop_is_told_and_nothing_is_said_of_what_goes_on(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town)
    town.hall.says("stop_broadcast")
    town.told(entries=[], next=[])
    await expect(tab.get_by_role("heading", name="Sendingen er stoppet")).to_be_visible()
    await expect(tab.locator("[data-now-title]")).to_have_text("")
    await expect(tab.locator("[data-now-speaker]")).to_have_text("")


async def test_between_two_cases_nobody_speaks(town: Town, browser: Browser) -> None:
    town.told(entries=[town.entry("item", "one", 0, 10, title="Godkjenning av saksliste")])
    tab = await opened(browser, town)
    await shows(tab, 12)
    await expect(tab.locator("[data-now-speaker]")).to_have_text("Ingen taler i gang")


async def test_before_it_is_played_a_recording_names_no_case(town: Town, browser: Browser) -> None:
    town.told(state="ended", recording="recording.m3u8", next=[])
    tab = await opened(browser, town)
    await expect(tab.locator("[data-meeting]")).to_have_attribute("data-state", "ended")
    for name in ("label", "title", "speaker", "number", "next"):
        await expect(tab.locator(f"[data-now-{name}]")).to_have_text("")


async def test_at_400_percent_the_names_are_whole(town: Town, browser: Browser) -> None:
    tab = await opened(browser, town, viewport={"width": 320, "height": 640})
    await shows(tab, 13)
    speaker = tab.locator("[data-now-speaker]")
    await expect(speaker).to_have_text("Kari (SP)")
    assert await speaker.evaluate("(it) => it.getBoundingClientRect().right <= innerWidth")
