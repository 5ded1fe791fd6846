"""Nothing from behind closed doors, a break, a stop, before opening or after adjourning is ever let out.

The picture says when it was taken and in which stretch of the meeting; the sound's pitch says when; words
that are spoken or written inside are like no others. A crawler collects all that anybody outside could
get, and afterwards every frame, sound and word of it is looked at.
"""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from orchestrator.domain.roles import Role
from tests.postgres import Database
from tests.stories.camera import Camera, filming
from tests.stories.coded import Shown, read_picture
from tests.stories.council import PASSPHRASE, Council, council, token
from tests.stories.crawler import Crawler
from tests.stories.let_out import (
    AFTER,
    BEFORE,
    BREAK,
    CLOSED,
    PUBLIC,
    RECONNECTED,
    SPREAD,
    STOPPED,
    all_media,
    check_coverage,
    check_not_late,
    check_pictures,
    check_previews,
    check_sounds,
    shut,
)
from tests.stories.watching import Viewer, watching

SECRETS = {
    "Kvarnholt": "title of a restricted item",
    "Blomgrend": "summary of a restricted item",
    "Fossemork": "paper of a restricted item",
    "Trollskar": "address of a restricted item's paper",
    "Taakedal": "who spoke behind closed doors",
    "Skjulevik": "who spoke while the broadcast was stopped",
    "Hulderstad": "who else remained in the room",
    "Ravnkloft": "proposal behind closed doors in a restricted item",
    "Nattstein": "question voted on behind closed doors",
    "Morkvatn": "decision in a restricted item",
    "Isdalen": "proposal behind closed doors in an ordinary item",
    "Skuggevik": "decision behind closed doors in an ordinary item",
    "Tordenlia": "title of an item added behind closed doors",
    "Uvaersnes": "summary written behind closed doors",
    PASSPHRASE: "the source's passphrase",
}
ITEMS: tuple[dict[str, Any], ...] = (
    {"title": "Detaljregulering for Elvebakken", "case_number": "72/26"},
    {
        "title": "Oppsigelse ved Kvarnholt skole",
        "public_title": "Personalsak",
        "case_number": "73/26",
        "summary": "Redegjørelse fra Blomgrend",
        "restricted": True,
        "papers": [{"title": "Notat Fossemork", "url": "https://eksempel.no/Trollskar.pdf"}],
    },
    {"title": "Salg av tomt", "case_number": "74/26"},
    {"title": "Innkjøp av brannbil", "case_number": "75/26"},
)
GUESTS = ("Solveig Taakedal", "Torleif Skjulevik")

pytestmark = [pytest.mark.story, pytest.mark.timed, pytest.mark.timeout(180)]


@dataclass
class Story:
    """A meeting that is filmed and spied on."""

    hall: Council
    camera: Camera
    crawler: Crawler
    viewer: Viewer
    lag: float
    """Seconds that pictures are under way."""
    events: list[dict[str, Any]] = field(default_factory=list)
    previews: list[tuple[float, Shown | None]] = field(default_factory=list)
    """What IT's private preview showed, and when it was asked for."""

    async def public(self, seconds: float) -> None:
        """The meeting is open for everyone."""
        assert self.hall.scene.item == PUBLIC, "the picture says so before the meeting does"
        await asyncio.sleep(seconds)

    async def opens(self) -> None:
        """It begins, with an item that is for everyone."""
        self.hall.shows(PUBLIC, 0)
        await self.hall.says("open_session")
        await self.hall.says("call_roll", present=[str(person) for person in self.hall.town.people])
        await self.hall.says("open_item", item_id=self.hall.items[0])

    async def closes_doors(self, *items: int) -> str:
        """As § 11-5 says: proposed, voted on in public, closed; the closing's id."""
        hall, closing = self.hall, str(uuid4())
        await hall.says(
            "propose_closing",
            closing_id=closing,
            item_ids=[str(hall.items[number]) for number in items],
            legal_basis={"section": "kommuneloven § 11-5", "paragraph": "2"},
        )
        await hall.says("record_closing_vote", closing_id=closing, unanimous=True)
        await hall.says("close_doors", closing_id=closing, remaining="advokat Hulderstad")
        return closing

    async def looks_at_previews(self) -> None:
        """IT looks at the private picture all the time."""
        hall = self.hall
        url = f"{hall.server.address}/drift/kilder/{hall.town.source_id}/bilde"
        while True:
            asked = time.time()
            with contextlib.suppress(aiohttp.ClientError):
                async with hall.http.get(url) as answer:
                    assert answer.status in (200, 404)
                    if answer.status == 200:
                        self.previews.append((asked, read_picture(await answer.read())))
            await asyncio.sleep(0.5)

    async def treats_secrets(self) -> None:
        """Names and words that belong inside."""
        hall = self.hall
        first, restricted, ordinary, _ = hall.items
        await hall.says("open_item", item_id=restricted, current_id=first)
        speech = uuid4()
        await hall.says("request_floor", request_id=speech, person_id=hall.guests[0])
        await hall.says("call_next_speaker", request_id=speech, current_id=None)
        await hall.says("put_proposal", proposal_id=uuid4(), item_id=restricted, text="Ravnkloft avslås")
        vote = uuid4()
        await hall.says("start_vote", vote_id=vote, item_id=restricted, question="Gjelder Nattstein")
        await hall.says("record_vote", vote_id=vote, item_id=restricted, unanimous=True)
        await hall.says("record_decision", item_id=restricted, text="Morkvatn godkjennes")
        await hall.says("close_item", item_id=restricted)
        await hall.says("open_item", item_id=ordinary, current_id=None)
        await hall.says("put_proposal", proposal_id=uuid4(), item_id=ordinary, text="Isdalen selges")
        await hall.says("record_decision", item_id=ordinary, text="Skuggevik får tilbudet")
        await hall.says("close_item", item_id=ordinary)
        await hall.says("add_item", item_id=uuid4(), title="Ny sak om Tordenlia", kind="report_item")
        await hall.says("change_item", item_id=first, **ITEMS[0], kind="report_item", summary="Uvaersnes")

    def unjudged(self) -> list[Path]:
        """Media that still lies in the private directory."""
        return list((self.hall.server.data / "media" / "private").rglob("*.m4s"))

    async def refused_media_goes(self, within: float = 12.0) -> None:
        """What lies in the private directory is never older than the gate needs to judge it."""
        began = time.monotonic()
        known = set(self.unjudged())
        while known & set(self.unjudged()):
            assert time.monotonic() - began < within, "media from behind closed doors is kept"
            await asyncio.sleep(0.2)

    async def ends(self) -> None:
        """Adjourned, and a while after; then a last look round."""
        await self.hall.says("adjourn_session")
        self.hall.shows(AFTER, 0)
        await self.hall.published("recording.m3u8", within=3)
        await asyncio.sleep(self.lag)  # what was under way joins the recording
        await self.refused_media_goes()
        await self.crawler.everything_once_more()
        self.events = await self.hall.events()


@asynccontextmanager
async def told(database: Database, tmp_path: Path, *, lag: float = 0.2) -> AsyncIterator[Story]:
    """A hall whose encoder sends with a delay that IT has set, and a crawler outside.

    0.2 s is what encoder, network and receiver take by themselves.
    """
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    async with council(
        database,
        tmp_path / "data",
        delay_ms=int(lag * 1000),
        spread_ms=int(SPREAD * 1000),
        items=ITEMS,
        guests=GUESTS,
    ) as hall:
        hall.shows(BEFORE, 0)
        port, late = await hall.source_port(), max(0.0, lag - 0.2)
        powerless = await token(hall.town.node.pool, hall.town, [])
        display = await token(hall.town.node.pool, hall.town, [Role.DISPLAY])
        crawler = Crawler(hall, evidence, (powerless, "no-such-token", display))
        async with filming(lambda: hall.encoder(port, lag=late, gop=25)) as camera, watching(hall) as viewer:
            story = Story(hall, camera, crawler, viewer, lag)
            looking = [asyncio.create_task(each) for each in (crawler.run(), story.looks_at_previews())]
            try:
                yield story
                assert not any(task.done() for task in looking), "somebody has ceased to look"
            finally:
                for task in looking:
                    task.cancel()
                ended = await asyncio.gather(*looking, return_exceptions=True)
                assert not [error for error in ended if isinstance(error, Exception)], ended


async def nothing_came_out(story: Story) -> None:
    """Look at all that the crawler has."""
    hall, crawler = story.hall, story.crawler
    closed = shut(story.events)
    decoded = await all_media(crawler)
    check_not_late(crawler, decoded)
    nearest = check_pictures(decoded, closed)
    check_sounds(decoded, closed, hall)
    assert not crawler.missing, "something was listed and taken back"
    check_previews(story.previews, shut(story.events, "doors_closed"))
    live = crawler.playlists["live.m3u8"]
    check_coverage(decoded, closed, live[-1][1])
    story.viewer.check()
    assert "#EXT-X-ENDLIST" in live[-1][1]
    told = crawler.told(SECRETS)
    assert not told, "\n".join(told[:20])
    log = hall.server.log.read_text().lower()
    assert [word for word in SECRETS if word.lower() in log] == []
    # What becomes public keeps its unguessable name.
    unlisted = {path for path in crawler.guesses if path.rpartition("/")[2] not in crawler.segments}
    assert unlisted
    assert [path for path in unlisted if crawler.statuses[path] & {200, 206}] == [], "a guess was right"
    print(f"nearest public frame to a shut stretch: {nearest:.2f} s; {len(crawler.got)} addresses")  # noqa: T201


async def test_nothing_from_behind_closed_doors_is_let_out(database: Database, tmp_path: Path) -> None:
    async with told(database, tmp_path) as story:
        hall = story.hall
        await asyncio.sleep(2)
        await story.opens()
        await story.public(6)
        await hall.says("stop_broadcast")
        hall.shows(STOPPED, 0)
        speech = uuid4()
        await hall.says("request_floor", request_id=speech, person_id=hall.guests[1])
        await hall.says("call_next_speaker", request_id=speech, current_id=None)
        await asyncio.sleep(3)
        await hall.says("end_speech", speech_id=speech)
        hall.shows(PUBLIC, 0)
        await hall.says("resume_broadcast")
        await story.public(5)
        await hall.says("start_break", kind="pause")
        hall.shows(BREAK, 0)
        await asyncio.sleep(4)
        hall.shows(PUBLIC, 0)
        await hall.says("end_break")
        await story.public(5)
        closing = await story.closes_doors(1, 2)
        hall.shows(CLOSED, 0)
        await story.treats_secrets()
        await asyncio.sleep(4)
        await story.refused_media_goes()
        hall.shows(PUBLIC, 0)
        await hall.says("open_doors", closing_id=closing)
        await story.public(5)
        closing = await story.closes_doors(3)
        hall.shows(RECONNECTED, 0)
        story.camera.pull_the_cable()
        await story.camera.connection(2)
        await asyncio.sleep(3)
        hall.shows(PUBLIC, 0)
        await hall.says("open_doors", closing_id=closing)
        await story.public(7)
        await story.ends()
    await nothing_came_out(story)


async def test_nothing_is_let_out_when_the_service_is_killed_behind_closed_doors(
    database: Database, tmp_path: Path
) -> None:
    async with told(database, tmp_path) as story:
        hall = story.hall
        await story.opens()
        await story.public(7)
        closing = await story.closes_doors(1, 2)
        hall.shows(CLOSED, 0)
        await story.treats_secrets()
        await asyncio.sleep(2)
        while not story.unjudged():
            await asyncio.sleep(0.02)
        await hall.server.stop(signal.SIGKILL)
        assert story.unjudged()
        await hall.server.start()
        await story.camera.connection(2)
        await story.refused_media_goes()
        hall.shows(PUBLIC, 0)
        await hall.says("open_doors", closing_id=closing)
        await story.public(8)
        await story.ends()
    await nothing_came_out(story)


async def test_nothing_is_let_out_by_a_source_with_three_seconds_of_delay(
    database: Database, tmp_path: Path
) -> None:
    async with told(database, tmp_path, lag=3.2) as story:
        hall = story.hall
        await asyncio.sleep(3)
        await story.opens()
        await story.public(10)
        closing = await story.closes_doors(1, 2)
        hall.shows(CLOSED, 0)
        await story.treats_secrets()
        await asyncio.sleep(7)
        hall.shows(PUBLIC, 0)
        await hall.says("open_doors", closing_id=closing)
        await story.public(10)
        await story.ends()
    await nothing_came_out(story)


def test_words_are_found_however_they_are_written() -> None:
    crawler = Crawler(None, Path())  # type: ignore[arg-type]
    crawler.got["/a"]["1"] = json.dumps({"title": "SAK OM KVARNHOLT"}).encode()
    assert len(crawler.told(SECRETS)) == 1
