"""Connections to PostgreSQL: the pool everybody shares, and connections of one's own that are kept up."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    OwnConnection: TypeAlias = asyncpg.Connection[asyncpg.Record]
    Connection: TypeAlias = OwnConnection | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    OwnConnection = Connection = asyncpg.Connection

log = logging.getLogger(__name__)

UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting up, connection ended by an administrator
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.ReadOnlySQLTransactionError,  # a replica, for a moment after a failover
    asyncpg.InterfaceError,  # the connection was lost
    asyncpg.InternalClientError,  # it was lost in the middle of something
)
"""Raised while the database is away. Whether a change was made is then unknown: ask again by its id."""

UNKEEPABLE: tuple[type[Exception], ...] = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
"""Raised for text with NUL in it."""

_NO_CONNECTION: tuple[type[Exception], ...] = (*UNAVAILABLE, asyncpg.PostgresError)

COMMAND_TIMEOUT = 10.0
PROBE_INTERVAL = 15.0
PROBE_TIMEOUT = 5.0
LONGEST_BACKOFF = 2.0


@asynccontextmanager
async def open_pool(dsn: str, *, size: int = 10) -> AsyncIterator[Pool]:
    """A pool of up to ``size`` connections whose json values are Python's; statements end after 10 s."""
    async with asyncpg.create_pool(
        dsn,
        min_size=0,  # asyncpg would otherwise fill the log with every attempt while the database is away
        max_size=size,
        init=_prepare,
        command_timeout=COMMAND_TIMEOUT,
        timeout=COMMAND_TIMEOUT,
        server_settings=_SERVER_SETTINGS,
    ) as pool:
        await pool.fetchval("select 1")
        yield pool


async def database_now(pool: Pool) -> datetime:
    """The database's clock, in UTC; it was read somewhere between the call and the answer."""
    moment: datetime = await pool.fetchval("select clock_timestamp()")
    return moment


async def database_clock_offset(pool: Pool, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float:
    """Seconds the database's clock is ahead of ``now``: of five readings the one answered fastest."""
    readings: list[tuple[float, float]] = []
    async with pool.acquire() as connection:
        await connection.fetchval("select clock_timestamp()")
        for _ in range(5):
            before = now()
            theirs: datetime = await connection.fetchval("select clock_timestamp()")
            waited = (now() - before).total_seconds()
            readings.append((waited, (theirs - before).total_seconds() - waited / 2))
    return min(readings)[1]


async def keep_connected(
    dsn: str,
    *,
    connected: Callable[[OwnConnection], Awaitable[None]],
    probe: Callable[[OwnConnection], Awaitable[None]],
    lost: Callable[[], None],
    interval: float = PROBE_INTERVAL,
) -> None:
    """Hold one connection outside the pool: connect, probe every ``interval`` seconds, connect again.

    For what belongs to a connection, like LISTEN and session locks. ``dsn`` must lead to PostgreSQL itself,
    not to a pooler. Ends only by cancellation.
    """
    failures = 0
    while True:
        connection: OwnConnection | None = None
        try:
            connection = await asyncpg.connect(dsn, timeout=PROBE_TIMEOUT, server_settings=_SERVER_SETTINGS)
            ended = asyncio.Event()
            connection.add_termination_listener(lambda _, ended=ended: ended.set())
            async with asyncio.timeout(PROBE_TIMEOUT):
                await connected(connection)
            failures = 0
            while not ended.is_set():
                async with asyncio.timeout(PROBE_TIMEOUT):
                    await probe(connection)
                try:
                    async with asyncio.timeout(interval):
                        await ended.wait()
                except TimeoutError:
                    continue
            log.warning("a connection to the database ended")
        except _NO_CONNECTION as error:
            if failures == 0:
                log.warning("no connection to the database: %s", type(error).__name__)
        finally:
            lost()
            if connection is not None:
                connection.terminate()
        failures += 1
        await asyncio.sleep(min(LONGEST_BACKOFF, 0.05 * 2 ** min(failures, 10)) * random.uniform(0.5, 1.0))  # noqa: S311


async def _prepare(connection: OwnConnection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_json, decoder=json.loads)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_SERVER_SETTINGS = {"application_name": "orchestrator", "timezone": "UTC"}
