"""Without a mouse, and without scripts: whatever can be done can be done so too."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from tests.browser import answered, until
from tests.postgres import Database
from tests.stories.council import PASSPHRASE, Council, Json, council
from tests.stories.visitors import PHONE, browsing, debating, link, log_in
from tests.streaming.encoder import Encoder

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(300)]

ITEMS: tuple[Json, ...] = (
    {"title": "Godkjenning av innkalling og saksliste"},
    {"case_number": "72/26", "title": "Detaljregulering for Elvebakken", "kind": "decision"},
    {"case_number": "73/26", "title": "Klagesak", "kind": "decision"},
)
FOCUS = """() => {
  const element = document.activeElement;
  // Between the last and the first, or on a part of a field that the browser draws.
  const elsewhere = element === document.body || !element.matches(":focus");
  const texts = [element.ariaLabel, element.textContent, element.labels?.[0]?.textContent];
  const style = getComputedStyle(element);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const marked = ring || style.boxShadow !== "none" || element.closest(".link-card") !== null;
  const box = element.getBoundingClientRect();
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  const seen = elsewhere || (inside && marked && element.matches(":focus-visible"));
  return { seen, name: texts.map((text) => text?.trim()).find((text) => text) ?? "" };
}"""
"""What has focus, and whether one can see that."""


class Keys:
    """A page used by keyboard alone."""

    def __init__(self, page: Page, hall: Council) -> None:
        self.page, self.hall = page, hall

    async def press(self, *keys: str) -> None:
        """One after another, as fingers do."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def tab_to(self, name: str) -> None:
        """Press Tab until what has focus begins with this; on the way one always sees where one is."""
        for _ in range(80):
            await self.page.keyboard.press("Tab")
            focus = await self._focus()
            if focus["name"].startswith(name):
                return
        raise AssertionError(f"no way by Tab to {name!r}")

    async def _focus(self) -> Json:
        """What has focus, and is seen to have it; not in the moment in which a dialog closes."""
        give_up = time.monotonic() + 2
        while not (focus := await self.page.evaluate(FOCUS))["seen"]:
            assert time.monotonic() < give_up, f"focus cannot be seen on {focus['name'][:60]!r}"
            await asyncio.sleep(0.05)
        return dict(focus)

    async def choose(self, *names: str) -> None:
        """Go to each and press Enter: a button, and what it asks; then see the dialog open, or closed."""
        for name in names:
            await self.tab_to(name)
            await self.press("Enter")
            if name.endswith("…"):
                await expect(self.page.get_by_role("dialog")).to_be_visible()
            else:
                await answered(self.page)

    async def becomes(self, what: Callable[[Json], Any]) -> Json:
        """The session's state as soon as this is so, and the page has had time to show it."""
        give_up = time.monotonic() + 15
        while not what(state := await self.hall.state()):
            assert time.monotonic() < give_up, state
            await asyncio.sleep(0.05)
        return state

    async def nothing_happens(self) -> None:
        """The log is as it was, a moment from now."""
        before = (await self.hall.state())["version"]
        await self.page.wait_for_timeout(700)
        assert (await self.hall.state())["version"] == before


async def test_a_chair_runs_a_debate_with_the_keyboard_alone(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path, items=ITEMS) as hall:
        page = await (await browsing(browser)).new_page()
        await page.goto((await link(hall, Role.CHAIR))[1])
        await page.keyboard.press("Enter")  # the button has focus
        await page.wait_for_url("**/leder")
        chair = Keys(page, hall)
        floor, queue = page.locator(".floor__who"), page.locator("#queue-rows > li")
        kari, ola, siri, _ = (str(person) for person in hall.town.people)

        await chair.choose("Åpne møtet …", "Åpne møtet")
        await chair.becomes(lambda state: state["status"] == "open")
        await hall.says("call_roll", present=[str(person) for person in hall.town.people])
        await expect(page.get_by_text("4 av 4 til stede")).to_be_visible()
        await chair.press("g")
        await chair.becomes(lambda state: state["current_item_id"] == str(hall.items[0]))
        await expect(page.locator("#case-title")).to_have_text(ITEMS[0]["title"])
        await chair.press("g")
        await expect(page.locator("#case")).to_contain_text("Sak 72/26")

        # Hands raised in the hall: three keystrokes each, kind and seat.
        for keys, waiting in (("i11", 1), ("i12", 2), ("d13", 3)):
            await chair.press(*keys)
            await expect(queue).to_have_count(waiting)
        await chair.press("n")
        await expect(floor).to_contain_text("Siri Moen")  # a point of order comes first
        await chair.press("n")
        await expect(floor).to_contain_text("Kari Nordli")
        await chair.press(*"r13")
        await expect(queue.first).to_contain_text("Replikk")
        requests = (await hall.state())["requests"].values()
        assert sorted((one["person_id"], one["kind"]) for one in requests) == sorted(
            [(kari, "speech"), (ola, "speech"), (siri, "point_of_order"), (siri, "reply")]
        )

        await chair.press("k")
        await expect(floor).to_contain_text("Klokka står")
        await chair.press("k")
        await expect(floor).not_to_contain_text("Klokka står")
        await chair.press("+")
        await expect(floor).to_contain_text("lagt til 30 s")
        await chair.press(" ")
        await expect(floor).to_contain_text("Ingen har ordet")
        await chair.press("z")
        await expect(floor).to_contain_text("Kari Nordli")
        await chair.press("l")
        await expect(page.locator("#queue")).to_contain_text("Strek settes om")
        await chair.press("l")
        await expect(page.locator("#queue")).to_contain_text("Strek: satt")


async def test_single_keys_rest_while_one_writes_and_when_switched_off(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path, items=ITEMS) as hall:
        await debating(hall)
        await hall.gives_floor(1)
        await hall.says("request_floor", request_id=uuid4(), person_id=hall.town.people[2])
        page = await log_in(await browsing(browser), (await link(hall, Role.CHAIR))[1])
        chair = Keys(page, hall)
        await chair.press("/", "n", "s", " ", "z")
        await expect(page.locator("#add-person-who")).to_have_value("ns z")
        await chair.nothing_happens()
        await chair.press("Escape")
        await chair.tab_to("Hurtigtaster")
        await chair.press(" ")
        await chair.press("n", "s", "z")
        await chair.nothing_happens()
        await chair.press(" ", "n")
        await expect(page.locator(".floor__who")).to_contain_text("Siri Moen")
        await chair.press("s")
        await chair.becomes(lambda state: state["stops"])
        await chair.choose("Start sending igjen …", "Start sendingen")
        await expect(page.get_by_role("button", name="Stopp sending")).to_be_visible()
        await chair.press("p")
        await expect(page.get_by_role("dialog", name="Møtepause")).to_be_visible()
        await chair.choose("Ta pause")
        await expect(page.get_by_role("button", name="Fortsett møtet")).to_be_visible()
        await chair.press("f")
        await expect(page.get_by_role("button", name="Møtepause …")).to_be_visible()


async def test_doors_are_closed_by_keyboard_but_never_by_one_key(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path, items=ITEMS) as hall:
        await debating(hall)
        page = await log_in(await browsing(browser), (await link(hall, Role.CHAIR))[1])
        chair = Keys(page, hall)
        grave = await page.locator("[data-key]").evaluate_all(
            "(all) => all.filter(({form}) => /_doors|adjourn/.test(form?.elements.command?.value))"
        )
        assert grave == []
        await chair.choose("Lukk dører …")
        await expect(page.get_by_role("dialog", name="Foreslå å lukke møtet")).to_be_visible()
        await chair.press("n", "s", "x")
        await chair.nothing_happens()
        await chair.tab_to("kommuneloven § 11-5")
        await chair.press(" ")
        await chair.choose("Før forslaget")
        state = await chair.becomes(lambda state: state["closings"])
        assert state["closings"][0]["legal_basis"]["section"] == "kommuneloven § 11-5"
        await expect(page.get_by_role("button", name="Enstemmig for lukking")).to_be_visible()
        await chair.choose("Enstemmig for lukking", "Lukk dørene …")
        await expect(page.get_by_role("dialog", name="Lukke dørene?")).to_be_visible()
        await chair.press("Escape")
        await chair.nothing_happens()
        await chair.choose("Lukk dørene …", "Lukk dørene")
        await chair.becomes(lambda state: state["closings"][0]["periods"])
        await expect(page.get_by_text("Dører lukket")).to_be_visible()
        await chair.choose("Åpne dørene …", "Åpne dørene")
        await chair.becomes(lambda state: state["closings"][0]["periods"][0]["stop"])
        await expect(page.get_by_text("Dører åpne")).to_be_visible()
        await chair.choose("Hev møtet …", "Hev møtet")
        await chair.becomes(lambda state: state["status"] == "adjourned")


async def test_a_citizen_and_a_participant_need_no_mouse(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path, items=ITEMS) as hall:
        camera = Encoder(await hall.source_port(), PASSPHRASE, size=(320, 180), fps=10, gop=20, patience=40)
        async with camera:
            await debating(hall)
            await hall.gives_floor(2)
            await hall.published("live.m3u8")
            page = await (await browsing(browser)).new_page()
            await page.goto(hall.page)
            await until(page, "document.querySelector('video').readyState > 1")
            citizen = Keys(page, hall)
            await citizen.press("Tab")
            assert (await page.evaluate(FOCUS))["name"] == "Gå til hovedinnholdet"
            await citizen.press("Enter")
            await citizen.tab_to("Saker")
            await citizen.press("ArrowRight")
            await expect(page.get_by_role("tab", selected=True)).to_have_text("Talere")
            await expect(page.get_by_role("tabpanel")).to_contain_text("Ola Vik")
            await citizen.press("Home")
            await citizen.choose("Spill av sak 72/26")
            await until(page, "!document.querySelector('video').paused")

            _, address = await link(hall, Role.PARTICIPANT, person_id=hall.town.people[0])
            phone = await log_in(await browsing(browser, PHONE), address)
            participant = Keys(phone, hall)
            await participant.choose("Innlegg")
            await expect(phone.get_by_role("heading", name="Du er neste")).to_be_visible()
            await participant.choose("Trekk meg")
            await expect(phone.get_by_role("heading", name="Du står ikke på talerlisten")).to_be_visible()
            assert (await hall.state())["waiting"] == []


async def test_whoever_has_no_scripts_sends_plain_forms(
    database: Database, tmp_path: Path, browser: Browser
) -> None:
    async with council(database, tmp_path, items=ITEMS) as hall:
        await debating(hall)
        kari = hall.town.people[0]
        _, address = await link(hall, Role.PARTICIPANT, person_id=kari)
        participant = await log_in(await browsing(browser, PHONE, java_script_enabled=False), address)
        await participant.get_by_role("button", name="Innlegg").click()
        await expect(participant.get_by_role("heading", name="Du er neste")).to_be_visible()

        chair = await log_in(
            await browsing(browser, java_script_enabled=False), (await link(hall, Role.CHAIR))[1]
        )
        stale = await chair.context.new_page()
        await stale.goto(chair.url)
        await chair.get_by_role("button", name="Neste taler").click()
        await expect(chair.locator(".floor__who")).to_contain_text("Kari Nordli")
        await stale.get_by_role("button", name="Neste taler").click()
        await expect(stale.get_by_role("alert")).to_contain_text("Noen kom deg i forkjøpet")
        assert [one for one in await hall.events() if one["type"] == "speech_started"][1:] == []

        secretary = await log_in(
            await browsing(browser, java_script_enabled=False), (await link(hall, Role.SECRETARY))[1]
        )
        await secretary.get_by_label("Forslagets ordlyd").fill("Planen vedtas.")
        await secretary.get_by_role("button", name="Før forslaget").click()
        await secretary.get_by_role("button", name="Start votering over forslaget fra Innstillingen").click()
        await secretary.get_by_label("SP: stemmer for").fill("3")
        await secretary.get_by_label("SP: stemmer mot").fill("1")
        await secretary.get_by_role("button", name="Før stemmetallene").click()
        await expect(secretary.locator("#work")).to_contain_text("3–1")
        await secretary.get_by_role("button", name="Før vedtaket").click()
        await expect(secretary.get_by_text("Vedtaket er ført")).to_be_visible()
        state = await hall.state()
        assert state["items"][str(hall.items[1])]["decision"]["outcome"] == "adopted"
