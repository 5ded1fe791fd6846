"""A real PostgreSQL for tests: one server per run, and for each test a database with nothing in it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import UNAVAILABLE, OwnConnection, Pool, open_pool

QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
}
LETTING_GO = 2.0
"""Seconds that the connections of a test may take to end after it."""
_TEMPLATE_LOCK = 0x74657374
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)

# Emptying a database is fifty times as fast as copying one. One whose tables were changed bears a mark.
_EMPTIABLE = """
create schema test;
create table test.migration as table migration;
create table test.mark (changed_by text);

create function test.leave_mark() returns event_trigger language plpgsql as $$
begin
  insert into test.mark values (tg_tag);
end $$;

create function test.empty() returns boolean language plpgsql set session_replication_role = replica as $$
declare
  one regclass;
begin
  if exists (select from test.mark) then
    return false;
  end if;
  for one in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' loop
    if pg_table_size(one) > 250000 then
      execute format('truncate %s cascade', one);  -- deleted rows would be read past by the tests to come
    else
      execute format('delete from %s', one);  -- many times as fast
    end if;
  end loop;
  perform setval(oid, 1, false) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S';
  insert into migration table test.migration;
  return true;
end $$;

create event trigger tables_changed on ddl_command_end execute function test.leave_mark();
"""


@dataclass(frozen=True)
class Database:
    """A database that a test has for itself, with all migrations applied and nothing in it."""

    dsn: str
    name: str


class Databases:
    """Gives one test after the other an empty database: the last test's, emptied, or a new one."""

    def __init__(self, address: str, administration: OwnConnection) -> None:
        self._address = address
        self._administration = administration
        self._empty: list[tuple[Database, OwnConnection]] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Database]:
        database, inside = self._empty.pop() if self._empty else await self._new()
        try:
            yield database
        finally:
            if await _emptied(inside):
                self._empty.append((database, inside))
            else:
                inside.terminate()
                await self._administration.execute(f"drop database {database.name} with (force)")

    async def close(self) -> None:
        for _, inside in self._empty:
            await inside.close()

    async def _new(self) -> tuple[Database, OwnConnection]:
        name = f"test_{uuid4().hex}"
        await self._administration.execute(
            f"create database {name} template template_test strategy file_copy"
        )
        database = Database(_named(self._address, name), name)
        return database, await asyncpg.connect(database.dsn)


async def _emptied(inside: OwnConnection) -> bool:
    """Delete what a test has written; whether the database is as new.

    It is not where somebody is still connected and might write, where the tables were changed, and where the
    test ended all connections, this one too.
    """
    with suppress(*UNAVAILABLE):
        begun = time.monotonic()
        while await inside.fetchval(_OTHERS):
            if time.monotonic() > begun + LETTING_GO:
                return False
            await asyncio.sleep(0.005)
        return bool(await inside.fetchval("select test.empty()"))
    return False


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The address of the run's server. The workers of one run share it; the last to leave stops it."""
    base = tmp_path_factory.getbasetemp()
    server = EmbeddedPostgres((base if worker_id == "master" else base.parent) / "postgres", QUICK)
    dsn = asyncio.run(_prepared(server))
    yield dsn
    asyncio.run(server.stop())


async def _prepared(server: EmbeddedPostgres) -> str:
    dsn = await server.start()
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", _TEMPLATE_LOCK)
        if not await connection.fetchval("select 1 from pg_database where datname = 'template_test'"):
            await connection.execute("create database template_being_made")
            being_made = _named(dsn, "template_being_made")
            await migrate(being_made)
            inside = await asyncpg.connect(being_made)
            await inside.execute(_EMPTIABLE)
            await inside.close()
            await connection.execute("alter database template_being_made rename to template_test")
    finally:
        await connection.close()
    return dsn


@pytest.fixture(scope="session")
async def databases(postgres_server: str) -> AsyncIterator[Databases]:
    administration = await asyncpg.connect(postgres_server)
    given = Databases(postgres_server, administration)
    yield given
    await given.close()
    await administration.close()


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    """An empty database that nobody else uses meanwhile."""
    async with databases.one() as one:
        yield one


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """A pool of connections to the test's own database."""
    async with open_pool(database.dsn) as opened:
        yield opened


@pytest.fixture
async def lasting_server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A server of the test's own that it may kill; durable, as in production. Not started yet."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    yield server
    await server.stop()


def _named(dsn: str, database: str) -> str:
    return dsn.replace("@/orchestrator?", f"@/{database}?")
