"""Nothing from behind closed doors, a break, a stop, before opening or after adjourning is ever let out.

The picture says when it was taken and in which stretch of the meeting; the sound's pitch says when; words
that are spoken or written inside are like no others. A crawler collects all that anybody outside could
get, and afterwards every frame, sound and word of it is looked at.
"""

import asyncio
import contextlib
import json
import math
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.postgres import Database
from tests.stories.camera import Camera, filming
from tests.stories.coded import Shown, read_picture, seconds_between, stamp
from tests.stories.council import PASSPHRASE, Council, council, token
from tests.stories.crawler import Crawler
from tests.stories.decoded import WINDOW, Decoded, decode
from tests.stories.watching import Viewer, init_name, runs, watching
from tests.streaming.legality import parse

SPREAD = 1.0
AT_ONCE = 2.0
"""Seconds in which the preview must have ceased."""
MOST_LOST = 2.5
"""Seconds that each public stretch may lose: up to the next keyframe, and a fragment at its end."""
NOTICED = 0.4
"""Seconds that the source's delay, set by hand, may be off; the spread covers it."""

BEFORE, PUBLIC, STOPPED, BREAK, CLOSED, RECONNECTED, AFTER = 1, 2, 3, 4, 5, 6, 7
"""What the picture says: which stretch of the meeting it was taken in."""

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

pytestmark = [pytest.mark.story, pytest.mark.timeout(180)]


@dataclass
class Story:
    """A meeting that is filmed and spied on."""

    hall: Council
    camera: Camera
    crawler: Crawler
    viewer: Viewer
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
        crawler = Crawler(hall, evidence, (powerless, "no-such-token"))
        async with filming(lambda: hall.encoder(port, lag=late, gop=25)) as camera, watching(hall) as viewer:
            story = Story(hall, camera, crawler, viewer)
            looking = [asyncio.create_task(each) for each in (crawler.run(), story.looks_at_previews())]
            try:
                yield story
                assert not any(task.done() for task in looking), "somebody has ceased to look"
            finally:
                for task in looking:
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task


# What came out


def shut(events: list[dict[str, Any]], *only: str) -> list[tuple[float, float]]:
    """When the meeting was not public, or shut for these reasons only, from its events alone."""
    now_open, reasons = bool(only), set[str]()
    begins = {"doors_closed": "doors", "broadcast_stopped": "stop", "break_started": "break"}
    ends = {"doors_opened": "doors", "broadcast_resumed": "stop", "break_ended": "break"}
    intervals, since = [], -math.inf
    for event in events:
        was = now_open and not reasons
        if only and event["type"] in begins and event["type"] not in only:
            continue
        if not only and event["type"] in ("session_opened", "session_adjourned"):
            now_open = event["type"] == "session_opened"
        reasons |= {begins[event["type"]]} if event["type"] in begins else set()
        reasons -= {ends[event["type"]]} if event["type"] in ends else set()
        public, at = now_open and not reasons, datetime.fromisoformat(event["at"]).timestamp()
        if public and not was:
            intervals.append((since, at))
        elif was and not public:
            since = at
    return intervals if only else [*intervals, (since, math.inf)]


def distance(frame: Shown, stretch: tuple[float, float], now: float) -> float:
    """Seconds from a frame to a stretch that was shut; 0 or less inside it."""
    at = now + seconds_between(stamp(now), frame.stamp)
    return max(stretch[0] - at, at - stretch[1])


async def all_media(crawler: Crawler) -> dict[str, Decoded]:
    """Everything decoded: what was listed in its order, and what else ever lay in the public directory."""
    parts, decoded = crawler.segments, {}
    for name, versions in crawler.playlists.items():
        for run in runs(versions[-1][1]):
            media = [parts[segment.uri] for segment in run]
            decoded[f"{name} {run[0].uri}"] = await decode(parts[init_name(run[0])], *media)
    inits = [path.read_bytes() for path in crawler.evidence.glob("*.mp4")]
    for path in crawler.evidence.glob("*.m4s"):
        for number, init in enumerate(inits):
            decoded[f"{path.name} {number}"] = await decode(init, path.read_bytes())
    listed = {uri for versions in crawler.playlists.values() for _, text in versions for uri in uris(text)}
    assert {uri for uri in listed if uri.endswith(".m4s")} <= parts.keys()
    return decoded


def uris(text: str) -> list[str]:
    """What a playlist lists."""
    return [segment.uri for segment in parse(text).segments]


def check_pictures(decoded: dict[str, Decoded], closed: list[tuple[float, float]]) -> float:
    """No frame from a stretch that was shut, nor nearer to it than the spread; the nearest, in seconds."""
    now, nearest = time.time(), math.inf
    for name, media in decoded.items():
        frames = [frame for frame in media.frames if frame is not None]
        assert len(frames) in (0, len(media.frames)), f"{name}: neither film nor slate"
        for frame in frames:
            away = min(distance(frame, stretch, now) for stretch in closed)
            assert frame.item == PUBLIC, (
                f"{name}: a frame of stretch {frame.item}, {away:.2f} s from its edge"
            )
            assert away > 0, f"{name}: a frame from {-away:.2f} s inside a stretch that was shut"
            nearest = min(nearest, away)
    assert nearest > SPREAD - NOTICED, f"a frame {nearest:.2f} s from a stretch that was shut"
    return nearest


def check_sounds(decoded: dict[str, Decoded], closed: list[tuple[float, float]], hall: Council) -> None:
    """Sound is from when its picture was taken, and none from a stretch that was shut; slates are silent."""
    for name, media in decoded.items():
        first = media.frames[0] if media.frames else None
        if first is None:
            assert set(media.sounds) <= {None}, f"{name}: a slate that is heard"
            continue
        seen = hall.began + seconds_between(stamp(hall.began), first.stamp)
        for number, sound in enumerate(media.sounds):
            if sound is None:  # the encoder's first moments
                continue
            # It is not told which connection it is from: the one that fits best.
            heard = [hall.began + sound + waited for waited in hall.waited]
            at = min(heard, key=lambda moment: abs(moment - seen - number * WINDOW))
            assert abs(at - seen - number * WINDOW) < 2 * SPREAD, f"{name}: sound without its picture"
            away = min(max(start - at, at - end) for start, end in closed)
            assert away > 0, f"{name}: sound from {-away:.2f} s inside a stretch that was shut"


def check_previews(story: Story) -> None:
    """IT's own preview stops when the doors are closed, and what is seen afterwards is not from inside."""
    assert story.previews
    closed = shut(story.events, "doors_closed")
    for asked, shown in story.previews:
        opened = max((asked - end for _, end in closed if end < asked), default=math.inf)
        age = math.nan if shown is None else seconds_between(shown.stamp, stamp(asked))
        inside = shown is not None and shown.item in (CLOSED, RECONNECTED)
        assert not inside, f"the preview shows what was inside {age:.1f} s ago; open for {opened:.1f} s"
        for start, end in closed:
            assert not start + AT_ONCE < asked < end, "there is a preview behind closed doors"


def check_not_late(crawler: Crawler, decoded: dict[str, Decoded]) -> None:
    """When the service says that media was taken is true within the spread: else this machine is too slow."""
    for name, versions in crawler.playlists.items():
        for run in runs(versions[-1][1]):
            first = decoded[f"{name} {run[0].uri}"].frames[0]
            assert run[0].date is not None
            said = run[0].date.timestamp()
            off = 0.0 if first is None else -seconds_between(stamp(said), first.stamp)
            assert abs(off) < SPREAD, f"the encoder or this machine is {off:.1f} s late: more than the spread"


def check_coverage(decoded: dict[str, Decoded], closed: list[tuple[float, float]], text: str) -> None:
    """What is public is seen, and while it is shut the live playlist goes on with slates."""
    now = time.time()
    seen = {
        now + seconds_between(stamp(now), frame.stamp)
        for media in decoded.values()
        for frame in media.frames
        if frame is not None
    }
    for (_, start), (end, _) in pairwise(closed):
        inside = [at for at in seen if start < at < end]
        after, before = min(inside, default=end) - start, end - max(inside, default=start)
        print(f"public for {end - start:.2f} s: seen from {after:.2f} s after to {before:.2f} s before")  # noqa: T201
        assert len(inside) >= 25 * (end - start - 2 * SPREAD - MOST_LOST), "too little is seen"
    films = [decoded[f"live.m3u8 {run[0].uri}"].frames[0] is not None for run in runs(text)]
    assert films.count(False) >= len(closed) - 2, f"slates are missing: {films}"


async def nothing_came_out(story: Story) -> None:
    """Look at all that the crawler has."""
    hall, crawler = story.hall, story.crawler
    closed = shut(story.events)
    decoded = await all_media(crawler)
    check_not_late(crawler, decoded)
    nearest = check_pictures(decoded, closed)
    check_sounds(decoded, closed, hall)
    check_previews(story)
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
