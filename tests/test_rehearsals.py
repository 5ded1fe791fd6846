"""A rehearsal uses the real source and rooms of its own; the public learns nothing, and nothing remains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.clock import OSLO
from orchestrator.domain.errors import Refused
from orchestrator.domain.reasons import Occasion
from orchestrator.domain.roles import Role
from orchestrator.domain.state import SessionState
from orchestrator.rehearsals import Rehearsals
from orchestrator.roomkeeping.keeper import RoomKeeper
from orchestrator.rooms.provider import RoomTrouble
from orchestrator.store.access import Access
from orchestrator.store.answers import Answer, claim, remember
from orchestrator.store.chat import ChatLines, Line
from orchestrator.store.due import Mark, Marks
from orchestrator.store.impartiality import ImpartialityRow, put_impartiality, stepped_down
from orchestrator.store.pool import Pool
from orchestrator.store.reasons import Reason, ReasonStore
from orchestrator.store.rehearsals import NotARehearsal, RoomsStand, delete_rehearsal
from orchestrator.store.rooms import RoomStates
from orchestrator.store.secrets import Vault
from orchestrator.store.statistics import Statistics
from orchestrator.streaming.desk import Desk
from orchestrator.streaming.media import Captured, Fragment
from orchestrator.streaming.segments import Candidate
from orchestrator.streaming.storage import LocalStorage
from orchestrator.uses import Uses
from tests.clock import FakeClock
from tests.roomkeeping.test_keeper import keeper_of
from tests.rooms.memory import MemoryRooms
from tests.streaming.world import FakeSlate, init
from tests.town import KEY, Node, Town, founded

SECRET: dict[str, Any] = {
    "title": "Personalsak om Per Haug",
    "public_title": "Personalsak",
    "case_number": "48/26",
}


@dataclass
class Stage:
    """A two-day conference with a room, some days ahead; and all that a rehearsal of it needs."""

    town: Town
    clock: FakeClock
    product: MemoryRooms
    keeper: RoomKeeper
    rehearsals: Rehearsals
    meeting_id: UUID
    room_id: UUID
    sessions: tuple[UUID, UUID]

    @property
    def tomorrow(self) -> datetime:
        return self.clock.now() + timedelta(days=1)

    async def rehearses(self, **more: Any) -> UUID:
        """A rehearsal's id."""
        here = self.town.organisation_id
        slug = await self.rehearsals.rehearse(here, self.meeting_id, self.tomorrow, **more)
        row = await self.town.node.views.meeting_by_slug(here, slug)
        assert row is not None
        return row.meeting_id

    async def sessions_of(self, meeting_id: UUID) -> list[SessionState]:
        rows = await self.town.node.views.sessions_of(self.town.organisation_id, meeting_id)
        node = self.town.node
        return [await node.commands.session(self.town.organisation_id, row.session_id) for row in rows]

    async def rooms_are_kept(self) -> None:
        await self.keeper.sweep()
        await self.keeper.settled()


@pytest.fixture
async def stage(pool: Pool) -> Stage:
    clock = FakeClock(datetime.now(UTC) + timedelta(days=1))  # the log refuses what is already old
    node = Node(pool, clock)
    town, product = await founded(node), MemoryRooms()
    start = clock.now() + timedelta(days=20)
    days = (start, start + timedelta(days=1))
    meeting_id = await town.plans_meeting(
        "dialog", title="Dialogkonferanse", starts_at=start, ends_at=days[1] + timedelta(hours=2)
    )
    room_id = uuid4()
    room = {"room_id": room_id, "name": "Plenum", "provider": "livekit", "recorded": True}
    await town.says(meeting_id, "plan_room", room=room)
    first, second = [
        await town.plans_session(
            meeting_id, room_id=room_id, starts_at=at, ends_at=at + timedelta(hours=2), title=title
        )
        for at, title in zip(days, ("Åpning", "Veien videre"), strict=True)
    ]
    await town.says(first, "add_item", item_id=uuid4(), title="Ny skole", summary="Kort fortalt")
    await town.says(first, "add_item", item_id=uuid4(), restricted=True, summary="Hemmelig", **SECRET)
    keeper = keeper_of(node, product)
    await keeper.follow()
    rehearsals = Rehearsals(
        pool=pool,
        commands=node.commands,
        views=node.views,
        rooms=RoomStates(pool, Vault(KEY)),
        clock=clock,
    )
    return Stage(town, clock, product, keeper, rehearsals, meeting_id, room_id, (first, second))


async def test_a_rehearsal_is_the_same_day_at_another_time_in_rooms_of_its_own(stage: Stage) -> None:
    id_ = await stage.rehearses()
    meeting = await stage.town.node.commands.meeting(stage.town.organisation_id, id_)
    assert (meeting.slug, meeting.title) == ("generalprove-dialog-1", "Generalprøve: Dialogkonferanse")
    assert (meeting.internal, meeting.rehearsal_of, meeting.status) == (True, stage.meeting_id, "published")
    (room,) = meeting.rooms.values()
    assert room.room_id != stage.room_id
    assert (room.name, room.provider, room.recorded) == ("Generalprøve: Plenum", "livekit", False)
    first, second = await stage.sessions_of(id_)
    assert [one.title for one in (first, second)] == ["Generalprøve: Åpning", "Generalprøve: Veien videre"]
    assert [one.starts_at for one in (first, second)] == [
        stage.tomorrow,
        stage.tomorrow + timedelta(days=1),
    ]
    assert {one.room_id for one in (first, second)} == {room.room_id}
    assert {one.public for one in (first, second)} == {False}
    assert {one.source_id for one in (first, second)} == {stage.town.source_id}
    assert first.members.keys() == set(stage.town.people)


async def test_one_day_of_several_can_be_rehearsed(stage: Stage) -> None:
    second = (await stage.sessions_of(stage.meeting_id))[1]
    assert second.starts_at is not None
    id_ = await stage.rehearses(day=second.starts_at.astimezone(OSLO).date())
    (only,) = await stage.sessions_of(id_)
    assert (only.title, only.starts_at) == ("Generalprøve: Veien videre", stage.tomorrow)
    with pytest.raises(Refused, match="nothing_to_rehearse"):
        await stage.rehearses(day=stage.clock.now().astimezone(OSLO).date())


async def test_nothing_secret_is_copied_into_a_rehearsal(stage: Stage) -> None:
    id_ = await stage.rehearses()
    first, _ = await stage.sessions_of(id_)
    open_item, shut = first.agenda
    assert (open_item.title, open_item.summary, open_item.restricted) == ("Ny skole", "Kort fortalt", False)
    assert (shut.title, shut.public_title, shut.case_number) == ("Personalsak", "Personalsak", "48/26")
    assert (shut.restricted, shut.summary, shut.papers) == (True, None, ())


async def test_asked_for_twice_it_is_made_once_and_another_time_is_another(stage: Stage) -> None:
    first = await stage.rehearses()
    head = await stage.town.node.events.head()
    assert await stage.rehearses() == first
    assert await stage.town.node.events.head() == head
    stage.clock.advance(60)
    second = await stage.rehearses()
    row = await stage.town.node.views.meeting(stage.town.organisation_id, second)
    assert row is not None
    assert row.slug == "generalprove-dialog-2"


async def test_what_cannot_be_rehearsed_is_refused(stage: Stage) -> None:
    here, ask = stage.town.organisation_id, stage.rehearsals.rehearse
    with pytest.raises(Refused, match="is_a_rehearsal"):
        await ask(here, await stage.rehearses(), stage.tomorrow)
    with pytest.raises(Refused, match="rehearsal_source_taken"):
        await ask(here, stage.meeting_id, stage.clock.now() + timedelta(days=20, hours=1))
    with pytest.raises(Refused, match="is_a_rehearsal"):
        await stage.town.plans_meeting("to", internal=True, rehearsal_of=await stage.rehearses())


async def test_a_source_that_only_a_room_is_sent_into_must_be_free_too(stage: Stage) -> None:
    town, here = stage.town, stage.town.organisation_id
    start = stage.clock.now() + timedelta(days=30)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=1)}
    meeting_id = await town.plans_meeting("fagdag", title="Fagdag", kind="conference", body_id=None, **times)
    room = {"room_id": uuid4(), "name": "Salen", "provider": "livekit", "source_id": town.source_id}
    await town.says(meeting_id, "plan_room", room=room)
    await town.plans_session(meeting_id, room_id=room["room_id"], source_id=None, **times)
    with pytest.raises(Refused, match="rehearsal_source_taken"):
        await stage.rehearsals.rehearse(here, meeting_id, stage.clock.now() + timedelta(days=20, hours=1))
    assert await stage.rehearsals.rehearse(here, meeting_id, stage.tomorrow)


async def test_the_public_never_learns_of_a_rehearsal(stage: Stage) -> None:
    here, views = stage.town.organisation_id, stage.town.node.views
    id_ = await stage.rehearses()
    first, _ = await stage.sessions_of(id_)
    stage.clock.advance(24 * 3600)
    await stage.town.says(first.session_id, "open_session")
    row = await views.meeting(here, id_)
    assert row is not None
    assert not row.announced
    assert await views.live_now(here) == []
    now = stage.clock.now()
    shown = await views.upcoming(here, now), await views.calendar(here, now, now + timedelta(days=9))
    assert id_ not in {one.meeting_id for found in shown for one in found}
    await stage.rooms_are_kept()
    rehearsed = next(one for key, one in stage.product.rooms.items() if key != stage.room_id)
    assert rehearsed.spec is not None
    assert (rehearsed.spec.door, rehearsed.spec.observers) == ("open", False)


async def test_speeches_in_a_rehearsal_are_in_no_statistics(stage: Stage) -> None:
    town = stage.town
    id_ = await stage.rehearses()
    stage.clock.advance(24 * 3600)
    first, _ = await stage.sessions_of(id_)
    await _speaks(stage, first)
    statistics = Statistics(town.node.pool)
    assert await statistics.years(town.organisation_id, public=False) == []
    year = stage.clock.now().year
    assert await statistics.year(town.organisation_id, year, public=False) == []
    original, _ = await stage.sessions_of(stage.meeting_id)
    await _speaks(stage, original)
    assert len(await statistics.year(town.organisation_id, year, public=False)) == 1


async def _speaks(stage: Stage, session: SessionState) -> None:
    says, id_, request_id = stage.town.says, session.session_id, uuid4()
    await says(id_, "open_session")
    await says(id_, "call_roll", present=stage.town.people)
    await says(id_, "open_item", item_id=session.agenda[0].item_id)
    await says(id_, "request_floor", request_id=request_id, person_id=stage.town.people[0])
    await says(id_, "call_next_speaker", request_id=request_id, current_id=None)
    stage.clock.advance(30)
    await says(id_, "end_speech", speech_id=request_id)
    await says(id_, "adjourn_session")


async def test_no_media_of_a_rehearsal_is_published_or_kept(stage: Stage, tmp_path: Path) -> None:
    town, kept = stage.town, Kept()
    organisation = await town.node.directory.organisation(town.organisation_id)
    assert organisation is not None
    await town.node.directory.put_organisation(organisation.model_copy(update={"keep_unpublished": True}))
    first, _ = await stage.sessions_of(await stage.rehearses())
    stage.clock.advance(24 * 3600)
    uses = _uses(town.node)
    storage = LocalStorage(tmp_path / "public", tmp_path / "private")
    desk = Desk(
        town.source_id,
        storage=storage,
        slates=FakeSlate,
        clock=stage.clock,
        read_settled=lambda: uses.read(town.source_id),
        spread=0.5,
        keeper=kept,
    )
    await town.says(first.session_id, "open_session")
    await _films(stage, desk, uses, connection=1)
    assert [path for path in storage.public.rglob("*") if path.is_file()] == []
    assert (desk.status.last_listed_at, kept.sources) == (None, [])
    await town.says(first.session_id, "adjourn_session")
    # The same of the meeting itself is published: it is the rehearsal that makes the difference.
    original, _ = await stage.sessions_of(stage.meeting_id)
    await town.says(original.session_id, "open_session")
    await _films(stage, desk, uses, connection=2)
    assert desk.status.last_listed_at is not None
    assert [path for path in storage.public.rglob("*.m3u8") if path.is_file()] != []


async def _films(stage: Stage, desk: Desk, uses: Uses, connection: int) -> None:
    """Half a minute of pictures from the hall."""
    for number in range(60):
        since = stage.clock.now()
        stage.clock.advance(0.5)
        start = number / 2
        fragment = Fragment(
            f"<{connection}.{number}>".encode(), start, 0.5, number % 4 == 0, start, start + 0.5
        )
        await desk.take(Captured(connection, init(), fragment, since, stage.clock.now(), since))
        settled = await uses.read(stage.town.source_id)
        desk.learn(replace(settled, read_begun=stage.clock.now()))  # the database's clock is the machine's
        desk.step()


def _uses(node: Node) -> Uses:
    return Uses(node.pool, node.events, node.directory, node.people, node.clock)


class Kept:
    """Implements Keeper."""

    def __init__(self) -> None:
        self.sources: list[UUID] = []

    def keep(self, source_id: UUID, candidate: Candidate, init: bytes) -> None:
        self.sources.append(source_id)


# Deleting


async def test_nothing_in_any_table_names_a_deleted_rehearsal(stage: Stage) -> None:
    here, pool, says = stage.town.organisation_id, stage.town.node.pool, stage.town.says
    id_ = await stage.rehearses()
    stage.clock.advance(24 * 3600)
    await stage.rooms_are_kept()
    await _lives(stage, id_, *await stage.sessions_of(id_))
    ids, original = await _ids(stage, id_), await _ids(stage, stage.meeting_id)
    before = await _rows_naming(pool, original, but_not=ids)
    tables = set(await _rows_naming(pool, ids))
    assert tables > {"event", "redaction", "meeting_view", "meeting_address", "session_view", "room_view"}
    assert tables > {"room_state", "due_mark", "link", "chat_line", "reason", "spoken_view", "answer"}
    assert len(stage.product.rooms) == 1
    assert not await stage.rehearsals.delete(here, id_), "its room stands"
    with pytest.raises(RoomsStand):
        await delete_rehearsal(pool, id_)
    await stage.keeper.follow()
    await stage.rooms_are_kept()
    assert stage.product.rooms == {}
    assert await stage.rehearsals.delete(here, id_)
    assert await _rows_naming(pool, ids) == {}
    assert await pool.fetchval("select count(*) from login") == 1
    assert await _rows_naming(pool, original) == before
    (record,) = await pool.fetch("select organisation_id, events from deleted_rehearsal")
    assert (record["organisation_id"], record["events"] > 10) == (here, True)
    await says(stage.sessions[0], "open_session")


async def _lives(stage: Stage, meeting_id: UUID, first: SessionState, second: SessionState) -> None:
    """Everything that can be written of a meeting is written of this one."""
    node, here, now = stage.town.node, stage.town.organisation_id, stage.clock.now()
    await _speaks(stage, first)
    assert await node.events.redact(f"session/{first.session_id}", 1, "title")
    access = Access(node.pool)
    for id_ in (meeting_id, stage.meeting_id):
        _, secret = await access.create_link(here, {Role.CHAIR}, now, meeting_id=id_)
        assert await access.use_link(here, secret, now)
    for target_id in (meeting_id, first.session_id, first.room_id):
        assert target_id is not None
        await Marks(node.pool).put(Mark(target_id, "open_lobby", here, skipped=True))
    line = Line(
        *(uuid4(), here, second.session_id, None, False, uuid4(), None),
        role=Role.CHAIR,
        text="Hører dere meg?",
        answer=None,
        written_at=now,
    )
    assert await ChatLines(node.pool).add(line)
    occasion = Occasion("absence", stage.town.people[0], None)
    await ReasonStore(node.pool).put(Reason(here, second.session_id, occasion, "Syk", now))
    assert await claim(node.pool, here, "en-nokkel", b"spor", now) is None
    answer = Answer(200, "application/json", f'{{"session_id": "{second.session_id}"}}'.encode())
    await remember(node.pool, here, "en-nokkel", answer)


async def _ids(stage: Stage, meeting_id: UUID) -> list[str]:
    """The ids of a meeting, its sessions, its rooms and its links."""
    node, here = stage.town.node, stage.town.organisation_id
    meeting = await node.commands.meeting(here, meeting_id)
    links = [link.id for link in await Access(node.pool).links(here, meeting_id)]
    sessions = [one.session_id for one in await stage.sessions_of(meeting_id)]
    return [str(id_) for id_ in (meeting_id, *meeting.rooms, *links, *sessions)]


async def _rows_naming(pool: Pool, ids: list[str], but_not: Sequence[str] = ()) -> dict[str, list[str]]:
    """The rows that any of these ids stands in, in whatever column, by table; as text."""
    found = {}
    tables = await pool.fetch("select tablename from pg_tables where schemaname = current_schema()")
    for (table,) in tables:
        rows = await pool.fetch(f"select row::text as words from {table} row")  # noqa: S608
        if table == "answer":
            rows = await pool.fetch("select encode(body, 'escape') as words from answer")
        words = [row["words"] for row in rows if not any(id_ in row["words"] for id_ in but_not)]
        if named := sorted(each for each in words if any(id_ in each for id_ in ids)):
            found[table] = named
    return found


async def test_what_is_no_rehearsal_is_never_deleted(stage: Stage) -> None:
    here, pool = stage.town.organisation_id, stage.town.node.pool
    internal = await stage.town.plans_meeting("internt", internal=True)
    head = await pool.fetchval("select count(*) from event")
    for meeting_id in (stage.meeting_id, internal):
        with pytest.raises(NotARehearsal):
            await stage.rehearsals.delete(here, meeting_id)
        with pytest.raises(NotARehearsal):
            await delete_rehearsal(pool, meeting_id)
    for unknown in (uuid4(), stage.sessions[0]):
        with pytest.raises(NotARehearsal):
            await delete_rehearsal(pool, unknown)
    stage.clock.advance(60 * 24 * 3600)
    assert await stage.rehearsals.sweep() == 0
    assert await pool.fetchval("select count(*) from event") == head


async def test_a_rehearsal_goes_by_itself_a_day_after_its_end(stage: Stage) -> None:
    id_ = await stage.rehearses()
    row = await stage.town.node.views.meeting(stage.town.organisation_id, id_)
    assert row is not None
    stage.clock.advance((row.ends_at - stage.clock.now()).total_seconds() + 24 * 3600 - 1)
    assert await stage.rehearsals.sweep() == 0
    stage.clock.advance(1)
    assert await stage.rehearsals.sweep() == 1
    assert await stage.town.node.views.rehearsals() == []
    assert await stage.rehearsals.sweep() == 0


async def test_a_rehearsal_that_nobody_adjourned_lets_go_of_its_source_an_hour_after_its_end(
    stage: Stage,
) -> None:
    id_ = await stage.rehearses()
    first, _ = await stage.sessions_of(id_)
    row = await stage.town.node.views.meeting(stage.town.organisation_id, id_)
    assert row is not None
    await stage.town.says(first.session_id, "open_session")
    seen = []
    for seconds in ((row.ends_at - stage.clock.now()).total_seconds() + 3599, 1):
        stage.clock.advance(seconds)
        assert await stage.rehearsals.sweep() == 0
        seen.append((await stage.sessions_of(id_))[0].status)
    assert seen == ["open", "adjourned"]


async def test_a_rehearsal_that_goes_on_can_be_deleted(stage: Stage) -> None:
    id_ = await stage.rehearses()
    first, _ = await stage.sessions_of(id_)
    await stage.town.says(first.session_id, "open_session")
    assert await stage.rehearsals.delete(stage.town.organisation_id, id_)


async def test_a_room_that_cannot_be_taken_away_keeps_its_rehearsal_until_it_can(stage: Stage) -> None:
    id_ = await stage.rehearses()
    await stage.rooms_are_kept()
    assert not await stage.rehearsals.delete(stage.town.organisation_id, id_)
    stage.product.troubles = [RoomTrouble("unavailable")] * 9
    await stage.keeper.follow()
    await stage.rooms_are_kept()
    assert await stage.rehearsals.sweep() == 0
    stage.product.troubles.clear()
    stage.clock.advance(600)
    await stage.rooms_are_kept()
    assert await stage.rehearsals.sweep() == 1


async def test_who_stepped_down_in_a_rehearsal_is_known_to_no_meeting(stage: Stage) -> None:
    first, _ = await stage.sessions_of(await stage.rehearses())
    pool, here, now = stage.town.node.pool, stage.town.organisation_id, stage.clock.now()

    async def known(session_id: UUID) -> int:
        row = ImpartialityRow(
            organisation_id=here,
            matter="archive 26/1041",
            person_id=stage.town.people[0],
            session_id=session_id,
            item_id=uuid4(),
            outcome="disqualified",
            section="forvaltningsloven § 6",
            paragraph="1",
            letter="",
            decided_at=now,
        )
        async with pool.acquire() as connection:
            await put_impartiality(connection, session_id, [row])
        found = await stepped_down(
            *(pool, here, ["archive 26/1041"], stage.town.people), before=now, apart_from=uuid4()
        )
        return len(found)

    assert await known(first.session_id) == 0
    assert await known(stage.sessions[0]) == 1


# Readers of the log


async def test_readers_survive_that_the_end_of_the_log_is_gone(stage: Stage) -> None:
    node, here = stage.town.node, stage.town.organisation_id
    id_ = await stage.rehearses()
    head = await node.events.head()
    other = Node(node.pool, stage.clock)
    assert await stage.rehearsals.delete(here, id_)
    assert await node.events.head() < head
    await other.projector.reach(head)
    await other.projector.rebuild()
    assert await other.views.rehearsals() == []
    await stage.town.plans_meeting("etterpa")
    assert await node.views.meeting_by_slug(here, "etterpa") is not None


async def test_who_read_of_it_before_it_was_deleted_writes_no_row(stage: Stage) -> None:
    """A process that holds the stream in memory, and one that has only just heard of it."""
    node, here = stage.town.node, stage.town.organisation_id
    id_ = await stage.rehearses()
    first, _ = await stage.sessions_of(id_)
    uses = _uses(node)
    assert first.session_id in {one.session_id for one in (await uses.read(stage.town.source_id)).sessions}
    news = await node.events.read_log(0, 1000)
    assert await stage.rehearsals.delete(here, id_)
    for stream in {one.stream for one in news if str(first.session_id) in one.stream}:
        node.states.forget(stream)
        uses.forget(stream)
    state = (await node.states.current("session", first.session_id)).state
    assert state.status == "unplanned"
    assert first.session_id not in {
        one.session_id for one in (await uses.read(stage.town.source_id)).sessions
    }
    uses.forget(None)
    assert stage.sessions[0] in {one.session_id for one in (await uses.read(stage.town.source_id)).sessions}
