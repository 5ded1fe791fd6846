"""Every page in its states, on a phone and a laptop: accessible, nothing cut off or covered, no complaints.

With SHOTS=directory in the environment, pictures of them all are left there, for those who want to look.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from orchestrator.domain.roles import Role
from orchestrator.store.records import Organisation
from tests.browser import accessibility_findings, complaints, covered, sideways
from tests.postgres import Database
from tests.stories.council import PASSPHRASE, Council, Json, council
from tests.stories.visitors import LAPTOP, PHONE, browsing, link, log_in
from tests.streaming.encoder import Encoder
from tests.town import founded

pytestmark = [pytest.mark.story, pytest.mark.browser, pytest.mark.timeout(400)]

LONG = (
    "Detaljregulering for Elvebakken boligområde med gang- og sykkelveg, barnehage og "
    "småbåthamn – sluttbehandling etter høring og offentlig ettersyn"
)
ITEMS: tuple[Json, ...] = (
    {"title": "Godkjenning av innkalling og saksliste"},
    {
        "case_number": "72/26",
        "title": LONG,
        "kind": "decision",
        "summary": "Planen gir rom for 64 boliger, en barnehage og en småbåthamn ved Elvebakken.",
        "papers": [
            {"title": "Saksframlegg", "url": "https://arkiv.fjellvik.example/72-26/1"},
            {
                "title": "Planbeskrivelse og konsekvensutredning",
                "url": "https://arkiv.fjellvik.example/72-26/2",
            },
        ],
    },
    {
        "case_number": "73/26",
        "title": "Klage på vedtak om omsorgsbolig til navngitt person",
        "public_title": "Klagesak",
        "restricted": True,
    },
    {"case_number": "74/26", "title": "Skolestruktur i Fjellvik", "kind": "decision"},
)
BASIS = {"section": "offl. § 13 jf. fvl. § 13", "paragraph": "1", "letter": "1"}


@dataclass
class Inspection:
    """Looks at pages and notes what is wrong with them."""

    browser: Browser
    large: Browser
    hall: Council
    found: list[str] = field(default_factory=list)

    async def visits(self, path: str, name: str, status: int = 200) -> None:
        """Open a public address and look at it; once more if the browser itself got stuck over it."""
        noted = len(self.found)
        try:
            async with asyncio.timeout(60):
                await self._visits(path, name, status)
        except TimeoutError:
            del self.found[noted:]
            await self._visits(path, name, status)

    async def _visits(self, path: str, name: str, status: int) -> None:
        context = await browsing(self.browser)
        page = await context.new_page()
        heard = complaints(page)
        address = path if path.startswith("http") else self.hall.server.address + path
        answer = await page.goto(address)
        assert answer
        if answer.status != status:
            self.found.append(f"{name}: answers {answer.status}")
        await self.looks(page, name)
        if status == 200:
            self.note(name, "console", heard)
        await context.close()

    async def looks(self, page: Page, name: str) -> None:
        """Look at a page as it is now."""
        await self.bones(page, name)
        for width, height in ((1280, 800), (390, 844)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_timeout(100)
            self.note(name, f"axe at {width}", await accessibility_findings(page))
            self.note(name, f"sideways at {width}", await sideways(page))
            await self.shoots(page, f"{name}-{width}", full_page=width < 1000)
        await page.set_viewport_size({"width": 320, "height": 256})  # 1280×1024 at 400 %
        self.note(name, "sideways at 400 %", await sideways(page))
        self.note(name, "covered at 400 %", await covered(page))
        await page.set_viewport_size(LAPTOP)
        if not await page.locator("dialog:modal").count():
            await self._in_large_type(page, name)

    async def shoots(self, page: Page, name: str, *, full_page: bool) -> None:
        """Leave a picture, if somebody wants to look."""
        if folder := os.environ.get("SHOTS"):
            await page.screenshot(path=Path(folder) / f"{name}.png", full_page=full_page)

    async def _in_large_type(self, page: Page, name: str) -> None:
        """The same address by somebody who has set text to 200 %."""
        context = await browsing(self.large, storage_state=await page.context.storage_state())
        again = await context.new_page()
        await again.goto(page.url)
        self.note(name, "sideways with text at 200 %", await sideways(again))
        self.note(name, "covered with text at 200 %", await covered(again))
        await context.close()

    async def bones(self, page: Page, name: str, language: str = "nb") -> None:
        """Of every page: one heading, the language said, a title of its own."""
        headings = await page.locator("h1").count()
        spoken = await page.locator("html").get_attribute("lang")
        title = await page.title()
        if headings != 1 or spoken != language or not title.partition(" – ")[0]:
            self.found.append(f"{name}: {headings} h1, lang {spoken}, title {title!r}")

    def note(self, name: str, what: str, wrong: list[str]) -> None:
        """Keep what is wrong."""
        self.found += [f"{name}, {what}: {one}" for one in wrong]


@pytest.fixture
def browsers(browser: Browser, large_type: Browser) -> tuple[Browser, Browser]:
    """As most people read, and in large type."""
    return browser, large_type


@asynccontextmanager
async def inspecting(
    database: Database, directory: Path, browser: Browser, large: Browser
) -> AsyncIterator[tuple[Council, Inspection]]:
    """A council, and an inspection that must have found nothing."""
    async with council(database, directory, items=ITEMS) as hall:
        inspection = Inspection(browser, large, hall)
        yield hall, inspection
        assert inspection.found == [], "\n".join(inspection.found)


async def opened(hall: Council) -> None:
    await hall.says("open_session")
    await hall.says("call_roll", present=[str(person) for person in hall.town.people[:3]])
    await hall.says("record_arrival", person_id=hall.town.people[3])
    await hall.says("open_item", item_id=hall.items[0])
    await hall.says("close_item", item_id=hall.items[0])


async def debated(hall: Council) -> UUID:
    """An item with a speaker, replies and more waiting; the speech that is held."""
    await hall.says("open_item", item_id=hall.items[1])
    speech = await hall.gives_floor(1)
    await hall.ends_speech()
    speech = await hall.gives_floor(2)
    await hall.says(
        "request_floor", request_id=uuid4(), person_id=hall.town.people[2], kind="reply", parent_id=speech
    )
    await hall.says("request_floor", request_id=uuid4(), person_id=hall.town.people[0])
    await hall.says("request_floor", request_id=uuid4(), person_id=hall.town.people[3])
    proposal: Json = {"item_id": hall.items[1], "proposer_id": hall.town.people[0]}
    await hall.says(
        "put_proposal", proposal_id=uuid4(), text="Barnehagen flyttes til Nordskogen.", **proposal
    )
    return speech


async def decided(hall: Council) -> None:
    """The item is voted on and decided."""
    vote: Json = {"vote_id": uuid4(), "item_id": hall.items[1]}
    tallies = [{"group": "SP", "in_favour": 3, "against": 1}]
    await hall.says("start_vote", question="Innstillingen", **vote)
    await hall.says("record_vote", tallies=tallies, **vote)
    text = "Kommunestyret vedtar detaljregulering for Elvebakken, datert 3. mars, med endringer."
    await hall.says("record_decision", item_id=hall.items[1], text=text)
    await hall.says("close_item", item_id=hall.items[1])


async def contested(hall: Council) -> None:
    """The agenda is approved, one is given leave, and another is found disqualified in an item."""
    await hall.says("approve_agenda", unanimous=True)
    await hall.says("ask_leave", person_id=hall.town.people[3])
    await hall.says("grant_leave", person_id=hall.town.people[3])
    await hall.says("open_item", item_id=hall.items[3])
    question: Json = {"question_id": uuid4()}
    await hall.says("raise_impartiality", item_id=hall.items[3], person_id=hall.town.people[0], **question)
    decision: Json = {"outcome": "disqualified", "legal_basis": {"section": "forvaltningsloven § 6"}}
    await hall.says("decide_impartiality", unanimous=True, **decision, **question)


async def proposes_closing(hall: Council) -> UUID:
    closing = uuid4()
    await hall.says("propose_closing", closing_id=closing, item_ids=[str(hall.items[2])], legal_basis=BASIS)
    return closing


async def closed(hall: Council) -> UUID:
    """The doors are closed for the restricted item."""
    closing = await proposes_closing(hall)
    await hall.says("record_closing_vote", closing_id=closing, unanimous=True, voting=4)
    await hall.says("close_doors", closing_id=closing, remaining="kommunedirektør og sekretær")
    await hall.says("open_item", item_id=hall.items[2])
    return closing


async def reopened(hall: Council, closing: UUID) -> None:
    await hall.says("record_decision", item_id=hall.items[2], text="Klagen tas til følge.")
    await hall.says("close_item", item_id=hall.items[2])
    await hall.says("open_doors", closing_id=closing)


async def plans_conference(hall: Council) -> UUID:
    """A conference some days ahead, with two sessions at once in one room; the first of them."""
    town = hall.town
    day = town.node.clock.now() + timedelta(days=5)
    times: Json = {"starts_at": day, "ends_at": day + timedelta(hours=2)}
    meeting = await town.plans_meeting(
        "dialogkonferanse", kind="conference", title="Dialogkonferanse om økonomiplanen", **times
    )
    room = uuid4()
    await town.says(
        meeting, "plan_room", room={"room_id": room, "name": "Plenumssalen", "provider": "embedded"}
    )
    plan: Json = {"room_id": room, "source_id": None, "members": [], "kind": "parallel", **times}
    topics = [{"title": "Folketall og barnehager", "presenter_ids": [town.people[0]]}]
    opening = await town.plans_session(meeting, title=LONG, topics=topics, **plan)
    await town.plans_session(meeting, title="Tekniske områder", **plan)
    return opening


async def test_pages_before_a_meeting_and_where_nothing_is(
    database: Database, tmp_path: Path, browsers: tuple[Browser, Browser]
) -> None:
    async with inspecting(database, tmp_path, *browsers) as (hall, look):
        directory, town = hall.town.node.directory, hall.town
        mine = await directory.organisation(town.organisation_id)
        assert mine
        await directory.put_organisation(
            mine.model_copy(
                update={
                    "hosts": ("127.0.0.1",),
                    "welcome": "Her følger du de politiske møtene i Fjellvik, direkte og i opptak.",
                }
            )
        )
        new = await founded(town.node, "skogvik")
        organisation = Organisation(
            id=new.organisation_id, name="Skogvik", slug="skogvik", hosts=("skogvik.localhost",)
        )
        await directory.put_organisation(organisation)
        day = town.node.clock.now() + timedelta(days=3)
        times: Json = {"starts_at": day, "ends_at": day + timedelta(hours=3)}
        later: Json = {"starts_at": day + timedelta(days=1), "ends_at": day + timedelta(days=1, hours=2)}
        named: Json = {"title": "Formannskapet"}
        coming = await town.plans_meeting("formannskapet", place="Rådhuset, rom 2", **named, **times)
        session = await town.plans_session(coming, **named, **later)
        for item in ITEMS:
            fields: Json = {"kind": "report_item"} | item
            await town.says(session, "add_item", item_id=uuid4(), **fields)
        await town.says(coming, "move_meeting", note="Flyttet på grunn av uvær.", **later)
        gone = await town.plans_meeting("eldreradet", title="Eldrerådet", **times)
        await town.says(gone, "cancel_meeting", note="For få saker.")
        opening = await plans_conference(hall)
        empty = f"http://skogvik.localhost:{hall.server.port}"
        await look.visits(f"{empty}/", "front-empty")
        await look.visits(f"{empty}/moter", "calendar-empty")
        await look.visits("/", "front-before")
        await look.visits("/moter", "calendar")
        await look.visits("/mote/formannskapet", "meeting-planned-moved")
        await look.visits("/mote/formannskapet/talerliste", "meeting-planned-speakers")
        not_yet = "status of 404"  # of the timeline of what has not begun
        look.found = [one for one in look.found if not (one.startswith("meeting-planned") and not_yet in one)]
        await look.visits("/mote/eldreradet", "meeting-cancelled")
        await look.visits("/program/dialogkonferanse", "programme")
        await look.visits(f"/program/dialogkonferanse/sesjon/{opening}", "programme-session")
        await look.visits("/mote/finnes-ikke", "error-404", 404)
        await look.visits("/drift", "error-401", 401)
        await look.visits("/inn", "login-closed")
        await look.visits((await link(hall, Role.CHAIR))[1], "login-link")


async def test_public_pages_while_a_meeting_is_held_and_afterwards(
    database: Database, tmp_path: Path, browsers: tuple[Browser, Browser]
) -> None:
    async with (
        inspecting(database, tmp_path, *browsers) as (hall, look),
        Encoder(await hall.source_port(), PASSPHRASE, size=(320, 180), fps=10, gop=20, patience=40),
    ):
        await opened(hall)
        await debated(hall)
        await hall.published("timeline.json")
        await hall.published("live.m3u8")
        await look.visits("/", "front-live")
        await look.visits(f"/mote/{hall.slug}", "meeting-live")
        await look.visits(f"/mote/{hall.slug}#talere", "meeting-live-speakers")
        await look.visits(f"/mote/{hall.slug}/talerliste", "speakers-live")
        await decided(hall)
        await hall.says("start_break", kind="pause")
        await look.visits(f"/mote/{hall.slug}", "meeting-break")
        await hall.says("end_break")
        await hall.says("stop_broadcast")
        await look.visits(f"/mote/{hall.slug}", "meeting-stopped")
        await hall.says("resume_broadcast")
        closing = await closed(hall)
        await look.visits(f"/mote/{hall.slug}", "meeting-closed")
        await reopened(hall, closing)
        await contested(hall)
        await hall.says("adjourn_session")
        await hall.published("recording.m3u8")
        await look.visits("/", "front-recordings")
        await look.visits(f"/mote/{hall.slug}", "meeting-adjourned")
        await look.visits(f"/mote/{hall.slug}#bokmerker", "meeting-adjourned-bookmarks")
        await look.visits(f"/mote/{hall.slug}/protokoll", "protocol")
        await publishes_statistics(hall)
        await look.visits("/statistikk", "statistics-of-the-year")
        await look.visits(f"/mote/{hall.slug}/statistikk", "statistics-of-the-meeting")


async def publishes_statistics(hall: Council) -> None:
    directory = hall.town.node.directory
    here = await directory.organisation(hall.town.organisation_id)
    assert here
    await directory.put_organisation(here.model_copy(update={"statistics_public": True}))


async def test_consoles(database: Database, tmp_path: Path, browsers: tuple[Browser, Browser]) -> None:
    async with inspecting(database, tmp_path, *browsers) as (hall, look):
        chair = await log_in(await browsing(look.browser), (await link(hall, Role.CHAIR))[1])
        secretary = await log_in(await browsing(look.browser), (await link(hall, Role.SECRETARY))[1])
        phones = []
        for number in (0, 1):
            _, address = await link(hall, Role.PARTICIPANT, person_id=hall.town.people[number])
            phones.append(await log_in(await browsing(look.browser, PHONE), address))
        everyone = [chair, secretary, *phones]
        heard = [complaints(page) for page in everyone]
        await look.looks(chair, "chair-planned")
        await opened(hall)
        await debated(hall)
        await look.looks(chair, "chair-debate")
        await look.looks(secretary, "secretary-debate")
        await look.looks(phones[0], "participant-waiting")
        await look.looks(phones[1], "participant-floor")
        await chair.get_by_role("button", name="Hev møtet …").click()
        await look.looks(chair, "chair-dialog-adjourn")
        await chair.keyboard.press("Escape")
        await chair.get_by_role("dialog").wait_for(state="hidden")
        await decided(hall)
        await proposes_closing(hall)
        await look.looks(chair, "chair-closing")
        await chair.goto(f"{hall.page}/leder/taster")
        await look.looks(chair, "chair-keys")
        assert heard == [[] for _ in everyone]


async def test_screens(database: Database, tmp_path: Path, browsers: tuple[Browser, Browser]) -> None:
    async with inspecting(database, tmp_path, *browsers) as (hall, look):
        await opened(hall)
        await debated(hall)
        _, way_in = await link(hall, Role.DISPLAY)
        secret = way_in.rpartition("/")[2]
        for screen in ("storskjerm", "navneskilt"):
            await look.visits(f"/mote/{hall.slug}/{screen}", f"{screen}-without-a-link")
            page = await (await browsing(look.browser)).new_page()
            heard = complaints(page)
            await page.goto(f"{hall.page}/{screen}#{secret}")
            await page.wait_for_selector("body[data-live-url]")
            await expect(page.get_by_text("Ola Vik").last).to_be_visible()
            await look.looks(page, screen)
            assert heard == []


async def test_pages_of_it_and_planning(
    database: Database, tmp_path: Path, browsers: tuple[Browser, Browser]
) -> None:
    async with inspecting(database, tmp_path, *browsers) as (hall, look):
        _, address = await link(hall, Role.SECRETARY, Role.IT_SUPPORT, Role.ADMINISTRATOR, everywhere=True)
        page = await log_in(await browsing(look.browser), address)
        heard = complaints(page)
        root = hall.server.address
        for path, name in (
            ("/drift", "it"),
            ("/drift/kilder/ny", "it-source-new"),
            (f"/drift/kilder/{hall.town.source_id}", "it-source"),
            ("/planlegg", "plan-overview"),
            ("/planlegg/ny?organ=kommunestyret", "plan-new"),
            ("/planlegg/ny/konferanse", "plan-conference"),
            ("/planlegg/kommunestyret", "plan-meeting"),
            (f"/drift/skjermer/{hall.slug}", "it-screens"),
            ("/statistikk", "statistics-before-any-meeting"),
            (f"/mote/{hall.slug}/sekretar", "secretary-planned"),
        ):
            await page.goto(root + path)
            await look.looks(page, name)
        assert heard == []
        await page.goto(f"{root}/mote/{hall.slug}/leder")
        await look.looks(page, "error-403")


@pytest.mark.parametrize(("language", "live"), [("nn", "DIREKTE"), ("en", "LIVE")])
async def test_a_chosen_language_is_kept_on_every_page(
    database: Database, tmp_path: Path, browsers: tuple[Browser, Browser], language: str, live: str
) -> None:
    async with inspecting(database, tmp_path, *browsers) as (hall, look):
        await opened(hall)
        await debated(hall)
        context = await browsing(look.browser, PHONE)
        page = await log_in(context, (await link(hall, Role.CHAIR, everywhere=True))[1])
        await page.locator(f"a[hreflang={language}]:visible").click()
        for path in ("/", "/moter", *(f"/mote/{hall.slug}{part}" for part in ("", "/protokoll", "/leder"))):
            await page.goto(hall.server.address + path)
            await look.bones(page, path, language)
            look.note(path, language, await sideways(page))
            await look.shoots(page, f"{language}{path.replace('/', '-')}", full_page=True)
            shown = await page.locator("body").inner_text()
            assert live in shown or path in ("/moter", f"/mote/{hall.slug}/protokoll"), shown
