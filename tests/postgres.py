"""A real PostgreSQL for tests: one server per run, a migrated template, and a clone of it for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import migrate
from orchestrator.store.pool import Pool, open_pool

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
_TEMPLATE_LOCK = 0x74657374


@dataclass(frozen=True)
class Database:
    """A database of a test's own, with all migrations applied and nothing in it."""

    dsn: str
    name: str


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
            await migrate(_named(dsn, "template_being_made"))
            await connection.execute("alter database template_being_made rename to template_test")
    finally:
        await connection.close()
    return dsn


@pytest.fixture
async def database(postgres_server: str) -> AsyncIterator[Database]:
    """A database of the test's own."""
    name = f"test_{uuid4().hex}"
    administration = await asyncpg.connect(postgres_server)
    await administration.execute(f"create database {name} template template_test strategy file_copy")
    yield Database(_named(postgres_server, name), name)
    await administration.execute(f"drop database {name} with (force)")
    await administration.close()


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
