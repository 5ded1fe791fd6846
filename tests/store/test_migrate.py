import asyncio

import asyncpg
import pytest

from orchestrator.store.migrate import MigrationError, migrate, migrations, pending
from orchestrator.store.pool import Pool
from tests.postgres import Database

FIRST = {"0001_first": "create table first (id int); insert into first values (1)"}
SECOND = {**FIRST, "0002_second": "create table second (id int)"}


@pytest.fixture
async def empty(database: Database) -> Database:
    connection = await asyncpg.connect(database.dsn)
    await connection.execute("drop schema public cascade; create schema public")
    await connection.close()
    return database


async def test_a_migrated_database_lacks_nothing(pool: Pool) -> None:
    assert await pending(pool) == []


async def test_an_empty_database_lacks_everything(empty: Database, pool: Pool) -> None:
    assert await pending(pool) == list(migrations())
    await migrate(empty.dsn)
    assert await pending(pool) == []


async def test_migrations_are_applied_once_and_in_order(empty: Database) -> None:
    assert await migrate(empty.dsn, FIRST) == ["0001_first"]
    assert await migrate(empty.dsn, SECOND) == ["0002_second"]
    assert await migrate(empty.dsn, SECOND) == []


async def test_two_migrating_at_once_take_turns(empty: Database, pool: Pool) -> None:
    applied = await asyncio.gather(*(migrate(empty.dsn, SECOND) for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], list(SECOND)]
    assert await pool.fetchval("select count(*) from first") == 1


async def test_an_edited_migration_is_an_error(empty: Database) -> None:
    await migrate(empty.dsn, FIRST)
    with pytest.raises(MigrationError, match="0001_first"):
        await migrate(empty.dsn, {"0001_first": "create table other (id int)"})


async def test_a_database_of_a_newer_program_is_an_error(empty: Database) -> None:
    await migrate(empty.dsn, SECOND)
    with pytest.raises(MigrationError, match="0002_second"):
        await migrate(empty.dsn, FIRST)


async def test_a_migration_that_fails_leaves_no_trace(empty: Database, pool: Pool) -> None:
    with pytest.raises(asyncpg.PostgresSyntaxError):
        await migrate(empty.dsn, {**FIRST, "0002_bad": "create table half (id int); nonsense"})
    assert await pool.fetchval("select to_regclass('half')") is None
    assert await migrate(empty.dsn, SECOND) == ["0002_second"]
