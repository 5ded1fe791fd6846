"""IT's console in a real browser: a whole day by keyboard, on a phone and on a wide screen, and on paper."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from orchestrator.rooms.provider import RoomProvider
from orchestrator.store.alerts import Urgent
from orchestrator.store.records import Person
from orchestrator.web.dates import local
from tests.browser import accessibility_findings, complaints, covered, sideways
from tests.clock import FakeClock
from tests.postgres import Database
from tests.rooms.contract import spec_of
from tests.rooms.memory import MemoryRooms
from tests.web.client import Web, serving

pytestmark = pytest.mark.browser

HERE = "fjellvik.localhost"
SESSIONS = (
    ("Åpning og velkommen", "Plenum", -30, 60),
    ("Vann og avløp", "Tekniske områder", 58, 60),
    ("Barn og unge", "Oppvekst", 75, 90),
    ("Oppsummering", "Plenum", 180, 45),
)


class OneIsStubborn(MemoryRooms):
    """All rooms are made but one, until it is told otherwise."""

    stubborn = True

    async def verify(self, *given: object) -> tuple[str, ...]:
        name = given[1].name  # type: ignore[attr-defined]
        return ("cameras", "lobby") if self.stubborn and name == "Tekniske områder" else ()


async def conference(web: Web) -> OneIsStubborn:
    """A day with three rooms, lunch without one, and a source; and a room that nobody here knows."""
    town, services, product = web.town, web.running.services, OneIsStubborn()

    async def reach(_: UUID) -> RoomProvider:
        return product

    services.rooms._providers._makers["livekit"] = reach  # type: ignore[attr-defined]
    organisation = await services.directory.organisation(town.organisation_id)
    assert organisation
    hosts = (*organisation.hosts, HERE)
    await services.directory.put_organisation(organisation.model_copy(update={"hosts": hosts}))
    helper = Person(
        id=uuid4(), organisation_id=town.organisation_id, name="Ida Berg", help_phone="22 00 00 42"
    )
    await services.directory.put_person(helper)
    now = services.clock.now()
    span = {"starts_at": now - timedelta(minutes=30), "ends_at": now + timedelta(hours=5)}
    meeting_id = await town.plans_meeting(
        "dialog",
        kind="conference",
        title="Dialogkonferansen",
        body_id=None,
        place="Fjellvik kulturhus",
        **span,
    )
    rooms = {name: uuid4() for _, name, *_ in SESSIONS}
    for name, room_id in rooms.items():
        plan = {"room_id": room_id, "name": name, "provider": "livekit"}
        await town.says(meeting_id, "plan_room", room=plan)
    for title, room, after, minutes in SESSIONS:
        starts_at = now + timedelta(minutes=after)
        await town.plans_session(
            meeting_id,
            title=title,
            room_id=rooms[room],
            contact_ids=[helper.id],
            source_id=town.source_id if room == "Plenum" else None,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
        )
    lunch = now + timedelta(minutes=30)
    await town.plans_session(
        meeting_id,
        title="Lunsj",
        kind="break",
        members=[],
        source_id=None,
        room_id=None,
        starts_at=lunch,
        ends_at=lunch + timedelta(minutes=45),
    )
    for room_id in rooms.values():
        services.rooms.want(room_id)
    await services.rooms.settled()
    alert = Urgent(
        town.organisation_id, "room_not_ready", rooms["Tekniske områder"], "Tekniske områder", "not_as_wanted"
    )
    await services.alerts.open(alert, now)
    unknown = uuid4()
    await product.create(spec_of(room_id=unknown, organisation_id=town.organisation_id), None)
    await services.room_accounts.put(town.organisation_id, "livekit", {"secret": "hemmelig"})
    await services.unknown_rooms.note(town.organisation_id, "livekit", [unknown], now)
    return product


async def shot(page: Page, name: str) -> None:
    """A picture to look at, where somebody wants one."""
    if directory := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=str(Path(directory) / f"{name}.png"), full_page=True)


@pytest.fixture
async def web_service(database: Database, tmp_path: Path) -> AsyncIterator[Web]:
    """The service at nine in the morning of some day."""
    tomorrow = local(datetime.now(UTC)) + timedelta(days=1)
    clock = FakeClock(tomorrow.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC))
    async with serving(database, tmp_path, clock=clock) as served:
        yield served


async def _slides(page: Page) -> None:
    """One of the sessions and those after it: seen first, then done."""
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("link", name="Forskyv … Barn og unge").press("Enter")
    await page.get_by_label("Minutter").fill("15")
    await page.get_by_label("Flytt også").press("Space")
    await page.get_by_role("button", name="Vis nye tider").press("Enter")
    await expect(page.locator(".shifts")).to_contain_text("10:15–11:45 til 10:30–12:00")
    assert await sideways(page) == []
    assert await accessibility_findings(page) == []
    await shot(page, "slide-390")
    await page.set_viewport_size({"width": 1280, "height": 900})
    await shot(page, "slide-1280")
    await page.get_by_label("Hva vi sier om det").fill("Toget er forsinket.")
    await page.get_by_role("button", name="Flytt", exact=True).press("Enter")
    await expect(page.locator("#sessions")).to_contain_text("10:30–12:00")


async def test_a_day_is_run_by_keyboard_on_any_screen(web_service: Web, browser: Browser) -> None:
    product = await conference(web_service)
    client = await web_service.logged_in(Role.IT_SUPPORT, person_id=web_service.town.people[1])
    base = f"http://{HERE}:{web_service.port}"
    context = await browser.new_context(
        base_url=base, locale="nb-NO", viewport={"width": 1280, "height": 900}
    )
    await context.add_cookies(
        [{"name": key, "value": value, "url": base} for key, value in client.cookies.items()]
    )
    page = await context.new_page()
    found = complaints(page)
    await page.goto("/drift")
    await expect(page.locator("#problems-title")).to_contain_text("problem")
    await expect(page.locator(".timeline__bars").first).to_be_visible()
    await page.get_by_text("Ta bort rommet …").press("Enter")
    assert await accessibility_findings(page) == []
    assert await sideways(page) == []
    await shot(page, "drift-1280")

    sound = page.get_by_role("button", name="Lyd når noe haster")
    await sound.press("Enter")
    await expect(sound).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Kvitter ut:").press("Enter")
    await expect(page.locator("#problems")).to_contain_text("Kvittert ut av Ola Vik")
    product.stubborn = False
    await page.get_by_role("button", name="Prøv igjen: Rommet «Tekniske områder»").press("Enter")
    await expect(page.locator("#problems")).not_to_contain_text("ikke bekreftet", ignore_case=True)
    await page.get_by_role("button", name="Ta bort 1 rom i LiveKit").press("Enter")
    await expect(page.locator("#problems")).not_to_contain_text("ingen her kjenner")
    await page.locator("#due-later > summary").press("Enter")
    line = page.locator("#due .due__line", has_text="Rommet stenges").filter(has_text="Oppvekst")
    await line.locator("summary").press("Enter")
    await line.get_by_role("button", name="Ikke gjør:").press("Enter")
    await expect(line).to_contain_text("IT har bestemt at dette ikke gjøres.")

    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".timeline__bars").first).to_be_hidden()
    await expect(page.locator(".timeline__list").first).to_be_visible()
    assert await sideways(page) == []
    assert await covered(page) == []
    assert await accessibility_findings(page) == []
    await shot(page, "drift-390")
    await page.set_viewport_size({"width": 320, "height": 256})  # 1280 px at 400 %
    assert await sideways(page) == []

    await _slides(page)
    await page.get_by_role("link", name="Skriv ut").press("Enter")
    await expect(page.locator(".paper").first).to_contain_text("Ida Berg, 22 00 00 42")
    assert await accessibility_findings(page) == []
    await page.emulate_media(media="print")
    await expect(page.get_by_role("link", name="Tilbake til drift")).to_be_hidden()
    await shot(page, "drift-paper")
    assert found == []
