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
from tests.browser import until
from tests.postgres import Database
from tests.stories.council import PASSPHRASE, Council, Json, council
from tests.stories.hands import FOCUS, Keyboard
from tests.stories.visitors import PHONE, browsing, debating, link, log_in
from tests.streaming.encoder import Encoder

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(300)]

ITEMS: tuple[Json, ...] = (
    {"title": "Godkjenning av innkalling og saksliste"},
    {"case_number": "72/26", "title": "Detaljregulering for Elvebakken", "kind": "decision"},
    {"case_number": "73/26", "title": "Klagesak", "kind": "decision"},
)


class Keys(Keyboard):
    """A page used by keyboard alone, in a meeting."""

    def __init__(self, page: Page, hall: Council) -> None:
        super().__init__(page)
        self.hall = hall

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

        await chair.go("Åpne møtet …", "Åpne møtet")
        await chair.becomes(lambda state: state["status"] == "open")
        await hall.says("call_roll", present=[str(person) for person in hall.town.people])
        await expect(page.get_by_text("4 av 4 til stede")).to_be_visible()
        await chair.keys("g")
        await chair.becomes(lambda state: state["current_item_id"] == str(hall.items[0]))
        await expect(page.locator("#case-title")).to_have_text(ITEMS[0]["title"])
        await chair.keys("g")
        await expect(page.locator("#case")).to_contain_text("Sak 72/26")

        # Hands raised in the hall: three keystrokes each, kind and seat.
        for keys, waiting in (("i11", 1), ("i12", 2), ("d13", 3)):
            await chair.keys(*keys)
            await expect(queue).to_have_count(waiting)
        await chair.keys("n")
        await expect(floor).to_contain_text("Siri Moen")  # a point of order comes first
        await chair.keys("n")
        await expect(floor).to_contain_text("Kari Nordli")
        await chair.keys(*"r13")
        await expect(queue.first).to_contain_text("Replikk")
        requests = (await hall.state())["requests"].values()
        assert sorted((one["person_id"], one["kind"]) for one in requests) == sorted(
            [(kari, "speech"), (ola, "speech"), (siri, "point_of_order"), (siri, "reply")]
        )

        await chair.keys("k")
        await expect(floor).to_contain_text("Klokka står")
        await chair.keys("k")
        await expect(floor).not_to_contain_text("Klokka står")
        await chair.keys("+")
        await expect(floor).to_contain_text("lagt til 30 s")
        await chair.keys(" ")
        await expect(floor).to_contain_text("Ingen har ordet")
        await chair.keys("z")
        await expect(floor).to_contain_text("Kari Nordli")
        await chair.keys("l")
        await expect(page.locator("#queue")).to_contain_text("Strek settes om")
        await chair.keys("l")
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
        await chair.keys("/", "n", "s", " ", "z")
        await expect(page.locator("#add-person-who")).to_have_value("ns z")
        await chair.nothing_happens()
        await chair.keys("Escape")
        await chair.tab_to("Hurtigtaster")
        await chair.keys(" ")
        await chair.keys("n", "s", "z")
        await chair.nothing_happens()
        await chair.keys(" ", "n")
        await expect(page.locator(".floor__who")).to_contain_text("Siri Moen")
        await chair.keys("s")
        await chair.becomes(lambda state: state["stops"])
        await chair.go("Start sending igjen …", "Start sendingen")
        await expect(page.get_by_role("button", name="Stopp sending")).to_be_visible()
        await chair.keys("p")
        await expect(page.get_by_role("dialog", name="Møtepause")).to_be_visible()
        await chair.go("Ta pause")
        await expect(page.get_by_role("button", name="Fortsett møtet")).to_be_visible()
        await chair.keys("f")
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
        await chair.go("Lukk dører …")
        await expect(page.get_by_role("dialog", name="Foreslå å lukke møtet")).to_be_visible()
        await chair.keys("n", "s", "x")
        await chair.nothing_happens()
        await chair.tab_to("kommuneloven § 11-5")
        await chair.keys(" ")
        await chair.go("Før forslaget")
        state = await chair.becomes(lambda state: state["closings"])
        assert state["closings"][0]["legal_basis"]["section"] == "kommuneloven § 11-5"
        await expect(page.get_by_role("button", name="Enstemmig for lukking")).to_be_visible()
        await chair.go("Enstemmig for lukking", "Lukk dørene …")
        await expect(page.get_by_role("dialog", name="Lukke dørene?")).to_be_visible()
        await chair.keys("Escape")
        await chair.nothing_happens()
        await chair.go("Lukk dørene …", "Lukk dørene")
        await chair.becomes(lambda state: state["closings"][0]["periods"])
        await expect(page.get_by_text("Dører lukket")).to_be_visible()
        await chair.go("Åpne dørene …", "Åpne dørene")
        await chair.becomes(lambda state: state["closings"][0]["periods"][0]["stop"])
        await expect(page.get_by_text("Dører åpne")).to_be_visible()
        await chair.go("Hev møtet …", "Hev møtet")
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
            await citizen.keys("Tab")
            assert (await page.evaluate(FOCUS))["name"] == "Gå til hovedinnholdet"
            await citizen.keys("Enter")
            await citizen.tab_to("Saker")
            await citizen.keys("ArrowRight")
            await expect(page.get_by_role("tab", selected=True)).to_have_text("Talere")
            await expect(page.get_by_role("tabpanel")).to_contain_text("Ola Vik")
            await citizen.keys("Home")
            await citizen.go("Spill av sak 72/26")
            await until(page, "!document.querySelector('video').paused")

            _, address = await link(hall, Role.PARTICIPANT, person_id=hall.town.people[0])
            phone = await log_in(await browsing(browser, PHONE), address)
            participant = Keys(phone, hall)
            await participant.go("Innlegg")
            await expect(phone.get_by_role("heading", name="Du er neste")).to_be_visible()
            await participant.go("Trekk meg")
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
        await secretary.locator("#work").get_by_label("SP: stemmer for").fill("3")
        await secretary.locator("#work").get_by_label("SP: stemmer mot").fill("1")
        await secretary.get_by_role("button", name="Før stemmetallene").click()
        await expect(secretary.locator("#work")).to_contain_text("3–1")
        await secretary.get_by_role("button", name="Før vedtaket").click()
        await expect(secretary.get_by_text("Vedtaket er ført")).to_be_visible()
        state = await hall.state()
        assert state["items"][str(hall.items[1])]["decision"]["outcome"] == "adopted"
