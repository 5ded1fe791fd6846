import asyncio
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.domain.room_planning import RoomPlanned
from orchestrator.domain.rooms import Room
from orchestrator.store.events import EventStore, ForeignStream, TooLate, VersionConflict
from orchestrator.store.pool import Pool, database_now, open_pool
from orchestrator.store.sealed import LOST
from orchestrator.store.secrets import Vault, new_key
from tests.postgres import Database
from tests.store.examples import FJORDBY, SKOGVIK, append, append_until_done, happened, note_of


async def test_what_is_appended_is_read_back_in_order(pool: Pool) -> None:
    store = EventStore(pool)
    command_id = uuid4()
    first = await append(pool, "meeting/a", 0, ["one", "two"], command_id)
    await append(pool, "meeting/b", 0, ["elsewhere"])
    await append(pool, "meeting/a", 2, ["three æøå \N{MUSICAL NOTE}"])

    stream = await store.read_stream("meeting/a")
    assert [(recorded.version, note_of(recorded)) for recorded in stream] == [
        (1, "one"),
        (2, "two"),
        (3, "three æøå \N{MUSICAL NOTE}"),
    ]
    assert stream[:2] == first
    assert first[0].organisation_id == FJORDBY
    assert first[0].actor == "test"
    assert first[0].command_id == command_id
    assert [recorded.version for recorded in await store.read_stream("meeting/a", after=2)] == [3]
    log = await store.read_log(0, 10)
    assert [note_of(recorded) for recorded in log] == ["one", "two", "elsewhere", note_of(stream[2])]
    assert await store.read_log(log[1].log_position, 1) == [log[2]]
    assert await store.head() == log[-1].log_position


async def test_an_empty_log_has_its_head_at_zero(pool: Pool) -> None:
    assert await EventStore(pool).head() == 0
    assert (
        await EventStore(pool).append(
            FJORDBY, "meeting/a", 0, [], recorded_at=await database_now(pool), actor="test", command_id=None
        )
        == []
    )


@pytest.mark.parametrize("expected", [0, 1, 3])
async def test_append_to_a_stream_that_moved_on_is_refused_whole(pool: Pool, expected: int) -> None:
    await append(pool, "meeting/a", 0, ["one", "two"])
    with pytest.raises(VersionConflict) as refusal:
        await append(pool, "meeting/a", expected, ["three", "four"])
    assert (refusal.value.expected, refusal.value.found) == (expected, 2)
    assert await EventStore(pool).head() == 2


async def test_a_stream_must_begin_at_version_zero(pool: Pool) -> None:
    with pytest.raises(VersionConflict):
        await append(pool, "meeting/a", 1, ["one"])


async def test_a_repeated_command_is_answered_with_what_it_did_first(pool: Pool) -> None:
    command_id = uuid4()
    first = await append(pool, "meeting/a", 0, ["one", "two"], command_id)
    await append(pool, "meeting/a", 2, ["three"])
    assert await append(pool, "meeting/a", 0, ["one", "two"], command_id) == first
    assert await append(pool, "meeting/a", 3, ["one", "two"], command_id) == first
    assert await EventStore(pool).read_command("meeting/a", command_id) == first
    assert await EventStore(pool).read_command("meeting/b", command_id) == []
    assert len(await EventStore(pool).read_stream("meeting/a")) == 3


async def test_the_same_command_many_times_at_once_is_done_once(pool: Pool) -> None:
    command_id = uuid4()
    answers = await asyncio.gather(*(append(pool, "meeting/a", 0, ["one"], command_id) for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await EventStore(pool).read_stream("meeting/a")) == 1


async def test_another_organisation_cannot_append_to_a_stream(pool: Pool) -> None:
    await append(pool, "meeting/a", 0, ["one"])
    for expected in (0, 1):
        with pytest.raises(ForeignStream):
            await append(pool, "meeting/a", expected, ["two"], organisation_id=SKOGVIK)


async def test_a_repeated_command_of_another_organisation_learns_nothing(pool: Pool) -> None:
    command_id = uuid4()
    await append(pool, "meeting/a", 0, ["one"], command_id)
    with pytest.raises(ForeignStream):
        await append(pool, "meeting/a", 0, ["one"], command_id, organisation_id=SKOGVIK)


async def test_events_recorded_over_a_second_ago_are_refused(pool: Pool) -> None:
    store = EventStore(pool)
    now = await database_now(pool)
    with pytest.raises(TooLate) as refusal:
        await store.append(
            *(FJORDBY, "meeting/a", 0, [happened("late")]),
            recorded_at=now - timedelta(seconds=1.01),
            actor="test",
            command_id=None,
        )
    assert 1.0 < refusal.value.behind < 5.0
    assert await store.head() == 0
    # What happened long ago may be told now: only when it was recorded counts.
    await store.append(
        *(FJORDBY, "meeting/a", 0, [happened("forgotten", now - timedelta(hours=1))]),
        recorded_at=await database_now(pool),
        actor="test",
        command_id=None,
    )


async def test_events_that_grow_old_while_waiting_for_their_turn_are_refused(pool: Pool) -> None:
    async with pool.acquire() as other, other.transaction():
        await other.execute("select pg_advisory_xact_lock(append_lock())")
        waiting = asyncio.create_task(append(pool, "meeting/a", 0, ["one"]))
        await other.execute("select pg_sleep(1.1)")
        assert not waiting.done()
    with pytest.raises(TooLate):
        await waiting


async def test_a_tailing_reader_misses_nothing_of_eight_writers(database: Database) -> None:
    writers, each = 8, 40
    async with open_pool(database.dsn, size=writers + 1) as pool:
        store = EventStore(pool)
        seen: list[int] = []

        async def tail() -> None:
            while len(seen) < writers * each:
                seen.extend(
                    recorded.log_position for recorded in await store.read_log(seen[-1] if seen else 0, 7)
                )

        async def write(number: int) -> None:
            for count in range(each):
                stream = f"meeting/{number}" if count % 2 else "meeting/shared"
                await append_until_done(pool, stream, f"{number} {count}")

        reader = asyncio.create_task(tail())
        await asyncio.gather(*(write(number) for number in range(writers)))
        async with asyncio.timeout(10):
            await reader
        log = await store.read_log(0, 10_000)
        assert seen == [recorded.log_position for recorded in log]
        for stream in {recorded.stream for recorded in log}:
            versions = [recorded.version for recorded in log if recorded.stream == stream]
            assert versions == list(range(1, len(versions) + 1))


async def test_a_settled_read_waits_for_the_append_in_flight_and_shows_it(pool: Pool) -> None:
    store = EventStore(pool)
    async with pool.acquire() as writer:
        transaction = writer.transaction()
        await transaction.start()
        await writer.fetch(
            "select * from append_events($1, $2, 0, clock_timestamp(), 'test', null, $3)",
            *(
                FJORDBY,
                "session/a",
                [{"type": "meeting_cancelled", "at": "2026-03-02T18:00:00Z", "note": "shut"}],
            ),
        )
        assert await store.read_stream("session/a") == [], "an ordinary read does not see it yet"
        reading = asyncio.create_task(store.read_settled(["session/a"]))
        done, _ = await asyncio.wait([reading], timeout=0.3)
        assert not done, "a settled read waits"
        committed_after = await database_now(pool)
        await transaction.commit()
    settled = await reading
    assert [note_of(recorded) for recorded in settled.events["session/a"]] == ["shut"]
    assert settled.read_begun >= committed_after


async def test_nothing_older_than_a_second_appears_after_a_settled_read(database: Database) -> None:
    """The gate's promise, tried with writers whose clocks are up to two seconds slow."""
    async with open_pool(database.dsn, size=6) as pool:
        store = EventStore(pool)
        stop = asyncio.Event()

        async def write(number: int) -> None:
            version, slow = 0, timedelta(seconds=0.5 * number)
            while not stop.is_set():
                try:
                    await store.append(
                        *(FJORDBY, f"session/{number}", version, [happened("x")]),
                        recorded_at=await database_now(pool) - slow,
                        actor="test",
                        command_id=None,
                    )
                    version += 1
                except TooLate:
                    continue

        names = [f"session/{number}" for number in range(4)]
        writers = [asyncio.create_task(write(number)) for number in range(4)]
        reads = [await store.read_settled(names) for _ in range(60)]
        stop.set()
        await asyncio.gather(*writers)

        everything = await store.read_log(0, 100_000)
        assert len(everything) > 50
        assert {recorded.stream for recorded in everything} <= set(names[:2])
        for settled in reads:
            held = [recorded for name in names for recorded in settled.events[name]]
            last = max((recorded.log_position for recorded in held), default=0)
            assert len(held) == sum(recorded.log_position <= last for recorded in everything), "no gaps"
            for later in everything[len(held) :]:
                assert later.recorded_at >= settled.read_begun - timedelta(seconds=1)


async def test_a_settled_read_names_every_stream_and_skips_what_is_known(pool: Pool) -> None:
    await append(pool, "session/a", 0, ["one", "two"])
    await append(pool, "session/b", 0, ["three"])
    settled = await EventStore(pool).read_settled(["session/a", "session/b", "session/c"], {"session/a": 1})
    notes = {name: [note_of(recorded) for recorded in events] for name, events in settled.events.items()}
    assert notes == {"session/a": ["two"], "session/b": ["three"], "session/c": []}


async def test_settled_readers_do_not_wait_for_each_other(pool: Pool) -> None:
    async with pool.acquire() as other, other.transaction():
        await other.fetchval("select settle()")
        await asyncio.wait_for(EventStore(pool).read_settled([]), 1)


@pytest.mark.parametrize(
    "change",
    [
        "update event set data = '{}'",
        "update event set recorded_at = now()",
        "delete from event",
        "truncate event cascade",
        "set orchestrator.redacting = 'yes'; update event set actor = 'nobody'",
        "set orchestrator.redacting = 'yes'; delete from event",
    ],
)
async def test_events_cannot_be_changed_or_removed(pool: Pool, change: str) -> None:
    await append(pool, "meeting/a", 0, ["one"])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(change)
    assert [note_of(recorded) for recorded in await EventStore(pool).read_log(0, 10)] == ["one"]


async def test_redaction_blacks_out_one_text_and_is_noted(pool: Pool) -> None:
    store = EventStore(pool)
    before = await append(pool, "meeting/a", 0, ["a name that must go", "stays"])
    assert await store.redact("meeting/a", 1, "note")
    after = await store.read_stream("meeting/a")
    assert [note_of(recorded) for recorded in after] == ["█████", "stays"]
    assert after[0].event.at == before[0].event.at
    noted = await pool.fetch("select stream, version, field from redaction")
    assert [tuple(row) for row in noted] == [("meeting/a", 1, ["note"])]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute("update event set data = '{}'")


async def test_redaction_of_what_is_not_there_changes_nothing(pool: Pool) -> None:
    store = EventStore(pool)
    before = await append(pool, "meeting/a", 0, ["one"])
    assert not await store.redact("meeting/a", 1, "note.text")
    assert not await store.redact("meeting/a", 1, "missing")
    assert not await store.redact("meeting/a", 2, "note")
    assert await store.read_stream("meeting/a") == before


async def test_the_address_of_a_room_elsewhere_is_not_to_be_read_in_the_database(pool: Pool) -> None:
    key, address = new_key(), "https://moterom.example/hemmelig-lenke"
    room = Room(room_id=uuid4(), name="Rom 2", provider="link", url=address)
    inner = Room(room_id=uuid4(), name="Rom 3", provider="embedded")
    now = await database_now(pool)
    planned = [RoomPlanned(at=now, room=one) for one in (room, inner)]
    made = await EventStore(pool, Vault(key)).append(
        FJORDBY, "meeting/a", 0, planned, recorded_at=now, actor="test", command_id=None
    )
    assert [one.event for one in made] == planned
    assert "hemmelig" not in str([row["data"] for row in await pool.fetch("select data from event")])
    assert [one.event for one in await EventStore(pool, Vault(key)).read_stream("meeting/a")] == planned
    (lost, _) = await EventStore(pool, Vault(new_key())).read_log(0, 10)
    assert isinstance(lost.event, RoomPlanned)
    assert lost.event.room.url == LOST, "the rest of the log is read without the key"
