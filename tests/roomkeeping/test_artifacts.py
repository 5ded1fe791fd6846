"""A meeting in Teams was recorded: its recording comes out through the gate, once, whatever happens."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import AnyHttpUrl

from orchestrator.domain.base import Event
from orchestrator.roomkeeping.artifacts import RoomArtifacts
from orchestrator.roomkeeping.providers import RoomProviders
from orchestrator.roomkeeping.subscriptions import Subscriptions
from orchestrator.rooms.provider import RoomProvider
from orchestrator.rooms.teams import TeamsRooms
from orchestrator.settings import Settings
from orchestrator.store.due import Mark, Marks
from orchestrator.store.events import EventStore, Recorded
from orchestrator.store.fetch_troubles import FetchTroubles
from orchestrator.store.pool import Pool
from orchestrator.store.records import Contact
from orchestrator.store.room_attendance import RoomAttendance
from orchestrator.store.room_news import Kind, RoomNews
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from orchestrator.store.transcripts import Transcripts
from orchestrator.streaming import imported
from orchestrator.streaming.storage import LocalStorage
from orchestrator.uses import Uses
from tests import town as towns
from tests.clock import FakeClock
from tests.postgres import Database
from tests.roomkeeping.test_keeper import keeper_of
from tests.rooms.graph import FakeGraph, Fault, fake_graph, throttled
from tests.rooms.graph_shapes import GraphRefusal
from tests.rooms.test_teams import meeting_in, rooms_in
from tests.streaming.collector import until
from tests.streaming.recorded import RATE, record, seen_in
from tests.town import ITEM, KEY, Node, Town, founded

pytestmark = pytest.mark.story

LENGTH = 90
BREAK, DOORS, ADJOURNED = (22, 30), (50, 60), 85
PUBLIC = ((2, BREAK[0]), (BREAK[1], DOORS[0]), (DOORS[1], ADJOURNED))
THIRD_ITEM = 70
"""All in seconds from the recording's beginning."""


class HeardLate(EventStore):
    """What happened some minutes ago is appended now, which a real log allows of nobody."""

    async def append(  # type: ignore[override]
        self, organisation_id: UUID, stream: str, expected: int, events: Sequence[Event], **more: Any
    ) -> list[Recorded]:
        more["recorded_at"] = datetime.now(UTC)
        return await super().append(organisation_id, stream, expected, events, **more)


@dataclass
class Afterwards:
    """The room has been left; Graph has the recording. ``began``: when that begins."""

    town: Town
    clock: FakeClock
    graph: FakeGraph
    product: TeamsRooms
    path: Path
    meeting_id: UUID
    room_id: UUID
    session_id: UUID
    began: datetime
    film: Path
    free: int = 10**12
    base_url: AnyHttpUrl | None = None

    @property
    def storage(self) -> LocalStorage:
        return LocalStorage(
            self.path / "public", self.path / "private", min_free_bytes=10**9, free_bytes=lambda: self.free
        )

    def artifacts(self) -> RoomArtifacts:
        """As another process would have it: nothing remembered."""
        node = self.town.node

        async def reach(_: UUID) -> RoomProvider:
            return self.product

        rooms, providers = RoomStates(node.pool, Vault(KEY)), RoomProviders({"teams": reach})
        news, troubles = RoomNews(node.pool), FetchTroubles(node.pool)
        return RoomArtifacts(
            providers=providers,
            rooms=rooms,
            subscriptions=Subscriptions(
                providers=providers,
                rooms=rooms,
                news=news,
                troubles=troubles,
                directory=node.directory,
                settings=Settings(base_url=self.base_url),
                key=KEY.encode(),
                clock=self.clock,
            ),
            news=news,
            troubles=troubles,
            marks=Marks(node.pool),
            views=node.views,
            states=node.states,
            events=node.events,
            uses=Uses(node.pool, node.events, node.directory, node.people, self.clock),
            people=node.people,
            directory=node.directory,
            pool=node.pool,
            storage=self.storage,
            clock=self.clock,
        )

    async def look(self, artifacts: RoomArtifacts | None = None) -> None:
        artifacts = artifacts or self.artifacts()
        await artifacts.sweep()
        await artifacts.settled()

    def downloads(self) -> int:
        return sum(one.endswith("/content") for one in self.graph.requests)

    async def broadcast(self, session_id: UUID | None = None) -> Path:
        state = await self.town.node.commands.session(
            self.town.organisation_id, session_id or self.session_id
        )
        return self.path / "public" / str(state.broadcast_id)

    async def seen(self, session_id: UUID | None = None) -> list[float]:
        """What the public is shown, in seconds from the recording's beginning, in order."""
        playlist = await self.broadcast(session_id) / "recording.m3u8"
        if not playlist.exists():
            return []
        shown = [(moment - self.began).total_seconds() for moment in seen_in(playlist)]
        assert sorted(set(shown)) == shown, "a picture is shown twice, or out of turn"
        return shown

    def is_fetched(self, marks: Mapping[tuple[UUID, str], Mark]) -> bool:
        mark = marks.get((self.room_id, "fetch_artifacts"))
        return mark is not None and mark.done_at is not None

    async def fetched(self) -> bool:
        return self.is_fetched(await Marks(self.town.node.pool).of([self.room_id]))

    async def timeline(self, name: str) -> Any:
        """A field of the public timeline."""
        return json.loads((await self.broadcast() / "timeline.json").read_text())[name]

    async def troubles(self) -> dict[str, str]:
        """What IT is told of, by kind."""
        found = await FetchTroubles(self.town.node.pool).of(self.town.organisation_id)
        return {one.kind: one.code for one in found if one.kind != "subscription"}

    def private_films(self) -> list[Path]:
        private = self.path / "private"
        return [*private.glob("recordings/*"), *private.rglob("*.m4s")]


async def held(it: Afterwards) -> None:
    """The meeting, by its own clock."""
    says, at = it.town.says, it.began
    items = [uuid4(), uuid4(), uuid4()]
    for n, item_id in enumerate(items):
        await says(it.session_id, "add_item", item_id=item_id, **(ITEM | {"title": f"Sak {n}"}))

    def to(seconds: float) -> None:
        it.clock.jump((at + timedelta(seconds=seconds) - it.clock.now()).total_seconds())

    to(2)
    await says(it.session_id, "open_session")
    await says(it.session_id, "call_roll", present=it.town.people)
    await says(it.session_id, "open_item", item_id=items[0])
    to(BREAK[0])
    await says(it.session_id, "start_break")
    to(BREAK[1])
    await says(it.session_id, "end_break")
    await says(it.session_id, "open_item", item_id=items[1], current_id=items[0])
    to(DOORS[0])
    closing: dict[str, Any] = {"closing_id": uuid4()}
    await says(
        it.session_id, "propose_closing", item_ids=[items[1]], legal_basis={"section": "11-5"}, **closing
    )
    await says(it.session_id, "record_closing_vote", unanimous=True, **closing)
    await says(it.session_id, "close_doors", **closing)
    to(DOORS[1])
    await says(it.session_id, "open_doors", **closing)
    to(THIRD_ITEM)
    await says(it.session_id, "open_item", item_id=items[2], current_id=items[1])
    to(ADJOURNED)
    await says(it.session_id, "adjourn_session")
    to(180)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    return record(tmp_path_factory.mktemp("film") / "recording", began, LENGTH), began


@pytest.fixture
async def it(
    pool: Pool, tmp_path: Path, film: tuple[Path, datetime], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Afterwards]:
    monkeypatch.setattr(towns, "EventStore", HeardLate)
    recording, began = film
    async with fake_graph() as graph, aclosing(rooms_in(graph)) as product:
        clock = FakeClock(began)
        town = await founded(Node(pool, clock))
        meeting_id, room_id = await town.plans_meeting(), uuid4()
        room = {"room_id": room_id, "name": "Salen", "provider": "teams", "recorded": True}
        await town.says(meeting_id, "plan_room", room=room)
        session_id = await town.plans_session(meeting_id, room_id=room_id, source_id=None)
        await keeper_made(town.node, product)
        it = Afterwards(
            town, clock, graph, product, tmp_path, meeting_id, room_id, session_id, began, recording
        )
        await held(it)
        ended = began + timedelta(seconds=LENGTH)
        graph.artifacts.add_film(meeting_in(graph), "r1", began, ended, recording)
        yield it


async def keeper_made(node: Node, product: TeamsRooms) -> None:
    keeper = keeper_of(node, product)
    await keeper.sweep()
    await keeper.settled()


def only_public(shown: list[float]) -> bool:
    """Whether all that is shown was public, and of each public stretch most is shown."""
    here = [[moment for moment in shown if a <= moment <= b] for a, b in PUBLIC]
    shrunk = 2 * imported.SPREAD + 3.5
    return sum(map(len, here)) == len(shown) and all(
        len(one) >= (b - a - shrunk) * RATE for one, (a, b) in zip(here, PUBLIC, strict=True)
    )


def chapter_starts(text: str) -> Iterator[tuple[float, str]]:
    for block in text.split("\n\n")[1:]:
        times, title = block.strip().splitlines()
        minutes, seconds = times.partition(" ")[0].split(":")[-2:]
        yield int(minutes) * 60 + float(seconds), title


async def test_the_recording_is_published_without_what_was_closed_and_its_chapters_fit(
    it: Afterwards,
) -> None:
    await it.look()
    shown = await it.seen()
    assert only_public(shown)
    starts = chapter_starts((await it.broadcast() / "chapters.vtt").read_text())
    third = next(at for at, title in starts if "Sak 2" in title)
    assert abs(shown[round(third * RATE)] - THIRD_ITEM) <= 0.5
    assert it.private_films() == []
    assert await it.fetched()
    assert await it.timeline("captions") is None

    written_down(it, "t1")
    it.clock.advance(3600)
    await it.look()
    assert await it.timeline("captions") == "captions.vtt"
    published = (await it.broadcast() / "captions.vtt").read_text()
    heard = list(chapter_starts(published))
    assert [text for _, text in heard] == ["Velkommen.", "Da er vi i gang igjen.", "Siste sak."]
    for (at, _), second in zip(heard, (10, 37, 77), strict=True):
        assert abs(shown[round(at * RATE)] - second) <= 0.5
    said = await Transcripts(it.town.node.pool).of(it.session_id)
    assert [(one.text, one.voice) for one in said] == [(text, "Kari Nordli") for _, text in heard]
    assert "Kari" not in published, "the log does not say that she spoke"


SPOKEN = {
    (10, 12): "Velkommen.",
    (18, 20): "Pausen begynner om litt.",
    (24, 26): "Er mikrofonen av?",
    (37, 40): "Da er vi i gang igjen.",
    (40, 66): "Dette varer over dørene.",
    (46, 48): "Nå lukker vi.",
    (53, 55): "Hemmelig.",
    (77, 79): "Siste sak.",
    (86, 88): "Takk for i dag.",
}
"""What is said, by the second; of it only what is far from every edge is public."""


def written_down(it: Afterwards, id_: str, *, late: float = 0) -> None:
    """Teams has a transcript; ``late``: by how many seconds its own times are wrong."""
    blocks = [
        f"0:{int((a + late) // 60)}:{(a + late) % 60:g} --> 0:{int((b + late) // 60)}:{(b + late) % 60:g}\n"
        f"<v Kari Nordli>{text}</v>"
        for (a, b), text in SPOKEN.items()
    ]
    ended = it.began + timedelta(seconds=LENGTH)
    text = "\n\n".join(["WEBVTT", *blocks])
    it.graph.artifacts.add_transcript(
        meeting_in(it.graph), id_, it.began.isoformat(), ended.isoformat(), text
    )


async def test_of_a_transcript_that_cannot_be_laid_beside_the_clock_nothing_is_kept_and_it_is_told(
    it: Afterwards,
) -> None:
    it.graph.artifacts.recordings.clear()
    written_down(it, "t1", late=10)
    artifacts = it.artifacts()
    await it.look(artifacts)
    assert await Transcripts(it.town.node.pool).of(it.session_id) == ()
    assert await it.troubles() == {"transcript": "unplaced"}


async def test_what_hinders_fetching_is_kept_for_it_until_it_heals_and_hinders_nothing_else(
    it: Afterwards,
) -> None:
    it.graph.artifacts.recordings.clear()
    it.graph.artifacts.transcripts_allowed = False
    it.graph.faults = [Fault("attendanceReports$", GraphRefusal(503, "ServiceUnavailable"))]
    artifacts = it.artifacts()
    await it.look(artifacts)
    assert await it.troubles() == {"transcript": "transcripts_disabled", "attendance": "unavailable"}
    it.graph.artifacts.transcripts_allowed = True
    written_down(it, "t1")
    it.clock.advance(61)
    await it.look(artifacts)
    assert await it.troubles() == {}
    assert len(await Transcripts(it.town.node.pool).of(it.session_id)) == 3
    it.graph.faults = [throttled("600", match="/recordings$")]
    it.clock.advance(3600)
    before = len(it.graph.requests)
    await it.look(artifacts)
    assert await it.troubles() == {"recording": "throttled"}
    assert len(it.graph.requests) == before + 1, "who is asked to wait asks for nothing else"
    await RoomStates(it.town.node.pool, Vault(KEY)).forget(it.room_id)
    await it.look(artifacts)
    assert await it.troubles() == {}


def was_there(name: str, address: str | None, came: datetime, left: datetime) -> dict[str, Any]:
    stay = {"joinDateTime": came.isoformat(), "leaveDateTime": left.isoformat()}
    person = {"displayName": name, "id": None}
    return {"id": name, "emailAddress": address, "identity": person, "attendanceIntervals": [stay]}


async def test_who_was_in_the_room_is_kept_for_the_session_and_deleted_as_a_chat_is(it: Afterwards) -> None:
    it.graph.artifacts.recordings.clear()
    kari, ola = it.town.people[:2]
    directory, here = it.town.node.directory, it.town.organisation_id
    person = await directory.person(here, kari)
    assert person
    await directory.put_person(person, Contact(email="Kari.Nordli@fjellvik.example"))
    came, left = it.began, it.began + timedelta(seconds=LENGTH)
    long_ago = it.began - timedelta(days=1)
    it.graph.artifacts.reports[meeting_in(it.graph).id] = [
        {
            "id": "1",
            "records": [
                was_there("Nordli, Kari", "kari.nordli@fjellvik.example", came, left),
                was_there("Ola  Vik", None, came, left),
                was_there("En tilhører", "noen@annet.example", came, left),
                was_there("Siri Moen", None, long_ago, long_ago + timedelta(hours=1)),
            ],
        }
    ]
    attendance, artifacts = RoomAttendance(it.town.node.pool), it.artifacts()
    said = (await it.town.node.commands.session(here, it.session_id)).version
    for _ in range(2):
        await it.look(artifacts)
        it.clock.advance(3600)
    stays = await attendance.of(here, it.session_id)
    assert {(one.person_id, one.by_name) for one in stays} == {(kari, False), (ola, True), (None, False)}
    assert [(one.came_at, one.left_at) for one in stays] == [(came, left)] * 3
    assert await attendance.of(uuid4(), it.session_id) == []
    state = await it.town.node.commands.session(here, it.session_id)
    assert state.version == said, "the roll call says who is present"

    await directory.delete_person(here, ola)
    assert len(await attendance.of(here, it.session_id)) == 2
    it.clock.advance(31 * 24 * 3600)
    assert await attendance.purge(it.clock.now()) == 2
    await it.look()
    assert await attendance.of(here, it.session_id) == []


async def test_what_fails_on_the_way_heals_and_is_done_once(
    it: Afterwards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported, "STEP", 20)
    artifacts = it.artifacts()
    it.graph.faults = [
        throttled("90", match="/recordings$"),
        Fault("/recordings$", GraphRefusal(503, "ServiceUnavailable")),
        throttled("9", match="content"),
    ]
    waits = []
    for _ in range(3):
        await it.look(artifacts)
        assert not await it.fetched()
        waits.append((artifacts._next[it.room_id] - it.clock.now()).total_seconds())
        it.clock.advance(waits[-1])
    assert waits == [90, 120, 240]
    it.graph.artifacts.cut_after = 1
    await it.look(artifacts)
    assert it.private_films() == []
    it.graph.artifacts.cut_after = None
    it.clock.advance(3600)
    killed = asyncio.create_task(it.look(artifacts))
    await until(lambda: any(it.path.glob("public/*/*.m4s")), 20)
    await artifacts._reconciler.stop()
    await killed
    assert not await it.fetched()
    downloads = it.downloads()
    await it.look()
    assert only_public(await it.seen())
    assert it.downloads() == downloads, "what was on disk was not fetched again"
    for _ in range(2):
        await it.look()
    assert it.downloads() == downloads
    assert it.private_films() == []


async def test_of_two_processes_one_fetches(it: Afterwards, database: Database) -> None:
    running = [asyncio.create_task(it.artifacts().run(database.dsn)) for _ in range(2)]
    try:
        async with asyncio.timeout(25):
            while not await it.fetched():
                await asyncio.sleep(0.1)
    finally:
        for task in running:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*running)
    assert it.downloads() == 1
    assert only_public(await it.seen())


async def test_a_session_with_a_camera_of_its_own_in_the_same_room_still_says_no(it: Afterwards) -> None:
    it.clock.jump((it.began - it.clock.now()).total_seconds() + 62)
    other = await it.town.plans_session(it.meeting_id, room_id=it.room_id)
    await it.town.says(other, "open_session")
    await it.town.says(other, "start_break")
    it.clock.advance(60)
    await it.town.says(other, "adjourn_session")
    await it.look()
    shown = await it.seen()
    assert shown
    assert max(shown) <= DOORS[0], "it was in a break from the 62nd second on"
    assert await it.seen(other) == []


async def test_what_a_correction_shuts_is_taken_back_while_another_recording_is_being_fetched(
    it: Afterwards,
) -> None:
    artifacts = it.artifacts()
    await it.look(artifacts)
    await artifacts.follow()
    await artifacts.settled()
    directory = await it.broadcast()
    before = {path.name for path in directory.glob("*.m4s")}
    assert max(await it.seen()) > DOORS[1]

    ended = it.began + timedelta(seconds=LENGTH)
    it.graph.artifacts.held_until = let_go = asyncio.Event()
    it.graph.artifacts.add_film(meeting_in(it.graph), "r2", ended, ended + timedelta(seconds=LENGTH), it.film)
    it.clock.advance(3600)
    fetching = asyncio.create_task(it.look(artifacts))
    await until(lambda: it.downloads() == 2, 20)

    it.clock.jump((it.began - it.clock.now()).total_seconds() + 62)
    other = await it.town.plans_session(it.meeting_id, room_id=it.room_id)
    await it.town.says(other, "open_session")
    await it.town.says(other, "start_break")
    it.clock.advance(60)
    await it.town.says(other, "adjourn_session")
    await artifacts.follow()

    def left() -> set[str]:
        return {path.name for path in directory.glob("*.m4s")}

    def listed() -> set[str]:
        return {line for line in (directory / "recording.m3u8").read_text().splitlines() if ".m4s" in line}

    await until(lambda: listed() == left() < before, 5)
    assert not fetching.done()
    assert max(await it.seen()) <= DOORS[0]
    kept = left()
    let_go.set()
    await fetching
    assert left() == listed() == kept, "what comes afterwards is judged by the corrected log"
    assert it.private_films() == []


async def test_a_room_that_the_session_had_left_says_nothing_of_it(it: Afterwards) -> None:
    it.clock.jump((it.began - it.clock.now()).total_seconds() + 2)
    again = await it.town.plans_session(it.meeting_id, room_id=it.room_id, source_id=None)
    await it.town.says(again, "open_session")
    it.clock.advance(20)
    await it.town.says(again, "use_room", room_id=None)
    it.clock.advance(40)
    await it.town.says(again, "adjourn_session")
    it.clock.advance(120)
    await it.look()
    assert max(await it.seen(again)) <= BREAK[0]


async def test_what_it_has_put_off_is_not_fetched(it: Afterwards) -> None:
    await Marks(it.town.node.pool).put(
        Mark(it.room_id, "fetch_artifacts", it.town.organisation_id, skipped=True)
    )
    await it.look()
    assert it.downloads() == 0


async def test_what_teams_tells_of_and_what_it_asks_for_is_looked_for_at_once(it: Afterwards) -> None:
    artifacts, news = it.artifacts(), RoomNews(it.town.node.pool)
    it.graph.faults = [Fault("content", GraphRefusal(503, "ServiceUnavailable"), times=100)]
    await it.look(artifacts)

    async def hear(*told: tuple[Kind, str]) -> int:
        """How often the recordings are asked for."""
        before = len(it.graph.requests)
        await news.put(it.town.organisation_id, told, it.clock.now())
        await artifacts.hear()
        await artifacts.settled()
        return sum(one.endswith("/recordings") for one in it.graph.requests[before:])

    assert await hear(("made", "another meeting")) == 0
    assert await hear(("made", meeting_in(it.graph).id)) == 1
    assert await hear(("missed", "")) == 1
    assert await hear(("asked", str(it.room_id)), ("asked", str(uuid4()))) == 1
    assert await news.unread() == []

    it.base_url = AnyHttpUrl("https://moter.fjellvik.example")
    artifacts = it.artifacts()
    it.graph.faults = [Fault("/subscriptions", GraphRefusal(503, "ServiceUnavailable"), times=100)]
    before = len(it.graph.requests)
    await news.put(it.town.organisation_id, [("removed", "")], it.clock.now())
    for _ in range(3):
        await artifacts.hear()
        await artifacts._subscriptions.settled()
    asked = it.graph.requests[before:]
    assert asked == ["GET /subscriptions"], "what fails is not asked again at once"
