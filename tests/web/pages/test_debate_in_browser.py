"""The chair's list and clock and the participant's phone in a real browser: moved, heard, felt, not sent."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, Route, expect

from orchestrator.domain.roles import Role
from tests.browser import accessibility_findings, complaints, covered, sideways
from tests.web.client import Web
from tests.web.pages.test_staff_in_browser import CHAIR, HERE, PARTICIPANT, somebody

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
TABLET: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True}
ROWS = "#queue-rows li strong"
SENSES = """
  window.felt = []; window.heard = 0;
  Object.defineProperty(navigator, "vibrate", { value: (pattern) => felt.push(pattern.length) });
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { heard += 1; return start.apply(this, when); };
"""
"""Remembers what the page would let sound and shake."""
TOLD = """
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (type, act) {
    listen.call(this, type, (event) => {
      act(event);
      if (event.data.includes('"queue"')) document.documentElement.dataset.told = "queue";
    });
  };
"""
"""Marks that the stream has told the page of a new list, put on the page or not."""
ON_ITS_WAY = 600
"""Milliseconds after its last move that a pointer holds what is under it (live.js)."""
LONGEST = 3000
"""Milliseconds that a pointer that never rests may do so."""


async def _hosted(web: Web) -> None:
    directory = web.running.services.directory
    town = await directory.organisation(web.town.organisation_id)
    assert town
    await directory.put_organisation(town.model_copy(update={"hosts": (*town.hosts, HERE)}))


@pytest.fixture
async def browser(web_service: Web, browser: Browser) -> Browser:
    await _hosted(web_service)
    return browser


async def three_wait(web: Web) -> tuple[UUID, list[str]]:
    """A debate in which Ola, Siri and Per wait, in that order; the session and their requests."""
    session_id, _ = await web.town.debates()
    requests = [str(uuid4()) for _ in range(3)]
    for request, person in zip(requests, web.town.people[1:], strict=True):
        await web.machine().says(session_id, "request_floor", request_id=request, person_id=str(person))
    return session_id, requests


async def long_speech(web: Web) -> tuple[UUID, str]:
    """Kari has the floor for ten minutes, warned five before they are over; the session and the speech."""
    members = [{"person_id": str(person), "group": "SP"} for person in web.town.people]
    rules = {"speech_seconds": 600, "warning_seconds": 300}
    session_id = await web.town.plans_session(await web.town.plans_meeting(), members=members, rules=rules)
    machine, item, request = web.machine(), str(uuid4()), str(uuid4())
    await machine.says(session_id, "add_item", item_id=item, title="Skolebruk", kind="report_item")
    await machine.says(session_id, "open_session")
    await machine.says(session_id, "open_item", item_id=item)
    await machine.says(session_id, "request_floor", request_id=request, person_id=str(web.town.people[0]))
    await machine.says(session_id, "call_next_speaker", request_id=request, current_id=None)
    return session_id, request


async def shorten(web: Web, session_id: UUID, speech_id: str, seconds: int) -> None:
    """Take so much off the time that is left: nobody waits for it to pass."""
    await web.machine().says(session_id, "extend_speech", speech_id=speech_id, seconds=-seconds)


async def settled(page: Page) -> None:
    """The page is connected, and everything has come once more by the stream."""
    await expect(page.locator("html")).to_have_attribute("data-connection", "open")
    await page.wait_for_timeout(500)


async def test_the_list_is_rearranged_by_keyboard_alone(web_service: Web, browser: Browser) -> None:
    session_id, requests = await three_wait(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        found = complaints(page)
        await page.goto(CHAIR)
        await page.keyboard.press("t")
        await expect(page.locator("#queue-rows li").first).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Alt+ArrowUp")
        await page.keyboard.press("Alt+ArrowUp")
        await expect(page.locator(ROWS)).to_have_text(["Per Haug", "Ola Vik", "Siri Moen"])
        await expect(page.locator("[data-moves] [role=status]")).to_have_text("Per Haug er flyttet: nå nr. 1")
        await expect(page.locator("#last")).to_contain_text("Talerlisten ble flyttet om")
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert state["waiting"] == [requests[2], requests[0], requests[1]]
        await expect(page.locator("#queue-rows li").first).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#floor .big-name")).to_contain_text("Per Haug")
        await expect(page.locator(ROWS)).to_have_count(2)
        await page.keyboard.press("t")
        await page.keyboard.press("Delete")
        await expect(page.locator(ROWS)).to_have_text(["Siri Moen"])
        assert found == []


async def test_an_entry_is_dragged_to_its_new_place(web_service: Web, browser: Browser) -> None:
    session_id, requests = await three_wait(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await settled(page)
        grip = await page.locator("[data-grip]").first.bounding_box()
        last = await page.locator("#queue-rows li").last.bounding_box()
        assert grip
        assert last
        await page.mouse.move(grip["x"] + 5, grip["y"] + 5)
        await page.mouse.down()
        await page.mouse.move(grip["x"] + 5, last["y"] + last["height"] - 4, steps=8)
        await expect(page.locator(ROWS)).to_have_text(["Siri Moen", "Per Haug", "Ola Vik"])
        # What another does meanwhile waits until the entry is let go.
        await web_service.machine().says(session_id, "withdraw_request", request_id=requests[1])
        await page.wait_for_timeout(600)
        await expect(page.locator(ROWS)).to_have_count(3)
        await page.mouse.up()
        await expect(page.locator(ROWS)).to_have_text(["Per Haug", "Ola Vik"])
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert state["waiting"] == [requests[2], requests[0]]


async def test_a_move_that_is_refused_is_put_back_and_says_why(web_service: Web, browser: Browser) -> None:
    session_id, requests = await three_wait(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.keyboard.press("t")
        await page.keyboard.press("Alt+ArrowDown")
        await page.keyboard.press("Alt+ArrowUp")
        await page.keyboard.press("Alt+ArrowDown")
        await web_service.machine().says(session_id, "withdraw_request", request_id=requests[0])
        await expect(page.locator(".refusal")).to_contain_text("Noen kom deg i forkjøpet")
        await expect(page.locator(ROWS)).to_have_text(["Siri Moen", "Per Haug"])


async def test_nothing_jumps_under_a_pointer_on_its_way(web_service: Web, browser: Browser) -> None:
    session_id, requests = await three_wait(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.clock.install()
        await page.add_init_script(TOLD)
        await page.goto(CHAIR)
        await settled(page)
        await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 1"))
        box = await page.locator("#queue-rows").bounding_box()
        assert box
        rows = page.locator(ROWS)

        async def moves(step: int) -> None:
            await page.mouse.move(box["x"] + 60 + step, box["y"] + 20)

        async def withdrawn(request: str) -> None:
            await page.evaluate("delete document.documentElement.dataset.told")
            await web_service.machine().says(session_id, "withdraw_request", request_id=request)
            await expect(page.locator("html")).to_have_attribute("data-told", "queue")

        await moves(0)
        await withdrawn(requests[0])
        for step in range(1, 5):
            await expect(rows).to_have_count(3)
            await moves(step)
            await page.clock.run_for(ON_ITS_WAY - 100)
        await expect(rows).to_have_count(3)
        await page.clock.run_for(200)
        await expect(rows).to_have_text(["Siri Moen", "Per Haug"])
        # A hand that is never still does not hide for long what has happened.
        await moves(5)
        await withdrawn(requests[1])
        for step in range(6, 6 + LONGEST // (ON_ITS_WAY - 100)):
            await expect(rows).to_have_count(2)
            await page.clock.run_for(ON_ITS_WAY - 100)
            await moves(step)
        await page.clock.run_for(ON_ITS_WAY - 100)
        await expect(rows).to_have_text(["Per Haug"])


async def test_the_keyboard_keeps_its_place_when_the_pressed_button_is_gone(
    web_service: Web, browser: Browser
) -> None:
    await long_speech(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await settled(page)
        await page.get_by_role("button", name="Ferdig").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#floor")).not_to_contain_text("Ferdig")
        await expect(page.locator("#floor")).to_be_focused()


async def test_the_clock_warns_by_word_colour_icon_and_sound_each_by_itself(
    web_service: Web, browser: Browser
) -> None:
    session_id, speech = await long_speech(web_service)
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.add_init_script(SENSES)
        await page.goto(CHAIR)
        await page.get_by_role("button", name="Klokkevarsel").click()
        await page.get_by_label("Lyd: én tone").check()
        assert await page.evaluate("heard") == 1  # so sounds it
        await page.get_by_label("Farge på klokka").uncheck()
        await page.get_by_label("Ikon ved klokka").uncheck()
        assert await accessibility_findings(page) == []
        await page.get_by_role("dialog").get_by_role("link", name="Ferdig").click()
        await shorten(web_service, session_id, speech, 400)
        await expect(page.get_by_text("Tiden er snart ute")).to_be_visible()
        await expect(page.locator(".speech-clock__near .icon")).to_be_hidden()
        assert await page.evaluate("heard") == 2
        await shorten(web_service, session_id, speech, 200)
        await expect(page.locator(".speech-clock__over")).to_have_text(re.compile(r"Over tiden \d:\d\d"))
        assert await page.evaluate("heard") == 4
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-signal-color", "off")
        assert await page.evaluate("heard") == 0  # not for one who was over time before


async def test_a_phone_shakes_when_ones_own_time_is_nearly_out(web_service: Web, browser: Browser) -> None:
    session_id, speech = await long_speech(web_service)
    person = web_service.town.people[0]
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=person, **PHONE) as page:
        await page.add_init_script(SENSES)
        await page.goto(PARTICIPANT)
        await expect(page.locator("#mine-headline")).to_have_text("Du har ordet")
        await shorten(web_service, session_id, speech, 400)
        await expect(page.locator("#mine").get_by_text("Tiden er snart ute")).to_be_visible()
        assert await page.evaluate("felt") == [1]
        await shorten(web_service, session_id, speech, 200)
        await expect(page.locator("#mine .speech-clock__over")).to_be_visible()
        assert await page.evaluate("felt") == [1, 3]
        clock = await page.locator("#mine [data-elapsed-text]").bounding_box()
        assert clock
        assert clock["height"] > 80
        assert await accessibility_findings(page) == []


async def test_on_a_bad_line_a_request_is_tried_again_and_made_once(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    person = web_service.town.people[1]
    tries: list[str] = []
    arrived: list[int] = []

    async def lost(route: Route) -> None:
        tries.append(route.request.post_data or "")
        if len(tries) == 1:
            there = route.request.url.replace(HERE, "127.0.0.1")
            headers = {**await route.request.all_headers(), "host": f"{HERE}:{web_service.port}"}
            arrived.append((await route.fetch(url=there, headers=headers)).status)  # its answer is lost
        await (route.abort() if len(tries) < 3 else route.continue_())

    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=person, **PHONE) as page:
        await page.goto(PARTICIPANT)
        await page.route("**/kommando?*", lost)
        await page.get_by_role("button", name="Innlegg").tap()
        await expect(page.locator("[data-receipt]")).to_contain_text("Mottatt kl.", timeout=30_000)
        assert (arrived, len(tries), len(set(tries))) == ([200], 3, 1)
        assert "%22new%22" not in tries[0]
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert len(state["waiting"]) == 1


async def test_what_is_not_sent_says_so_and_is_sent_when_asked(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    person = web_service.town.people[1]
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=person, **PHONE) as page:
        await page.goto(PARTICIPANT)
        await page.route("**/kommando?*", lambda route: route.abort())
        await page.get_by_role("button", name="Innlegg").tap()
        receipt = page.locator("[data-receipt]")
        await expect(receipt).to_contain_text("Prøver igjen")
        await expect(receipt).to_contain_text("Ikke sendt: Innlegg", timeout=30_000)
        assert await accessibility_findings(page) == []
        await page.unroute("**/kommando?*")
        await expect(page.locator("#mine-headline")).to_have_text("Du står ikke på talerlisten")
        await receipt.get_by_role("button", name="Prøv igjen").tap()
        await expect(receipt).to_contain_text("Mottatt kl.")
        await expect(page.locator("#mine-headline")).to_have_text("Du er neste")


async def test_the_state_of_the_connection_is_always_in_sight_and_it_catches_up(
    web_service: Web, browser: Browser
) -> None:
    session_id, _ = await web_service.town.debates()
    person = web_service.town.people[1]
    async with somebody(web_service, browser, Role.PARTICIPANT, person_id=person, **PHONE) as page:
        await page.goto(PARTICIPANT)
        await expect(page.get_by_text("Tilkoblet")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.get_by_text("Uten kontakt")).to_be_visible()
        await expect(page.get_by_text("Det du ser kan være gammelt")).to_be_visible()
        await web_service.machine().says(
            session_id, "request_floor", request_id=str(uuid4()), person_id=str(person)
        )
        await page.context.set_offline(False)
        await expect(page.get_by_text("Tilkoblet")).to_be_visible()
        await expect(page.locator("#mine-headline")).to_have_text("Du er neste")


async def test_the_chair_is_handed_over_by_keyboard(web_service: Web, browser: Browser) -> None:
    session_id, _ = await web_service.town.debates()
    async with somebody(web_service, browser, Role.DEPUTY) as page:
        await page.goto(CHAIR)
        await page.get_by_role("button", name="Overlat møteledelsen").press("Enter")
        await page.get_by_role("combobox", name="Hvem overtar").fill("siri")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Overlat ledelsen").press("Enter")
        await expect(page.locator("#top")).to_contain_text("Leder: Siri Moen")
        state = (await web_service.machine().get(f"/api/v1/sessions/{session_id}")).json
        assert state["chair_id"] == str(web_service.town.people[2])


async def test_the_card_of_keys_is_one_sheet_of_paper(web_service: Web, browser: Browser) -> None:
    await web_service.town.debates()
    async with somebody(web_service, browser, Role.CHAIR) as page:
        await page.goto(CHAIR)
        await page.get_by_role("link", name="Tastekort").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Tastekort for møteleder")
        assert await accessibility_findings(page) == []
        sheets = (await page.pdf(prefer_css_page_size=True)).count(b"/Type /Page\n")
        assert sheets == 1


async def _fits(page: Page) -> None:
    await settled(page)
    assert await sideways(page) == []
    assert await covered(page) == []
    assert await accessibility_findings(page) == []


@pytest.mark.parametrize("size", [(390, 844), (1024, 768), (1280, 800)])
async def test_chair_and_participant_fit_every_window(
    web_service: Web, browser: Browser, size: tuple[int, int]
) -> None:
    await three_wait(web_service)
    roles, person = (Role.CHAIR, Role.PARTICIPANT), web_service.town.people[1]
    viewport = {"width": size[0], "height": size[1]}
    async with somebody(web_service, browser, *roles, person_id=person, viewport=viewport) as page:
        for path in (CHAIR, PARTICIPANT):
            await page.goto(path)
            await _fits(page)


async def test_a_tablet_has_room_for_fingers(web_service: Web, browser: Browser) -> None:
    await three_wait(web_service)
    async with somebody(web_service, browser, Role.CHAIR, **TABLET) as page:
        await page.goto(CHAIR)
        await settled(page)
        buttons = page.locator("main button:visible, main a.ds-button:visible")
        heights = await buttons.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
        assert min(heights) >= 44
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await page.get_by_role("button", name="Flytt Ola Vik ned").tap()
        await expect(page.locator(ROWS)).to_have_text(["Siri Moen", "Ola Vik", "Per Haug"])


async def test_text_at_twice_the_size_still_fits(web_service: Web, large_type: Browser) -> None:
    await _hosted(web_service)
    await three_wait(web_service)
    roles, person = (Role.CHAIR, Role.PARTICIPANT), web_service.town.people[1]
    viewport = {"width": 1280, "height": 800}
    async with somebody(web_service, large_type, *roles, person_id=person, viewport=viewport) as page:
        for path in (CHAIR, PARTICIPANT):
            await page.goto(path)
            await _fits(page)


async def test_a_point_of_order_is_let_in_and_the_line_drawn_by_keys_alone(
    web_service: Web, browser: Browser
) -> None:
    session_id, requests = await three_wait(web_service)
    machine, siri = web_service.machine(), str(web_service.town.people[2])
    await machine.says(session_id, "call_next_speaker", request_id=requests[0], current_id=None)
    await machine.says(
        session_id, "request_floor", request_id=str(uuid4()), person_id=siri, kind="point_of_order"
    )
    async with (
        somebody(web_service, browser, Role.CHAIR) as chair,
        somebody(web_service, browser, Role.PARTICIPANT, **PHONE) as phone,
    ):
        found = [complaints(chair), complaints(phone)]
        await chair.goto(CHAIR)
        await phone.goto(PARTICIPANT)
        await settled(chair)
        await settled(phone)
        await chair.keyboard.press("a")
        await expect(chair.locator("#floor .big-name")).to_contain_text("Siri Moen")
        await expect(chair.locator("#queue-rows li").first).to_contain_text("fortsetter")
        await chair.keyboard.press("l")
        await expect(chair.locator("#queue .last-call")).to_contain_text("Strek settes om")
        await expect(phone.locator("#list .last-call")).to_contain_text("Strek settes om")
        await expect(phone.locator("[data-line-said]")).to_have_text(
            "Siste frist: strek settes snart. Be om ordet nå."
        )
        await chair.keyboard.press("l")
        await expect(chair.locator("#queue .line")).to_contain_text("Strek: satt")
        await expect(phone.locator("#list")).to_contain_text("Strek er satt.")
        assert await accessibility_findings(chair) == []
        assert found == [[], []]


async def test_the_end_of_the_last_call_shuts_the_button_on_a_phone(
    web_service: Web, browser: Browser
) -> None:
    session_id, item_id = await web_service.town.debates()
    async with somebody(
        web_service, browser, Role.PARTICIPANT, person_id=web_service.town.people[0], **PHONE
    ) as phone:
        await phone.goto(PARTICIPANT)
        await settled(phone)
        ask = phone.locator("#mine [data-kind=speech]")
        await web_service.machine().says(session_id, "call_last", item_id=str(item_id), seconds=2)
        await expect(ask.get_by_role("button")).to_be_enabled()
        await expect(ask.get_by_role("button")).to_be_disabled()
        await expect(ask).to_contain_text("Fristen er ute")
        assert await accessibility_findings(phone) == []


async def test_impartiality_goes_from_a_phone_to_the_decision_in_a_dialog(
    web_service: Web, browser: Browser
) -> None:
    people = web_service.town.people
    members: list[dict[str, Any]] = [{"person_id": str(person), "group": "SP"} for person in people[:3]]
    members.append({"person_id": str(people[3]), "group": "SP", "list_order": 1})
    session_id = await web_service.town.plans_session(await web_service.town.plans_meeting(), members=members)
    machine, item = web_service.machine(), str(uuid4())
    await machine.says(session_id, "add_item", item_id=item, title="Skolebruk")
    await machine.says(session_id, "open_session")
    await machine.says(session_id, "call_roll", present=[str(person) for person in people[:3]])
    await machine.says(session_id, "open_item", item_id=item)
    async with (
        somebody(web_service, browser, Role.PARTICIPANT, person_id=people[0], **PHONE) as phone,
        somebody(web_service, browser, Role.CHAIR) as chair,
        somebody(web_service, browser, Role.SECRETARY) as desk,
    ):
        for page, path in ((phone, PARTICIPANT), (chair, CHAIR), (desk, CHAIR.replace("leder", "sekretar"))):
            await page.goto(path)
            await settled(page)
        await phone.get_by_text("Forfall, permisjon, habilitet …").click()
        await phone.get_by_role("button", name="Reis spørsmålet").click()
        await expect(phone.get_by_text("Habiliteten er reist")).to_be_visible()
        await _fits(phone)
        await expect(desk.locator("#impartiality")).to_contain_text("reist")
        await chair.get_by_role("button", name=re.compile("^Kall inn ")).press("Enter")
        await expect(chair.locator("#impartiality")).to_contain_text("vara:")
        await chair.get_by_role("button", name=re.compile("^Avgjør …")).press("Enter")
        await chair.get_by_label("Inhabil", exact=True).check()
        await chair.get_by_label("forvaltningsloven § 6 første ledd").check()
        assert await accessibility_findings(chair) == []
        await chair.get_by_role("button", name="Før avgjørelsen").press("Enter")
        await expect(chair.locator("#impartiality")).to_contain_text("Inhabil")
        await expect(phone.get_by_role("button", name="Innlegg", exact=True)).to_be_disabled()
        for page in (chair, desk):
            await _fits(page)
