"""One of several processes does a job that needs doing once. It only saves work: nothing may rely on it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from orchestrator.store.pool import OwnConnection, keep_connected

RETRY_INTERVAL = 5.0
"""Seconds between attempts, and so the longest time without a leader after one died."""


class Leadership:
    """Whether this process leads just now."""

    def __init__(self) -> None:
        self.held = asyncio.Event()


@asynccontextmanager
async def leadership(dsn: str, job: str, *, interval: float = RETRY_INTERVAL) -> AsyncIterator[Leadership]:
    """Stand for the leadership of ``job`` until the end of the block; ``held`` is set while we have it.

    ``dsn`` must lead to PostgreSQL itself, not to a pooler.
    """
    leader = Leadership()
    key = int.from_bytes(hashlib.sha256(f"leader {job}".encode()).digest()[:8], "big", signed=True)

    async def stand(connection: OwnConnection) -> None:
        if leader.held.is_set():
            await connection.fetchval("select 1")
        elif await connection.fetchval("select pg_try_advisory_lock($1)", key):
            leader.held.set()

    task = asyncio.create_task(
        keep_connected(dsn, connected=stand, probe=stand, lost=leader.held.clear, interval=interval),
        name=f"leader {job}",
    )
    try:
        yield leader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
