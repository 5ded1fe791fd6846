import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from orchestrator.store.access import Access
from orchestrator.store.events import EventStore
from orchestrator.store.leader import leadership
from orchestrator.store.listener import Listener
from orchestrator.store.pool import UNAVAILABLE, OwnConnection, Pool, database_clock_offset, open_pool
from tests.postgres import Database
from tests.store.examples import FJORDBY, append


@pytest.fixture
async def listener(database: Database) -> AsyncIterator[Listener]:
    async with Listener(database.dsn) as opened:
        await opened.connected.wait()
        yield opened


async def end_other_connections(pool: Pool) -> None:
    await pool.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )


async def test_a_reader_is_woken_by_an_append(pool: Pool, listener: Listener) -> None:
    waiting = asyncio.create_task(listener.wait(0))
    await asyncio.sleep(0)
    begun = time.monotonic()
    recorded = await append(pool, "meeting/a", 0, ["one"])
    await asyncio.wait_for(waiting, 1)
    assert time.monotonic() - begun < 1
    await asyncio.wait_for(listener.wait(recorded[0].log_position - 1), 0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listener.wait(recorded[0].log_position), 0.1)


async def test_a_reader_ahead_of_a_log_that_lost_its_end_waits_for_what_comes(
    pool: Pool, listener: Listener
) -> None:
    recorded = await append(pool, "meeting/a", 0, ["one", "two"])
    forgotten: list[str | None] = []
    listener.on_deleted(forgotten.append)
    first, second = (one.log_position for one in recorded)
    await pool.execute("select pg_notify('deleted', 'meeting/a'), pg_notify('log', $1)", str(first))
    async with asyncio.timeout(5):
        while not forgotten:
            await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listener.wait(first), 0.2)
    assert (forgotten, second > first) == (["meeting/a"], True)


async def test_all_readers_are_woken_at_once(pool: Pool, listener: Listener) -> None:
    waiting = [asyncio.create_task(listener.wait(0)) for _ in range(100)]
    await asyncio.sleep(0)
    await append(pool, "meeting/a", 0, ["one"])
    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_a_reader_looks_anyway_after_a_while(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.listener.POLL_INTERVAL", 0.05)
    await asyncio.wait_for(listener.wait(10**9), 1)


async def test_a_listener_cut_off_connects_again_and_wakes_its_readers(
    pool: Pool, listener: Listener
) -> None:
    told: list[str | None] = []
    listener.on_access(told.append)
    waiting = asyncio.create_task(listener.wait(0))
    await asyncio.sleep(0)
    await end_other_connections(pool)
    await asyncio.wait_for(waiting, 3)
    await asyncio.wait_for(listener.connected.wait(), 3)
    assert told == [None], "something may have been missed"
    waiting = asyncio.create_task(listener.wait(0))
    await asyncio.sleep(0)
    await append(pool, "meeting/a", 0, ["one"])
    await asyncio.wait_for(waiting, 1)


async def test_a_listener_may_start_before_its_database(database: Database) -> None:
    async with Listener(database.dsn.replace("/test_", "/not_yet_test_")) as listener:
        await asyncio.sleep(0.2)
        assert not listener.connected.is_set()


async def test_a_connection_that_hangs_is_given_up(
    database: Database, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.pool.PROBE_TIMEOUT", 0.1)
    stuck = asyncio.Event()

    async def probe(_: OwnConnection) -> None:
        stuck.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("orchestrator.store.listener._probe", probe)
    async with Listener(database.dsn) as listener:
        await stuck.wait()
        stuck.clear()
        await asyncio.wait_for(stuck.wait(), 3)
        assert listener.connected.is_set()


async def test_revoking_is_heard_within_two_seconds(pool: Pool, listener: Listener) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    take_back = listener.on_access(heard.put_nowait)
    link_id = await made_link(pool)
    assert await Access(pool).revoke_link(FJORDBY, link_id, datetime.now(UTC))
    assert await asyncio.wait_for(heard.get(), 2) == str(link_id)
    take_back()
    await pool.execute("select pg_notify('access', 'x')")
    await append(pool, "meeting/a", 0, ["one"])
    await listener.wait(0)
    assert heard.empty()


async def made_link(pool: Pool) -> UUID:
    await pool.execute(
        "insert into organisation values ($1, 'Fjordby', 'fjordby', 'nb', '#000000', '', '', false)", FJORDBY
    )
    return (await Access(pool).create_link(FJORDBY, [], datetime.now(UTC)))[0]


async def test_one_leads_and_another_takes_over(database: Database) -> None:
    async with (
        leadership(database.dsn, "timers", interval=0.05) as other_job,
        leadership(database.dsn, "sweep", interval=0.05) as first,
    ):
        await asyncio.wait_for(first.held.wait(), 2)
        await asyncio.wait_for(other_job.held.wait(), 2)
        async with leadership(database.dsn, "sweep", interval=0.05) as second:
            await asyncio.sleep(0.2)
            assert not second.held.is_set()
            await end_leaders(database)
            await asyncio.sleep(0.5)
            assert first.held.is_set() != second.held.is_set()
        await asyncio.wait_for(first.held.wait(), 2)


async def end_leaders(database: Database) -> None:
    connection = await asyncpg.connect(database.dsn)
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    await connection.close()


async def test_the_databases_clock_is_compared_with_ours(pool: Pool) -> None:
    assert abs(await database_clock_offset(pool)) < 0.1
    slow = await database_clock_offset(pool, lambda: datetime.fromtimestamp(time.time() - 5, UTC))
    assert 4.9 < slow < 5.1


async def test_a_lost_connection_is_unavailable_and_the_next_one_works(pool: Pool) -> None:
    async with pool.acquire() as connection:
        pid = await connection.fetchval("select pg_backend_pid()")
        async with pool.acquire() as other:
            await other.execute("select pg_terminate_backend($1)", pid)
        with pytest.raises(UNAVAILABLE):
            await connection.fetchval("select 1")
    assert await pool.fetchval("select 1") == 1


async def test_a_database_that_is_away_is_unavailable(database: Database) -> None:
    with pytest.raises(UNAVAILABLE):
        async with open_pool(database.dsn.replace("host=", "host=%2Fnowhere")):
            pass


async def test_what_hangs_is_given_up(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async with pool.acquire() as other, other.transaction():
        await other.execute("lock table event")
        with pytest.raises(TimeoutError):
            await pool.fetchval("select count(*) from event", timeout=0.1)
    assert await EventStore(pool).head() == 0
