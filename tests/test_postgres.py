"""What a test gets is empty, whatever the one before it has done to it."""

import asyncpg
import pytest

from orchestrator.store.migrate import migrations
from orchestrator.store.pool import Pool, open_pool
from tests.postgres import Databases
from tests.town import Node, founded

END_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


async def rows(pool: Pool) -> int:
    counts = await pool.fetch(
        "select 'select count(*) from ' || oid::regclass as question from pg_class "
        "where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'migration'"
    )
    return sum([await pool.fetchval(count["question"]) for count in counts])


async def is_as_new(pool: Pool) -> bool:
    """No row anywhere, and the log begins at 1; then a meeting is held in it."""
    empty = await rows(pool) == 0 and await pool.fetchval("select count(*) from migration") == len(
        migrations()
    )
    await (await founded(Node(pool))).debates()
    assert await rows(pool) > 10
    return empty and await pool.fetchval("select min(log_position) from event") == 1


@pytest.mark.parametrize(
    "done",
    [
        "delete from migration",
        "update migration set digest = ''",
        "select nextval(pg_get_serial_sequence('chat_line', 'place'))",
        "insert into answer select gen_random_uuid(), 'key', '', now() from generate_series(1, 10000)",
    ],
)
async def test_a_database_is_given_again_and_is_as_new(databases: Databases, done: str) -> None:
    async with databases.one() as before, open_pool(before.dsn) as pool:
        assert await is_as_new(pool)
        await pool.execute(done)
    async with databases.one() as after, open_pool(after.dsn) as pool:
        assert after == before
        assert await is_as_new(pool)
        assert await pool.fetchval("select count(*) from migration where digest = ''") == 0
        assert await pool.fetchval("select nextval(pg_get_serial_sequence('chat_line', 'place'))") == 1


@pytest.mark.parametrize(
    "done",
    [
        "drop schema public cascade",
        "alter table person add column shoe_size integer",
        "create or replace function append_lock() returns bigint language sql as 'select 1::bigint'",
        "alter table event disable trigger event_is_kept",
        END_OTHERS,
    ],
)
async def test_one_whose_tables_were_changed_or_connections_ended_is_not_given_again(
    databases: Databases, done: str
) -> None:
    async with databases.one() as before, open_pool(before.dsn) as pool:
        await pool.execute(done)
    async with databases.one() as after, open_pool(after.dsn) as pool:
        assert after != before
        assert await is_as_new(pool)


async def test_nor_one_that_somebody_has_not_left(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.postgres.LETTING_GO", 0.1)
    async with databases.one() as before:
        staying = await asyncpg.connect(before.dsn)
    async with databases.one() as after, open_pool(after.dsn) as pool:
        assert after != before
        assert await is_as_new(pool)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await staying.execute("select 1")
    await staying.close()


async def test_two_at_once_have_two(databases: Databases) -> None:
    async with databases.one() as one, databases.one() as other:
        assert one != other
