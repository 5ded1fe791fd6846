"""A debate in a council of 43, told through its screens: who does what, by their own page's buttons."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.store.records import Person
from tests.browser import answered, chromium
from tests.clock import FakeClock
from tests.postgres import Database
from tests.stories.hands import Hands, Keyboard, Pointer
from tests.stories.screens import Kind, Screen, Truth
from tests.web.client import Client, Web, serving

HERE: Final = "fjellvik.localhost"
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
LAPTOP: Final[ViewportSize] = {"width": 1280, "height": 720}
WIDE: Final[ViewportSize] = {"width": 1920, "height": 1080}
MORE_THAN_A_POLL: Final = 8_000
"""Milliseconds: whoever asks for the public list now and then has asked again."""

NOBODY: Final[Mapping[str, str]] = {}

CHAIR, DEPUTY, SECRETARY = "Anne Berg", "Bjørn Dahl", "secretary"
KARI, OLA, SIRI, PER, LIV = "Kari Nordli", "Ola Vik", "Siri Moen", "Per Haug", "Liv Strand"
GROUPS: Final = {"AP": 15, "SP": 12, "H": 8, "SV": 5, "FrP": 3}
KNOWN: Final = {"AP": (CHAIR, OLA), "SP": (DEPUTY, KARI), "H": (SIRI,), "SV": (PER,)}
SUBSTITUTE_GROUP: Final = "SV"
FIRST = ["Arne", "Berit", "Cato", "Dina", "Egil", "Frida", "Geir", "Hanne", "Ivar", "Jorun"]
LAST = ["Aasen", "Brekke", "Engen", "Foss"]
RULES: Final = {
    "name": "Svarreplikk etter replikkene",
    "rejoinder": "after_replies",
    "replies_per_speech": 4,
    "point_of_order_categories": ["Habilitet", "Møteledelsen", "Utsettelse", "Annet"],
    "order": "fewest_turns",
    "safe_places": 1,
    "last_call_seconds": 60,
    "proposals_after_close": False,
}
APPROVAL, ELVEBAKKEN, SCHOOLS = range(3)
ITEMS: Final[tuple[dict[str, Any], ...]] = (
    {"title": "Godkjenning av innkalling og saksliste", "kind": "report_item"},
    {"title": "Detaljregulering for Elvebakken", "case_number": "72/26", "kind": "decision"},
    {"title": "Skolestruktur i Fjellvik", "case_number": "73/26", "kind": "decision"},
)


def members() -> list[tuple[str, str]]:
    """All 43 who have a seat: name and group, in the order of their seats."""
    others = iter(f"{first} {last}" for last in LAST for first in FIRST)
    return [
        (name, group)
        for group, seats in GROUPS.items()
        for name in [
            *KNOWN.get(group, ()),
            *(next(others) for _ in range(seats - len(KNOWN.get(group, ())))),
        ]
    ]


@dataclass
class Hall:
    """The meeting, everybody's screens, and the hour it is. ``api``: to ask what is so."""

    web: Web
    browser: Browser
    clock: FakeClock
    stack: AsyncExitStack
    session_id: UUID
    meeting_id: UUID
    items: list[UUID]
    ids: dict[str, UUID]
    api: Client
    hands: type[Pointer] | type[Keyboard]
    screens: list[Screen] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the browsers find the municipality."""
        return f"http://{HERE}:{self.web.port}"

    @property
    def page(self) -> str:
        """The meeting's public address."""
        return f"{self.address}/mote/kommunestyret"

    # What is so

    async def state(self) -> SessionState:
        """The session as the API shows it."""
        answer = await self.api.get(f"/api/v1/sessions/{self.session_id}")
        assert answer.status == 200, answer.text
        shown: dict[str, Any] = answer.json
        return SessionState.model_validate_json(
            json.dumps({name: shown[name] for name in SessionState.model_fields if name in shown})
        )

    async def truth(self) -> Truth:
        """The session as it is, with everybody's names."""
        names = {person: name for name, person in self.ids.items()}
        return Truth(await self.state(), names, self.clock.now())

    async def agree(self) -> SessionState:
        """Every screen shows what is so, and so all of them the same; as soon as they do, and soon."""
        give_up = time.monotonic() + 15
        while True:
            await asyncio.gather(
                *(screen.page.clock.run_for(MORE_THAN_A_POLL) for screen in self.of("observer"))
            )
            self.clock.advance(0.01)  # a screen whose pulse stands still takes itself for cut off
            truth = await self.truth()
            found = await asyncio.gather(*(screen.differs(truth) for screen in self.screens))
            if not any(found):
                break
            assert time.monotonic() < give_up, "\n".join(filter(None, found))
            await asyncio.sleep(0.05)
        await self.nothing_more_outside(truth)
        return truth.state

    async def nothing_more_outside(self, truth: Truth) -> None:
        """No screen for the public names anybody whom the public does not see in the debate."""
        hidden = self.ids.keys() - truth.known_outside()
        for screen in self.of("observer", "hall", "plate"):
            words = await screen.page.locator("body").inner_text()
            named = [name for name in hidden if name in words]
            assert named == [], f"{screen.name} names {named}"

    def of(self, *kinds: Kind) -> list[Screen]:
        """The screens of these kinds."""
        return [screen for screen in self.screens if screen.kind in kinds]

    # What happens

    @asynccontextmanager
    async def step(self, events: int = 1) -> AsyncIterator[None]:
        """Something that is written to the log; afterwards all screens agree."""
        before = (await self.state()).version
        yield
        give_up = time.monotonic() + 15
        while (await self.state()).version < before + events:
            assert time.monotonic() < give_up, "nothing came of it"
            await asyncio.sleep(0.02)
        await self.agree()

    async def passes(self, seconds: float) -> None:
        """Time goes by, for the service and on every screen."""
        self.clock.advance(seconds)
        now = self.clock.now()
        await asyncio.gather(*(screen.page.clock.set_fixed_time(now) for screen in self.screens))
        # A page that was just told the hour is told of the one before, and not again: no real clock jumps.
        on_time = "document.documentElement.dataset.clockOffset = 0"
        await asyncio.gather(*(screen.page.evaluate(on_time) for screen in self.screens))
        await self.agree()

    # Who is there

    async def sits_down(
        self, kind: Kind, name: str, path: str, size: ViewportSize, login: Mapping[str, str] = NOBODY
    ) -> Page:
        """Somebody opens the address on a screen of their own; its clock is the service's."""
        context = await self.browser.new_context(
            base_url=self.address, viewport=size, locale="nb-NO", reduced_motion="reduce"
        )
        await context.add_cookies(
            [{"name": key, "value": one, "url": self.address} for key, one in login.items()]
        )
        await context.clock.set_fixed_time(self.clock.now())
        page = await context.new_page()
        self.screens.append(Screen(kind, name, page))
        await page.goto(path)
        return page

    async def lets_in(self, kind: Kind, name: str, role: Role, path: str, size: ViewportSize) -> Page:
        """The same by a personal link."""
        login = await self.web.logged_in(role, meeting_id=self.meeting_id, person_id=self.ids.get(name))
        return await self.sits_down(kind, name, f"{self.page}/{path}", size, login.cookies)

    async def phone(self, name: str) -> "Phone":
        """A participant's phone."""
        page = await self.lets_in("phone", name, Role.PARTICIPANT, "deltaker", PHONE)
        return Phone(self, name, page, self.hands(page))

    async def console(self, name: str, role: Role = Role.CHAIR) -> "Console":
        """The console of somebody who leads."""
        page = await self.lets_in("console", name, role, "leder", LAPTOP)
        return Console(self, name, page, self.hands(page))

    async def desk(self) -> "Desk":
        """The secretary's page."""
        page = await self.lets_in("console", SECRETARY, Role.SECRETARY, "sekretar", LAPTOP)
        return Desk(self, SECRETARY, page, self.hands(page))

    async def looks(self, kind: Kind, name: str, path: str) -> Page:
        """A screen that nobody sits at, opened by a link for screens."""
        _, link = await self.web.link(Role.DISPLAY, meeting_id=self.meeting_id)
        page = await self.sits_down(kind, name, f"{self.page}/{path}#{link.rpartition('/')[2]}", WIDE)
        await page.wait_for_selector("body[data-live-url]")
        return page

    async def observes(self) -> "Observer":
        """Somebody at home with the public list on a phone, who has no login at all."""
        page = await self.sits_down("observer", "observer", f"{self.page}/talerliste", PHONE)
        return Observer(self, page)

    async def sound(self, *names: str) -> None:
        """These people's screens, and all that nobody sits at, are as they should be for everyone."""
        for screen in self.screens:
            if screen.kind not in ("phone", "console") or screen.name in names:
                found = await screen.faults()
                assert found == [], f"{screen.name}: {found}"


@dataclass
class Somebody:
    """Who uses a page, and how: every press is one step of the meeting."""

    hall: Hall
    name: str
    page: Page
    hands: Hands

    def button(self, name: str) -> Locator:
        """The button of this name; what stands in brackets after it, a number or a group, may be any."""
        words = re.compile(rf"^{re.escape(name)}( \(\w+\))?$")
        return self.page.get_by_role("button", name=words).and_(self.page.locator(":enabled, a")).first

    async def presses(self, *names: str, events: int = 1) -> None:
        """A button, and those of the dialogs that it opens; then all screens show what came of it."""
        async with self.hall.step(events):
            for name in names:
                await self.hands.press(self.button(name))
            await answered(self.page)

    async def unfolds(self, summary: str) -> None:
        """What lies behind these words."""
        await self.hands.press(self.page.locator("summary").filter(has_text=summary).first)


class Phone(Somebody):
    """A participant with a phone."""

    async def asks(self, what: str = "Innlegg") -> None:
        """Ask for the floor."""
        await self.presses(what)

    async def asks_in_chat(self, words: str) -> None:
        """The same in one's own words, as one always has."""
        async with self.hall.step():
            await self.hands.turn_to(self.page.get_by_role("tab", name="Chat"))
            await self.hands.write(self.page.get_by_label("Skriv i chatten"), words)
            await self.page.keyboard.press("Enter")
        await self.hands.turn_to(self.page.get_by_role("tab", name="Talerliste"))

    async def is_told(self, headline: str) -> None:
        """What stands on top of the page."""
        await expect(self.page.locator("#mine-headline")).to_have_text(headline)

    async def cannot(self, what: str, why: str) -> None:
        """The button is shut, and says why."""
        ask = self.page.locator(".mine__ask").filter(
            has=self.page.get_by_role("button", name=what, exact=True)
        )
        await expect(ask.get_by_role("button")).to_be_disabled()
        await expect(ask).to_contain_text(why)

    async def may_be_partial(self, item: str) -> None:
        """Let the body decide whether one takes part in the item."""
        async with self.hall.step():
            await self.unfolds("Forfall, permisjon, habilitet")
            await self.hands.choose(self.page.get_by_label("Jeg kan være inhabil i sak"), item)
            async with self.page.expect_navigation():
                await self.hands.press(self.button("Reis spørsmålet"))

    async def proposes_line(self) -> None:
        """That nobody more gets on the list."""
        await self.unfolds("Mer …")
        await self.presses("Foreslå strek")


class Console(Somebody):
    """Somebody who leads, with a laptop."""

    async def opens_meeting(self) -> None:
        await self.presses("Åpne møtet …", "Åpne møtet")

    async def opens_item(self) -> None:
        """The next on the list, when none is being treated."""
        await self.presses("Ta opp saken")

    async def goes_on(self) -> None:
        """To the next item, the one before it being done."""
        await self.presses("Neste sak", events=2)

    async def calls_next(self) -> None:
        """Whoever is first on the list gets the floor."""
        await self.presses("Neste taler")

    async def lets_in(self, name: str) -> None:
        """Somebody's point of order interrupts the speaker."""
        await self.presses(f"Slipp til nå {name}")

    async def ends_speech(self) -> None:
        await self.presses("Ferdig")

    async def starts_clock(self) -> None:
        await self.presses("Start klokka")

    async def gives_more_time(self) -> None:
        await self.presses("+30 s")

    async def undoes(self) -> None:
        """The latest step is taken back."""
        await self.presses("Angre")

    async def takes_hand(self, kind: str, name: str) -> None:
        """A hand raised in the hall: the kind, then the seat number."""
        seat = (await self.hall.state()).members[self.hall.ids[name]].seat
        async with self.hall.step():
            await self.hands.press(self.page.locator("#add").get_by_role("button", name=kind))
            await self.page.keyboard.type(str(seat))
            if await self.page.locator("#add-person-who").input_value():
                await self.page.keyboard.press("Enter")

    async def hands_over_to(self, name: str) -> None:
        """Somebody else leads from now on."""
        async with self.hall.step():
            await self.hands.press(self.button("Overlat møteledelsen …"))
            await self.hands.write(self.page.get_by_role("combobox", name="Hvem overtar"), name)
            await self.page.keyboard.press("Enter")
            await self.hands.press(self.button("Overlat ledelsen"))
            await answered(self.page)

    async def decides_partial(self, name: str, basis: str) -> None:
        """The body found, with no vote against, that somebody may not take part in the item."""
        async with self.hall.step():
            await self.hands.press(self.button(f"Avgjør … {name}"))
            dialog = self.page.get_by_role("dialog")
            await self.hands.tick(dialog.get_by_label("Inhabil"))
            await self.hands.tick(dialog.get_by_label(basis))
            await self.hands.press(dialog.get_by_role("button", name="Før avgjørelsen"))
            await answered(self.page)

    async def takes_break(self) -> None:
        await self.presses("Møtepause …", "Ta pause")

    async def goes_on_after_break(self) -> None:
        await self.presses("Fortsett møtet")

    async def calls_last(self) -> None:
        """Whoever still wants to speak asks now."""
        await self.presses("Siste frist")

    async def draws_line(self) -> None:
        """Nobody more gets on the list."""
        await self.presses("Sett strek")

    async def adjourns(self) -> None:
        await self.presses("Hev møtet …", "Hev møtet")

    async def votes_unanimously(self) -> None:
        """The vote is opened, and nobody is against."""
        await self.presses("Start votering")
        await self.presses("Enstemmig")


class Desk(Somebody):
    """The secretary, with a laptop."""

    async def calls_roll(self) -> None:
        """All who have a seat are there."""
        await self.presses("Før oppropet")

    async def calls_in(self, name: str) -> None:
        """The first on the list of substitutes."""
        await self.presses(f"Kall inn 1. vara {SUBSTITUTE_GROUP}: {name}")

    async def takes_attendance_without(self, name: str) -> None:
        """Who has come back after the break: all but one."""
        async with self.hall.step():
            await self.hands.tick(self.page.locator("#seats").get_by_label(name), on=False)
            await self.hands.press(self.button("Bekreft oppmøte"))

    async def records_decision(self, words: str) -> None:
        """What was decided, in so many words."""
        async with self.hall.step():
            await self.hands.write(self.page.get_by_label("Vedtakets ordlyd"), words)
            await self.hands.press(self.button("Før vedtaket"))


@dataclass
class Observer:
    """Somebody who follows from home."""

    hall: Hall
    page: Page

    async def can_only_read(self) -> None:
        """No public page has anything to write in or send; what is sent all the same is refused."""
        truth = await self.hall.truth()
        other = await self.page.context.new_page()
        for path in ("", "/talerliste", "/protokoll"):
            await other.goto(self.hall.page + path)
            await expect(
                other.locator("form, textarea, input:not([type=checkbox]), [contenteditable]")
            ).to_have_count(0)
            words = await other.locator("body").inner_text()
            if path != "/protokoll":  # which names all who are present
                named = [name for name in self.hall.ids.keys() - truth.known_outside() if name in words]
                assert named == [], f"{path or 'the page'} names {named}"
        await other.close()
        asked = {"type": "request_floor", "request_id": str(uuid4()), "person_id": str(self.hall.ids[KARI])}
        anybody, session = self.hall.web.browser(), self.hall.session_id
        for path in ("commands", "chat"):
            answer = await anybody.post(f"/api/v1/sessions/{session}/{path}", asked)
            assert answer.status in (401, 404), f"{path}: {answer.status}"
        form = {"command": json.dumps(asked)}
        answer = await anybody.submit(f"/mote/kommunestyret/kommando?sesjon={session}", form)
        assert answer.status == 401, f"a form: {answer.status}"
        pages = [f"/mote/kommunestyret/{page}" for page in ("leder", "deltaker", "sekretar")]
        for path in (*pages, f"/direkte/{session}/deltaker"):
            answer = await anybody.get(path)
            assert answer.status == 401, f"{path}: {answer.status}"
        assert (await self.hall.state()).version == truth.state.version


@asynccontextmanager
async def council_of_43(
    database: Database, data: Path, hands: type[Pointer] | type[Keyboard]
) -> AsyncIterator[Hall]:
    """A planned meeting of the council, a service on a clock that stands still, and a browser."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()  # the database refuses what is of the past
    clock = FakeClock(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 17, 0, tzinfo=UTC))
    async with (
        serving(database, data, clock=clock) as web,
        chromium() as browser,
        AsyncExitStack() as stack,
    ):
        town, directory = web.town, web.running.services.directory
        here = await directory.organisation(town.organisation_id)
        assert here
        await directory.put_organisation(here.model_copy(update={"hosts": (*here.hosts, HERE)}))
        seats = members()
        ids = {name: uuid4() for name, _ in seats} | {LIV: uuid4()}
        for name, person_id in ids.items():
            await directory.put_person(Person(id=person_id, organisation_id=town.organisation_id, name=name))
        meeting_id = await town.plans_meeting()
        session_id = await town.plans_session(
            meeting_id,
            chair_id=ids[CHAIR],
            source_id=None,
            rules=RULES,
            members=[
                *(
                    {"person_id": ids[name], "group": group, "seat": seat}
                    for seat, (name, group) in enumerate(seats, 11)
                ),
                {"person_id": ids[LIV], "group": SUBSTITUTE_GROUP, "list_order": 1, "seat": 91},
            ],
        )
        items = [uuid4() for _ in ITEMS]
        for item_id, item in zip(items, ITEMS, strict=True):
            await town.says(session_id, "add_item", item_id=item_id, **item)
        api = await web.logged_in(Role.DEPUTY, meeting_id=meeting_id, person_id=ids[DEPUTY])
        yield Hall(web, browser, clock, stack, session_id, meeting_id, items, ids, api, hands)
